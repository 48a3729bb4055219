"""The verdicts of one run beside those of an earlier one."""

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.fidelity.baseline import (
    BaselineEntry,
    UnusableBaseline,
    altered,
    kept_of,
    read_baseline,
    write_baseline,
)
from benchmarks.fidelity.files import Quality, RealFile
from benchmarks.fidelity.hostile import Answered
from benchmarks.fidelity.scored import ScoredFile, completion_of
from rewardsvc import Settings
from rewardsvc.local import LocalScorer
from rewardsvc.types import ScoreRequest, Task

SOUND = "services:\n  web:\n    image: nginx:1.27\n"


def _file(name: str, text: str) -> RealFile:
    return RealFile("a package", "compose", name, Path(name), text, Quality.GOOD)


async def _kept(*files: RealFile) -> list[BaselineEntry]:
    requests = [
        ScoreRequest(task=Task(format="compose"), completion=completion_of(file)) for file in files
    ]
    async with LocalScorer(Settings(cache=False)) as scorer:
        verdicts = await scorer.score(requests)
    scored = [ScoredFile(file, verdict, 0.0) for file, verdict in zip(files, verdicts, strict=True)]
    hostile = replace(verdicts[0], id="compose/site/hostile/stub")
    return kept_of(scored, [Answered("compose", "empty", hostile, 0.0)])


async def test_what_a_change_altered_is_shown_with_its_reasons(tmp_path: Path) -> None:
    before = await _kept(_file("a.yaml", SOUND), _file("gone.yaml", SOUND))
    write_baseline(tmp_path / "before.jsonl", before)
    assert read_baseline(tmp_path / "before.jsonl") == before
    (broken, *_) = await _kept(_file("a.yaml", SOUND.replace("image", "imagee")))
    now = [replace(broken, text=before[0].text), before[2], replace(before[2], name="new")]
    found = altered(read_baseline(tmp_path / "before.jsonl"), now)
    assert (found.same, found.absent, found.new) == (1, 1, 1)
    head, *said = found.lines
    assert head.startswith("compose: a package: a.yaml: reward: 1.0 -> ")
    assert any(line.startswith("  + schema: ") and "imagee" in line for line in said)
    assert altered(before, before).lines == ()


@pytest.mark.parametrize(
    ("text", "says"),
    [(None, "make fidelity"), ("{}\n", ":1: no verdict"), ("no JSON\n", ":1: no verdict")],
)
def test_a_file_that_no_run_has_written_is_refused(
    tmp_path: Path, text: str | None, says: str
) -> None:
    path = tmp_path / "before.jsonl"
    if text is not None:
        path.write_text(text)
    with pytest.raises(UnusableBaseline, match=says):
        read_baseline(path)
