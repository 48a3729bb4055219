"""Where records come from: a source is one sequence of them, and a run draws from several.

A room of this folder knows one kind of source and nothing of what becomes of its records.
"""

from datagen.sources.base import RecordSource
from datagen.sources.dealt import DealtSource
from datagen.sources.evolved import EvolvedSource
from datagen.sources.taxonomy import TaxonomySource
from datagen.sources.topics import BenchSource, TopicSource
from datagen.sources.verified import VerifiedSource

__all__ = [
    "BenchSource",
    "DealtSource",
    "EvolvedSource",
    "RecordSource",
    "TaxonomySource",
    "TopicSource",
    "VerifiedSource",
]
