"""Writes a configuration as HCL for one specification. Pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from datagen.sources.documentation.completion import Configuration
from datagen.sources.documentation.pages import PageBlock, TypePage
from datagen.sources.documentation.values import (
    Body,
    Choice,
    Name,
    Network,
    Value,
    Way,
    aligned,
    mapped,
    written,
)
from datagen.vocabulary import REGIONS


@dataclass(frozen=True, slots=True)
class Setting:
    """What varies in a configuration: one specification of a topic."""

    project: str = "orders"
    stage: str = "prod"
    region: str = "eu-central-1"
    octet: int = 20
    choices: Mapping[str, "str | int"] = field(default_factory=dict)
    """By slot; the first option where a slot is not named."""


def filled(value: Value, setting: Setting) -> Value:
    """A value with all that varies put in."""

    def change(_: Way, leaf: Value) -> Value:
        match leaf:
            case Name(before, style, after):
                return f"{before}{styled(setting, style)}{after}"
            case Network(third, bits):
                return f"10.{setting.octet}.{third}.0/{bits}"
            case Choice(slot, options):
                return setting.choices.get(slot, options[0])
            case str() if leaf.startswith("$zone-"):
                return f"{setting.region}{leaf.removeprefix('$zone-')}"
            case "$elsewhere":
                return elsewhere(setting.region)
            case str() if "$region" in leaf:
                return leaf.replace("$region", setting.region)
        return leaf

    return mapped(value, change)


def elsewhere(region: str) -> str:
    """A second region, for what is copied out of the first; on the same continent."""
    near = [each for each in REGIONS if each[:2] == region[:2] and each != region]
    return next(iter(near), "us-east-1" if region != "us-east-1" else "us-west-2")


def styled(setting: Setting, style: str) -> str:
    """The project's name in a style."""
    words = [setting.project, setting.stage] if setting.stage else [setting.project]
    match style:
        case "kebab":
            return "-".join(words)
        case "snake":
            return "_".join(words)
        case "camel":
            return "".join(word.title() for word in words)
        case "plain":
            return "".join(words)
    return setting.project


def hcl(configuration: Configuration, setting: Setting, pages: Mapping[str, TypePage]) -> str:
    """The file.

    Raises:
        ValueError: something in it is still open.
    """
    parts = [f'provider "aws" {{\n  region = "{setting.region}"\n}}\n']
    for each in configuration.resources:
        body = filled(each.body, setting)
        assert isinstance(body, dict)
        inner = "".join(_body(body, pages[each.type].schema, 2))
        parts.append(f'resource "{each.type}" "{each.label}" {{\n{inner}}}\n')
    return "\n".join(parts)


def _body(body: Body, block: PageBlock, indent: int) -> Iterator[str]:
    attributes = [
        (name, written(value, indent)) for name, value in body.items() if name not in block.blocks
    ]
    yield from aligned(attributes, indent)
    first = not attributes
    pad = " " * indent
    for name, value in body.items():
        if name not in block.blocks or not isinstance(value, list):
            continue
        for each in value:
            if not first:
                yield "\n"
            first = False
            inner = "".join(_body(each, block.blocks[name].block, indent + 2))
            yield f"{pad}{name} {{\n{inner}{pad}}}\n" if inner else f"{pad}{name} {{}}\n"


def spaced(name: str) -> str:
    """An argument's name in words."""
    return re.sub(r"_+", " ", name).strip()
