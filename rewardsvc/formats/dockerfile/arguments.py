"""What stands behind an instruction's name and flags (BuildKit's parse.go, line_parsers.go)."""

import re
from collections.abc import Iterator

from rewardsvc.formats.dockerfile.heredocs import heredocs_in
from rewardsvc.formats.dockerfile.source import literal
from rewardsvc.formats.dockerfile.syntax import Instruction, split_words
from sandbox.jsontext import read_json

_PROTOCOLS = frozenset({"", "tcp", "udp", "sctp"})
_SIGNAL = re.compile(
    "ABRT|ALRM|BUS|CHLD|CLD|CONT|FPE|HUP|ILL|INT|IO|IOT|KILL|PIPE|POLL|PROF|PWR|QUIT|SEGV|STKFLT"
    "|STOP|SYS|TERM|TRAP|TSTP|TTIN|TTOU|URG|USR1|USR2|VTALRM|WINCH|XCPU|XFSZ|RTMIN|RTMAX"
    r"|RTMIN\+(?:[1-9]|1[0-5])|RTMAX-(?:[1-9]|1[0-4])"
)


def pairs(instruction: Instruction) -> Iterator[str]:
    """``name=value …``, or the old form of one name and its value."""
    words = split_words(instruction.rest)
    if words and "=" not in words[0]:
        if len(instruction.rest.split(None, 1)) < 2:
            yield f"{words[0]!r} has no value: it is name=value"
        return
    bare = next((word for word in words if "=" not in word), None)
    if bare is not None:  # BuildKit stops at the first
        yield f"there is no = in {bare!r}: it is name=value"


def blank_names(instruction: Instruction) -> Iterator[str]:
    """A variable or a label has a name."""
    words = split_words(instruction.rest)
    old = instruction.name != "ARG" and bool(words) and "=" not in words[0]
    for word in [] if old else words:
        if word.startswith("="):
            yield f"a name is missing before {word!r}"


def source_and_destination(instruction: Instruction) -> Iterator[str]:
    """Something is copied somewhere."""
    if len(_copied(instruction)) < 2:
        yield "at least two arguments are needed: what is copied, and where to"


def heredoc_destination(instruction: Instruction) -> Iterator[str]:
    """A heredoc is no place to copy to."""
    words = _copied(instruction)
    if instruction.words is None and len(words) > 1 and heredocs_in(words[-1]):
        yield "a heredoc cannot be the destination"


def _copied(instruction: Instruction) -> list[str]:
    return list(instruction.words) if instruction.words is not None else instruction.rest.split()


def lists_of_texts(instruction: Instruction) -> Iterator[str]:
    """A list in JSON has nothing but strings."""
    rest = instruction.rest
    if instruction.name == "HEALTHCHECK":
        rest = rest.partition(" ")[2].strip()
    if not rest.startswith("["):
        return
    try:
        words = read_json(rest)
    except (ValueError, RecursionError):
        return  # a shell command that begins with a bracket
    if isinstance(words, list) and not all(isinstance(word, str) for word in words):
        yield "a list in JSON may have strings only"


def shell(instruction: Instruction) -> Iterator[str]:
    """The shell is a list in JSON."""
    if not instruction.words:
        yield 'it takes a list in JSON, as ["/bin/bash", "-c"]'


def volumes(instruction: Instruction) -> Iterator[str]:
    """A volume has a path."""
    if instruction.words is not None and not all(word.strip() for word in instruction.words):
        yield "a volume cannot be an empty text"


def stop_signal(instruction: Instruction) -> Iterator[str]:
    """A signal's name or number."""
    text = instruction.rest.strip("\"'")
    name = text.upper().removeprefix("SIG")
    if literal(text) and not ((text.isdecimal() and int(text[:9]) > 0) or _SIGNAL.fullmatch(name)):
        yield f"there is no signal {text!r}"


def ports(instruction: Instruction) -> Iterator[str]:
    """``8080``, ``8000-8010/udp``. That a number is too large, hadolint says (DL3011)."""
    for word in split_words(instruction.rest):
        if not literal(word):
            continue
        port, _, protocol = word.rpartition(":")[2].partition("/")
        match = re.fullmatch(r"(\d{1,9})(?:-(\d{1,9}))?", port)
        if protocol.lower() not in _PROTOCOLS:
            yield f"{word!r} has no protocol that there is: tcp, udp or sctp"
        elif not match or (match[2] and int(match[2]) < int(match[1])):
            yield f"{word!r} is no port and no range of ports"


def healthcheck(instruction: Instruction) -> Iterator[str]:
    """``CMD`` and a command, or ``NONE``."""
    kind, _, command = instruction.rest.partition(" ")
    if kind.startswith("--"):
        return  # a flag that there is not
    if kind.upper() == "NONE":
        if command.strip():
            yield "NONE takes no arguments"
    elif kind.upper() != "CMD":
        yield f"it begins with CMD or NONE, not with {kind!r}"
    elif not command.strip() or command.strip() == "[]":
        yield "there is no command behind CMD"


def from_form(instruction: Instruction) -> Iterator[str]:
    """One argument or three; a comment behind them is none."""
    words = instruction.rest.split()
    if len(words) not in {0, 1} and not (len(words) == 3 and words[1].lower() == "as"):
        yield f"it takes an image, or an image AS a name, and nothing else: {instruction.rest!r}"


def stage_name(instruction: Instruction) -> Iterator[str]:
    """A stage's name begins with a letter."""
    words = instruction.rest.split()
    named = len(words) == 3 and words[1].lower() == "as"
    if named and not re.fullmatch(r"[a-z][a-z0-9_.-]*", words[2].lower()):
        yield f"{words[2]!r} is no name of a stage: letters, digits, - _ and ., a letter first"
