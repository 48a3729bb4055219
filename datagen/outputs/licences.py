"""What cards say of licences: those of the rows of each teacher. Pure."""

from collections.abc import Iterable

from datagen.teachers import BUILTIN, DOCUMENTATION, OWN

APACHE = ("apache-2.0", "https://www.apache.org/licenses/LICENSE-2.0")

_DOCUMENTED = (
    f"Pairs of the teacher `{DOCUMENTATION}` take names of arguments and values of examples over"
    " from the AWS provider's documentation (MPL-2.0), as `pulumi-aws` (Apache-2.0) publishes it."
)


def licence_of(teachers: Iterable[str]) -> tuple[str, str]:
    """The licence of a data set with rows of these: its name, as hubs have it, and an address or
    words."""
    names = set(teachers)
    if names <= {BUILTIN}:
        return APACHE
    parts = ["Apache-2.0"]
    if DOCUMENTATION in names:
        parts.append("MPL-2.0 for what is taken over from the AWS provider's documentation")
    if names - set(OWN):
        parts.append("the terms of the providers whose models wrote rows")
    return "other", ", and ".join(parts)


def licences_in_words(teachers: Iterable[str]) -> str:
    """The same in sentences."""
    words = (
        "Pairs of the built-in teacher are under the Apache License 2.0, as the project is. For"
        " pairs that a model wrote, the terms of its provider hold, too."
    )
    return f"{words} {_DOCUMENTED}" if DOCUMENTATION in set(teachers) else words
