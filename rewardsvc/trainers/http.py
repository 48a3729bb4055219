"""Faces of trainers that speak HTTP, on the server's HTTP address.

``POST /get_reward`` is what OpenRLHF 0.11 asks (``--reward.remote_url``), ``POST /remote_rm`` what
slime asks (``--rm-type remote_rm --rm-url``). Where a completion stays UNSCORED both are answered
503 with ``Retry-After``: OpenRLHF tries five times and then leaves the sample without a reward,
slime tries ten times and then ends the run. Sources: ``_fetch_rewards_via_http`` in
``openrlhf/utils/agent.py``, and slime's documentation of ``remote_rm``.
"""

import asyncio
from collections.abc import Sequence
from functools import partial

from rewardsvc.errors import InvalidRequest
from rewardsvc.scorer import Scorer
from rewardsvc.trainers.again import settled
from rewardsvc.trainers.rows import request_about
from rewardsvc.types import JsonValue, ScoreRequest, Verdict

OPENRLHF_SECONDS = 150.0
"""For one request; OpenRLHF gives up after 180."""

SLIME_SECONDS = 100.0
"""For one request; slime gives up after 120."""

_IN_FLIGHT = 64
"""Completions of one request under way at once."""

_PROMPT_END = 200
"""Characters, where the whole prompt does not stand in the query."""

_COMPONENTS = ("syntax", "correctness", "format")


async def openrlhf(scorer: Scorer, body: JsonValue) -> dict[str, JsonValue]:
    """What ``/get_reward`` answers: ``{"rewards", "scores", "extra_logs"}``, lists in the order of
    the queries.

    Args:
        scorer: who scores.
        body: ``{"query": [...], "prompts": [...], "labels": [...]}``; a query is its prompt and the
            answer, special tokens included, and a label the row of the task.

    Raises:
        InvalidRequest: the body is not like that.
        Unscored: there was no verdict on one of them in time.
    """
    columns = [_texts(body, name) for name in ("query", "prompts")]
    labels = _member(body, "labels")
    if not isinstance(labels, list) or not len(labels) == len(columns[0]) == len(columns[1]):
        raise InvalidRequest("labels", "must be a list, as long as query and prompts")
    requests = []
    for number, (query, prompt) in enumerate(zip(*columns, strict=True)):
        answer = _after(prompt, query, f"query[{number}]")
        requests.append(request_about(labels[number], answer, f"labels[{number}]"))
    verdicts = await _all(scorer, requests, OPENRLHF_SECONDS)
    rewards: list[JsonValue] = [verdict.reward for verdict in verdicts]
    logs: dict[str, JsonValue] = {
        name: [getattr(verdict.components, name) for verdict in verdicts] for name in _COMPONENTS
    }
    return {"rewards": rewards, "scores": rewards, "extra_logs": logs}


async def slime(scorer: Scorer, body: JsonValue) -> float:
    """What ``/remote_rm`` answers: the reward, a bare number.

    Args:
        scorer: who scores.
        body: ``{"prompt", "response", "label"}``; the label is the row of the task.

    Raises:
        InvalidRequest: the body is not like that.
        Unscored: there was no verdict in time.
    """
    response = _member(body, "response")
    if not isinstance(response, str):
        raise InvalidRequest("response", "must be a text")
    request = request_about(_member(body, "label"), response, "label")
    (verdict,) = await _all(scorer, [request], SLIME_SECONDS)
    assert verdict.reward is not None  # it is SCORED
    return verdict.reward


async def _all(scorer: Scorer, requests: Sequence[ScoreRequest], seconds: float) -> list[Verdict]:
    """The verdicts, all SCORED."""
    places = asyncio.Semaphore(_IN_FLIGHT)

    async def one(request: ScoreRequest) -> Verdict:
        async with places:
            return (await scorer.score([request]))[0]

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(settled(partial(one, request), seconds)) for request in requests
            ]
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from errors
    return [task.result() for task in tasks]


def _after(prompt: str, query: str, field: str) -> str:
    """The answer in a query. OpenRLHF decodes the tokens of both together: a mark may stand before
    the prompt, and of a long prompt only the end is left."""
    for part in (prompt, prompt[-_PROMPT_END:]):
        if part in query:
            return query.partition(part)[2]
    raise InvalidRequest(field, "does not hold its prompt, so that nobody can tell the answer")


def _member(body: JsonValue, name: str) -> JsonValue:
    if not isinstance(body, dict):
        raise InvalidRequest("request", "must be a JSON object")
    if name not in body:
        raise InvalidRequest(name, "is missing")
    return body[name]


def _texts(body: JsonValue, name: str) -> list[str]:
    found = _member(body, name)
    texts = [text for text in found if isinstance(text, str)] if isinstance(found, list) else []
    if not isinstance(found, list) or len(texts) != len(found):
        raise InvalidRequest(name, "must be a list of texts")
    return texts
