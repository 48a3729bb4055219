"""Whether verdicts know what the real services refuse: ``python -m benchmarks.refusals``.

Scores the inputs of ``tests/heldout/refusals`` (its README says what they are), each as an answer
that is nothing but its files, in this process and without a cache; about two minutes on two cores.

Prints for each file how many faulty inputs are caught and how many sound ones accepted, and each
that is not with what the verdict says against it. A faulty input is caught where it earns less than
full syntax or correctness; a Terraform configuration also where it earns less than full format,
since what AWS refuses at apply is lint there, and a sound one then must earn full format as well.
UNSCORED is neither caught nor accepted, and counted apart.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path, PurePosixPath
from typing import Any

from pydantic import ConfigDict, TypeAdapter, ValidationError

from rewardsvc import ScoreRequest, Settings, Task, Verdict
from rewardsvc.extract import render_answer
from rewardsvc.formats import FORMATS
from rewardsvc.local import LocalScorer
from rewardsvc.scorer import Scorer

HELD_OUT = Path(__file__).resolve().parents[1] / "tests/heldout/refusals"


_LABELS = {".py": "python", ".yaml": "yaml", ".yml": "yaml", "": "yaml"}
"""Of a fence by its file's suffix, where there are several files; an MLproject is YAML."""


class UnusableInputs(Exception):
    """A file of inputs has a line that is none; says where."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOutInput:
    """One row. ``text`` is its one file; otherwise ``files`` are its paths to texts."""

    __pydantic_config__ = ConfigDict(extra="forbid", strict=True)

    id: str
    format: str
    faulty: bool
    what: str
    source: str
    text: str = ""
    files: Mapping[str, str] | None = None

    @property
    def group(self) -> str:
        """The name of the file that it stands in."""
        return self.id.partition("/")[0]

    def request(self) -> ScoreRequest:
        """The input as an answer to a task that asks for just these files."""
        format = FORMATS[self.format]
        if self.files is None:
            completion = render_answer({format.verifier.default_path: self.text}, format.fence)
        else:
            completion = "\n".join(
                f"```{_LABELS[PurePosixPath(path).suffix]} path={path}\n{text}```\n"
                for path, text in self.files.items()
            )
        task = Task(format=self.format, files=tuple(self.files or ()))
        return ScoreRequest(id=self.id, task=task, completion=completion)


_ROW = TypeAdapter(HeldOutInput)


class Finding(Enum):
    """What a verdict makes of an input."""

    AS_IT_MUST_BE = "as it must be"
    MISSED = "faulty and not caught"
    REFUSED = "sound and not accepted"
    UNSCORED = "UNSCORED"


@dataclass(frozen=True, slots=True)
class JudgedInput:
    """An input with its verdict."""

    input: HeldOutInput
    verdict: Verdict

    @property
    def finding(self) -> Finding:
        """Whether the verdict says what the real service says."""
        components = self.verdict.components
        if components is None:
            return Finding.UNSCORED
        full = components.syntax == components.correctness == 1.0
        if self.input.format == "terraform":
            full = full and components.format == 1.0
        if full is not self.input.faulty:
            return Finding.AS_IT_MUST_BE
        return Finding.MISSED if self.input.faulty else Finding.REFUSED

    @property
    def said(self) -> list[str]:
        """What the verdict says against the input, a line each."""
        if self.verdict.components is None:
            return [f"{self.verdict.failure_kind}: {self.verdict.failure_reason}"]
        return [
            f"{stage.name}: {item.severity}: {item.message}"
            for stage in self.verdict.stages
            for item in stage.diagnostics
        ]


def read_inputs(folder: Path = HELD_OUT) -> list[HeldOutInput]:
    """Every row of every list in the folder, by the names of the lists.

    Raises:
        UnusableInputs: a line that is no row.
    """
    inputs = []
    for path in sorted(folder.glob("*.jsonl")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            try:
                inputs.append(_ROW.validate_json(line))
            except ValidationError as error:
                raise UnusableInputs(f"{path}:{number}: no row: {error}") from error
    return inputs


async def judge_inputs(inputs: Sequence[HeldOutInput], scorer: Scorer) -> list[JudgedInput]:
    """The inputs with their verdicts, in the same order."""
    verdicts = await scorer.score([each.request() for each in inputs])
    return [JudgedInput(*pair) for pair in zip(inputs, verdicts, strict=True)]


def as_table(judged: Sequence[JudgedInput]) -> str:
    """A line for each list, and one for all."""
    lists = sorted({each.input.group for each in judged})
    rows = [(name, [each for each in judged if each.input.group == name]) for name in lists]
    return "\n".join(
        f"{name:22}faulty caught {_share(each, faulty=True):11}"
        f"sound accepted {_share(each, faulty=False):11}"
        f"UNSCORED {sum(one.finding is Finding.UNSCORED for one in each)}"
        for name, each in [*rows, ("all", list(judged))]
    )


def as_lines(judged: Sequence[JudgedInput], finding: Finding) -> list[str]:
    """The inputs of a finding with what the verdicts say, indented."""
    return [
        line
        for each in judged
        if each.finding is finding
        for line in (f"  {each.input.id}: {each.input.what}", *(f"      {s}" for s in each.said))
    ]


def as_json(judged: Sequence[JudgedInput]) -> str:
    """Every input with its finding, its components and what is said, for whoever looks further."""
    rows: list[dict[str, Any]] = [
        {
            "id": each.input.id,
            "finding": each.finding.value,
            "components": components and [components.syntax, components.correctness,
                                          components.format],
            "said": each.said,
        }
        for each in judged
        for components in (each.verdict.components,)
    ]  # fmt: skip
    return json.dumps(rows, indent=2, ensure_ascii=False) + "\n"


def _share(judged: Sequence[JudgedInput], *, faulty: bool) -> str:
    of_kind = [each for each in judged if each.input.faulty is faulty]
    right = sum(each.finding is Finding.AS_IT_MUST_BE for each in of_kind)
    return f"{right} of {len(of_kind)}"


async def _measure(inputs: Sequence[HeldOutInput]) -> list[JudgedInput]:
    async with LocalScorer(Settings.load(cache=False, queue=1000)) as scorer:
        return await judge_inputs(inputs, scorer)


def main() -> int:
    """Score every input and print what became of them."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.refusals",
        description="Measures whether verdicts know what the real services refuse.",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every finding there")
    given = parser.parse_args()
    judged = asyncio.run(_measure(read_inputs()))
    for finding in (Finding.MISSED, Finding.REFUSED, Finding.UNSCORED):
        count = sum(each.finding is finding for each in judged)
        print(f"{finding.value}: {count}", *as_lines(judged, finding), "", sep="\n")
    print(as_table(judged))
    if given.json:
        given.json.write_text(as_json(judged), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
