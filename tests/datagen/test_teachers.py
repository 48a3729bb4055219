"""The official SDKs against a local server that speaks both APIs, well and badly."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
from aiohttp import web
from click.testing import CliRunner, Result

from datagen.categories import CATEGORIES
from datagen.cli import main
from datagen.errors import (
    TeacherMissing,
    TeacherRefused,
    TeacherUnavailable,
    UnusableReply,
    WrongUsage,
)
from datagen.journal import Journal
from datagen.ledger import Ledger
from datagen.record import Record
from datagen.sources import TopicSource
from datagen.sources.topics import record_of
from datagen.stages.ask import completion_of
from datagen.teachers import Reply, Teacher, open_teacher
from datagen.teachers.base import pair_as_json
from rewardsvc.extras import ExtraMissing
from rewardsvc.llm import Account, PriceList
from rewardsvc.tasks import read_tasks
from rewardsvc.types import Task

THOUGHT = "<think>\nkind: Draft\n</think>\n"

TOPIC = CATEGORIES["mlops"].topics[3]
RECORD = record_of(TOPIC.pose("mlops", TOPIC.sample(Random(1)), Random(1)))
PAIR = pair_as_json("Do it.", "kind: X\n")
KINDS = ("openai", "anthropic")

Handler = Callable[[int], Awaitable[web.Response]]
"""From the number of requests before to a response."""


def message(kind: str, text: str, *, stop: str | None = None, refusal: str | None = None) -> Any:
    """A whole answer as each of the two APIs writes it."""
    if kind == "openai":
        return {
            "id": "c1",
            "object": "chat.completion",
            "created": 1,
            "model": "m",
            "choices": [
                {
                    "index": 0,
                    "finish_reason": stop or "stop",
                    "message": {"role": "assistant", "content": text, "refusal": refusal},
                }
            ],
            "usage": {"prompt_tokens": 11, "completion_tokens": 22, "total_tokens": 33},
        }
    return {
        "id": "m1",
        "type": "message",
        "role": "assistant",
        "model": "m",
        "content": [{"type": "text", "text": text}],
        "stop_reason": stop or "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 11, "output_tokens": 22},
    }


class Api:
    """A real HTTP server; ``handler`` decides what it answers."""

    def __init__(self) -> None:
        self.handler: Handler | None = None
        self.requests: list[tuple[str, dict[str, Any], Any]] = []
        self.address = ""

    async def handle(self, request: web.Request) -> web.Response:
        self.requests.append((request.path, await request.json(), request.headers))
        assert self.handler is not None
        return await self.handler(len(self.requests) - 1)

    def answers(self, *responses: tuple[int, Any]) -> None:
        """One after the other; the last for ever."""

        async def handler(before: int) -> web.Response:
            status, body = responses[min(before, len(responses) - 1)]
            text = body if isinstance(body, str) else json.dumps(body)
            headers = {"retry-after-ms": "1"} if status >= 400 else {}
            return web.Response(
                status=status, text=text, content_type="application/json", headers=headers
            )

        self.handler = handler


@pytest.fixture
async def api(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Api]:
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY"):
        monkeypatch.setenv(name, "test-key")
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    server = Api()
    application = web.Application()
    application.router.add_post("/{path:.*}", server.handle)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    server.address = f"http://{host}:{port}"
    yield server
    await runner.cleanup()


def teacher_of(
    kind: str,
    api: Api,
    *,
    timeout: float = 5.0,
    retries: int = 2,
    account: Account | None = None,
) -> Teacher:
    url = f"{api.address}/v1" if kind == "openai" else api.address
    name = f"{kind}:m@{url}" if url else f"{kind}:m"
    return open_teacher(name, timeout_seconds=timeout, retries=retries, account=account)


async def ask(teacher: Teacher) -> Reply:
    try:
        return teacher.read(await teacher.ask(RECORD))
    finally:
        await teacher.aclose()


@pytest.mark.parametrize("kind", KINDS)
async def test_a_pair_comes_back_with_its_tokens(kind: str, api: Api) -> None:
    api.answers((200, message(kind, PAIR)))
    assert await ask(teacher_of(kind, api)) == Reply("Do it.", "kind: X\n", 11, 22)
    path, body, headers = api.requests[0]
    assert path == {"openai": "/v1/chat/completions", "anthropic": "/v1/messages"}[kind]
    assert body["model"] == "m"
    assert "test-key" in str(dict(headers))
    wanted = body["response_format"] if kind == "openai" else body["output_config"]["format"]
    assert wanted["type"] == "json_schema"
    schema = wanted["json_schema"]["schema"] if kind == "openai" else wanted["schema"]
    offered = {
        each["properties"]["check"]["const"]
        for each in schema["properties"]["checks"]["items"]["anyOf"]
    }
    assert {"resource_has", "container_has"} <= offered
    said = body["messages"][-1]["content"]
    assert RECORD.task.instruction in said
    assert RECORD.provenance["spec"]["name"] in said


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("status", [408, 429, 500, 503, 529])
async def test_passing_faults_are_tried_again(kind: str, status: int, api: Api) -> None:
    api.answers((status, {"error": {"message": "later"}}), (200, message(kind, PAIR)))
    assert (await ask(teacher_of(kind, api))).instruction == "Do it."
    assert len(api.requests) == 2


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("status", [429, 500])
async def test_lasting_faults_are_unavailable(kind: str, status: int, api: Api) -> None:
    api.answers((status, {"error": {"message": "not today"}}))
    with pytest.raises(TeacherUnavailable, match="not today"):
        await ask(teacher_of(kind, api))
    assert len(api.requests) == 3


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("status", [400, 401, 403, 404])
async def test_a_request_that_nobody_accepts_is_not_repeated(
    kind: str, status: int, api: Api
) -> None:
    api.answers((status, {"error": {"message": "no such model"}}))
    with pytest.raises(TeacherRefused, match="no such model"):
        await ask(teacher_of(kind, api))
    assert len(api.requests) == 1


async def test_credits_that_are_used_up_are_no_passing_fault(api: Api) -> None:
    said = {"message": "You exceeded your current quota", "code": "insufficient_quota"}
    api.answers((429, {"error": said}))
    with pytest.raises(TeacherRefused, match="current quota"):
        await ask(teacher_of("openai", api))
    assert len(api.requests) == 1


@pytest.mark.parametrize("kind", KINDS)
async def test_a_server_that_hangs_is_given_up(kind: str, api: Api) -> None:
    async def hang(_: int) -> web.Response:
        await asyncio.sleep(30)
        raise AssertionError("nobody waits so long")

    api.handler = hang
    with pytest.raises(TeacherUnavailable):
        async with asyncio.timeout(10):
            await ask(teacher_of(kind, api, timeout=0.2, retries=1))
    assert len(api.requests) == 2


@pytest.mark.parametrize("kind", KINDS)
async def test_a_server_that_is_not_there_is_unavailable(kind: str, api: Api) -> None:
    api.address = "http://127.0.0.1:9"
    with pytest.raises(TeacherUnavailable):
        await ask(teacher_of(kind, api, retries=0))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("count", [None, -1, 10**30, "many"])
async def test_an_answer_whose_tokens_are_none_is_read_and_charged_in_full(
    kind: str, count: Any, api: Api, tmp_path: Path
) -> None:
    written = message(kind, PAIR)
    api.answers((200, {**written, "usage": dict.fromkeys(written["usage"], count)}))
    with Journal(tmp_path, {}) as journal:
        account = Ledger(journal, PriceList()).of(f"{kind}:m")
        reply = await ask(teacher_of(kind, api, retries=0, account=account))
        assert reply == Reply("Do it.", "kind: X\n")
        (call,) = journal.calls()
    assert call.output_tokens == 8192


CUT = {"openai": "length", "anthropic": "max_tokens"}
REFUSED = {"openai": "content_filter", "anthropic": "refusal"}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (lambda kind: message(kind, ""), "not the JSON"),
        (lambda kind: message(kind, "Sure! Here it is"), "not the JSON"),
        (lambda kind: message(kind, '{"instruction": "a"}'), "not the JSON"),
        (lambda kind: message(kind, '{"instruction": " ", "answer": "b"}'), "empty"),
        (lambda kind: message(kind, PAIR[:20], stop=CUT[kind]), "cut off"),
        (lambda kind: message(kind, "", stop=REFUSED[kind], refusal="I cannot"), "refused"),
    ],
)
async def test_a_strange_answer_is_raw_first_and_unusable_then(
    kind: str, body: Callable[[str], Any], reason: str, api: Api
) -> None:
    written = body(kind)
    api.answers((200, written))
    teacher = teacher_of(kind, api)
    raw = await teacher.ask(RECORD)
    assert raw == (written if isinstance(written, str) else json.dumps(written))
    with pytest.raises(UnusableReply, match=reason):
        teacher.read(raw)
    await teacher.aclose()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "body",
    [
        "<html>log in first</html>",
        "[1]",
        {"unexpected": True},
        {"choices": [], "content": None},
        {"error": {"message": "overloaded"}, "choices": [], "content": []},
        {"choices": [{"error": {"code": 502}, "message": {"content": ""}}]},
    ],
)
async def test_what_is_no_answer_is_a_fault_although_it_says_200(
    kind: str, body: Any, api: Api
) -> None:
    api.answers((200, body))
    with pytest.raises(TeacherUnavailable, match="no answer of a model"):
        await ask(teacher_of(kind, api, retries=0))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("status", "paid"),
    [(400, False), (409, False), (429, False), (503, False), (529, False)]
    + [(status, True) for status in (408, 500, 502, 504, 524)],
)
async def test_what_nobody_knows_the_end_of_is_charged_in_full(
    kind: str, status: int, paid: bool, api: Api, tmp_path: Path
) -> None:
    api.answers((status, {"error": {"message": "no"}}))
    with Journal(tmp_path, {}) as journal:
        account = Ledger(journal, PriceList()).of(f"{kind}:m")
        with pytest.raises((TeacherUnavailable, TeacherRefused)):
            await ask(teacher_of(kind, api, retries=0, account=account))
        (call,) = journal.calls()
    assert (call.output_tokens > 0) is paid


@pytest.mark.parametrize("kind", KINDS)
def test_a_key_that_is_not_set_is_named(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(f"{kind.upper()}_API_KEY", raising=False)
    with pytest.raises(TeacherMissing, match=f"{kind.upper()}_API_KEY"):
        open_teacher(f"{kind}:m")


@pytest.mark.parametrize("kind", KINDS)
def test_an_sdk_that_is_not_installed_says_what_to_install(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, kind, None)
    with pytest.raises(ExtraMissing, match=r"pip install 'assay\[teachers\]'"):
        open_teacher(f"{kind}:m")


@pytest.mark.parametrize("name", ["", "openai", "openai:", "gemini:x", "builtin:x"])
def test_an_unknown_teacher_is_wrong_usage(name: str) -> None:
    with pytest.raises(WrongUsage, match=r"names no model: use openai:MODEL .*; or builtin"):
        open_teacher(name)


async def synth(*arguments: str) -> Result:
    # In a thread: the command runs an event loop of its own, and the server needs this one.
    return await asyncio.to_thread(CliRunner().invoke, main, ["synth", *arguments])


@pytest.mark.parametrize("kind", KINDS)
async def test_a_model_writes_a_data_set_and_is_paid_once(
    kind: str, api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    topic = next(topic for topic in CATEGORIES["docker"].topics if topic.name == "go-static")
    source = TopicSource("docker", topic, 0)
    known = {
        record.task.instruction: str(topic.answer(topic_spec(topic, record)))
        for index in range(8)
        if (record := source.record(index))
    }

    async def write(before: int) -> web.Response:
        said = api.requests[before][1]["messages"][-1]["content"]
        instruction = next(text for text in known if said.endswith(text))
        answer = known[instruction].replace("EXPOSE", "EXPOSED" if before == 1 else "EXPOSE")
        text = pair_as_json(f"Hello. {instruction}", answer)
        return web.json_response(message(kind, text))

    api.handler = write
    url = f"{api.address}/v1" if kind == "openai" else api.address
    command = [
        "--category", "docker", "--topics", "go-static", "--count", "4", "--concurrency", "1",
        "--teacher", f"{kind}:m@{url}", "--out", str(tmp_path),
    ]  # fmt: skip
    result = await synth(*command)
    assert result.exit_code == 0, result.stderr
    assert "165 tokens\n" in result.stderr
    rows = list(read_tasks(tmp_path / "tasks.jsonl"))
    assert [row.instruction.startswith("Hello. ") for row in rows] == [True] * 4
    assert rows[0].provenance["output_tokens"] == 22
    rejected = [json.loads(line) for line in (tmp_path / "rejected.jsonl").open()]
    assert len(rejected) == 1
    assert "EXPOSED" in rejected[0]["output"]
    assert any("EXPOSED" in words for words in rejected[0]["diagnostics"])
    before = (tmp_path / "tasks.jsonl").read_bytes()
    assert len(api.requests) == 5
    monkeypatch.setenv("ASSAY_PRICES", json.dumps({f"{kind}:m": [1000, 2000]}))
    again = await synth(*command)
    assert again.exit_code == 0
    assert "165 tokens, $0.2750" in again.stderr
    assert len(api.requests) == 5
    assert (tmp_path / "tasks.jsonl").read_bytes() == before


def topic_spec(topic: Any, record: Record) -> Any:
    return type(topic.sample(Random(0)))(**record.provenance["spec"])


async def test_a_wrong_key_ends_the_run_and_says_so(api: Api, tmp_path: Path) -> None:
    api.answers((401, {"error": {"message": "bad key"}}))
    result = await synth(
        "--category", "docker", "--count", "2", "--teacher",
        f"openai:m@{api.address}/v1", "--out", str(tmp_path),
    )  # fmt: skip
    assert result.exit_code == 1
    assert "bad key" in result.stderr


async def test_a_teacher_that_is_away_leaves_the_run_to_be_gone_on_with(
    api: Api, tmp_path: Path
) -> None:
    api.address = "http://127.0.0.1:9"
    result = await synth(
        "--category", "docker", "--topics", "go-static", "--count", "1", "--teacher",
        f"openai:m@{api.address}/v1", "--out", str(tmp_path),
    )  # fmt: skip
    assert result.exit_code == 1
    assert "0 of 1 pairs: openai:m: " in result.stderr
    assert "run the same command again to go on" in result.stderr


@pytest.mark.parametrize("kind", KINDS)
async def test_what_a_teacher_thinks_is_not_its_answer(kind: str, api: Api) -> None:
    api.answers((200, message(kind, THOUGHT + PAIR)))
    reply = await ask(teacher_of(kind, api))
    assert (reply.instruction, reply.answer) == ("Do it.", "kind: X\n")


@pytest.mark.parametrize(
    ("answer", "completion"),
    [
        ("kind: X\n", "```yaml\nkind: X\n```\n"),
        ("\ufeffkind: X", "```yaml\nkind: X\n```\n"),
        ("```yaml\nkind: X\n```<|im_end|>", "```yaml\nkind: X\n```\n"),
        (f"{THOUGHT}kind: X", "```yaml\nkind: X\n```\n"),
        (f"{THOUGHT}```yaml\nkind: X\n```", "```yaml\nkind: X\n```\n"),
        ("ends: </think>\nkind: X", "```yaml\nends: </think>\nkind: X\n```\n"),
    ],
)
def test_an_answer_becomes_a_completion_without_thoughts(answer: str, completion: str) -> None:
    assert completion_of(Task(format="kubernetes"), answer) == completion
