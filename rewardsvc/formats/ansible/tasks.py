"""One task: which module it runs with which arguments, however that is written."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rewardsvc.formats.ansible.modules import FREE_FORM, Module, Modules
from rewardsvc.types import JsonValue

_WORDS = """
action any_errors_fatal args async become become_exe become_flags become_method become_user
changed_when check_mode collections connection debugger delay delegate_facts delegate_to diff
environment failed_when ignore_errors ignore_unreachable listen local_action loop loop_control
module_defaults name no_log notify poll port register remote_user retries run_once tags throttle
timeout until vars when
"""
KEYWORDS = frozenset(_WORDS.split())
"""Ansible's reference, "Playbook Keywords": of tasks and handlers."""

BLOCKS = ("block", "rescue", "always")

_LOOPS = ("with_items", "with_list", "with_flattened")
_OF_COMMANDS = frozenset(
    {
        *("chdir", "creates", "removes", "executable", "stdin", "stdin_add_newline"),
        *("strip_empty_ends", "expand_argument_vars", "warn"),
    }
)
"""Options that may stand within the text of a command."""


@dataclass(frozen=True, slots=True)
class Action:
    """What a task runs.

    ``written``: the module as it is named, "" where the task names none. ``args``: its arguments
    by the names that are written; None where only a run knows them (a template).
    """

    written: str
    module: Module
    args: Mapping[str, Any] | None


def action_of(task: Mapping[str, Any], modules: Modules, collections: Sequence[str] = ()) -> Action:
    """The module of a task, and its arguments. ``collections``: where it is looked for, too."""
    written, given = _written(task)
    module = modules.find(written, collections)
    more = task.get("args")
    if isinstance(more, str):
        return Action(written, module, None)
    args = dict(more) if isinstance(more, dict) else {}
    if isinstance(given, dict):
        args = {**args, **given}
    elif isinstance(given, str):
        args = {**args, **_from_text(given, module.name)}
        if given.strip().startswith("{{") and module.name not in FREE_FORM:
            return Action(written, module, None)
    elif given is not None:
        args["_given"] = given
    return Action(written, module, args)


def _written(task: Mapping[str, Any]) -> tuple[str, JsonValue]:
    """The name of the module as it is written, and what stands behind it."""
    for key in ("action", "local_action"):
        match task.get(key):
            case str() as text:
                name, _, rest = text.strip().partition(" ")
                return name, rest or None
            case {"module": str() as name, **args}:
                return name.strip(), args
    for key, given in task.items():
        if key not in KEYWORDS and key not in BLOCKS and not key.startswith("with_"):
            return key, given
    return "", None


def actions_named(task: Mapping[str, Any]) -> int:
    """How many modules a task names; one is right."""
    named = [key for key in ("action", "local_action") if key in task]
    return len(named) + sum(
        key not in KEYWORDS and key not in BLOCKS and not key.startswith("with_") for key in task
    )


def loop_of(task: Mapping[str, Any]) -> JsonValue:
    """What a task loops over, None where it does not."""
    if "loop" in task:
        return task["loop"]
    for key in _LOOPS:
        if key in task:
            items = task[key]
            return [items] if isinstance(items, str) and "{{" not in items else items
    return next((given for key, given in task.items() if key.startswith("with_")), None)


def _from_text(text: str, module: str) -> dict[str, str]:
    """``src=a dest=b``, or the text of a command with options in it."""
    pairs: dict[str, str] = {}
    words: list[str] = []
    free = FREE_FORM.get(module)
    for word in _split(text):
        name, equals, value = word.partition("=")
        if equals and name.isidentifier() and (free != "cmd" or name in _OF_COMMANDS):
            pairs[name] = _unquoted(value)
        else:
            words.append(word)
    if free is None:
        return pairs | ({"_raw_params": " ".join(words)} if words else {})
    if not words:
        return pairs
    return pairs | {free: " ".join(words) if pairs else text.strip()}


def _split(text: str) -> Iterator[str]:
    """Words, apart by white space outside of quotes and of ``{{ }}``."""
    start, quote, depth = -1, "", 0
    for at, sign in enumerate(text):
        if start < 0 and not sign.isspace():
            start = at
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "\"'":
            quote = sign
        elif sign == "{":
            depth += 1
        elif sign == "}":
            depth = max(0, depth - 1)
        elif sign.isspace() and not depth and start >= 0:
            yield text[start:at]
            start = -1
    if start >= 0:
        yield text[start:]


def _unquoted(value: str) -> str:
    quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
    return value[1:-1] if quoted else value
