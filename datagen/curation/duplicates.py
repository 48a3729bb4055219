"""Which rows repeat an earlier one, and by which measure.

Rows are looked at in their order, and each is compared with the earlier ones that stay: the first
of a kind is kept, equal rows give equal decisions.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from datagen.curation.contents import Contents, artifact_digest, contents_of
from datagen.curation.graph import graph_of
from datagen.curation.near import NearIndex, NearSets
from datagen.curation.ngrams import Grams, grams_of
from datagen.curation.settings import Deduplication, Measure
from rewardsvc.tasks import TaskRow

_EXACT = (Measure.ARTIFACT, Measure.GRAPH)


@dataclass(frozen=True, slots=True)
class Repetition:
    """A row that need not be there.

    ``repeats``: the id of the earlier row that stays. ``similarity``: 1.0 for what is the same, the
    Jaccard index of n-grams for words.
    """

    id: str
    repeats: str
    by: Measure
    similarity: float


def repetitions_in(rows: Iterable[TaskRow], settings: Deduplication) -> list[Repetition]:
    """The rows that repeat an earlier one, in their order.

    Of a row with several measures the first of :class:`Measure` counts. Rows that are given files
    to work on are compared among themselves.
    """
    ids: list[str] = []
    digests: dict[Measure, list[bytes | None]] = {
        each: [] for each in _EXACT if each in settings.by
    }
    words = {each: NearSets() for each in Measure if each in settings.by and each not in _EXACT}
    for row in rows:
        contents = contents_of(row)
        ids.append(row.id)
        for measure, known in digests.items():
            known.append(_digest(measure, contents))
        for measure, sets in words.items():
            sets.add(_grams(measure, contents, settings.ngram))
    return _decided(
        ids,
        digests,
        {measure: sets.index(settings.threshold) for measure, sets in words.items()},
    )


def _decided(
    ids: Sequence[str],
    digests: dict[Measure, list[bytes | None]],
    near: dict[Measure, NearIndex],
) -> list[Repetition]:
    first: dict[Measure, dict[bytes, int]] = {measure: {} for measure in digests}
    repetitions = []

    def earlier(place: int) -> Repetition | None:
        for measure in Measure:
            found: tuple[int, float] | None = None
            if measure in digests and (digest := digests[measure][place]) is not None:
                same = first[measure].get(digest)
                found = None if same is None else (same, 1.0)
            elif measure in near:
                found = near[measure].nearest_kept(place)
            if found is not None:
                return Repetition(ids[place], ids[found[0]], measure, round(found[1], 4))
        return None

    for place in range(len(ids)):
        repetition = earlier(place)
        if repetition is not None:
            repetitions.append(repetition)
            continue
        for measure, known in digests.items():
            if (digest := known[place]) is not None:
                first[measure][digest] = place
        for index in near.values():
            index.keep(place)
    return repetitions


def _digest(measure: Measure, contents: Contents) -> bytes | None:
    if measure is Measure.ARTIFACT:
        return artifact_digest(contents)
    graph = graph_of(contents.format, contents.artifact)
    return graph.digest if graph is not None and graph.types else None


def _grams(measure: Measure, contents: Contents, n: int) -> Grams:
    text = contents.asked if measure is Measure.INSTRUCTION else contents.answered
    return grams_of(text, n, salt=bool(contents.given))
