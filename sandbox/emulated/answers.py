"""Answers calls that moto does not know, on EKS, MSK and CloudFront, from the facts. Pure.

Read-only calls alone; whatever else is asked goes on to moto. The forms are those of the API
references (https://docs.aws.amazon.com/eks/latest/APIReference/API_DescribeAddonVersions.html,
https://docs.aws.amazon.com/msk/1.0/apireference/kafka-versions.html,
https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_ListCachePolicies.html and the like).
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from xml.sax.saxutils import escape

from sandbox.emulated.facts import Facts

_SIGNED_FOR = re.compile(r"Credential=[^/]*/\d+/[\w-]+/([\w-]+)/")
_CLOUDFRONT = "http://cloudfront.amazonaws.com/doc/2020-05-31/"
_POLICY = re.compile(r"/2020-05-31/(cache|origin-request|response-headers)-policy(?:/([\w-]+))?")
_ALL_METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")


@dataclass(frozen=True, slots=True)
class KnownAnswer:
    """An answer over HTTP."""

    status: int
    kind: str
    text: str
    headers: Mapping[str, str] = field(default_factory=dict)


def answer(
    facts: Facts, authorization: str, method: str, path: str, query: Mapping[str, str]
) -> KnownAnswer | None:
    """What the facts say of a request; None where they say nothing."""
    signed = _SIGNED_FOR.search(authorization)
    if signed is None or method != "GET":
        return None
    match signed[1], path:
        case "eks", "/addons/supported-versions":
            return _json({"addons": _addons(facts, query)})
        case "kafka", "/v1/kafka-versions":
            versions = [{"version": each, "status": "ACTIVE"} for each in facts.kafka]
            return _json({"kafkaVersions": versions})
        case "cloudfront", _ if found := _POLICY.fullmatch(path):
            return _policies(facts, found[1], found[2] or "", query)
    return None


def _json(value: Any) -> KnownAnswer:
    return KnownAnswer(200, "application/json", json.dumps(value))


def _addons(facts: Facts, query: Mapping[str, str]) -> list[dict[str, Any]]:
    found = facts.addons(query.get("addonName", ""), query.get("kubernetesVersion", ""))
    return [
        {
            "addonName": name,
            "publisher": "eks",
            "owner": "aws",
            "addonVersions": [
                {
                    "addonVersion": version,
                    "architecture": ["amd64", "arm64"],
                    "requiresConfiguration": False,
                    "compatibilities": [
                        {"clusterVersion": each, "platformVersions": ["*"], "defaultVersion": True}
                        for each in clusters
                    ],
                }
                for version, clusters in versions.items()
            ],
        }
        for name, versions in found.items()
    ]


def _policies(facts: Facts, kind: str, id: str, query: Mapping[str, str]) -> KnownAnswer:
    """All managed policies of a kind, or the one of an id."""
    tag = f"{''.join(word.capitalize() for word in kind.split('-'))}Policy"
    known = facts.policies(kind)
    if id:
        for name, row in known.items():
            if row["id"] == id:
                return _xml(tag, _policy(tag, name, row), ETag=f"E{id[:8].upper()}")
        error = f"<Error><Type>Sender</Type><Code>NoSuch{tag}</Code><Message>none</Message></Error>"
        return KnownAnswer(
            404, "text/xml", f'<ErrorResponse xmlns="{_CLOUDFRONT}">{error}</ErrorResponse>'
        )
    shown = known if query.get("Type", "managed") == "managed" else {}
    items = [
        (f"{tag}Summary", [("Type", "managed"), (tag, _policy(tag, name, row))])
        for name, row in shown.items()
    ]
    listed: _Tree = [("MaxItems", "100"), ("Quantity", str(len(items))), ("Items", items)]
    return _xml(f"{tag}List", listed)


_Tree = str | Sequence[tuple[str, "_Tree"]]


def _xml(tag: str, tree: _Tree, **headers: str) -> KnownAnswer:
    text = _element(tag, tree).replace(f"<{tag}>", f'<{tag} xmlns="{_CLOUDFRONT}">', 1)
    return KnownAnswer(200, "text/xml", f'<?xml version="1.0" encoding="UTF-8"?>{text}', headers)


def _element(tag: str, tree: _Tree) -> str:
    inner = escape(tree) if isinstance(tree, str) else "".join(_element(*each) for each in tree)
    return f"<{tag}>{inner}</{tag}>"


def _policy(tag: str, name: str, row: Mapping[str, Any]) -> _Tree:
    config: list[tuple[str, _Tree]] = [("Comment", ""), ("Name", name), *_SETTINGS[tag](row)]
    return [
        ("Id", row["id"]),
        ("LastModifiedTime", "2020-01-01T00:00:00Z"),
        (f"{tag}Config", config),
    ]


def _cache(row: Mapping[str, Any]) -> list[tuple[str, _Tree]]:
    least, usual, most = row["ttl"]
    return [
        ("DefaultTTL", str(usual)),
        ("MaxTTL", str(most)),
        ("MinTTL", str(least)),
        (
            "ParametersInCacheKeyAndForwardedToOrigin",
            [
                ("EnableAcceptEncodingGzip", _flag("gzip" in row["compressed"])),
                ("EnableAcceptEncodingBrotli", _flag("brotli" in row["compressed"])),
                *_forwarded(row),
            ],
        ),
    ]


def _forwarded(row: Mapping[str, Any]) -> list[tuple[str, _Tree]]:
    return [
        ("HeadersConfig", _chosen("Header", row["headers"], row.get("behavior"))),
        ("CookiesConfig", _chosen("Cookie", row["cookies"])),
        ("QueryStringsConfig", _chosen("QueryString", row["strings"])),
    ]


def _chosen(what: str, chosen: str | Sequence[str], behavior: str | None = None) -> _Tree:
    if isinstance(chosen, str):
        return [(f"{what}Behavior", chosen)]
    return [(f"{what}Behavior", behavior or "whitelist"), (f"{what}s", _listed("Name", chosen))]


def _response_headers(row: Mapping[str, Any]) -> list[tuple[str, _Tree]]:
    config: list[tuple[str, _Tree]] = []
    if row["cors"]:
        methods = _ALL_METHODS if row["preflight"] else ("GET",)
        cors: list[tuple[str, _Tree]] = [
            ("AccessControlAllowOrigins", _listed("Origin", "*")),
            ("AccessControlAllowHeaders", _listed("Header", "*" if row["preflight"] else "")),
            ("AccessControlAllowMethods", _listed("Method", methods)),
            ("AccessControlAllowCredentials", _flag(False)),
            ("AccessControlExposeHeaders", _listed("Header", "*" if row["preflight"] else "")),
            ("OriginOverride", _flag(False)),
        ]
        config.append(("CorsConfig", cors))
    if row["security"]:
        security: list[tuple[str, _Tree]] = [
            ("XSSProtection", [
                ("Override", "false"), ("Protection", "true"), ("ModeBlock", "true"),
            ]),
            ("FrameOptions", [("Override", "false"), ("FrameOption", "SAMEORIGIN")]),
            ("ReferrerPolicy", [
                ("Override", "false"), ("ReferrerPolicy", "strict-origin-when-cross-origin"),
            ]),
            ("ContentTypeOptions", [("Override", "true")]),
            ("StrictTransportSecurity", [
                ("Override", "false"), ("IncludeSubdomains", "false"), ("Preload", "false"),
                ("AccessControlMaxAgeSec", "31536000"),
            ]),
        ]  # fmt: skip
        config.append(("SecurityHeadersConfig", security))
    return config


_SETTINGS: Mapping[str, Callable[[Mapping[str, Any]], list[tuple[str, _Tree]]]] = {
    "CachePolicy": _cache,
    "OriginRequestPolicy": _forwarded,
    "ResponseHeadersPolicy": _response_headers,
}


def _listed(tag: str, values: Sequence[str]) -> _Tree:
    items: _Tree = [(tag, value) for value in values]
    return [("Quantity", str(len(items))), ("Items", items)]


def _flag(value: bool) -> str:
    return "true" if value else "false"
