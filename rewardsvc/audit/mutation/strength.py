"""How strong the checks of one task are, at the least cost: for whoever decides on many tasks.

What :mod:`rewardsvc.audit.mutation.measure` reports in full, as one number. Two ways save work:

- Where checks see a pure function of the text (YAML documents, a Dockerfile's instructions), a
  mutant on which a check does not hold is caught without any tool; only what all checks accept is
  scored. The answer is the same: what the tools accept, checks see in that very shape.
- Where every mutant costs a plan, at most so many are scored: a sample over all kinds, drawn with
  the task's seed.
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
from rewardsvc.audit.mutation.render import YamlError, load, tagged
from rewardsvc.checks import CompiledChecks, compile_checks
from rewardsvc.extract import extract
from rewardsvc.scorer import Scorer
from rewardsvc.types import CheckKind, FailureKind, JsonValue, Target, Task
from rewardsvc.verifiers import VERIFIERS
from rewardsvc.verifiers.dockerfile.build import build_of, tree_of
from rewardsvc.verifiers.dockerfile.syntax import DockerfileError, parse


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

    ``most``: of mutants that need a plan each, so many are scored, drawn with ``seed``.

    Raises:
        rewardsvc.errors.RewardServiceError: the scorer cannot be used.
    """
    counted = [
        mutant
        for mutant in mutants_of(task, reference).distinct
        if meaning_of(mutant, task) is Meaning.COUNTED
    ]
    if Target.PLAN in VERIFIERS[task.format].targets:
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
    verifier = VERIFIERS[task.format]
    pure = [check for check in task.checks if check.kind is CheckKind.JMESPATH]
    if verifier.targets not in ({Target.DOCUMENTS}, {Target.AST}):
        return []
    if Target.AST in verifier.targets and task.format != "dockerfile":
        return []
    return [compile_checks([check], verifier) for check in pure]


def _fails(task: Task, mutant: Mutant, checks: Sequence[CompiledChecks]) -> bool:
    """Whether some check certainly does not hold on a mutant."""
    if not checks:
        return False
    artifact = extract(mutant.completion, task, VERIFIERS[task.format]).artifact
    seen = _shown(task.format, artifact) if artifact is not None else None
    if seen is None:
        return False
    stages = (check.evaluate(seen).stage for check in checks)
    return any(stage is not None and stage.score < 1.0 for stage in stages)


def _shown(format: str, artifact: Artifact) -> Mapping[Target, JsonValue] | None:
    """What checks would see if the tools accept the answer; None where that is not certain."""
    if len(artifact.files) != 1:
        return None
    (file,) = artifact.files
    try:
        if format == "dockerfile":
            instructions = parse(file.text)
            return {Target.AST: tree_of(build_of(instructions), instructions)}
        documents = load(file.text)
    except (YamlError, DockerfileError):
        return None
    lists = any(isinstance(each, dict) and each.get("kind") == "List" for each in documents)
    if lists or "<<" in file.text or any(map(tagged, documents)):
        return None
    return {Target.DOCUMENTS: documents}
