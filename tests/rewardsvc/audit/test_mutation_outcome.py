"""Who noticed a mutant, as its verdict says."""

import pytest

from rewardsvc.audit.mutation.measure import Plan, measure
from rewardsvc.audit.mutation.outcome import Fate, outcome_of
from rewardsvc.reward import DEFAULT_WEIGHTS, rule_of
from rewardsvc.tasks import TaskRow
from rewardsvc.types import (
    Check,
    Component,
    Components,
    Diagnostic,
    FailureKind,
    Fixture,
    Stage,
    StageStatus,
    Status,
    Verdict,
)
from tests.datagen.faults import FaultyScorer, scored


def verdict(
    *stages: tuple[str, Component, StageStatus],
    syntax: float = 1.0,
    correctness: float = 1.0,
    checks: tuple[int, ...] = (),
) -> Verdict:
    made = [Stage(name, component, status, 0.0) for name, component, status in stages]
    made.append(
        Stage(
            "checks",
            Component.CORRECTNESS,
            StageStatus.FAILED if checks else StageStatus.PASSED,
            0.0 if checks else 1.0,
            diagnostics=tuple(Diagnostic("error", "no", f"checks[{index}]") for index in checks),
        )
    )
    return Verdict(
        id="",
        status=Status.SCORED,
        reward=0.0,
        components=Components(syntax, correctness, 1.0),
        stages=tuple(made),
        failure_kind=None,
        failure_reason="",
        toolchain="t",
        rule=rule_of(DEFAULT_WEIGHTS),
    )


@pytest.mark.parametrize(
    ("given", "fate", "checks"),
    [
        (verdict(), Fate.SURVIVED, ()),
        (verdict(correctness=0.5, checks=(2,)), Fate.CHECKS, (2,)),
        (
            verdict(
                ("schema", Component.SYNTAX, StageStatus.FAILED),
                syntax=0.5, correctness=0.0, checks=(0, 1),
            ),
            Fate.TOOLS,
            (),
        ),
        (
            verdict(("plan", Component.CORRECTNESS, StageStatus.FAILED), correctness=0.0),
            Fate.TOOLS,
            (),
        ),
        (verdict(syntax=0.5, correctness=0.0), Fate.TOOLS, ()),
        (verdict(("lint", Component.FORMAT, StageStatus.FAILED)), Fate.SURVIVED, ()),
        # off-task: no check holds, and the caps make syntax less than 1 though the tools accept it
        (verdict(syntax=0.5, correctness=0.0, checks=(0,)), Fate.CHECKS, (0,)),
    ],
    ids=["survived", "checks", "tools", "plan", "vacuous", "lint catches nothing", "off-task"],
)  # fmt: skip
def test_who_noticed_is_read_from_the_verdict(
    given: Verdict, fate: Fate, checks: tuple[int, ...]
) -> None:
    outcome = outcome_of(given)
    assert (outcome.fate, outcome.checks) == (fate, checks)


def test_a_fault_of_ours_is_nobodys_catch() -> None:
    unscored = Verdict(
        id="",
        status=Status.UNSCORED,
        reward=None,
        components=None,
        stages=(),
        failure_kind=FailureKind.TOOL_MISSING,
        failure_reason="no hadolint",
        toolchain="t",
        rule=rule_of(DEFAULT_WEIGHTS),
    )
    outcome = outcome_of(unscored)
    assert outcome.fate is Fate.UNSCORED
    assert outcome.reason == "TOOL_MISSING: no hadolint"


@pytest.mark.asyncio
@pytest.mark.parametrize(("fixtures", "useless"), [((), [0, 1]), ((Fixture(),), [])])
async def test_no_check_is_called_useless_where_fixtures_hide_what_it_caught(
    fixtures: tuple[Fixture, ...], useless: list[int]
) -> None:
    row = TaskRow(
        id="a", format="bash", instruction="", output="```bash\nls\n```",
        checks=(Check(), Check()), fixtures=fixtures,
    )  # fmt: skip
    scorer = FaultyScorer(lambda request, _: scored(request))
    report = await measure(Plan(row, (), (), 0), scorer)
    assert not report.problem
    assert report.useless == useless
