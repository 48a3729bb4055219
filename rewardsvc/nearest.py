"""The nearest right name, for who mistyped one."""

from collections.abc import Iterable
from itertools import islice


def nearest(name: str, known: Iterable[str], *, cutoff: float = 0.6) -> str:
    """``"; did you mean 'workers'?"``, or "" where no other name is near.

    ``cutoff``: how alike two names must be, as :func:`difflib.get_close_matches` counts.
    """
    import difflib  # only where something is wrong

    others = [each for each in known if each != name]
    near = difflib.get_close_matches(name, others, n=1, cutoff=cutoff)
    return meant(near[0]) if near else ""


_MISTYPED = 0.7
_MOST_OTHERS = 50
_MOST_CHARACTERS = 100


def mistyped(name: str, others: Iterable[str]) -> bool:
    """Whether one of others is likely this name, mistyped: then it is not lacking as well.

    Bounded: the first fifty of those of at most a hundred characters are looked at.
    """
    import difflib  # as above

    short = (other for other in others if len(other) <= _MOST_CHARACTERS)
    looked_at = list(islice(short, _MOST_OTHERS))
    return bool(difflib.get_close_matches(name, looked_at, n=1, cutoff=_MISTYPED))


def meant(name: str) -> str:
    """The question whether this is it."""
    return f"; did you mean {name!r}?"
