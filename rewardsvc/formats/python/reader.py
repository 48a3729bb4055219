"""Reads Python files without running them: ``reader.py FILE…`` prints a list of facts as JSON.

Run inside a box, isolated: CPython's parser can be driven out of its stack or memory by a text, and
then only the box ends. Beside each file that parses it writes ``FILE.lint``, the same text without
comments, for a linter that would obey some of them. Nothing but the standard library.
"""

import ast
import io
import json
import math
import sys
import tokenize
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

MAX_ENTRIES = 500
"""Of each list of the tree."""
MAX_TEXT = 1000
MAX_DEPTH = 12
MAX_NUMBER = 2**53

SAYS = frozenset({"print", "exit", "quit", "sys.exit", "len", "str", "repr"})
"""Calls that do nothing with literals that outlasts them."""
ENDS = frozenset({"exit", "quit", "sys.exit", "os._exit"})
READS_VARIABLE = frozenset({"os.getenv", "os.environ.get"})
NAMES_FILE = frozenset(
    {"entry_point", "code", "script", "source_dir", "submit_app", "dependencies"}
)


def main() -> None:
    """Read each file and print the facts."""
    warnings.simplefilter("ignore")  # of invalid escapes: the linter's business
    json.dump([facts(Path(name)) for name in sys.argv[1:]], sys.stdout)


def facts(path: Path) -> dict[str, Any]:
    """What is to know about one file."""
    text = path.read_text(encoding="utf-8")
    try:
        tree = ast.parse(text)
        compile(tree, path.name, "exec", dont_inherit=True)
    except SyntaxError as error:
        return {"error": {"message": error.msg, "line": error.lineno or 0}}
    except (ValueError, RecursionError, MemoryError) as error:
        return {"error": {"message": f"cannot be compiled: {error}", "line": 0}}
    Path(f"{path}.lint").write_text(without_comments(text), encoding="utf-8")
    reading = Reading(tree)
    return {
        "error": None,
        "imports": reading.imports[:MAX_ENTRIES],
        "ast": reading.tree,
        "effects": any(effects(tree.body)),
        "variables": sorted(set(reading.variables))[:MAX_ENTRIES],
        "placeholders": sorted(set(reading.placeholders))[:MAX_ENTRIES],
    }


def without_comments(text: str) -> str:
    """The text with its comments blanked out, on the same lines."""
    lines = text.splitlines(keepends=True)
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT:
                row, column = token.start
                line = lines[row - 1]
                end = line[len(line.rstrip("\r\n")) :]
                lines[row - 1] = line[:column].rstrip(" \t") + end
    except (tokenize.TokenError, SyntaxError, IndexError):
        return text
    return "".join(lines)


class Reading:
    """One module: its imports, and the tree that checks see (docs/python.md)."""

    def __init__(self, tree: ast.Module) -> None:
        self.imports: list[dict[str, Any]] = []
        self.variables: list[str] = []
        self.placeholders: list[str] = []
        self.names: dict[str, str] = {}
        self.tree: dict[str, list[Any]] = {
            key: [] for key in ("imports", "functions", "classes", "calls", "assignments")
        }
        nodes = list(places(tree))
        for node, _, guarded in nodes:
            self.imported(node, guarded)
        for node, place, _ in nodes:
            self.defined(node, place)
            if isinstance(node, ast.Call):
                self.called(node, place)
            elif isinstance(node, ast.Subscript) and self.dotted(node.value) == "os.environ":
                self.variables += texts(node.slice)

    def imported(self, node: ast.AST, guarded: bool) -> None:
        """Note an import, and which name stands for what from then on."""
        if isinstance(node, ast.Import):
            for each in node.names:
                self.add_import(node, each.name, "", each.asname, guarded)
                top = each.name if each.asname else each.name.partition(".")[0]
                self.names[each.asname or top] = top
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            for each in node.names:
                self.add_import(node, module, each.name, each.asname, guarded)
                self.names[each.asname or each.name] = f"{module}.{each.name}"

    def add_import(
        self, node: ast.stmt, module: str, name: str, alias: str | None, guarded: bool
    ) -> None:
        """One name of one import."""
        entry = {"module": module, "name": name, "as": alias or "", "line": node.lineno}
        self.imports.append(entry | {"guarded": guarded})
        self.add("imports", entry)

    def defined(self, node: ast.AST, place: str) -> None:
        """Note a function, a class or an assignment."""
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            self.add(
                "functions",
                {
                    "name": node.name,
                    "in": place,
                    "async": isinstance(node, ast.AsyncFunctionDef),
                    "decorators": list(map(self.decorator, node.decorator_list)),
                    "parameters": self.parameters(node.args),
                    "returns": code(node.returns) if node.returns else None,
                    "line": node.lineno,
                },
            )
        elif isinstance(node, ast.ClassDef):
            self.add(
                "classes",
                {
                    "name": node.name,
                    "in": place,
                    "bases": [self.dotted(base) or code(base) for base in node.bases],
                    "decorators": list(map(self.decorator, node.decorator_list)),
                    "line": node.lineno,
                },
            )
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                entry = {"name": self.dotted(target) or code(target), "in": place}
                self.add("assignments", entry | {"value": value(node.value), "line": node.lineno})

    def called(self, node: ast.Call, place: str) -> None:
        """Note a call, the variables and the files that it names."""
        name = self.dotted(node.func)
        if name in READS_VARIABLE and len(node.args) == 1:
            self.variables += texts(node.args[0])
        for keyword in node.keywords:
            if keyword.arg in NAMES_FILE:
                self.placeholders += texts(keyword.value)
        call = self.call(node)
        if call["name"]:
            self.add("calls", call | {"in": place, "line": node.lineno})

    def call(self, node: ast.Call) -> dict[str, Any]:
        """Name and arguments; ``*`` and ``**`` are left out."""
        name = self.dotted(node.func)
        if not name and isinstance(node.func, ast.Attribute):
            name = f"?.{node.func.attr}"
        return {
            "name": name,
            "arguments": [value(each) for each in node.args if not isinstance(each, ast.Starred)],
            "keywords": {each.arg: value(each.value) for each in node.keywords if each.arg},
        }

    def decorator(self, node: ast.expr) -> dict[str, Any]:
        """A decorator as a call; one without parentheses has no arguments."""
        if isinstance(node, ast.Call):
            return self.call(node)
        return {"name": self.dotted(node) or code(node), "arguments": [], "keywords": {}}

    def parameters(self, node: ast.arguments) -> list[dict[str, Any]]:
        """The parameters in order; ``default`` is null where there is none."""
        positional = [*node.posonlyargs, *node.args]
        missing = [None] * (len(positional) - len(node.defaults))
        pairs = [*zip(positional, [*missing, *node.defaults], strict=True)]
        pairs += zip(node.kwonlyargs, node.kw_defaults, strict=True)
        return [
            {
                "name": each.arg,
                "annotation": code(each.annotation) if each.annotation else None,
                "default": value(default) if default is not None else None,
            }
            for each, default in pairs
        ]

    def dotted(self, node: ast.AST) -> str:
        """``a.b.c`` with what the first name was imported as; "" for anything else."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return ""
        return ".".join([self.names.get(node.id, node.id), *reversed(parts)])

    def add(self, key: str, entry: dict[str, Any]) -> None:
        """To a list of the tree, while there is room."""
        if len(self.tree[key]) < MAX_ENTRIES:
            self.tree[key].append(entry)


def places(tree: ast.Module) -> Iterator[tuple[ast.AST, str, bool]]:
    """Every node with the function or class that it is in, and whether its failure is caught."""
    waiting: list[tuple[ast.AST, str, bool]] = [(tree, "", False)]
    while waiting:
        node, place, guarded = waiting.pop()
        yield node, place, guarded
        inner = place
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            inner = f"{place}.{node.name}" if place else node.name
        caught = isinstance(node, ast.Try) and any(map(catches_imports, node.handlers))
        body = set(map(id, node.body)) if isinstance(node, ast.Try) and caught else set()
        children = list(ast.iter_child_nodes(node))
        waiting += [(child, inner, guarded or id(child) in body) for child in reversed(children)]


def catches_imports(handler: ast.ExceptHandler) -> bool:
    """Whether an import that fails would be caught by it."""
    if handler.type is None:
        return True
    named = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    wanted = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}
    return any(isinstance(each, ast.Name) and each.id in wanted for each in named)


def value(node: ast.AST, depth: int = 0) -> Any:
    """A literal as JSON; anything else as ``{"code": text}``."""
    if isinstance(node, ast.Constant) and plain(node.value):
        return node.value
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = value(node.operand)
        if isinstance(inner, int | float) and not isinstance(inner, bool):
            return -inner
    if depth < MAX_DEPTH:
        if isinstance(node, ast.List | ast.Tuple) and len(node.elts) <= MAX_ENTRIES:
            return [value(each, depth + 1) for each in node.elts]
        if isinstance(node, ast.Dict) and len(node.keys) <= MAX_ENTRIES:
            keys = [each.value for each in node.keys if isinstance(each, ast.Constant)]
            if len(keys) == len(node.keys) and all(isinstance(key, str) for key in keys):
                values = [value(each, depth + 1) for each in node.values]
                return dict(zip(keys, values, strict=True))
    return {"code": code(node)}


def plain(constant: object) -> bool:
    """Whether JSON has it, and everybody reads the same from it."""
    if constant is None or isinstance(constant, bool):
        return True
    if isinstance(constant, str):
        return len(constant) <= MAX_TEXT and not any("\ud800" <= c <= "\udfff" for c in constant)
    if isinstance(constant, int):
        return abs(constant) <= MAX_NUMBER
    return isinstance(constant, float) and math.isfinite(constant)


def code(node: ast.AST) -> str:
    """Its text, shortened."""
    try:
        return ast.unparse(node)[:MAX_TEXT].encode("utf-8", "replace").decode()
    except (RecursionError, ValueError):
        return "…"


def texts(node: ast.AST) -> list[str]:
    """The text that a literal is, or the texts of a list of them."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    return [t for each in node.elts for t in texts(each)] if isinstance(node, ast.List) else []


def effects(body: list[ast.stmt]) -> Iterator[ast.AST]:
    """The statements that would do something if they were reached."""
    for statement in body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield from effects(statement.body)
            if isinstance(statement, ast.ClassDef) and (
                statement.bases or statement.decorator_list
            ):
                yield from (each for each in statement.body if isinstance(each, ast.AnnAssign))
        elif isinstance(statement, ast.If | ast.While):
            yield from branches(statement)
        elif isinstance(statement, ast.Try):
            for part in (
                statement.body,
                *(h.body for h in statement.handlers),
                statement.finalbody,
            ):
                yield from effects(part)
        elif isinstance(statement, ast.For | ast.AsyncFor):
            if not (isinstance(statement.iter, ast.List | ast.Tuple) and not statement.iter.elts):
                yield from (statement,) if works(statement.iter) else effects(statement.body)
        elif isinstance(statement, ast.Import | ast.ImportFrom | ast.Raise | ast.Assert):
            pass
        elif any(map(works, ast.walk(statement))):
            yield statement
        if ends(statement):
            return


def branches(statement: ast.If | ast.While) -> Iterator[ast.AST]:
    """What of a condition's branches can be reached."""
    decided = constant(statement.test)
    if decided is not False:
        yield from effects(statement.body)
    if decided is not True:
        yield from effects(statement.orelse)


def constant(node: ast.expr) -> bool | None:
    """What a condition always is; None where that is open."""
    if isinstance(node, ast.Name) and node.id == "TYPE_CHECKING":
        return False
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        inner = constant(node.operand)
        return None if inner is None else not inner
    if any(isinstance(each, ast.Name | ast.Call | ast.Await) for each in ast.walk(node)):
        return None
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        left, right = value(node.left), value(node.comparators[0])
        if isinstance(node.ops[0], ast.Eq):
            return bool(left == right)
        if isinstance(node.ops[0], ast.NotEq):
            return bool(left != right)
        return None
    try:
        return bool(ast.literal_eval(node))
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return None


def works(node: ast.AST) -> bool:
    """Whether it computes: a call that is more than words, an operation on a name, a yield."""
    if isinstance(node, ast.Call):
        said = isinstance(node.func, ast.Name | ast.Attribute) and code(node.func) in SAYS
        return not (said and all(isinstance(each, ast.Constant) for each in node.args))
    if isinstance(node, ast.BinOp | ast.Subscript | ast.FormattedValue | ast.Compare | ast.Lambda):
        return any(isinstance(each, ast.Name) for each in ast.walk(node))
    return isinstance(node, ast.Yield | ast.YieldFrom | ast.Await | ast.comprehension | ast.With)


def ends(statement: ast.stmt) -> bool:
    """Whether nothing after it is reached."""
    if isinstance(statement, ast.Return | ast.Raise | ast.Continue | ast.Break):
        return True
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Call)
        and code(statement.value.func) in ENDS
    )


if __name__ == "__main__":
    main()
