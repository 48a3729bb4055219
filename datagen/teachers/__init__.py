"""Who writes pairs: the built-in teacher, or a language model behind an official SDK."""

from datagen.errors import WrongUsage
from datagen.teachers.base import Reply, Teacher
from datagen.teachers.builtin import BuiltinTeacher
from datagen.teachers.model import ModelTeacher
from rewardsvc.llm import ModelName, RateLimit

__all__ = ["Reply", "Teacher", "open_teacher"]

_IN_FLIGHT = 64
"""Requests to a teacher at once where nobody says how many."""


def open_teacher(
    name: str,
    *,
    base_url: str | None = None,
    timeout_seconds: float = 120.0,
    retries: int = 4,
    limit: RateLimit | None = None,
) -> Teacher:
    """The teacher that ``--teacher`` names: builtin, openai:MODEL or anthropic:MODEL.

    ``limit`` is the model's; without one, what a run works on at once bounds what goes out.

    Raises:
        WrongUsage: there is no such teacher, or the built-in one is given an address.
        ExtraMissing: its SDK is not installed.
        TeacherMissing: its key is not set.
    """
    kind, _, model = name.partition(":")
    if kind == "builtin" and not model:
        if base_url is not None:
            raise WrongUsage("--teacher-base-url has no meaning for the built-in teacher")
        return BuiltinTeacher()
    if kind in ("openai", "anthropic") and model:
        return ModelTeacher(
            ModelName(kind, model, base_url),
            limit or RateLimit(None, _IN_FLIGHT),
            timeout_seconds=timeout_seconds,
            retries=retries,
        )
    raise WrongUsage(f"no teacher {name!r}: use builtin, openai:MODEL or anthropic:MODEL")
