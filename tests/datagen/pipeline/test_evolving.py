"""``datagen evolve`` as it is used: a model over HTTP, killed on the way, told what is wrong."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web
from click.testing import CliRunner

from datagen.cli import main
from datagen.errors import WrongUsage
from datagen.pipeline.evolving import evolved_from
from datagen.teachers.base import pair_as_json
from rewardsvc.tasks import read_tasks, row_to_json
from tests.datagen.curation.rows import topic_rows

NEW = (
    "Besides, when the platform drains a machine the process has to be given the chance to finish "
    "what it began, so have the container runtime send the signal SIGQUIT to stop it."
)


class Evolver:
    """Speaks OpenAI's API. Of each request to add a constraint it makes a pair that holds, except
    that it copies the instruction of every parent whose port it does not like."""

    def __init__(self) -> None:
        self.requests = 0
        self.came = asyncio.Event()
        self.address = ""

    async def answer(self, request: web.Request) -> web.Response:
        body = await request.json()
        said = body["messages"][-1]["content"]
        self.requests += 1
        if self.requests == 2:
            self.came.set()
        await asyncio.sleep(0.3)
        parent = said.split("Its instruction:\n")[1].split("\n\nIts answer:")[0]
        file = said.split("```dockerfile\n")[1].split("```")[0]
        stated = said.split("with the same values:\n")[1].split("\nGive ")[0]
        instruction = parent if "8088" in parent else f"{NEW}\n{stated}\n{NEW.upper()}"
        pair = json.loads(pair_as_json(instruction, f"{file}STOPSIGNAL SIGQUIT\n"))
        pair["checks"] = [
            {"check": "final_image_has", "attribute": "stopsignal", "value": "SIGQUIT"}
        ]
        choice = {
            "index": 0,
            "finish_reason": "stop",
            "message": {"role": "assistant", "content": json.dumps(pair)},
        }
        return web.json_response(
            {"id": "c", "object": "chat.completion", "created": 1, "model": "m",
             "choices": [choice], "usage": {"prompt_tokens": 50, "completion_tokens": 20}}
        )  # fmt: skip


@pytest.fixture
async def service(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Evolver]:
    monkeypatch.setenv("OPENAI_API_KEY", "test-key")
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    served = Evolver()
    application = web.Application()
    application.router.add_post("/{path:.*}", served.answer)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    served.address = f"http://{host}:{port}/v1"
    yield served
    await runner.cleanup()


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rows")
    recipe = folder / "recipe.yaml"
    recipe.write_text("count: 5\ncategories: {docker: {topics: [go-static]}}\n")
    result = CliRunner().invoke(main, ["run", str(recipe), "--out", str(folder / "data")])
    assert result.exit_code == 0, result.stderr
    return folder / "data"


def command(rows: Path, service: Evolver, out: Path) -> list[str]:
    return [
        *("evolve", str(rows), "--teacher", f"openai:m@{service.address}", "--out", str(out)),
        *("--operators", "add-constraint", "--count", "3", "--concurrency", "2"),
    ]


async def test_new_tasks_are_verified_name_their_parents_and_survive_a_kill(
    rows: Path, service: Evolver, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", "from datagen.cli import main; main()"),
        *command(rows, service, out),
        env=dict(os.environ),
        stderr=asyncio.subprocess.DEVNULL,
    )
    await service.came.wait()
    process.kill()
    await process.wait()
    assert not (out / "tasks.jsonl").exists()
    invoke = CliRunner().invoke
    result = await asyncio.to_thread(invoke, main, command(rows, service, out))
    assert result.exit_code == 0, result.stderr
    parents = {row.id: row for row in read_tasks(rows / "tasks.jsonl")}
    made = list(read_tasks(out / "tasks.jsonl"))
    assert len(made) == 3
    for row in made:
        parent = parents[row.provenance["parent"]]
        assert row.split == parent.split
        assert row.provenance["family"] == parent.id
        assert row.provenance["spec"] == parent.provenance["spec"]
        assert row.checks[: len(parent.checks)] == parent.checks
        assert len(row.checks) == len(parent.checks) + 1
        assert "SIGQUIT" in row.output and "SIGQUIT" in row.instruction
    # At most the two that were under way at the kill were asked again.
    assert service.requests <= len(parents) + 2
    rejected = [json.loads(line) for line in (out / "rejected.jsonl").read_text().splitlines()]
    assert rejected
    assert all(
        "the instruction is nearly that of go-static-" in each["reason"] for each in rejected
    )
    undisturbed = tmp_path / "undisturbed"
    result = await asyncio.to_thread(invoke, main, command(rows, service, undisturbed))
    assert result.exit_code == 0, result.stderr
    for name in ("tasks.jsonl", "rejected.jsonl", "README.md"):
        assert (out / name).read_bytes() == (undisturbed / name).read_bytes()


def test_operators_that_no_pair_has_the_parents_for_are_refused(tmp_path: Path) -> None:
    rows = topic_rows("docker", "go-static", count=3)
    sides = ["train", "train", "test"]
    lines = [row_to_json(replace(row, split=side)) for row, side in zip(rows, sides, strict=True)]
    (tmp_path / "tasks.jsonl").write_text("".join(f"{line}\n" for line in lines))
    with pytest.raises(WrongUsage, match=r"takes 3 pairs of one format and split.* has 2 at most"):
        evolved_from(tmp_path, ["invent"])
    assert len(evolved_from(tmp_path, ["invent", "combine"]).rows) == 3


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--operators", "deepn"], "did you mean 'deepen'?"),
        (["--teacher", "builtin"], "only a model makes new tasks"),
    ],
)
def test_what_cannot_be_meant_is_told_before_anybody_is_asked(
    more: list[str], said: str, rows: Path, tmp_path: Path
) -> None:
    command = ["evolve", str(rows), "--teacher", "openai:m", "--out", str(tmp_path / "out"), *more]
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 2
    assert said in " ".join(result.stderr.split())
    assert not (tmp_path / "out").exists()
