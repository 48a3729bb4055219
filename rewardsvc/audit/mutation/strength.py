"""How strong the checks of one task are, at the least cost: for whoever decides on many tasks.

What :mod:`rewardsvc.audit.mutation.measure` reports in full, as one number. Two ways save work:

- Where checks see a pure function of the text (YAML documents, a Dockerfile's instructions), a
  mutant on which a check does not hold is caught without any tool; only what all checks accept is
  scored. The answer is the same: what the tools accept, checks see in that very shape.
- Where every mutant costs a plan, or has a chart rendered, at most so many are scored: a sample
  over all kinds, drawn with the task's seed.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from rewardsvc.artifact import Artifact
from rewardsvc.audit.mutation.generate import mutants_of
from rewardsvc.audit.mutation.meaning import Meaning, meaning_of
from rewardsvc.audit.mutation.measure import judged
from rewardsvc.audit.mutation.mutant import Mutant
from rewardsvc.audit.mutation.outcome import Fate
from rewardsvc.checks import CompiledChecks, compile_checks
from rewardsvc.extract import extract
from rewardsvc.format import Format
from rewardsvc.formats import FORMATS
from rewardsvc.scorer import Scorer
from rewardsvc.types import CheckKind, FailureKind, JsonValue, Target, Task


@dataclass(frozen=True, slots=True)
class Strength:
    """``measured``: mutants that had to be caught. ``survivors``: those that were not, as text.

    ``fault`` and ``reason``: why nothing is known, where a mutant could not be scored.
    """

    measured: int
    survivors: tuple[str, ...] = ()
    fault: FailureKind | None = None
    reason: str = ""

    @property
    def surviving(self) -> float:
        """The share that survived, 0 where there was nothing to catch."""
        return len(self.survivors) / self.measured if self.measured else 0.0


async def strength_of(
    task: Task, reference: str, scorer: Scorer, *, most: int, seed: str
) -> Strength:
    """Measure the checks of a task whose reference is accepted.

    ``most``: of mutants that are costly each, so many are scored, drawn with ``seed``.

    Raises:
        rewardsvc.errors.RewardServiceError: the scorer cannot be used.
    """
    counted = [
        mutant
        for mutant in mutants_of(task, reference).distinct
        if meaning_of(mutant, task) is Meaning.COUNTED
    ]
    if FORMATS[task.format].mutations.load().costly:
        counted = sampled(counted, most, seed)
    checks = _pure_checks(task)
    open_ones = [mutant for mutant in counted if not _fails(task, mutant, checks)]
    outcomes = await judged(task, reference, open_ones, scorer)
    unscored = next((each for each in outcomes if each and each.fate is Fate.UNSCORED), None)
    if unscored is not None:
        return Strength(0, fault=unscored.fault, reason=unscored.reason)
    return Strength(
        len(counted) - outcomes.count(None),
        tuple(
            str(mutant)
            for mutant, outcome in zip(open_ones, outcomes, strict=True)
            if outcome is not None and outcome.fate is Fate.SURVIVED
        ),
    )


def sampled(mutants: Sequence[Mutant], most: int, seed: str) -> list[Mutant]:
    """At most so many, kinds taking turns, each kind's own in an order that the seed gives."""
    kinds: dict[str, list[Mutant]] = defaultdict(list)
    for mutant in mutants:
        kinds[mutant.kind.value].append(mutant)
    rng = Random(seed)
    for kind in sorted(kinds):
        rng.shuffle(kinds[kind])
    chosen: list[Mutant] = []
    while any(kinds.values()) and len(chosen) < most:
        for kind in sorted(kinds):
            if kinds[kind] and len(chosen) < most:
                chosen.append(kinds[kind].pop())
    return chosen


def _pure_checks(task: Task) -> list[CompiledChecks]:
    """The checks that can be evaluated here, each apart; none where it takes a tool to see."""
    format = FORMATS[task.format]
    if format.mutations.load().shown is None:
        return []
    pure = [check for check in task.checks if check.kind is CheckKind.JMESPATH]
    return [compile_checks([check], format) for check in pure]


def _fails(task: Task, mutant: Mutant, checks: Sequence[CompiledChecks]) -> bool:
    """Whether some check certainly does not hold on a mutant."""
    if not checks:
        return False
    format = FORMATS[task.format]
    artifact = extract(mutant.completion, task, format.verifier).artifact
    seen = _seen(format, artifact) if artifact is not None else None
    if seen is None:
        return False
    stages = (check.evaluate(seen).stage for check in checks)
    return any(stage is not None and stage.score < 1.0 for stage in stages)


def _seen(format: Format, artifact: Artifact) -> Mapping[Target, JsonValue] | None:
    """What checks would see if the tools accept the answer; None where that is not certain."""
    mutations = format.mutations.load()
    if mutations.shown_together is not None and len(artifact.files) > 1:
        return mutations.shown_together(artifact)
    if mutations.shown is None or len(artifact.files) != 1:
        return None
    (file,) = artifact.files
    return mutations.shown(file.text)
