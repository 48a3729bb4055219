"""Every regular expression of a package, and the texts that are worst for each.

:func:`patterns_of` finds them in the source: those that a module compiles, and those that stand in
a call of ``re``. :func:`attacks_on` derives the texts from an expression's own syntax tree: what
leads up to a repetition, what the repetition takes, many times, and an end that makes the whole
fail, so that each way to divide the repetitions is tried.
"""

import ast
import importlib
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import zip_longest
from pathlib import Path
from typing import Any

_REPEATS = frozenset({"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"})
_MANY = 64
"""Repetitions that end before that many are no way to take long."""
_ALPHABET = "aZ_0= \n\t\"'\\/*<>{}()[]$#.:,;-+~|&!?@%^`é\x00"
_ENDS = ("", "\x00", " \x00 \x00", "\n\x00", "\n")
_METHODS = frozenset(
    {"search", "match", "fullmatch", "finditer", "findall", "sub", "subn", "split"}
)


@dataclass(frozen=True, slots=True)
class Pattern:
    """An expression, where it stands and the methods that it is used with."""

    place: str
    compiled: re.Pattern[Any]
    methods: frozenset[str]


# --- finding them -------------------------------------------------------------------------------


def patterns_of(
    root: Path, folders: Sequence[str], without: Sequence[str], made: Mapping[str, Sequence[str]]
) -> Iterator[Pattern]:
    """The expressions of all modules below the folders of a repository.

    ``without``: folders and modules that are left out.
    ``made``: by ``path:function``, examples of expressions that a function makes when it runs.

    Raises:
        LookupError: an expression that is made when its function runs, and no example of it.
    """
    paths = [
        path
        for folder in folders
        for path in sorted((root / folder).rglob("*.py"))
        if not path.relative_to(root).as_posix().startswith(tuple(without))
    ]
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in paths}
    used = {
        path.relative_to(root).as_posix(): _methods_by_name(tree) for path, tree in trees.items()
    }
    for path, tree in trees.items():
        where = path.relative_to(root).as_posix()
        if calls_re(tree):
            yield from _compiled(where, used)
            yield from _inline(where, tree, made)


def calls_re(tree: ast.Module) -> bool:
    """Whether a module imports ``re``."""
    return any(
        isinstance(node, ast.Import) and any(name.name == "re" for name in node.names)
        for node in ast.walk(tree)
    )


def _methods_by_name(tree: ast.Module) -> dict[str, frozenset[str]]:
    """What is called on each name: ``_ITEM.finditer``."""
    used: dict[str, frozenset[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in _METHODS:
            owner = node.value
            name = owner.id if isinstance(owner, ast.Name) else ""
            used[name] = used.get(name, frozenset()) | {node.attr}
    return used


def _compiled(
    where: str, by_module: Mapping[str, Mapping[str, frozenset[str]]]
) -> Iterator[Pattern]:
    """Those of a module's constants; one without an underscore may be used by others."""
    module = importlib.import_module(where.removesuffix(".py").replace("/", "."))
    for name, value in vars(module).items():
        for compiled in _within(value, 0):
            users = by_module if not name.startswith("_") else {where: by_module[where]}
            methods = frozenset().union(*(each.get(name, ()) for each in users.values()))
            if not methods and isinstance(value, re.Pattern):
                methods = _of_parameters(by_module[where])
            yield Pattern(f"{where}:{name}", compiled, methods or frozenset({"finditer"}))


def _of_parameters(used: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """What a module does with an expression that it is given: ``pattern.match``."""
    return used.get("pattern", frozenset())


def _within(value: Any, depth: int) -> Iterator[re.Pattern[Any]]:
    """The expressions in a constant: itself, or those in a table or a record."""
    if isinstance(value, re.Pattern):
        yield value
    elif depth > 3:
        return
    elif isinstance(value, partial):
        yield from _within(value.args, depth + 1)
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _within(each, depth + 1)
    elif isinstance(value, list | tuple | set | frozenset):
        for each in value:
            yield from _within(each, depth + 1)
    elif hasattr(value, "__dataclass_fields__") and not isinstance(value, type):
        for field in value.__dataclass_fields__:
            yield from _within(getattr(value, field, None), depth + 1)


def _inline(where: str, tree: ast.Module, made: Mapping[str, Sequence[str]]) -> Iterator[Pattern]:
    """Those in calls of ``re`` within functions."""
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        for call in ast.walk(function):
            if not (
                isinstance(call, ast.Call)
                and isinstance(call.func, ast.Attribute)
                and isinstance(call.func.value, ast.Name)
                and call.func.value.id == "re"
                and call.args
            ):
                continue
            place = f"{where}:{function.name}"
            method = frozenset({"finditer" if call.func.attr == "compile" else call.func.attr})
            flags = _flags(call)
            if call.func.attr == "escape":
                continue
            if isinstance(call.args[0], ast.Constant):
                yield Pattern(place, re.compile(call.args[0].value, flags), method)
            elif isinstance(call.args[0], ast.Name) and call.args[0].id.isupper():
                module = importlib.import_module(where.removesuffix(".py").replace("/", "."))
                text = getattr(module, call.args[0].id)
                yield Pattern(place, re.compile(text, flags), method)
            elif place in made:
                for text in made[place]:
                    yield Pattern(place, re.compile(text, flags), method)
            else:
                raise LookupError(f"no example of the expression that {place} makes")


def _flags(call: ast.Call) -> int:
    words = {node.attr for node in ast.walk(call) if isinstance(node, ast.Attribute)}
    flags = 0
    for name in ("MULTILINE", "M", "DOTALL", "S", "IGNORECASE", "I", "VERBOSE", "X", "ASCII", "A"):
        if name in words:
            flags |= int(getattr(re, name))
    return flags


# --- the texts that are worst -------------------------------------------------------------------

_Tree = Sequence[tuple[Any, Any]]


def attacks_on(pattern: re.Pattern[Any]) -> Iterator[Callable[[int], Any]]:
    """Functions from a length in characters to a text (bytes, for an expression over bytes)."""
    tree = _tree_of(pattern)
    wanted = _Samples(pattern)
    as_bytes = isinstance(pattern.pattern, bytes)
    seen: set[tuple[str, str, str]] = set()
    for before, body in _repetitions(tree, wanted, ""):
        for pump in wanted.of(body):
            for lead in {before, before[-1:], ""}:
                for end in _ENDS:
                    if not pump or (lead, pump, end) in seen:
                        continue
                    seen.add((lead, pump, end))
                    yield _text(lead, pump, end, as_bytes)
                    if lead:
                        yield _text("", lead + pump, end, as_bytes)


def _tree_of(pattern: re.Pattern[Any]) -> _Tree:
    parsed: _Tree = re._parser.parse(pattern.pattern, pattern.flags)
    return parsed


def _text(lead: str, pump: str, end: str, as_bytes: bool) -> Callable[[int], Any]:
    def text(length: int) -> Any:
        whole = lead + pump * max(1, length // len(pump)) + end
        return whole.encode() if as_bytes else whole

    return text


def _repetitions(tree: _Tree, samples: "_Samples", before: str) -> Iterator[tuple[str, _Tree]]:
    """Each repetition: an example of what precedes it, and what it repeats."""
    for op, value in tree:
        name = str(op)
        if name in _REPEATS:
            _, most, body = value
            if most is re._constants.MAXREPEAT or most >= _MANY:
                yield before, body
            yield from _repetitions(body, samples, before)
        elif name == "SUBPATTERN":
            yield from _repetitions(value[3], samples, before)
        elif name == "ATOMIC_GROUP":
            yield from _repetitions(value, samples, before)
        elif name == "BRANCH":
            for branch in value[1]:
                yield from _repetitions(branch, samples, before)
        elif name in {"ASSERT", "ASSERT_NOT"}:
            yield from _repetitions(value[1], samples, before)
        before += samples.one([(op, value)])


class _Samples:
    """Examples of what parts of an expression match."""

    def __init__(self, pattern: re.Pattern[Any]) -> None:
        rivals = list(_takers(_tree_of(pattern)))
        # What most parts of the expression take comes first: it is what they compete for.
        taken = {char: sum(_takes(op, value, char) for op, value in rivals) for char in _ALPHABET}
        self._characters = sorted(_ALPHABET, key=lambda char: -taken[char])

    def one(self, tree: _Tree) -> str:
        """An example, with each repetition once."""
        return next(iter(self.of(tree)), "")

    def of(self, tree: _Tree, most: int = 16) -> list[str]:
        """Some examples: the first with the first choice everywhere, the others with another in
        one place each."""
        parts = [self._choices(op, value) for op, value in tree]
        first = [choices[0] if choices else "" for choices in parts]
        found = ["".join(first)]
        for at, choices in enumerate(parts):
            found += ["".join([*first[:at], other, *first[at + 1 :]]) for other in choices[1:]]
        return list(dict.fromkeys(found))[:most]

    def _choices(self, op: Any, value: Any) -> list[str]:
        name = str(op)
        if name == "LITERAL":
            return [chr(value)]
        if name in {"IN", "ANY", "NOT_LITERAL"}:
            return self._of_class(op, value)
        if name in _REPEATS:
            least, _, body = value
            return [example * max(1, min(least, 20)) for example in self.of(body)]
        if name == "SUBPATTERN":
            return self.of(value[3])
        if name == "ATOMIC_GROUP":
            return self.of(value)
        if name == "BRANCH":
            turns = zip_longest(*(self.of(branch) for branch in value[1]))
            return [example for turn in turns for example in turn if example is not None]
        return [""]

    def _of_class(self, op: Any, value: Any) -> list[str]:
        found = [char for char in self._characters if _takes(str(op), value, char)]
        return [*found[:6], *(char for char in '\n "\\a' if char in found[6:])] or [""]


def _takers(tree: _Tree) -> Iterator[tuple[str, Any]]:
    """The parts of an expression that take a character."""
    for op, value in tree:
        name = str(op)
        if name in {"LITERAL", "NOT_LITERAL", "ANY", "IN"}:
            yield name, value
        elif name in _REPEATS:
            yield from _takers(value[2])
        elif name == "SUBPATTERN":
            yield from _takers(value[3])
        elif name == "ATOMIC_GROUP":
            yield from _takers(value)
        elif name == "BRANCH":
            for branch in value[1]:
                yield from _takers(branch)
        elif name in {"ASSERT", "ASSERT_NOT"}:
            yield from _takers(value[1])


def _takes(op: str, value: Any, char: str) -> bool:
    if op == "ANY":
        return True
    if op in {"LITERAL", "NOT_LITERAL"}:
        return (ord(char) == value) is (op == "LITERAL")
    items = list(value)
    negated = bool(items) and str(items[0][0]) == "NEGATE"
    hit = any(_item_takes(str(kind), item, char) for kind, item in items[negated:])
    return hit is not negated


def _item_takes(kind: str, item: Any, char: str) -> bool:
    code = ord(char)
    if kind == "LITERAL":
        return bool(code == item)
    if kind == "RANGE":
        return bool(item[0] <= code <= item[1])
    classes = {"SPACE": r"\s", "DIGIT": r"\d", "WORD": r"\w"}
    name = str(item).removeprefix("CATEGORY_").removeprefix("UNI_")
    inverted = name.startswith("NOT_")
    known = re.fullmatch(classes[name.removeprefix("NOT_")], char) is not None
    return known is not inverted


# --- what they cost -----------------------------------------------------------------------------

LENGTHS = (20, 48, 512, 2048, 8192)
"""Small ones first: what doubles with each character must not begin with a thousand of them."""

OF_THE_WHOLE = frozenset({"sub", "subn", "split", "finditer", "findall"})
"""Methods that find all matches of a text, in the same time."""

PAIRS_SHOW = 512
"""From this length on the time of all pairs of characters stands out from that of a call."""

SECONDS_A_CHARACTER = 0.3e-6
"""A linear expression takes a few dozen nanoseconds; what grows with the square takes microseconds
from some thousand characters on."""
ALLOWANCE = 1e-3

RATIO = 2.6
"""Between the times of a text and of its half: 2 where time is linear, 4 with the square."""

CONFIRMATIONS = 3
"""How often in a row that must be seen: on a busy machine once may be chance."""


def slow_length(pattern: re.Pattern[Any], method: str, attack: Callable[[int], Any]) -> int:
    """The shortest length with which an attack takes too long, 0 where none does.

    Too long is what takes more than a few nanoseconds a character and grows faster than the text.
    What is so fast that the square of its growth would not make the longest text take too long is
    not tried on longer ones: to look at all pairs of a text's characters takes more than that.
    """
    for length in LENGTHS:
        seconds = _seconds(pattern, method, attack(length))
        if seconds >= _too_long(length) and all(
            _grows(pattern, method, attack, length) for _ in range(CONFIRMATIONS)
        ):
            return length
        if length >= PAIRS_SHOW and seconds * (LENGTHS[-1] / length) ** 2 < _too_long(LENGTHS[-1]):
            return 0
    return 0


def _too_long(length: int) -> float:
    return ALLOWANCE + SECONDS_A_CHARACTER * length


def _grows(
    pattern: re.Pattern[Any], method: str, attack: Callable[[int], Any], length: int
) -> bool:
    """Whether a text takes longer than it is longer than half of it: the least of five runs."""
    half, whole = (
        min(_seconds(pattern, method, attack(size)) for _ in range(5))
        for size in (length // 2, length)
    )
    return whole > RATIO * half


def _seconds(pattern: re.Pattern[Any], method: str, text: Any) -> float:
    """The processor's time to use an expression on the whole of a text."""
    started = time.thread_time()
    if method in OF_THE_WHOLE:
        for _ in pattern.finditer(text):
            pass
    else:
        getattr(pattern, method)(text)
    return time.thread_time() - started
