"""What a run draws from: the sources of each portion. Pure, but for what the documentation
teacher has built on this machine."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from datagen.balance import Precedence
from datagen.categories import CATEGORIES
from datagen.curation import Grouping, Splitting
from datagen.diversity import CoverageCell, Taxonomy, TaxonomyCell, cells_of
from datagen.errors import WrongUsage
from datagen.portion import Portion
from datagen.sources import DealtSource, RecordSource, TaxonomySource, TopicSource
from datagen.sources.documentation import DOCUMENTED, DocumentedSource, documented
from datagen.teachers import BUILTIN, DOCUMENTATION, OWN
from datagen.topic import BENCH_ONLY, Topic
from rewardsvc.focus import NO_FOCUS, Focus


@dataclass(frozen=True, slots=True)
class Aim:
    """Of what there is to be how much. ``taxonomy``: what models' prompts are drawn from; None for
    nothing. ``covered``: the rows that cells have already."""

    taxonomy: Taxonomy | None = None
    focus: Focus = NO_FOCUS
    covered: Mapping[CoverageCell, int] = field(default_factory=dict)


NO_AIM = Aim()


def chosen_topics(
    category: str, only: str | None, *, teacher: str = BUILTIN, tools: Path
) -> tuple[str, ...]:
    """The names of a category's topics in its own order: all, or those that ``A,B`` names.

    Args:
        tools: the folder of tools, where the documentation teacher's topics lie.

    Raises:
        WrongUsage: it has no such topic, or none is named.
        SourceMissing: the documentation teacher has no topics yet.
    """
    topics = _topics_of(category, teacher, tools)
    known = [topic.name for topic in topics]
    if only is None:
        return tuple(known)
    named = {name.strip() for name in only.split(",") if name.strip()}
    if benched := named & _bench_only(category):
        raise WrongUsage(f"--topics: {', '.join(sorted(benched))}: {BENCH_ONLY}")
    if not named or not named <= set(known):
        unknown = ", ".join(sorted(named - set(known))) or "none named"
        there = ", ".join(sorted(known)) if len(known) <= _SHOWN else f"{len(known)} others"
        raise WrongUsage(f"--topics: {unknown}; {category} has {there}")
    return tuple(name for name in known if name in named)


def _bench_only(category: str) -> set[str]:
    return {topic.name for topic in CATEGORIES[category].topics if topic.bench_only}


_SHOWN = 60
"""Topics that a message names."""


def sources_of(
    portions: Sequence[Portion], seed: int, tools: Path, aim: Aim = NO_AIM
) -> list[Sequence[RecordSource]]:
    """The sources of each portion; portions of the same category and topics are dealt theirs from
    shared ones. The documentation teacher's are its own.

    What the aim's focus gives no weight is left out; records for models have cells of its taxonomy.

    Raises:
        WrongUsage: the documentation is about another category, or nothing is left of a portion.
        SourceMissing: the documentation teacher has no topics yet.
    """
    drawn = _drawn(portions, seed, tools)
    return [_aimed(portion, some, seed, aim) for portion, some in zip(portions, drawn, strict=True)]


def precedences_of(
    portions: Sequence[Portion], sources: Sequence[Sequence[RecordSource]], aim: Aim
) -> list[Sequence[Precedence]]:
    """The share of each of the portions' sources. Pure."""
    had: Counter[tuple[str, str, str]] = Counter()
    for cell, rows in aim.covered.items():
        had[cell.category, cell.topic, cell.format] += rows
    return [
        [
            Precedence(
                aim.focus.of_topic(portion.category, each.name, each.format),
                had[portion.category, each.name, each.format],
            )
            for each in some
        ]
        for portion, some in zip(portions, sources, strict=True)
    ]


def unaimed(
    portions: Sequence[Portion], sources: Sequence[Sequence[RecordSource]], aim: Aim
) -> list[str]:
    """The topics and formats that a focus names within the portions' categories and that nothing is
    made of, and the levels of difficulty that no question of theirs has. Pure."""
    categories = {portion.category for portion in portions}
    modelled = any(portion.teacher not in OWN for portion in portions)
    levels = aim.taxonomy.difficulty if aim.taxonomy is not None and modelled else ()
    there = {
        (portion.category, name)
        for portion, some in zip(portions, sources, strict=True)
        for each in some
        for name in (each.name, each.format, *levels)
    }
    return [
        f"{each.category}/{named}"
        for each in aim.focus.weights
        if each.category in categories and each.weight
        if (named := each.topic or each.format or each.difficulty)
        if (each.category, named) not in there
    ]


def _aimed(
    portion: Portion, sources: Sequence[RecordSource], seed: int, aim: Aim
) -> Sequence[RecordSource]:
    of_topic, category = aim.focus.of_topic, portion.category
    kept = [each for each in sources if of_topic(category, each.name, each.format) > 0]
    if sources and not kept:
        raise WrongUsage(f"focus: every topic of {category} has the weight 0")
    if aim.taxonomy is None or portion.teacher in OWN:
        return kept
    weights = cells_of(aim.taxonomy, lambda level: aim.focus.of_difficulty(category, level))
    if not weights:
        raise WrongUsage(f"focus: every difficulty of {category} has the weight 0")
    had: dict[tuple[str, str], dict[TaxonomyCell, int]] = {}
    for cell, rows in aim.covered.items():
        if cell.category == category:
            had.setdefault((cell.topic, cell.format), {})[cell.drawn] = rows
    return [
        TaxonomySource(
            each,
            aim.taxonomy,
            weights,
            had.get((each.name, each.format), {}),
            f"{seed}/{portion.teacher}/{each.name}",
        )
        for each in kept
    ]


def _drawn(portions: Sequence[Portion], seed: int, tools: Path) -> list[Sequence[RecordSource]]:
    drawn: dict[tuple[str, tuple[str, ...]], Sequence[RecordSource]] = {}
    sources: list[Sequence[RecordSource]] = []
    for portion in portions:
        if portion.teacher == DOCUMENTATION:
            sources.append(_documented(portion, seed, tools))
            continue
        key = (portion.category, portion.topics)
        if key not in drawn:
            drawn[key] = _topics(portion, seed)
        shared = drawn[key]
        if len(portion.weights) == 1:
            sources.append(shared)
        else:
            sources.append([DealtSource(each, portion.weights, portion.place) for each in shared])
    return sources


def require_groups(sources: Sequence[Sequence[RecordSource]], split: Splitting | None) -> None:
    """Refuse now a grouping by which rows of the sources could not be split in the end.

    Raises:
        WrongUsage: rows of a source would not say what groups them; names it.
    """
    if split is None or split.by is Grouping.VALUES:
        return
    for source in (each for some in sources for each in some):
        first = source.record(0)
        if first is not None and not first.provenance.get(split.by.value):
            raise WrongUsage(
                f"split.by: rows of {source.name} name no {split.by.value}, so that they cannot be "
                f"kept together by it: choose another grouping ({', '.join(Grouping)})"
            )


def parts_of(
    portions: Sequence[Portion], sources: Sequence[Sequence[RecordSource]]
) -> dict[str, str]:
    """What each portion draws from, by a name and in short; with other topics, rows are others.

    ``sources``: of each portion. Pure.
    """
    return {
        f"topics of {portion.category} for {portion.teacher}": _in_short(
            [each.name for each in drawn]
        )
        for portion, drawn in zip(portions, sources, strict=True)
    }


def _in_short(names: Sequence[str]) -> str:
    return f"{len(names)} ({sha256(json.dumps(names).encode()).hexdigest()[:12]})"


def _topics_of(category: str, teacher: str, tools: Path) -> Sequence[Topic[Any]]:
    if teacher != DOCUMENTATION:
        return CATEGORIES[category].taught
    if category != DOCUMENTED:
        raise WrongUsage(f"--teacher {teacher}: the documentation is of {DOCUMENTED} alone")
    return [each.topic for each in documented(tools)]


def _topics(portion: Portion, seed: int) -> list[TopicSource]:
    return [
        TopicSource(portion.category, topic, seed)
        for topic in CATEGORIES[portion.category].taught
        if not portion.topics or topic.name in portion.topics
    ]


def _documented(portion: Portion, seed: int, tools: Path) -> list[DocumentedSource]:
    if portion.category != DOCUMENTED:
        raise WrongUsage(f"the teacher {DOCUMENTATION} knows {DOCUMENTED} alone")
    return [
        DocumentedSource(each, seed)
        for each in documented(tools)
        if not portion.topics or each.topic.name in portion.topics
    ]
