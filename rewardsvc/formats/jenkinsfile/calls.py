"""What a declarative pipeline is made of: statements that are calls, and their values as JSON."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rewardsvc.formats.jenkinsfile.groovy.nodes import (
    Call,
    Closure,
    GString,
    Items,
    Literal,
    Name,
    Node,
    Pair,
    Property,
    descendants,
)
from rewardsvc.types import JsonValue

SOLE_PARAMETERS: Mapping[str, str] = {
    "bat": "script",
    "build": "job",
    "checkout": "scm",
    "dir": "path",
    "echo": "message",
    "error": "message",
    "fileExists": "file",
    "git": "url",
    "input": "message",
    "junit": "testResults",
    "label": "label",
    "library": "identifier",
    "lock": "resource",
    "node": "label",
    "powershell": "script",
    "pwsh": "script",
    "readFile": "file",
    "retry": "count",
    "sh": "script",
    "sleep": "time",
    "stage": "name",
    "stash": "name",
    "timeout": "time",
    "tool": "name",
    "unstash": "name",
    "withCredentials": "bindings",
    "withEnv": "overrides",
}
"""What the only positional argument of a step is called (jenkins.io/doc/pipeline/steps)."""


@dataclass(frozen=True, slots=True)
class Invocation:
    """``name(positional, named: …) { closure }``, or a bare ``name``."""

    name: str
    positional: tuple[Node, ...]
    named: Mapping[str, Node]
    closure: Closure | None
    node: Node

    @property
    def line(self) -> int:
        """Where it begins, 1-based."""
        return self.node.line


def invocation(node: Node) -> Invocation | None:
    """A statement as a call of a plain name; None where it is anything else."""
    if isinstance(node, Name):
        return Invocation(node.name, (), {}, None, node)
    if not (isinstance(node, Call) and isinstance(node.callee, Name)):
        return None
    arguments = list(node.arguments)
    closure = arguments.pop() if arguments and isinstance(arguments[-1], Closure) else None
    named = {
        pair.key: pair.value
        for pair in arguments
        if isinstance(pair, Pair) and isinstance(pair.key, str)
    }
    positional = tuple(entry for entry in arguments if not isinstance(entry, Pair))
    return Invocation(
        node.callee.name,
        positional,
        named,
        closure if isinstance(closure, Closure) else None,
        node,
    )


class Values:
    """Nodes as JSON; ``text`` is the file, of which code is quoted."""

    def __init__(self, text: str) -> None:
        self._text = text

    def code(self, node: Node) -> str:
        """What was written."""
        return self._text[node.start : node.end]

    def inside(self, closure: Closure) -> str:
        """What was written between the braces."""
        return self.code(closure).removeprefix("{").removesuffix("}").strip()

    def of(self, node: Node) -> JsonValue:
        """A literal's value; of a string with ``${…}`` the text with those as written; lists and
        maps; of a call its name and arguments; ``{"code": …}`` of anything else."""
        match node:
            case Literal(value=value):
                return value
            case GString(parts=parts):
                return "".join(
                    part if isinstance(part, str) else self._interpolated(part) for part in parts
                )
            case Items(items=items) if items and all(isinstance(one, Pair) for one in items):
                return {
                    self._key(pair): self.of(pair.value) for pair in items if isinstance(pair, Pair)
                }
            case Items(items=items):
                return [self.of(one) for one in items]
            case Call(callee=Name(name=name), arguments=arguments) if not any(
                isinstance(argument, Closure) for argument in arguments
            ):
                found = invocation(node)
                assert found is not None  # its callee is a name
                return {"name": name, "arguments": self.arguments(found)}
            case _:
                return {"code": self.code(node)}

    def arguments(self, call: Invocation) -> dict[str, JsonValue]:
        """Named ones by name; the only positional one by what the step calls it, or "value"; of
        several positional ones a list under "values"."""
        found: dict[str, JsonValue] = {name: self.of(node) for name, node in call.named.items()}
        if len(call.positional) == 1:
            found[SOLE_PARAMETERS.get(call.name, "value")] = self.of(call.positional[0])
        elif call.positional:
            found["values"] = [self.of(node) for node in call.positional]
        return found

    def call(self, call: Invocation) -> dict[str, JsonValue]:
        """``{"name", "arguments"}`` of an option, a trigger, a parameter …"""
        return {"name": call.name, "arguments": self.arguments(call)}

    def steps(self, nodes: Sequence[Node]) -> list[JsonValue]:
        """``{"name", "arguments", "steps", "line"}`` of each step; of ``script`` its code too."""
        found: list[JsonValue] = []
        for node in nodes:
            call = invocation(node)
            if call is None:
                continue
            arguments = self.arguments(call)
            inner: list[JsonValue] = []
            if call.closure is not None and call.name in CODE_BLOCKS:
                arguments["code"] = self.inside(call.closure)
                inner = [
                    {**self.call(one), "steps": [], "line": one.line}
                    for one in called(call.closure)
                ]
            elif call.closure is not None:
                inner = self.steps(call.closure.body)
            found.append(
                {"name": call.name, "arguments": arguments, "steps": inner, "line": call.line}
            )
        return found

    def _key(self, pair: Pair) -> str:
        return pair.key if isinstance(pair.key, str) else self.code(pair.key)

    def _interpolated(self, part: Node) -> str:
        code = self.code(part)
        return code if code.startswith("$") else f"${code}"


CODE_BLOCKS = frozenset({"script", "expression"})
"""Steps whose block is any Groovy."""

IDLE = frozenset(
    {"echo", "println", "print", "printf", "sleep", "error", "unstable", "script", "milestone"}
    | {"deleteDir", "cleanWs", "timestamps", "ansiColor", "isUnix", "pwd", "input"}
)
"""Steps that build, test and deliver nothing."""

_SHELLS = frozenset({"sh", "bat", "powershell", "pwsh"})
_DATA_METHODS = frozenset(
    {"add", "addAll", "any", "collect", "collectEntries", "contains", "containsKey", "each"}
    | {"eachWithIndex", "endsWith", "equals", "every", "find", "findAll", "first", "get"}
    | {"getAt", "isEmpty", "join", "last", "length", "plus", "print", "println", "put"}
    | {"replace", "replaceAll", "size", "sort", "split", "startsWith", "substring", "times"}
    | {"toInteger", "toList", "toLowerCase", "toString", "toUpperCase", "tokenize", "trim"}
)
"""What is called on values of Groovy: it computes and does nothing."""


def called(node: Node) -> Iterator[Invocation]:
    """Every call of a plain name within a node."""
    for inner in descendants(node):
        if isinstance(inner, Call) and isinstance(inner.callee, Name):
            found = invocation(inner)
            assert found is not None  # its callee is a name
            yield found


def works(nodes: Sequence[Node]) -> bool:
    """Whether any step among the statements does something: not only ``echo``."""
    for node in nodes:
        for inner in descendants(node):
            if not isinstance(inner, Call):
                continue
            if isinstance(inner.callee, Property):
                if inner.callee.name not in _DATA_METHODS:
                    return True
            elif isinstance(inner.callee, Name):
                found = invocation(inner)
                assert found is not None  # its callee is a name
                if found.closure is None and found.name not in IDLE and not _idle_shell(found):
                    return True
    return False


def _idle_shell(call: Invocation) -> bool:
    """Whether it is a shell that only says something: ``sh 'echo hello'``."""
    if call.name not in _SHELLS:
        return False
    script = call.named.get("script", call.positional[0] if call.positional else None)
    if not isinstance(script, Literal | GString):
        return script is None
    text = script.value if isinstance(script, Literal) else "".join(map(str, script.parts))
    lines = [line.strip() for line in str(text).splitlines()]
    return all(_says_only(line) for line in lines)


def _says_only(line: str) -> bool:
    if not line or line.startswith("#") or line in {"true", ":", "exit 0", "set -e", "set -x"}:
        return True
    return line.split(maxsplit=1)[0] == "echo" and not any(sign in line for sign in "|&;><`(")
