"""Rejects what a model made of rows where it is nearly one of them, or not changed as asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from pydantic import TypeAdapter

from datagen.curation.near import NearPool
from datagen.curation.ngrams import grams_of
from datagen.evolution import unchanged
from datagen.record import Outcome, Record
from datagen.stages.base import ONCE, digest_of
from datagen.teachers import Reply

NEAREST = 0.7
"""The Jaccard index of word n-grams from which an instruction is one of the pool: self-instruct's
threshold (arXiv 2212.10560, section 2.2; of ROUGE-L there)."""
_NGRAM = 3


@dataclass(frozen=True, slots=True)
class NearestInstruction:
    """``row``: of the pool that the instruction is nearly the same as, "" where none is."""

    row: str = ""
    similarity: float = 0.0


class Novelty:
    """The stage ``novelty``: a :class:`RecordStage` for records that were made of others."""

    name = "novelty"
    written = TypeAdapter(NearestInstruction)
    paid = False
    retries = ONCE

    def __init__(self, pool: Sequence[tuple[str, str]]) -> None:
        """``pool``: id and instruction of each row."""
        self._ids = [id for id, _ in pool]
        self._near = NearPool([grams_of(text, _NGRAM) for _, text in pool])
        self._pool = sha256(repr(sorted(pool)).encode("utf-8", "surrogatepass")).hexdigest()

    def takes(self, record: Record) -> bool:
        """What is accepted so far and was made of others."""
        return record.outcome is Outcome.ACCEPTED and record.evolution is not None

    def digest(self, record: Record) -> str:
        """Of the pool and the instruction."""
        return digest_of(self._pool, NEAREST, record.task.instruction)

    def subject(self, record: Record) -> Record:
        """The record itself."""
        return record

    async def run(self, record: Record) -> NearestInstruction:
        """The nearest row of the pool."""
        found = self._near.nearest(grams_of(record.task.instruction, _NGRAM), NEAREST)
        if found is None:
            return NearestInstruction()
        return NearestInstruction(self._ids[found[0]], round(found[1], 4))

    def applied(self, record: Record, result: NearestInstruction) -> Record:
        """The record, rejected where it is not new."""
        assert record.evolution is not None  # it takes no others
        looked = record.with_result(self.name, result)
        if result.row:
            return looked.rejected(
                f"the instruction is nearly that of {result.row} ({result.similarity:.2f})"
            )
        reply = record.all_results(Reply)[-1]
        if why := unchanged(record.evolution, record.completion, len(reply.checks)):
            return looked.rejected(why)
        return looked
