"""A tool that fails on one answer and on no other: on a task with means, the answer's doing."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest
import pytest_asyncio

from rewardsvc.artifact import Artifact
from rewardsvc.formats import FORMATS
from rewardsvc.local import LocalScorer
from rewardsvc.pipeline import decide, prepare
from rewardsvc.reward import DEFAULT_WEIGHTS
from rewardsvc.settings import Settings
from rewardsvc.types import FailureKind, Means, Status, Verdict
from rewardsvc.verification.verifier import Findings, Workbench
from rewardsvc.witness import witness_of
from sandbox import errors
from tests.needs import lacks
from tests.rewardsvc.test_means import ANSWER, FULL
from tests.rewardsvc.test_pipeline import Reports, request

pytestmark = pytest.mark.asyncio(loop_scope="module")

WITNESS = witness_of(FORMATS["dockerfile"])


class Fails(Reports):
    """A verifier of Dockerfiles that fails on what a test says, and keeps what it was asked."""

    def __init__(self, error: Exception, on: Callable[[int, Artifact], bool]) -> None:
        super().__init__(Findings(FULL))
        self._error = error
        self._on = on
        self.asked: list[Artifact] = []

    async def verify(self, artifact: Artifact, workbench: Workbench) -> Findings:
        self.asked.append(artifact)
        if self._on(len(self.asked), artifact):
            raise self._error
        return await super().verify(artifact, workbench)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bench() -> AsyncIterator[Workbench]:
    async with LocalScorer(Settings.load(cache=False)) as scorer:
        yield scorer.workbench


async def decided(verifier: Fails, means: Means | None, bench: Workbench) -> Verdict:
    asked = request(ANSWER)
    asked = replace(asked, task=replace(asked.task, means=means))
    prepared = prepare(asked)
    failing = replace(prepared, format=replace(prepared.format, verifier=verifier))
    return await decide(failing, bench, DEFAULT_WEIGHTS)


BROKEN = [
    errors.ToolCrashed("it ended with 139"),
    errors.EmulatorFailed("it went away"),
    errors.SandboxError("it could not be set up"),
    KeyError("nobody foresaw this"),
]


@pytest.mark.parametrize("error", BROKEN, ids=lambda error: type(error).__name__)
async def test_what_fails_on_an_answer_alone_is_its_doing(
    error: Exception, bench: Workbench
) -> None:
    verifier = Fails(error, lambda _, artifact: artifact != WITNESS)
    verdict = await decided(verifier, Means(), bench)
    assert verdict.status is Status.SCORED
    assert verdict.reward == pytest.approx(0.35)
    assert "means" in {stage.name for stage in verdict.stages}
    assert [artifact == WITNESS for artifact in verifier.asked] == [False, True] * 3


@pytest.mark.parametrize("error", BROKEN, ids=lambda error: type(error).__name__)
async def test_what_fails_on_the_witness_too_is_ours(error: Exception, bench: Workbench) -> None:
    verdict = await decided(Fails(error, lambda *_: True), Means(), bench)
    assert verdict.status is Status.UNSCORED
    assert not verdict.chosen


@pytest.mark.parametrize("error", BROKEN, ids=lambda error: type(error).__name__)
async def test_what_fails_once_is_forgotten(error: Exception, bench: Workbench) -> None:
    verifier = Fails(error, lambda number, _: number == 1)
    assert (await decided(verifier, Means(), bench)).reward == 1.0


async def test_what_fails_on_a_witness_in_between_is_ours(bench: Workbench) -> None:
    """Tools that break by chance fail on an answer time and again, and on a witness some time."""
    error = errors.ToolCrashed("by chance")
    verdict = await decided(Fails(error, lambda number, _: number in {1, 3, 4}), Means(), bench)
    assert verdict.failure_kind is FailureKind.TOOL_CRASHED


async def test_without_means_it_is_ours_at_once(bench: Workbench) -> None:
    verifier = Fails(errors.ToolCrashed("x"), lambda _, artifact: artifact != WITNESS)
    verdict = await decided(verifier, None, bench)
    assert (verdict.failure_kind, verdict.chosen) == (FailureKind.TOOL_CRASHED, False)
    assert len(verifier.asked) == 1


@pytest.mark.parametrize("error", [errors.ToolMissing("x"), errors.TimedOutByUs("x")])
async def test_what_no_answer_brings_about_is_ours_at_once(
    error: Exception, bench: Workbench
) -> None:
    verifier = Fails(error, lambda _, artifact: artifact != WITNESS)
    assert (await decided(verifier, Means(), bench)).status is Status.UNSCORED
    assert len(verifier.asked) == 1


@pytest.mark.parametrize("format", sorted(FORMATS))
async def test_each_witness_goes_through(format: str, bench: Workbench) -> None:
    witness = witness_of(FORMATS[format])
    if witness is None:
        assert format == "python", "what it builds with is another library each time"
        return
    try:
        findings = await FORMATS[format].verifier.verify(witness, bench)
    except errors.ToolMissing as error:
        reason = f"this machine cannot judge it: {error}"
        lacks("terraform", reason) if format == "terraform" else pytest.skip(reason)
    assert findings.parsed and not findings.vacuous
    assert (findings.fault, findings.lacking) == (None, ())
