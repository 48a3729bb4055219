"""NeMo Gym's resources server, on the server's HTTP address.

``POST /verify`` takes the row's columns with the model's ``response`` and gives them back with a
``reward``; ``/seed_session`` and ``/close_session`` have nothing to do, for a verdict needs no
session. The task is the row of ``tasks.jsonl``, in the column ``row``, or in ``verifier_metadata``
under that name.

What stays UNSCORED is answered 200, as Gym does itself where a judge failed: ``_ng_failure_class``,
by which its collector keeps the sample out of the results and asks again when it resumes,
``mask_sample``, by which a trainer leaves it out, and the reason. The field ``reward`` cannot be
left out, and is 0 there. Source: NVIDIA-NeMo/Gym, ``nemo_gym/base_resources_server.py``,
``judge.py`` and ``failure_kinds.py``, read in November 2026; Gym itself needs a newer Python than
ours.
"""

from collections import defaultdict
from collections.abc import Sequence
from statistics import fmean

from rewardsvc.errors import InvalidRequest
from rewardsvc.trainers.again import Unscored
from rewardsvc.trainers.rows import request_about
from rewardsvc.trainers.served import TimedScorer, all_settled, member
from rewardsvc.types import JsonValue

SECONDS = 150.0
"""For one verdict."""

FAILURE_CLASS = "judge_failed"
"""The class that Gym's own servers give a sample whose verification failed."""

FAILURE_KIND = "verifier_error"
"""The same, in the vocabulary of ``failure_kinds.py``."""

TASK_INDEX = "_ng_task_index"
"""By which Gym groups the samples of a task."""

_COMPONENTS = ("syntax", "correctness", "format")

Body = dict[str, JsonValue]


async def verify(scorer: TimedScorer, body: JsonValue) -> Body:
    """What ``/verify`` answers: the body, with ``reward`` and ``reward_components``, or masked.

    The components stand beside as well, since Gym's metrics do not look into a mapping.

    Raises:
        InvalidRequest: the body is not like that.
    """
    answer = _answer(member(body, "response"))
    request = request_about(_row(body), answer, "row")
    try:
        (verdict,) = await all_settled(scorer, [request], SECONDS)
    except Unscored as error:
        return {
            **body,
            "reward": 0.0,
            "mask_sample": True,
            "failure_kind": FAILURE_KIND,
            "failure_reason": str(error),
            "_ng_failure_class": FAILURE_CLASS,
        }
    parts = {name: getattr(verdict.components, name) for name in _COMPONENTS}
    return {
        **{name: value for name, value in body.items() if name != "_ng_failure_class"},
        "reward": verdict.reward,
        "reward_components": parts,
        **parts,
        "mask_sample": False,
        "failure_kind": None,
        "failure_reason": None,
    }


async def session(scorer: TimedScorer, body: JsonValue) -> Body:
    """What ``/seed_session`` and ``/close_session`` answer: the session's name, if it has one."""
    name = "resources_session_id"
    return {name: body[name]} if isinstance(body, dict) and name in body else {}


async def aggregate_metrics(scorer: TimedScorer, body: JsonValue) -> Body:
    """What ``/aggregate_metrics`` answers about the samples in ``verify_responses``: means by task
    and over all, of those that are neither masked nor failed, and the share that is.

    Raises:
        InvalidRequest: the body is not like that.
    """
    samples = member(body, "verify_responses")
    if not isinstance(samples, list) or not all(isinstance(each, dict) for each in samples):
        raise InvalidRequest("verify_responses", "must be a list of objects")
    measured = [each for each in samples if not _failed(each)]
    tasks = defaultdict[JsonValue, list[Body]](list)
    for each in measured:
        tasks[each.get(TASK_INDEX)].append(each)
    overall = {
        **_means(measured),
        "unscored": 1 - len(measured) / len(samples) if samples else 0.0,
    }
    return {
        "group_level_metrics": [{TASK_INDEX: n, **_means(of)} for n, of in tasks.items()],
        "agent_metrics": overall,
        "key_metrics": {
            name: overall[name] for name in ("mean/reward", "unscored") if name in overall
        },
    }


def _row(body: JsonValue) -> JsonValue:
    beside = body.get("verifier_metadata")
    return member(beside if isinstance(beside, dict) and "row" in beside else body, "row")


def _answer(response: JsonValue) -> str:
    """The text of the last message in a response of the Responses API; "" where there is none."""
    output = member(response, "output") if isinstance(response, dict) else None
    if not isinstance(output, list):
        raise InvalidRequest("response", "must be a response of the Responses API, with an output")
    messages = [each for each in output if isinstance(each, dict) and each.get("type") == "message"]
    content = messages[-1].get("content") if messages else []
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    texts = [part.get("text") for part in parts if isinstance(part, dict)]
    return "".join(text for text in texts if isinstance(text, str))


def _failed(sample: Body) -> bool:
    return bool(sample.get("mask_sample")) or sample.get("_ng_failure_class") is not None


def _means(samples: Sequence[Body]) -> dict[str, float]:
    means = {}
    for name in ("reward", *_COMPONENTS):
        values = [each[name] for each in samples if isinstance(each.get(name), int | float)]
        if values:
            means[f"mean/{name}"] = fmean(values)
    return means
