"""What a run draws from: the sources of each portion. Pure."""

from collections.abc import Sequence

from datagen.categories import CATEGORIES
from datagen.errors import WrongUsage
from datagen.portion import Portion
from datagen.sources import DealtSource, RecordSource, TopicSource


def chosen_topics(category: str, only: str | None) -> tuple[str, ...]:
    """The names of a category's topics in its own order: all, or those that ``A,B`` names.

    Raises:
        WrongUsage: it has no such topic, or none is named.
    """
    known = [topic.name for topic in CATEGORIES[category].topics]
    if only is None:
        return tuple(known)
    named = {name.strip() for name in only.split(",") if name.strip()}
    if not named or not named <= set(known):
        unknown = ", ".join(sorted(named - set(known))) or "none named"
        raise WrongUsage(f"--topics: {unknown}; {category} has {', '.join(sorted(known))}")
    return tuple(name for name in known if name in named)


def sources_of(portions: Sequence[Portion], seed: int) -> list[Sequence[RecordSource]]:
    """The sources of each portion; portions of the same category and topics are dealt theirs from
    shared ones."""
    drawn: dict[tuple[str, tuple[str, ...]], list[TopicSource]] = {}
    sources: list[Sequence[RecordSource]] = []
    for portion in portions:
        key = (portion.category, portion.topics)
        shared = drawn.setdefault(key, _topics(portion, seed))
        if len(portion.weights) == 1:
            sources.append(shared)
        else:
            sources.append([DealtSource(each, portion.weights, portion.place) for each in shared])
    return sources


def _topics(portion: Portion, seed: int) -> list[TopicSource]:
    return [
        TopicSource(portion.category, topic, seed)
        for topic in CATEGORIES[portion.category].topics
        if not portion.topics or topic.name in portion.topics
    ]
