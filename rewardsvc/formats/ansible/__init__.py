"""Everything about Ansible playbooks and roles."""

from rewardsvc.format import Deferred, Format
from rewardsvc.formats.ansible.named import CHECKS
from rewardsvc.formats.ansible.refusals import REFUSALS
from rewardsvc.formats.ansible.verifier import AnsibleVerifier
from rewardsvc.verification.comments import without_yaml_comments

_WITNESS = """\
---
- name: Greet
  hosts: all
  tasks:
    - name: Say hello
      ansible.builtin.copy:
        content: "hello {{ inventory_hostname }}"
        dest: /etc/motd
        mode: "0644"
"""

FORMAT = Format(
    verifier=AnsibleVerifier(),
    fence="yaml",
    prompt="an Ansible playbook (YAML), or a role in several files",
    comments=without_yaml_comments,
    witness=_WITNESS,
    light=False,
    leans_on=Deferred("rewardsvc.formats.ansible.leaning:leans_on"),
    named=CHECKS,
    mutations=Deferred("rewardsvc.formats.ansible.mutants:MUTATIONS"),
    refusals=REFUSALS,
    gaming=Deferred("rewardsvc.formats.ansible.gaming:SCENES"),
)
