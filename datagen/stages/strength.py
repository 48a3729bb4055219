"""The gate: a record whose checks let too many wrong answers pass is not accepted.

The checks of every accepted answer are tested with mutants of it (docs/mutation.md). Where each
mutant costs a plan or a rendering, records whose answers are their source's own share a result: the
same pins on the same configuration, other names and numbers, are measured once, on the first such
record of the source; so the outcome does not depend on the order in which records are worked on.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from pydantic import TypeAdapter

from datagen.errors import StageFault
from datagen.record import Outcome, Record
from datagen.sources import RecordSource
from datagen.stages.base import SCORING, SYSTEMATIC, digest_of
from datagen.stages.verify import request_of
from rewardsvc.audit.mutation.strength import Strength, strength_of
from rewardsvc.formats import FORMATS
from rewardsvc.scorer import Scorer
from rewardsvc.types import JsonValue
from rewardsvc.wire.json import request_to_json

MAX_SURVIVING = 0.1
"""Of the mutants that change the meaning, at most this share may live."""

PLANNED_MUTANTS = 16
"""Of one answer whose mutants are costly: each takes a plan of Terraform's, or has a chart or an
overlay rendered, of which two cores make about ten a second."""

_LITERAL = re.compile(r"'(?:[^'\\]|\\.)*'|`[^`]*`|\"(?:[^\"\\]|\\.)*\"|(?<![\w.])\d+(?:\.\d+)?")
"""A text or a number in a pin's expression."""
_WRITTEN = re.compile(r"'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\"|(?<![\w.])\d+(?:\.\d+)?")
"""The same in a file, on a line; backticks are the fences' there."""
_PLAIN = re.compile(r"(?<=[:-] )(?!(?:true|false)$)[\w./@~^*+-][^\n{}\[\]]*$", re.MULTILINE)
"""A text without quotes, as YAML has them: behind a key or as an item, as far as the line goes."""
_PLACE = re.compile(r"(?<= path=)\S+")
"""Where a file lies: an environment may be part of it."""
_YAML = "yaml"
"""The label of the files of which the last two are taken out."""


class MutationGate:
    """The stage ``strength``: a :class:`RecordStage` that has mutants scored."""

    name = "strength"
    written = TypeAdapter(Strength)
    paid = False
    retries = SCORING

    def __init__(
        self,
        scorer: Scorer,
        shared: Sequence[RecordSource] = (),
        *,
        most_surviving: float = MAX_SURVIVING,
    ) -> None:
        """``shared``: sources whose records are answered with their references, so that equal
        shapes are equally strong; a record whose shape the source of its name has not is measured
        itself. ``most_surviving``: the share of mutants that may live."""
        self._scorer = scorer
        self._most_surviving = most_surviving
        self._shared = {source.name: FirstOfShapes(source) for source in shared}

    def takes(self, record: Record) -> bool:
        """What is accepted so far."""
        return record.outcome is Outcome.ACCEPTED

    def digest(self, record: Record) -> str:
        """Of the request that the mutants stand in for."""
        return digest_of(PLANNED_MUTANTS, request_to_json(request_of(record)))

    def subject(self, record: Record) -> Record:
        """The first record of its shape where each mutant is costly, else the record itself."""
        shapes = self._shared.get(record.source)
        if shapes is None or not FORMATS[record.task.format].mutations.load().costly:
            return record
        first = shapes.alike(record)
        return record if first is None else replace(first, completion=first.reference)

    async def run(self, record: Record) -> Strength:
        """How strong its checks are.

        Raises:
            StageFault: a mutant could not be scored.
            rewardsvc.errors.RewardServiceError: the scorer cannot be used.
        """
        request = request_of(record)
        found = await strength_of(
            request.task, request.completion, self._scorer, most=PLANNED_MUTANTS, seed=request.id
        )
        if found.fault is not None:
            raise StageFault(found.reason, missing=found.fault in SYSTEMATIC)
        return found

    def applied(self, record: Record, result: Strength) -> Record:
        """The record with its strength; rejected where too many wrong answers pass."""
        measured = record.with_result(self.name, result)
        if result.surviving <= self._most_surviving:
            return measured
        return measured.rejected(
            f"the checks let {len(result.survivors)} of {result.measured} wrong answers pass",
            tuple(f"survives: {mutant}" for mutant in result.survivors),
        )


def shape_of(record: Record) -> str:
    """Names what a task has in common with others of its source: all but names and numbers.

    Pins, reference and what is given with their texts and numbers taken out; booleans stay.
    """
    pins = [
        [check.target.value, _LITERAL.sub("_", check.expr), _kinds_of(check.expect)]
        for check in record.task.checks
    ]
    texts = [_without_literals(each, record) for each in (record.reference, record.task.input)]
    return digest_of(record.source, pins, *texts)


def _without_literals(text: str, record: Record) -> str:
    if FORMATS[record.task.format].fence == _YAML:
        text = _PLAIN.sub("_", _PLACE.sub("_", text))
    return _WRITTEN.sub("_", text)


class FirstOfShapes:
    """The first record of each shape that a source has."""

    def __init__(self, source: RecordSource) -> None:
        self._source = source
        self._first: dict[str, int] = {}
        self._looked_at = 0

    def alike(self, record: Record) -> Record | None:
        """The first record with the shape that this one has; None where the source has none."""
        shape = shape_of(record)
        while shape not in self._first:
            other = self._source.record(self._looked_at)
            if other is None:
                return None
            self._first.setdefault(shape_of(other), self._looked_at)
            self._looked_at += 1
        first = self._source.record(self._first[shape])
        assert first is not None  # it was there
        return first


def _kinds_of(value: JsonValue) -> JsonValue:
    if isinstance(value, dict):
        return {key: _kinds_of(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_kinds_of(inner) for inner in value]
    return value if isinstance(value, bool) or value is None else type(value).__name__
