"""Where YAML formats define, refer and allow: resources, references, policies. Pure tables.

``is_resource``: which entries are a service, job, stage or another thing of its own.
``refers`` and ``broken``: which texts point to something that the answer itself defines.
``weakened``: which values allow, and what would allow more.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from rewardsvc.types import JsonValue

Path = tuple[str | int, ...]

_SECTIONS: Mapping[str, frozenset[str]] = {
    "compose": frozenset({"services"}),
    "github-actions": frozenset({"jobs"}),
    "circleci": frozenset({"jobs", "workflows"}),
}
"""Top-level sections whose entries are things of their own."""

_GITLAB_SETTINGS = frozenset(
    {"after_script", "before_script", "cache", "default", "image", "include", "pages", "services",
     "spec", "stages", "variables", "workflow"}
)  # fmt: skip

_LISTED = re.compile(
    r"stages|jobs|containers|initContainers|workerGroupSpecs|templates"
    r"|steps|script|before_script|after_script"
)
"""Lists whose items are things of their own."""

_SITES: Mapping[str, re.Pattern[str]] = {
    "compose": re.compile(
        r"services\.[^.]+\.(?:depends_on|networks|volumes|secrets|configs|links|extends)\b.*"
    ),
    "github-actions": re.compile(r"jobs\.[^.]+\.needs\b.*"),
    "gitlab-ci": re.compile(r"[^.]+\.(?:needs|dependencies|stage|extends)\b.*"),
    "circleci": re.compile(r"workflows\..*"),
    "azure-pipelines": re.compile(r".*\b(?:dependsOn|stage|job)\b.*"),
    "bitbucket-pipelines": re.compile(r".*\b(?:caches|services)\b.*"),
    "kubernetes": re.compile(
        r".*(?:serviceName|secretName|claimName|serviceAccountName|serviceAccount|targetPort"
        r"|scaleTargetRef\.name|roleRef\.name|subjects\.\d+\.name|service\.name|selector\.[^.]+"
        r"|matchLabels\.[^.]+|volumeMounts\.\d+\.name|configMap\.name|Ref\.name|KeyRef\.name"
        r"|port\.name|entrypoint|template)"
    ),
}
"""Paths whose text refers; a text there that the answer does not define is a name like others."""

_EXPRESSION = re.compile(r"(\$\{\{[^}]*?\b(?:needs|steps|matrix|inputs|env|jobs)\.)([\w-]+)")
_MISSING = "-missing"
_ANYWHERE = ("0.0.0.0/0", "::/0")
_CIDR = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}/\d{1,2}")


def is_resource(format: str, path: Path, document: JsonValue) -> bool:
    """Whether the entry at a path is a resource, service, job, stage, container or step."""
    if len(path) == 2 and path[0] in _SECTIONS.get(format, ()):
        return isinstance(path[1], str)
    if format == "gitlab-ci" and len(path) == 1 and isinstance(document, Mapping):
        return path[0] not in _GITLAB_SETTINGS and isinstance(document[str(path[0])], Mapping)
    if isinstance(path[-1], int) and len(path) > 1 and isinstance(path[-2], str):
        if format in ("compose", "gitlab-ci") and path[-2] == "stages":
            return False
        return _LISTED.fullmatch(path[-2]) is not None
    return False


def names_resource(format: str, path: Path, document: JsonValue) -> bool:
    """Whether the key at a path is the name of such a thing."""
    return isinstance(path[-1], str) and is_resource(format, path, document)


def refers(format: str, path: Path, value: str, documents: list[JsonValue], index: int) -> bool:
    """Whether a text points to something that is defined in the answer."""
    sites = _SITES.get(format)
    if sites is None or sites.fullmatch(_dotted(path)) is None:
        return False
    target = _target(format, value)
    return target in _defined(format, documents, index, path)


def broken(
    format: str, path: Path, value: str, documents: list[JsonValue], index: int
) -> Iterator[str]:
    """The text with its reference leading nowhere."""
    if refers(format, path, value, documents, index):
        target = _target(format, value)
        yield value.replace(target, target + _MISSING, 1)
    elif format == "github-actions":
        for match in _EXPRESSION.finditer(value):
            yield value[: match.end(2)] + "_missing" + value[match.end(2) :]


def weakened(format: str, path: Path, value: JsonValue) -> Iterator[JsonValue]:
    """The value with more allowed than before."""
    key = str(path[-1])
    where = _dotted(path)
    if isinstance(value, str) and _CIDR.fullmatch(value) and value not in _ANYWHERE:
        yield _ANYWHERE[0]
    if format == "kubernetes":
        yield from _weakened_manifest(key, where, value)
    elif key == "permissions" and value != "write-all":
        yield "write-all"
    elif format == "compose" and re.fullmatch(r"services\.[^.]+", where) and _hardened(value):
        yield {**value, "privileged": True}


def _weakened_manifest(key: str, where: str, value: JsonValue) -> Iterator[JsonValue]:
    if key == "securityContext" and "containers" in where and isinstance(value, Mapping):
        yield {**value, "privileged": True}
    elif key == "drop" and value:
        yield []
    elif re.fullmatch(r"rules\.\d+\.(?:verbs|resources|apiGroups)", where) and value != ["*"]:
        yield ["*"]
    elif key == "from" and value:
        yield []  # an empty list of sources admits all of them
    elif key == "kind" and value == "Role":
        yield "ClusterRole"


def _hardened(value: Any) -> bool:
    return (
        isinstance(value, Mapping)
        and not value.get("privileged")
        and ("cap_drop" in value or "security_opt" in value or "read_only" in value)
    )


def _dotted(path: Path) -> str:
    return ".".join(map(str, path))


def _target(format: str, value: str) -> str:
    """What of a text is the name: ``data`` of ``data:/var/lib``."""
    return value.partition(":")[0] if format == "compose" else value


def _defined(format: str, documents: list[JsonValue], index: int, path: Path) -> frozenset[str]:
    """The names that the answer gives to things."""
    if format == "kubernetes":
        return frozenset(name for document in documents for name in _named_in(document))
    document = documents[index]
    if not isinstance(document, Mapping):
        return frozenset()
    names: set[str] = set()
    for section in ("services", "networks", "volumes", "secrets", "configs", "jobs", "orbs"):
        entries = document.get(section)
        if isinstance(entries, Mapping):
            names |= set(entries)
    if format == "gitlab-ci":
        names |= set(document) - _GITLAB_SETTINGS
        names |= {stage for stage in document.get("stages") or () if isinstance(stage, str)}
    if format == "azure-pipelines":
        names |= {
            str(value) for key, value in _scalars(document) if key in ("stage", "job", "deployment")
        }
        if path[-1] in ("stage", "job"):
            return frozenset()  # that is where they are named
    if format == "bitbucket-pipelines":
        definitions = document.get("definitions")
        for section in definitions.values() if isinstance(definitions, Mapping) else ():
            names |= set(section) if isinstance(section, Mapping) else set()
    return frozenset(names)


def _named_in(document: JsonValue) -> Iterator[str]:
    """Names of objects, ports and volumes, and labels, anywhere in a manifest."""
    if isinstance(document, Mapping):
        for key, value in document.items():
            if key == "name" and isinstance(value, str):
                yield value
            elif key == "labels" and isinstance(value, Mapping):
                yield from (label for label in value.values() if isinstance(label, str))
            else:
                yield from _named_in(value)
    elif isinstance(document, list):
        for value in document:
            yield from _named_in(value)


def _scalars(value: JsonValue) -> Iterator[tuple[str, JsonValue]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if isinstance(inner, Mapping | list):
                yield from _scalars(inner)
            else:
                yield key, inner
    elif isinstance(value, list):
        for inner in value:
            yield from _scalars(inner)
