"""What the API server refuses of roles, bindings, webhooks and definitions."""

from collections.abc import Iterator
from typing import Any

from rewardsvc.formats.kubernetes.manifests import mapping, sequence
from rewardsvc.formats.kubernetes.refusals.rules import Problem
from rewardsvc.formats.kubernetes.refusals.values import (
    DNS_SUBDOMAIN,
    plain,
    unlike,
)

GROUP = "rbac.authorization.k8s.io"


def incomplete_rule(rule: Any) -> Iterator[Problem]:
    """A rule without what it allows."""
    body = mapping(rule)
    urls, resources = body.get("nonResourceURLs"), body.get("resources")
    if urls and (resources or body.get("apiGroups") or body.get("resourceNames")):
        yield ("nonResourceURLs",), "a rule is of resources or of URLs"
    elif not urls and not body.get("apiGroups"):
        yield (), "a rule of resources has an apiGroup ('' is the core's)"
    elif not urls and not resources:
        yield (), "a rule has resources"


def url_in_role(rule: Any) -> Iterator[Problem]:
    """Paths in the role of a namespace."""
    if mapping(rule).get("nonResourceURLs"):
        yield ("nonResourceURLs",), "URLs are of a ClusterRole"


def subject_group(subject: Any) -> Iterator[Problem]:
    """A subject that is in no group of its kind."""
    body = mapping(subject)
    kind, group = body.get("kind"), body.get("apiGroup")
    if kind == "ServiceAccount" and group:
        yield ("apiGroup",), f"{group!r}: a ServiceAccount's is the core's, ''"
    elif kind in ("User", "Group") and isinstance(group, str) and group not in ("", GROUP):
        yield ("apiGroup",), f"{group!r} is not {GROUP}"


def account_name(subject: Any) -> Iterator[Problem]:
    """A name that no ServiceAccount has."""
    body = mapping(subject)
    name = plain(body.get("name"))
    if body.get("kind") == "ServiceAccount" and name and (why := unlike(name, DNS_SUBDOMAIN)):
        yield ("name",), why


def without_namespace(subject: Any) -> Iterator[Problem]:
    """A ServiceAccount of no namespace."""
    body = mapping(subject)
    if body.get("kind") == "ServiceAccount" and not body.get("namespace"):
        yield (), "a ServiceAccount is named without its namespace"


def webhook_name(value: Any) -> Iterator[Problem]:
    """A name of fewer than three parts."""
    text = plain(value)
    if text is not None and (text.count(".") < 2 or unlike(text, DNS_SUBDOMAIN)):
        yield (), f"{text!r} is no name of three parts at least, as pods.example.com is"


def url(value: Any) -> Iterator[Problem]:
    """An address that is none of a webhook."""
    text = plain(value)
    if text is not None and not text.startswith("https://"):
        yield (), f"{text!r} does not begin with https://"
    elif text is not None and set("?#@") & set(text):
        yield (), f"{text!r}: neither user, query nor fragment is allowed"


def all_or_some(value: Any) -> Iterator[Problem]:
    """All of something beside some of it."""
    if len(sequence(value)) > 1 and "*" in sequence(value):
        yield (), "* is alone"


def definition_name(body: Any) -> Iterator[Problem]:
    """A name that is not its plural and group."""
    spec = mapping(mapping(body).get("spec"))
    plural, group = mapping(spec.get("names")).get("plural"), spec.get("group")
    name = plain(mapping(mapping(body).get("metadata")).get("name"))
    if name and plain(plural) and plain(group) and name != f"{plural}.{group}":
        yield (
            ("metadata", "name"),
            f"{name!r} is not {plural}.{group}, of spec.names and spec.group",
        )


def stored(versions: Any) -> Iterator[Problem]:
    """None or several versions that are stored."""
    stored = sum(mapping(version).get("storage") is True for version in sequence(versions))
    if stored != 1:
        yield (), f"{stored} versions have storage: true instead of one"


def without_schema(version: Any) -> Iterator[Problem]:
    """A version without a schema."""
    schema = mapping(mapping(version).get("schema")).get("openAPIV3Schema")
    if mapping(version) and not isinstance(schema, dict):
        yield ("schema", "openAPIV3Schema"), "a version has it"
    elif isinstance(schema, dict) and schema.get("type") != "object":
        yield (
            ("schema", "openAPIV3Schema", "type"),
            "the schema of a resource is of the type object",
        )


def types(schema: Any) -> Iterator[Problem]:
    """A schema that does not say types."""
    yield from _typed(schema, (), 0)


_TYPES = frozenset({"array", "boolean", "integer", "number", "object", "string"})


MAX_SCHEMA_DEPTH = 40


def _typed(schema: Any, path: tuple[str | int, ...], depth: int) -> Iterator[Problem]:
    if not isinstance(schema, dict) or depth > MAX_SCHEMA_DEPTH:
        return
    kind = schema.get("type")
    if isinstance(kind, str) and kind not in _TYPES:
        yield (*path, "type"), f"{kind!r} is not one of {', '.join(sorted(_TYPES))}"
    elif kind is None and depth and not _OPEN & schema.keys():
        yield path, "a structural schema says the type of every field"
    elif kind == "array" and schema.get("items") is None:
        yield path, "an array says what its items are"
    for name, inner in mapping(schema.get("properties")).items():
        yield from _typed(inner, (*path, "properties", name), depth + 1)
    for key in ("items", "additionalProperties"):
        yield from _typed(schema.get(key), (*path, key), depth + 1)


_OPEN = frozenset({"x-kubernetes-int-or-string", "x-kubernetes-preserve-unknown-fields", "$ref"})
