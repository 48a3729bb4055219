"""Rollouts from a real vLLM, on the CPU: run where ASSAY_VLLM_PYTHON names its interpreter."""

import json
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from rl import models
from rl.configs.loading import load_config
from rl.configs.sections import Config
from rl.reward.scoring import ScoringThread
from rl.training import grpo
from tests.rl.samples import FaultyScorer, row, scored

pytestmark = pytest.mark.slow

ROWS = tuple(row(n) for n in range(40))

_START_SECONDS = 300


def config(url: str | None = None) -> Config:
    return load_config(
        "nano",
        [
            *("model.hidden=128", "model.heads=4", "model.context=512", "grpo.steps=3"),
            *("grpo.prompts_per_step=2", "grpo.generations=4", "grpo.micro_batch=null"),
            *("grpo.lora={r: 8, alpha: 16}", "grpo.max_completion_length=24"),
            *("grpo.learning_rate=0.01", "grpo.warmup_steps=0"),
            *([f"rollout.vllm_server={url}"] if url else []),
        ],
    )


@pytest.fixture(scope="module")
def python() -> str:
    chosen = os.environ.get("ASSAY_VLLM_PYTHON")
    if not chosen:
        pytest.skip("ASSAY_VLLM_PYTHON names no interpreter that has vLLM")
    done = subprocess.run([chosen, "-c", "import vllm"], capture_output=True, check=False)
    if done.returncode:
        pytest.skip(f"{chosen} cannot import vllm: {done.stderr.decode()[-200:]}")
    return chosen


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("base")
    models.base(config(), ROWS).save(folder)
    return folder


@pytest.fixture(scope="module")
def server(python: str, base: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A vLLM server on loopback with the flags of docs/training.md."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = tmp_path_factory.mktemp("vllm") / "log"
    flags = {
        "--model": str(base),
        "--host": "127.0.0.1",
        "--port": str(port),
        "--max-lora-rank": "8",
        "--max-loras": "2",
        "--logprobs-mode": "processed_logprobs",
        "--max-model-len": "512",
        "--dtype": "float32",
    }
    environment = {
        **os.environ,
        "VLLM_ALLOW_RUNTIME_LORA_UPDATING": "1",
        "VLLM_CPU_KVCACHE_SPACE": "1",
        "HF_HUB_OFFLINE": "1",
    }
    with log.open("w") as out:
        process = subprocess.Popen(
            [
                *(python, "-m", "vllm.entrypoints.openai.api_server", "--enable-lora"),
                *("--enforce-eager", *(word for flag in flags.items() for word in flag)),
            ],
            env=environment,
            stdout=out,
            stderr=out,
        )
        try:
            until = time.monotonic() + _START_SECONDS
            while True:
                assert process.poll() is None, log.read_text()[-3000:]
                assert time.monotonic() < until, log.read_text()[-3000:]
                try:
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=2).close()
                except (urllib.error.URLError, OSError):
                    time.sleep(1)
                else:
                    break
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(60)


def test_vllm_takes_up_the_adapter_at_every_step(server: str, base: Path, tmp_path: Path) -> None:
    settings = config(server)
    scorer = FaultyScorer(lambda request: scored(len(request.completion) % 7 / 7))
    with ScoringThread(scorer) as scoring:
        grpo.optimize(models.load(base, settings), ROWS, scoring, settings, tmp_path)
    log = json.loads((tmp_path / "log.json").read_text())
    steps = [entry for entry in log if "reward" in entry]
    assert len(steps) == 3
    # The policy moves by far more than that in a step: stale weights would show.
    assert max(entry["sampling/logprob_gap/mean"] for entry in steps) < 0.02
    assert [entry["sampling/importance/mean"] for entry in steps] == pytest.approx(
        [1] * 3, abs=0.05
    )
