"""``RUN --mount``: BuildKit's ``parseMount`` and ``validateMount`` (commands_runmount.go)."""

import csv
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from rewardsvc.formats.dockerfile.source import Rule, literal
from rewardsvc.formats.dockerfile.syntax import Instruction

_ALIASES = {
    "src": "source",
    "dst": "target",
    "destination": "target",
    "ro": "readonly",
    "rw": "readwrite",
}
_TYPES = frozenset({"bind", "cache", "tmpfs", "secret", "ssh"})
_KEYS = frozenset(
    {"type", "from", "source", "target", "readonly", "readwrite", "required", "size", "id"}
    | {"sharing", "mode", "uid", "gid", "env"}
)
_PODMANS = frozenset({"z", "u", "relabel"})
"""Keys that Buildah takes and BuildKit does not: a Containerfile may be for it."""
_ALONE = frozenset({"readonly", "readwrite", "required"})
_ONLY: Mapping[str, frozenset[str]] = {
    "required": frozenset({"secret", "ssh"}),
    "size": frozenset({"tmpfs"}),
    "sharing": frozenset({"cache"}),
    "mode": frozenset({"secret", "ssh", "cache"}),
    "uid": frozenset({"secret", "ssh", "cache"}),
    "gid": frozenset({"secret", "ssh", "cache"}),
    "env": frozenset({"secret"}),
}
"""Keys that not every type of mount has."""

_TRUTH = re.compile(r"1|t|T|TRUE|true|True|0|f|F|FALSE|false|False")
_VALUES: Mapping[str, tuple[re.Pattern[str], str]] = {
    "readonly": (_TRUTH, "true or false"),
    "readwrite": (_TRUTH, "true or false"),
    "required": (_TRUTH, "true or false"),
    "mode": (re.compile(r"[0-7]{1,11}"), "an octal mode"),
    "uid": (re.compile(r"\d{1,10}"), "a number"),
    "gid": (re.compile(r"\d{1,10}"), "a number"),
    "size": (re.compile(r"\d+(?:\.\d+)? ?(?:[kKmMgGtTpP](?:i?[bB])?|[bB])?"), "a size"),
}


@dataclass(frozen=True, slots=True)
class _Mount:
    text: str
    keys: Mapping[str, str | None]
    """By their long names; None where a key stands alone."""

    @property
    def type(self) -> str:
        """Of a bind where nothing is said; "" where a variable decides."""
        said = self.keys.get("type", "bind") or ""
        return said.lower() if literal(said) else ""


def _mounts(instruction: Instruction) -> Iterator[_Mount]:
    for text in instruction.flag("mount"):
        keys: dict[str, str | None] = {}
        for field in next(csv.reader([text]), []):
            key, equals, value = field.partition("=")
            name = key.lower()
            keys[_ALIASES.get(name, name)] = value if equals else None
        yield _Mount(text, keys)


def _each(problem: Callable[[_Mount], Iterator[str]]) -> Rule:
    def rule(instruction: Instruction) -> Iterator[str]:
        for mount in _mounts(instruction):
            for words in problem(mount):
                yield f"--mount={mount.text}: {words}"

    return rule


def _types(mount: _Mount) -> Iterator[str]:
    if mount.type and mount.type not in _TYPES:
        yield f"the type is one of {', '.join(sorted(_TYPES))}"


def _keys(mount: _Mount) -> Iterator[str]:
    for key, value in mount.keys.items():
        if key not in _KEYS | _PODMANS and literal(key):
            yield f"there is no key {key!r}"
        elif value is None and key not in _ALONE and key in _KEYS:
            yield f"{key!r} needs a value: {key}=…"


def _fitting(mount: _Mount) -> Iterator[str]:
    for key in mount.keys:
        types = _ONLY.get(key)
        if types and mount.type in _TYPES - types:
            yield f"a mount of type {mount.type} has no {key!r}"


def _values(mount: _Mount) -> Iterator[str]:
    for key, value in mount.keys.items():
        if key in _VALUES and value is not None and literal(value):
            pattern, expected = _VALUES[key]
            if not pattern.fullmatch(value):
                yield f"{key}={value}: expected {expected}"


def _sharing(mount: _Mount) -> Iterator[str]:
    value = mount.keys.get("sharing") or "shared"
    if literal(value) and value.lower() not in {"shared", "private", "locked"}:
        yield f"sharing={value}: expected shared, private or locked"


def _secrets(mount: _Mount) -> Iterator[str]:
    if mount.type != "secret":
        return
    if "from" in mount.keys:
        yield "a secret has no from"
    if not mount.keys.keys() & {"source", "target", "id"}:
        yield "a secret needs an id, a source or a target"
    if mount.keys.get("source") and mount.keys.get("id"):
        yield "a secret has a source or an id, not both"


def _targets(mount: _Mount) -> Iterator[str]:
    if mount.type in {"bind", "cache", "tmpfs"}:
        target = mount.keys.get("target") or ""
        if target.startswith("/") and not target.strip("/"):
            yield "the root cannot be a mount's target"


types = _each(_types)
"""The type is one that there is."""
keys = _each(_keys)
"""The keys are some that there are, and have values."""
fitting = _each(_fitting)
"""A key is one that the type of the mount has."""
values = _each(_values)
"""Truths, modes, numbers and sizes are such."""
sharing = _each(_sharing)
"""How a cache is shared is a known way."""
secrets = _each(_secrets)
"""What a secret needs, and excludes."""
targets = _each(_targets)
"""A mount does not cover the root."""
