"""Bash scripts: what the tests of all formats try on them."""

from collections.abc import Callable, Mapping

from tests.rewardsvc.formats.format_cases import FormatCases
from tests.rewardsvc.formats.growth import around, many, nested

_BASH: Mapping[str, Callable[[int], str]] = {
    "commands": many("echo {i}\n"),
    "lists": around("echo a", " && echo b", "\n"),
    "lists of constants": around("true", " && true", "\n"),
    "alternatives": around("true", " || true", "\n"),
    "pipes": around("echo a", " | cat", "\n"),
    "comparisons": around("if [ ", "=", " x y ]; then echo; fi\n"),
    "many comparisons": many("if [ a = b ]; then echo; fi\n"),
    "elifs": around("if [ $a ]; then echo\n", "elif true; then echo\n", "fi\n"),
    "nested conditions": nested("if true; then\n", "fi\n", "echo\n"),
    "nested loops": nested("while true; do\n", "done\n", "echo\n"),
    "nested groups": nested("{ ", "; }", "echo"),
    "nested subshells": nested("( ", " )", "echo"),
    "nested substitutions": nested("echo $(", ")", "echo"),
    "nested substitutions in quotes": nested('echo "$(', ')"', "echo"),
    "nested tests": nested("[[ a && ( ", " ) ]]", "b"),
    "negations": around("", "! ", "true\n"),
    "negated conditions": around("if ", "! ", "true; then echo; fi\n"),
    "functions": many("f{i}() { echo; }\n"),
    "functions that call": lambda size: (
        "".join(f"f{i}() {{ f{i + 1}; f{i + 1}; }}\n" for i in range(size // 24)) + "f0\n"
    ),
    "nested functions": lambda size: (
        "".join(f"f{i}() {{\n" for i in range(size // 12)) + "echo\n" + "}\n" * (size // 12)
    ),
    "prefixes": around("", "exec ", "echo\n"),
    "options of prefixes": around("env ", "-i ", "echo\n"),
    "words": around("echo ", "a ", "\n"),
    "one word": around("echo ", "a", "\n"),
    "assignments": many("a{i}=1\n"),
    "variables": lambda size: many("a{i}=1\n")(size) + many("echo $a{i}\n")(size),
    "redirections": many("echo a > /dev/null\n"),
    "redirections of one": around("echo", " > /dev/null", "\n"),
    "here-documents": many("cat <<E{i}\na\nE{i}\n"),
    "a here-document": around("cat <<E\n", many("a {i}\n"), "E\n"),
    "open here-documents": many("cat <<E{i}\n"),
    "set options": around("set -", "n", "X\n"),
    "traps": many("trap 'echo {i}' EXIT\n"),
    "cases": around("case a in\n", many("a{i}) echo;;\n"), "esac\n"),
    "arithmetic": nested("((", "))", "1"),
    "a long number": around("if ((", "1", ")); then echo; fi\n"),
    "a shebang": around("#! ", "-", "\x01\necho\n"),
    "a wide shebang": around("#!", " ", "x\necho\n"),
    "pragmas": many("# shellcheck disable=SC{i}\necho\n"),
    "quotes within words": around("echo ", "'a'\"b\"", "\n"),
    "exits": many("exit {i}\n"),
    "loops of variables": many("for a{i} in b; do echo $a{i}; done\n"),
    "eval": around("eval ", "f ", "\nf() { echo; }\n"),
}

CASES = FormatCases(
    growing=_BASH,
    telling=(
        "comparisons",
        "functions",
        "lists",
        "many comparisons",
        "nested conditions",
        "nested substitutions",
        "prefixes",
        "templates",
    ),
)
