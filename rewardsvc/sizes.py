"""How long texts may be that are read at all.

What is longer is told by its length, which costs nothing, and is not looked into: not even work
that is linear in a text may keep a server from answering others.
"""

from collections.abc import Iterator

from rewardsvc.errors import InvalidRequest
from rewardsvc.types import (
    Check,
    Component,
    Diagnostic,
    ScoreRequest,
    Stage,
    StageStatus,
    Task,
)

COMPLETION_CHARACTERS = 4 * 1024 * 1024
"""Of a completion, thoughts included: a million tokens."""

TASK_CHARACTERS = 4 * 1024 * 1024
"""Of all texts of a task together."""


def too_long(completion: str) -> Stage | None:
    """The ``fences`` stage of a completion that is too long to be read; None where it is not."""
    if len(completion) <= COMPLETION_CHARACTERS:
        return None
    message = f"the completion is longer than {COMPLETION_CHARACTERS} characters"
    found = Diagnostic("error", message, "too-large")
    return Stage("fences", Component.FORMAT, StageStatus.FAILED, 0.0, diagnostics=(found,))


def characters(request: ScoreRequest) -> int:
    """The length of all texts of a request together."""
    return len(request.completion) + sum(length for _, length in _lengths(request.task))


def see_short(task: Task) -> None:
    """See that a task is not too long to be read.

    Raises:
        InvalidRequest: it is; names the field that makes it so.
    """
    left = TASK_CHARACTERS
    for field, length in _lengths(task):
        left -= length
        if left < 0:
            raise InvalidRequest(
                f"task.{field}", f"the texts of a task have at most {TASK_CHARACTERS} characters"
            )


def _lengths(task: Task) -> Iterator[tuple[str, int]]:
    yield "category", len(task.category)
    yield "format", len(task.format)
    yield "instruction", len(task.instruction)
    yield "input", len(task.input)
    yield "reference", len(task.reference)
    yield "files", sum(map(len, task.files))
    for path, text in task.before.items():
        yield "before", len(path) + len(text)
    for index, check in enumerate(task.checks):
        yield f"checks[{index}]", _length(check)
    for index, fixture in enumerate(task.fixtures):
        place = f"fixtures[{index}]"
        yield f"{place}.sql", len(fixture.sql)
        for path, text in fixture.files.items():
            yield f"{place}.files", len(path) + len(text)
        for number, check in enumerate(fixture.checks):
            yield f"{place}.checks[{number}]", _length(check)


def _length(check: Check) -> int:
    texts = (check.expr, check.policy, check.name, check.measure, check.description, *check.rules)
    return sum(map(len, texts))
