"""A Rego module as far as reading tells: its package, and the words that occur in it."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from rewardsvc.checks.rego.tokens import Token, tokens

MAX_POLICY_CHARACTERS = 100_000
"""The longest policy of a public benchmark has 8,349."""

MAX_QUERY_CHARACTERS = 8192

_NAME = re.compile(r"[^\W\d]\w*", re.ASCII)


class NotAPolicy(ValueError):
    """The text cannot be a Rego module; the message says why."""


@dataclass(frozen=True, slots=True)
class Module:
    """A policy.

    ``package``: the parts of its package's name.
    ``words``: what occurs in it.
    ``new``: whether it is in version 1 of the language, as it looks.
    """

    text: str
    package: tuple[str, ...]
    words: frozenset[str]
    new: bool

    def rule(self, name: str) -> str:
        """The reference to a rule of it (``allow``, or ``a.b``).

        Raises:
            NotAPolicy: it is no name, or does not occur in the policy.
        """
        parts = name.split(".")
        for part in parts:
            if not _NAME.fullmatch(part):
                raise NotAPolicy(f"{name!r} is not the name of a rule")
            if part not in self.words:
                raise NotAPolicy(f"the policy has no rule {name!r}")
        return "data" + "".join(f"[{json.dumps(part)}]" for part in (*self.package, *parts))


def read_module(text: str) -> Module:
    """Read a policy's package and words; the rest is for Rego to judge.

    Raises:
        NotAPolicy: it is empty or too long, or does not begin with its package.
    """
    if not text.strip():
        raise NotAPolicy("the policy is empty")
    if len(text) > MAX_POLICY_CHARACTERS:
        raise NotAPolicy(f"longer than {MAX_POLICY_CHARACTERS} characters")
    if "\0" in text:
        raise NotAPolicy("there is a NUL in it")
    found = list(tokens(text))
    if not found or found[0].value != "package":
        raise NotAPolicy("a policy begins with its package, as in `package terraform.validation`")
    words = frozenset(token.value for token in found if token.kind == "word")
    return Module(text, _package(found[1:]), words, _is_new(found))


def _package(found: Sequence[Token]) -> tuple[str, ...]:
    """``a.b["c-d"]`` as its parts."""
    parts: list[str] = []
    expected = "word"
    for token in found:
        if token.first and parts:
            break
        if expected == "word" and token.kind == "word":
            parts.append(token.value)
        elif expected == "text" and token.kind == "text":
            parts.append(_unquoted(token.value))
        elif token.value == ";":
            break
        elif token.value not in {".", "[", "]"}:
            raise NotAPolicy(f"not the name of a package: {token.value!r}")
        expected = {".": "word", "[": "text"}.get(token.value, "")
    if not parts or expected:
        raise NotAPolicy("the package has no name")
    return tuple(parts)


def _is_new(found: Sequence[Token]) -> bool:
    """Whether it says so, or uses ``if`` or ``contains`` in heads without importing them.

    In version 0 such an ``if`` would be the name of a rule, and what precedes it always true.
    """
    imported: set[str] = set()
    for at, token in enumerate(found):
        if token.value == "import" and token.first:
            path = [each.value for each in found[at + 1 : at + 6] if each.kind == "word"]
            if path[:2] == ["rego", "v1"]:
                return True
            if path[:2] == ["future", "keywords"]:
                # Alone it imports all; the words of the next line are not its own.
                one = found[at + 4 : at + 6]
                alone = len(one) < 2 or one[0].value != "." or one[0].first
                imported |= {"if", "contains"} if alone else {one[1].value}
        elif token.value in {"if", "contains"} - imported and not token.depth and not token.first:
            after = found[at + 1 : at + 2]
            if found[at - 1].value not in {"import", ".", "default"} and not (
                after and after[0].value == "("
            ):
                return True
    return False


def _unquoted(text: str) -> str:
    if text.startswith("`"):
        return text[1:-1]
    try:
        return str(json.loads(text))
    except ValueError as error:
        raise NotAPolicy(f"not a string: {text}") from error
