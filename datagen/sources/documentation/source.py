"""Records of the topics that were built on this machine."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from datagen.curation.splitting import HELD_OUT
from datagen.errors import SourceMissing
from datagen.record import Record
from datagen.sources.documentation.lint import silly_signs
from datagen.sources.documentation.pages import read_pages
from datagen.sources.documentation.store import TopicStore
from datagen.sources.documentation.topics import DocumentedTopic, topic_of
from datagen.sources.documentation.version import digest_of
from datagen.sources.topics import TopicSource

DOCUMENTED = "terraform"
"""The category."""
_TESTED = 0
"""The seed of the tasks whose checks are tested."""
_HELD_OUT_OF = 8
"""One service in so many is for tests alone."""


@dataclass(frozen=True, slots=True)
class DocumentedType:
    """A type with its topic."""

    type: str
    service: str
    topic: DocumentedTopic


class DocumentedSource:
    """Records of one type; a :class:`datagen.sources.RecordSource`.

    They say which service they are of. A service is for tests alone or never tested: what is
    tested are types of services that nothing was trained on.
    """

    def __init__(self, documented: DocumentedType, seed: int) -> None:
        self.name = documented.topic.name
        self.format = documented.topic.format
        self._documented = documented
        self._source = TopicSource(DOCUMENTED, documented.topic, seed, reserving=False)

    @property
    def standing_for(self) -> "DocumentedSource":
        """The source whose records' checks are tested in place of those of this one's: the same
        whatever the seed, so that what was found holds for every data set."""
        return DocumentedSource(self._documented, _TESTED)

    def record(self, index: int) -> Record | None:
        """See :class:`datagen.sources.RecordSource`."""
        record = self._source.record(index)
        if record is None:
            return None
        service = self._documented.service
        said = {
            "type": self._documented.type,
            "service": service,
            HELD_OUT: held_out(service),
        }
        return replace(record, provenance={**record.provenance, **said})


def documented(tools: Path) -> Sequence[DocumentedType]:
    """What was built, in an order that has nothing to do with names: a few have of everything.

    Raises:
        SourceMissing: there is no documentation, or nothing was built of it.
    """
    pages = read_pages(tools)
    entries = TopicStore(tools, digest_of(pages)).entries().values()
    built = [
        entry.built
        for entry in entries
        if entry.built is not None
        and not silly_signs(entry.built.configuration, pages.pages)  # more is known to be silly
    ]
    if not built:
        raise SourceMissing(
            "no topic was built of the documentation yet: `datagen topics --teacher docs` does"
            " (once on a machine, 13 minutes on two cores)"
        )
    return [
        DocumentedType(each.type, pages.pages[each.type].service, topic_of(each, pages.pages))
        for each in sorted(built, key=lambda each: _number(each.type))
    ]


def held_out(service: str) -> bool:
    """Whether a service is for tests alone; the same on every machine."""
    return _number(service) % _HELD_OUT_OF == 0


def _number(name: str) -> int:
    return int(hashlib.sha256(name.encode()).hexdigest()[:8], 16)
