"""Edits of verified rows: what a row's answer is, and what another specification makes of it."""

from collections.abc import Sequence
from typing import Any

from datagen.categories import CATEGORIES
from datagen.pipeline.deriving import Derivation, by_topic
from datagen.sources import RecordSource
from datagen.sources.edits import EditSource, written
from datagen.stages.editing import Editing
from datagen.topic import Topic
from rewardsvc.tasks import TaskRow


def _topic_of(row: TaskRow) -> Topic[Any] | None:
    """The built-in topic of a row, None where it has none."""
    category = CATEGORIES.get(row.category)
    topics = category.topics if category is not None else ()
    return next(
        (each for each in topics if (each.name, each.format) == (row.topic, row.format)), None
    )


def _editable(row: TaskRow) -> bool:
    return isinstance(row.provenance.get("spec"), dict) and _topic_of(row) is not None


def _sources(rows: Sequence[TaskRow], prefix: str, seed: int) -> list[RecordSource]:
    taken = frozenset(written(row.provenance["spec"]) for row in rows)
    found: list[RecordSource] = []
    for some in by_topic(rows).values():
        topic = _topic_of(some[0])
        assert topic is not None, "only editable rows come here"
        found.append(EditSource(topic, some, prefix=prefix, seed=seed, taken=taken))
    return found


EDITS = Derivation(
    name="edit",
    usable=_editable,
    unusable="no row to edit: none is of a built-in topic and has its specification",
    sources=_sources,
    stage=lambda scorer, seed: Editing(scorer),
)
