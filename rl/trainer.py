"""Training from Python in a few lines: a model, a data set, and the same stages that ``rl`` has."""

import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Self

import torch
from transformers import set_seed

from rewardsvc.scorer import open_scorer
from rewardsvc.tasks import TaskRow
from rl import models
from rl.configs.loading import load_config, packaged
from rl.configs.sections import Config, HubModel
from rl.data import prompt_of, validation_rows, with_means
from rl.delivery.digest import place_digest
from rl.errors import InvalidTasks
from rl.given_rows import Rows, given_rows
from rl.models.policy import Policy
from rl.reward.scoring import ScoringThread, settings_for
from rl.rollout.base import Sampling
from rl.rollout.transformers import TransformersSampler
from rl.training import dpo, grpo, sft
from rl.training.stage import open_stage

_OF_HUB = "qwen2.5-0.5b"
"""The configuration of a model that is named by its place on the hub."""


class Trainer:
    """A model that gets better by stages, in any order::

        trainer = Trainer(model="nano")
        trainer.train("data/docker", epochs=1)
        trainer.save("runs/nano")

    Rows that say ``"split": "test"`` or ``"validation"`` are never trained on.
    """

    def __init__(
        self,
        model: str = "nano",
        *,
        server: str | None = None,
        settings: Sequence[str] = (),
        folder: str | Path | None = None,
    ) -> None:
        """Nothing is loaded before the first stage.

        Args:
            model: a configuration by its name or file, a model on the hub, or a model's folder.
            server: ``host:port`` of the reward server; rewards are made in this process where None.
            settings: keys of the configuration, as ``--set`` has them: ``grpo.steps=20``.
            folder: for checkpoints and logs, from which a stage goes on that was stopped; a
                temporary one where None.

        Raises:
            InvalidConfig: a setting is wrong.
        """
        self.config = _configuration(model, settings)
        self._server = server or self.config.reward.server
        self._scratch = tempfile.TemporaryDirectory(prefix="assay-training-")
        self._folder = Path(folder) if folder is not None else Path(self._scratch.name)
        self._policy: Policy | None = None
        self._rows: tuple[TaskRow, ...] = ()
        self._kept_out: tuple[TaskRow, ...] = ()
        self._stages: list[str] = []

    def train(self, dataset: Rows, *, epochs: float | None = None) -> Self:
        """Fine-tune on the reference answers (SFT).

        Args:
            dataset: the tasks.
            epochs: how often each row is seen (with ``sft.augment``, each renamed copy), whatever
                ``sft.steps`` and ``sft.validation`` say; None: as the configuration has it, where
                validation takes the rows of that split, or, where there are none, a fifth of the
                others at most.

        Raises:
            InvalidTasks: there are none with a reference answer.
            InvalidRunDirectory: the folder has this stage of other rows, settings or another model.
        """
        rows, config = self._told(dataset), self.config
        if epochs is not None:
            exactly = {"epochs": epochs, "steps": None, "validation": None}
            config = config.model_copy(update={"sft": config.sft.model_copy(update=exactly)})
        validating: Sequence[TaskRow] = ()
        if (asked := config.sft.validation) is not None:
            validating = validation_rows(rows, self._kept_out, asked.tasks, config.seed)
            rows = tuple(row for row in rows if row not in validating)
        if not validating:
            none = config.sft.model_copy(update={"validation": None})
            config = config.model_copy(update={"sft": none})
        model, folder = self._model(), self._stage("sft", config, (*rows, *validating))
        with ExitStack() as stack:
            scoring = stack.enter_context(self._scoring(config)) if validating else None
            self._policy = sft.fine_tune(
                model, rows, config, folder, scoring=scoring, validation=validating
            )
        return self

    def dpo(self, dataset: Rows | None = None) -> Self:
        """Train on pairs of a better and a worse answer, those of the stage before where None.

        Raises:
            InvalidTasks: no row knows a worse answer.
            InvalidRunDirectory: as of :meth:`train`.
        """
        rows = self._told(dataset)
        model, folder = self._model(), self._stage("dpo", self.config, rows)
        self._policy = dpo.optimize(model, rows, self.config, folder)
        return self

    def grpo(self, dataset: Rows | None = None, *, steps: int | None = None) -> Self:
        """Train against the reward (GRPO), on the tasks of the stage before where None.

        Raises:
            RewardUnavailable: nobody scores.
            InvalidRunDirectory: as of :meth:`train`.
            TooManyUnscored: a step had too many answers without a reward.
        """
        rows = self._told(dataset)
        config = self.config
        if steps is not None:
            config = config.model_copy(
                update={"grpo": config.grpo.model_copy(update={"steps": steps})}
            )
        model, folder = self._model(), self._stage("grpo", config, rows)
        if config.grpo.beta:  # TRL loads the reference model of the KL term from a folder
            model.save(folder / "before")
            model = models.load(folder / "before", config)
        with self._scoring(config) as scoring:
            self._policy = grpo.optimize(model, rows, scoring, config, folder)
        return self

    def answer(self, instruction: str, *, format: str = "", input: str = "") -> str:
        """What the model answers to an instruction, greedily."""
        row = TaskRow(id="", format=format, instruction=instruction, input=input)
        sampling = Sampling(0.0, self.config.eval.max_completion_length)
        sampler = TransformersSampler(self._model())
        prompts = [prompt_of(row, self.config.prompt)]
        (completion,) = sampler.sample(prompts, sampling, lambda place, text: None)
        return completion.text

    def save(self, folder: str | Path) -> Path:
        """Write model and tokenizer, as transformers and vLLM read them; gives the folder."""
        self._model().save(Path(folder))
        return Path(folder)

    def _told(self, dataset: Rows | None) -> tuple[TaskRow, ...]:
        if dataset is not None:
            rows = [with_means(row) for row in given_rows(dataset)]
            self._rows = tuple(row for row in rows if row.split in ("", "train"))
            self._kept_out = tuple(row for row in rows if row.split == "validation")
        if not self._rows:
            raise InvalidTasks("there is no row to train on")
        return self._rows

    def _model(self) -> Policy:
        if self._policy is None:
            set_seed(self.config.seed)
            if self.config.threads is not None:
                torch.set_num_threads(self.config.threads)
            answered = [row for row in self._rows if row.output]
            self._policy = models.base(self.config, answered)
        return self._policy

    def _scoring(self, config: Config) -> ScoringThread:
        return ScoringThread(
            open_scorer(settings_for(config.reward.deadline_seconds), self._server)
        )

    def _stage(self, name: str, config: Config, rows: Sequence[TaskRow]) -> Path:
        """The folder of the next stage: of the very same one where it has checkpoints."""
        folder = self._folder / f"{len(self._stages) + 1}-{name}"
        start = self._stages[-1] if self._stages else _of_model(config)
        self._stages.append(open_stage(folder, name, config, rows, start))
        return folder


def _of_model(config: Config) -> str:
    """Which model a first stage begins with."""
    model = config.model
    digest = place_digest(Path(model.name)) if isinstance(model, HubModel) else ""
    return f"{model.model_dump_json()} {digest}".strip()


def _configuration(model: str, settings: Sequence[str]) -> Config:
    if model in packaged() or Path(model).suffix in {".yaml", ".yml"}:
        return load_config(model, settings)
    precision = [] if torch.cuda.is_available() else ["bf16=false", "model.dtype=float32"]
    quoted = model.replace("'", "''")
    return load_config(_OF_HUB, [f"model.name='{quoted}'", *precision, *settings])
