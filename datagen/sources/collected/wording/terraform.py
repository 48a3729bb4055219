"""Of a Terraform module: what it declares, by addresses, with the values that are written out."""

import json
import re
from collections.abc import Iterator

from datagen.pins import config
from datagen.sources.collected.units import Unit
from datagen.sources.collected.wording.said import (
    MOST_VALUE,
    Said,
    key,
    listed,
    quoted,
    sentence,
)
from rewardsvc.types import JsonValue
from sandbox.hcl.outline import Block, HclAttribute, literal, outline

_MOST_SETTINGS = 6
"""Of one resource that are told."""
_MOST_LOOKED_AT = 32
_MOST_BLOCKS = 4
"""Of one resource that are told."""
_REFERENCE = re.compile(r"(?:data\.|var\.|local\.|[a-z]\w*_\w+\.)[a-z][\w.]{0,80}")
_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,11})(?:\.\d{1,6})?")
_ESCAPES = ("\\", "$$", "%%", "\n")
_TYPE = re.compile(r"[a-z]+(?:\([a-z]+\))?")


def of_terraform(unit: Unit) -> Iterator[Said]:
    """What it declares.

    Raises:
        NotOutlined: a file is not HCL.
    """
    blocks = [(text, block) for text in unit.files.values() for block in outline(text).blocks]
    for text, block in blocks:
        if block.type in ("resource", "data") and len(block.labels) == 2:
            yield _resource(text, block)
        elif block.type == "module" and block.labels:
            source = literal(text, block.body.attribute("source"))
            place = f"module[].{key(block.labels[0])}"
            words = f"the module `{block.labels[0]}`" + (f" from `{source}`" if source else "")
            checks = [config(f"length({place}) > `0`")]
            if source:
                checks.append(config(f"{place}.source | [0]", source))
            yield sentence(f"call {words}", checks)
    for text, block in blocks:
        if block.type == "variable" and block.labels:
            yield _variable(text, block)
        elif block.type == "output" and block.labels:
            words = f"the output `{block.labels[0]}`"
            told = quoted(literal(text, block.body.attribute("description")))
            check = config(f"length(output[].{key(block.labels[0])}) > `0`")
            yield sentence(f"give {words}{told}", [check])


def _resource(text: str, block: Block) -> Said:
    kind, name = block.labels
    what = "the data source" if block.type == "data" else "the resource"
    place = f"{block.type}[].{key(kind)}.{key(name)}"
    checks = [config(f"length({place}) > `0`")]
    told: list[str] = []
    for attribute in block.body.attributes[:_MOST_LOOKED_AT]:
        known, value = _constant(text, attribute)
        if known and len(told) < _MOST_SETTINGS and attribute.name not in ("count", "depends_on"):
            told.append(f"`{attribute.name}` {json.dumps(value, ensure_ascii=False)}")
            checks.append(config(f"{place}.{key(attribute.name)} | [0]", value))
    words = f"{what} `{kind}.{name}`" + (f" with {listed(told)}" if told else "")
    for inner in _nested(text, block, place):
        words += f"; {inner.sentence}"
        checks += inner.checks
    return sentence(f"declare {words}", checks)


def _nested(text: str, block: Block, place: str) -> Iterator[Said]:
    """What stands in the blocks of a resource, and what its arguments refer to."""
    types = [each.type for each in block.body.blocks]
    for inner in block.body.blocks[:_MOST_BLOCKS]:
        if types.count(inner.type) > 1 or inner.type in ("dynamic", "lifecycle") or inner.labels:
            continue
        found = f"{place}.{key(inner.type)}[]"
        told: list[str] = []
        checks = [config(f"length({found}) > `0`")]
        for attribute in inner.body.attributes[:_MOST_LOOKED_AT]:
            known, value = _constant(text, attribute)
            if known and len(told) < _MOST_SETTINGS:
                told.append(f"`{attribute.name}` {json.dumps(value, ensure_ascii=False)}")
                checks.append(config(f"{found}.{key(attribute.name)} | [0]", value))
        words = f"its block `{inner.type}`" + (f" has {listed(told)}" if told else " is there")
        yield Said(words, tuple(checks))
    for attribute in block.body.attributes[:_MOST_LOOKED_AT]:
        match = _REFERENCE.fullmatch(text, attribute.start, attribute.end)
        if match is not None:
            words = f"its `{attribute.name}` is `{match[0]}`"
            expr = f"{place}.{key(attribute.name)} | [0]"
            yield Said(words, (config(f"contains(['{match[0]}', '${{{match[0]}}}'], {expr})"),))


def _variable(text: str, block: Block) -> Said:
    name = block.labels[0]
    place = f"variable[].{key(name)}"
    words = f"the input variable `{name}`"
    checks = [config(f"length({place}) > `0`")]
    attribute = block.body.attribute("type")
    if attribute is not None and _TYPE.fullmatch(kind := text[attribute.start : attribute.end]):
        words += f" of type `{kind}`"
        checks.append(config(f"contains(['{kind}', '${{{kind}}}'], {place}.type | [0])"))
    default = block.body.attribute("default")
    known, value = _constant(text, default) if default is not None else (False, None)
    if known:
        words += f", by default {json.dumps(value, ensure_ascii=False)}"
        checks.append(config(f"{place}.default | [0]", value))
    told = quoted(literal(text, block.body.attribute("description")))
    return sentence(f"take {words}{told}", checks)


def _constant(text: str, attribute: HclAttribute) -> tuple[bool, JsonValue]:
    """Whether a value is written out, and which it is."""
    written = text[attribute.start : attribute.end]
    if (value := literal(text, attribute)) is not None:
        usable = len(value) <= MOST_VALUE and not any(mark in value for mark in _ESCAPES)
        return usable, value
    if written in ("true", "false"):
        return True, written == "true"
    if _NUMBER.fullmatch(written):
        return True, json.loads(written)
    return False, None
