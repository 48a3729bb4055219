"""Loads what was exported again, and holds its answers against those of the model itself."""

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path

from rewardsvc.tasks import TaskRow, row_to_json
from rl import models
from rl.configs.sections import Config
from rl.delivery.digest import place_digest
from rl.delivery.export import TOLERANCES, ExportKind, place_of
from rl.delivery.export_check import CheckedExport, ExportCheck
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

    Answers to other tasks, or of a model or a file that was another one then, are dropped.

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

    def answered(name: str, place: Path, opened: Callable[[], Sampler]) -> list[Evaluated]:
        _drop_answers_of_others(folder, name, asked=_digest(suite), given=place_digest(place))
        return evaluate(
            _Late(opened),
            suite,
            scoring,
            folder / f"{name}.greedy.jsonl",
            deadline_seconds=config.reward.deadline_seconds,
            timed=True,
        )

    original = answered(ORIGINAL, source, lambda: TransformersSampler(models.load(source, config)))
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

        exports.append(compared(kind, original, answered(kind.value, place, opened)))
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


def _drop_answers_of_others(folder: Path, name: str, *, asked: str, given: str) -> None:
    """Start a file of answers anew unless the same model or file gave them to the same tasks."""
    identity = json.dumps({"asked": asked, "answered_by": given})
    of = folder / f"{name}.identity.json"
    if not of.is_file() or of.read_text(encoding="utf-8") != identity:
        (folder / f"{name}.greedy.jsonl").unlink(missing_ok=True)
        of.write_text(identity, encoding="utf-8")


def _digest(suite: Suite) -> str:
    content = hashlib.sha256(suite.to_json().encode("utf-8", "surrogatepass"))
    for row in suite.held_out:
        content.update(row_to_json(row).encode("utf-8", "surrogatepass"))
    return content.hexdigest()


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
