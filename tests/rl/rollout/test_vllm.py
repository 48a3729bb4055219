"""Rollouts over HTTP: the adapter is synced, the mismatch is corrected, faults are told apart."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from aiohttp import web

from rewardsvc.types import ScoreRequest, Verdict
from rl import models
from rl.configs.loading import load_config
from rl.configs.sections import Config
from rl.errors import RolloutFailed
from rl.reward.scoring import ScoringThread
from rl.rollout import vllm_client
from rl.rollout.base import Sampling
from rl.rollout.vllm_client import VllmClient
from rl.training import grpo
from rl.training.trainer import importance
from tests.rl.rollout.rollout_server import Fault, RolloutServer
from tests.rl.samples import FaultyScorer, row, scored

AT_ONCE = replace(vllm_client._RETRIES, first_pause_seconds=0.01)
ROWS = tuple(row(n) for n in range(8))

SMALL = [
    "model.layers=1",
    "model.hidden=32",
    "model.heads=2",
    "model.min_chunk_count=2",
    "threads=1",
    "grpo.prompts_per_step=2",
    "grpo.generations=4",
    "grpo.micro_batch=null",
    "grpo.max_completion_length=6",
    "grpo.learning_rate=0.02",
    "grpo.warmup_steps=0",
    "grpo.steps=3",
    "grpo.lora={r: 16, alpha: 32}",
]


def config(*overrides: str) -> Config:
    return load_config("nano", [*SMALL, *overrides])


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An untrained model."""
    folder = tmp_path_factory.mktemp("base")
    models.base(config(), ROWS).save(folder)
    return folder


def by_length(request: ScoreRequest) -> Verdict:
    """An untrained model earns 0 for everything, from which nothing is learnt and nothing moves."""
    return scored(len(request.completion) % 7 / 7)


def trained(
    base: Path,
    out: Path,
    url: str,
    *overrides: str,
    answer: Callable[[ScoreRequest], Verdict] = by_length,
) -> list[dict[str, Any]]:
    """The log of a short training with rollouts from the server."""
    settings = config(f"rollout.vllm_server={url}", *overrides)
    with ScoringThread(FaultyScorer(answer)) as scoring:
        grpo.optimize(models.load(base, settings), ROWS, scoring, settings, out)
    log: list[dict[str, Any]] = json.loads((out / "log.json").read_text())
    return [entry for entry in log if "reward" in entry]


def test_each_step_samples_from_the_policy_as_it_is_then(base: Path, tmp_path: Path) -> None:
    with RolloutServer(base, config()) as server:
        log = trained(base, tmp_path, server.url)
    assert [name.split("-", 1)[1] for name in server.loaded] == ["step-0", "step-1", "step-2"]
    assert server.calls["/v1/unload_lora_adapter"] == 1
    # Had the server kept the first adapter, its probabilities would have drifted away.
    assert [entry["sampling/logprob_gap/max"] for entry in log] == pytest.approx([0] * 3, abs=1e-3)
    assert [entry["sampling/importance/mean"] for entry in log] == pytest.approx([1] * 3, abs=1e-3)


def test_each_completion_of_a_step_is_scored_once(base: Path, tmp_path: Path) -> None:
    scored_texts: list[str] = []

    def note(request: ScoreRequest) -> Verdict:
        scored_texts.append(request.completion)
        return by_length(request)

    with RolloutServer(base, config()) as server:
        trained(base, tmp_path, server.url, "grpo.steps=1", answer=note)
    probe, *others = scored_texts
    assert probe == ROWS[0].output
    lines = (tmp_path / "rewards.completions.jsonl").read_text().splitlines()
    assert sorted(others) == sorted(json.loads(line)["completion"] for line in lines)
    assert len(others) == 8


def test_a_server_with_stale_weights_shows_in_the_log_and_its_samples_are_capped(
    base: Path, tmp_path: Path
) -> None:
    with RolloutServer(base, config(), stale=True) as server:
        log = trained(base, tmp_path, server.url, "rollout.importance_cap=1.0")
    assert log[-1]["sampling/logprob_gap/mean"] > 0.01
    assert log[-1]["sampling/importance/mean"] < 1
    assert log[-1]["sampling/importance/capped_share"] > 0


def test_importance_weights_are_truncated() -> None:
    trainer, server = torch.tensor([-1.0, -1.0, -1.0]), torch.tensor([-1.0, -0.5, -5.0])
    assert importance(trainer, server, 2.0).tolist() == pytest.approx([1.0, 0.60653, 2.0], rel=1e-4)


def failing(status: int, times: int) -> Fault:
    def fault(path: str, count: int) -> web.Response | None:
        wrong = path == "/v1/completions" and count < times
        return web.Response(status=status, text="no") if wrong else None

    return fault


def garbled(body: dict[str, Any]) -> Fault:
    return lambda path, count: web.json_response(body) if path == "/v1/completions" else None


async def completed(base: Path, fault: Fault) -> int:
    """How many tokens one completion has."""
    with RolloutServer(base, config(), fault) as server:
        client = VllmClient(server.url, 20)
        server._adapters["a"] = base
        async with client.session() as session:
            sampling = Sampling(temperature=1.0, max_new_tokens=3)
            ids, logprobs = await client.complete(session, "a", [5, 6], sampling)
    assert len(ids) == len(logprobs)
    return len(ids)


async def test_a_hiccup_is_tried_again(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rl.rollout.vllm_client._RETRIES", AT_ONCE)
    assert await completed(base, failing(500, times=2)) > 0


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (failing(500, times=99), "HTTP 500: no"),
        (failing(400, times=1), "HTTP 400: no"),
        (garbled({}), "without token ids"),
        (garbled({"choices": [{"text": "x"}]}), "without token ids"),
        (
            garbled({"choices": [{"token_ids": [1], "logprobs": {"token_logprobs": []}}]}),
            "1 tokens but 0 log probabilities",
        ),
        (
            garbled({"choices": [{"token_ids": [1], "logprobs": {"token_logprobs": [None]}}]}),
            "without token ids",
        ),
    ],
)
async def test_what_a_server_does_wrong_is_told(
    base: Path, fault: Fault, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rl.rollout.vllm_client._RETRIES", AT_ONCE)
    with pytest.raises(RolloutFailed, match=message):
        await completed(base, fault)


async def test_a_server_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rl.rollout.vllm_client._RETRIES", AT_ONCE)
    client = VllmClient("http://127.0.0.1:1", 5)
    async with client.session() as session:
        with pytest.raises(RolloutFailed, match=r"http://127\.0\.0\.1:1"):
            await asyncio.wait_for(client.served(session), 10)
