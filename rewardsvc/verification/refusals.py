"""What a real service refuses though its schema takes it: tables of rules, one for each format.

Schemas are half of the truth. A row says what is refused, who says so, and shows an input that is
refused and one near it that is not; a test puts both before the verifier. One rule of one source is
a row, an enumeration is one row. What a rule cannot know (a variable's value, what another file
adds) it leaves alone.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from rewardsvc.types import Diagnostic

Subject = TypeVar("Subject")
"""What the rules of a format look at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal(Generic[Subject]):
    """One row.

    ``code``: of its diagnostics; of one format's rows each has another.
    ``what``: what is refused, in a sentence. ``source``: a document or code with its version.
    ``find``: where it occurs. ``refused``, ``accepted``: whole files, at ``path`` where that is not
    the usual one.
    """

    code: str
    what: str
    source: str
    find: Callable[[Subject], Iterable[Diagnostic]]
    refused: str
    accepted: str
    path: str = ""


def refusals_in(table: Sequence[Refusal[Subject]], subject: Subject) -> Iterator[Diagnostic]:
    """What a service would refuse, in the order of the table."""
    return (found for rule in table for found in rule.find(subject))
