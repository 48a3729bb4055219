"""Which sets of n-grams are nearly the same: MinHash finds candidates, counting decides.

MinHash (Broder 1997) by datasketch: a sketch of a set is 128 numbers, of which two sets share as
large a part as their Jaccard index. Sketches are cut into bands; sets with an equal band are
candidates (Leskovec, Rajaraman, Ullman, "Mining of Massive Datasets", section 3.4), and their
index is then counted, not estimated: what is said to be alike is.

The bands are arrays here. datasketch's own index of them (``MinHashLSH``) takes 4 kB a set, which
is beyond 1 GB for instructions and answers of 100,000 rows.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
from datasketch import MinHash
from numpy.typing import NDArray

from datagen.curation.ngrams import Grams, jaccard

_NUMBERS = 128
_ROWS = 5
"""Numbers in a band. 25 bands of 5 have 99.99% of the pairs with an index of 0.8 as candidates, 54%
of those with 0.5 (1 - (1 - s⁵)²⁵)."""
_BANDS = _NUMBERS // _ROWS
_MARGIN = 0.15
"""Below the threshold by so much in the sketch (four standard deviations), a pair is not counted
out."""

Sketch = NDArray[np.uint32]


class NearSets:
    """Sets that are looked at in order; which earlier one each is nearly the same as."""

    def __init__(self) -> None:
        self._empty = MinHash(num_perm=_NUMBERS, seed=1, hashfunc=int, scheme="affine32")
        self.sets: list[Grams] = []
        self.sketches: list[Sketch] = []

    def add(self, grams: Grams) -> None:
        """Take in the next set."""
        self.sets.append(grams)
        self.sketches.append(self.sketch(grams))

    def sketch(self, grams: Grams) -> Sketch:
        """The sketch of a set."""
        sketch = self._empty.copy()
        sketch.update_batch(grams.tolist())
        return np.asarray(sketch.hashvalues, np.uint32)

    def index(self, threshold: float) -> "NearIndex":
        """For questions about the sets that were added."""
        return NearIndex(self.sets, self.sketches, threshold)


class NearPool:
    """Sets that stay, and one after the other that is held against them."""

    def __init__(self, sets: Sequence[Grams]) -> None:
        near = NearSets()
        for grams in sets:
            near.add(grams)
        self._near = near
        self._table = np.stack(near.sketches) if sets else np.empty((0, _NUMBERS), np.uint32)

    def nearest(self, grams: Grams, threshold: float) -> tuple[int, float] | None:
        """The place of the set that is most alike, and the Jaccard index of both; None where none
        reaches the threshold."""
        if not len(grams) or not len(self._table):
            return None
        alike = (self._table == self._near.sketch(grams)).mean(axis=1)
        candidates = np.flatnonzero(alike >= threshold - _MARGIN).tolist()
        indices = [(jaccard(grams, self._near.sets[place]), -place) for place in candidates]
        index, place = max(indices, default=(0.0, 0))
        return (-place, index) if index >= threshold else None


class NearIndex:
    """Asked about sets in order; knows those that it was told to keep."""

    def __init__(self, sets: Sequence[Grams], sketches: Sequence[Sketch], threshold: float) -> None:
        self._sets = sets
        self._table = np.stack(sketches) if sketches else np.empty((0, _NUMBERS), np.uint32)
        self._threshold = threshold
        self._bands = [_buckets(self._table, band) for band in range(_BANDS)]
        self._kept: list[defaultdict[int, list[int]]] = [defaultdict(list) for _ in self._bands]

    def nearest_kept(self, place: int) -> tuple[int, float] | None:
        """The first of the kept sets that is nearly the same as the one at a place, and the Jaccard
        index of both; None where none is."""
        if not len(self._sets[place]):
            return None
        found = set().union(*self._candidates(place))
        if not found:
            return None
        candidates = np.fromiter(sorted(found), np.int64, len(found))
        alike = (self._table[candidates] == self._table[place]).mean(axis=1)
        for candidate in candidates[alike >= self._threshold - _MARGIN].tolist():
            index = jaccard(self._sets[place], self._sets[candidate])
            if index >= self._threshold:
                return candidate, index
        return None

    def keep(self, place: int) -> None:
        """Later ones are compared with this set."""
        for buckets, kept in zip(self._bands, self._kept, strict=True):
            if bucket := int(buckets[place]):
                kept[bucket].append(place)

    def _candidates(self, place: int) -> Iterator[Sequence[int]]:
        for buckets, kept in zip(self._bands, self._kept, strict=True):
            if bucket := int(buckets[place]):
                yield kept.get(bucket, ())


def _buckets(table: NDArray[np.uint32], band: int) -> NDArray[np.int32]:
    """The bucket of each set in a band; 0 where no other set is in it."""
    part = np.ascontiguousarray(table[:, band * _ROWS : (band + 1) * _ROWS])
    rows = part.view([("", part.dtype)] * _ROWS).ravel()
    _, bucket, count = np.unique(rows, return_inverse=True, return_counts=True)
    return np.where(count[bucket] > 1, bucket + 1, 0).astype(np.int32)
