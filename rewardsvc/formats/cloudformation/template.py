"""CloudFormation templates as values: short forms of intrinsic functions become long ones.

A template is YAML or JSON; ``!GetAtt Queue.Arn``, ``Fn::GetAtt: Queue.Arn`` and
``Fn::GetAtt: [Queue, Arn]`` are one value, the last. Everything else stays as it is written.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from rewardsvc.artifact import Artifact
from rewardsvc.types import JsonValue
from rewardsvc.verification.yaml_files import ParsedFiles, parse_files
from rewardsvc.yaml12 import LocalTag

LANGUAGES = frozenset({"yaml", "yml", "json", "cloudformation", "cfn"})

_BARE = ("Ref", "Condition")
_FUNCTIONS = (
    *("And", "Base64", "Cidr", "Equals", "FindInMap", "GetAZs", "GetAtt", "GetStackOutput"),
    *("If", "ImportValue", "Join", "Length", "Not", "Or", "Select", "Split", "Sub"),
    *("ToJsonString", "Transform"),
    *("Contains", "EachMemberEquals", "EachMemberIn", "RefAll", "ValueOf", "ValueOfAll"),
)
"""CloudFormation's user guide, "Intrinsic function reference"; the last line is for Rules."""

GET_ATT = "Fn::GetAtt"
FOR_EACH = "Fn::ForEach::"


def _long_form(name: str) -> LocalTag:
    return lambda value: {name: value}


TAGS: Mapping[str, LocalTag] = {
    **{f"!{name}": _long_form(name) for name in _BARE},
    **{f"!{name}": _long_form(f"Fn::{name}") for name in _FUNCTIONS},
}
"""What the short forms stand for."""


def read_templates(artifact: Artifact) -> ParsedFiles:
    """The templates of an answer; :func:`uniform` makes their functions alike."""
    files = tuple(replace(file, text=_without_tabs(file.text)) for file in artifact.files)
    read = parse_files(replace(artifact, files=files), LANGUAGES, tags=TAGS)
    sources = tuple(replace(each, value=uniform(each.value)) for each in read.sources)
    return replace(read, sources=sources)


def uniform(value: JsonValue) -> JsonValue:
    """A value whose ``Fn::GetAtt`` is a list wherever it was a text."""
    if isinstance(value, list):
        return [uniform(each) for each in value]
    if not isinstance(value, dict):
        return value
    attribute = value.get(GET_ATT)
    if len(value) == 1 and isinstance(attribute, str) and "." in attribute:
        return {GET_ATT: list(attribute.partition(".")[::2])}
    return {key: uniform(each) for key, each in value.items()}


def section(template: JsonValue, name: str) -> Mapping[str, Any]:
    """A top-level section; empty where it is none."""
    found = template.get(name) if isinstance(template, dict) else None
    return found if isinstance(found, dict) else {}


def resources(template: JsonValue) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The resources with their logical ids, those that a loop makes of something among them."""
    for name, resource in section(template, "Resources").items():
        if name.startswith(FOR_EACH):
            yield from _looped(resource)
        elif isinstance(resource, dict):
            yield name, resource


def _looped(loop: JsonValue) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Of ``[identifier, what to loop over, resources]``; nothing where that is an empty list."""
    match loop:
        case [str(), over, dict() as made] if over != []:
            yield from resources({"Resources": made})


def _without_tabs(text: str) -> str:
    """JSON may be indented with tabs, YAML may not: outside of strings they are spaces."""
    if not text.lstrip().startswith("{"):
        return text
    lines = text.split("\n")
    heads = [line[: len(line) - len(line.lstrip("\t "))] for line in lines]
    return "\n".join(
        head.replace("\t", " ") + line[len(head) :] for head, line in zip(heads, lines, strict=True)
    )
