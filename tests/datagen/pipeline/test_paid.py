"""A paid teacher: its answers are mended, its calls counted, and a budget is never exceeded."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
from aiohttp import web
from click.testing import CliRunner, Result

from datagen.categories import CATEGORIES
from datagen.cli import main
from datagen.journal import JOURNAL, Journal
from datagen.ledger import CallCosts, CallKind, CallRole, CallSpending, Ledger
from datagen.sources import TopicSource
from datagen.teachers.base import pair_as_json
from rewardsvc.judge.rubric import RUBRIC, Criterion
from rewardsvc.llm import BudgetSpent, ModelRefused, ModelSilent, PriceList, Tokens
from rewardsvc.preferences import worse_answers
from rewardsvc.tasks import read_tasks

PRICES = {"openai:m": (1_000.0, 2_000.0)}
"""A dollar is a thousand tokens read."""


class Service:
    """Speaks OpenAI's API. What it answers first does not build; told what is wrong, it mends it.
    Each question is named by the instruction that it has in it."""

    def __init__(self) -> None:
        topic = next(topic for topic in CATEGORIES["docker"].topics if topic.name == "go-static")
        source = TopicSource("docker", topic, 0)
        records = [record for index in range(12) if (record := source.record(index))]
        self.known = {record.task.instruction: record.reference for record in records}
        self.each = Tokens(100, 50)
        self.billed: list[Tokens] = []
        self.judged: list[Tokens] = []
        self.address = ""

    async def answer(self, request: web.Request) -> web.Response:
        body = await request.json()
        said = body["messages"][-1]["content"]
        if body["response_format"]["json_schema"]["name"] != "pair":
            return self._judged()
        instruction = next(text for text in self.known if text in said)
        file = "\n".join(self.known[instruction].splitlines()[1:-1])
        if "You were asked this before" not in said:
            file = file.replace("EXPOSE", "EXPOSED")
        else:
            assert "EXPOSED" in said.split("It was rejected:")[1]
        self.billed.append(self.each)
        choice = {
            "index": 0,
            "finish_reason": "stop",
            "message": {"role": "assistant", "content": pair_as_json(instruction, file)},
        }
        usage = {"prompt_tokens": self.each.input, "completion_tokens": self.each.output}
        return web.json_response(
            {"id": "c", "object": "chat.completion", "created": 1, "model": "m",
             "choices": [choice], "usage": usage}
        )  # fmt: skip

    def _judged(self) -> web.Response:
        self.judged.append(Tokens(300, 30))
        rating = {
            criterion.value: {"reasoning": "so", "level": RUBRIC[criterion].levels[0].word}
            for criterion in Criterion
        }
        message = {"role": "assistant", "content": json.dumps(rating)}
        choice = {"index": 0, "finish_reason": "stop", "message": message}
        usage = {"prompt_tokens": 300, "completion_tokens": 30}
        return web.json_response(
            {"id": "c", "object": "chat.completion", "created": 1, "model": "m",
             "choices": [choice], "usage": usage}
        )  # fmt: skip

    @property
    def spent(self) -> CallCosts:
        spending = CallSpending(PriceList(PRICES))
        for tokens in self.billed:
            spending.add(CallKind("openai:m"), tokens)
        return spending.whole


@pytest.fixture
async def service(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Service]:
    monkeypatch.setenv("OPENAI_API_KEY", "test-key")
    monkeypatch.setenv("ASSAY_PRICES", json.dumps(PRICES))
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    served = Service()
    application = web.Application()
    application.router.add_post("/{path:.*}", served.answer)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    served.address = f"http://{host}:{port}/v1"
    yield served
    await runner.cleanup()


def recipe_of(service: Service, folder: Path, more: str = "") -> Path:
    recipe = folder / "recipe.yaml"
    recipe.write_text(
        "count: 3\ncategories: {docker: {topics: [go-static]}}\nrepair_turns: 1\n"
        f"teachers: {{'openai:m@{service.address}': 1}}\n{more}"
    )
    return recipe


async def run(service: Service, folder: Path, more: str = "") -> Result:
    recipe = recipe_of(service, folder.parent, more)
    # In a thread: the command runs an event loop of its own, and the server needs this one.
    return await asyncio.to_thread(
        CliRunner().invoke, main, ["run", str(recipe), "--out", str(folder)]
    )


async def test_diagnostics_go_back_and_every_attempt_is_kept(
    service: Service, tmp_path: Path
) -> None:
    folder = tmp_path / "out"
    result = await run(service, folder)
    assert result.exit_code == 0, result.stderr
    rows = list(read_tasks(folder / "tasks.jsonl"))
    assert len(rows) == 3 and "EXPOSED" not in "".join(row.output for row in rows)
    for row in rows:
        (worse,) = worse_answers(row)
        assert "EXPOSED" in worse.output and worse.reward < 1.0
        assert row.provenance["input_tokens"] == 200
    assert len(service.billed) == 6
    assert f"900 tokens, ${service.spent.dollars:.4f}" in result.stderr
    told = CliRunner().invoke(main, ["why", rows[0].id, "--in", str(folder)]).output
    assert "after 1 answers that were rejected" in told
    assert "took 300 tokens, $0.4000" in told
    assert "ask, verify, repair-1, verify, strength" in told
    export = ["export", str(folder), "--as", "preference", "--out", str(tmp_path / "pairs")]
    assert CliRunner().invoke(main, export).exit_code == 0
    pairs = [
        json.loads(line)
        for path in (tmp_path / "pairs").rglob("*.jsonl")
        for line in path.read_text().splitlines()
    ]
    assert len(pairs) == 3
    again = await run(service, folder)
    assert again.exit_code == 0 and len(service.billed) == 6


async def test_a_budget_is_never_exceeded_and_a_higher_one_goes_on(
    service: Service, tmp_path: Path
) -> None:
    folder = tmp_path / "out"
    service.each = Tokens(4000, 1000)  # $6; an answer of full length would be more than $16
    result = await run(service, folder, "budget: 35\n")
    assert result.exit_code == 1
    assert "of the budget of $35.00" in result.stderr
    assert "raise the budget" in result.stderr and "same command" not in result.stderr
    dollars = service.spent.dollars
    assert dollars is not None and 0 < dollars <= 35 - 16
    before = len(service.billed)
    result = await run(service, folder, "budget: 250\n")
    assert result.exit_code == 0, result.stderr
    assert before < len(service.billed) == 6


async def test_synth_mends_answers_and_has_a_budget_too(service: Service, tmp_path: Path) -> None:
    def synth(folder: str, *more: str) -> Result:
        teacher = f"openai:m@{service.address}"
        options = ["--topics", "go-static", "--count", "1", "--teacher", teacher, *more]
        out = ["--out", str(tmp_path / folder)]
        return CliRunner().invoke(main, ["synth", "--category", "docker", *options, *out])

    poor = await asyncio.to_thread(synth, "poor", "--budget", "0.5")
    assert poor.exit_code == 1 and "of the budget of $0.50" in poor.stderr
    assert not service.billed
    mended = await asyncio.to_thread(synth, "mended", "--repair-turns", "1")
    assert mended.exit_code == 0, mended.stderr
    assert len(service.billed) == 2


async def test_an_estimate_brackets_what_it_costs_and_asks_nobody(
    service: Service, tmp_path: Path
) -> None:
    recipe = recipe_of(service, tmp_path)
    result = CliRunner().invoke(main, ["estimate", str(recipe)])
    assert result.exit_code == 0, result.stderr
    category, teacher, pairs, read, written, dollars, most = result.stdout.strip().split("\t")
    name = f"openai:m@{service.address}"
    assert (category, teacher, pairs) == ("docker", name, "3 pairs")
    assert 500 < int(read.split()[0]) < 4000 and 100 < int(written.split()[0]) < 2000
    assert 0 < float(dollars.strip("$")) < float(most.removeprefix("at most $"))
    # Turns of 8,192 tokens, the second of which is told the first and why it was rejected.
    assert float(most.removeprefix("at most $")) > 3 * (2 * 16 + 8 + 15)
    assert not service.billed


async def test_judges_are_estimated_too(service: Service, tmp_path: Path) -> None:
    """Also of a category that no model writes."""
    recipe = recipe_of(service, tmp_path, f"judge: ['openai:m@{service.address}']\n")
    recipe.write_text(recipe.read_text().replace("categories: {", "categories: {helm: 1, "))
    recipe.write_text(recipe.read_text().replace("teachers: {", "teachers: {builtin: 1, "))
    result = CliRunner().invoke(main, ["estimate", str(recipe)])
    assert result.exit_code == 0, result.stderr
    lines = [line.split("\t") for line in result.stdout.splitlines()]
    judging = [line for line in lines if line[1] == f"openai:m@{service.address} as a judge"]
    assert len(judging) > len(lines) - len(judging) > 0
    for line in judging:
        assert 0 < float(line[5].strip("$")) < float(line[6].removeprefix("at most $"))
    assert not service.billed


async def test_judges_are_paid_out_of_the_same_budget(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And are counted for each candidate, in the report and in the cost of a pair."""
    monkeypatch.setenv("ASSAY_CACHE_FILE", str(tmp_path / "verdicts.sqlite"))
    folder, judge = tmp_path / "out", f"openai:judge@{service.address}"
    monkeypatch.setenv("ASSAY_PRICES", json.dumps({**PRICES, "openai:judge": [10000.0, 20000.0]}))
    poor = await run(service, folder, f"judge: ['{judge}']\nbudget: 40\n")
    assert poor.exit_code == 1 and f"one more answer of {judge} as a judge" in poor.stderr
    assert not service.judged
    result = await run(service, folder, f"judge: ['{judge}']\nbudget: 2000\n")
    assert result.exit_code == 0, result.stderr
    assert len(service.judged) == 3
    prices = PriceList({**PRICES, "openai:judge": (10000.0, 20000.0)})
    with Journal.to_read(folder) as journal:
        costs = CallSpending.in_journal(journal, prices).by_kind
    assert costs[CallKind(judge, CallRole.JUDGE)].tokens == Tokens(900, 90)
    dollars = (service.spent.dollars or 0.0) + 3 * 3.6
    assert f"${dollars:.4f} (${dollars / 3:.4f} a pair" in " ".join(result.stderr.split())
    (row, *_) = read_tasks(folder / "tasks.jsonl")
    told = CliRunner().invoke(main, ["why", row.id, "--in", str(folder)]).output
    assert f"took 630 tokens, ${0.4 + 3.6:.4f}" in told
    page = CliRunner().invoke(main, ["report", str(folder)])
    assert page.exit_code == 0, page.output
    html = (folder / "report.html").read_text()
    assert f"{judge} as a judge" in html and "your own of" in html


async def test_what_a_former_version_entered_is_read_as_a_teachers(tmp_path: Path) -> None:
    (tmp_path / ".state").mkdir()
    with closing(sqlite3.connect(tmp_path / JOURNAL)) as database:
        database.execute(
            "CREATE TABLE calls (number INTEGER PRIMARY KEY, record TEXT NOT NULL, model TEXT NOT "
            "NULL, input_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL)"
        )
        database.execute("INSERT INTO calls VALUES (1, 'a', 'openai:m', 10, 20)")
        database.commit()
    with Journal.to_read(tmp_path) as journal:
        assert [each.role for each in journal.calls()] == [CallRole.TEACHER]
    with Journal(tmp_path, {}) as journal:
        assert Ledger(journal, PriceList(PRICES)).spent.dollars == pytest.approx(0.05)


async def test_a_budget_needs_a_price(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ASSAY_PRICES")
    result = await run(service, tmp_path / "out", "budget: 25\n")
    assert result.exit_code == 2
    assert "no price is known for openai:m" in result.stderr
    assert not service.billed


async def test_what_is_not_known_to_be_free_is_charged_in_full(tmp_path: Path) -> None:
    most = Tokens(1000, 500)
    with Journal(tmp_path, {}) as journal:
        ledger = Ledger(journal, PriceList(PRICES), budget=7.0)
        account = ledger.of("openai:m")
        async with account.call(most, "a") as took:
            took(Tokens(10, 20))
        assert ledger.spent.tokens == Tokens(10, 20)
        with pytest.raises(ModelRefused):
            async with account.call(most, "b"):
                raise ModelRefused("400")
        assert ledger.spent.tokens == Tokens(10, 20)
        with pytest.raises(ModelSilent):
            async with account.call(most, "c"):
                raise ModelSilent("timed out")
        with pytest.raises(asyncio.CancelledError):
            async with account.call(most, "d"):
                raise asyncio.CancelledError
        async with account.call(most, "e") as took:
            took(Tokens())  # nobody counted
        assert ledger.spent.tokens == Tokens(3010, 1520)
        with pytest.raises(BudgetSpent, match=r"\$6\.0500 is spent"):
            async with account.call(most, "f"):
                raise AssertionError
    with Journal(tmp_path, {}) as journal:  # of another process, which was killed perhaps
        assert Ledger(journal, PriceList(PRICES)).spent.dollars == pytest.approx(6.05)


async def test_what_is_under_way_may_leave_enough_and_is_waited_for(tmp_path: Path) -> None:
    with Journal(tmp_path, {}) as journal:
        account = Ledger(journal, PriceList(PRICES), budget=3.0).of("openai:m")
        entered = asyncio.Event()

        async def first() -> None:
            async with account.call(Tokens(1000, 500), "a") as took:
                entered.set()
                await asyncio.sleep(0.05)
                took(Tokens(10, 10))

        async def second() -> None:
            await entered.wait()
            async with account.call(Tokens(1000, 500), "b") as took:
                took(Tokens(10, 10))

        await asyncio.gather(first(), second())
        took = [(each.input_tokens, each.output_tokens) for each in journal.calls()]
        assert took == [(10, 10), (10, 10)]
