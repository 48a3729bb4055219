"""The answers of one model, by the words that name them on a command line.

::

    runs/first/eval/grpo.greedy.jsonl   a file of answers
    runs/bench                          the folder of an evaluation or a run that has one model
    runs/bench:tiny                     one of its models
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from rl.errors import InvalidRunDirectory
from rl.evaluation.answers import Evaluated, read
from rl.evaluation.asked import ANY, EvaluatedTask, read_asked
from rl.evaluation.evaluation import ASKED_FILE, EVALUATION_FILE, read_evaluation
from rl.evaluation.suite import Decoding


@dataclass(frozen=True, slots=True)
class _DeclaredSuite:
    """What :meth:`rl.evaluation.suite.Suite.to_json` says of how many answers there are to be."""

    held_out: tuple[str, ...]
    samples_per_task: int
    temperature: float


_SUITE = TypeAdapter(_DeclaredSuite)


@dataclass(frozen=True, slots=True)
class AnswerSet:
    """``label``: the model's; ``folder``: where its evaluation is; ``tasks``: what was asked, by
    id; ``declared``: what the evaluation wants answered, each a task's id and an answer's number.
    """

    label: str
    folder: Path
    tasks: Mapping[str, EvaluatedTask]
    answers: Mapping[Decoding, Sequence[Evaluated]]
    declared: Mapping[Decoding, frozenset[tuple[str, int]]]


def answer_set(named: str) -> AnswerSet:
    """The answers that are named.

    Raises:
        InvalidRunDirectory: there are none, or several models and none of them is named.
    """
    path = Path(named)
    if path.is_file():
        label, decoding = _parts(path)
        return _set(label, path.parent.parent, {decoding: read(path)})
    label = ""
    if not path.is_dir() and ":" in named:
        before, _, label = named.rpartition(":")
        path = Path(before)
    sets = answer_sets(path)
    if label:
        if label not in sets:
            raise InvalidRunDirectory(
                f"{path}: has no answers of {label!r}, only of {', '.join(sets)}"
            )
        return sets[label]
    if len(sets) > 1:
        forms = ", ".join(f"{path}:{each}" for each in sets)
        raise InvalidRunDirectory(f"{path}: has answers of several models; name one: {forms}")
    return next(iter(sets.values()))


def answer_sets(folder: Path) -> dict[str, AnswerSet]:
    """All models of an evaluation or a run, by label.

    Raises:
        InvalidRunDirectory: there are no answers in the folder.
    """
    found: dict[str, dict[Decoding, list[Evaluated]]] = {}
    for file in sorted((folder / "eval").glob("*.jsonl")):
        label, decoding = _parts(file)
        found.setdefault(label, {})[decoding] = read(file)
    if not found:
        raise InvalidRunDirectory(f"{folder}: holds no answers (no eval/*.jsonl); see `rl eval`")
    return {label: _set(label, folder, by) for label, by in found.items()}


def _parts(file: Path) -> tuple[str, Decoding]:
    label, _, decoding = file.stem.rpartition(".")
    if not label or decoding not in set(Decoding):
        raise InvalidRunDirectory(
            f"{file}: not a file of answers: those are called MODEL.greedy.jsonl or "
            "MODEL.sampled.jsonl"
        )
    return label, Decoding(decoding)


def _set(label: str, folder: Path, answers: Mapping[Decoding, Sequence[Evaluated]]) -> AnswerSet:
    asked = folder / ASKED_FILE
    tasks = read_asked(asked) if asked.is_file() else {}
    for given in answers.values():
        for answer in given:
            # A run keeps no tasks beside its answers: those say their format and topic.
            if answer.task not in tasks:
                tasks[answer.task] = EvaluatedTask(
                    answer.task, ANY, answer.format, answer.topic, ANY, ANY, ANY, ""
                )
    return AnswerSet(label, folder, tasks, answers, _declared(folder))


def _declared(folder: Path) -> dict[Decoding, frozenset[tuple[str, int]]]:
    """What the suites of an evaluation or of a run want answered; without any, each task that was
    asked, once and greedily."""
    suites: list[Mapping[str, object]] = []
    if (folder / EVALUATION_FILE).is_file():
        said = read_evaluation(folder).identity.get("suites")
        suites = said if isinstance(said, list) else []
    else:
        files = sorted((folder / "eval").glob("suite.*.json"))
        suites = [json.loads(file.read_text(encoding="utf-8")) for file in files]
    declared = {}
    for suite in map(_SUITE.validate_python, suites):
        decoding = Decoding.SAMPLED if suite.temperature else Decoding.GREEDY
        numbers = range(suite.samples_per_task)
        declared[decoding] = frozenset((id, number) for id in suite.held_out for number in numbers)
    if not declared and (folder / ASKED_FILE).is_file():
        once = frozenset((id, 0) for id in read_asked(folder / ASKED_FILE))
        declared[Decoding.GREEDY] = once
    return declared
