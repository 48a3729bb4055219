"""Finds out which class documents which resource type: by names and by arguments. Pure."""

import re
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from typing import Any

from sandbox.toolchain.documentation.wheel import Argument, DocumentedClass

_ENOUGH = 0.45
"""Of the arguments that either has, so many must be both's; of equal names half as many."""
_SAME_NAME = 0.6
_BEYOND = frozenset({"id", "tags_all", "timeouts"})
"""Arguments that the client has no equal of."""


@dataclass(frozen=True, slots=True)
class _Match:
    score: float
    type: str
    cls: int


def classes_of_types(
    schemas: Mapping[str, Mapping[str, Any]], classes: list[DocumentedClass]
) -> dict[str, DocumentedClass]:
    """The class of each type that has one. No class stands for two types."""
    offered = [
        (_joined(each.name), {_bare(name) for name in each.arguments}, _words(each.name))
        for each in classes
    ]
    matches: list[_Match] = []
    for type, block in schemas.items():
        stem = type.partition("_")[2]
        wanted = {_bare(name) for name in arguments_of(block)}
        words = set(stem.split("_"))
        for number, (joined, arguments, class_words) in enumerate(offered):
            if words.isdisjoint(class_words):
                continue
            shared = _shared(wanted, arguments)
            same = stem.replace("_", "") in joined
            if shared >= (_ENOUGH / 2 if same else _ENOUGH):
                near = len(words & class_words) / len(words | class_words)
                score = shared + near / 2 + (_SAME_NAME if same else 0.0)
                matches.append(_Match(score, type, number))
    matches.sort(key=lambda match: (-match.score, match.type, match.cls))
    found: dict[str, DocumentedClass] = {}
    taken: set[int] = set()
    for match in matches:
        if match.type not in found and match.cls not in taken:
            found[match.type] = classes[match.cls]
            taken.add(match.cls)
    return dict(sorted(found.items()))


def arguments_of(block: Mapping[str, Any]) -> list[str]:
    """What one may write in a block: attributes that are not computed alone, and blocks."""
    attributes = block.get("attributes", {})
    written = [name for name, each in attributes.items() if _is_written(each)]
    return [name for name in (*written, *block.get("block_types", {})) if name not in _BEYOND]


def texts_of(cls: DocumentedClass, block: Mapping[str, Any]) -> dict[str, str]:
    """What the class says of each argument, by its path in the type: ``ingress.from_port``."""
    return dict(_texts(cls.arguments, cls.blocks, block, "", frozenset()))


def counterpart(name: str, among: Iterable[str]) -> str | None:
    """The argument that a name of the client's means: it writes lists in the plural."""
    known = set(among)
    if name in known:
        return name
    forms = {_bare(each): each for each in known}
    return forms.get(_bare(name))


def _texts(
    arguments: Mapping[str, Argument],
    blocks: Mapping[str, Mapping[str, Argument]],
    block: Mapping[str, Any],
    prefix: str,
    within: Set[str],
) -> Iterable[tuple[str, str]]:
    nested = block.get("block_types", {})
    names = [*block.get("attributes", {}), *nested]
    for name, argument in arguments.items():
        known = counterpart(name, names)
        if known is None:
            continue
        if argument.text:
            yield f"{prefix}{known}", argument.text
        deeper = blocks.get(argument.block)
        if deeper is not None and known in nested and argument.block not in within:
            yield from _texts(
                deeper,
                blocks,
                nested[known]["block"],
                f"{prefix}{known}.",
                within | {argument.block},
            )


def _is_written(attribute: Mapping[str, Any]) -> bool:
    return bool(attribute.get("required") or attribute.get("optional"))


def _bare(name: str) -> str:
    """A name without what the two write differently: underscores, and the plural of lists."""
    bare = name.replace("_", "").lower()
    for ending, single in (("ies", "y"), ("sses", "ss"), ("xes", "x"), ("s", "")):
        if bare.endswith(ending):
            return bare.removesuffix(ending) + single
    return bare


def _shared(one: Set[str], other: Set[str]) -> float:
    return len(one & other) / len(one | other) if one or other else 1.0


def _joined(name: str) -> frozenset[str]:
    module, _, cls = name.partition(".")
    return frozenset({cls.lower(), f"{module}{cls}".lower()})


def _words(name: str) -> set[str]:
    module, _, cls = name.partition(".")
    return {module, *re.findall(r"[A-Z]+[a-z0-9]*|[a-z0-9]+", cls.lower()), *_snake(cls)}


def _snake(cls: str) -> list[str]:
    return [word.lower() for word in re.findall(r"[A-Z][a-z0-9]*", cls)]
