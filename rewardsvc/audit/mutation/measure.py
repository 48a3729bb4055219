"""Mutants through a scorer: the requests of a task, and its report from the verdicts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from rewardsvc.audit.mutation.generate import mutants_of
from rewardsvc.audit.mutation.meaning import Meaning, meaning_of
from rewardsvc.audit.mutation.mutant import Mutant
from rewardsvc.audit.mutation.outcome import Fate, MutantOutcome, holds, outcome_of
from rewardsvc.audit.mutation.report import MutationReport
from rewardsvc.scorer import Scorer
from rewardsvc.tasks import TaskRow
from rewardsvc.types import Means, ScoreRequest, Task, Verdict


@dataclass(frozen=True, slots=True)
class Plan:
    """What will be scored of one task."""

    row: TaskRow
    counted: tuple[Mutant, ...]
    free: tuple[Mutant, ...]
    equivalent: int

    @property
    def requests(self) -> int:
        """How many completions that is, the reference included."""
        return 1 + len(self.counted)


def plan_of(row: TaskRow) -> Plan:
    """The mutants of a row's reference, told apart by whether they have to be caught. Pure."""
    mutants = mutants_of(row.task, row.output)
    meanings = [meaning_of(mutant, row.task) for mutant in mutants.distinct]
    pairs = list(zip(mutants.distinct, meanings, strict=True))
    return Plan(
        row,
        tuple(mutant for mutant, meaning in pairs if meaning is Meaning.COUNTED),
        tuple(mutant for mutant, meaning in pairs if meaning is Meaning.FREE),
        mutants.equivalent,
    )


async def measure(
    plan: Plan, scorer: Scorer, done: Callable[[], None] = lambda: None
) -> MutationReport:
    """Score the reference and the counted mutants; ``done`` hears of each verdict.

    Raises:
        rewardsvc.errors.RewardServiceError: the scorer cannot be used.
    """
    row = plan.row
    empty = MutationReport(
        row.id,
        group_of(row),
        row.format,
        row.checks,
        equivalent=plan.equivalent,
        free=plan.free,
        fixtures=bool(row.fixtures),
    )
    if not row.checks:
        return _skipped(empty, "the task has no checks", plan, done)
    if not row.output:
        return _skipped(empty, "the task has no reference", plan, done)
    verdict = await _scored(scorer, row.task, row.output, done)
    if not holds(verdict):
        outcome = outcome_of(verdict)
        why = outcome.reason or f"the reference itself is {outcome.fate.value}"
        return _skipped(empty, why, plan, done, behind=1)
    outcomes = await judged(row.task, row.output, plan.counted, scorer, done)
    pairs = list(zip(plan.counted, outcomes, strict=True))
    equivalent = [mutant for mutant, outcome in pairs if outcome is None]
    return replace(
        empty,
        counted=tuple((mutant, outcome) for mutant, outcome in pairs if outcome is not None),
        equivalent=plan.equivalent + len(equivalent),
    )


async def judged(
    task: Task,
    reference: str,
    mutants: Sequence[Mutant],
    scorer: Scorer,
    done: Callable[[], None] = lambda: None,
) -> list[MutantOutcome | None]:
    """What became of each mutant; None for one that plans as the reference does."""
    # A mutant that asks for what is not here is a wrong answer, and no fault of this machine's.
    bound = task if task.means is not None else replace(task, means=Means())
    requests = [ScoreRequest(task=bound, completion=mutant.completion) for mutant in mutants]
    outcomes: list[MutantOutcome | None] = []
    for mutant, request in zip(mutants, requests, strict=True):
        (verdict,) = await scorer.score([request])
        done()
        outcome = outcome_of(verdict)
        if outcome.fate is Fate.SURVIVED and await _plans_the_same(task, reference, mutant, scorer):
            outcomes.append(None)
        else:
            outcomes.append(outcome)
    return outcomes


async def _plans_the_same(task: Task, reference: str, mutant: Mutant, scorer: Scorer) -> bool:
    """Whether the plan at the mutant's place is what the reference writes there, in both plans.

    A provider may fill in what is left out. Asked with checks, through whatever scorer there is:
    nobody but the verifier sees a plan.
    """
    if not mutant.same:
        return False
    asked = replace(task, checks=mutant.same)
    verdicts = await scorer.score(
        [
            ScoreRequest(task=asked, completion=reference),
            ScoreRequest(task=asked, completion=mutant.completion),
        ]
    )
    return all(holds(verdict) for verdict in verdicts)


async def _scored(scorer: Scorer, task: Task, completion: str, done: Callable[[], None]) -> Verdict:
    (verdict,) = await scorer.score([ScoreRequest(task=task, completion=completion)])
    done()
    return verdict


def _skipped(
    empty: MutationReport, problem: str, plan: Plan, done: Callable[[], None], behind: int = 0
) -> MutationReport:
    for _ in range(plan.requests - behind):
        done()
    return replace(empty, problem=problem)


def group_of(row: TaskRow) -> str:
    """What a row is counted with in a table: its topic, else its category or format."""
    return "/".join(filter(None, (row.category, row.topic))) or row.format
