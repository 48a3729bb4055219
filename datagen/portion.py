"""A part of what is wanted: so many pairs of one category, written by one teacher."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Portion:
    """``topics``: their names, all of the category where there are none. ``weights``: of all
    teachers that share the category's specifications, and the ``place`` of this one among them.
    """

    category: str
    topics: tuple[str, ...] = ()
    teacher: str = "builtin"
    count: int
    weights: tuple[float, ...] = (1.0,)
    place: int = 0
