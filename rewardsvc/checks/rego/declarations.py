"""The declarations of a Rego text: which local variables ``some`` names, and of what. Pure.

``some x`` declares a variable for what follows it, so to OPA it means the same at the front of its
body. regorus 0.9 declares it anew in each turn of what iterates before it, finds that it is there
already and gives up ("duplicated definition of local variable"): ``hoisted`` brings it to the
front. https://www.openpolicyagent.org/docs/latest/policy-language/#some-keyword
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from rewardsvc.checks.rego.tokens import Token, replaced, tokens

_OPERATORS = frozenset("=|&+-*/%<>,;:.([{") | {":=", "==", "!=", "<=", ">="}
"""What a term follows, and a body does not."""

_BEFORE_A_TERM = frozenset({"as", "in", "not", "with"})
"""Words that do the same."""


@dataclass(frozen=True, slots=True)
class Declaration:
    """One ``some``: the names of its variables, as far as they stand by themselves.

    ``start`` and ``end``: its tokens, the first and the one after the last.
    ``of``: the tokens of the collection in ``some x in xs``; none where it is bare.
    """

    names: tuple[str, ...]
    start: int
    end: int
    of: range | None


@dataclass(slots=True)
class _Body:
    """What stands between two brackets, or the whole text.

    ``opened``: its first token; ``start``: that of its statements, behind a comprehension's bar.
    ``early``: the token at which a declaration is at the front by itself.
    ``front``: the character where its declarations belong; None while it is no body.
    ``own``: the names that it declares.
    """

    opened: int
    start: int
    early: int
    front: int | None
    own: set[str] = field(default_factory=set)


def declarations(found: Sequence[Token]) -> Iterator[Declaration]:
    """The declarations among a text's tokens."""
    closing = _closing(found)
    for at, token in enumerate(found):
        if token.value == "some" and token.kind == "word" and not _is_field(found, at):
            yield _declaration(found, at, closing)


def hoisted(text: str) -> str:
    """A module or a query with each bare ``some x`` at the front of its body.

    What OPA refuses (a variable that occurs before it is declared) stays as it is.
    """
    found = list(tokens(text))
    declared = {each.start: each for each in declarations(found)}
    if all(each.of for each in declared.values()):
        return text
    edits: list[tuple[int, int, str]] = []
    used: defaultdict[str, list[int]] = defaultdict(list)
    bodies = [_Body(0, 0, 0, 0)]
    for at, token in enumerate(found):
        body = bodies[-1]
        if token.value in {"(", "[", "{"}:
            front = token.end if _opens_a_body(found, at) else None
            bodies.append(_Body(at + 1, at + 1, at + 1, front))
        elif token.value in {")", "]", "}"} and len(bodies) > 1:
            for name in bodies.pop().own:  # what a comprehension declares is nobody else's
                while used[name] and used[name][-1] >= body.opened:
                    used[name].pop()
        elif token.value == "|" and body.front is None:  # the bar of a comprehension
            body.front, body.start, body.early = token.end, at + 1, at + 1
        elif each := declared.get(at):
            if not each.of and at == body.early:
                body.early = each.end + (_value(found, each.end) == ";")
            elif (
                not each.of
                and body.front is not None
                and not any(used[name] and used[name][-1] >= body.start for name in each.names)
            ):
                edits.append((body.front, body.front, f" some {', '.join(each.names)};"))
                edits.append((token.start, found[each.end - 1].end, "true"))
            body.own |= set(each.names)
        elif token.kind == "word" and not _is_field(found, at):
            if _value(found, at + 1) == ":=":
                body.own.add(token.value)
            used[token.value].append(at)
    return replaced(text, edits)


def _declaration(found: Sequence[Token], at: int, closing: Mapping[int, int]) -> Declaration:
    """The one that begins at a token."""
    names: list[str] = []
    end = at + 1
    while end < len(found):  # names and patterns, with commas between them
        if found[end].kind == "word":
            names.append(found[end].value)
            end += 1
        elif found[end].value in {"[", "{"}:
            end = closing[end] + 1
        else:
            break
        if _value(found, end) != ",":
            break
        end += 1
    if _value(found, end) != "in" or found[end].first:
        return Declaration(tuple(names), at, min(end, len(found)), None)
    of = range(end + 1, _end_of_term(found, end + 1, closing))
    return Declaration(tuple(names), at, of.stop, of)


def _end_of_term(found: Sequence[Token], start: int, closing: Mapping[int, int]) -> int:
    """The token after a term that begins at one."""
    at = start
    while at < len(found):
        token = found[at]
        if token.value in {";", ",", ")", "]", "}", "with", "else", "some"} or (
            token.first and at > start and not _goes_on(found, at)
        ):
            break
        at = closing.get(at, at) + 1
    return min(at, len(found))


def _closing(found: Sequence[Token]) -> Mapping[int, int]:
    """To each bracket that opens, the one that closes it, or the end."""
    closing: dict[int, int] = {}
    opened: list[int] = []
    for at, token in enumerate(found):
        if token.value in {"(", "[", "{"}:
            opened.append(at)
        elif token.value in {")", "]", "}"} and opened:
            closing[opened.pop()] = at
    return closing | dict.fromkeys(opened, len(found))


def _goes_on(found: Sequence[Token], at: int) -> bool:
    """Whether the first token of a line belongs to the statement of the line before."""
    return found[at].value in _OPERATORS - {"[", "{", "("} or (
        found[at - 1].value in _OPERATORS | _BEFORE_A_TERM
    )


def _opens_a_body(found: Sequence[Token], at: int) -> bool:
    """Whether a brace opens a body, not an object, a set or a comprehension.

    Those are terms: they follow an operator, a bracket, or begin a line of a body.
    """
    token, before = found[at], found[at - 1] if at else None
    if token.value != "{" or before is None or before.value in _OPERATORS | _BEFORE_A_TERM:
        return False
    return not (token.first and token.depth) or before.value in {"if", "else"}


def _is_field(found: Sequence[Token], at: int) -> bool:
    """Whether a word is a part of what precedes it."""
    return at > 0 and found[at - 1].value == "."


def _value(found: Sequence[Token], at: int) -> str:
    return found[at].value if at < len(found) else ""
