"""``$[[ … ]]`` in GitLab pipelines: values that GitLab puts in before it reads the jobs.

docs.gitlab.com/ci/inputs and docs.gitlab.com/ci/yaml/expressions: ``$[[ inputs.x ]]``, with
functions (``| expand_vars``), ``$[[ matrix.x ]]``, ``$[[ component.x ]]``.
"""

import re
from collections.abc import Iterator, Mapping

from rewardsvc.formats.gitlab_ci.pipeline import GitlabPipeline, Path
from rewardsvc.types import Diagnostic, JsonValue
from rewardsvc.verification.yaml_files import YamlFile
from rewardsvc.yaml12 import load_documents

EXPRESSION = re.compile(r"\$\[\[(?P<inside>(?:[^\]\n$]|\](?!\])|\$(?!\[\[)){1,1024}+)\]\]")
"""With GitLab's bound of its length (lib/gitlab/ci/config/interpolation/block.rb)."""

_INPUT = re.compile(r"\s*inputs\.(?P<name>[\w-]+)\s*(?:\||\Z)", re.ASCII)
_TYPES = ("string", "number", "boolean", "array")
_DEFAULTS: Mapping[str, type | tuple[type, ...]] = {
    "number": (int, float),
    "boolean": bool,
    "array": list,
}
"""Of a text, GitLab takes numbers as well."""


def unknown(pipeline: GitlabPipeline) -> Iterator[Diagnostic]:
    """Inputs that are put in are declared in the file's header: each once."""
    declared = _declared(pipeline.source)
    if declared is None:
        return
    told: set[str] = set()
    for path, text in _texts(pipeline.source.value):
        for found in EXPRESSION.finditer(text):
            name = _INPUT.match(found["inside"])
            if name and name["name"] not in declared[1] and name["name"] not in told:
                told.add(name["name"])
                words = f"{found[0]}: there is no input {name['name']!r} in spec.inputs"
                yield pipeline.source.problem("input", words, path)


def defaults(pipeline: GitlabPipeline) -> Iterator[Diagnostic]:
    """The default of an input is of its type, and one of its options."""
    for header, name, said in _inputs(pipeline.source):
        default, options = said.get("default"), said.get("options")
        kind = said.get("type", "string")
        path = ("spec", "inputs", name, "default")
        if default is None or (isinstance(default, str) and "$" in default):
            continue
        wanted = _DEFAULTS.get(kind) if isinstance(kind, str) else None
        is_bool = isinstance(default, bool)
        if wanted is not None and (not isinstance(default, wanted) or is_bool != (wanted is bool)):
            yield header.problem("input-default", f"{name}: {default!r} is no {kind}", path)
        elif isinstance(options, list) and any(
            each not in options for each in (default if isinstance(default, list) else [default])
        ):
            words = f"{name}: {default!r} is not among its options"
            yield header.problem("input-default", words, path)


def types(pipeline: GitlabPipeline) -> Iterator[Diagnostic]:
    """An input is a text, a number, a truth or a list."""
    for header, name, said in _inputs(pipeline.source):
        kind = said.get("type", "string")
        if kind not in _TYPES:
            words = f"{name}: there is no type {kind!r}: it is one of {', '.join(_TYPES)}"
            yield header.problem("input-type", words, ("spec", "inputs", name, "type"))


def _inputs(source: YamlFile) -> Iterator[tuple[YamlFile, str, Mapping[str, JsonValue]]]:
    declared = _declared(source)
    if declared is not None:
        for name, said in declared[1].items():
            if isinstance(said, dict):
                yield declared[0], name, said


def _declared(source: YamlFile) -> tuple[YamlFile, Mapping[str, JsonValue]] | None:
    """The header of a file and the inputs that it declares; None where it has none, or where
    other files declare some."""
    if source.index == 0 or "spec" not in source.file.text:
        return None
    header = next(iter(load_documents(source.file.text)), None)
    spec = header.value.get("spec") if header and isinstance(header.value, dict) else None
    if header is None or not isinstance(spec, dict) or "include" in spec:
        return None
    inputs = spec.get("inputs") or {}
    if not isinstance(inputs, dict):
        return None
    return YamlFile(source.file, 0, header.value, header.line, source.lines), inputs


def _texts(value: JsonValue, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Texts and keys that may have an expression, with their places."""
    waiting: list[tuple[Path, JsonValue]] = [(path, value)]
    while waiting:
        place, one = waiting.pop()
        if isinstance(one, str):
            if "$[[" in one:
                yield place, one
        elif isinstance(one, dict):
            for key, inner in reversed(one.items()):
                waiting += [((*place, key), inner), ((*place, key), str(key))]
        elif isinstance(one, list):
            waiting += [((*place, at), inner) for at, inner in reversed([*enumerate(one)])]
