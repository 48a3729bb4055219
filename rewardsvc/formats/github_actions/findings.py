"""What actionlint's findings are about, and the ones of them that are one mistake.

It says of a key that is mistyped that it is not known and that the right one is missing, of a
list in place of a mapping what it is and what it lacks, and of a step that runs and uses, which it
takes for one of the two, each key of the other.
"""

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from rewardsvc.types import Diagnostic
from rewardsvc.verification.yaml_files import YamlFile, reached
from rewardsvc.yaml12 import Lines

MAX_COMPARED = 200
"""Findings that are held together; few workflows have ten."""

_UNEXPECTED = re.compile(r'unexpected key "(?P<key>[^"]{1,100})" for ')
_MISSING = re.compile(r'"(?P<key>[a-z-]+)" (?:section )?is missing in ')
_OF_ONE_KIND = frozenset({"run", "shell", "working-directory", "uses", "with"})
"""Keys of steps that have ``run``, or of those that have ``uses``."""

_KIND = re.compile(r"\b(?:scalar|sequence|mapping) node\b")
_ALIKE = 0.6


def place(source: YamlFile | None, line: int, column: int, message: str) -> tuple[str | int, ...]:
    """The place of a finding, as :class:`rewardsvc.types.Diagnostic` has it; () of nothing."""
    if source is None or not isinstance(source.lines, Lines) or not line:
        return ()
    of_key, of_mapping = (
        source.lines.path_at(source.index, line, max(column, 1), first_key=first)
        for first in (True, False)
    )
    quoted = bool(of_key) and f'"{of_key[-1]}"' in message
    return (source.file.path, source.index, *(of_key if quoted else of_mapping))


def once(found: Sequence[Diagnostic], sources: Mapping[str, YamlFile]) -> list[Diagnostic]:
    """The findings, those as infos that another one accounts for."""
    kept: list[Diagnostic] = []
    for finding in found:
        same = any(_one_mistake(finding, other, sources) for other in kept[:MAX_COMPARED])
        kept.append(replace(finding, severity="info") if same else finding)
    return kept


def _one_mistake(one: Diagnostic, other: Diagnostic, sources: Mapping[str, YamlFile]) -> bool:
    if "info" in (one.severity, other.severity) or not (one.places and other.places):
        return False
    (place,), (others,) = one.places, other.places
    if place == others:
        lacks = _MISSING.match(one.message), _MISSING.match(other.message)
        if lacks[0] and lacks[1]:
            return lacks[0]["key"] == lacks[1]["key"]
        # Of a text, each finding may be another mistake; a collection is what it is.
        text = isinstance(_value(sources[one.file], place[2:]), str)
        return not text or bool(_KIND.search(one.message) or _KIND.search(other.message))
    if place[:-1] == others[:-1] and _is_of_both_kinds(_value(sources[one.file], place[2:-1])):
        keys = _UNEXPECTED.match(one.message), _UNEXPECTED.match(other.message)
        return all(key is not None and key["key"] in _OF_ONE_KIND for key in keys)
    for first, second in ((one, other), (other, one)):
        extra, lack = _UNEXPECTED.match(first.message), _MISSING.match(second.message)
        if extra and lack and first.places[0][:-1] == second.places[0]:
            ratio = difflib.SequenceMatcher(None, extra["key"].lower(), lack["key"]).ratio()
            return ratio > _ALIKE
    return False


def _is_of_both_kinds(step: object) -> bool:
    return isinstance(step, dict) and {"run", "uses"} <= step.keys()


def _value(source: YamlFile, path: Sequence[str | int]) -> object:
    value = source.value
    for part in reached(value, path):
        value = value[part]
    return value
