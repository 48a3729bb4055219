"""Expressions in CEL, as schemas of custom resources have them, by the library that reads them.

https://github.com/google/cel-spec. The texts come from installed schemas and never from an answer;
an answer is only what they are asked about. What the library does not have is said when a text is
compiled; a text that fails on a value says nothing about it: whose fault that is cannot be known.
Texts of an answer (a policy's ``validations``) are read and never asked: :func:`misread`.
"""

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cel import Program

FUNCTIONS = frozenset(
    {"bytes", "contains", "double", "duration", "dyn", "endsWith", "int", "matches", "size"}
    | {"startsWith", "string", "timestamp", "type", "uint"}
)
"""What the library has beside operators and macros. Kubernetes' own (``isURL``, ``quantity``,
``split`` …) are not there."""

MAX_CHARACTERS = 20_000
"""Of a text: an API server takes no longer rule either (its estimated cost is bounded)."""

_OLD = re.compile(r"\boldSelf\b")
_LOOPS = re.compile(r"\.(?:all|exists|exists_one|filter|map)\(")


_FAILURES = (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError)
"""What the library raises of a text that it cannot read or a value that it cannot be asked of."""


def _is_panic(error: BaseException) -> bool:
    """Whether Rust gave up: the exception for it is no ``Exception`` and has no public class."""
    return type(error).__name__ == "PanicException"


class Skipped(Enum):
    """Why an expression is not asked."""

    TRANSITION = "compares with what was there before (oldSelf)"
    FUNCTION = "has a function that the library lacks"
    UNREADABLE = "cannot be read by the library"
    BROKE = "broke the library"


@dataclass(slots=True)
class Expression:
    """A compiled text. ``loops``: how many of its macros go through a list or map."""

    text: str
    loops: int
    _program: "Program | None"

    def holds(self, value: Any) -> bool | None:
        """What it says of ``self``; None where it says nothing, or broke."""
        if self._program is None:
            return None
        try:
            said = self._program.execute({"self": value})
        except _FAILURES:  # a value that it is not made for
            return None
        except BaseException as error:
            if not _is_panic(error):
                raise
            self._program = None  # it is not asked again
            return None
        return said if isinstance(said, bool) else None


MAX_WRITTEN = 2_000
"""Characters of an answer's text that is read: a parser of less depth than that is none of ours."""

_OF_SYNTAX = re.compile(r"ERROR: <input>:(\d+):(\d+): Syntax error: ([^\n]{1,200})")
_NOT_HAD = "unsupported syntax"
_BOUND = re.compile(r"[(,]\s*([A-Za-z_][A-Za-z0-9_]*)\s*(?=,)")


def misread(text: str, names: frozenset[str] | None = None) -> str:
    """Why a text that an answer brings is no CEL, "" where it is or the library cannot say.

    ``names``: what it may speak of beside what its macros bind, None where that is not known.
    """
    if len(text) > MAX_WRITTEN:
        return ""
    import cel

    try:
        program = cel.compile(text)
        variables = set(program.variables())
    except _FAILURES as error:
        told = str(error)
        found = None if _NOT_HAD in told else _OF_SYNTAX.search(told)
        return f"cannot be read at {found[1]}:{found[2]}: {found[3]}" if found else ""
    except BaseException as error:
        if not _is_panic(error):
            raise
        return ""
    if names is None:
        return ""
    unknown = sorted(variables - names - _TYPES - {*_BOUND.findall(text)})
    plain = [name for name in unknown if name.isidentifier()]
    return f"{plain[0]!r} is not declared ({', '.join(sorted(names))} are)" if plain else ""


_TYPES = frozenset(
    {"bool", "bytes", "double", "dyn", "int", "list", "map", "null_type", "string", "timestamp"}
    | {"type", "uint", "duration", "cel", "sets", "lists", "math", "strings", "optional", "base64"}
    | {"google", "net", "format", "jsonpatch", "JSONPatch", "ip", "cidr", "url", "quantity"}
)
"""Names of types and of libraries, which an expression has without declaring them."""


def compiled(text: str) -> Expression | Skipped:
    """A text made ready to be asked, or why it is not."""
    if _OLD.search(text):
        return Skipped.TRANSITION
    if len(text) > MAX_CHARACTERS:
        return Skipped.UNREADABLE
    import cel  # half a second, for those who meet a rule

    try:
        program = cel.compile(text)
        lacking = [name for name in program.functions() if not _has(name)]
    except _FAILURES:
        return Skipped.UNREADABLE
    except BaseException as error:
        if not _is_panic(error):
            raise
        return Skipped.BROKE
    if lacking:
        return Skipped.FUNCTION
    return Expression(text, len(_LOOPS.findall(text)), program)


def _has(name: str) -> bool:
    return name in FUNCTIONS or not name.isidentifier() or name.startswith("_")
