"""``rewardsvc mutate`` on tasks whose checks are strong, weak or not to be measured."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.rewardsvc.audit.references import fenced


def row(id: str, checks: list[dict[str, Any]], output: str | None = None) -> str:
    return json.dumps(
        {
            "id": id,
            "category": "docker",
            "format": "dockerfile",
            "instruction": "A Dockerfile on debian:12 that exposes 8080 and runs as app",
            "output": fenced("dockerfile") if output is None else output,
            "checks": checks,
        }
    )


WEAK = [{"on": "ast", "expr": "final.base", "expect": "debian:12"}]
STRONG: list[dict[str, Any]] = [
    *WEAK,
    {"on": "ast", "expr": "final.user", "expect": "app"},
    {"on": "ast", "expr": "final.expose", "expect": ["8080"]},
    {"on": "ast", "expr": "stages[0].base", "expect": "golang:1.22"},
    {"on": "ast", "expr": "stages[0].instructions[0].value", "expect": ". ."},
    {"on": "ast", "expr": "stages[0].instructions[1].value", "expect": "go build -o /app ./cmd"},
    {"on": "ast", "expr": "stages[1].instructions[0].value", "expect": "--from=build /app /app"},
    {"on": "ast", "expr": "length(stages)", "expect": 2, "description": "two stages"},
]


def mutate(tmp_path: Path, *lines: str, arguments: tuple[str, ...] = ()) -> Any:
    from click.testing import CliRunner

    from rewardsvc.cli import main

    tasks = tmp_path / "tasks.jsonl"
    tasks.write_text("".join(f"{line}\n" for line in lines))
    return CliRunner().invoke(main, ["mutate", str(tasks), *arguments])


def test_the_command_tells_strong_checks_from_weak_ones(tmp_path: Path) -> None:
    done = mutate(tmp_path, row("weak", WEAK), row("strong", STRONG))
    assert done.exit_code == 0, done.stderr
    weak, strong = (json.loads(line) for line in done.stdout.splitlines())
    assert (weak["id"], strong["id"]) == ("weak", "strong")
    assert weak["caught"] < 0.6 and strong["caught"] == 1.0
    survivors = {(each["kind"], each["before"]) for each in weak["survivors"]}
    assert {("change-port", "8080"), ("weaken-policy", "USER app")} <= survivors
    assert strong["survivors"] == [] and strong["unscored"] == 0
    assert strong["caught_by_tools"] + strong["caught_by_checks"] == strong["counted"]
    assert weak["checks"][0]["only"] == weak["checks"][0]["caught"] > 0
    assert 7 in strong["useless"]  # no mutant that the tools accept has another number of stages
    assert "docker" in done.stderr and "weak: " in done.stderr


def test_a_share_that_is_demanded_and_not_reached_ends_with_1(tmp_path: Path) -> None:
    assert mutate(tmp_path, row("a", WEAK), arguments=("--min-caught", "0.9")).exit_code == 1
    assert mutate(tmp_path, row("a", STRONG), arguments=("--min-caught", "0.9")).exit_code == 0


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (row("a", []), "the task has no checks"),
        (row("a", WEAK, output=""), "the task has no reference"),
        (row("a", [{"on": "ast", "expr": "`false`"}]), "the reference itself is caught by checks"),
    ],
)
def test_what_cannot_be_measured_is_said_and_is_no_success(
    tmp_path: Path, line: str, problem: str
) -> None:
    done = mutate(tmp_path, line)
    assert done.exit_code == 0
    report = json.loads(done.stdout)
    assert report["problem"] == problem and report["caught"] is None
    assert mutate(tmp_path, line, arguments=("--min-caught", "0.1")).exit_code == 1


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", ":1: "),
        ("", "no tasks in it"),
        (row("a", [{"on": "plan", "expr": "x"}]), "row 1 (a): task.checks[0].on"),
    ],
)
def test_wrong_input_is_named_and_ends_with_2(tmp_path: Path, line: str, said: str) -> None:
    done = mutate(tmp_path, line)
    assert done.exit_code == 2
    assert said in done.stderr and done.stdout == ""
