"""Rules that mend a configuration by what the tools said of it. Pure but for what they look up.

Each rule reads one kind of message of the provider's (its SDK's validators, and the AWS provider's
own words), finds the argument that it is about, and gives, changes or takes away a value.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from datagen.sources.documentation.completion import Completion, Configuration, Unfit
from datagen.sources.documentation.naming import noun_of
from datagen.sources.documentation.pages import PageBlock, Pages
from datagen.sources.documentation.values import Body, Name, Value, WrittenResource
from rewardsvc.types import Diagnostic

_ONE_OF = re.compile(r"one of `([\w.,]+)` must be (?:specified|set)|exactly one of \[?([\w, .`]+)")
_ENUMERATED = re.compile(
    r"(?:expected .*? to be one of|value must be one of:?|[Vv]alid [Vv]alues(?: are)?:?"
    r"|must be one of)"
    r" ?[\[(]([^\])]+)[\])]"
)
_CONFLICT = re.compile(
    r"[Cc]onflict|cannot be (?:specified|set|used)"
    r"|not (?:supported|allowed|valid) (?:with|for|when)"
)
_NEEDS = re.compile(
    r"required|must be (?:set|specified|configured|provided)|is missing|Insufficient"
    r"|No attribute specified"
)
_CHARACTERS = re.compile(
    r"alphanumeric|characters|hyphen|underscore|lower ?case|length|at most|regular|must match"
    r"|must begin|letters|must satisfy"
)
_WORD = re.compile(r"[`\"']?([a-z][a-z0-9_]*(?:\.[a-z0-9_]+)*)[`\"']?")


@dataclass(frozen=True, slots=True)
class Spotted:
    """What a diagnostic is about: a resource, the way to a body in it, and an argument there."""

    resource: WrittenResource
    way: tuple["str | int", ...]
    argument: str


def repaired(
    configuration: Configuration,
    text: str,
    diagnostics: Sequence[Diagnostic],
    completion: Completion,
    pages: Pages,
) -> Configuration | None:
    """The configuration changed by each diagnostic once; None where no rule knows any of them."""
    completion.resume(configuration)
    changed = False
    groups: set[str] = set()
    for found in diagnostics:
        spot = spotted(configuration, text, found)
        if spot is None:
            continue
        group = _ONE_OF.search(found.message)
        if group is not None:
            if group[0] in groups:
                continue
            groups.add(group[0])
        before = completion.current
        _mend(found.message, spot, completion, pages)
        changed = changed or completion.current != before
    return completion.current if changed else None


def _mend(message: str, spot: Spotted, completion: Completion, pages: Pages) -> None:
    current = next(
        (each for each in completion.current.resources if each.address == spot.resource.address),
        None,
    )
    if current is None:
        return
    block = _block_at(pages.pages[current.type].schema, spot.way)
    body = _body_at(current.body, spot.way)
    if block is None or body is None:
        return
    argument = spot.argument
    if group := _ONE_OF.search(message):
        names = re.findall(r"[a-z][\w.]*", group[1] or group[2])
        if not any(name.partition(".")[0] in current.body for name in names):
            _add(current, (), names, completion, pages)
            return
    if options := _ENUMERATED.search(message):
        values = re.findall(r"[^\s,\"'\[\]]+", options[1])
        if argument in body and values:
            _put(current, spot.way, argument, _like(body[argument], values[0]), completion)
            return
    named = [
        word
        for word in _WORD.findall(message)
        if word in block.names and word not in body and word != argument
    ]
    if _CONFLICT.search(message):
        _drop(current, spot.way, argument, block, completion)
        return
    if _NEEDS.search(message):
        missing = [argument] if argument and argument not in body else named
        if missing:
            _add(current, spot.way, missing, completion, pages)
            return
    if argument in body:
        value = body[argument]
        listed = isinstance(value, list) and len(value) == 1
        only = value[0] if isinstance(value, list) and listed else value
        if isinstance(only, Name) and _CHARACTERS.search(message):
            named_anew = restyled(only, current.type)
            _put(current, spot.way, argument, [named_anew] if listed else named_anew, completion)
            return
        _drop(current, spot.way, argument, block, completion)


_STYLES = ("kebab", "snake", "camel", "plain", "word")


def restyled(value: Name, type: str) -> Name:
    """The next style: a provider takes hyphens here, underscores there, or neither."""
    following = _STYLES[(_STYLES.index(value.style) + 1) % len(_STYLES)]
    noun = noun_of(type)
    after = {"kebab": f"-{noun}", "snake": f"_{noun}", "camel": noun.title(), "plain": noun}
    return Name("", following, after.get(following, ""))


def _add(
    resource: WrittenResource,
    way: tuple["str | int", ...],
    names: Sequence[str],
    completion: Completion,
    pages: Pages,
) -> None:
    """Give the first of the arguments that somebody can tell a value."""
    steps = tuple(step for step in way if isinstance(step, str))
    for name in names:
        path = (*steps, name.partition(".")[0])
        block = _block_at(pages.pages[resource.type].schema, way)
        if block is None or path[-1] not in block.names:
            continue
        try:
            value = completion.added(resource, path)
        except (Unfit, KeyError):
            continue
        _put(resource, way, path[-1], value, completion)
        return


def _drop(
    resource: WrittenResource,
    way: tuple["str | int", ...],
    argument: str,
    block: PageBlock,
    completion: Completion,
) -> None:
    """Take an argument away; a required one takes the block that it is in with it."""
    if argument not in block.required:
        _put(resource, way, argument, None, completion)
    elif len(way) >= 2 and isinstance(way[-2], str):
        _put(resource, way[:-2], way[-2], None, completion)


def _put(
    resource: WrittenResource,
    way: tuple["str | int", ...],
    argument: str,
    value: Value,
    completion: Completion,
) -> None:
    resources = {each.address: each for each in completion.current.resources}
    body = _changed(resources[resource.address].body, way, argument, value)
    resources[resource.address] = replace(resources[resource.address], body=body)
    completion.resume(Configuration(tuple(resources.values())))


def _changed(body: Body, way: tuple["str | int", ...], argument: str, value: Value) -> Body:
    if not way:
        return {key: each for key, each in {**body, argument: value}.items() if each is not None}
    name, number, *rest = way
    nested = body[name] if isinstance(name, str) else None
    assert isinstance(nested, list) and isinstance(number, int)
    inner = _changed(nested[number], tuple(rest), argument, value)
    return {**body, str(name): [inner if n == number else e for n, e in enumerate(nested)]}


def _like(value: Value, text: str) -> Value:
    return int(text) if isinstance(value, int) and text.isdigit() else text


def _block_at(block: PageBlock, way: tuple["str | int", ...]) -> PageBlock | None:
    for step in way:
        if isinstance(step, str):
            if step not in block.blocks:
                return None
            block = block.blocks[step].block
    return block


def _body_at(body: Body, way: tuple["str | int", ...]) -> Body | None:
    value: Value = body
    for step in way:
        match value, step:
            case dict(), str() if step in value:
                value = value[step]
            case list(), int() if step < len(value):
                value = value[step]
            case _:
                return None
    return value if isinstance(value, dict) else None


_OPENS = re.compile(r'^(\s*)(?:resource "(\w+)" "(\w+)"|([\w-]+)) \{')
_SETS = re.compile(r"^(\s*)([\w-]+)\s*=")


def spotted(configuration: Configuration, text: str, found: Diagnostic) -> Spotted | None:
    """What a diagnostic is about, by its line in the file that was written."""
    lines = text.split("\n")
    if not 0 < found.line <= len(lines):
        return None
    way: list[str | int] = []
    argument = ""
    line = lines[found.line - 1]
    indent = len(line) - len(line.lstrip()) + bool(_OPENS.match(line))
    if (sets := _SETS.match(lines[found.line - 1])) and len(sets[1]) % 2 == 0:
        argument = sets[2]
    for number in range(found.line - 1, -1, -1):
        line = lines[number]
        opens = _OPENS.match(line)
        sets = _SETS.match(line)
        depth = len(line) - len(line.lstrip())
        if opens and opens[2] and depth < indent:
            return _in_resource(configuration, f"{opens[2]}.{opens[3]}", way, argument, found)
        if opens and opens[4] and depth < indent:
            before = sum(
                1
                for other in _siblings(lines, number, depth)
                if re.match(rf"\s*{re.escape(opens[4])} \{{", other)
            )
            way[:0] = [opens[4], before]
            indent = depth
        elif sets and depth < indent:
            argument, way, indent = sets[2], [], depth
    return None


def _siblings(lines: Sequence[str], number: int, depth: int) -> Sequence[str]:
    """The lines before one in the same body and of the same depth."""
    found = []
    for line in reversed(lines[:number]):
        own = len(line) - len(line.lstrip())
        if line.strip() and own < depth:
            break
        if own == depth:
            found.append(line)
    return found


def _in_resource(
    configuration: Configuration,
    address: str,
    way: list["str | int"],
    argument: str,
    found: Diagnostic,
) -> Spotted | None:
    resource = next((e for e in configuration.resources if e.address == address), None)
    if resource is None:
        return None
    if not argument:
        named = re.search(
            r'(?:expected|invalid value for|Attribute) "?([a-z][a-z0-9_]*)'
            r'|"([a-z][a-z0-9_]*)(?:\.[\w.]+)?"',
            found.message,
        )
        argument = (named[1] or named[2]) if named else ""
        missing = re.search(
            r'The argument "(\w+)" is required|Insufficient (\w+) blocks', found.message
        )
        if missing:
            argument = missing[1] or missing[2]
    return Spotted(resource, tuple(way), argument)
