"""What a run draws from where a model makes new tasks of verified rows. Pure over the rows."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from datagen.balance import shared_out
from datagen.categories import CATEGORIES
from datagen.curation import rows_in, tasks_file
from datagen.errors import WrongUsage
from datagen.evolution import EvolveOperator, operators_named
from datagen.portion import Portion
from datagen.sources import EvolvedSource
from datagen.sources.evolved import usable
from datagen.teachers import OWN
from rewardsvc.nearest import nearest
from rewardsvc.tasks import TaskRow
from rewardsvc.types import JsonValue


@dataclass(frozen=True, slots=True, kw_only=True)
class EvolvedFrom:
    """``rows``: the verified pairs. ``operators``: what is done to them. ``digest``: of the file
    that the rows stand in."""

    rows: Sequence[TaskRow]
    operators: Sequence[EvolveOperator]
    digest: str

    @property
    def belongs(self) -> dict[str, JsonValue]:
        """What a folder's rows depend on for it."""
        return {"evolve": self.digest, "operators": [each.name for each in self.operators]}


def evolved_from(data: Path, operators: Sequence[str]) -> EvolvedFrom:
    """The rows of a folder or file, for operators by their names; all where none is named.

    Raises:
        WrongUsage: there is no such operator, or no row that one fits.
        rewardsvc.errors.InvalidFile: a row is wrong.
    """
    try:
        chosen = operators_named(operators)
    except KeyError as error:
        name, known = str(error.args[0]), [each.name for each in operators_named(())]
        raise WrongUsage(
            f"--operators: there is no operator {name!r}{nearest(name, known)}; there are "
            f"{', '.join(known)}"
        ) from error
    rows = [row for row in rows_in(data) if usable(row)]
    if not rows:
        raise WrongUsage(
            f"{data}: no row that something can be made of: each is without an answer, given "
            "something to work on, made of another one, or of a format without named checks"
        )
    together = max(Counter((row.format, row.split) for row in rows).values())
    if (fewest := min(each.parents for each in chosen)) > together:
        raise WrongUsage(
            f"--operators {','.join(each.name for each in chosen)}: takes {fewest} pairs of one "
            f"format and split, of which {data} has {together} at most"
        )
    with tasks_file(data).open("rb") as file:
        content = sha256()
        while block := file.read(1 << 20):
            content.update(block)
    return EvolvedFrom(rows=rows, operators=chosen, digest=content.hexdigest())


def evolved_portions(origin: EvolvedFrom, teacher: str, count: int) -> list[Portion]:
    """How many pairs of each category, as its rows have a share.

    Raises:
        WrongUsage: the teacher is no model.
    """
    if teacher in OWN:
        raise WrongUsage(f"--teacher {teacher}: only a model makes new tasks: openai:MODEL …")
    sizes: dict[str, int] = {}
    for row in origin.rows:
        sizes[row.category] = sizes.get(row.category, 0) + 1
    shares = shared_out(count, list(sizes.values()))
    return [
        Portion(category=category, teacher=teacher, count=share)
        for category, share in zip(sizes, shares, strict=True)
        if share
    ]


def evolved_sources(
    origin: EvolvedFrom, portions: Sequence[Portion], seed: int
) -> list[Sequence[EvolvedSource]]:
    """The sources of each portion: one for each topic and format that has rows. Pure."""
    by_topic: dict[tuple[str, str, str], list[TaskRow]] = {}
    by_format: dict[str, dict[str, list[TaskRow]]] = {}
    for row in origin.rows:
        key = (row.category, row.topic or row.category, row.format)
        by_topic.setdefault(key, []).append(row)
        by_format.setdefault(row.format, {}).setdefault(row.split, []).append(row)
    topics = {
        (category.name, topic.name): topic
        for category in CATEGORIES.values()
        for topic in category.topics
    }
    return [
        [
            EvolvedSource(
                topic,
                format,
                rows,
                operators=origin.operators,
                beside=by_format[format],
                topic=topics.get((category, topic)),
                seed=seed,
            )
            for (category, topic, format), rows in by_topic.items()
            if category == portion.category
        ]
        for portion in portions
    ]
