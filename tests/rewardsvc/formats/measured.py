"""What reading an answer costs this process, the tools' own work apart.

The way of an answer is the real one, from its fences to the judge's question. Only the sandbox and
Terraform are not entered: in their place stands what says at once that a tool found nothing.
"""

import asyncio
import gc
import json
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from rewardsvc.formats import FORMATS
from rewardsvc.formats.python.reader import facts
from rewardsvc.judge.comments import without_comments
from rewardsvc.pipeline import Examined, examine, prepare
from rewardsvc.types import Check, ScoreRequest, Target, Task
from rewardsvc.verification.verifier import Workbench
from sandbox.base import Command, Ended, Result, Step, StepResult, Usage
from sandbox.terraform import Depth, Phase, TerraformOutcome
from sandbox.terraform.prepare import Installed
from sandbox.terraform.prepare import prepare as prepare_configuration
from sandbox.toolchain import discover
from tests.opened import HoldsNothing

_SAID = {
    "ansible-lint": b"[]",
    "cfn-lint": b"[]",
    "hadolint": b"[]",
    "actionlint": b"[]",
    "ruff": b"[]",
    "shellcheck": b'{"comments": []}',
}


@dataclass(slots=True)
class Content:
    """A sandbox whose tools find nothing."""

    async def run(self, command: Command) -> Result:
        ended = Ended.CPU_TIME if command.watches else Ended.EXITED
        steps = tuple(_result(step, command) for step in command.steps)
        return Result(ended, steps, Usage(0.0))


def _result(step: Step, command: Command) -> StepResult:
    said = _SAID.get(step.name, b"")
    if step.name == "template":
        said = _unrendered(command.files)
    if step.name.startswith("answer "):
        said = b"\n---\n".join(command.files.values())
    if step.name == "read":
        said = _facts(tuple(command.files.values()))
    return StepResult(step.name, 0, said, b"", 0.0)


def _unrendered(files: Mapping[str, bytes]) -> bytes:
    """The templates of a chart as they are, in the form of Helm's output."""
    return b"".join(
        b"---\n# Source: web/%s\n%s\n" % (path.partition("/")[2].encode(), text)
        for path, text in files.items()
        if "/templates/" in path
    )


@cache
def _facts(files: tuple[bytes, ...]) -> bytes:
    """What ``reader.py`` prints, in its own time."""
    with tempfile.TemporaryDirectory() as folder:
        found: list[Any] = []
        for number, content in enumerate(files):
            path = Path(folder) / f"{number}.py"
            path.write_bytes(content)
            found.append(facts(path))
    return json.dumps(found).encode()


class Terraform(HoldsNothing):
    """An engine for which every configuration is fine; it reads them as the real ones do."""

    def __init__(self, installed: Installed) -> None:
        self._installed = installed

    async def run(
        self,
        files: Mapping[str, bytes],
        until: Depth = Depth.PLAN,
        before: Mapping[str, bytes] = MappingProxyType({}),
    ) -> TerraformOutcome:
        prepare_configuration(files, self._installed)
        fine = Phase(True, (), 0.0)
        return TerraformOutcome(
            parse=fine,
            validate=fine,
            plan=fine,
            plan_json=None,
            unformatted=(),
            relaxed=(),
            ended=Ended.EXITED,
            usage=Usage(0.0),
        )


class Bench:
    """Reads answers and tells what that costs."""

    def __init__(self) -> None:
        toolchain = discover()
        self.workbench = Workbench(Content(), toolchain, Terraform(Installed.of(toolchain)))

    def examine(self, format_name: str, completion: str) -> Examined:
        """What is found of an answer."""
        verifier = FORMATS[format_name].verifier
        target = next(iter(sorted(verifier.targets, key=lambda each: each is not Target.CONFIG)))
        checks = (Check(on=target, expr="length(keys(@)) > `0`"),)
        prepared = prepare(_request(format_name, completion, checks))
        return asyncio.run(examine(prepared, self.workbench, None, asks=True))

    def reading(self, format_name: str, completion: str) -> float:
        """Processor time of reading an answer, in seconds."""
        with _counted() as seconds:
            self.examine(format_name, completion)
        return seconds()


def uncommenting(format_name: str, completion: str) -> float:
    """Processor time of taking the comments out of an answer's files, in seconds.

    Reading an answer has it done only where a judge has something to decide.
    """
    artifact = prepare(_request(format_name, completion)).artifact
    files = artifact.files if artifact else ()
    with _counted() as seconds:
        for file in files:
            without_comments(file.text, file.path, format_name)
    return seconds()


def _request(format_name: str, completion: str, checks: tuple[Check, ...] = ()) -> ScoreRequest:
    files = ("MLproject",) if completion.startswith("```yaml path=MLproject\n") else ()
    task = Task(
        category="", format=format_name, instruction="Write it.", files=files, checks=checks
    )  # fmt: skip
    return ScoreRequest(task=task, completion=completion)


@contextmanager
def _counted() -> Iterator[Callable[[], float]]:
    """Counts this process's time without its garbage collection's, which comes when it will."""
    ended: list[float] = []
    gc.disable()
    try:
        started = time.process_time()
        yield lambda: ended[0] - started
        ended.append(time.process_time())
    finally:
        gc.enable()
