"""``datagen difficulty``: a student behind HTTP does tasks, well, badly and late."""

import asyncio
import json
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web
from click.testing import CliRunner, Result

from datagen.categories import CATEGORIES
from datagen.cli import main
from datagen.sources import TopicSource
from rewardsvc.prompts import prompt_of
from rewardsvc.tasks import PassRate, TaskRow, read_tasks, row_to_json
from rewardsvc.types import Means

PRICES = {"openai:m": (1_000.0, 2_000.0)}
RIGHT = {"always": 4, "twice": 2, "never": 0}
"""Of four answers."""


class Pupil:
    """Speaks OpenAI's API, in plain text: so many of the first answers to a task are right."""

    def __init__(self, rows: list[TaskRow]) -> None:
        self.rows = rows
        self.asked: Counter[str] = Counter()
        self.bodies: list[dict[str, object]] = []
        self.came = asyncio.Event()
        self.address = ""
        self.down = False

    async def answer(self, request: web.Request) -> web.Response:
        if self.down:
            return web.json_response({"error": {"message": "there is no such key"}}, status=401)
        body = await request.json()
        self.bodies.append(body)
        said = body["messages"][-1]["content"]
        row = next(each for each in self.rows if said == prompt_of(each.task, delivery=True))
        number = self.asked[row.id]
        self.asked[row.id] += 1
        if self.asked.total() == 5:
            self.came.set()
        await asyncio.sleep(0.05)
        right = number < RIGHT.get(row.id, 4)
        text = f"Here you are:\n\n{row.output}" if right else "I would rather not."
        choice = {
            "index": 0,
            "finish_reason": "stop",
            "message": {"role": "assistant", "content": text},
        }
        return web.json_response(
            {"id": "c", "object": "chat.completion", "created": 1, "model": "m",
             "choices": [choice], "usage": {"prompt_tokens": 100, "completion_tokens": 50}}
        )  # fmt: skip


@pytest.fixture
def rows() -> list[TaskRow]:
    topic = next(topic for topic in CATEGORIES["docker"].topics if topic.name == "go-static")
    source = TopicSource("docker", topic, 0)
    records = [record for index in range(4) if (record := source.record(index))]
    found = [
        TaskRow.of(record.task, id=id, output=record.reference)
        for record, id in zip(records, [*RIGHT, "unscored"], strict=True)
    ]
    # Nobody has what this one needs: the fault is ours, whatever the answer.
    nowhere = TaskRow.of(records[3].task, id="unscored", output=records[3].reference)
    found[3] = TaskRow(
        id="unscored", category="docker", format="kubernetes", instruction=nowhere.instruction,
        output="```yaml\nkind: Thing\n```\n", means=Means(crds=("nowhere.example/v1/Thing",)),
    )  # fmt: skip
    return found


@pytest.fixture
def data(rows: list[TaskRow], tmp_path: Path) -> Path:
    path = tmp_path / "tasks.jsonl"
    path.write_text("".join(f"{row_to_json(row)}\n" for row in rows))
    return path


@pytest.fixture
async def pupil(rows: list[TaskRow], monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Pupil]:
    monkeypatch.setenv("OPENAI_API_KEY", "test-key")
    monkeypatch.setenv("ASSAY_PRICES", json.dumps(PRICES))
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    served = Pupil(rows)
    application = web.Application()
    application.router.add_post("/{path:.*}", served.answer)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    served.address = f"http://{host}:{port}/v1"
    yield served
    await runner.cleanup()


def command(data: Path, pupil: Pupil, *more: str) -> list[str]:
    return ["difficulty", str(data), "--student", f"openai:m@{pupil.address}", "-n", "4", *more]


async def run(data: Path, pupil: Pupil, *more: str) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, main, command(data, pupil, *more))


async def test_rows_say_how_often_a_model_did_them_and_nothing_is_paid_for_twice(
    data: Path, pupil: Pupil, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", "from datagen.cli import main; main()"),
        *command(data, pupil, "--concurrency", "1", "--out", str(out)),
        env=dict(os.environ),
        stderr=asyncio.subprocess.DEVNULL,
    )
    await pupil.came.wait()
    process.kill()
    await process.wait()
    before = pupil.asked.total()
    result = await run(data, pupil, "--concurrency", "1", "--out", str(out))
    assert result.exit_code == 0, result.stderr
    # One was under way at the kill. Whether it counts as right is the pupil's affair, so the row
    # that it was about may have one less.
    assert before <= 6 and pupil.asked.total() <= 17
    rates = {row.id: row.pass_rate for row in read_tasks(out / "tasks.jsonl")}
    assert rates["never"] == PassRate(student="openai:m", passed=0, of=4)
    assert rates["twice"] is not None and rates["twice"].passed in (1, 2)
    assert rates["always"] is not None and rates["always"].of == 4
    assert rates["unscored"] is None
    assert "4 could not be scored and count neither way" in result.stderr
    assert "fully right" in result.stderr and "tokens, $" in result.stderr
    # What a model must not see, it does not; nor is it asked for JSON.
    for body in pupil.bodies:
        assert "response_format" not in body and "checks" not in json.dumps(body)
        assert body["temperature"] == 1.0
    asked = pupil.asked.total()
    again = await run(data, pupil, "--out", str(out), "--least", "0.3", "--most", "0.9")
    assert again.exit_code == 0 and pupil.asked.total() == asked
    assert [row.id for row in read_tasks(out / "tasks.jsonl")] in (
        ["twice", "unscored"],
        ["unscored"],
    )
    export = ["export", str(out), "--pass-rate", "0.1", "0.2", "--out", str(tmp_path / "x")]
    refused = CliRunner().invoke(main, export)
    assert refused.exit_code == 2 and "no row says a pass rate within" in refused.stderr


async def test_nobody_is_asked_about_a_format_that_is_not_scored(
    rows: list[TaskRow], pupil: Pupil, tmp_path: Path
) -> None:
    path = tmp_path / "odd.jsonl"
    path.write_text(row_to_json(replace(rows[0], format="telegram")))
    result = await run(path, pupil)
    assert result.exit_code == 0, result.stderr
    assert "0 of 0 answers" in result.stderr and "4 could not be scored" in result.stderr
    assert not pupil.bodies


async def test_more_samples_ask_for_what_is_lacking(
    data: Path, pupil: Pupil, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    assert (await run(data, pupil, "--out", str(out), "-n", "1")).exit_code == 0
    assert pupil.asked.total() == 4
    assert (await run(data, pupil, "--out", str(out), "-n", "2")).exit_code == 0
    assert pupil.asked.total() == 8


async def test_a_service_that_refuses_ends_it_and_a_spent_budget_too(
    data: Path, pupil: Pupil, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    poor = await run(data, pupil, "--out", str(out), "--budget", "2", "--max-tokens", "100")
    assert poor.exit_code == 1
    assert "of the budget of $2.00" in poor.stderr and "to go on" in poor.stderr
    assert not (out / "tasks.jsonl").exists()
    pupil.down = True
    refused = await run(data, pupil, "--out", str(out), "--max-tokens", "100")
    assert refused.exit_code == 1 and "there is no such key" in refused.stderr
    assert not (out / "tasks.jsonl").exists()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--student", "gpt"], "--student: 'gpt' names no model"),
        (["--least", "0.9", "--most", "0.1"], "--least 0.9: is more than --most 0.1"),
    ],
)
def test_what_cannot_be_meant_is_told(more: list[str], said: str, data: Path) -> None:
    result = CliRunner().invoke(main, ["difficulty", str(data), "--student", "openai:m", *more])
    assert result.exit_code == 2
    assert said in " ".join(result.stderr.split())
