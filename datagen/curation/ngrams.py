"""A text as the set of its word n-grams, each as a number; how alike two such sets are. Pure.

Equal texts give equal numbers on every machine. Two different n-grams share a number with a
probability of 2⁻³².
"""

import re
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

Grams = NDArray[np.uint32]
"""A set of n-grams: sorted, each once."""

_WORD = re.compile(r"\w+")
_BASE = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xFF51AFD7ED558CCD)
_HALF = np.uint64(32)


def grams_of(text: str, n: int, *, salt: int = 0) -> Grams:
    """The n-grams of a text's words (letters, digits and ``_``; case does not count).

    A text of fewer words is one n-gram; one without words has none. Sets of different ``salt``
    share nothing.
    """
    return np.unique(placed_grams(text, n, salt=salt))


def placed_grams(text: str, n: int, *, salt: int = 0) -> Grams:
    """The same in the order of the text, repeated ones included."""
    words = [crc32(word.encode("utf-8", "replace"), salt) for word in _WORD.findall(text.lower())]
    if not words:
        return np.empty(0, np.uint32)
    numbers = np.asarray(words, np.uint64)
    width = min(n, len(words))
    length = len(words) - width + 1
    mixed = np.full(length, width, np.uint64)
    for place in range(width):
        mixed = (mixed * _BASE) ^ numbers[place : place + length]
        mixed ^= mixed >> _HALF
    return ((mixed * _MIX) >> _HALF).astype(np.uint32)


def shared(left: Grams, right: Grams) -> int:
    """How many n-grams two sets have in common."""
    if len(left) > len(right):
        left, right = right, left
    if not len(left):
        return 0
    places = np.searchsorted(right, left)
    places[places == len(right)] = 0
    return int(np.count_nonzero(right[places] == left))


def jaccard(left: Grams, right: Grams) -> float:
    """What they have in common ÷ what either has; 0 of two empty sets."""
    common = shared(left, right)
    either = len(left) + len(right) - common
    return common / either if either else 0.0
