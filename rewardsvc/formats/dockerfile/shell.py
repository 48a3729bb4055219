"""Whether a RUN can do anything to the image: what its script really runs, as far as it is plain.

Not a shell: lists (``;``, ``&&``, ``||``, ``|``), comments, heredocs, compounds that are never
entered and commands that only print. What it does not understand counts as doing something, so
that no honest build is called empty.

Not tree-sitter's grammar of Bash, with which scripts are read: a RUN may be in the words of any
shell, and on what is no Bash the grammar's recovery takes time in the square of the length.
"""

import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import dropwhile

_IDLE_WORDS = """
: true ls pwd echo printf sleep cat head tail wc date whoami id uname env printenv hostname set
shopt export local readonly unset umask ulimit alias type which command test [ [[ cd pushd popd wait
times read exit return false break continue nproc df du free ps uptime
"""
_IDLE = frozenset(_IDLE_WORDS.split())
"""Commands that change no file, unless their output goes into one."""

_PASSES, _FAILS = frozenset({":", "true"}), frozenset({"false"})
_NEVER, _ALWAYS = (("false",), ("!", "true")), (("true",), (":",), ("!", "false"))
_COMPOUNDS, _ENDS = frozenset({"if", "while", "until", "for", "case"}), {"fi", "done", "esac"}
_GLUE_WORDS = "if then else elif fi while until for do done case esac { } ! time"
_GLUE = frozenset(_GLUE_WORDS.split())
_SHELLS = frozenset({"sh", "bash", "ash", "dash", "zsh"})
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*\+?=.*", re.DOTALL)
_HEREDOC = re.compile(r"(?:(?<!\d)\d++)?<<-?(?!<)\s*+(['\"]?)([A-Za-z_][\w.-]*+)\1")
_TOKEN = re.compile(
    r"""
    (?P<kept> '[^']*' | "(?:\\.|[^"\\])*" | \\. | \$\([^()]*\) | `[^`]*` | >[|&] )
    | (?P<comment> (?<![^\s;&|()]) \# [^\n]* )
    | (?P<operator> && | \|\| | ;; | [;\n|] | &(?![>\d]) )
    | (?P<plain> [^'"\\$`\#;&|\n>]+ | . )
    """,
    re.VERBOSE | re.DOTALL,
)
_QUOTE = re.compile(r"['\"]")
_SINGLE_QUOTED = re.compile(r"'[^']*+'")
_DOUBLE_QUOTED = re.compile(r'"(?:[^"\\$`]++|\\.)*+("?)', re.DOTALL)
"""Its group is empty where the text ends, or substitutes something, before it is closed."""
_WRITES = re.compile(r">(?!&|\s*/dev/(?:null|stdout|stderr)\b)|\btee\b|\$\(|`|<\(")
_DEPTH = 3
"""Shells within shells; beyond, it counts as doing something."""

MAX_CHARACTERS = 65536
"""Of one script that is taken apart; a longer one counts as doing something."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """A simple command and the operator before it: ``;``, ``&&``, ``||`` or ``|``."""

    text: str
    after: str


def does_something(script: str, heredocs: str = "", *, depth: int = 0) -> bool:
    """Whether a command in it, that can be reached, does more than print.

    ``heredocs``: what a Dockerfile's own heredocs of the instruction hold, one after the other.
    """
    if len(script) + len(heredocs) > MAX_CHARACTERS or depth > _DEPTH:
        return True
    script, bodies = _without_heredocs(script)
    bodies += [heredocs] if heredocs else []
    if bodies and _is_script(script):
        return any(does_something(body, depth=depth + 1) for body in bodies)
    return any(_acts(piece, depth) for piece in _reached(_pieces(script)))


def argv_does_something(words: Sequence[str], *, depth: int = 0) -> bool:
    """The same for a command that is given as a list of words."""
    if not words:
        return False
    name = words[0].rpartition("/")[2]
    if name in _SHELLS and len(words) >= 3 and re.fullmatch(r"-\w*c", words[1]):
        return does_something(words[2], depth=depth + 1)
    return name not in _IDLE


def _is_script(script: str) -> bool:
    """Whether what is left of a line after its heredocs runs them: nothing, or a shell."""
    words = script.split()
    return not words or (words[0].rpartition("/")[2] in _SHELLS and "-c" not in words)


def _without_heredocs(script: str) -> tuple[str, list[str]]:
    """The script without the bodies of the heredocs that its first lines begin, and the bodies."""
    lines, kept, bodies = script.split("\n"), [], []
    at = 0
    while at < len(lines):
        line = lines[at]
        at += 1
        for opened in list(_HEREDOC.finditer(line)):
            end = next(
                (n for n in range(at, len(lines)) if lines[n].lstrip("\t") == opened[2]), len(lines)
            )
            bodies.append("\n".join(lines[at:end]))
            at = end + 1
        kept.append(_HEREDOC.sub("", line))
    return "\n".join(kept), bodies


def _pieces(script: str) -> Iterator[_Piece]:
    """The simple commands of a script; quotes and substitutions stay together."""
    operator = ";"
    parts: list[str] = []
    for token in _TOKEN.finditer(script):
        if token.lastgroup == "operator":
            yield _Piece("".join(parts).strip(), operator)
            operator, parts = token[0] if token[0] in {"&&", "||", "|"} else ";", []
        elif token.lastgroup != "comment":
            parts.append(token[0])
    yield _Piece("".join(parts).strip(), operator)


def _reached(pieces: Iterator[_Piece]) -> Iterator[str]:
    """The commands that can be reached: not after ``exit``, ``false &&`` or in ``if false``."""
    passed: bool | None = None
    plain = True
    """No compound so far: one may hold the ``exit`` that would end the script."""
    depth = 0
    """Of compounds within one that is never entered; 0 where none is."""
    for piece in pieces:
        words = piece.text.split()
        if depth:
            words = list(dropwhile({"then", "do"}.__contains__, words))
        if not words:
            continue
        if depth:
            depth += words[0] in _COMPOUNDS
            depth -= words[0] in _ENDS
            if depth == 1 and words[0] in {"else", "elif"}:
                depth = 0
                yield " ".join(words[1:])
            continue
        condition = tuple(words[1:])
        if (words[0] in {"if", "while"} and condition in _NEVER) or (
            words[0] == "until" and condition in _ALWAYS
        ):
            depth = 1
            continue
        if (piece.after == "&&" and passed is False) or (piece.after == "||" and passed is True):
            continue
        yield piece.text
        plain = plain and words[0] not in _COMPOUNDS and words[0][0] not in "{("
        if words[0] == "exit" and piece.after == ";" and plain:
            return
        passed = True if words[0] in _PASSES else False if words[0] in _FAILS else None


def _acts(command: str, depth: int) -> bool:
    """Whether a simple command does more than print."""
    if _WRITES.search(_unquoted(command)):
        return True
    try:
        words = shlex.split(command.lstrip("( ").rstrip(") "), comments=True)
    except ValueError:
        return True
    command_words = dropwhile(
        lambda word: word in _GLUE or _ASSIGNMENT.fullmatch(word) is not None, words
    )
    return argv_does_something(list(command_words), depth=depth)


def _unquoted(command: str) -> str:
    """Without what stands in single quotes, or in double ones where it substitutes nothing."""
    parts: list[str] = []
    at = kept = 0
    never_closed = 0
    """Before it no double quote is closed: each within one that is not is escaped, and ends where
    that one does."""
    while quote := _QUOTE.search(command, at):
        at = quote.end()
        if quote[0] == "'":
            closed = _SINGLE_QUOTED.match(command, quote.start())
        elif quote.start() < never_closed:
            continue
        else:
            whole = _DOUBLE_QUOTED.match(command, quote.start())
            closed = whole if whole and whole[1] else None
            never_closed = whole.end() if whole else at
        if closed:
            parts.append(command[kept : quote.start()])
            at = kept = closed.end()
    return "".join(parts) + command[kept:]
