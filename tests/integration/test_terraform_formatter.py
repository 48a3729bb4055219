"""``terraform fmt`` kept running: it says what the command says, and is not missed when it dies."""

import asyncio
import contextlib
import os
import signal
import subprocess
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from sandbox.base import Sandbox, StepResult
from sandbox.machine_time import MachineTime
from sandbox.processes import descendants
from sandbox.terraform import formatter as formatting
from sandbox.terraform.base import Depth
from sandbox.terraform.formatter import FILE_BYTES, FILES, Formatter
from sandbox.terraform.prepare import Installed, prepare
from sandbox.terraform.warm import WarmEngine
from sandbox.toolchain import Toolchain
from tests.integration.terraform_cases import CASES

pytestmark = pytest.mark.asyncio(loop_scope="session")

NEAT = b'variable "a" {\n  type = string\n}\n'
LOOSE = b'variable   "a" {\n type = string\n}\n'


@pytest.fixture(scope="module")
def installed(toolchain: Toolchain) -> Installed:
    return Installed.of(toolchain)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    """A folder for the formatter's own, which is empty again in the end."""
    folder = tmp_path / "engine"
    folder.mkdir(mode=0o755)
    tmp_path.chmod(0o755)
    yield folder
    assert list(folder.iterdir()) == []


@pytest_asyncio.fixture(loop_scope="session")
async def formatter(
    installed: Installed, box: Sandbox, place: Path, clock: MachineTime
) -> AsyncIterator[Formatter]:
    opened = Formatter(installed, box, place, clock)
    await opened.open()
    yield opened
    await opened.close()


async def look(
    formatter: Formatter, installed: Installed, files: Mapping[str, bytes]
) -> StepResult | None:
    return await formatter.look(prepare(files, installed))


async def names(formatter: Formatter, installed: Installed, *texts: bytes) -> list[str] | None:
    """The files that it names of these texts, which are called 0.tf, 1.tf …"""
    files = {f"{number}.tf": text for number, text in enumerate(texts)}
    step = await look(formatter, installed, files)
    return None if step is None else step.stdout.decode().splitlines()


def named_by_the_command(
    installed: Installed, folder: Path, files: Mapping[str, bytes]
) -> list[str]:
    """The files that ``terraform fmt`` names.

    Raises:
        CalledProcessError: it finds one broken.
    """
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_bytes(text)
    command = (installed.terraform, "fmt", "-list=true", "-write=false", "-no-color")
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return sorted(ran.stdout.splitlines())


async def test_it_names_what_the_command_names(
    formatter: Formatter, installed: Installed, tmp_path: Path
) -> None:
    cases = [{"main.tf": case} if isinstance(case, str) else case for case in CASES.values()]
    compared = 0
    for number, files in enumerate(cases):
        given = {name: text.encode() for name, text in files.items()}
        step = await look(formatter, installed, given)
        with contextlib.suppress(subprocess.CalledProcessError):
            if step is not None:
                said = named_by_the_command(installed, tmp_path / str(number), given)
                assert sorted(step.stdout.decode().splitlines()) == said
                compared += 1
    assert compared >= 60


async def test_each_answer_is_of_its_own_file(formatter: Formatter, installed: Installed) -> None:
    for _ in range(3):
        assert await names(formatter, installed, NEAT, LOOSE, NEAT, LOOSE) == ["1.tf", "3.tf"]
        assert await names(formatter, installed, LOOSE) == ["0.tf"]
        assert await names(formatter, installed, NEAT) == []


async def test_those_who_ask_at_once_get_their_own_answers(
    formatter: Formatter, installed: Installed
) -> None:
    asked = [(NEAT, LOOSE), (LOOSE, NEAT)] * 10
    answers = await asyncio.gather(*(names(formatter, installed, *texts) for texts in asked))
    assert answers == [["1.tf"], ["0.tf"]] * 10


async def test_a_broken_file_does_not_spoil_the_next(
    formatter: Formatter, installed: Installed
) -> None:
    await names(formatter, installed, b"resource {{{ \xff\0")
    assert await names(formatter, installed, LOOSE, NEAT) == ["0.tf"]


@pytest.mark.parametrize(
    "files",
    [
        {"modules/a/main.tf": NEAT, "main.tf": NEAT},
        {"main.tf": NEAT, "prod.tfvars": b"a = 1\n"},
        {"main.tf": NEAT, "a.tftest.hcl": b""},
        {"main.tf": NEAT + b"#" * FILE_BYTES},
        {f"{number}.tf": b"" for number in range(FILES + 1)},
        {".hidden.tf": NEAT},
    ],
)
async def test_it_leaves_to_the_command_what_a_plan_may_not_read(
    formatter: Formatter, installed: Installed, files: dict[str, bytes]
) -> None:
    assert await look(formatter, installed, files) is None


async def test_a_new_one_takes_over_when_all_files_are_looked_at(
    installed: Installed,
    box: Sandbox,
    place: Path,
    clock: MachineTime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(formatting, "LOOKS", 5)
    formatter = Formatter(installed, box, place, clock)
    try:
        for _ in range(4):
            await formatter.open()
            process = formatter._process
            assert await names(formatter, installed, LOOSE, NEAT) == ["0.tf"]
            assert await names(formatter, installed, LOOSE, NEAT) == ["0.tf"]
            assert await names(formatter, installed, LOOSE, NEAT) is None  # it has one file left
            assert formatter._process is not process
    finally:
        await formatter.close()


def program_of(formatter: Formatter) -> int:
    """The process id of Terraform itself, the last in its box."""
    process: Any = formatter._process
    *_, last = descendants(process.running.pid)
    return last


async def test_one_that_dies_is_replaced(formatter: Formatter, installed: Installed) -> None:
    if not hasattr(formatter._process and formatter._process.running, "pid"):
        pytest.skip("the processes of a container are not children of this one")
    assert await names(formatter, installed, LOOSE) == ["0.tf"]
    os.kill(program_of(formatter), signal.SIGKILL)
    assert await names(formatter, installed, LOOSE) is None
    await formatter.open()
    assert await names(formatter, installed, LOOSE) == ["0.tf"]


async def test_one_that_hangs_is_given_up(
    formatter: Formatter, installed: Installed, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not hasattr(formatter._process and formatter._process.running, "pid"):
        pytest.skip("the processes of a container are not children of this one")
    monkeypatch.setattr(formatting, "ANSWER_SECONDS", 0.2)
    assert await names(formatter, installed, LOOSE) == ["0.tf"]
    os.kill(program_of(formatter), signal.SIGSTOP)
    assert await names(formatter, installed, LOOSE) is None
    await formatter.open()
    assert await names(formatter, installed, LOOSE) == ["0.tf"]


async def test_one_that_a_busy_machine_keeps_waiting_is_not_given_up(
    installed: Installed, box: Sandbox, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def little() -> float:
        return 0.001

    restarts: list[str] = []
    formatter = Formatter(installed, box, place, MachineTime(little), restarts.append)
    await formatter.open()
    try:
        if not hasattr(formatter._process and formatter._process.running, "pid"):
            pytest.skip("the processes of a container are not children of this one")
        monkeypatch.setattr(formatting, "ANSWER_SECONDS", 0.2)
        os.kill(program_of(formatter), signal.SIGSTOP)
        looking = asyncio.create_task(names(formatter, installed, LOOSE, NEAT))
        await asyncio.sleep(1.0)  # five times as long as an answer may take
        assert not looking.done()
        os.kill(program_of(formatter), signal.SIGCONT)
        assert await looking == ["0.tf"] and restarts == []
        os.kill(program_of(formatter), signal.SIGKILL)
        assert await names(formatter, installed, LOOSE) is None and restarts == ["formatter"]
    finally:
        await formatter.close()


async def test_who_is_cancelled_leaves_no_half_file(
    formatter: Formatter, installed: Installed
) -> None:
    asking = asyncio.create_task(names(formatter, installed, *[LOOSE] * FILES))
    await asyncio.sleep(0.002)
    asking.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await asking
    await formatter.open()
    assert await names(formatter, installed, NEAT) == []


async def test_a_configuration_is_judged_without_it(
    engine: WarmEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [NEAT, LOOSE, b'output "a" {\n  value = var.nothing\n}\n', b"resource {\n"]
    told = [await engine.run({"main.tf": text}, Depth.PLAN) for text in texts]

    async def nothing(self: Formatter, prepared: object) -> None:
        return None

    monkeypatch.setattr(Formatter, "look", nothing)
    for text, outcome in zip(texts, told, strict=True):
        alone = await engine.run({"main.tf": text}, Depth.PLAN)
        assert alone.unformatted == outcome.unformatted
        assert (alone.parse.passed, alone.parse.problems) == (
            outcome.parse.passed,
            outcome.parse.problems,
        )
        assert alone.validate.problems == outcome.validate.problems
    assert [outcome.unformatted for outcome in told[:2]] == [(), ("main.tf",)]
