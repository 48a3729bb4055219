"""What a recipe's teachers and judges are going to cost, before anybody is asked. Pure.

Questions are those that a run would ask, of the first records of each portion; answers are taken to
be as long as the references. A token is taken for four characters, as the vendors say of English;
most of it is JSON and code, where it is less: measure a small run before a large one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice

from datagen.balance import quotas, rounds
from datagen.ledger import CallCosts, CallKind, CallRole, CallSpending
from datagen.pipeline.wanted import Wanted
from datagen.record import Record
from datagen.sources import RecordSource
from datagen.teachers import teacher_named
from datagen.teachers.base import pair_as_json
from datagen.teachers.model import question_of
from rewardsvc.judge.cases import case_of
from rewardsvc.judge.prompt import rating_question
from rewardsvc.llm import ModelName, PriceList, Question, Tokens, most_of

_SAMPLED = 24
"""Records of a portion that are looked at."""

_CHARACTERS_PER_TOKEN = 4

_RATING_TOKENS = 300
"""Of a judge's answer: a few sentences for each criterion."""

_REJECTION_TOKENS = 15_000
"""At most, of what a repair turn is told beside the former answer: thirty diagnostics with their
places, each message cut at 400 characters by the service."""


@dataclass(frozen=True, slots=True)
class PortionEstimate:
    """Of a portion, of one who is asked: who writes it, or a judge, who rates each pair.

    ``once``: each pair is asked for once, and accepted; ``most``: each takes all repair turns at
    full length. What is rejected comes on top.
    """

    category: str
    kind: CallKind
    pairs: int
    once: CallCosts
    most: CallCosts


def estimates_of(
    wanted: Wanted,
    sources: Sequence[Sequence[RecordSource]],
    prices: PriceList,
    judges: Sequence[str] = (),
) -> list[PortionEstimate]:
    """Of each portion: of the model that writes it, if one does, and of each judge.

    ``sources``: of each portion. ``judges``: the names of who rates what the tools accept.
    """
    estimates = []
    for portion, drawn in zip(wanted.portions, sources, strict=True):
        model = teacher_named(portion.teacher)
        records = _first(drawn, min(portion.count, _SAMPLED))
        if not records:
            continue
        asked: list[tuple[CallKind, list[Tokens], list[Tokens]]] = []
        if model is not None:
            once = [_once(each) for each in records]
            most = [_most(each, wanted.repair_turns) for each in records]
            asked.append((CallKind(model.whole, batch=wanted.batch), once, most))
        judged = records if judges else []
        ratings = [_rating(each, by_model=model is not None) for each in judged]
        for judge in judges:
            once = [_tokens(question, _RATING_TOKENS) for question, _ in ratings]
            most = [most_of(question) + longer for question, longer in ratings]
            kind = CallKind(ModelName.parse(judge).whole, CallRole.JUDGE)
            asked.append((kind, once, most))
        for kind, once, most in asked:
            estimates.append(
                PortionEstimate(
                    portion.category,
                    kind,
                    portion.count,
                    _scaled(kind, once, portion.count, prices),
                    _scaled(kind, most, portion.count, prices),
                )
            )
    return estimates


def _first(sources: Sequence[RecordSource], count: int) -> list[Record]:
    shares = quotas(count, [None] * len(sources))
    drawn = (sources[source].record(position) for source, position in rounds(shares))
    return [record for record in islice(drawn, count) if record is not None]


def _once(record: Record) -> Tokens:
    answer = pair_as_json(record.task.instruction, record.reference)
    return _tokens(question_of(record), len(answer) // _CHARACTERS_PER_TOKEN)


def _most(record: Record, repair_turns: int) -> Tokens:
    """Of all answers; a repair turn is told the answer before it, and why that was rejected."""
    question = question_of(record)
    first = most_of(question)
    again = first + Tokens(question.max_output_tokens + _REJECTION_TOKENS)
    return sum([again] * repair_turns, first)


def _rating(record: Record, *, by_model: bool) -> tuple[Question, Tokens]:
    """What a judge is asked, and by how much the answer that it is shown may be longer at most."""
    case = case_of(record.task, record.reference)
    if not by_model:
        return rating_question(case), Tokens()
    longer = Tokens(question_of(record).max_output_tokens)
    return rating_question(replace(case, reference=case.artifact)), longer


def _tokens(question: Question, answered: int) -> Tokens:
    said = len(question.system) + len(question.prompt)
    return Tokens(said // _CHARACTERS_PER_TOKEN, answered)


def _scaled(kind: CallKind, sampled: Sequence[Tokens], count: int, prices: PriceList) -> CallCosts:
    """What so many cost, where these are some of them."""
    spending = CallSpending(prices)
    for tokens in sampled:
        spending.add(kind, tokens)
    costs, times = spending.whole, count / len(sampled)
    return CallCosts(
        Tokens(int(costs.tokens.input * times), int(costs.tokens.output * times)),
        None if costs.dollars is None else costs.dollars * times,
        costs.saved * times,
    )
