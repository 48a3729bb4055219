"""Each trainer's own code asks a real server, from its own environment (``make test-trainers``).

The programs in ``callers`` are what a user writes beside the trainer's own code, and no more.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.rewardsvc.trainers.samples import LABEL, NOBODY_HAS, RIGHT, WRONG
from tests.rewardsvc.trainers.served import RewardServer

pytestmark = pytest.mark.slow

CALLERS = Path(__file__).parent / "callers"
ROOT = Path(__file__).parents[3]
NOBODY = "127.0.0.1:1"
"""Where no server is."""


@dataclass(frozen=True)
class Trainer:
    """A row of the table.

    ``environment``: of those that ``deploy/trainers.sh`` makes, "" for this one. ``fault``: what a
    completion without a verdict becomes, an error (its name) or None. ``waits``: whether a server
    that restarts is waited for.
    """

    program: str
    environment: str
    arguments: tuple[str, ...] = ()
    fault: str | None = "Unscored"
    waits: bool = True


TRAINERS = {
    "trl": Trainer("ask_trl.py", "", ("async",), fault=None),
    "trl-blocking": Trainer("ask_trl.py", "", ("blocking",), fault=None),
    "verl": Trainer("ask_verl.py", "verl", ("naive",)),
    "verl-dapo": Trainer("ask_verl.py", "verl", ("dapo",)),
    "verl-remote": Trainer("ask_verl.py", "verl", ("remote",), "RayTaskError(Unscored)"),
    "verifiers": Trainer("ask_verifiers.py", "verifiers", fault="TaskError"),
    "skyrl-gym": Trainer("ask_skyrl_gym.py", "skyrl-gym"),
    "inspect-ai": Trainer("ask_inspect_ai.py", "inspect-ai"),
    "openenv": Trainer("ask_openenv.py", "openenv"),
    "openreward": Trainer("ask_openreward.py", "openreward", fault="ToolFailed"),
    "openrlhf-http": Trainer("ask_openrlhf.py", "openrlhf", fault=None, waits=False),
}


class Caller:
    """A trainer's program that runs, and answers a batch after the other."""

    def __init__(self, trainer: Trainer, python: Path | str, server: RewardServer) -> None:
        self._server = server
        self._running = subprocess.Popen(
            [python, CALLERS / trainer.program, *trainer.arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"ASSAY_CONNECT_TIMEOUT_SECONDS": "2", "INSPECT_DISPLAY": "none"},
        )
        self._said("ready")

    def outcomes(
        self,
        *asked: tuple[str, str],
        seconds: float = 60.0,
        meanwhile: Callable[[], None] = lambda: None,
        at: str = "",
    ) -> list[Any]:
        """A reward for each (row, completion), None, or the words of a fault."""
        addresses = {"grpc": at or self._server.grpc, "http": at or self._server.http}
        batch = {**addresses, "seconds": seconds, "asked": asked}
        assert self._running.stdin is not None
        print(json.dumps(batch), file=self._running.stdin, flush=True)
        meanwhile()
        told: list[Any] = json.loads(self._said("answer "))
        return told

    def end(self) -> None:
        self._running.communicate(timeout=60)

    def _said(self, first: str) -> str:
        """The rest of the line that begins so; a trainer says other things too."""
        assert self._running.stdout is not None
        for line in self._running.stdout:
            if line.startswith(first):
                return line.removeprefix(first)
        raise AssertionError(f"ended with exit code {self._running.wait()}")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RewardServer]:
    with RewardServer(tmp_path_factory.mktemp("server")) as serving:
        yield serving


@pytest.fixture(scope="module", params=TRAINERS)
def trainer(request: pytest.FixtureRequest) -> Trainer:
    return TRAINERS[request.param]


@pytest.fixture(scope="module")
def folder() -> Path:
    named = os.environ.get("ASSAY_TRAINERS")
    if not named:
        pytest.skip("ASSAY_TRAINERS names no folder with trainers: make test-trainers")
    return ROOT / named


@contextmanager
def running(trainer: Trainer, folder: Path, server: RewardServer) -> Iterator[Caller]:
    own = folder / trainer.environment / "bin/python"
    caller = Caller(trainer, own if trainer.environment else sys.executable, server)
    yield caller
    caller.end()


@pytest.fixture(scope="module")
def caller(trainer: Trainer, folder: Path, server: RewardServer) -> Iterator[Caller]:
    with running(trainer, folder, server) as caller:
        yield caller


def is_fault(outcome: object) -> bool:
    """No number at all: trainers are told of it by None, or by an error that ends the run."""
    return outcome is None or isinstance(outcome, str)


def test_a_right_answer_earns_more_than_a_wrong_one(caller: Caller) -> None:
    right, wrong = caller.outcomes((LABEL, RIGHT), (LABEL, WRONG))
    assert right == pytest.approx(1.0)
    assert 0.0 < wrong < 0.5


def test_what_nobody_can_score_is_a_fault_and_no_reward(caller: Caller, trainer: Trainer) -> None:
    (outcome,) = caller.outcomes((NOBODY_HAS, RIGHT))
    if trainer.fault is None:
        assert outcome is None
    else:
        assert outcome.startswith(f"{trainer.fault}: ") and "PROVIDER_MISSING" in outcome


def test_a_dead_server_is_a_fault_and_no_reward(caller: Caller) -> None:
    (outcome,) = caller.outcomes((LABEL, RIGHT), seconds=3.0, at=NOBODY)
    assert is_fault(outcome)


def test_a_server_that_does_not_answer_is_a_fault_and_no_reward(
    caller: Caller, server: RewardServer
) -> None:
    server.stall()
    try:
        (outcome,) = caller.outcomes((LABEL, RIGHT), seconds=3.0)
    finally:
        server.go_on()
    assert is_fault(outcome)


def test_a_server_that_restarts_in_the_midst_of_a_batch_changes_no_reward(
    caller: Caller, trainer: Trainer, server: RewardServer
) -> None:
    def restart() -> None:
        time.sleep(1.0)  # for the batch to reach it
        server.end(signal.SIGKILL)
        server.start()

    server.stall()
    batch = ((LABEL, RIGHT), (LABEL, WRONG), (LABEL, RIGHT))
    right, wrong, again = caller.outcomes(*batch, seconds=90.0, meanwhile=restart)
    if trainer.waits:
        assert right == again == pytest.approx(1.0) and 0.0 < wrong < 0.5
    else:
        assert all(is_fault(each) or each > 0.0 for each in (right, wrong, again))


def test_verls_manager_rate_limited_makes_a_zero_of_a_fault_as_the_docs_warn(
    folder: Path, server: RewardServer
) -> None:
    with running(Trainer("ask_verl.py", "verl", ("rate_limited",)), folder, server) as caller:
        assert caller.outcomes((NOBODY_HAS, RIGHT)) == [0.0]
