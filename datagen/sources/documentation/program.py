"""Reads a worked example, a program of the client library, as the resources that it declares.

Nothing is run: assignments of calls are looked at, and what cannot be told becomes a hole.
"""

import ast
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from datagen.sources.documentation.values import (
    Hole,
    JsonText,
    Ref,
    Template,
    Value,
    WrittenResource,
)

_NAMED = re.compile(r"(?:^|_)(aws_[a-z0-9_]+)$")
_LIBRARY = "aws"
_POLICY = re.compile(r"get_policy_document(_output)?$")
_CHOICES: Mapping[str, Callable[[str], str]] = {
    "ec2.InstanceType": lambda name: name.lower().replace("_", "."),
    "rds.InstanceType": lambda name: "db." + name.lower().replace("_", "."),
    "rds.EngineType": lambda name: name.lower().replace("_", "-"),
    "rds.EngineMode": lambda name: name.lower(),
    "ec2.Tenancy": lambda name: name.lower(),
    "lb.LoadBalancerType": lambda name: name.lower(),
    "lambda_.Runtime": lambda name: "python3.12" if name.startswith("PYTHON") else "nodejs20.x",
}
_FILES = {"code": "filename"}
"""Arguments that the client has under another name."""


@dataclass
class _Reader:
    types: Mapping[str, str]
    known: Mapping[str, Value] = field(default_factory=dict)
    """Variables and what they stand for; a resource is a Ref without an attribute."""

    def value(self, node: ast.expr) -> Value:
        match node:
            case ast.Constant(value=str() | int() | float() | bool() as constant):
                return constant
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as number)):
                return -number
            case ast.JoinedStr(values=parts):
                return self._joined(parts)
            case ast.List(elts=items) | ast.Tuple(elts=items):
                return [self.value(item) for item in items]
            case ast.Dict(keys=keys, values=values):
                return {
                    str(key.value): self.value(each)
                    for key, each in zip(keys, values, strict=True)
                    if isinstance(key, ast.Constant)
                }
            case ast.Name(id=name):
                return self.known.get(name, _hole(name, ""))
            case ast.Subscript(value=base, slice=ast.Constant(value=str() | int() as key)):
                return self._within(self.value(base), key)
            case ast.Attribute(value=base, attr=name):
                return self._attribute(node, base, name)
            case ast.Call():
                return self._call(node)
        return Hole()

    def _attribute(self, node: ast.Attribute, base: ast.expr, name: str) -> Value:
        dotted = _dotted(node)
        if dotted.startswith(f"{_LIBRARY}.") and dotted.count(".") == 3:
            _, module, cls, choice = dotted.split(".")
            spelled = _CHOICES.get(f"{module}.{cls}")
            return spelled(choice) if spelled else Hole()
        return self._within(self.value(base), name)

    def _within(self, base: Value, key: "str | int") -> Value:
        match base:
            case Ref(type, label, attribute):
                step = f"[{key}]" if isinstance(key, int) else _snake(key)
                dot = "." if attribute and not isinstance(key, int) else ""
                return Ref(type, label, f"{attribute}{dot}{step}")
            case Hole(type, ""):
                return Hole(type, _snake(key) if isinstance(key, str) else "")
            case dict() if isinstance(key, str) and key in base:
                found: Value = base[key]
                return found
            case list() if isinstance(key, int) and key < len(base):
                inner: Value = base[key]
                return inner
            case JsonText() if key == "json":
                return base
        return Hole()

    def _joined(self, parts: list[ast.expr]) -> Value:
        found: list[str | Ref] = []
        for part in parts:
            value = self.value(part.value if isinstance(part, ast.FormattedValue) else part)
            if isinstance(value, int | float) and not isinstance(value, bool):
                value = str(value)
            if isinstance(value, Template):
                found += value.parts
            elif isinstance(value, str | Ref):
                found.append(value)
            else:
                return Hole()
        return (
            Template(tuple(found))
            if any(isinstance(p, Ref) for p in found)
            else "".join(str(part) for part in found)
        )

    def _call(self, node: ast.Call) -> Value:
        name = _dotted(node.func)
        given = {word.arg: word.value for word in node.keywords if word.arg}
        if name in ("json.dumps", "pulumi.Output.json_dumps") and node.args:
            return JsonText(self.value(node.args[0]))
        if name == "pulumi.Output.all":
            return {key: self.value(each) for key, each in given.items()} or [
                self.value(each) for each in node.args
            ]
        if name in ("pulumi.FileArchive", "pulumi.FileAsset"):
            return self.value(node.args[0]) if node.args else Hole()
        if _POLICY.search(name):
            return JsonText(_policy({key: self.value(each) for key, each in given.items()}))
        if isinstance(node.func, ast.Attribute) and node.func.attr == "apply" and node.args:
            return self._applied(node.func.value, node.args[0])
        if name.startswith(f"{_LIBRARY}.") and ".get_" in name:
            module, _, looked_up = name.removeprefix(f"{_LIBRARY}.").partition(".get_")
            cls = "".join(word.title() for word in looked_up.removesuffix("_output").split("_"))
            return Hole(self.types.get(f"{module}.{cls}", ""), "")
        return Hole()

    def _applied(self, subject: ast.expr, function: ast.expr) -> Value:
        if not isinstance(function, ast.Lambda) or not function.args.args:
            return Hole()
        bound = {function.args.args[0].arg: self.value(subject)}
        return _Reader(self.types, {**self.known, **bound}).value(function.body)


def read_example(program: str, types: Mapping[str, str]) -> list[WrittenResource]:
    """The resources that an example declares, in its order; arguments as the client names them.

    Args:
        types: resource types by class.
    """
    try:
        statements = ast.parse(program).body
    except SyntaxError:
        return []
    known: dict[str, Value] = {}
    found: list[WrittenResource] = []
    for statement in statements:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                pass
            case ast.Expr(value=value):
                name = ""
            case _:
                continue
        reader = _Reader(types, known)
        resource = _resource(value, reader)
        if resource is None:
            if name:
                known[name] = reader.value(value)
            continue
        found.append(resource)
        if name:
            known[name] = Ref(resource.type, resource.label, "")
    return found


def _resource(node: ast.expr, reader: _Reader) -> WrittenResource | None:
    if not isinstance(node, ast.Call):
        return None
    name = _dotted(node.func)
    type = reader.types.get(name.removeprefix(f"{_LIBRARY}."))
    if not name.startswith(f"{_LIBRARY}.") or type is None:
        return None
    match node.args:
        case [ast.Constant(value=str() as label), *_]:
            pass
        case _:
            return None
    body = {
        _FILES.get(word.arg, word.arg): reader.value(word.value)
        for word in node.keywords
        if word.arg and word.arg != "opts"
    }
    return WrittenResource(type, re.sub(r"\W", "_", label), body)


def _policy(given: Mapping[str, Value]) -> Value:
    """A policy document as IAM has it, from the data source's words."""
    statements = given.get("statements")
    written = []
    for each in statements if isinstance(statements, list) else []:
        if not isinstance(each, dict):
            return Hole()
        statement: dict[str, Value] = {}
        if sid := each.get("sid"):
            statement["Sid"] = sid
        statement["Effect"] = each.get("effect", "Allow")
        principals = each.get("principals")
        if isinstance(principals, list):
            statement["Principal"] = {
                str(one["type"]): _single(one["identifiers"])
                for one in principals
                if isinstance(one, dict) and {"type", "identifiers"} <= one.keys()
            }
        for key, name in (("actions", "Action"), ("resources", "Resource")):
            if key in each:
                statement[name] = _single(each[key])
        conditions = each.get("conditions")
        if isinstance(conditions, list):
            statement["Condition"] = {
                str(one["test"]): {str(one["variable"]): _single(one["values"])}
                for one in conditions
                if isinstance(one, dict) and {"test", "variable", "values"} <= one.keys()
            }
        written.append(statement)
    return {"Version": "2012-10-17", "Statement": written} if written else Hole()


def _single(value: Value) -> Value:
    if isinstance(value, list) and len(value) == 1:
        inner: Value = value[0]
        return inner
    return value


def _hole(name: str, attribute: str) -> Hole:
    named = _NAMED.search(name)
    return Hole(named[1] if named else "", attribute)


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()
