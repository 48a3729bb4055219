"""An example as Terraform has it: the client's names made the provider's, values of its types."""

from collections.abc import Iterable, Mapping
from typing import Any

from datagen.sources.documentation.pages import PageBlock, TypePage
from datagen.sources.documentation.values import (
    Body,
    Hole,
    JsonText,
    Template,
    Value,
    WrittenResource,
)


def drafted(
    resources: Iterable[WrittenResource], pages: Mapping[str, TypePage]
) -> list[WrittenResource]:
    """The resources with arguments as their schemas have them; what a schema lacks is dropped."""
    return [
        WrittenResource(each.type, each.label, conformed(each.body, pages[each.type].schema))
        for each in resources
        if each.type in pages
    ]


def conformed(body: Mapping[str, Value], block: PageBlock) -> Body:
    """A body with the provider's names and types."""
    names = {_bare(name): name for name in block.names}
    made: Body = {}
    for given, value in body.items():
        name = given if given in block.blocks or given in block.attributes else ""
        name = name or names.get(_bare(given), "")
        name = name or next(
            (f"{given}{end}" for end in _ENDINGS if f"{given}{end}" in block.names), ""
        )
        if name in block.blocks:
            items = value if isinstance(value, list) else [value]
            nested = block.blocks[name].block
            bodies = [conformed(item, nested) for item in items if isinstance(item, dict)]
            if bodies:
                made[name] = bodies
        elif name in block.attributes and block.attributes[name].settable:
            made[name] = fitted(value, block.attributes[name].type)
    return made


_ENDINGS = ("_id", "_arn", "_name")
"""What the client leaves away from names of arguments."""


def fitted(value: Value, type: Any) -> Value:
    """A value in a type of Terraform's (a name, or ["list", …], ["object", {…}])."""
    if isinstance(type, list):
        kind, inner = type
        if kind in ("list", "set"):
            items = value if isinstance(value, list) else [value]
            if isinstance(value, Hole) and not value.type:
                return value
            return [fitted(item, inner) for item in items]
        if kind == "map" and isinstance(value, dict):
            return {key: fitted(each, inner) for key, each in value.items()}
        if kind == "object" and isinstance(value, dict):
            names = {_bare(name): name for name in inner}
            return {
                names[_bare(key)]: fitted(each, inner[names[_bare(key)]])
                for key, each in value.items()
                if _bare(key) in names
            }
        return value
    if type == "string":
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int | float):
            return str(value)
        if isinstance(value, dict | list):
            return JsonText(value)
    if type == "number" and isinstance(value, str):
        try:
            return int(value)
        except ValueError:
            return Hole()
    if type == "bool" and isinstance(value, str):
        return value == "true"
    if type in ("number", "bool") and isinstance(value, Template | JsonText):
        return Hole()
    return value


def _bare(name: str) -> str:
    bare = name.replace("_", "").lower()
    for ending, single in (("ies", "y"), ("sses", "ss"), ("xes", "x"), ("s", "")):
        if bare.endswith(ending):
            return bare.removesuffix(ending) + single
    return bare
