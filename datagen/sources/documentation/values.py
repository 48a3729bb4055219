"""The values of a configuration, and how they are written as HCL and as JSON.

A body is a dictionary of arguments; a nested block is a list of bodies. Besides JSON's own there
are references, texts with references in them, and documents that are written with ``jsonencode``.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias


@dataclass(frozen=True, slots=True)
class Ref:
    """An attribute of another resource: ``aws_vpc.main.id``; ``type`` is "var" for a variable."""

    type: str
    label: str
    attribute: str

    @property
    def address(self) -> str:
        """What it refers to."""
        return f"{self.type}.{self.label}"

    def __str__(self) -> str:
        return f"{self.address}.{self.attribute}" if self.attribute else self.address


@dataclass(frozen=True, slots=True)
class Template:
    """A text with references in it."""

    parts: tuple["str | Ref", ...]


@dataclass(frozen=True, slots=True)
class JsonText:
    """A value that is written as JSON text."""

    value: "Value"


@dataclass(frozen=True, slots=True)
class Hole:
    """A value that an example leaves to its reader: ``foo_aws_ecs_cluster["id"]``.

    ``type`` and ``attribute``: what it names, "" where it does not say.
    """

    type: str = ""
    attribute: str = ""


@dataclass(frozen=True, slots=True)
class Name:
    """A text around the project's name in a style: ``orders-prod`` (kebab), ``orders_prod``
    (snake), ``OrdersProd`` (camel), ``ordersprod`` (plain), ``orders`` (word)."""

    before: str
    style: str
    after: str


@dataclass(frozen=True, slots=True)
class Network:
    """A part of the project's network, 10.N.0.0/16, by its third octet and size."""

    third: int
    bits: int


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several values that are known to plan: which, the specification says."""

    slot: str
    options: tuple["str | int", ...]


Value: TypeAlias = (
    "str | int | float | bool | Ref | Template | JsonText | Hole | Name | Network | Choice"
    " | list[Any] | dict[str, Any] | None"
)
Body: TypeAlias = dict[str, Value]
Step: TypeAlias = "str | int"
Way: TypeAlias = tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class WrittenResource:
    """A resource of a configuration. ``companion``: it is there because another one needs it."""

    type: str
    label: str
    body: Body
    companion: bool = False

    @property
    def address(self) -> str:
        """As references have it."""
        return f"{self.type}.{self.label}"


def leaves(value: Value, path: Way = ()) -> Iterator[tuple[Way, Value]]:
    """Every value that holds no other, with its way; a document's are below its path."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from leaves(each, (*path, key))
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from leaves(each, (*path, number))
    elif isinstance(value, JsonText):
        yield from leaves(value.value, (*path, "$json"))
    else:
        yield path, value


def mapped(value: Value, change: Callable[[Way, Value], Value], path: Way = ()) -> Value:
    """The value with each of its leaves changed."""
    if isinstance(value, dict):
        return {key: mapped(each, change, (*path, key)) for key, each in value.items()}
    if isinstance(value, list):
        return [mapped(each, change, (*path, number)) for number, each in enumerate(value)]
    if isinstance(value, JsonText):
        return JsonText(mapped(value.value, change, (*path, "$json")))
    return change(path, value)


def references(value: Value) -> Iterator[Ref]:
    """All references in it."""
    for _, leaf in leaves(value):
        if isinstance(leaf, Ref):
            yield leaf
        elif isinstance(leaf, Template):
            yield from (part for part in leaf.parts if isinstance(part, Ref))


_MARKS: Mapping[str, type] = {
    "$ref": Ref, "$hole": Hole, "$name": Name, "$network": Network,
}  # fmt: skip


def to_json(value: Value) -> Any:
    """As JSON data, for the store."""
    match value:
        case Ref(type, label, attribute):
            return {"$ref": [type, label, attribute]}
        case Hole(type, attribute):
            return {"$hole": [type, attribute]}
        case Name(before, style, after):
            return {"$name": [before, style, after]}
        case Network(third, bits):
            return {"$network": [third, bits]}
        case Choice(slot, options):
            return {"$choice": [slot, list(options)]}
        case Template(parts):
            return {"$text": [to_json(part) for part in parts]}
        case JsonText(inner):
            return {"$json": to_json(inner)}
        case dict():
            return {key: to_json(each) for key, each in value.items()}
        case list():
            return [to_json(each) for each in value]
    return value


def from_json(data: Any) -> Value:
    """What :func:`to_json` wrote."""
    if isinstance(data, dict):
        if len(data) == 1:
            ((mark, inner),) = data.items()
            if mark in _MARKS:
                made: Value = _MARKS[mark](*inner)
                return made
            if mark == "$choice":
                return Choice(inner[0], tuple(inner[1]))
            if mark == "$text":
                return Template(
                    tuple(part if isinstance(part, str) else Ref(*part["$ref"]) for part in inner)
                )
            if mark == "$json":
                return JsonText(from_json(inner))
        return {key: from_json(each) for key, each in data.items()}
    return [from_json(each) for each in data] if isinstance(data, list) else data


_NAME = re.compile(r"[A-Za-z_][\w-]*")


def written(value: Value, indent: int = 0) -> str:
    """A value as an expression of HCL, as ``terraform fmt`` lays it out.

    Raises:
        ValueError: it has a hole, or nothing.
    """
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return json.dumps(value)
        case str():
            return quoted(value)
        case Ref():
            return str(value)
        case Template(parts):
            inner = (
                f"${{{part}}}" if isinstance(part, Ref) else quoted(part)[1:-1] for part in parts
            )
            return f'"{"".join(inner)}"'
        case JsonText(inner_value):
            return f"jsonencode({written(inner_value, indent)})"
        case list():
            return _list(value, indent)
        case dict():
            return _object(value, indent)
    raise ValueError(f"not to be written: {value!r}")


def quoted(text: str) -> str:
    """A text in quotes."""
    return json.dumps(text, ensure_ascii=False).replace("${", "$${").replace("%{", "%%{")


def _list(value: list[Any], indent: int) -> str:
    if not value:
        return "[]"
    items = [written(each, indent + 2) for each in value]
    if all(not isinstance(each, list | dict) for each in value):
        line = f"[{', '.join(items)}]"
        if len(line) < 80:
            return line
    pad = " " * (indent + 2)
    return "[\n" + "".join(f"{pad}{item},\n" for item in items) + " " * indent + "]"


def _object(value: Mapping[str, Any], indent: int) -> str:
    if not value:
        return "{}"
    keys = [key if _NAME.fullmatch(key) else quoted(key) for key in value]
    items = [written(each, indent + 2) for each in value.values()]
    return (
        "{\n"
        + "".join(aligned(list(zip(keys, items, strict=True)), indent + 2))
        + (" " * indent + "}")
    )


def aligned(items: list[tuple[str, str]], indent: int) -> Iterator[str]:
    """Lines of ``key = value`` as ``terraform fmt`` aligns them: runs of single lines together."""
    pad = " " * indent
    run: list[tuple[str, str]] = []
    for key, text in items:
        if "\n" in text:
            yield from _run(run, pad)
            run = []
            yield f"{pad}{key} = {text}\n"
        else:
            run.append((key, text))
    yield from _run(run, pad)


def _run(run: list[tuple[str, str]], pad: str) -> Iterator[str]:
    width = max((len(key) for key, _ in run), default=0)
    for key, text in run:
        yield f"{pad}{key.ljust(width)} = {text}\n"
