"""From names on a command line to models: who is evaluated, where each one is, and it loaded."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rl.errors import InvalidConfig

if TYPE_CHECKING:
    from rewardsvc.tasks import TaskRow
    from rl.cli.evaluating import EvaluationOptions
    from rl.configs.sections import Config
    from rl.evaluation.evaluation import OpenedModel
    from rl.evaluation.subject import Subject


def subjects_of(asked: "EvaluationOptions", run: Path | None) -> tuple["Subject", ...]:
    """Whom the options name.

    Raises:
        InvalidConfig: nobody, two that would be called the same, or what is to be done with one
            cannot be.
    """
    from rl.evaluation.subject import NEAREST, STAGES, Quantization, Subject, told_apart

    subjects: list[Subject] = []
    names = asked.models
    if not names and asked.matrix is None:
        if run is None:
            raise InvalidConfig("nobody to evaluate: name models with --model or --matrix")
        trained = [name for name in STAGES if (run / name / "model" / "config.json").is_file()]
        names = (NEAREST, *trained)
    for name in names:
        subjects.append(Subject(name))
        if asked.examples and name != NEAREST:
            subjects.append(Subject(name, examples=asked.examples))
    if asked.matrix is not None:
        from rl.configs.matrix import load_matrix

        for entry in load_matrix(asked.matrix).models:
            for quantization in entry.quantizations:
                chosen = None if quantization is None else Quantization(quantization)
                subjects += [Subject(entry.model, chosen, each) for each in entry.examples]
    for subject in subjects:
        if subject.api is not None and subject.quantization is not None:
            raise InvalidConfig(
                f"{subject.model}: its service decides about its weights: leave quantizations out"
            )
    return told_apart(subjects)


def folder_of(subject: "Subject", run: Path | None) -> Path:
    """Where a model of this machine is, if it is in a folder."""
    from rl.evaluation.subject import STAGES

    if subject.model in STAGES and run is not None:
        return run / subject.model / "model"
    return Path(subject.model)


def opened_model(
    subject: "Subject", config: "Config", examples: Sequence["TaskRow"], run: Path | None
) -> "OpenedModel":
    """A model of this machine, loaded.

    Raises:
        TrainingError: it cannot be; says why.
    """
    from rl.evaluation.evaluation import OpenedModel
    from rl.evaluation.subject import NEAREST, STAGES

    if subject.model == NEAREST:
        from rl.evaluation.nearest import NearestAnswer

        return OpenedModel(NearestAnswer(examples, config.prompt))
    import torch

    from rl import models
    from rl.configs.sections import HubModel, NanoModel
    from rl.models import hub, quantized
    from rl.models.policy import Policy
    from rl.rollout.transformers import TransformersSampler

    if config.threads is not None:
        torch.set_num_threads(config.threads)
    folder = folder_of(subject, run)
    if subject.quantization is not None:
        source, revision = str(folder), None
        if subject.model == "base" and isinstance(config.model, HubModel) and run is None:
            source, revision = config.model.name, config.model.revision
        policy = quantized.load(source, subject.quantization.value, revision)
    elif (folder / "config.json").is_file():
        policy = models.load(folder, config)
    elif subject.model == "base":
        if isinstance(config.model, NanoModel):
            raise InvalidConfig(
                "the nano model begins with its training: name a run with --out, or its folder"
            )
        policy = models.base(config, ())
    elif subject.model in STAGES or _is_path(subject.model):
        policy = models.load(folder, config)  # says what is wrong
    else:
        policy = Policy(*hub.load(HubModel(kind="hub", name=subject.model)))
    peak: Callable[[], int | None] = lambda: None  # noqa: E731
    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()
        peak = torch.cuda.max_memory_allocated
    return OpenedModel(TransformersSampler(policy), quantized.weight_bytes(policy), peak)


def _is_path(model: str) -> bool:
    return Path(model).exists() or model.startswith((".", "/"))
