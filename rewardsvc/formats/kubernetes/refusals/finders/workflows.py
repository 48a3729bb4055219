"""What Argo refuses of a workflow's templates: what they are given, wait for and give back."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from rewardsvc.formats.kubernetes.manifests import mapping, sequence
from rewardsvc.formats.kubernetes.refusals.rules import Problem
from rewardsvc.formats.kubernetes.refusals.values import plain

MAX_DEPTH = 40
RESULTS = frozenset(
    {"AllFailed", "AnySucceeded", "Daemoned", "Errored", "Failed", "Omitted", "Skipped"}
    | {"Succeeded"}
)
"""Results of a task that another can wait for."""

_INPUT = re.compile(r"\{\{\s*inputs\.(parameters|artifacts)\.([-A-Za-z0-9_]+)[.\s}]")
_TERM = re.compile(r"([-A-Za-z0-9_]+)(?:\.([A-Za-z]+))?")
_SOURCES = frozenset(
    {"artifactory", "azure", "from", "fromExpression", "gcs", "git", "hdfs", "http", "key", "oss"}
    | {"plugin", "raw", "s3"}
)


def _named(items: Any) -> dict[str, Mapping[str, Any]]:
    return {
        name: mapping(each)
        for each in sequence(items)
        if isinstance(name := mapping(each).get("name"), str)
    }


def undeclared(template: Any) -> Iterator[Problem]:
    """Inputs that a template speaks of and does not have."""
    inputs = mapping(mapping(template).get("inputs"))
    known = {key: _named(inputs.get(key)) for key in ("parameters", "artifacts")}
    for path, text in _texts(template, ()):
        for kind, name in _INPUT.findall(text):
            if name not in known[kind]:
                yield path, f"the template has no input {kind}.{name}"
                return


def _texts(node: Any, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if len(path) > MAX_DEPTH:
        return
    if isinstance(node, str):
        yield path, node
    elif isinstance(node, dict):
        for key, value in node.items():
            if isinstance(key, str) and key != "inline":
                yield from _texts(value, (*path, key))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _texts(value, (*path, index))


def unsupplied(spec: Any) -> Iterator[Problem]:
    """Steps, tasks and an entrypoint that do not give a template what it needs."""
    body = mapping(spec)
    if body.get("templateDefaults") is not None or body.get("workflowTemplateRef") is not None:
        return
    templates = _named(body.get("templates"))
    for index, template in enumerate(sequence(body.get("templates"))):
        for place, step in _calls(template):
            name = plain(step.get("template"))
            lacking = _lacking(templates.get(name), step.get("arguments")) if name else ""
            if lacking:
                yield ("templates", index, *place, "template"), f"{name} is not given {lacking}"


def entry_unsupplied(spec: Any) -> Iterator[Problem]:
    """A workflow whose first template needs what nobody gives."""
    body = mapping(spec)
    name = plain(body.get("entrypoint"))
    if body.get("templateDefaults") is not None or body.get("workflowTemplateRef") is not None:
        return
    template = _named(body.get("templates")).get(name) if name else None
    if template is not None and (lacking := _lacking(template, body.get("arguments"))):
        yield ("entrypoint",), f"{name} is not given {lacking}"


def _lacking(template: Mapping[str, Any] | None, arguments: Any) -> str:
    inputs = mapping(template.get("inputs")) if template is not None else {}
    for key, given in (("parameters", ("value", "default", "valueFrom")), ("artifacts", _SOURCES)):
        supplied = _named(mapping(arguments).get(key))
        for name, each in _named(inputs.get(key)).items():
            held = any(each.get(field) is not None for field in given)
            if not held and each.get("optional") is not True and name not in supplied:
                return f"its input {key}.{name}"
    return ""


def _calls(template: Any) -> Iterator[tuple[tuple[str | int, ...], Mapping[str, Any]]]:
    """Steps and tasks of a template, and where they stand in it."""
    for group, steps in enumerate(sequence(mapping(template).get("steps"))):
        for position, step in enumerate(sequence(steps)):
            yield ("steps", group, position), mapping(step)
    for position, task in enumerate(sequence(mapping(mapping(template).get("dag")).get("tasks"))):
        yield ("dag", "tasks", position), mapping(task)


def step_names(template: Any) -> Iterator[Problem]:
    """Steps or tasks of one name."""
    seen: set[str] = set()
    for place, step in _calls(template):
        name = plain(step.get("name"))
        if name is not None and name in seen:
            yield (*place, "name"), f"two steps of the name {name!r}"
        seen |= {name} if name is not None else set()


def waits(template: Any) -> Iterator[Problem]:
    """Tasks that wait for a result or a task that is not there, or for each other."""
    tasks = sequence(mapping(mapping(template).get("dag")).get("tasks"))
    names = {name for each in tasks if isinstance(name := mapping(each).get("name"), str)}
    after: dict[str, set[str]] = {}
    for position, each in enumerate(tasks):
        body = mapping(each)
        others = {one for one in sequence(body.get("dependencies")) if isinstance(one, str)}
        text = plain(body.get("depends")) or ""
        for name, result in _TERM.findall(text):
            others.add(name)
            place = ("dag", "tasks", position, "depends")
            if result and result not in RESULTS:
                yield place, f"{result!r} is not one of {', '.join(sorted(RESULTS))}"
            elif name not in names:
                yield place, f"no task has the name {name!r}"
        if isinstance(body.get("name"), str):
            after[body["name"]] = others & names
    if ring := _ring(after):
        position = next(i for i, one in enumerate(tasks) if mapping(one).get("name") == ring[0])
        key = "depends" if mapping(tasks[position]).get("depends") else "dependencies"
        yield ("dag", "tasks", position, key), f"tasks wait for each other: {', '.join(ring)}"


def _ring(after: Mapping[str, set[str]]) -> list[str]:
    """Tasks that can never start, in the file's order."""
    left = dict(after)
    while ready := [name for name, others in left.items() if not others & left.keys()]:
        for name in ready:
            del left[name]
    return list(left)


def exit_handler(spec: Any) -> Iterator[Problem]:
    """A template for the end that is not there."""
    body = mapping(spec)
    name, templates = plain(body.get("onExit")), sequence(body.get("templates"))
    known = _named(templates)
    here = body.get("workflowTemplateRef") is None and len(known) == len(templates)
    if here and name and templates and name not in known:
        yield ("onExit",), f"no template has the name {name!r}"


def output(value: Any) -> Iterator[Problem]:
    """A result that comes from nowhere."""
    body = mapping(value)
    if body and body.get("valueFrom") is None and body.get("value") is None:
        yield (), "a parameter of outputs has valueFrom or value"
