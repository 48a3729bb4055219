"""Loads what was exported again, and holds its answers against those of the model itself."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rewardsvc.tasks import TaskRow
from rl import models
from rl.configs.sections import Config
from rl.delivery.export import TOLERANCES, ExportKind, place_of
from rl.delivery.llama_cpp import LlamaCppSampler
from rl.evaluation.answers import Evaluated
from rl.evaluation.figures import difference, estimate, rewarded, right
from rl.evaluation.sampler import evaluate
from rl.evaluation.suite import Suite
from rl.reward.scoring import ScoringThread
from rl.rollout.base import Conversation, Finished, SampledCompletion, Sampler, Sampling
from rl.rollout.transformers import TransformersSampler

ORIGINAL = "original"
"""What the model itself is called in the files of a check."""


@dataclass(frozen=True, slots=True)
class CheckedExport:
    """Greedy answers of an export beside those of the model, over the tasks that both were scored
    on. ``lost``: of the mean reward (None: nothing was scored); ``tolerance``: what may be lost.
    """

    kind: ExportKind
    tasks: int
    reward: float | None
    fully_right: float | None
    lost: float | None
    tolerance: float

    @property
    def kept(self) -> bool:
        """Whether it is as good as it has to be."""
        return self.lost is not None and self.lost <= self.tolerance


@dataclass(frozen=True, slots=True)
class ExportCheck:
    """The model itself, and every export."""

    reward: float | None
    fully_right: float | None
    exports: tuple[CheckedExport, ...]


def check_exports(
    source: Path,
    export_folder: Path,
    kinds: Sequence[ExportKind],
    rows: Sequence[TaskRow],
    scoring: ScoringThread,
    *,
    config: Config,
    threads: int,
) -> ExportCheck:
    """Evaluate the model and each export that can be loaded alone; goes on where it was stopped.

    An adapter is not among those: the merged model is what it makes of its base.

    Raises:
        ExportToolMissing: the wheel that loads GGUF is not installed.
        TooManyUnscored: not one answer was scored.
    """
    folder = export_folder / "check"
    folder.mkdir(parents=True, exist_ok=True)
    suite = Suite(
        held_out=tuple(rows),
        prompt=config.prompt,
        samples_per_task=1,
        seed=config.seed,
        temperature=0.0,
        max_completion_length=config.eval.max_completion_length,
        batch_size=min(config.eval.batch_size, 16),
    )

    def answered(name: str, opened: Callable[[], Sampler]) -> list[Evaluated]:
        return evaluate(
            _Late(opened),
            suite,
            scoring,
            folder / f"{name}.greedy.jsonl",
            deadline_seconds=config.reward.deadline_seconds,
            timed=True,
        )

    original = answered(ORIGINAL, lambda: TransformersSampler(models.load(source, config)))
    exports = []
    for kind in kinds:
        if kind not in TOLERANCES:
            continue
        place = place_of(export_folder, kind)

        def opened(kind: ExportKind = kind, place: Path = place) -> Sampler:
            if kind is ExportKind.MERGED:
                return TransformersSampler(models.load(place, config))
            context = 2 * config.eval.max_completion_length + 2048
            return LlamaCppSampler(place, threads=threads, context=context)

        exports.append(compared(kind, original, answered(kind.value, opened)))
    reward, share = estimate(original, rewarded), estimate(original, right)
    return ExportCheck(reward.value, share.value, tuple(exports))


def compared(
    kind: ExportKind, original: Sequence[Evaluated], exported: Sequence[Evaluated]
) -> CheckedExport:
    """What an export lost. Pure."""
    change = difference(original, exported, rewarded)
    return CheckedExport(
        kind=kind,
        tasks=change.n,
        reward=estimate(exported, rewarded).value,
        fully_right=estimate(exported, right).value,
        lost=None if change.value is None else -change.value,
        tolerance=TOLERANCES[kind],
    )


class _Late:
    """A sampler that is loaded when it is first needed: nothing is, where all answers are there."""

    def __init__(self, opened: Callable[[], Sampler]) -> None:
        self._opened = opened
        self._sampler: Sampler | None = None

    def sample(
        self, prompts: Sequence[Conversation], sampling: Sampling, finished: Finished
    ) -> list[SampledCompletion]:
        self._sampler = self._sampler or self._opened()
        return self._sampler.sample(prompts, sampling, finished)
