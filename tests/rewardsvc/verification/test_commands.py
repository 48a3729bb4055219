"""Linters in the sandbox: what is given on standard input is judged as a file would be."""

import json
from typing import Any

import pytest

from rewardsvc.formats.dockerfile.verifier import HADOLINT_ARGUMENTS
from rewardsvc.verification.commands import run_linter
from rewardsvc.verification.verifier import Workbench
from sandbox.errors import ToolCrashed

asynchronous = pytest.mark.asyncio(loop_scope="module")

ACTIONLINT = ("-no-color", "-format", "{{json .}}", "-shellcheck=", "-pyflakes=")
WORKFLOW = """\
name: Prüfung
on: psh
jobs:
  test:
    runs-on: ubuntu-24.04
    steps:
      - run: echo ${{ github.evnt }}
"""
DOCKERFILE = "FROM debian\nRUN cd /tmp && echo 'Größe' | grep ö\nCOPY a b\n"


async def findings(
    workbench: Workbench, name: str, arguments: tuple[str, ...], files: dict[str, bytes]
) -> list[dict[str, Any]]:
    printed = await run_linter(
        workbench, name, [*arguments, *files], files, exit_codes=frozenset({0, 1})
    )
    assert not printed.overrun
    return [
        {key: value for key, value in entry.items() if key not in {"file", "filepath"}}
        for entry in json.loads(printed.stdout)
    ]


@asynchronous
@pytest.mark.parametrize(
    ("name", "arguments", "text"),
    [("hadolint", HADOLINT_ARGUMENTS, DOCKERFILE), ("actionlint", ACTIONLINT, WORKFLOW)],
)
async def test_standard_input_is_judged_as_a_file_is(
    name: str, arguments: tuple[str, ...], text: str, workbench: Workbench
) -> None:
    alone = await findings(workbench, name, arguments, {"0.yml": text.encode()})
    # Two files are files, in a box of their own.
    together = await findings(
        workbench, name, arguments, dict.fromkeys(("0.yml", "1.yml"), text.encode())
    )
    assert len(alone) >= 2
    assert sorted(map(str, together)) == sorted(map(str, alone * 2))


@asynchronous
async def test_actionlint_calls_standard_input_by_the_files_name(workbench: Workbench) -> None:
    printed = await run_linter(
        workbench,
        "actionlint",
        [*ACTIONLINT, "7.yml"],
        {"7.yml": WORKFLOW.encode()},
        exit_codes=frozenset({1}),
    )
    assert {entry["filepath"] for entry in json.loads(printed.stdout)} == {"7.yml"}


@asynchronous
async def test_an_exit_code_that_nobody_foresaw_is_a_fault_of_ours(workbench: Workbench) -> None:
    with pytest.raises(ToolCrashed, match="hadolint failed with exit code"):
        await run_linter(workbench, "hadolint", ["--no-such-option", "a"], {"a": b"FROM a\n"})
