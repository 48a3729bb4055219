"""Whether a script would do anything: what it reaches, and whether that is more than words.

Read with tree-sitter's grammar of Bash, which never fails and never runs anything. Functions count
where something that is reached calls them; what stands behind a constant condition, or after the
script has exited, does not count.
"""

import re
from collections import deque
from collections.abc import Iterable, Iterator

import tree_sitter_bash
from tree_sitter import Language, Node, Parser

NOTHING = "nothing that it reaches does more than print literal text, set options or exit"

MAX_CHARACTERS = 32_768
"""Of a script that are read. Where it is bash and no bash that the grammar knows, the grammar's
recovery takes time in the square of the length: two to three seconds for so many."""

_LANGUAGE = Language(tree_sitter_bash.language())

_NAMES = """
: true false exit return set shopt local declare typeset readonly export unset shift break
continue sleep wait test [ umask alias cd pushd popd clear hash logout
"""
_IDLE = frozenset(_NAMES.split())
"""Commands that leave nothing behind: no file, no output that was computed."""

_SPEAKS = frozenset({"echo", "printf", "cat", "tee"})
"""Commands that only say what they are given; ``cat`` and ``tee`` where they have no arguments."""

_RUNS_ANOTHER = frozenset({"command", "builtin", "exec", "env", "time", "nohup", "eval", "nice"})

_SEQUENCES = frozenset({"program", "compound_statement", "do_group", "subshell", "else_clause"})
_DISCARDED = re.compile(r"/dev/(null|stdout|stderr|tty|fd/.*)|[0-9]+|-")
_SIGNS = ("=", "<", ">", "==", "!=", "-eq", "-ne", "-lt", "-gt", "-le", "-ge")
"""Of a comparison, the shorter first."""
_OPTIONS = re.compile(r"-[a-z]++")
_UNARY = re.compile(r"(-[zn])\s*+(\S*)")


def vacuous(text: str) -> str:
    """Why the script is worth nothing, "" where it does something.

    Of a longer one, the beginning is read, and any of its functions may be called behind that.
    """
    whole = len(text) <= MAX_CHARACTERS
    read = text if whole else text[: text.rfind("\n", 0, MAX_CHARACTERS) + 1]
    root = Parser(_LANGUAGE).parse(read.encode()).root_node
    return "" if any(_Reading(root).effects(whole=whole)) else NOTHING


class _Reading:
    """One script: its functions, the variables that only ever hold literals, what it reaches."""

    def __init__(self, root: Node) -> None:
        self._root = root
        self._functions: dict[str, list[Node]] = {}
        computed: set[str] = set()
        literal: set[str] = set()
        for node in _below(root):
            if node.type == "function_definition":
                name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
                if name is not None and body is not None:
                    self._functions.setdefault(_text(name), []).append(body)
            elif node.type == "variable_assignment":
                name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
                if name is not None:
                    (literal if value is None or _is_literal(value) else computed).add(_text(name))
            elif node.type in {"for_statement", "select_statement"}:
                computed.update(map(_text, node.children_by_field_name("variable")))
            elif node.type == "command" and _name(node) in {"read", "mapfile", "readarray"}:
                computed.update(map(_text, node.children_by_field_name("argument")))
        self._literal = literal - computed
        self._computing = self._with_computed(root)

    def effects(self, *, whole: bool) -> Iterator[str]:
        """What the script does, command by command; ``whole``: there is no more of it."""
        # Each with the statement around it, where that has a redirection.
        waiting: list[tuple[Node, Node | None]] = [(self._root, None)]
        called: set[str] = set()
        if not whole:
            called.update(self._functions)
            waiting += [(body, None) for name in called for body in self._functions[name]]
        while waiting:
            node, around = waiting.pop()
            if node.type == "command":
                yield from self._of_command(node, around or node)
                for name in self._called_by(node) - called:
                    called.add(name)
                    waiting += [(body, None) for body in self._functions[name]]
            elif node.type == "redirected_statement":
                yield from _written(node)
            redirected = node if node.type == "redirected_statement" else None
            waiting += [(each, redirected) for each in _reached(node)]

    def _of_command(self, node: Node, given: Node) -> Iterator[str]:
        """``given``: the command with what it is given, a here-document for one."""
        words = _run_by_others(_words(node))
        if not words or words[0] in _IDLE or words[0] in self._functions:
            return
        if words[0] == "trap":
            first = words[1:2] and words[1].split()
            if first and first[0] not in _IDLE | _SPEAKS and first[0] not in self._functions:
                yield words[1]
            return
        speaks = words[0] in _SPEAKS and (words[0] in {"echo", "printf"} or len(words) == 1)
        if not speaks or given.id in self._computing:
            yield words[0]

    def _with_computed(self, root: Node) -> frozenset[int]:
        """The nodes that say something that is not written there, and all around these.

        Once for all of them: they contain each other.
        """
        nodes: list[tuple[Node, int]] = [(root, -1)]
        for at, (node, _) in enumerate(nodes):
            nodes += [(child, at) for child in node.named_children]
        found = bytearray(len(nodes))
        for at in reversed(range(len(nodes))):
            node, above = nodes[at]
            variable = node.type in {"variable_name", "special_variable_name"}
            if found[at] or (variable and _text(node) not in self._literal):
                found[at] = 1
                if above >= 0:
                    found[above] = 1
        return frozenset(
            node.id for (node, _), computed in zip(nodes, found, strict=True) if computed
        )

    def _called_by(self, node: Node) -> set[str]:
        """The script's own functions that a command names (``trap f EXIT`` and ``time f`` too)."""
        words = _words(node)
        named = {words[0]} if words else set()
        if words and words[0] in {"trap", *_RUNS_ANOTHER, "xargs", "timeout", "export"}:
            named |= {part for word in words[1:] for part in word.split()}
        return named & self._functions.keys()


def _run_by_others(words: list[str]) -> list[str]:
    """The command that others run (``exec env -i make``), with its words."""
    waiting = deque(words)
    while waiting and waiting[0] in _RUNS_ANOTHER:
        waiting.popleft()
        while waiting and waiting[0].startswith("-"):
            waiting.popleft()
        if waiting:
            waiting.extendleft(reversed(waiting.popleft().split(maxsplit=1)))
    return list(waiting)


def _reached(node: Node) -> Iterable[Node]:
    """The parts of a node that run, but for functions that somebody must call."""
    children = [child for child in node.named_children if child.type != "function_definition"]
    if node.type in _SEQUENCES:
        return _until_exit(children)
    if node.type == "list":
        left, operator = children[0], next((c.type for c in node.children if not c.is_named), "")
        decided = _constant(left)
        if (operator == "&&" and decided is False) or (operator == "||" and decided is True):
            return [left]
    elif node.type in {"if_statement", "elif_clause"}:
        return _branches(node, children)
    elif node.type == "while_statement":
        condition = node.child_by_field_name("condition")
        never = any(child.type == "until" for child in node.children)
        if condition is not None and _constant(condition) is never:
            return [condition]
    return children


def _branches(node: Node, children: list[Node]) -> list[Node]:
    condition = node.child_by_field_name("condition")
    if condition is None:
        condition = children[0] if children else None
    if condition is None or (decided := _constant(condition)) is None:
        return children
    other = {"elif_clause", "else_clause"}
    if decided:
        return _until_exit([child for child in children if child.type not in other])
    return [child for child in children if child.type in other]


def _until_exit(children: list[Node]) -> list[Node]:
    """What runs of a sequence: nothing after ``exit``, or after ``set -n``."""
    reached = []
    for child in children:
        reached.append(child)
        words = _words(child) if child.type == "command" else []
        stops = words[:1] == ["exit"] or words[:1] == ["return"]
        options = "".join(words[1:2])
        not_run = "n" in options and _OPTIONS.fullmatch(options) is not None
        reads_only = words[:1] == ["set"] and ("noexec" in words or not_run)
        if stops or reads_only:
            break
    return reached


def _constant(node: Node) -> bool | None:
    """What a condition always is; None where that is open, as of all that is made of commands."""
    negated = False
    while node.type == "negated_command" and node.named_children:
        node, negated = node.named_children[-1], not negated
    tested = node.type == "test_command" or _is_arithmetic(node)
    if not (tested or node.type == "command") or not _is_literal(node):
        return None
    decided = _decided(node)
    return decided if decided is None else decided is not negated


def _is_arithmetic(node: Node) -> bool:
    return (
        node.type == "compound_statement"
        and node.child_count > 0
        and (node.children[0].type == "((")
    )


def _decided(node: Node) -> bool | None:
    """What a literal test or command comes to."""
    words = _words(node) if node.type == "command" else []
    if words[:1] in (["true"], [":"]):
        return True
    if words == ["false"]:
        return False
    text = " ".join(words[1:]) if words[:1] == ["test"] else ""
    if node.type in {"test_command", "compound_statement"}:
        text = _text(node).strip("[]() ;")
    text = re.sub(r"[\"']", "", text).strip()
    if comparison := _comparison(text):
        return _compared(*comparison)
    if match := _UNARY.fullmatch(text):
        return bool(match[2]) is (match[1] == "-n")
    if node.type == "compound_statement" and text.isascii() and text.isdigit():
        return bool(text.strip("0"))
    return None


def _comparison(text: str) -> tuple[str, str, str] | None:
    """Both sides of a comparison and its sign, which may touch either; None where it is none.

    Within one word the last sign counts. Not by one expression for all three parts, which would
    try every way to divide the text among them.
    """
    match text.split():
        case [whole]:
            at, sign = max((whole.rfind(sign), sign) for sign in _SIGNS)
            return (whole[:at], sign, whole[at + len(sign) :]) if at >= 0 else None
        case [first, second]:
            for sign in reversed(_SIGNS):
                if second.startswith(sign):
                    return first, sign, second.removeprefix(sign)
            for sign in _SIGNS:
                if first.endswith(sign):
                    return first.removesuffix(sign), sign, second
        case [left, sign, right] if sign in _SIGNS:
            return left, sign, right
    return None


def _compared(left: str, operator: str, right: str) -> bool | None:
    if operator in {"=", "=="}:
        return left == right
    if operator == "!=":
        return left != right
    if not (re.fullmatch(r"-?\d{1,15}", left) and re.fullmatch(r"-?\d{1,15}", right)):
        return None
    one, other = int(left), int(right)
    return {
        "-eq": one == other, "-ne": one != other, "-lt": one < other, "<": one < other,
        "-gt": one > other, ">": one > other, "-le": one <= other, "-ge": one >= other,
    }[operator]  # fmt: skip


def _written(node: Node) -> Iterator[str]:
    """The files that a redirection writes."""
    for redirect in node.named_children:
        for each in (redirect, *redirect.named_children):
            if each.type != "file_redirect":
                continue
            into = each.child_by_field_name("destination")
            writes = any(">" in child.type for child in each.children)
            if writes and into is not None and not _DISCARDED.fullmatch(_text(into)):
                yield _text(into)


def _is_literal(node: Node) -> bool:
    return not any(
        "expansion" in each.type or each.type.endswith(("substitution", "variable_name"))
        for each in _below(node)
    )


def _name(command: Node) -> str:
    name = command.child_by_field_name("name")
    return "" if name is None else _text(name)


def _words(command: Node) -> list[str]:
    """The name and arguments as written, without quotes around them."""
    nodes = [*command.children_by_field_name("name"), *command.children_by_field_name("argument")]
    return [_text(node).strip("\"'") for node in nodes]


def _below(node: Node) -> Iterator[Node]:
    """The node and everything in it; no recursion, for a script may be nested at will."""
    waiting = [node]
    while waiting:
        each = waiting.pop()
        yield each
        waiting += each.named_children


def _text(node: Node) -> str:
    return (node.text or b"").decode("utf-8", "replace")
