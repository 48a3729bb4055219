"""The nearest right name, for who mistyped one."""

from collections.abc import Iterable


def nearest(name: str, known: Iterable[str], *, cutoff: float = 0.6) -> str:
    """``"; did you mean 'workers'?"``, or "" where no other name is near.

    ``cutoff``: how alike two names must be, as :func:`difflib.get_close_matches` counts.
    """
    import difflib  # only where something is wrong

    others = [each for each in known if each != name]
    near = difflib.get_close_matches(name, others, n=1, cutoff=cutoff)
    return meant(near[0]) if near else ""


def meant(name: str) -> str:
    """The question whether this is it."""
    return f"; did you mean {name!r}?"
