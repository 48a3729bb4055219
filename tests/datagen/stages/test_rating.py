"""A judge in synthesis: it has the last word on what the tools accepted, and only on that."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from datagen.cli import main
from datagen.errors import StageFault
from datagen.record import Outcome
from datagen.stages.rating import judged, rating_of
from rewardsvc.judge.rubric import read_rating
from rewardsvc.judge.votes import Vote
from rewardsvc.tasks import read_tasks
from tests.rewardsvc.judge.judge_api import Fault, JudgeApi, data_of, judge_api, rating, texts


@pytest.mark.parametrize(
    ("levels", "outcome"),
    [
        ({}, Outcome.ACCEPTED),
        ({"clarity": "readable", "realism": "plausible"}, Outcome.ACCEPTED),
        ({"intent_fit": "nearly"}, Outcome.REJECTED),
        ({"clarity": "confusing"}, Outcome.REJECTED),
        ({"realism": "toy"}, Outcome.REJECTED),
    ],
)
def test_a_pair_must_be_meant_so_and_worth_imitating(
    levels: dict[str, str], outcome: Outcome
) -> None:
    rated = rating_of([Vote("openai:m", read_rating(rating(**levels)))])
    assert {**rated.levels, **levels} == rated.levels
    found = judged(rated)
    assert found.outcome is outcome
    assert (found.reason == "") is (outcome is Outcome.ACCEPTED)
    assert any("because of clarity" in each for each in found.diagnostics) is bool(found.reason)


def test_where_no_judgement_comes_nothing_is_decided() -> None:
    with pytest.raises(StageFault, match="it hung") as fault:
        rating_of([Vote("openai:m", None, "it hung")])
    assert not fault.value.missing


@pytest.fixture
async def api(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[JudgeApi]:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    async with judge_api() as server:
        yield server


async def synth(out: Path, *arguments: str) -> Result:
    # In a thread: the command runs an event loop of its own, and the server needs this one.
    command = ["synth", "--category", "docker", "--topics", "go-static", "--out", str(out)]
    return await asyncio.to_thread(CliRunner().invoke, main, [*command, *arguments])


async def test_the_judge_rejects_what_the_tools_accept_and_is_paid_once(
    api: JudgeApi, tmp_path: Path
) -> None:
    seen: list[str] = []

    def first_is_a_toy(prompt: str) -> str:
        seen.append(prompt)
        return rating(realism="toy") if len(seen) == 1 else rating(clarity="readable")

    api.opinion = lambda asked: first_is_a_toy(asked.prompt)
    command = ("--count", "2", "--concurrency", "1", "--judge", api.judge("openai"))
    done = await synth(tmp_path, *command)
    assert done.exit_code == 0, done.stderr
    rows = list(read_tasks(tmp_path / "tasks.jsonl"))
    expected = {"intent_fit": "full", "clarity": "readable", "realism": "production"}
    assert [row.provenance["rating"] for row in rows] == [expected] * 2
    (rejected,) = [json.loads(line) for line in (tmp_path / "rejected.jsonl").open()]
    assert "realism toy" in rejected["reason"]
    # No mutant was shown to it: those are the checks' to notice.
    assert len(api.asked) == 3
    shown = [texts(data_of(asked.prompt)[1]["artifact"]) for asked in api.asked]
    assert all("FROM" in text for text in shown)
    before = (tmp_path / "tasks.jsonl").read_bytes()
    assert (await synth(tmp_path, *command)).exit_code == 0
    assert len(api.asked) == 3
    assert (tmp_path / "tasks.jsonl").read_bytes() == before
    other = await synth(tmp_path, "--count", "2")
    assert other.exit_code == 2, other.stderr


async def test_a_judge_that_is_away_leaves_the_run_to_be_gone_on_with(
    api: JudgeApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSAY_JUDGE_RETRIES", "0")
    api.lasting = Fault(401, {}, '{"error": {"message": "bad key"}}')
    command = ("--count", "1", "--judge", api.judge("anthropic"))
    done = await synth(tmp_path, *command)
    assert done.exit_code == 1
    assert "bad key" in done.stderr and "to go on" in done.stderr
    api.lasting = None
    assert (await synth(tmp_path, *command)).exit_code == 0
    assert len(list(read_tasks(tmp_path / "tasks.jsonl"))) == 1
