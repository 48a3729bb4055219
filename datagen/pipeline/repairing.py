"""Repairs of verified rows: the wrong file first, then the right one as the answer."""

from collections.abc import Sequence

from datagen.pipeline.deriving import Derivation, by_topic
from datagen.sources import RecordSource, VerifiedSource
from datagen.stages.breaking import Breaking
from rewardsvc.tasks import TaskRow


def _sources(rows: Sequence[TaskRow], prefix: str, seed: int) -> list[RecordSource]:
    return [
        VerifiedSource(topic, format, some, prefix)
        for (_, topic, format), some in by_topic(rows).items()
    ]


REPAIRS = Derivation(
    name="repair",
    usable=lambda row: True,
    unusable="no row to break: none has an answer of its own",
    sources=_sources,
    stage=Breaking,
)
