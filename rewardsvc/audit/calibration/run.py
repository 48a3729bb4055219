"""A calibration from beginning to end: tools, judge, pairs, figures."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from rewardsvc.audit.calibration.examples import Example, pairs_of
from rewardsvc.audit.calibration.measure import Judged, JudgeGivenUp, Measuring, score
from rewardsvc.audit.calibration.report import CalibrationReport, report_of
from rewardsvc.judge.panel import open_panel
from rewardsvc.judge.rubric import Level
from rewardsvc.scorer import open_scorer
from rewardsvc.settings import Settings

Phase = Callable[[str, int], AbstractContextManager[Callable[[], None]]]
"""Begins a phase (what, of how many) and gives what to call for each one done."""


@dataclass(frozen=True, slots=True)
class CalibrationPlan:
    """What is measured. ``references``: completions that the judge is shown, by group."""

    examples: Sequence[Example]
    references: Mapping[str, str]
    pairs: int
    findings: bool
    good_from: Level

    @property
    def shown(self) -> tuple[str, ...]:
        """What the judge sees beside task and artifact."""
        findings = ("the tools' findings",) if self.findings else ()
        return (*findings, *(("the reference",) if self.references else ()))


async def calibrate(
    settings: Settings, plan: CalibrationPlan, phase: Phase
) -> tuple[CalibrationReport, Sequence[Judged]]:
    """Measure the judges that the settings name.

    Raises:
        JudgeGivenUp: nothing comes from the judges, or the tools decided nothing.
        rewardsvc.errors.RewardServiceError: this machine cannot score, or a judge cannot be asked.
    """
    async with open_panel(settings) as panel:  # first: a missing key is said before any work
        assert panel is not None  # the settings name a judge
        # The tools alone say what is good: no judge among them.
        async with open_scorer(settings.model_copy(update={"judge": ()})) as scorer:
            with phase("asking the tools", len(plan.examples)) as done:
                known = await score(plan.examples, scorer, done)
        if not known.truths:
            raise JudgeGivenUp(
                f"of {len(plan.examples)} answers the tools call none good or bad: "
                f"{known.unscored} are UNSCORED, {known.undecided} are not what they were made for"
            )
        measuring = Measuring(
            panel,
            known,
            plan.references,
            findings=plan.findings,
            in_flight=settings.judge_in_flight,
        )
        with phase("asking the judge", len(known.truths)) as done:
            judged = await measuring.judge(plan.examples, done)
        chosen = pairs_of(known.truths, plan.examples, plan.pairs)
        with phase("asking about pairs", len(chosen)) as done:
            pairs = await measuring.compare(chosen, done)
    report = report_of(
        judged,
        pairs,
        known,
        examples=len(plan.examples),
        good_from=plan.good_from,
        shown=plan.shown,
    )
    return report, judged
