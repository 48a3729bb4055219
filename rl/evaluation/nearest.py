"""The nearest training answer with the question's values put in: what a model has to beat.

No model is asked. Of all training questions the nearest is taken; where the two say different
words in the same place, the answer's words are exchanged alike. Somebody without a GPU could do
that in an afternoon, so that a model which does no better has learnt to look things up.
"""

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from functools import lru_cache

from rewardsvc.tasks import TaskRow
from rl.configs.sections import Prompt
from rl.data import prompt_of
from rl.rollout.base import Conversation, Finished, SampledCompletion, Sampling

_SENTENCE = re.compile(r"(?<=[.:;?!])\s+|\n+")
_MARKS = "`'\"“”.,;:!?()"
"""Around a word in a sentence, and no part of its value."""


class NearestAnswer:
    """Answers a question with the nearest training answer; a :class:`rl.rollout.base.Sampler`.

    Args:
        rows: the training tasks; those without an answer are passed over.
        prompt: how a task becomes a question.
    """

    def __init__(self, rows: Sequence[TaskRow], prompt: Prompt) -> None:
        self._known = [
            (_question(prompt_of(row, prompt)), row.output) for row in rows if row.output
        ]
        self._words = [frozenset(words_of(question)) for question, _ in self._known]

    def answer(self, question: str) -> str:
        """The answer; "" where there is nothing to look it up in."""
        if not self._known:
            return ""
        asked = frozenset(words_of(question))
        place = max(range(len(self._known)), key=lambda place: likeness(asked, self._words[place]))
        known, answer = self._known[place]
        return exchanged(answer, exchanges(known, question))

    def sample(
        self, prompts: Sequence[Conversation], sampling: Sampling, finished: Finished
    ) -> list[SampledCompletion]:
        """The answers to the last message of each conversation, whatever the sampling."""
        texts = [self.answer(_question(prompt)) for prompt in prompts]
        for place, text in enumerate(texts):
            finished(place, text)
        return [SampledCompletion(text, [], []) for text in texts]


def exchanges(known: str, asked: str) -> dict[str, str]:
    """What stands in the known question, by what stands in its place in the one that is asked.

    Each sentence is held against the one that shares most words with it.
    """
    found: dict[str, str] = {}
    sentences = [words_of(sentence) for sentence in _SENTENCE.split(asked)]
    for sentence in _SENTENCE.split(known):
        words = words_of(sentence)
        other = max(sentences, key=lambda each: likeness(frozenset(words), frozenset(each)))
        matcher = SequenceMatcher(None, words, other, autojunk=False)
        for kind, start, end, first, last in matcher.get_opcodes():
            if kind != "replace":
                continue
            if end - start == last - first:
                pairs = list(zip(words[start:end], other[first:last], strict=True))
            else:
                pairs = [(" ".join(words[start:end]), " ".join(other[first:last]))]
            for old, new in pairs:
                found.setdefault(old, new)
    return found


def exchanged(text: str, by: dict[str, str]) -> str:
    """The text with all words exchanged at once, wherever they stand alone."""
    if not by:
        return text
    longest_first = sorted(by, key=lambda word: (-len(word), word))
    words = "|".join(map(re.escape, longest_first))
    return re.sub(rf"(?<![\w.-])(?:{words})(?![\w-])", lambda match: by[match[0]], text)


def _question(prompt: Conversation) -> str:
    return prompt[-1]["content"]


@lru_cache(maxsize=4096)
def words_of(text: str) -> tuple[str, ...]:
    """The words of a question without the marks around them, in order."""
    return tuple(_bare(text))


def _bare(text: str) -> Iterator[str]:
    for word in text.split():
        bare = word.strip(_MARKS)
        if bare:
            yield bare


def likeness(left: frozenset[str], right: frozenset[str]) -> float:
    """How many words two questions share of all that they have: Jaccard's index, 0 for nothing."""
    return len(left & right) / (len(left | right) or 1)
