"""Faces of trainers that speak HTTP, on the server's HTTP address.

``POST /get_reward`` is what OpenRLHF 0.11 asks (``--reward.remote_url``), ``POST /remote_rm`` what
slime asks (``--rm-type remote_rm --rm-url``). Where a completion stays UNSCORED both are answered
503 with ``Retry-After``: OpenRLHF tries five times and then leaves the sample without a reward,
slime tries ten times and then ends the run. Sources: ``_fetch_rewards_via_http`` in
``openrlhf/utils/agent.py``, and slime's documentation of ``remote_rm``.
"""

from rewardsvc.errors import InvalidRequest
from rewardsvc.trainers.rows import request_about
from rewardsvc.trainers.served import TimedScorer, all_settled, member
from rewardsvc.types import JsonValue

OPENRLHF_SECONDS = 150.0
"""For one request; OpenRLHF gives up after 180."""

SLIME_SECONDS = 100.0
"""For one request; slime gives up after 120."""

MAX_REQUESTS = 1000
"""Queries of one request."""

_PROMPT_END = 200
"""Characters, where the whole prompt does not stand in the query."""

_COMPONENTS = ("syntax", "correctness", "format")


async def openrlhf(scorer: TimedScorer, body: JsonValue) -> dict[str, JsonValue]:
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
    queries, prompts = _texts(body, "query"), _texts(body, "prompts")
    if len(queries) > MAX_REQUESTS:
        raise InvalidRequest("query", f"more than {MAX_REQUESTS}: send them in parts")
    labels = member(body, "labels")
    if not isinstance(labels, list):
        raise InvalidRequest("labels", "must be a list of rows of tasks.jsonl")
    for name, length in (("prompts", len(prompts)), ("labels", len(labels))):
        if length != len(queries):
            told = f"has {length} items and query {len(queries)}: they belong together one by one"
            raise InvalidRequest(name, told)
    requests = []
    for number, (query, prompt) in enumerate(zip(queries, prompts, strict=True)):
        answer = _after(prompt, query, f"query[{number}]")
        requests.append(request_about(labels[number], answer, f"labels[{number}]"))
    verdicts = await all_settled(scorer, requests, OPENRLHF_SECONDS)
    rewards: list[JsonValue] = [verdict.reward for verdict in verdicts]
    logs: dict[str, JsonValue] = {
        name: [getattr(verdict.components, name) for verdict in verdicts] for name in _COMPONENTS
    }
    return {"rewards": rewards, "scores": rewards, "extra_logs": logs}


async def slime(scorer: TimedScorer, body: JsonValue) -> float:
    """What ``/remote_rm`` answers: the reward, a bare number.

    Args:
        scorer: who scores.
        body: ``{"prompt", "response", "label"}``; the label is the row of the task.

    Raises:
        InvalidRequest: the body is not like that.
        Unscored: there was no verdict in time.
    """
    response = member(body, "response")
    if not isinstance(response, str):
        raise InvalidRequest("response", "must be a text")
    request = request_about(member(body, "label"), response, "label")
    (verdict,) = await all_settled(scorer, [request], SLIME_SECONDS)
    assert verdict.reward is not None  # it is SCORED
    return verdict.reward


def _after(prompt: str, query: str, field: str) -> str:
    """The answer in a query. OpenRLHF decodes the tokens of both together: a mark may stand before
    the prompt, and of a long prompt only the end is left."""
    if not prompt:
        return query
    if prompt in query:
        return query.partition(prompt)[2]
    end = prompt[-_PROMPT_END:]
    if query.count(end) == 1:
        return query.partition(end)[2]
    raise InvalidRequest(field, "does not hold its prompt, so that nobody can tell the answer")


def _texts(body: JsonValue, name: str) -> list[str]:
    found = member(body, name)
    texts = [text for text in found if isinstance(text, str)] if isinstance(found, list) else []
    if not isinstance(found, list) or len(texts) != len(found):
        raise InvalidRequest(name, "must be a list of texts")
    return texts
