"""Reads the schemas out of a Python client that OpenAPI Generator made from an operator's API.

Operators publish clients whose models list every field of their custom resources with its type,
its name in JSON, and whether it is required. The wheel is read as text, nothing in it is run.
Three of the generator's dialects are known: ``python-legacy`` (dictionaries of type names),
``python-prior`` (dictionaries of types) and ``python`` (pydantic models).
What the models do not say (patterns, ranges, enumerations) is not checked.
"""

import ast
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sandbox.errors import ToolchainError
from sandbox.toolchain.kubernetes_types import KubernetesTypes
from sandbox.toolchain.strict_schema import Resource
from sandbox.toolchain.table import ClientPackage

_SCALARS: Mapping[str, dict[str, Any]] = {
    "str": {"type": "string"},
    "StrictStr": {"type": "string"},
    "int": {"type": "integer"},
    "StrictInt": {"type": "integer"},
    "bool": {"type": "boolean"},
    "StrictBool": {"type": "boolean"},
    "float": {"type": "number"},
    "StrictFloat": {"type": "number"},
    "datetime": {"type": "string"},
}
_LISTS = frozenset({"list", "List"})
_MAPS = frozenset({"dict", "Dict"})
_LOCAL = "local_vars_configuration"


def read_client(
    wheel: Path, package: ClientPackage, types: KubernetesTypes
) -> tuple[list[Resource], Mapping[str, Any]]:
    """The resources that the client knows, and the definitions that their schemas refer to.

    Raises:
        ToolchainError: the wheel does not hold what the table says it does.
    """
    try:
        with zipfile.ZipFile(wheel) as archive:
            texts = [
                archive.read(name).decode("utf-8")
                for name in archive.namelist()
                if name.startswith(package.models) and name.endswith(".py")
            ]
        classes = [node for text in texts for node in _classes(ast.parse(text))]
    except (OSError, zipfile.BadZipFile, UnicodeDecodeError, SyntaxError) as error:
        raise ToolchainError(f"{wheel.name} is not the package we know: {error}") from error
    reader = _Reader(package, types, {node.name for node in classes})
    definitions = dict(types.definitions)
    own: dict[str, dict[str, Any]] = {}
    for node in classes:
        schema = reader.schema_of(node)
        if schema is not None:
            own[node.name] = definitions[node.name] = schema
    return list(_resources(own, package)), definitions


def _classes(tree: ast.Module) -> Iterator[ast.ClassDef]:
    return (node for node in tree.body if isinstance(node, ast.ClassDef))


def _resources(own: Mapping[str, dict[str, Any]], package: ClientPackage) -> Iterator[Resource]:
    for name, schema in own.items():
        properties = schema["properties"]
        if name.endswith("List") or not {"apiVersion", "kind", "spec"} <= properties.keys():
            continue
        if not properties["spec"]:
            continue  # the client does not carry it: a schema that takes anything is none
        for prefix, api_version in package.prefixes.items():
            group, _, version = api_version.rpartition("/")
            if name.startswith(prefix):
                # Nobody writes a status.
                closed = {**properties, "status": {}, "metadata": {"type": "object"}}
                body = {**schema, "properties": closed}
                yield Resource(group, version, name.removeprefix(prefix), body)


class _Reader:
    """Turns the classes of one client into schemas."""

    def __init__(self, package: ClientPackage, types: KubernetesTypes, known: set[str]) -> None:
        self._package = package
        self._types = types
        self._known = known

    def schema_of(self, node: ast.ClassDef) -> dict[str, Any] | None:
        """The schema of one model, None where the class is no object with fields."""
        if any(isinstance(base, ast.Name) and base.id == "BaseModel" for base in node.bases):
            return self._of_pydantic(node)
        fields, names = _dictionary(node, "openapi_types"), _dictionary(node, "attribute_map")
        if fields is None or names is None or not fields.keys() <= names.keys():
            return None
        in_json = {key: ast.literal_eval(value) for key, value in names.items()}
        properties = {in_json[key]: self._type(value, key) for key, value in fields.items()}
        required = sorted(in_json[key] for key in _required(node) if key in in_json)
        return _object(properties, required)

    def _of_pydantic(self, node: ast.ClassDef) -> dict[str, Any] | None:
        properties: dict[str, Any] = {}
        required: list[str] = []
        for line in node.body:
            if not isinstance(line, ast.AnnAssign) or not isinstance(line.target, ast.Name):
                continue
            if line.target.id == "one_of_schemas":
                return None
            if _head(line.annotation) == "ClassVar":
                continue
            name, given = line.target.id, True
            if isinstance(line.value, ast.Call):
                said = {word.arg: word.value for word in line.value.keywords}
                alias = said.get("alias")
                name = ast.literal_eval(alias) if alias is not None else name
                given = "default" in said or bool(line.value.args)
            properties[name] = self._type(line.annotation, name)
            if not given or line.value is None:
                required.append(name)
        return _object(properties, sorted(required))

    def _type(self, node: ast.expr, field: str) -> dict[str, Any]:
        """A type as any of the dialects writes it; {} for what may be anything."""
        match node:
            case ast.Constant(value=str() as text):
                return self._type(
                    ast.parse(text.replace("dict(", "_map("), mode="eval").body, field
                )
            case ast.Name(id=name):
                return self._named(name, field)
            case ast.Tuple(elts=[only]):
                return self._type(only, field)
            case ast.List(elts=[item]):
                return {"type": "array", "items": self._type(item, field)}
            case ast.Dict(values=[value]):
                return {"type": "object", "additionalProperties": self._type(value, field)}
            case ast.Call(func=ast.Name(id="_map"), args=[_, value]):
                return {"type": "object", "additionalProperties": self._type(value, field)}
            case ast.Subscript(slice=inner):
                return self._generic(_head(node), inner, field)
        return {}

    def _generic(self, head: str, inner: ast.expr, field: str) -> dict[str, Any]:
        if head == "Optional":
            return self._type(inner, field)
        if head == "Annotated" and isinstance(inner, ast.Tuple):
            return self._type(inner.elts[0], field)
        if head in _LISTS:
            return {"type": "array", "items": self._type(inner, field)}
        if head in _MAPS and isinstance(inner, ast.Tuple):
            return {"type": "object", "additionalProperties": self._type(inner.elts[1], field)}
        if head == "Union" and isinstance(inner, ast.Tuple):
            return {"anyOf": [self._type(choice, field) for choice in inner.elts]}
        return {}

    def _named(self, name: str, field: str) -> dict[str, Any]:
        if name == "str" and field in self._package.any_scalar:
            return {"type": ["string", "number", "boolean"]}
        if name in self._package.lists:
            item = {"$ref": f"#/definitions/{self._package.lists[name]}"}
            return {"type": "array", "items": item}
        if name in self._package.texts:
            return {"type": "string"}
        if name in _SCALARS:
            return dict(_SCALARS[name])
        kubernetes = self._types.reference(name)
        if kubernetes is not None:
            return kubernetes
        return {"$ref": f"#/definitions/{name}"} if name in self._known else {}


def _object(properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "object", "properties": properties}
    return {**schema, "required": required} if required else schema


def _head(node: ast.expr) -> str:
    if isinstance(node, ast.Subscript):
        return _head(node.value)
    return node.id if isinstance(node, ast.Name) else ""


def _dictionary(node: ast.ClassDef, name: str) -> dict[str, ast.expr] | None:
    """A dictionary of the class: assigned to the name, or returned by the method of that name."""
    for line in node.body:
        value: ast.expr | None = None
        if isinstance(line, ast.Assign) and _is(line.targets[0], name):
            value = line.value
        elif isinstance(line, ast.FunctionDef) and line.name == name:
            returned = [inner for inner in line.body if isinstance(inner, ast.Return)]
            value = returned[0].value if returned else None
        if isinstance(value, ast.Dict):
            return {
                key.value: item
                for key, item in zip(value.keys, value.values, strict=True)
                if isinstance(key, ast.Constant) and isinstance(key.value, str)
            }
    return None


def _is(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _required(node: ast.ClassDef) -> Iterator[str]:
    """Fields that the class demands: legacy sets them unconditionally, prior names them first."""
    for line in node.body:
        if not isinstance(line, ast.FunctionDef):
            continue
        if line.name == "_from_openapi_data":
            yield from (argument.arg for argument in line.args.args[1:])
        elif line.name == "__init__" and any(a.arg == _LOCAL for a in line.args.args):
            for inner in line.body:
                match inner:
                    case ast.Assign(
                        targets=[ast.Attribute(value=ast.Name(id="self"), attr=target)],
                        value=ast.Name(id=source),
                    ) if target == source and target != _LOCAL:
                        yield target
