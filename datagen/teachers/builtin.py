"""The built-in teacher: a topic's own wording and reference; it needs no model.

Equal seeds give equal pairs.
"""

from datagen.teachers.base import Reply, pair_as_json, read_pair
from datagen.topic import Posed


class BuiltinTeacher:
    """Hands on what the topic says; satisfies :class:`datagen.teachers.base.Teacher`."""

    name = "builtin"
    paid = False

    async def ask(self, posed: Posed) -> str:
        """The topic's instruction and reference."""
        return pair_as_json(posed.task.instruction, posed.reference)

    def read(self, raw: str) -> Reply:
        """The pair in it."""
        pair = read_pair(raw)
        return Reply(pair.instruction, pair.answer)

    async def aclose(self) -> None:
        """Nothing to close."""
