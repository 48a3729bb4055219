"""What the API server refuses of names, annotations and selectors of labels."""

from collections.abc import Iterator
from typing import Any

from rewardsvc.formats.kubernetes.refusals.rules import (
    Check,
    Problem,
)
from rewardsvc.formats.kubernetes.refusals.values import (
    DNS_SUBDOMAIN,
    Form,
    inside,
    plain,
    unlike,
)

ROLES = "ClusterRole ClusterRoleBinding Role RoleBinding"


_NAMED_OTHERWISE = frozenset(
    {*ROLES.split(), "APIService", "ClusterTrustBundle", "CustomResourceDefinition", "IPAddress"}
    | {"Namespace", "Service", "ServiceCIDR"}
)
"""Kinds whose names have another form than a DNS-1123 subdomain."""


_CALLS = ("Review", "List", "Status", "Options", "Scale", "Eviction", "Binding", "TokenRequest")
"""What is asked of an API server and not kept: it needs no name."""


_KEPT_BINDINGS = frozenset({"RoleBinding", "ClusterRoleBinding"})


MAX_ANNOTATIONS = 256 * 1024
"""Bytes of all annotations of a resource, keys included (``TotalAnnotationSizeLimitB``)."""


def without_name(body: Any) -> Iterator[Problem]:
    """No name, of what is kept."""
    kind, metadata = str(body.get("kind")), body.get("metadata")
    if kind.endswith(_CALLS) and kind not in _KEPT_BINDINGS:
        return
    named = isinstance(metadata, dict) and (metadata.get("name") or metadata.get("generateName"))
    if not named and (metadata is None or isinstance(metadata, dict)):
        yield ("metadata",), "neither name nor generateName is given"


def subdomain(body: Any) -> Iterator[Problem]:
    """Most kinds' names."""
    if body.get("kind") not in _NAMED_OTHERWISE:
        yield from inside("metadata", named(DNS_SUBDOMAIN))(body)


def named(wanted: Form) -> Check:
    """The name or what a name begins with; a dash may end the latter."""

    def check(metadata: Any) -> Iterator[Problem]:
        if not isinstance(metadata, dict):
            return
        name, prefix = plain(metadata.get("name")), plain(metadata.get("generateName"))
        if name and (why := unlike(name, wanted)):
            yield ("name",), why
        elif prefix and not name and (why := unlike(_masked(prefix), wanted)):
            yield ("generateName",), why

    return check


def _masked(prefix: str) -> str:
    return f"{prefix[:-1]}a" if len(prefix) > 1 and prefix.endswith("-") else prefix


def path_segment(value: Any) -> Iterator[Problem]:
    """What cannot be a segment of a path."""
    text = plain(value)
    if text is not None and (text in {".", ".."} or "/" in text or "%" in text):
        yield (), f"{text!r}: a name is not . or .. and has neither / nor %"


def longest(most: int, what: str) -> Check:
    """A name of more characters than its kind has."""

    def check(value: Any) -> Iterator[Problem]:
        text = plain(value)
        if text is not None and most < len(text) <= DNS_SUBDOMAIN[1]:
            yield (), f"it has {len(text)} characters: {what} has at most {most}"

    return check


def size(annotations: Any) -> Iterator[Problem]:
    """Annotations that are too large together."""
    if isinstance(annotations, dict):
        texts = [text for pair in annotations.items() for text in pair if isinstance(text, str)]
        if sum(len(text.encode(errors="replace")) for text in texts) > MAX_ANNOTATIONS:
            yield (), f"annotations are more than {MAX_ANNOTATIONS} bytes"


def not_text(value: Any) -> Iterator[Problem]:
    """What is no text."""
    if value is not None and not isinstance(value, str):
        yield (), f"{value!r} is no text: it needs quotes"


def selector_values(rule: Any) -> Iterator[Problem]:
    """In and NotIn have values, Exists and DoesNotExist none."""
    if isinstance(rule, dict):
        operator, values = rule.get("operator"), rule.get("values")
        if operator in ("In", "NotIn") and not values:
            yield ("values",), f"the operator {operator} needs values"
        elif operator in ("Exists", "DoesNotExist") and values:
            yield ("values",), f"the operator {operator} has no values"
