"""Which rows stand in named files: by their words, and by the shape of their resources.

A run of 13 equal words (GPT-3's measure, Brown et al. 2020, appendix C) makes a candidate; it is a
leak where enough of the shorter text's runs are in the other, for one run alone is boilerplate in
code.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from datagen.curation.contents import Contents, contents_of, fenced_texts
from datagen.curation.graph import graph_of, graphs_of
from datagen.curation.ngrams import grams_of
from datagen.curation.references import Passage
from datagen.curation.settings import Decontamination
from rewardsvc.comparison import ResourceGraph
from rewardsvc.tasks import TaskRow

LEAST_NODES = 3
"""Resources of a graph that says something: a bucket, or a Deployment with its Service, is
everybody's."""


class LeakedBy(StrEnum):
    """What of a row stands in a reference."""

    INSTRUCTION = "instruction"
    ANSWER = "answer"
    GRAPH = "graph"


@dataclass(frozen=True, slots=True)
class Leak:
    """A row, and the place (``file:line``) of what it repeats. ``overlap``: the share of n-grams,
    1.0 for equal graphs."""

    id: str
    place: str
    by: LeakedBy
    overlap: float


class References:
    """The texts of named files, ready to be looked up."""

    def __init__(self, passages: Iterable[Passage], settings: Decontamination) -> None:
        self._settings = settings
        self._places: list[str] = []
        self._sizes: list[int] = []
        self._having: defaultdict[int, list[int]] = defaultdict(list)
        self._graphs: dict[tuple[str, bytes], str] = {}
        for passage in passages:
            self._add(passage)

    def leak_of(self, row: TaskRow) -> Leak | None:
        """Where a row stands in them, by what has most in common; None where it does not."""
        contents = contents_of(row)
        found = [
            Leak(row.id, self._places[number], by, round(overlap, 4))
            for by, text in ((LeakedBy.INSTRUCTION, contents.asked), (LeakedBy.ANSWER, _own(row)))
            for number, overlap in self._overlaps(text)
            if overlap >= self._settings.overlap
        ]
        if found:
            return max(found, key=lambda leak: leak.overlap)
        return self._same_graph(row.id, contents)

    def _add(self, passage: Passage) -> None:
        grams = grams_of(passage.text, self._settings.ngram)
        if not len(grams):
            return
        number = len(self._places)
        self._places.append(passage.place)
        self._sizes.append(len(grams))
        for gram in grams.tolist():
            self._having[gram].append(number)
        for format, graph in _graphs_in(passage.text) if self._settings.graph else ():
            self._graphs.setdefault((format, graph.digest), passage.place)

    def _overlaps(self, text: str) -> Iterator[tuple[int, float]]:
        grams = grams_of(text, self._settings.ngram)
        common = Counter(number for gram in grams.tolist() for number in self._having.get(gram, ()))
        for number, count in common.items():
            yield number, count / min(len(grams), self._sizes[number])

    def _same_graph(self, id: str, contents: Contents) -> Leak | None:
        graph = graph_of(contents.format, contents.artifact) if self._settings.graph else None
        if graph is None or len(graph.types) < LEAST_NODES:
            return None
        place = self._graphs.get((contents.format, graph.digest))
        return None if place is None else Leak(id, place, LeakedBy.GRAPH, 1.0)


def leaks_in(rows: Iterable[TaskRow], references: References) -> Iterator[Leak]:
    """The rows that stand in the references, in their order."""
    return (leak for row in rows if (leak := references.leak_of(row)) is not None)


def _own(row: TaskRow) -> str:
    """An answer as it stands, comments included: a leak may have been copied with them."""
    return "\n".join(fenced_texts(row.output)) if row.output else ""


def _graphs_in(text: str) -> Iterator[tuple[str, ResourceGraph]]:
    for each in fenced_texts(text):
        for format, graph in graphs_of(each):
            if len(graph.types) >= LEAST_NODES:
                yield format, graph
