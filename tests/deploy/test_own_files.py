"""The project's own infrastructure code earns from its verifiers what they demand of others."""

import asyncio
from pathlib import Path

import pytest

from rewardsvc.local import LocalScorer
from rewardsvc.settings import Settings
from rewardsvc.types import Components, ScoreRequest, Task, Verdict

ROOT = Path(__file__).resolve().parents[2]
PREPARED = ROOT / "deploy/prepared"
KINDS = {
    "dockerfile": ("dockerfile", ("deploy/**/Dockerfile*",)),
    "compose": ("yaml", ("docker-compose*.yml",)),
    "github-actions": ("yaml", (".github/workflows/*.yml",)),
    "bash": ("bash", (".ci/run", "*/*.sh", "deploy/**/*.sh")),
}
"""By format: the label of its fence, and where its files lie."""


def _files(format: str) -> list[Path]:
    found = {path for pattern in KINDS[format][1] for path in ROOT.glob(pattern)}
    return sorted(path for path in found if not path.is_relative_to(PREPARED))


OWN = [(format, path) for format in KINDS for path in _files(format)]


@pytest.fixture(scope="module")
def verdicts() -> dict[Path, Verdict]:
    requests = []
    for format, path in OWN:
        answer = f"````{KINDS[format][0]}\n{path.read_text()}````\n"
        requests.append(ScoreRequest(id=str(path), task=Task(format=format), completion=answer))

    async def scored() -> list[Verdict]:
        async with LocalScorer(Settings.load()) as scorer:
            return list(await scorer.score(requests))

    return {Path(verdict.id): verdict for verdict in asyncio.run(scored())}


def test_there_are_files_of_every_format_that_the_project_uses() -> None:
    assert {format for format, _ in OWN} == KINDS.keys()


def test_no_other_yaml_is_deployed_unjudged() -> None:
    judged = {path for _, path in OWN}
    deployed = {*ROOT.glob("deploy/**/*.y*ml"), *ROOT.glob(".github/workflows/*.y*ml")}
    assert {path for path in deployed if not path.is_relative_to(PREPARED)} <= judged


@pytest.mark.parametrize(
    ("format", "path"), OWN, ids=[str(path.relative_to(ROOT)) for _, path in OWN]
)
def test_it_earns_full_marks(format: str, path: Path, verdicts: dict[Path, Verdict]) -> None:
    verdict = verdicts[path]
    wanting = [stage for stage in verdict.stages if stage.score < 1 and stage.status != "skipped"]
    assert (verdict.components, wanting) == (Components(1.0, 1.0, 1.0), []), verdict.failure_reason
