"""Parts of the warm engine that served enough, lie or hang are replaced; slow ones are not."""

import asyncio
import os
import signal
from dataclasses import replace
from typing import Any

import pytest

from sandbox.base import Command, Result
from sandbox.hcl.addresses import AWS
from sandbox.terraform import inspection
from sandbox.terraform.plugins.policy import MAX_LEASES
from sandbox.terraform.plugins.provider import Provider
from sandbox.terraform.warm import WarmEngine
from tests.integration.warm_plans import (
    ACCOUNT,
    BUCKET,
    EMULATED_ACCOUNT,
    WANTS,
    alive,
    descendants,
    leaders_of,
    outputs,
    run,
)

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_provider_that_served_enough_is_replaced_by_one_that_is_warm_before(
    engine: WarmEngine,
) -> None:
    pool = engine._pools[AWS]
    before = set(pool.providers)
    for provider in before:
        pool._lending._members[provider].leases = MAX_LEASES
    async with asyncio.timeout(60):
        while before & set(pool.providers):
            assert (await run(engine, BUCKET)).plan_json is not None
            await pool.tend()
    assert len(pool.providers) >= engine._size


async def test_what_comes_in_the_moment_of_a_cancellation_is_not_lost(engine: WarmEngine) -> None:
    pool = engine._pools[AWS]
    held = [await pool.take(b"") for _ in pool.providers]
    waiting = asyncio.create_task(pool.take(b""))
    await asyncio.sleep(0)
    pool.give_back(held[0])
    waiting.cancel()
    await asyncio.wait((waiting,))
    assert waiting.cancelled()
    async with asyncio.timeout(10):
        assert await pool.take_this(held[0])
    for provider in held:
        pool.give_back(provider)


async def test_canaries_find_nothing_wrong_with_live_providers(engine: WarmEngine) -> None:
    assert engine._inspector is not None
    inspected = [await engine._inspector.inspect(each) for each in engine._pools[AWS].providers]
    assert set(inspected) == {""}


async def test_a_provider_that_lies_goes_and_another_one_comes(
    engine: WarmEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    liar = engine._pools[AWS].providers[0]
    ask = Provider.ask

    async def lie(self: Provider, method: str, request: bytes) -> bytes:
        answer = await ask(self, method, request)
        accepts = self is liar and method.endswith("/ValidateResourceTypeConfig")
        return b"" if accepts else answer

    with monkeypatch.context() as patch:
        patch.setattr(Provider, "ask", lie)
        assert engine._inspector is not None
        assert await engine._inspector.inspect(liar) == "a bad configuration was accepted"
    assert liar not in engine._pools[AWS].providers and not liar.alive
    outcome = await run(engine, 'resource "aws_sqs_queue" "a" {\n  delay_seconds = 90000\n}\n')
    assert not outcome.validate.passed


async def test_an_emulator_that_hangs_is_replaced_and_the_plan_tried_again(
    engine: WarmEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sandbox.terraform.emulator.process.ANSWER_SECONDS", 1.0)
    *_, hanging = descendants(leaders_of(engine, "emulator")[0])
    os.kill(hanging, signal.SIGSTOP)
    outcome = await run(engine, ACCOUNT + WANTS)
    assert outputs(outcome) == {"account": EMULATED_ACCOUNT}
    assert not alive(hanging)


@pytest.mark.parametrize("what", ["emulator", "provider"])
async def test_a_part_that_a_busy_machine_keeps_waiting_is_not_replaced(
    engine: WarmEngine, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def little() -> float:
        return 0.001

    monkeypatch.setattr(engine._clock, "_pace", little)
    monkeypatch.setattr("sandbox.terraform.emulator.process.ANSWER_SECONDS", 0.2)
    monkeypatch.setattr("sandbox.terraform.plugins.provider.ANSWER_SECONDS", 0.2)
    before = leaders_of(engine, what)
    waiting = [list(descendants(leader))[-1] for leader in before]
    for pid in waiting:
        os.kill(pid, signal.SIGSTOP)
    assert engine._emulator is not None
    asked = [engine._emulator.see_alive(), *(each.see_alive() for each in engine.providers)]
    planned = asyncio.create_task(run(engine, ACCOUNT + WANTS))
    asking = asyncio.gather(*asked)
    await asyncio.sleep(1.0)  # five times as long as an answer may take
    assert not asking.done() and not planned.done()
    for pid in waiting:
        os.kill(pid, signal.SIGCONT)
    await asking
    assert outputs(await planned) == {"account": EMULATED_ACCOUNT}
    assert leaders_of(engine, what) == before


async def test_terraform_that_waits_for_parts_of_ours_is_not_taken_for_one_that_sleeps(
    engine: WarmEngine, box: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[Command] = []
    run_in_box = box.run

    async def spy(command: Command) -> Result:
        ran.append(command)
        result: Result = await run_in_box(command)
        return result

    monkeypatch.setattr(box, "run", spy)
    await run(engine, BUCKET)
    await run(engine, 'terraform {\n  required_version = ">= 1.0"\n}\n')
    assert [command.served for command in ran] == [True, False]


async def test_a_provider_that_does_not_answer_a_canary_goes(
    engine: WarmEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = replace(inspection._LIMITS, wall_seconds=1.0)
    monkeypatch.setattr(inspection, "_LIMITS", limits)
    hanging = engine.providers[0]
    process: Any = hanging._process
    os.kill(list(descendants(process.pid))[-1], signal.SIGSTOP)
    assert engine._inspector is not None
    assert "took more than" in await engine._inspector.inspect(hanging)
    assert hanging not in engine.providers and not hanging.alive
    assert outputs(await run(engine, ACCOUNT + WANTS)) == {"account": EMULATED_ACCOUNT}
