"""What is done with a record, a stage at a time::

    ask ── answers, in the journal ─► verify ─► strength ─► rating
    teacher    ▲                      scorer    scorer      panel of judges
               └── repair ◄── diagnostics ┘

Each room has one stage: it runs (the only part that waits for others), and what it found becomes a
new record by a pure function. Whom it asks it is given: no stage opens a socket or a file, nor
knows of the journal or of what runs it (``datagen.execution``).

Asking is apart from verifying. What a teacher said is in the journal before anybody looks at it, so
that one process may ask and another, at another time, verify what was answered.
"""

from datagen.stages.base import AnyStage, RecordStage

__all__ = ["AnyStage", "RecordStage"]
