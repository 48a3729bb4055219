"""Python programs: what the tests of all formats try on them."""

from collections.abc import Callable, Mapping

from tests.rewardsvc.formats.format_cases import FormatCases
from tests.rewardsvc.formats.growth import around, fenced, many, nested

_PYTHON: Mapping[str, Callable[[int], str]] = {
    "imports": many("import a{i}\n"),
    "dotted imports": around("import a", ".b", "\n"),
    "names": around("from a import (", many("b{i}, "), "c)\nprint(c)\n"),
    "calls": many("f(a={i})\n"),
    "functions": many("def f{i}(): pass\n"),
    "assignments": many("a{i} = 1\n"),
    "operators": around("a = ", "1 + ", "1\n"),
    "nested calls": around("a = ", nested("f(", ")"), "\n"),
    "nested lists": around("a = ", nested("[", "]"), "\n"),
    "attributes": around("a = b", ".c", "\n"),
    "strings": many('"a"\n'),
    "strings of one line": around("", '"a"; ', "\n"),
    "letters of two bytes and strings of one line": around("", 'é; "a"; ', "\n"),
    "comments behind code": many("a = 1  # comment {i}\n"),
    "a long string": around('"""', many("line {i}\n"), '"""\n'),
    "comments": many("# comment {i}\n"),
    "a project": around("", many("x{i}: y\n")),
}

_MLPROJECT: Mapping[str, Callable[[int], str]] = {
    "entry points": around("entry_points:\n", many("  e{i}: {command: python a.py}\n")),
    "a command of one word": around("entry_points:\n  a:\n    command: ", "a", "\n"),
    "a command of many words": around("entry_points:\n  a:\n    command: ", "a.py ", "\n"),
    "placeholders": around("entry_points:\n  a:\n    command: '", "{a}", "'\n"),
    "nested placeholders": around("entry_points:\n  a:\n    command: '", "{", "'\n"),
    "parameters": lambda size: (
        "entry_points:\n  a:\n    parameters:\n"
        + many("      p{i}: float\n")(size)
        + "    command: '"
        + many("{p{i}}")(size)
        + "'\n"
    ),
}

_COMPLETIONS = {
    f"MLproject: {name}": fenced("yaml path=MLproject", grow) for name, grow in _MLPROJECT.items()
}

CASES = FormatCases(
    growing=_PYTHON,
    completions=_COMPLETIONS,
    telling=(
        "a project",
        "comments behind code",
        "fences",
        "letters of two bytes and strings of one line",
        "MLproject: nested placeholders",
        "MLproject: parameters",
        "names",
        "strings of one line",
    ),
)
