"""Files of other people's repositories as records: found, cloned, filtered, asked for in words::

    provider ─► clone ─► units ─► filters ─► wording ─► record
    github      cache    a module    licence    instruction,
    azure       of git   or a file   quality    checks
    git, local           by path     secrets

``provider`` says what a place to find repositories at is; ``github``, ``azure`` and ``named`` are
three. ``limits`` decides when a service is asked again, ``rest`` asks it. ``clones`` is a cache of
shallow clones that are never checked out. From there on all is a pure function of texts: ``paths``
and ``units`` find what could be an answer, ``licences``, ``quality`` and ``leaks`` which of it may
be kept, ``wording`` what is asked for. docs/collecting.md tells how to add a provider.
"""

from datagen.sources.collected.provider import FoundRepository, RepositoryProvider
from datagen.sources.collected.settings import CollectionSettings
from datagen.sources.collected.units import Unit

__all__ = ["CollectionSettings", "FoundRepository", "RepositoryProvider", "Unit"]
