# ruff: noqa: E501 - a table of texts
"""Ansible playbooks and roles: what the tests of all formats try on them."""

from collections.abc import Callable, Mapping

from tests.rewardsvc.formats.format_cases import FormatCases, Words
from tests.rewardsvc.formats.growth import around, many, nested

_ANSWER = """
- name: Web servers
  hosts: web
  become: true
  vars: {port: 8080, server: nginx}
  tasks:
    - name: Install packages
      ansible.builtin.apt:
        name: "{{ item }}"
      loop: ["{{ server }}", curl]
    - name: Install one more
      ansible.builtin.package:
        name: vim
        state: present
    - name: Remove another
      ansible.builtin.apt:
        name: apache2
        state: absent
    - name: Install no other
      ansible.builtin.apt:
        name: tftpd
      when: false
    - name: Write the configuration
      ansible.builtin.template:
        src: site.j2
        dest: "/etc/{{ server }}/site.conf"
        mode: "0644"
      notify: Restart it
    - name: Start it
      systemd: {name: nginx, state: started, enabled: yes}
    - name: Stop another
      ansible.builtin.service:
        name: telnetd
        state: stopped
        enabled: false
  handlers:
    - name: Restart it
      ansible.builtin.service:
        name: nginx
        state: restarted
    - name: Nobody tells it
      ansible.builtin.service:
        name: cron
        state: restarted
- name: Databases
  hosts: db
  tasks: []
"""

_PLAY = "- hosts: a\n  tasks:\n"

_ANSIBLE: Mapping[str, Callable[[int], str]] = {
    "plays": many("- hosts: h{i}\n  tasks: [{ping: }, {apt: {name: a}}]\n"),
    "tasks": around(_PLAY, many("    - {name: A{i}, apt: {name: b}}\n")),
    "tasks of free words": around(_PLAY, many("    - apt: name=a{i} state=present\n")),
    "words of one task": around(f"{_PLAY}    - shell: ", "a=b "),
    "words in quotes": around(f"{_PLAY}    - shell: x ", "' "),
    "braces of one task": around(f"{_PLAY}    - shell: x ", "{{ "),
    "blocks in blocks": around(f"{_PLAY}    - ", nested("{block: [", "]}", "{apt: {name: a}}")),
    "blocks with variables": around(
        f"{_PLAY}    - ",
        nested("{vars: {a: b}, block: [", "]}", "{apt: {name: a}, when: c}"),
    ),
    "handlers and tasks": lambda size: (
        "- hosts: a\n  handlers:\n"
        + many("    - {name: H{i}, service: {name: a, state: restarted}}\n")(size // 2)
        + "  tasks:\n"
        + many("    - {apt: {name: a}, notify: H{i}}\n")(size // 2)
    ),
    "handlers of handlers": lambda size: (
        "- hosts: a\n  tasks: [{apt: {name: a}, notify: H0}]\n  handlers:\n"
        + "".join(f"    - {{name: H{i}, ping: , notify: H{i + 1}}}\n" for i in range(size // 40))
    ),
    "names in texts": lambda size: (
        "- hosts: a\n  vars: {v: b}\n  tasks:\n    - {apt: {name: '"
        + "{{ v }}" * (size // 7)
        + "'}}\n"
    ),
    "open expressions": around(f"{_PLAY}    - {{apt: {{name: '", "{{ v.", "'}}\n"),
    "variables in a circle": lambda size: (
        "- hosts: a\n  vars:\n"
        + "".join(f"    v{i}: '{{{{ v{i + 1} }}}}{{{{ v{i + 1} }}}}'\n" for i in range(size // 40))
        + "    last: '{{ v0 }}'\n  tasks: [{apt: {name: '{{ last }}'}}]\n"
    ),
    "a value of values": lambda size: (
        "- hosts: a\n  vars:\n    v: ["
        + "a, " * (size // 8)
        + "]\n  tasks:\n"
        + many("    - {apt: {name: '{{ v }}'}}\n")(size // 2)
    ),
    "conditions": around(f"{_PLAY}    - {{apt: {{name: a}}, when: [", "a == 1, ", "b]}\n"),
    "a long condition": around(f"{_PLAY}    - {{apt: {{name: a}}, when: '", "not ", "a'}\n"),
    "hosts": around("- hosts: '", "a:", "b'\n  tasks: [{apt: {name: a}}]\n"),
    "facts": around(
        _PLAY, many("    - {set_fact: {f{i}: a}}\n    - {apt: {name: '{{ f{i} }}'}}\n")
    ),
    "roles of others": around("- hosts: a\n  roles:\n", many("    - acme.r{i}\n")),
    "modules of others": around(_PLAY, many("    - community.general.m{i}: {}\n")),
    "imports": many("- import_playbook: p{i}.yml\n"),
}


def _includes(size: int) -> str:
    """Files of tasks that include each other, many times each."""
    main = "- hosts: a\n  tasks:\n" + "    - include_tasks: t.yml\n" * max(1, size // 80)
    tasks = "- apt: {name: a}\n" * max(1, size // 60) + "- include_tasks: t.yml\n"
    return f"```yaml path=site.yml\n{main}```\n```yaml path=t.yml\n{tasks}```\n"


def _roles(size: int) -> str:
    """A role with many defaults that is used many times."""
    play = "- hosts: a\n  roles:\n" + "    - {role: r, b: c}\n" * max(1, size // 50)
    defaults = "".join(f"d{i}: '{{{{ d{i + 1} }}}}'\n" for i in range(size // 40))
    return (
        f"```yaml path=site.yml\n{play}```\n```yaml path=roles/r/defaults/main.yml\n{defaults}"
        "```\n```yaml path=roles/r/tasks/main.yml\n- apt: {name: '{{ d0 }}'}\n```\n"
    )


def _imported(size: int) -> str:
    """Playbooks that import each other."""
    count = min(60, max(2, size // 2000))
    entries = "".join(f"- import_playbook: p{i}.yml\n" for i in range(count))
    times = max(1, size // count // len(entries))
    return "".join(
        f"```yaml path=p{i}.yml\n- hosts: a\n  tasks: [{{apt: {{name: a}}}}]\n{entries * times}```\n"
        for i in range(count)
    )


_WORDS: Words = [
    ("task_uses", [
        ({"module": "ansible.builtin.template", "attributes": [
            {"path": "dest", "value": "/etc/nginx/site.conf"},
            {"path": "mode", "value": "0644"}]}, True),
        ({"module": "ansible.builtin.systemd_service", "attributes": []}, True),
        ({"module": "ansible.builtin.template", "attributes": [
            {"path": "mode", "value": "0640"}]}, False),
        ({"module": "ansible.builtin.copy", "attributes": []}, False),
    ]),
    ("handler_uses", [
        ({"module": "ansible.builtin.service", "attributes": [
            {"path": "name", "value": "nginx"}, {"path": "state", "value": "restarted"}]}, True),
        ({"module": "ansible.builtin.service", "attributes": [
            {"path": "name", "value": "cron"}]}, False),
    ]),
    ("installs", [
        ({"package": "nginx"}, True),
        ({"package": "curl"}, True),
        ({"package": "vim"}, True),
        ({"package": "apache2"}, False),
        ({"package": "tftpd"}, False),
    ]),
    ("service_state", [
        ({"service": "nginx", "state": "started"}, True),
        ({"service": "telnetd", "state": "stopped"}, True),
        ({"service": "telnetd", "state": "started"}, False),
        ({"service": "nginx", "state": "restarted"}, False),
    ]),
    ("service_enabled", [
        ({"service": "nginx", "enabled": True}, True),
        ({"service": "telnetd", "enabled": False}, True),
        ({"service": "telnetd", "enabled": True}, False),
    ]),
    ("play_targets", [
        ({"hosts": "web"}, True),
        ({"hosts": "db"}, False),
    ]),
    ("play_has", [
        ({"hosts": "web", "path": "become", "value": True}, True),
        ({"hosts": "web", "path": "vars.port", "value": 8080}, True),
        ({"hosts": "db", "path": "become", "value": True}, False),
    ]),
]  # fmt: skip

CASES = FormatCases(
    growing=_ANSIBLE,
    completions={
        "includes": _includes,
        "roles of defaults": _roles,
        "playbooks that import each other": _imported,
    },
    telling=(
        "a value of values",
        "handlers and tasks",
        "includes",
        "names in texts",
        "playbooks that import each other",
        "plays",
        "roles of defaults",
        "tasks",
        "tasks of free words",
        "variables in a circle",
        "words in quotes",
    ),
    answer=_ANSWER,
    words=_WORDS,
)
