"""Topics out of a provider's documentation: no model, and nothing written by hand for each type.

::

    pages ─► program ─► draft ─► completion ─► repair ─┐      (building: once on a machine)
    (set-up)  examples   learnt references    plans    ├─► store
                         companions                    │
    store ─► slots ─► Topic: specification, answer, checks, wording    (pure, at each task)

A resource type and one of its worked examples make a topic; what varies in it (names, numbers,
choices, networks) is its specification. What planned is kept, so a task costs no more plans than
any other.
"""

from datagen.sources.documentation.source import (
    DOCUMENTED,
    DocumentedSource,
    DocumentedType,
    documented,
    held_out,
)

__all__ = ["DOCUMENTED", "DocumentedSource", "DocumentedType", "documented", "held_out"]
