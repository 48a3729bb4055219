"""Work that is done once: verdicts by the identity of their request.

::

    request ─► VerdictCache: memory, computations under way ─► Guarded ─► Store: SQLite or Redis

The cache decides what is kept and who shares (``verdicts``, ``cached``); a store keeps
bytes and may break (:mod:`rewardsvc.store`); between them ``Guarded`` sees to it that a store can
neither delay nor fail a verdict.
"""

from rewardsvc.cache.verdicts import VerdictCache

__all__ = ["VerdictCache"]
