"""Training from Python in a few lines: a model, a data set, and the same stages that ``rl`` has."""

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import torch
from transformers import set_seed

from rewardsvc.errors import InvalidFile
from rewardsvc.scorer import open_scorer
from rewardsvc.tasks import TaskRow, read_tasks
from rl import models
from rl.configs.loading import load_config, packaged
from rl.configs.sections import Config
from rl.data import prompt_of, with_means
from rl.errors import InvalidTasks
from rl.models.policy import Policy
from rl.reward.scoring import ScoringThread, settings_for
from rl.rollout.base import Sampling
from rl.rollout.transformers import TransformersSampler
from rl.training import dpo, grpo, sft

FileOfTasks = str | Path
"""``tasks.jsonl``, or the folder that has it."""

Rows = FileOfTasks | Iterable[TaskRow | Mapping[str, Any]]
"""Tasks: a file of them, what ``datagen.create_dataset`` gives, or rows with ``instruction`` and
``output`` (Alpaca's keys; a ``datasets.Dataset`` is such)."""

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
        self._stages = 0

    def train(self, dataset: Rows, *, epochs: float = 1) -> Self:
        """Fine-tune on the reference answers (SFT).

        Args:
            dataset: the tasks.
            epochs: how often each row is seen; with ``sft.augment``, each renamed copy.

        Raises:
            InvalidTasks: there are none with a reference answer.
        """
        rows = self._told(dataset)
        chosen = self.config.sft.model_copy(
            update={"epochs": epochs, "steps": None, "validation": None}
        )
        config = self.config.model_copy(update={"sft": chosen})
        self._policy = sft.fine_tune(self._model(), rows, config, self._stage("sft"))
        return self

    def dpo(self, dataset: Rows | None = None) -> Self:
        """Train on pairs of a better and a worse answer, those of the stage before where None.

        Raises:
            InvalidTasks: no row knows a worse answer.
        """
        rows = self._told(dataset)
        self._policy = dpo.optimize(self._model(), rows, self.config, self._stage("dpo"))
        return self

    def grpo(self, dataset: Rows | None = None, *, steps: int | None = None) -> Self:
        """Train against the reward (GRPO), on the tasks of the stage before where None.

        Raises:
            RewardUnavailable: nobody scores.
            TooManyUnscored: a step had too many answers without a reward.
        """
        rows = self._told(dataset)
        config = self.config
        if steps is not None:
            config = config.model_copy(
                update={"grpo": config.grpo.model_copy(update={"steps": steps})}
            )
        model, folder = self._model(), self._stage("grpo")
        if config.grpo.beta:  # TRL loads the reference model of the KL term from a folder
            model.save(folder / "before")
            model = models.load(folder / "before", config)
        scorer = open_scorer(settings_for(config.reward.deadline_seconds), self._server)
        with ScoringThread(scorer) as scoring:
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
            rows = _rows_of(dataset)
            self._rows = tuple(with_means(row) for row in rows if row.split in ("", "train"))
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

    def _stage(self, name: str) -> Path:
        self._stages += 1
        folder = self._folder / f"{self._stages}-{name}"
        folder.mkdir(parents=True, exist_ok=True)
        return folder


def _configuration(model: str, settings: Sequence[str]) -> Config:
    if model in packaged() or Path(model).suffix in {".yaml", ".yml"}:
        return load_config(model, settings)
    precision = [] if torch.cuda.is_available() else ["bf16=false", "model.dtype=float32"]
    quoted = model.replace("'", "''")
    return load_config(_OF_HUB, [f"model.name='{quoted}'", *precision, *settings])


def _rows_of(dataset: Rows) -> list[TaskRow]:
    """The rows.

    Raises:
        InvalidTasks: the file cannot be read, or a row has no instruction.
    """
    if isinstance(dataset, str | Path):
        path = Path(dataset)
        try:
            return list(read_tasks(path / "tasks.jsonl" if path.is_dir() else path))
        except InvalidFile as error:
            raise InvalidTasks(str(error)) from error
    return [_row_of(row, number) for number, row in enumerate(dataset)]


def _row_of(row: TaskRow | Mapping[str, Any], number: int) -> TaskRow:
    if isinstance(row, TaskRow):
        return row if row.id else replace(row, id=str(number))
    texts = {name: row.get(name, "") for name in ("instruction", "input", "output", "format")}
    wrong = [name for name, text in texts.items() if not isinstance(text, str)]
    if wrong or not texts["instruction"]:
        what = f"{wrong[0]} is no text" if wrong else "it has no instruction"
        raise InvalidTasks(
            f"row {number}: {what}; rows have instruction and output, and format and checks where "
            "they are to be scored (tasks.jsonl)"
        )
    return TaskRow(id=str(row.get("id", number)), **texts)
