"""The whole run in one directory: evaluate, SFT, evaluate, GRPO, evaluate, report.

Every phase leaves a result under its final name only when it is whole (a model folder, a finished
evaluation), so a run that is started again repeats nothing that is done and goes on inside of what
is not.
"""

import json
import math
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from rl import models
from rl.configs.sections import Config, NanoModel
from rl.data import Split
from rl.errors import InvalidRunDirectory
from rl.evaluation import answers, report
from rl.evaluation.answers import Evaluated
from rl.evaluation.figures import DECODINGS, Evaluations, title
from rl.evaluation.nearest import NearestAnswer
from rl.evaluation.sampler import evaluate
from rl.evaluation.subject import NEAREST
from rl.evaluation.suite import Decoding, Suite, suites_of
from rl.models.policy import Policy
from rl.reward.scoring import ScoringThread
from rl.rollout.base import Sampler
from rl.rollout.transformers import TransformersSampler
from rl.training import dpo, grpo, sft
from rl.training.pace import measured


@dataclass(frozen=True, slots=True)
class Run:
    """A run directory and what belongs to it; :func:`open_run` makes one."""

    folder: Path
    config: Config
    split: Split

    def model_folder(self, name: str) -> Path:
        """Where the model of a stage lies once it is whole."""
        return self.folder / name / "model"

    def done(self, name: str) -> bool:
        """Whether the model of a stage is whole."""
        return (self.model_folder(name) / "config.json").is_file()

    def model(self, name: str) -> Policy:
        """The model of a stage that is done, or the base.

        Raises:
            InvalidRunDirectory: it is not done.
        """
        return self.base() if name == "base" else models.load(self.model_folder(name), self.config)

    def base(self) -> Policy:
        """The model before training; made at the first call."""
        return self._model("base", lambda: models.base(self.config, self.split.answered))

    def sft(self, scoring: ScoringThread | None) -> Policy:
        """The model after SFT; trained unless that is done.

        Args:
            scoring: who validates; None where the configuration asks for no validation.
        """

        def train() -> Policy:
            return sft.fine_tune(
                self.base(),
                self.split.answered,
                self.config,
                self.folder / "sft",
                scoring=scoring,
                validation=self.split.validation,
            )

        return self._model("sft", train)

    def dpo(self, start: Path | None = None) -> Policy:
        """The model after DPO; trained unless that is done.

        Args:
            start: as :meth:`grpo` has it.
        """

        def train() -> Policy:
            return dpo.optimize(
                self._first(start), self.split.answered, self.config, self.folder / "dpo"
            )

        return self._model("dpo", train)

    def grpo(self, scoring: ScoringThread, start: Path | None = None) -> Policy:
        """The model after GRPO; trained unless that is done.

        Args:
            scoring: who rewards.
            start: the model to start from; that after SFT, or the base where there was no SFT.
        """

        def train() -> Policy:
            # Always from its folder: TRL loads the reference model of the KL term from there.
            return grpo.optimize(
                self._first(start), self.split.train, scoring, self.config, self.folder / "grpo"
            )

        return self._model("grpo", train)

    def _first(self, start: Path | None) -> Policy:
        """The model that a stage begins with."""
        if start is None and not self.done("sft"):
            self.base()
        first = start or self.model_folder("sft" if self.done("sft") else "base")
        return models.load(first, self.config)

    def evaluated(
        self, name: str, policy: Callable[[], Policy], scoring: ScoringThread
    ) -> dict[Decoding, list[Evaluated]]:
        """The answers of one model to the held-out tasks; sampled unless they all are there."""
        suites = suites_of(self.split, self.config)
        return self._evaluated(name, suites, lambda: TransformersSampler(policy()), scoring)

    def nearest(self, scoring: ScoringThread) -> dict[Decoding, list[Evaluated]]:
        """The answers that need no model, to the same tasks; they are the same however sampled."""
        greedy, *others = suites_of(self.split, self.config)
        sampler = NearestAnswer(self.split.answered, self.config.prompt)
        found = self._evaluated(NEAREST, [greedy], lambda: sampler, scoring)[greedy.decoding]
        return {suite.decoding: found for suite in (greedy, *others)}

    def _evaluated(
        self,
        name: str,
        suites: Sequence[Suite],
        sampler: Callable[[], Sampler],
        scoring: ScoringThread,
    ) -> dict[Decoding, list[Evaluated]]:
        folder = self.folder / "eval"
        folder.mkdir(parents=True, exist_ok=True)
        found: dict[Decoding, list[Evaluated]] = {}
        opened: Sampler | None = None
        for suite in suites:
            file = folder / f"{name}.{suite.decoding}.jsonl"
            whole = file.with_suffix(".done")
            if whole.is_file():
                found[suite.decoding] = answers.read(file)
                continue
            declared = folder / f"suite.{suite.decoding}.json"
            declared.write_text(suite.to_json(), encoding="utf-8")
            _tell(
                f"evaluating {title(name)}, {DECODINGS[suite.decoding]}, on "
                f"{len(suite.held_out)} held-out tasks"
            )
            with self._clock(f"eval {name}"):
                opened = opened or sampler()
                found[suite.decoding] = evaluate(
                    opened,
                    suite,
                    scoring,
                    file,
                    deadline_seconds=self.config.reward.deadline_seconds,
                )
            whole.touch()
        return found

    def whole(self, scoring: ScoringThread) -> report.Report:
        """All phases, and the report; says first how long they will take."""
        if isinstance(self.config.model, NanoModel) and not self.done("sft"):
            self._tell_duration()  # of the model that trains on CPUs
        evaluations = {NEAREST: self.nearest(scoring)}
        evaluations["base"] = self.evaluated("base", self.base, scoring)
        self.sft(scoring)
        evaluations["sft"] = self.evaluated("sft", lambda: self.sft(scoring), scoring)
        self.grpo(scoring)
        evaluations["grpo"] = self.evaluated("grpo", lambda: self.grpo(scoring), scoring)
        return self.report(evaluations)

    def report(self, evaluations: Evaluations) -> report.Report:
        """Write the report about what was evaluated."""
        seconds = self._seconds()
        facts = {
            "Configuration": f"{self.config.name} (config.yaml beside this file)",
            "Tasks": f"{len(self.split.train)} to train on, {len(self.split.test)} held out"
            + (" (split by seed, for the rows name none)" if self.split.made_here else ""),
            "Sampling": self._sampling(),
            "Seconds": ", ".join(f"{name} {spent:.0f}" for name, spent in seconds.items()),
        }
        rewards = self.folder / "grpo" / "rewards.jsonl"
        held_out = suites_of(self.split, self.config)[0].held_out
        return report.write(self.folder, evaluations, held_out, facts, rewards)

    def _tell_duration(self) -> None:
        pairs = self.split.answered
        pace = measured(self.base(), pairs, self.config)
        seconds = pace.of_run(self.config, len(pairs), len(self.split.test))
        _tell(
            f"this machine takes {1000 * pace.pair:.0f} ms to learn from a pair and "
            f"{1000 * pace.answer:.0f} ms for an answer: about {math.ceil(seconds / 60)} minutes "
            "for training and evaluation"
        )

    def _model(self, name: str, make: Callable[[], Policy]) -> Policy:
        folder = self.model_folder(name)
        if self.done(name):
            return models.load(folder, self.config)
        if name != "base":
            _tell(f"training: {name}")
        with self._clock(name):
            policy = make()
        partial = folder.with_name("model.partial")
        shutil.rmtree(partial, ignore_errors=True)
        policy.save(partial)
        partial.rename(folder)
        return policy

    def _sampling(self) -> str:
        asked, trained = self.config.eval, self.config.grpo.temperature
        also = (
            f", then {asked.samples_per_task} a task at temperature {asked.temperature:g}"
            if asked.temperature
            else ""
        )
        return (
            f"held-out tasks are answered greedily{also}; answers in GRPO's steps are sampled at "
            f"temperature {trained:g}"
        )

    def _clock(self, name: str) -> "_Clock":
        return _Clock(self.folder / "seconds.json", name)

    def _seconds(self) -> dict[str, float]:
        return _Clock(self.folder / "seconds.json", "").read()


class _Clock:
    """Adds the seconds of a phase to those that earlier attempts at it took."""

    def __init__(self, file: Path, name: str) -> None:
        self._file, self._name = file, name
        self._began = 0.0

    def read(self) -> dict[str, float]:
        if not self._file.is_file():
            return {}
        seconds: dict[str, float] = json.loads(self._file.read_text())
        return seconds

    def __enter__(self) -> None:
        self._began = time.monotonic()

    def __exit__(self, *_: object) -> None:
        seconds = self.read()
        spent = time.monotonic() - self._began
        seconds[self._name] = round(seconds.get(self._name, 0.0) + spent, 1)
        self._file.write_text(json.dumps(seconds, indent=1))


def open_run(folder: Path, config: Config, split: Split) -> Run:
    """The run in a folder: a new one, or one to go on with.

    Raises:
        InvalidRunDirectory: the folder holds a run with another configuration or other tasks, or
            something else than a run.
    """
    identity = {"config": _identity(config), "tasks": split.digest}
    marker = folder / "run.json"
    if marker.is_file():
        known = json.loads(marker.read_text(encoding="utf-8"))
        for what, now in identity.items():
            if known.get(what) != now:
                different = _different(known.get(what), now)
                raise InvalidRunDirectory(
                    f"{folder}: holds a run with another {what}{different}; name another --out, or "
                    "remove it to start anew"
                )
    elif folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InvalidRunDirectory(f"{folder}: is neither empty nor a run; name another --out")
    folder.mkdir(parents=True, exist_ok=True)
    values = yaml.safe_dump(config.model_dump(mode="json"), sort_keys=False)
    (folder / "config.yaml").write_text(values, encoding="utf-8")
    marker.write_text(json.dumps(identity, indent=1), encoding="utf-8")
    return Run(folder, config, split)


def _identity(config: Config) -> dict[str, object]:
    """What must not change between two starts of one run: not where servers listen, for example."""
    return config.model_dump(mode="json", exclude={"threads", "reward", "rollout"}) | {
        "data": config.data.model_dump(mode="json", exclude={"tasks"})
    }


def _different(known: object, now: object) -> str:
    if not isinstance(known, dict) or not isinstance(now, dict):
        return ""
    keys = [key for key in now if known.get(key) != now[key]]
    return f" ({', '.join(keys)})" if keys else ""


def _tell(words: str) -> None:
    print(words, file=sys.stderr, flush=True)
