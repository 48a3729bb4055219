"""Rules of a table as one tree for each kind, so that a resource is walked once for all of them.

A rule is asked of the values at its places. A place is a kind (an operator's with its group:
``ray.io/RayJob``) and a path; ``*`` is every item of a list or every value of a mapping. What is
missing or null is not asked about.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rewardsvc.formats.kubernetes.answer import Path
from rewardsvc.formats.kubernetes.manifests import Manifest
from rewardsvc.types import Diagnostic
from rewardsvc.verification.refusals import Refusal

Problem = tuple[Path, str]
"""Where in the value something is wrong, and what."""

Check = Callable[[Any], Iterable[Problem]]
Place = tuple[str, tuple[str, ...]]

ANY = "*"
"""As a kind: every kind that has a schema, custom resources too."""

CUSTOM = "*/*"
"""As a kind: every custom resource that has a schema."""

_POD_SPECS: Mapping[str, str] = {
    "Pod": "spec",
    "PodTemplate": "template.spec",
    "CronJob": "spec.jobTemplate.spec.template.spec",
    **{
        kind: "spec.template.spec"
        for kind in (
            "DaemonSet", "Deployment", "Job", "ReplicaSet", "ReplicationController", "StatefulSet",
        )
    },
}  # fmt: skip
"""Where a kind describes its pods."""

CONTAINERS = ("initContainers.*", "containers.*")


def at(kinds: str, *paths: str) -> tuple[Place, ...]:
    """The places of these paths in each of these kinds (separated by spaces)."""
    return tuple(
        (kind, tuple(part for part in path.split(".") if part))
        for kind in kinds.split()
        for path in paths
    )


def in_pods(*paths: str) -> tuple[Place, ...]:
    """The places of these paths in every pod's spec."""
    return tuple(
        place
        for kind, spec in _POD_SPECS.items()
        for place in at(kind, *(f"{spec}.{path}" for path in paths))
    )


def in_templates(*paths: str) -> tuple[Place, ...]:
    """The places of these paths in every template of a pod, beside its spec."""
    return tuple(
        place
        for kind, spec in _POD_SPECS.items()
        if kind != "Pod"
        for place in at(kind, *(f"{spec.removesuffix('spec')}{path}" for path in paths))
    )


def in_containers(*paths: str) -> tuple[Place, ...]:
    """The places of these paths in every container of every pod."""
    return in_pods(*(f"{container}.{path}" for container in CONTAINERS for path in paths))


@dataclass(frozen=True, slots=True)
class Part:
    """A check and where it is asked."""

    places: tuple[Place, ...]
    check: Check


def on(places: tuple[Place, ...], check: Check) -> Part:
    """A check at these places."""
    return Part(places, check)


@dataclass(frozen=True, slots=True)
class PlacedRule:
    """What a row of the table asks. Called with one resource, it answers for itself alone."""

    code: str
    parts: tuple[Part, ...]

    def __call__(self, manifest: Manifest) -> Iterator[Diagnostic]:
        """What it objects to in one resource."""
        kinds = {kind for part in self.parts for kind, _ in part.places}
        yield from RuleTree([self]).problems(manifest, builtin=manifest.kind in kinds)


def row(
    code: str, what: str, source: str, *parts: Part, refused: str, accepted: str
) -> Refusal[Manifest]:
    """A row: see :class:`rewardsvc.verification.refusals.Refusal`."""
    return Refusal(
        code=code,
        what=what,
        source=source,
        find=PlacedRule(code, parts),
        refused=refused,
        accepted=accepted,
    )


@dataclass(slots=True)
class _Node:
    checks: list[tuple[str, Check]] = field(default_factory=list)
    children: dict[str, "_Node"] = field(default_factory=dict)
    each: "_Node | None" = None

    def step(self, key: str) -> "_Node":
        """The node below a key, or below every item for ``*``; made where it is missing."""
        if key != "*":
            return self.children.setdefault(key, _Node())
        if self.each is None:
            self.each = _Node()
        return self.each


class RuleTree:
    """The rules of all rows, by kind and path."""

    def __init__(self, rules: Sequence[PlacedRule]) -> None:
        self._roots: dict[str, _Node] = {}
        for rule in rules:
            for part in rule.parts:
                for kind, path in part.places:
                    node = self._roots.setdefault(kind, _Node())
                    for step in path:
                        node = node.step(step)
                    node.checks.append((rule.code, part.check))

    @classmethod
    def of(cls, rows: Sequence[Refusal[Manifest]]) -> "RuleTree":
        """The rules that the rows ask."""
        return cls([each.find for each in rows if isinstance(each.find, PlacedRule)])

    def problems(self, manifest: Manifest, *, builtin: bool) -> Iterator[Diagnostic]:
        """What the rules object to in a resource. ``builtin``: its kind is Kubernetes' own."""
        own = (manifest.kind,) if builtin else (CUSTOM, f"{manifest.group}/{manifest.kind}")
        for kind in (ANY, *own):
            root = self._roots.get(kind)
            for code, steps, words in _walk(root, manifest.body) if root is not None else ():
                path = tuple(reversed(steps))
                message = f"{manifest.called}: {_told(path)}{words}"
                yield manifest.source.problem(code, message, path)


_Found = tuple[str, list[str | int], str]
"""A code, the way back from where it was found, and what is wrong."""


def _walk(node: _Node, value: Any) -> list[_Found]:
    """Nothing is made of the way to a value but where something was found, on the way back."""
    found: list[_Found] = []
    for code, check in node.checks:
        for within, words in check(value):
            found.append((code, [*reversed(within)], words))
    each, children = node.each, node.children
    if isinstance(value, dict):
        if each is not None:
            for name, inner in value.items():
                if below := _walk(each, inner):
                    found += _from(name, below)
        if len(value) < len(children):
            for name, inner in value.items():
                if (
                    name in children
                    and inner is not None
                    and (below := _walk(children[name], inner))
                ):
                    found += _from(name, below)
        elif children:
            for name, child in children.items():
                if (inner := value.get(name)) is not None and (below := _walk(child, inner)):
                    found += _from(name, below)
    elif each is not None and isinstance(value, list):
        for index, inner in enumerate(value):
            if below := _walk(each, inner):
                found += _from(index, below)
    return found


def _from(step: str | int, found: list[_Found]) -> list[_Found]:
    for _, steps, _ in found:
        steps.append(step)
    return found


def _told(path: Path) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return f"{text[1:]}: " if text else ""
