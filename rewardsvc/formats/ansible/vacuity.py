"""Whether a run of an Ansible answer would change anything."""

from rewardsvc.formats.ansible.documents import Answer
from rewardsvc.formats.ansible.modules import BUILTIN, FREE_FORM, Found
from rewardsvc.formats.ansible.plays import Step
from rewardsvc.formats.dockerfile.shell import argv_does_something, does_something

_NAMES = """
assert async_status debug fail fetch find gather_facts getent include_vars meta mount_facts
package_facts pause ping service_facts set_fact set_stats setup slurp stat validate_argument_spec
wait_for wait_for_connection add_host group_by import_playbook
"""
_ONLY_LOOKS = frozenset(f"{BUILTIN}.{name}" for name in _NAMES.split())
"""Modules that change nothing on a host."""


def vacuous(answer: Answer) -> str:
    """Why nothing of substance is done, "" where something is."""
    if not answer.plays:
        return "all of it is left to others' playbooks" if answer.elsewhere else "no play in it"
    if not any(play.steps for play in answer.plays):
        if answer.elsewhere:
            return "all of it is left to roles that are not in it"
        return "there is no task in it"
    running = [step for play in answer.plays for step in play.running]
    if not running:
        return "no task ever runs"
    if not any(map(_changes_something, running)):
        return "no task changes anything, as far as Ansible's own modules and known ones tell"
    return ""


def _changes_something(step: Step) -> bool:
    module = step.action.module
    if module.found is Found.NO or module.name in _ONLY_LOOKS:
        return False
    if module.found is Found.COLLECTION:
        return not module.name.endswith(("_facts", "_info", "_ping"))
    if FREE_FORM.get(module.name) != "cmd":
        return True
    args = step.action.args or {}
    if isinstance(args.get("argv"), list):
        return argv_does_something([str(word) for word in args["argv"]])
    return does_something(str(args.get("cmd", args.get("_raw_params", ""))))
