"""Bash scripts: what is vacuous, what their runs show, and what hostile ones earn."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from rewardsvc.artifact import Artifact, File
from rewardsvc.formats import FORMATS
from rewardsvc.formats.bash import execution
from rewardsvc.formats.bash.execution import (
    LEAST_SECONDS,
    RUNS_SECONDS,
    Execution,
    execute,
    wall_seconds,
)
from rewardsvc.formats.bash.fixtures import Fixtures, UnusableFixtures, read_fixtures
from rewardsvc.formats.bash.vacuity import MAX_CHARACTERS, vacuous
from rewardsvc.limits import MAX_FIXTURES
from rewardsvc.settings import Settings
from rewardsvc.types import FailureKind, Fixture, Stage, StageStatus, Target
from rewardsvc.verification.verifier import Findings, Workbench
from sandbox.base import Command, Result, Runner
from sandbox.errors import ToolMissing
from sandbox.toolchain import Source

run_with_sandbox = pytest.mark.asyncio(loop_scope="module")


async def _verify(text: str, workbench: Workbench, task_input: str = "") -> Findings:
    artifact = Artifact((File("script.sh", "bash", text),))
    bench = replace(workbench, task_input=task_input)
    return await FORMATS["bash"].verifier.verify(artifact, bench)


def _stage(findings: Findings, name: str) -> Stage:
    return next(stage for stage in findings.stages if stage.name == name)


def _document(findings: Findings) -> Mapping[str, Any]:
    (document,) = findings.projections[Target.DOCUMENTS]
    return dict(document)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# only a comment\n",
        "true\n",
        ":\nexit 0\n",
        "echo PASS\n",
        "set -euo pipefail\nreadonly A=b\nprintf '%s\\n' \"$A\"\n",
        "echo $((1 + 2))\n",
        "cat <<EOF\nall is well\nEOF\n",
        "echo done > /dev/null\n",
        "f() { rm a; }\n",
        "f() { g; }\ng() { f; }\nf\n",
        "if false; then rm a; fi\n",
        "if ! true; then rm a; fi\n",
        "if [ 1 -gt 2 ]; then rm a; else :; fi\n",
        "if [[ -z x ]]; then rm a; fi\n",
        "((0)) && rm a\n",
        "true || rm a\n",
        "while false; do rm a; done\n",
        "until true; do rm a; done\n",
        "exit 0\nrm a\n",
        "set -n\nrm a\n",
        "trap 'echo bye' EXIT\n",
    ],
)
def test_scripts_that_do_nothing_are_vacuous(text: str) -> None:
    assert vacuous(text)


@pytest.mark.parametrize(
    "text",
    [
        "rm a\n",
        "echo hello > greeting\n",
        ": > empty\n",
        "echo $#\n",
        'echo "$HOME"\n',
        'name=$(hostname)\necho "$name"\n',
        'read -r line\necho "$line"\n',
        'for i in 1 2; do echo "$i"; done\n',
        "cat a\n",
        "cat <<EOF\n$1\nEOF\n",
        "cat > conf <<EOF\nlisten 80\nEOF\n",
        "f() { rm a; }\nf\n",
        "f() { rm a; }\ntrap f EXIT\n",
        "trap 'rm a' EXIT\n",
        "if true; then rm a; fi\n",
        "if [ -e a ]; then rm a; fi\n",
        "if false; then :; else rm a; fi\n",
        "false || rm a\n",
        "case $1 in a) rm a ;; esac\n",
        "[[ -e a ]] || exit 1\nrm a\n",
        "(cd b && rm a)\n",
        "time rm a\n",
        "echo a | tee b\n",
    ],
)
def test_scripts_that_do_something_are_not(text: str) -> None:
    assert not vacuous(text)


def test_a_deeply_nested_script_is_read_without_recursion() -> None:
    assert not vacuous("{ " * 5_000 + "rm a" + "; }" * 5_000)


@pytest.mark.parametrize(
    ("text", "does_something"),
    [
        ("cat > a <<'E'\n" + "x\n" * MAX_CHARACTERS + "E\n", True),
        ("f() { rm a; }\n" + ":\n" * MAX_CHARACTERS + "f\n", True),
        ("echo a\n" * MAX_CHARACTERS, False),
    ],
    ids=["a long here-document", "a function called at the end", "many words"],
)
def test_of_a_long_script_the_beginning_counts(text: str, does_something: bool) -> None:
    assert bool(vacuous(text)) is not does_something


def test_fixtures_are_the_fenced_files_of_the_input() -> None:
    text = (
        "Count.\n```text path=a/b.txt\none\n```\n```stdin\nin\n```\n```arguments\n-x\nand more\n```"
        "\n```environment\nA=b=c\nnot a variable\n```\n```json\n{}\n```\n"
    )
    assert read_fixtures(text) == Fixtures(
        {"a/b.txt": "one\n"}, ("-x", "and more"), "in\n", {"A": "b=c"}
    )


@pytest.mark.parametrize(
    "text",
    [
        "```text path=../a\nx\n```\n",
        "```text path=/etc/passwd\nx\n```\n",
        "```text path=a\nx\n```\n```text path=a/b\nx\n```\n",
        "```text path=a\n" + "x" * 1024 * 1024 + "\n```\n",
    ],
)
def test_fixtures_that_cannot_be_laid_out_are_the_tasks_fault(text: str) -> None:
    with pytest.raises(UnusableFixtures):
        read_fixtures(text)


@run_with_sandbox
@pytest.mark.parametrize("path", ["data.txt/run.sh", "bin"])
async def test_a_script_that_cannot_lie_beside_the_tasks_files_is_scored(
    path: str, workbench: Workbench
) -> None:
    task = "```text path=data.txt\nx\n```\n```text path=bin/tool\n#!/bin/sh\n```\n"
    bench = replace(workbench, task_input=task)
    answer = Artifact((File(path, "bash", "rm data.txt\n"),))
    findings = await FORMATS["bash"].verifier.verify(answer, bench)
    assert findings.fault is None
    assert _stage(findings, "run").score == 0.0


@run_with_sandbox
async def test_such_a_task_is_not_scored(workbench: Workbench) -> None:
    findings = await _verify("rm a\n", workbench, "```text path=../a\nx\n```\n")
    assert findings.fault is not None
    assert findings.fault.kind is FailureKind.INTERNAL


@run_with_sandbox
async def test_a_missing_linter_is_an_error_of_ours(workbench: Workbench) -> None:
    tools = dict(workbench.toolchain.tools)
    tools["shellcheck"] = replace(tools["shellcheck"], source=Source.MISSING, path=None)
    bare = replace(workbench, toolchain=replace(workbench.toolchain, tools=tools))
    with pytest.raises(ToolMissing, match="shellcheck"):
        await _verify("rm a\n", bare)


@run_with_sandbox
async def test_what_bash_accepts_parses_whatever_shellcheck_says(workbench: Workbench) -> None:
    text = "x='\n[ -e a -a ! -e b ] && rm a\n'\neval \"$x\"\nfor ((;;)) { break; }\n"
    findings = await _verify(text, workbench)
    assert findings.parsed
    assert _stage(findings, "parse").score == 1.0


@run_with_sandbox
async def test_everything_that_is_left_is_shown(workbench: Workbench) -> None:
    findings = await _verify(
        """\
mkdir -p a/b
printf 'x' > a/b/text
printf '\\377\\376' > binary
head -c 100000 /dev/zero | tr '\\0' y > large
mkfifo pipe
ln -s /etc/passwd link
chmod 000 a/b/text
printf 'out'
printf 'err' >&2
exit 3
""",
        workbench,
        "```text path=given\nhere\n```\n",
    )
    document = _document(findings)
    assert document["exit_code"] == 3
    assert (document["stdout"], document["stderr"]) == ("out", "err")
    assert document["files"] == {
        "a/b/text": "x",
        "binary": None,
        "large": None,
        "given": "here\n",
    }
    assert document["links"] == {"link": "/etc/passwd"}
    assert document["folders"] == ["a", "a/b"]
    assert document["modes"]["a/b/text"] == "0"
    assert document["files_cut"] is False


@run_with_sandbox
@pytest.mark.parametrize(
    "text",
    [
        "f() { f | f & }\nf\nsleep 3\nls\n",
        "x=$(head -c 2G /dev/zero | tr '\\0' x)\necho ${#x} > size\n",
    ],
)
async def test_what_uses_up_its_box_has_not_run(text: str, workbench: Workbench) -> None:
    findings = await _verify(text, workbench)
    assert findings.fault is None
    assert _stage(findings, "run").score == 0.0


@run_with_sandbox
@pytest.mark.parametrize("text", ["while :; do ls > list; done\n", "yes\n", "sleep 100; ls\n"])
async def test_what_never_ends_is_its_own_doing(
    text: str, workbench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = replace(execution.SCRIPT_LIMITS, wall_seconds=1.0, cpu_seconds=1.0)
    monkeypatch.setattr(execution, "SCRIPT_LIMITS", short)
    findings = await _verify(text, workbench)
    assert findings.fault is None
    assert _stage(findings, "run").score == 0.0
    assert findings.projections[Target.DOCUMENTS] == []


class Timed:
    """A sandbox that notes what each run of a script may take; satisfies ``Runner``."""

    def __init__(self, sandbox: Runner) -> None:
        self.sandbox = sandbox
        self.allowed: list[float] = []

    async def run(self, command: Command) -> Result:
        if command.watches:
            self.allowed.append(command.limits.wall_seconds)
        return await self.sandbox.run(command)


@run_with_sandbox
async def test_many_fixtures_give_an_answer_no_more_time(
    workbench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(execution, "RUNS_SECONDS", 12.0)
    monkeypatch.setattr(execution, "LEAST_SECONDS", 9.0)
    timed = Timed(workbench.sandbox)
    many = replace(workbench, sandbox=timed, task_fixtures=(Fixture(files={"a": ""}),) * 4)
    findings = await _verify("ls > list\nsleep 1.1\n", many)
    assert _stage(findings.on_fixtures[-1], "run").score == 1.0
    assert timed.allowed == sorted(timed.allowed, reverse=True)
    assert (timed.allowed[0], timed.allowed[-1]) == (10.0, 9.0)


def test_runs_use_up_their_time_together_and_each_has_some() -> None:
    assert [wall_seconds(used) for used in (0.0, 19.0, 25.0, 29.5, 300.0)] == [10, 10, 5, 1, 1]
    longest = RUNS_SECONDS + (MAX_FIXTURES + 1) * LEAST_SECONDS
    assert longest < Settings.load().request_timeout_seconds


@run_with_sandbox
async def test_a_flood_is_cut_and_nobody_waits(workbench: Workbench) -> None:
    findings = await _verify("head -c 50M /dev/zero | tr '\\0' x\nls > list\n", workbench)
    document = _document(findings)
    assert len(document["stdout"]) == 64 * 1024
    assert document["output_cut"] is True
    assert document["files"]["list"]


@run_with_sandbox
async def test_the_answers_own_identity_gives_no_hold_on_what_watches_it(
    workbench: Workbench,
) -> None:
    findings = await _verify(
        "ls\nkill -s KILL $PPID || exit 7\nkill -s KILL -- -1\nexit 5\n", workbench
    )
    assert _document(findings)["exit_code"] == 5


@run_with_sandbox
async def test_nothing_changes_after_the_script_has_ended(workbench: Workbench) -> None:
    findings = await _verify(
        "(trap '' TERM HUP; while :; do date +%N > tick; done) &\nsetsid sleep 100 &\nsleep 0.2\n",
        workbench,
    )
    assert _stage(findings, "run").score == 1.0
    assert set(_document(findings)["files"]) == {"tick"}


@run_with_sandbox
async def test_a_script_that_deletes_everything_leaves_nothing(workbench: Workbench) -> None:
    findings = await _verify(
        'cd / && rm -rf /work/* "$HOME" /tmp/* 2>/dev/null\nexit 0\n',
        workbench,
        "```text path=a\nx\n```\n",
    )
    document = _document(findings)
    assert document["files"] == {}
    assert document["exit_code"] == 0


@run_with_sandbox
async def test_there_is_no_network(workbench: Workbench) -> None:
    findings = await _verify("ls > list\n(: 3<> /dev/tcp/192.0.2.1/80) || exit 9\n", workbench)
    assert _document(findings)["exit_code"] == 9


@run_with_sandbox
async def test_programs_behind_debians_alternatives_are_there(workbench: Workbench) -> None:
    findings = await _verify("echo 3 4 | awk '{ print $1 + $2 }'\n", workbench)
    assert _document(findings)["stdout"] == "7\n"


@run_with_sandbox
async def test_scripts_beside_the_first_are_there_too(workbench: Workbench) -> None:
    done: Execution = await execute(
        {"main.sh": '. "$(dirname "$0")/lib.sh"\ngreet\n', "lib.sh": "greet() { echo hi; }\n"},
        "main.sh",
        Fixtures(),
        workbench,
    )
    assert done.document is not None
    assert done.document["stdout"] == "hi\n"
    assert done.document["files"] == {}


@run_with_sandbox
@pytest.mark.parametrize("path", ["logs", "data.txt/run.sh", "logs/a.txt/b/run.sh"])
async def test_a_script_where_a_file_of_the_task_lies_has_not_run(
    path: str, workbench: Workbench
) -> None:
    files = "```text path=data.txt\nx\n```\n```text path=logs/a.txt\nx\n```\n"
    bench = replace(workbench, task_input=files)
    artifact = Artifact((File(path, "bash", "ls > list\n"),))
    findings = await FORMATS["bash"].verifier.verify(artifact, bench)
    assert findings.fault is None
    assert _stage(findings, "run").score == 0.0


@run_with_sandbox
async def test_a_script_of_a_megabyte_is_refused(workbench: Workbench) -> None:
    findings = await _verify("# x\n" * 100_000 + "rm a\n", workbench)
    assert not findings.parsed
    assert _stage(findings, "run").status is StageStatus.SKIPPED
