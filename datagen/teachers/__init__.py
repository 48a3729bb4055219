"""Who writes pairs: the built-in teacher, or a language model behind an official SDK."""

from datagen.errors import WrongUsage
from datagen.teachers.base import Reply, Teacher
from datagen.teachers.builtin import BUILTIN, DOCUMENTATION, OWN, BuiltinTeacher
from datagen.teachers.model import KnownAnswer, ModelTeacher
from rewardsvc.llm import Account, ModelName, OpenModel, RateLimit, open_model

__all__ = ["BUILTIN", "DOCUMENTATION", "OWN", "Reply", "Teacher", "open_teacher", "teacher_named"]

_IN_FLIGHT = 64
"""Requests to a teacher at once where nobody says how many."""


def teacher_named(name: str) -> ModelName | None:
    """The model that ``--teacher`` names; None for one of ours.

    Raises:
        WrongUsage: there is no such teacher.
    """
    if name in OWN:
        return None
    try:
        return ModelName.parse(name)
    except ValueError as error:
        raise WrongUsage(f"--teacher: {error}; or {' or '.join(OWN)}") from error


def open_teacher(
    name: str,
    *,
    timeout_seconds: float = 120.0,
    retries: int = 4,
    limit: RateLimit | None = None,
    account: Account | None = None,
    opening: OpenModel = open_model,
    known: KnownAnswer = lambda model, question: None,
) -> Teacher:
    """The teacher that ``--teacher`` names: builtin, docs, or a model as judges are named, which is
    openai:MODEL or anthropic:MODEL, with @URL for another address.

    ``account``: where its calls are entered. ``limit`` is the model's; without one, what a run
    works on at once bounds what goes out. ``opening``: how the model is opened.
    ``known``: what it need not be asked.

    Raises:
        WrongUsage: there is no such teacher.
        ExtraMissing: its SDK is not installed.
        TeacherMissing: its key is not set.
    """
    model = teacher_named(name)
    if model is None:
        return BuiltinTeacher(name)
    return ModelTeacher(
        model,
        limit or RateLimit(None, _IN_FLIGHT),
        timeout_seconds=timeout_seconds,
        retries=retries,
        account=account,
        opening=opening,
        known=known,
    )
