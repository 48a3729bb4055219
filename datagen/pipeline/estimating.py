"""What a recipe's teachers are going to cost, before anybody is asked. Pure.

Questions are those that a run would ask, of the first records of each portion; answers are taken to
be as long as the references. A token is taken for four characters, as the vendors say of English;
most of it is JSON and code, where it is less: measure a small run before a large one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from datagen.balance import quotas, rounds
from datagen.ledger import Prices, dollars_of
from datagen.pipeline.wanted import Wanted
from datagen.record import Record
from datagen.sources import RecordSource
from datagen.teachers import teacher_named
from datagen.teachers.base import pair_as_json
from datagen.teachers.model import question_of
from rewardsvc.llm import Tokens, most_of

_SAMPLED = 24
"""Records of a portion that are looked at."""

_CHARACTERS_PER_TOKEN = 4


@dataclass(frozen=True, slots=True)
class PortionEstimate:
    """Of a portion. ``once``: each pair is asked for once, and accepted; ``most``: each takes all
    repair turns at full length. What is rejected comes on top. Dollars are None without a price."""

    category: str
    teacher: str
    pairs: int
    once: Tokens
    dollars: float | None
    most: Tokens
    most_dollars: float | None


def estimates_of(
    wanted: Wanted, sources: Sequence[Sequence[RecordSource]], prices: Prices
) -> list[PortionEstimate]:
    """One for each portion that a model writes; ``sources``: of each portion."""
    estimates = []
    for portion, drawn in zip(wanted.portions, sources, strict=True):
        model = teacher_named(portion.teacher)
        records = _first(drawn, min(portion.count, _SAMPLED))
        if model is None or not records:
            continue
        answers = wanted.repair_turns + 1
        once = _scaled([_once(each) for each in records], portion.count)
        most = _scaled([most_of(question_of(each)) for each in records], portion.count * answers)
        estimates.append(
            PortionEstimate(
                portion.category,
                str(model),
                portion.count,
                once,
                dollars_of(str(model), once, prices),
                most,
                dollars_of(str(model), most, prices),
            )
        )
    return estimates


def _first(sources: Sequence[RecordSource], count: int) -> list[Record]:
    shares = quotas(count, [None] * len(sources))
    drawn = (sources[source].record(position) for source, position in rounds(shares))
    return [record for record in islice(drawn, count) if record is not None]


def _once(record: Record) -> Tokens:
    question = question_of(record)
    answer = pair_as_json(record.task.instruction, record.reference)
    said = len(question.system) + len(question.prompt)
    return Tokens(said // _CHARACTERS_PER_TOKEN, len(answer) // _CHARACTERS_PER_TOKEN)


def _scaled(sampled: Sequence[Tokens], count: int) -> Tokens:
    total = sum(sampled, Tokens())
    return Tokens(total.input * count // len(sampled), total.output * count // len(sampled))
