"""Calibration: figures that are right on data whose answer is known, and a command that goes on."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from rewardsvc.audit.calibration.examples import (
    Example,
    Truth,
    examples_of_requests,
    examples_of_rows,
    pairs_of,
    truth_of,
)
from rewardsvc.audit.calibration.figures import Contest, JudgedExample, figures_of, level_counts
from rewardsvc.cli import main
from rewardsvc.errors import InvalidFile
from rewardsvc.judge.rubric import RUBRIC, Criterion
from rewardsvc.judge.votes import Preference
from rewardsvc.reward import DEFAULT_WEIGHTS, rule_of
from rewardsvc.tasks import TaskRow, row_to_json
from rewardsvc.types import (
    Check,
    Component,
    Components,
    FailureKind,
    ScoreRequest,
    Stage,
    StageStatus,
    Status,
    Target,
    Task,
    Verdict,
)
from rewardsvc.wire.json import request_to_json
from tests.rewardsvc.judge.judge_api import (
    Asked,
    Fault,
    JudgeApi,
    data_of,
    judge_api,
    rating,
    texts,
    winner,
)

FIT = RUBRIC[Criterion.INTENT_FIT]

# --- figures ------------------------------------------------------------------------------------


def record(
    truth: Truth, word: str | None, category: str = "docker", length: int = 10
) -> JudgedExample:
    return JudgedExample("id", category, truth, length, FIT.level(word) if word else None)


def test_rates_count_what_was_judged_and_missing_apart() -> None:
    records = [
        *[record(Truth.GOOD, "full")] * 8,
        *[record(Truth.GOOD, "nearly")] * 2,
        *[record(Truth.BAD, "none")] * 5,
        *[record(Truth.BAD, "full", "mlops")] * 1,
        *[record(Truth.BAD, None, "mlops")] * 3,
    ]
    contests = [
        Contest("docker", Preference.FIRST, ("first", "second")),
        Contest("docker", Preference.INCONSISTENT, ("first", "first")),
        Contest("mlops", Preference.SECOND, ("second", "first")),
        Contest("mlops", Preference.MISSING, ("first",)),
    ]
    rows = figures_of("j", records, contests, FIT.level("full"))
    assert [row.category for row in rows] == ["all", "docker", "mlops"]
    whole, docker, mlops = rows
    assert (whole.good, whole.bad, whole.missing) == (10, 6, 3)
    assert whole.true_positive_rate.value == 0.8
    assert whole.true_negative_rate.value == pytest.approx(5 / 6)
    assert whole.pairs == 3
    assert whole.consistent.value == pytest.approx(2 / 3)
    assert whole.preferred.value == pytest.approx(1 / 3)
    assert whole.first.value == pytest.approx(4 / 6)
    assert (docker.true_negative_rate.value, docker.missing) == (1.0, 0)
    assert (mlops.true_negative_rate.value, mlops.missing) == (0.0, 3)
    (lenient, *_) = figures_of("j", records, contests, FIT.level("nearly"))
    assert lenient.true_positive_rate.value == 1.0
    assert level_counts(records)["good"] == {
        "full": 8, "nearly": 2, "partly": 0, "barely": 0, "none": 0
    }  # fmt: skip


def test_a_judge_that_likes_length_is_found_out() -> None:
    words = [level.word for level in FIT.levels][::-1]
    records = [record(Truth.GOOD, words[n % 5], length=100 * (n % 5)) for n in range(20)]
    (row, *_) = figures_of("j", records, [], FIT.levels[0])
    assert row.spearman.value == pytest.approx(1.0)
    assert row.pearson.low == pytest.approx(1.0)


# --- examples -----------------------------------------------------------------------------------

CHECKS = (
    Check(on=Target.DOCUMENTS, expr="[0].spec.replicas", expect=3, description="three replicas"),
    Check(on=Target.DOCUMENTS, expr="[0].metadata.name", expect="web", description="its name"),
)
REFERENCE = """```yaml
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: web, image: "nginx:1.27.3"}]
```
"""


def row(id: str, reference: str = REFERENCE, checks: tuple[Check, ...] = CHECKS) -> TaskRow:
    return TaskRow(
        id=id,
        category="kubernetes",
        format="kubernetes",
        instruction="A Deployment named web with three replicas of nginx:1.27.3.",
        output=reference,
        checks=checks,
    )


def verdict(components: Components | None, stages: int = 3) -> Verdict:
    stage = Stage("s", Component.SYNTAX, StageStatus.PASSED, 1.0)
    return Verdict(
        id="",
        status=Status.SCORED if components else Status.UNSCORED,
        reward=1.0 if components else None,
        components=components,
        stages=(stage,) * stages,
        failure_kind=None if components else FailureKind.TOOL_MISSING,
        failure_reason="",
        toolchain="",
        rule=rule_of(DEFAULT_WEIGHTS),
    )


def test_a_task_gives_its_reference_and_mutants_of_several_kinds() -> None:
    examples = examples_of_rows([row("a"), row("b", checks=()), row("c", "")], 3, seed=0)
    assert [example.group for example in examples] == ["a"] * 4
    assert [example.expected for example in examples] == [Truth.GOOD] + [Truth.BAD] * 3
    kinds = {example.about.split()[0] for example in examples[1:]}
    assert len(kinds) == 3
    assert examples == examples_of_rows([row("a")], 3, seed=0)
    assert len({example.completion for example in examples}) == 4


@pytest.mark.parametrize(
    ("expected", "found", "stages", "truth"),
    [
        (None, Components(1, 1, 0.2), 3, Truth.GOOD),
        (None, Components(1, 0.9, 1), 3, Truth.BAD),
        (None, Components(0.5, 1, 1), 3, Truth.BAD),
        (Truth.GOOD, Components(1, 1, 1), 3, Truth.GOOD),
        (Truth.GOOD, Components(1, 0.5, 1), 3, None),
        (Truth.BAD, Components(1, 1, 1), 3, None),
        (None, Components(0, 0, 0), 1, None),
        (None, None, 0, None),
    ],
    ids=[
        *("good", "check fails", "syntax", "good reference", "bad reference", "survivor"),
        *("no file", "unscored"),
    ],
)
def test_tools_say_what_is_true(
    expected: Truth | None, found: Components | None, stages: int, truth: Truth | None
) -> None:
    example = Example("id", "g", Task(format="kubernetes"), "", expected)
    assert truth_of(example, verdict(found, stages)) is truth


def test_scored_completions_need_checks_and_ids_of_their_own() -> None:
    task = Task(format="kubernetes", checks=CHECKS)
    asked = [
        ScoreRequest(id="1", task=task, completion="a"),
        ScoreRequest(id="2", task=task, completion="b"),
        ScoreRequest(id="3", task=Task(format="kubernetes"), completion="c"),
    ]
    examples = examples_of_requests(asked)
    assert [example.id for example in examples] == ["1", "2"]
    truths = {"1": Truth.BAD, "2": Truth.GOOD}
    assert pairs_of(truths, examples, 1) == [(examples[1], examples[0])]
    assert pairs_of({"1": Truth.BAD}, examples, 1) == []
    with pytest.raises(InvalidFile, match="'1' occurs twice"):
        examples_of_requests([asked[0], asked[0]])


# --- the command --------------------------------------------------------------------------------


@pytest.fixture
async def api(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[JudgeApi]:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ASSAY_JUDGE_REQUESTS_PER_MINUTE", "10000")
    async with judge_api() as server:
        server.opinion = knows
        yield server


def right(text: str) -> bool:
    return "replicas: 3" in text and "name: web}" in text and "nginx:1.27.3" in text


def knows(asked: Asked) -> str:
    """A judge that sees what is wrong with an answer, and nothing else."""
    blocks = data_of(asked.prompt)[1]
    if "first" in blocks:
        return winner("first" if right(texts(blocks["first"])) else "second")
    return rating(intent_fit="full" if right(texts(blocks["artifact"])) else "barely")


def tasks_file(folder: Path, count: int = 3) -> Path:
    path = folder / "tasks.jsonl"
    rows = [
        row(f"t{number}", REFERENCE.replace("app: web", f"app: web{number}"))
        for number in range(count)
    ]
    path.write_text("".join(row_to_json(each) + "\n" for each in rows))
    return path


async def calibrate(*arguments: str) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, main, ["calibrate", *arguments])


async def test_the_command_measures_a_judge_and_pays_once(api: JudgeApi, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="the plot's library is not installed")
    out = tmp_path / "out"
    command = [str(tasks_file(tmp_path)), "--judge", api.judge("openai"), "--out", str(out)]
    done = await calibrate(*command)
    assert done.exit_code == 0, done.stderr
    assert done.stdout.strip() == str(out / "calibration.md")
    report = json.loads((out / "calibration.json").read_text())
    (figures,) = report["figures"]
    assert (figures["judge"], figures["category"]) == ("openai:m", "all")
    assert figures["good"] == 3 and figures["bad"] >= 6
    assert figures["true_positive_rate"]["value"] == 1.0
    assert figures["consistent"]["value"] == 1.0 and figures["preferred"]["value"] == 1.0
    assert report["spent"]["openai:m"]["kept"] == 0
    assert "| openai:m | all | 3 |" in (out / "calibration.md").read_text()
    assert (out / "calibration.png").read_bytes().startswith(b"\x89PNG")
    lines = [json.loads(line) for line in (out / "judgements.jsonl").open()]
    assert len(lines) == figures["good"] + figures["bad"]
    assert {line["truth"] for line in lines} == {"good", "bad"}
    assert all(("about" in line) and line["votes"]["openai:m"]["reasoning"] for line in lines)
    # Blind: neither findings nor the reference, which would be the answer.
    assert not any({"findings", "reference"} & set(data_of(a.prompt)[1]) for a in api.asked)
    before = len(api.asked)
    assert before == len(lines) + 2 * 3
    again = await calibrate(*command)
    assert again.exit_code == 0 and len(api.asked) == before
    report_again = json.loads((out / "calibration.json").read_text())
    assert report_again["figures"] == report["figures"]
    assert report_again["spent"]["openai:m"]["kept"] == before


async def test_each_judge_and_the_panel_are_told_and_findings_are_shown_on_demand(
    api: JudgeApi, tmp_path: Path
) -> None:
    api.opinion = lambda asked: knows(asked) if "messages" in asked.path else winner("first")
    done = await calibrate(
        str(tasks_file(tmp_path, 1)), "--judge", api.judge("anthropic"),
        "--judge", api.judge("openai"), "--out", str(tmp_path / "out"), "--no-plot",
        "--with-findings", "--with-reference", "--mutants", "1",
    )  # fmt: skip
    assert done.exit_code == 0, done.stderr
    assert not (tmp_path / "out" / "calibration.png").exists()
    report = json.loads((tmp_path / "out" / "calibration.json").read_text())
    rows = {each["judge"]: each for each in report["figures"]}
    assert set(rows) == {"anthropic:m", "openai:m", "panel"}
    # One of the two answers nothing that can be read as a rating: no quorum, and no number.
    assert (rows["openai:m"]["missing"], rows["openai:m"]["kappa"]["value"]) == (2, None)
    assert (rows["panel"]["missing"], rows["panel"]["good"]) == (2, 0)
    assert rows["openai:m"]["consistent"]["value"] == 0.0
    assert rows["openai:m"]["first"]["value"] == 1.0
    assert rows["anthropic:m"]["preferred"]["value"] == 1.0
    rated = [data_of(a.prompt)[1] for a in api.asked if "artifact" in data_of(a.prompt)[1]]
    assert all({"findings", "reference"} <= set(blocks) for blocks in rated)
    assert report["shown"] == ["the tools' findings", "the reference"]


async def test_scored_completions_are_judged_too(api: JudgeApi, tmp_path: Path) -> None:
    task = Task(category="kubernetes", format="kubernetes", instruction="x", checks=CHECKS)
    texts_given = {"1": REFERENCE, "2": REFERENCE.replace("replicas: 3", "replicas: 4"), "3": "no"}
    requests = tmp_path / "requests.jsonl"
    with requests.open("w") as file:
        for id, text in texts_given.items():
            asked = ScoreRequest(id=id, task=task, completion=text)
            file.write(json.dumps(request_to_json(asked)) + "\n")
    done = await calibrate(
        "--scored", str(requests), "--judge", api.judge("openai"), "--out", str(tmp_path / "o"),
        "--no-plot",
    )  # fmt: skip
    assert done.exit_code == 0, done.stderr
    report = json.loads((tmp_path / "o" / "calibration.json").read_text())
    (figures,) = report["figures"]
    assert (figures["good"], figures["bad"], figures["pairs"]) == (1, 1, 1)
    assert report["undecided"] == 1
    assert figures["kappa"]["value"] == 1.0


async def test_a_judge_from_whom_nothing_comes_is_given_up(api: JudgeApi, tmp_path: Path) -> None:
    api.lasting = Fault(401, {}, '{"error": {"message": "bad key"}}')
    done = await calibrate(
        str(tasks_file(tmp_path, 10)), "--judge", api.judge("openai"),
        "--out", str(tmp_path / "out"), "--no-plot",
    )  # fmt: skip
    assert done.exit_code == 1
    assert "20 judgements in a row are missing" in done.stderr and "bad key" in done.stderr
    assert len(api.asked) < 40
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--judge", "openai:m"], "there is nothing to judge"),
        (["TASKS"], "who is measured?"),
        (["EMPTY", "--judge", "openai:m"], "no task in it has checks"),
        (["BROKEN", "--judge", "openai:m"], ":1: row: not JSON"),
    ],
)
def test_wrong_usage_is_named(
    arguments: list[str], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ASSAY_JUDGE", raising=False)
    (tmp_path / "empty").write_text(row_to_json(row("a", checks=())) + "\n")
    (tmp_path / "broken").write_text("{")
    paths = {
        "TASKS": tasks_file(tmp_path, 1), "EMPTY": tmp_path / "empty", "BROKEN": tmp_path / "broken"
    }  # fmt: skip
    given_paths = [str(paths.get(argument, argument)) for argument in arguments]
    done = CliRunner().invoke(
        main, ["calibrate", *given_paths, "--out", str(tmp_path / "o"), "--no-plot"]
    )
    assert done.exit_code == 2
    assert words in " ".join(done.stderr.split())


@pytest.mark.parametrize(
    ("library", "remedy"),
    [
        ("matplotlib", "pip install 'assay[calibrate]' (or give --no-plot)"),
        ("scipy", "pip install 'assay[calibrate]'"),
        ("openai", "pip install 'assay[judge]'"),
    ],
)
async def test_a_missing_library_is_said_before_anything_is_paid_for(
    library: str, remedy: str, tmp_path: Path
) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c",
        "import sys; sys.modules[sys.argv.pop(1)] = None\n"
        "from rewardsvc.__main__ import main; main()",
        library, "calibrate", tasks_file(tmp_path, 1), "--judge", "openai:m",
        "--out", tmp_path / "o",
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    async with asyncio.timeout(60):
        _, words = await process.communicate()
    assert process.returncode == 2
    assert words.decode() == f"rewardsvc: {library} is not installed: {remedy}\n"


async def test_after_ctrl_c_what_was_paid_for_is_not_asked_again(
    api: JudgeApi, tmp_path: Path
) -> None:
    api.delay = 0.4
    command: list[Any] = [
        sys.executable, "-c", "from rewardsvc.cli import main; main()", "calibrate",
        tasks_file(tmp_path, 4), "--judge", api.judge("openai"), "--out", tmp_path / "out",
        "--no-plot",
    ]  # fmt: skip
    env = {**os.environ, "ASSAY_JUDGE_IN_FLIGHT": "2"}
    process = await asyncio.create_subprocess_exec(
        *map(str, command), env=env, stderr=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(60):
        while len(api.asked) < 5:  # noqa: ASYNC110 - the server sets no event
            await asyncio.sleep(0.02)
    process.send_signal(signal.SIGINT)
    async with asyncio.timeout(60):
        _, words = await process.communicate()
    assert process.returncode == 130, words
    assert b"run the same command again to go on" in words
    assert not api.hung_up.is_set()  # answers on their way were waited for
    first = [asked.prompt for asked in api.asked]
    api.delay = 0.0
    done = await calibrate(*map(str, command[4:]))
    assert done.exit_code == 0, done.stderr
    asked_again = [asked.prompt for asked in api.asked[len(first) :]]
    assert asked_again and not set(first) & set(asked_again)
