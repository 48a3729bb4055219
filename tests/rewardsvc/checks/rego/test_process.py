"""The process that evaluates checks: when it is started, replaced and ended."""

import asyncio

import pytest

from rewardsvc.checks.out_of_process import Evaluations
from rewardsvc.checks.policies import PolicyAnswer
from rewardsvc.types import Check, Target
from sandbox.base import Sandbox
from tests.rewardsvc.checks.rego.asking import ENDLESS, ask, failures_of, processes_of, until

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_process_that_died_is_replaced(sandbox: Sandbox) -> None:
    restarts: list[str] = []
    async with Evaluations(sandbox, restarted=restarts.append) as opened:
        policy = "package a\nok { true }"
        assert await ask(opened, policy, "data.a.ok", {}) == PolicyAnswer((True,))
        evaluator = opened._evaluator.current
        assert evaluator is not None
        await evaluator.process.stop()
        answers = await asyncio.gather(*(ask(opened, policy, "data.a.ok", {}) for _ in range(8)))
        assert set(answers) == {PolicyAnswer((True,))}
    assert restarts == ["evaluator"]


async def test_nothing_is_left_of_a_closed_one(sandbox: Sandbox) -> None:
    async with Evaluations(sandbox) as opened:
        await ask(opened, "package a\nok { true }", "data.a.ok", {})
        folder = opened._evaluator._folder
        assert folder is not None and folder.exists()
        assert processes_of(folder)
    assert not folder.exists()
    assert not processes_of(folder)


async def test_nothing_is_started_for_checks_that_are_quick(sandbox: Sandbox) -> None:
    async with Evaluations(sandbox) as opened:
        quick = Check(on=Target.DOCUMENTS, expr="[0] == `1`")
        assert await failures_of(opened, [1], quick, on=Target.DOCUMENTS) == []
        assert opened._evaluator.current is None


async def test_a_job_whose_asker_went_away_ends(sandbox: Sandbox) -> None:
    async with Evaluations(sandbox, seconds=60.0) as opened:
        await ask(opened, "package a\nok { true }", "data.a.ok", {})
        asking = asyncio.create_task(ask(opened, ENDLESS, "data.a.ok", list(range(3000))))
        assert opened._evaluator._folder is not None
        one = len(processes_of(opened._evaluator._folder))
        await until(lambda: len(processes_of(opened._evaluator._folder)) > one)
        asking.cancel()
        await until(lambda: len(processes_of(opened._evaluator._folder)) == one)
