"""YAML values as text again: block style, core schema of YAML 1.2, local tags kept."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rewardsvc.types import JsonValue
from rewardsvc.yaml12 import LocalTag, YamlError, load_documents

_TAG = re.compile(r"(?:^|[\s\[,:-])(!(?!!)[\w/.-]+)", re.MULTILINE)
_PLAIN = re.compile(r"[A-Za-z_/.][A-Za-z0-9_./@+-]*(?: [A-Za-z0-9_./@+=-]+)*")
_UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
"""What a YAML stream may not hold as it is, or what ends a line there."""

_WORDS_WITH_A_MEANING = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})


@dataclass(frozen=True, slots=True)
class Tagged:
    """A value behind a local tag (``!reference [a, b]``), which a mutant leaves as it is."""

    tag: str
    value: JsonValue


def load(text: str) -> list[JsonValue]:
    """The documents of a text, empty ones left out; what has a local tag is :class:`Tagged`.

    Raises:
        YamlError: it is not YAML.
    """
    tags = {tag: _tagger(tag) for tag in set(_TAG.findall(text))}
    return [each.value for each in load_documents(text, tags=tags) if each.value is not None]


def render(documents: Sequence[JsonValue]) -> str:
    """The documents as a text that :func:`load` reads back as the same values."""
    return "---\n".join("\n".join(_lines(document)) + "\n" for document in documents)


def tagged(value: JsonValue) -> bool:
    """Whether there is a local tag anywhere in a value."""
    if isinstance(value, Mapping):
        return any(map(tagged, value.values()))
    return any(map(tagged, value)) if isinstance(value, list) else isinstance(value, Tagged)


def _tagger(tag: str) -> LocalTag:
    return lambda value: Tagged(tag, value)


def _lines(value: JsonValue) -> list[str]:
    if isinstance(value, Mapping) and value:
        lines = []
        for key, inner in value.items():
            lines += _entry(f"{_scalar(key)}:", inner, "  ")
        return lines
    if isinstance(value, list) and value:
        lines = []
        for inner in value:
            if isinstance(inner, Mapping | list) and inner:
                first, *rest = _lines(inner)
                lines += [f"- {first}", *(f"  {line}" for line in rest)]
            else:
                lines.append(f"- {_flow(inner)}")
        return lines
    return [_flow(value)]


def _entry(head: str, value: JsonValue, indent: str) -> list[str]:
    if isinstance(value, Mapping | list) and value:
        return [head, *(indent + line for line in _lines(value))]
    return [f"{head} {_flow(value)}"]


def _flow(value: JsonValue) -> str:
    """A scalar, or an empty or tagged collection, on one line."""
    if isinstance(value, Tagged):
        return f"{value.tag} {_flow(value.value)}"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_scalar(k)}: {_flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return _scalar(value)


def _scalar(value: JsonValue) -> str:
    if isinstance(value, str):
        plain = _PLAIN.fullmatch(value) and value.lower() not in _WORDS_WITH_A_MEANING
        return value if plain and not value.startswith(".") else _quoted(value)
    return json.dumps(value)


def _quoted(text: str) -> str:
    """A text in double quotes; JSON's escapes are YAML's, but for pairs of surrogates."""
    escaped = json.dumps(text, ensure_ascii=False)
    return _UNPRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", escaped)


__all__ = ["Tagged", "YamlError", "load", "render", "tagged"]
