"""Training answers to show before a question: those whose questions share most words with it. Pure.

The same nearness as of :mod:`rl.evaluation.nearest`. A question that is asked itself is never among
them, and answers of the task's own format go first.
"""

from collections.abc import Sequence

from rewardsvc.tasks import TaskRow
from rl.configs.sections import Prompt
from rl.data import Message, answer_of, prompt_of
from rl.evaluation.nearest import likeness, words_of


class ExampleRetriever:
    """Finds examples among training rows; those without an answer are passed over."""

    def __init__(self, rows: Sequence[TaskRow], prompt: Prompt) -> None:
        self._prompt = prompt
        self._known = [row for row in rows if row.output]
        self._words = [frozenset(words_of(_question(row, prompt))) for row in self._known]

    def nearest(self, row: TaskRow, count: int) -> list[TaskRow]:
        """So many rows at most, the nearest last: it stands right before the question."""
        asked = _question(row, self._prompt)
        words = frozenset(words_of(asked))
        places = [
            place
            for place, known in enumerate(self._known)
            if known.id != row.id and _question(known, self._prompt) != asked
        ]
        places.sort(
            key=lambda place: (
                self._known[place].format != row.format,
                -likeness(words, self._words[place]),
            )
        )
        return [self._known[place] for place in reversed(places[:count])]

    def conversation(self, row: TaskRow, count: int) -> list[Message]:
        """The messages that ask for a task's answer, with so many examples before it."""
        *system, asked = prompt_of(row, self._prompt)
        shown = [
            message
            for example in self.nearest(row, count)
            for message in (prompt_of(example, self._prompt)[-1], *answer_of(example))
        ]
        return [*system, *shown, asked]


def _question(row: TaskRow, prompt: Prompt) -> str:
    return prompt_of(row, prompt)[-1]["content"]
