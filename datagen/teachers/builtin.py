"""The built-in teacher: a source's own wording and reference; it needs no model.

Equal seeds give equal pairs.
"""

from datagen.record import Record
from datagen.teachers.base import Reply, pair_as_json, read_pair

BUILTIN = "builtin"
DOCUMENTATION = "docs"
"""Hands on what is made of a provider's documentation (``datagen.sources.documentation``)."""
OWN = (BUILTIN, DOCUMENTATION)
"""Teachers that are no model: each hands on what its own sources say."""


class BuiltinTeacher:
    """Hands on what the source says; satisfies :class:`datagen.teachers.base.Teacher`."""

    paid = False

    def __init__(self, name: str = BUILTIN) -> None:
        self.name = name

    def told(self, record: Record) -> str:
        """The source's instruction and reference."""
        return pair_as_json(record.task.instruction, record.reference)

    async def ask(self, record: Record) -> str:
        """The same."""
        return self.told(record)

    def read(self, raw: str) -> Reply:
        """The pair in it."""
        pair = read_pair(raw)
        return Reply(pair.instruction, pair.answer)

    async def aclose(self) -> None:
        """Nothing to close."""
