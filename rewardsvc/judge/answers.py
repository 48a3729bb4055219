"""Raw answers that were paid for, kept in a SQLite file beside the verdicts.

An answer is kept before anybody reads it. One that turns out to be unusable stays in the file, to
be looked at, but is asked for again: what is missing is never remembered as an answer.
"""

import hashlib
import json
import logging
from pathlib import Path
from typing import Protocol

from rewardsvc.llm import Model, Question
from rewardsvc.settings import Settings
from rewardsvc.store.base import Store, StoreFailed
from rewardsvc.store.sqlite import SqliteStore, default_file

_LOG = logging.getLogger(__name__)


class Answers(Protocol):
    """What was answered before."""

    async def get(self, key: str) -> str | None:
        """The raw answer to the question of that key; None where there is none."""
        ...

    async def put(self, key: str, raw: str) -> None:
        """Keep a raw answer."""
        ...

    async def close(self) -> None:
        """Let go of files."""
        ...


class NoAnswers:
    """Keeps nothing."""

    async def get(self, key: str) -> str | None:
        """None."""
        return None

    async def put(self, key: str, raw: str) -> None:
        """Nothing."""

    async def close(self) -> None:
        """Nothing."""


class KeptAnswers:
    """Keeps answers in a store. A store that breaks costs money, never a judgement: it is logged.

    The store is one of verdicts' (bytes by key), with a file of its own: verdicts must not push
    out what was paid for.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    async def get(self, key: str) -> str | None:
        """See :class:`Answers`."""
        try:
            found = await self._store.get([key])
        except StoreFailed as error:
            _LOG.warning("a judge's kept answers cannot be read: %s", error)
            return None
        return found[key].decode(errors="replace") if key in found else None

    async def put(self, key: str, raw: str) -> None:
        """See :class:`Answers`."""
        try:
            await self._store.put({key: raw.encode(errors="replace")})
        except StoreFailed as error:
            _LOG.warning("a judge's answer is not kept and will be paid for again: %s", error)

    async def close(self) -> None:
        """See :class:`Answers`."""
        await self._store.close()


def open_answers(settings: Settings) -> Answers:
    """Where the settings say that verdicts are kept on disk, ``NAME.judge.sqlite`` beside them."""
    if not settings.cache:
        return NoAnswers()
    return KeptAnswers(SqliteStore(answers_file(settings.cache_file)))


def answers_file(verdicts: Path | None) -> Path | None:
    """The file beside that of the verdicts; None where there is no place for one.

    Without a home folder the store says so itself at its first use.
    """
    try:
        return (verdicts or default_file()).with_suffix(".judge.sqlite")
    except StoreFailed:
        return None


def key_of(model: Model, temperature: float | None, question: Question) -> str:
    """Identical questions to identical judges have one key."""
    material = [
        str(model.name),
        model.address,
        temperature,
        question.system,
        question.prompt,
        question.name,
        question.schema,
        question.max_output_tokens,
    ]
    return hashlib.sha256(json.dumps(material).encode()).hexdigest()
