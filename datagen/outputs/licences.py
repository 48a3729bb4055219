"""What cards say of licences: those of the rows of each teacher. Pure."""

from collections.abc import Iterable

from datagen.sources.collected.provider import COLLECTED
from datagen.teachers import BUILTIN, DOCUMENTATION, OWN

APACHE = ("apache-2.0", "https://www.apache.org/licenses/LICENSE-2.0")

_DOCUMENTED = (
    f"Pairs of the teacher `{DOCUMENTATION}` take names of arguments and values of examples over"
    " from the AWS provider's documentation (MPL-2.0), as `pulumi-aws` (Apache-2.0) publishes it."
)


COLLECTED_TERMS = (
    "Rows that were collected are under the licence of their repository, which the row's"
    " provenance names with repository and commit; most ask that their notice is kept."
)


def licence_of(teachers: Iterable[str]) -> tuple[str, str]:
    """The licence of a data set with rows of these: its name, as hubs have it, and an address or
    words."""
    names = set(teachers)
    if names <= {BUILTIN}:
        return APACHE
    parts = ["Apache-2.0"] if names != {COLLECTED} else []
    if DOCUMENTATION in names:
        parts.append("MPL-2.0 for what is taken over from the AWS provider's documentation")
    if COLLECTED in names:
        parts.append("the licences of the repositories that rows were collected from")
    if names - {*OWN, COLLECTED}:
        parts.append("the terms of the providers whose models wrote rows")
    return "other", ", and ".join(parts)


def licences_in_words(teachers: Iterable[str]) -> str:
    """The same in sentences."""
    words = (
        "Pairs of the built-in teacher are under the Apache License 2.0, as the project is. For"
        " pairs that a model wrote, the terms of its provider hold, too."
    )
    names = set(teachers)
    if names == {COLLECTED}:
        return COLLECTED_TERMS
    documented = f" {_DOCUMENTED}" if DOCUMENTATION in names else ""
    return f"{words}{documented}{f' {COLLECTED_TERMS}' if COLLECTED in names else ''}"
