"""Task rows become what the trainers eat: a split, and prompts and answers as chat messages."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rewardsvc.errors import InvalidFile
from rewardsvc.extras import needing
from rewardsvc.prompts import prompt_of as asked
from rewardsvc.tasks import TaskRow, read_tasks, row_to_json
from rl.configs.sections import Data, Prompt
from rl.errors import InvalidTasks

Message = dict[str, str]
"""``{"role": …, "content": …}``, as chat templates take them."""

_TRAINED_FOR_A_VALIDATED = 5
"""Rows, where a split has none to validate on."""

_SPLITS = ("train", "validation", "test", "")
_OTHER_SPLITS_HINT = 'a row\'s split is "train", "validation", "test" or ""'


@dataclass(frozen=True, slots=True)
class Split:
    """The tasks to train on and those held out. ``made_here``: the file had no test rows.

    ``validation``: rows that are to be kept out of both.
    """

    train: tuple[TaskRow, ...]
    test: tuple[TaskRow, ...]
    made_here: bool
    validation: tuple[TaskRow, ...] = ()

    @property
    def answered(self) -> tuple[TaskRow, ...]:
        """The train rows that have a reference answer: what SFT learns from."""
        return tuple(row for row in self.train if row.output)

    @property
    def digest(self) -> str:
        """Which tasks these are: a run goes on only with the very same."""
        content = hashlib.sha256()
        for row in (*self.train, *self.test, *self.validation):
            content.update(row_to_json(row).encode("utf-8", "surrogatepass"))
        return content.hexdigest()


def load_split(path: Path, data: Data, seed: int, *, validation: int = 0) -> Split:
    """The rows of a JSONL file as a split.

    Where no row says "test", a share of them is held out; which ones depends on the seed and the
    rows' own ids, not on their order. Where no row says "validation" and some are wanted, so many
    are taken out of those to train on, a fifth at most.

    Raises:
        InvalidTasks: unreadable, without rows, with an id twice, or without rows to train on.
    """
    rows = rows_of(path)
    kept_out = tuple(row for row in rows if row.split == "validation")
    rows = [row for row in rows if row.split != "validation"]
    held_out = {row.id for row in rows if row.split == "test"}
    made_here = not held_out
    if made_here:
        held_out = _held_out(rows, data.test_share, seed)
    train = tuple(row for row in rows if row.id not in held_out)
    test = tuple(row for row in rows if row.id in held_out)
    validating = validation_rows(train, kept_out, validation, seed) if validation else kept_out
    taken = {row.id for row in validating}
    train = tuple(row for row in train if row.id not in taken)
    if not train or not test:
        raise InvalidTasks(
            f"{path}: {len(train)} tasks to train on and {len(test)} held out; both must be there "
            "(data.test_share sets the share where rows have no split)"
        )
    return Split(train[: data.max_train], test, made_here, validating)


def validation_rows(
    train: Sequence[TaskRow], kept_out: Sequence[TaskRow], count: int, seed: int
) -> tuple[TaskRow, ...]:
    """So many rows to validate on: of those kept out for it, or a fifth of the others at most."""
    most = count if kept_out else min(count, len(train) // _TRAINED_FOR_A_VALIDATED)
    return tuple(spread(kept_out or train, most, seed))


def load_to_evaluate(path: Path) -> tuple[tuple[TaskRow, ...], tuple[TaskRow, ...]]:
    """The rows of a file that models are evaluated on, and those that may be learnt from.

    The former are those of the split "test", or all where no row names a split, as in a file that
    somebody wrote by hand.

    Raises:
        InvalidTasks: unreadable, without rows, with an id twice, or without rows to evaluate on.
    """
    rows = rows_of(path)
    if not any(row.split for row in rows):
        return tuple(rows), ()
    test = tuple(row for row in rows if row.split == "test")
    if not test:
        raise InvalidTasks(
            f'{path}: no row is of the split "test", so there is nothing to evaluate on; '
            "`datagen split` makes one"
        )
    return test, tuple(row for row in rows if row.split in {"train", ""})


def rows_of(path: Path) -> list[TaskRow]:
    """All rows of a file, each with means.

    Raises:
        InvalidTasks: unreadable, without rows, with an id twice, or of an unknown split.
    """
    try:
        rows = [with_means(row) for row in read_tasks(path)]
    except InvalidFile as error:
        raise InvalidTasks(str(error)) from error
    if not rows:
        raise InvalidTasks(f"{path}: holds no tasks; `datagen synth` writes some")
    seen: set[str] = set()
    for row in rows:
        if row.id in seen:
            raise InvalidTasks(f"{path}: the id {row.id!r} is there twice")
        need_known_split(row, f"{path}: ")
        seen.add(row.id)
    return rows


def need_known_split(row: TaskRow, place: str = "") -> None:
    """Look whether a row is of a split that there is; ``place``: words before its id.

    Raises:
        InvalidTasks: it is not.
    """
    if row.split not in _SPLITS:
        raise InvalidTasks(f"{place}{row.id}: unknown split {row.split!r}; {_OTHER_SPLITS_HINT}")


def with_means(row: TaskRow) -> TaskRow:
    """The row with what its reference leans on as its means, where it names none itself.

    So no completion of it can choose to be UNSCORED. Without a reference they are ``{}``: what the
    server has is enough.

    Raises:
        ExtraMissing: what reads answers is not installed.
    """
    if row.means is not None:
        return row
    with needing("server"):
        from rewardsvc.leaning import leaned_on  # loads all that reads answers

    return replace(row, means=leaned_on(row.task, row.output))


def prompt_of(row: TaskRow, prompt: Prompt) -> list[Message]:
    """The messages that ask for a task's answer."""
    fields = {
        "prompt": asked(row.task),
        "instruction": row.instruction,
        "input": row.input,
        "format": row.format,
        "files": ", ".join(row.files),
    }
    messages = [{"role": "user", "content": prompt.template.format(**fields).strip()}]
    system = prompt.system.format(**fields).strip()
    return [{"role": "system", "content": system}, *messages] if system else messages


def answer_of(row: TaskRow) -> list[Message]:
    """The reference answer as the assistant's message."""
    return [{"role": "assistant", "content": row.output}]


def topic_of(row: TaskRow) -> str:
    """The topic that ``datagen`` noted in the provenance; the category where there is none."""
    return row.topic or row.category or "-"


def spread(rows: Sequence[TaskRow], count: int, seed: int) -> list[TaskRow]:
    """At most ``count`` rows, taken in turn from every topic, the same for the same seed."""
    queues: dict[str, list[TaskRow]] = {}
    for row in sorted(rows, key=lambda row: _rank(row, seed)):
        queues.setdefault(f"{row.format}/{topic_of(row)}", []).append(row)
    chosen: list[TaskRow] = []
    for place in range(max(map(len, queues.values()), default=0)):
        chosen += [queues[key][place] for key in sorted(queues) if place < len(queues[key])]
    return chosen[:count]


def _held_out(rows: Sequence[TaskRow], share: float, seed: int) -> set[str]:
    count = max(1, round(share * len(rows)))
    return {row.id for row in spread(rows, count, seed)}


def _rank(row: TaskRow, seed: int) -> bytes:
    return hashlib.sha256(f"{seed}:{row.id}".encode("utf-8", "surrogatepass")).digest()
