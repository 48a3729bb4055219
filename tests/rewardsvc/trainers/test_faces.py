"""What trainers ask, and what they are told: a right answer, a wrong one, faults; real servers."""

import asyncio
import pickle
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from rewardsvc.errors import InvalidRequest, ServerUnavailable
from rewardsvc.http import serving_http
from rewardsvc.local import LocalScorer
from rewardsvc.server import serving
from rewardsvc.settings import Settings
from rewardsvc.tasks import row_to_json
from rewardsvc.trainers import again, http, nemo_gym, verl
from rewardsvc.trainers.trl import (
    PatientClient,
    RepairEnvironment,
    TrlBlockingReward,
    TrlMessage,
    TrlReward,
)
from rewardsvc.types import Means, ScoreRequest, Verdict
from tests.rewardsvc.trainers.samples import LABEL, NOBODY_HAS, PROMPT, RIGHT, ROW, WRONG
from tests.rl.samples import faulty, scored


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def addresses() -> AsyncIterator[tuple[str, str]]:
    """Of HTTP and of gRPC."""
    settings = Settings.load()
    async with (
        LocalScorer(settings) as scorer,
        serving_http(scorer, settings, "127.0.0.1:0") as web,
        serving(scorer, settings, "127.0.0.1:0") as address,
    ):
        yield web, address


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "OPENRLHF_SECONDS", 20.0)
    monkeypatch.setattr(http, "SLIME_SECONDS", 20.0)
    monkeypatch.setattr(nemo_gym, "SECONDS", 20.0)
    quick = replace(again.POLICY, first_pause_seconds=0.01, tries=3)
    monkeypatch.setattr(again, "POLICY", quick)


async def posted(address: str, path: str, body: Any) -> tuple[int, Any, str | None]:
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"http://{address}{path}", json=body) as answer,
    ):
        return answer.status, await answer.json(), answer.headers.get("Retry-After")


def of_openrlhf(*answers: str, label: str = LABEL) -> dict[str, Any]:
    return {
        "query": [f"<s>{PROMPT}{answer}" for answer in answers],
        "prompts": [PROMPT for _ in answers],
        "labels": [label for _ in answers],
    }


def of_nemo_gym(answer: str, label: str = LABEL) -> dict[str, Any]:
    """A row of Gym's with a response of the Responses API, whose last message is the answer."""
    thought = {"type": "reasoning", "summary": [{"type": "summary_text", "text": WRONG}]}
    said = {"type": "output_text", "text": answer, "annotations": []}
    message = {"type": "message", "role": "assistant", "content": [said]}
    asked = {"input": [{"role": "user", "content": PROMPT}]}
    output = {"id": "1", "output": [thought, message]}
    return {"responses_create_params": asked, "response": output, "row": label, "_ng_task_index": 7}


@pytest.mark.asyncio(loop_scope="module")
async def test_openrlhf_gets_rewards_and_components(addresses: tuple[str, str]) -> None:
    web, _ = addresses
    body = of_openrlhf(RIGHT + "<|im_end|>", WRONG)
    status, told, _ = await posted(web, "/get_reward", body)
    assert status == 200
    assert told["rewards"] == told["scores"]
    assert told["rewards"][0] == pytest.approx(1.0)
    assert told["rewards"][1] < 0.5
    assert told["extra_logs"]["correctness"] == [1.0, 0.0]


@pytest.mark.asyncio(loop_scope="module")
async def test_slime_gets_a_bare_number(addresses: tuple[str, str]) -> None:
    web, _ = addresses
    for answer, least, most in ((RIGHT, 1.0, 1.0), (WRONG, 0.0, 0.5)):
        body = {"prompt": PROMPT, "response": answer, "label": LABEL}
        status, told, _ = await posted(web, "/remote_rm", body)
        assert status == 200
        assert least <= told <= most


@pytest.mark.asyncio(loop_scope="module")
async def test_nemo_gym_gets_its_row_back_with_a_reward_or_a_mask(
    addresses: tuple[str, str],
) -> None:
    web, _ = addresses
    asked = of_nemo_gym(RIGHT)
    beside = asked | {"row": "", "verifier_metadata": {"row": LABEL}}
    seeded = {"resources_session_id": "s", "episode_id": "e"}
    assert await posted(web, "/seed_session", seeded) == (200, {"resources_session_id": "s"}, None)
    told = []
    for body in (asked, beside, of_nemo_gym(WRONG), of_nemo_gym(RIGHT, NOBODY_HAS)):
        status, answer, _ = await posted(web, "/verify", body)
        assert status == 200 and answer.items() >= body.items()
        told.append(answer)
    right, same, wrong, fault = told
    assert right["reward"] == same["reward"] == pytest.approx(1.0)
    assert right["reward_components"] == {"syntax": 1.0, "correctness": 1.0, "format": 1.0}
    assert 0.0 < wrong["reward"] < 0.5 and wrong["correctness"] == 0.0
    assert not any(each["mask_sample"] for each in (right, same, wrong))
    assert (fault["mask_sample"], fault["_ng_failure_class"]) == (True, "judge_failed")
    assert "PROVIDER_MISSING" in fault["failure_reason"]
    _, means, _ = await posted(web, "/aggregate_metrics", {"verify_responses": told})
    assert means["key_metrics"]["unscored"] == 0.25
    mean = (1.0 + 1.0 + wrong["reward"]) / 3  # the masked 0 is not in it
    assert means["key_metrics"]["mean/reward"] == pytest.approx(mean)
    assert means["group_level_metrics"][0]["_ng_task_index"] == 7


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/get_reward", of_openrlhf(RIGHT, RIGHT, label=NOBODY_HAS)),
        ("/remote_rm", {"prompt": "", "response": RIGHT, "label": NOBODY_HAS}),
    ],
)
async def test_what_stays_unscored_is_told_as_a_fault_and_not_as_a_number(
    addresses: tuple[str, str], path: str, body: Any
) -> None:
    status, told, wait = await posted(addresses[0], path, body)
    assert status == 503
    assert "PROVIDER_MISSING" in told["message"]
    assert wait is not None and int(wait) >= 1


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/get_reward", of_openrlhf(RIGHT) | {"prompts": ["other"]}, "query[0]"),
        ("/get_reward", of_openrlhf(RIGHT) | {"labels": []}, "labels"),
        ("/get_reward", of_openrlhf(RIGHT) | {"prompts": []}, "prompts"),
        ("/get_reward", of_openrlhf(RIGHT) | {"labels": "x"}, "labels"),
        ("/get_reward", {"query": [1]}, "query"),
        ("/get_reward", of_openrlhf(RIGHT, label='{"id": 1}'), "labels[0]: id"),
        ("/remote_rm", {"prompt": "", "response": RIGHT, "label": 3}, "label"),
        ("/remote_rm", {"prompt": "", "label": LABEL}, "response"),
        ("/remote_rm", [], "request"),
        ("/verify", of_nemo_gym(RIGHT) | {"row": "{"}, "row: row"),
        ("/verify", of_nemo_gym(RIGHT) | {"response": {}}, "output"),
        ("/verify", {"response": {"output": []}}, "row"),
        ("/aggregate_metrics", {"verify_responses": [1]}, "verify_responses"),
    ],
)
async def test_what_nobody_can_score_names_its_place(
    addresses: tuple[str, str], path: str, body: Any, field: str
) -> None:
    status, told, _ = await posted(addresses[0], path, body)
    assert status == 400
    assert told["field"] == field


@pytest.mark.asyncio(loop_scope="module")
async def test_verl_gets_a_score_and_its_components(addresses: tuple[str, str]) -> None:
    _, address = addresses
    extra: dict[str, object] = {"num_turns": 1}
    good = await verl.compute_score("assay", RIGHT, LABEL, extra, server=address)
    assert good == {"score": 1.0, "syntax": 1.0, "correctness": 1.0, "format": 1.0}
    bad = await asyncio.to_thread(
        lambda: verl.compute_score_sync("assay", WRONG, LABEL, extra, server=address)
    )
    assert bad["correctness"] == 0.0 and bad["score"] < 0.5
    with pytest.raises(verl.Unscored, match="PROVIDER_MISSING"):
        await verl.compute_score("assay", RIGHT, NOBODY_HAS, server=address, deadline_seconds=20.0)
    with pytest.raises(InvalidRequest, match="ground_truth: row: not JSON"):
        await verl.compute_score("assay", RIGHT, "{", server=address)


@pytest.mark.asyncio(loop_scope="module")
async def test_trl_gets_none_for_what_stays_unscored(addresses: tuple[str, str]) -> None:
    client = pickle.loads(pickle.dumps(PatientClient(addresses[1])))
    said = [TrlMessage(role="assistant", content=RIGHT)]
    completions: list[str | Sequence[TrlMessage]] = [RIGHT, said, WRONG, RIGHT]
    rows = [LABEL, LABEL, LABEL, NOBODY_HAS]
    logged: dict[str, float] = {}
    rewards = await TrlReward(client)(completions, rows, log_metric=logged.__setitem__)
    right, same, wrong, fault = rewards
    assert (right, same, fault) == (1.0, 1.0, None)
    assert wrong is not None and wrong < 0.5
    assert logged["assay/unscored"] == 0.25 and logged["assay/correctness"] == pytest.approx(2 / 3)
    assert await asyncio.to_thread(TrlBlockingReward(client), completions, rows) == rewards


@pytest.mark.asyncio(loop_scope="module")
async def test_a_draft_is_checked_and_no_expected_value_is_told(addresses: tuple[str, str]) -> None:
    environment = RepairEnvironment(PatientClient(addresses[1]))
    environment.reset(prompt="?", row=LABEL)
    right, wrong = (text.split("\n", 1)[1].rpartition("```")[0] for text in (RIGHT, WRONG))
    assert await environment.check({"Dockerfile": right}) == "nothing found"
    found = await environment.check(
        {"Dockerfile": wrong.replace("FROM debian:12.5-slim", "FROM debian")}
    )
    assert "Dockerfile:1: warning: " in found and "DL3006" in found
    assert found.endswith("1 of the things that were asked for are missing or wrong")
    assert "expected" not in found
    environment.reset(prompt="?", row=NOBODY_HAS)
    assert "not the draft's" in await environment.check({"Dockerfile": right})


async def test_a_server_that_is_not_there_is_no_reward(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSAY_CONNECT_TIMEOUT_SECONDS", "0.3")
    with pytest.raises(ServerUnavailable, match=r"127\.0\.0\.1:1"):
        await verl.compute_score("assay", RIGHT, LABEL, server="127.0.0.1:1", deadline_seconds=1.0)


class Flaky:
    """A scorer whose verdicts are given: for injecting faults."""

    capacity = 1

    def __init__(self, *verdicts: Verdict) -> None:
        self.verdicts = list(verdicts)
        self.asked: list[ScoreRequest] = []

    async def score_one(self, request: ScoreRequest, *, within: float | None = None) -> Verdict:
        assert within is not None and within <= http.SLIME_SECONDS
        self.asked.append(request)
        return self.verdicts.pop(0)


async def test_a_fault_that_passes_costs_nothing() -> None:
    scorer = Flaky(faulty(), faulty(), scored(0.7))
    body = {"prompt": "", "response": RIGHT, "label": LABEL}
    assert await http.slime(scorer, body) == 0.7
    assert len(scorer.asked) == 3


def test_a_fault_keeps_its_words_between_processes() -> None:
    raised = again.Unscored(replace(faulty(), id="task-1"))
    assert (
        str(pickle.loads(pickle.dumps(raised))) == str(raised) == "task-1: TOOL_CRASHED: it crashed"
    )


async def test_a_query_without_a_prompt_is_the_answer() -> None:
    body = {"query": [RIGHT], "prompts": [""], "labels": [LABEL]}
    scorer = Flaky(scored(0.5))
    assert (await http.openrlhf(scorer, body))["rewards"] == [0.5]
    assert scorer.asked[0].completion == RIGHT


async def test_no_answer_chooses_to_be_unscored() -> None:
    bare = row_to_json(replace(ROW, means=None))
    scorer = Flaky(scored(0.2), replace(faulty(), chosen=True), scored(0.9))
    body = {"prompt": "", "response": RIGHT, "label": bare}
    await http.slime(scorer, body)
    assert scorer.asked[0].task.means == Means()
    with pytest.raises(again.Unscored):  # it would say the same again
        await http.slime(scorer, body)
    assert len(scorer.asked) == 2
