"""A teacher that is asked in batches: the rows of a run that asks one by one, for half the price,
whatever is killed, lost or refused on the way."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from benchmarks.batch_service import BatchService, served_batches
from benchmarks.kills import PRICES, killed, paid_recipe
from benchmarks.teacher_service import TeacherService
from datagen.cli import main
from datagen.journal import JOURNAL, Journal
from datagen.ledger import CallSpending
from rewardsvc.llm import PriceList, Tokens

KINDS = ["openai", "anthropic"]
FILES = ("tasks.jsonl", "rejected.jsonl", "README.md")
RECIPE = """
count: 4
categories: {docker: {topics: [go-static]}}
teachers: {builtin: 1}
concurrency: 2
"""


@pytest.fixture
async def service(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[BatchService]:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    for kind in KINDS:
        monkeypatch.setenv(f"{kind.upper()}_API_KEY", "sk-right")
    monkeypatch.setenv("ASSAY_PRICES", json.dumps(PRICES))
    monkeypatch.setenv("ASSAY_BATCH_PAUSE_SECONDS", "0.1")
    teacher = TeacherService({}, faulty_ways=False)
    async with served_batches(BatchService(teacher)) as served:
        yield served


def recipe_for(service: BatchService, kind: str, folder: Path, budget: float = 10.0) -> Path:
    recipe = folder / "recipe.yaml"
    recipe.write_text(RECIPE)
    paid_recipe(recipe, service.teacher, budget, service.name(kind))
    return recipe


async def run(recipe: Path, folder: Path, *more: str) -> Result:
    # In a thread: the command runs an event loop of its own, and the server needs this one.
    command = ["run", str(recipe), "--out", str(folder), *more]
    return await asyncio.to_thread(CliRunner().invoke, main, command)


def spent_in(folder: Path) -> CallSpending:
    with Journal.to_read(folder) as journal:
        return CallSpending.in_journal(journal, PriceList(PRICES))


@pytest.mark.parametrize("kind", KINDS)
async def test_a_batch_brings_the_rows_of_single_questions_for_half_the_price_also_after_a_kill(
    kind: str, service: BatchService, tmp_path: Path
) -> None:
    """Requests expire, fail, or are not heard of; they are asked again."""
    recipe = recipe_for(service, kind, tmp_path)
    single, batched = tmp_path / "single", tmp_path / "batched"
    result = await run(recipe, single)
    assert result.exit_code == 0, result.stderr
    service.teacher.forget()
    recipe.write_text(recipe.read_text() + "batch: true\n")
    service.seconds = 3600
    assert await killed(recipe, batched, lambda: service.came(1))
    for held in service.batches.values():
        held.seconds = service.seconds = 0.0
    result = await run(recipe, batched)
    assert result.exit_code == 0, result.stderr
    assert "batches saved $" in result.stderr
    for name in FILES:
        assert (batched / name).read_bytes() == (single / name).read_bytes()
    asked = [name for held in service.batches.values() for name, _ in held.requests]
    answered = [json.loads(line) for held in service.batches.values() for line in held.lines]
    assert len(answered) == len({each["custom_id"] for each in answered}) < len(asked)
    (costs,) = spent_in(batched).by_kind.values()
    billed = service.teacher.billed
    silent = sum(
        len(held.requests) - len(held.lines) - len(held.errors) for held in service.batches.values()
    )
    assert costs.tokens.input >= billed.input and costs.tokens.output >= billed.output
    assert (costs.tokens == billed) is (silent == 0)
    assert costs.dollars is not None and costs.saved == pytest.approx(costs.dollars)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_batch_whose_id_was_not_heard_is_found_again(
    kind: str, service: BatchService, tmp_path: Path
) -> None:
    service.faulty, service.deaf = False, 1
    result = await run(recipe_for(service, kind, tmp_path), tmp_path / "out", "--batch")
    assert result.exit_code == 0, result.stderr
    assert "was sent before, and is gone on with" in result.stderr
    assert spent_in(tmp_path / "out").whole.tokens == service.teacher.billed


async def test_who_leaves_batches_pays_for_no_answer_again(
    service: BatchService, tmp_path: Path
) -> None:
    recipe, folder = recipe_for(service, "openai", tmp_path), tmp_path / "out"
    recipe.write_text(recipe.read_text() + "batch: true\n")
    service.faulty, service.seconds = False, 3600
    assert await killed(recipe, folder, lambda: service.came(1))
    refused = await run(recipe, folder, "--no-batch")
    assert refused.exit_code == 2 and "with --batch fetches their answers" in refused.stderr
    for held in service.batches.values():
        held.seconds = service.seconds = 0.0
    result = await run(recipe, folder)
    assert result.exit_code == 0, result.stderr
    billed = service.teacher.billed
    with closing(sqlite3.connect(folder / JOURNAL)) as database:  # as if it had read none of them
        database.execute("DELETE FROM results")
        database.commit()
    result = await run(recipe, folder, "--no-batch")
    assert result.exit_code == 0, result.stderr
    assert service.teacher.billed == billed == spent_in(folder).whole.tokens


async def test_too_much_at_a_time_is_sent_in_parts(service: BatchService, tmp_path: Path) -> None:
    service.faulty, service.failures = False, ["token_limit_exceeded"]
    result = await run(recipe_for(service, "openai", tmp_path), tmp_path / "out", "--batch")
    assert result.exit_code == 0, result.stderr
    first, *others = service.batches.values()
    assert all(0 < len(held.requests) <= len(first.requests) // 2 for held in others)
    assert spent_in(tmp_path / "out").whole.tokens == service.teacher.billed


@pytest.mark.parametrize("kind", KINDS)
async def test_a_wrong_key_or_batch_ends_the_run_and_costs_nothing(
    kind: str, service: BatchService, tmp_path: Path
) -> None:
    if kind == "openai":
        service.failures = ["invalid_request"]
    else:
        service.teacher.key = "sk-another"
    result = await run(recipe_for(service, kind, tmp_path), tmp_path / "out", "--batch")
    assert result.exit_code == 1
    assert ("it failed: invalid_request" if kind == "openai" else "no such key") in result.stderr
    assert spent_in(tmp_path / "out").whole.tokens == Tokens()


async def test_a_budget_lets_as_many_into_a_batch_as_it_may_pay_for(
    service: BatchService, tmp_path: Path
) -> None:
    """And the next when it is back, with what that left."""
    service.faulty = False
    recipe = recipe_for(service, "openai", tmp_path, budget=0.07)  # of $0.02 to $0.03 each at most
    result = await run(recipe, tmp_path / "out", "--batch")
    assert result.exit_code in (0, 1)
    assert len(service.batches) > 1
    dollars = spent_in(tmp_path / "out").whole.dollars
    assert dollars is not None and dollars <= 0.07
    poor = recipe_for(service, "openai", tmp_path, budget=0.01)
    result = await run(poor, tmp_path / "poor", "--batch")
    assert result.exit_code == 1 and "of the budget of $0.01" in result.stderr


async def test_an_estimate_tells_what_batches_save(service: BatchService, tmp_path: Path) -> None:
    recipe = str(recipe_for(service, "openai", tmp_path))
    alone = CliRunner().invoke(main, ["estimate", recipe])
    batched = CliRunner().invoke(main, ["estimate", recipe, "--batch"])
    assert "batches save $" in batched.stderr and "batches save" not in alone.stderr
    most = [float(each.stdout.strip().rpartition("$")[2]) for each in (alone, batched)]
    assert most[1] == pytest.approx(most[0] / 2, abs=0.01)
    assert not service.batches
