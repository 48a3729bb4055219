"""The gate: a pair whose checks let too many wrong answers pass is not accepted.

The checks of every accepted answer are tested with mutants of it (docs/mutation.md). Where each
mutant costs a plan, the built-in teacher's pairs share their measurement: the same pins on the same
configuration, other names and numbers, are measured once, on the first such candidate of the
stream; so the outcome does not depend on the order in which candidates are worked on.
"""

import asyncio
import hashlib
import json
import re
from collections import defaultdict
from dataclasses import asdict
from typing import Protocol

from pydantic import TypeAdapter

from datagen.decision import request_of
from datagen.journal import Journal
from datagen.stream import Candidate, Stream
from datagen.topic import Posed
from rewardsvc.audit.mutation.strength import Strength, strength_of
from rewardsvc.formats import FORMATS
from rewardsvc.scorer import Scorer
from rewardsvc.types import JsonValue, ScoreRequest, Target

PLANNED_MUTANTS = 16
"""Of one Terraform configuration; each costs a plan, of which two cores make about ten a second."""

_LITERAL = re.compile(r"'(?:[^'\\]|\\.)*'|`[^`]*`|\"(?:[^\"\\]|\\.)*\"|(?<![\w.])\d+(?:\.\d+)?")
_STRENGTH = TypeAdapter(Strength)


class Gate(Protocol):
    """Tests the checks of an accepted pair."""

    async def strength(
        self, stream: Stream, candidate: Candidate, request: ScoreRequest
    ) -> Strength:
        """How strong the checks are that the request's task has.

        Raises:
            rewardsvc.errors.RewardServiceError: the scorer cannot be used.
        """
        ...


class MutationGate:
    """Satisfies :class:`Gate` with mutants that a scorer scores."""

    def __init__(self, scorer: Scorer, journal: Journal, *, shared: bool) -> None:
        """``shared``: the answers are the topics' own, so that equal shapes are equally strong."""
        self._scorer = scorer
        self._journal = journal
        self._shared = shared
        self._turns: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def strength(
        self, stream: Stream, candidate: Candidate, request: ScoreRequest
    ) -> Strength:
        """See :class:`Gate`."""
        if not self._shared or Target.PLAN not in FORMATS[request.task.format].targets:
            return await self._measured(request)
        shape = shape_of(candidate.posed)
        async with self._turns[shape]:
            if (known := self._journal.strength(shape)) is not None:
                return _STRENGTH.validate_json(known)
            first = first_of_shape(stream, shape, candidate.index)
            posed = first.posed
            found = await self._measured(
                request_of(posed, posed.id, posed.task.instruction, posed.reference)
            )
            if found.fault is None:
                self._journal.keep_strength(shape, json.dumps(asdict(found)))
            return found

    async def _measured(self, request: ScoreRequest) -> Strength:
        return await strength_of(
            request.task,
            request.completion,
            self._scorer,
            most=PLANNED_MUTANTS,
            seed=request.id,
        )


def shape_of(posed: Posed) -> str:
    """Names what a task has in common with others of its topic: all but names and numbers.

    Pins and reference with their texts and numbers taken out; booleans stay.
    """
    pins = [
        [check.target.value, _LITERAL.sub("_", check.expr), _kinds_of(check.expect)]
        for check in posed.task.checks
    ]
    text = json.dumps([posed.topic, pins, _LITERAL.sub("_", posed.reference)])
    return f"{posed.topic}/{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def first_of_shape(stream: Stream, shape: str, index: int) -> Candidate:
    """The first candidate of a stream with a shape that the one at ``index`` has."""
    for place in range(index + 1):
        candidate = stream.candidate(place)
        if candidate is not None and shape_of(candidate.posed) == shape:
            return candidate
    raise ValueError(f"no candidate up to {index} has the shape {shape}")


def _kinds_of(value: JsonValue) -> JsonValue:
    if isinstance(value, dict):
        return {key: _kinds_of(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_kinds_of(inner) for inner in value]
    return value if isinstance(value, bool) or value is None else type(value).__name__
