"""The arguments of modules of ansible-core: whether they fit what is documented, and as what the
module takes them."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from rewardsvc.formats.ansible.modules import (
    ANY_OPTION,
    FREE_FORM,
    UNDOCUMENTED,
    UNLESS,
    Modules,
)
from rewardsvc.formats.ansible.tasks import Action
from rewardsvc.nearest import nearest
from rewardsvc.types import JsonValue

_YES = frozenset({"yes", "on", "1", "true", "t", "y"})
_NO = frozenset({"no", "off", "0", "false", "f", "n"})
_INT = re.compile(r"\s*[+-]?\d{1,17}\s*", re.ASCII)
_FLOAT = re.compile(r"\s*[+-]?\d{1,17}(?:\.\d{1,17})?\s*", re.ASCII)
_LONG = 100
"""Characters of a name that nobody has mistyped."""

_BOTH_WAYS = {True: frozenset({"true", "yes"}), False: frozenset({"false", "no"})}
"""What YAML read as a boolean may have been written as."""

_Options = Mapping[str, Mapping[str, Any]]


def canonical(action: Action, modules: Modules) -> JsonValue:
    """The arguments by their documented names and types; as written of other modules."""
    if action.args is None:
        return {}
    options = modules.options.get(action.module.name, {})
    names = _names(options)
    return {
        names.get(name, name): _coerced(value, options.get(names.get(name, name), {}))
        for name, value in action.args.items()
    }


def problems(action: Action, modules: Modules, *, defaults: bool) -> Iterator[tuple[str, str]]:
    """What of a module's arguments is not as documented: the option, "" where one is lacking, and
    what is wrong with it.

    ``defaults``: arguments may come from ``module_defaults`` as well.
    """
    module = action.module.name
    options = modules.options.get(module)
    if options is None or action.args is None:
        return
    short = module.rpartition(".")[2]
    names = _names(options)
    given = {names.get(name, name): value for name, value in action.args.items()}
    if module in ANY_OPTION:
        return
    unknown = [
        name
        for name in given
        if not (name in options or FREE_FORM.get(module) == name or (module, name) in UNDOCUMENTED)
    ]
    if unknown:
        for name in unknown:
            hint = nearest(name, names) if len(name) < _LONG else ""
            yield name, f"{short} has no option {name[:_LONG]!r}{hint}"
    elif not defaults:
        for name, option in options.items():
            needed = option.get("required") and UNLESS.get((module, name)) not in given
            if needed and not _is_free_form(name) and given.get(name) is None:
                yield "", f"{short} needs {name}"
    for name in filter(options.__contains__, given):
        for words in _misfits(short, name, given[name], options[name]):
            yield name, words


def _misfits(short: str, name: str, value: JsonValue, option: Mapping[str, Any]) -> Iterator[str]:
    if value is None or _is_template(value):
        return
    kind = option.get("type", "str")
    taken = _coerced(value, option)
    fits = {
        "bool": isinstance(taken, bool),
        "int": isinstance(taken, int),  # True is one to Ansible, too
        "float": isinstance(taken, int | float),
        "dict": isinstance(taken, dict | str),
        "list": isinstance(taken, list),
    }.get(kind, True)
    if not fits:
        yield f"{short}: {name} is to be of type {kind}"
        return
    choices = option.get("choices")
    if choices:
        allowed = {str(choice).lower() for choice in choices}
        for each in taken if isinstance(taken, list) else [taken]:
            words = _BOTH_WAYS[each] if isinstance(each, bool) else {str(each).lower()}
            if not _is_template(each) and not words & allowed:
                listed = ", ".join(str(choice) for choice in list(choices)[:20])
                yield f"{short}: {name} is one of {listed}, not {str(each)[:80]!r}"


def _coerced(value: JsonValue, option: Mapping[str, Any]) -> JsonValue:
    """A value as the module takes it: texts of numbers and booleans, one for a list of one."""
    if value is None or _is_template(value):
        return value
    match option.get("type", ""):
        case "bool":
            word = str(value).lower()
            return True if word in _YES else False if word in _NO else value
        case "int" if isinstance(value, str) and _INT.fullmatch(value):
            return int(value)
        case "float" if isinstance(value, str) and _FLOAT.fullmatch(value):
            return float(value)
        case "list":
            if isinstance(value, list):
                return value
            if isinstance(value, str):
                return [part.strip() for part in value.split(",")]
            return [value] if not isinstance(value, dict) else value
        case "str" | "path" if isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
    return value


def _is_template(value: JsonValue) -> bool:
    return isinstance(value, str) and ("{{" in value or "{%" in value)


def _is_free_form(name: str) -> bool:
    return name.startswith("free") or name in {"key_value"}


def _names(options: _Options) -> Mapping[str, str]:
    """From each way to write an option to its name."""
    names = {alias: name for name, option in options.items() for alias in option.get("aliases", ())}
    return {**names, **{name: name for name in options}}
