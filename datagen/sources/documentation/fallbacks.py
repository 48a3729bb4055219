"""What an argument is given that no example tells: by its text, its name and its type. Pure."""

import re
from collections.abc import Mapping
from typing import Any

from datagen.sources.documentation.naming import (
    ACCOUNT,
    SILLY,
    Spot,
    name_for,
    names_another,
    on_the_web,
    own_id,
)
from datagen.sources.documentation.obsolete import successor
from datagen.sources.documentation.trust import open_policy
from datagen.sources.documentation.values import JsonText, Name, Network, Value

_OPTIONS = re.compile(
    r"(?:[Vv]alid (?:values?|options|types?|choices)|[Aa]llowed values|[Pp]ossible values"
    r"|[Oo]ne of|[Mm]ust be|[Ee]ither|[Vv]alues? (?:are|is|can be)|[Ss]upported values"
    r"|[Aa]ccepts|[Cc]an be)"
    r"([^.]*(?:\.[^ ][^.]*)*)"
)
_TICKED = re.compile(r"`([\w./:-]+)`|\"([\w./:-]+)\"")
_BARE = re.compile(r"\b([A-Z][A-Z0-9]+(?:_[A-Z0-9]+)*)\b")
_CLASS = re.compile(
    r"^\w+\.[A-Z][a-z]+[A-Z]\w*$|^[a-z]+(?:_[a-z]+)*_(?:ids?|arns?|region|name|block|configuration)$"
)
"""A link to another page of the documentation, or another argument."""
_NOT_VALUES = frozenset(
    {"true", "false", "null", "AWS", "ARN", "ID", "JSON", "API", "SupportedFeatureNames"}
)

_TEXTS: tuple[tuple[str, Value], ...] = (
    (r"(?:^|_)region(?:_name)?$", "$region"),
    (r"domain(?:_name)?$|fqdn$|^hostname$", Name("", "word", "-shop.com")),
    (r"(?:^|_)(?:name|identifier|alias|title|suffix|prefix|key|namespace)$", "$name"),
    (r"s3_(?:output_)?(?:path|uri|location)$|output_path$", Name("s3://", "kebab", "-data/output")),
    (r"^version$", "1.0"),
    (r"^path_part$", Name("", "word", "")),
    (r"^(?:filter_)?pattern$", "ERROR"),
    (r"^ip_address_type$", "IP_V4"),
    (r"^script_location$", Name("s3://", "kebab", "-jobs/etl.py")),
    (r"account_ids?$|^account$|^principal$", ACCOUNT),
    (r"^client_cidr_block$", "172.16.0.0/22"),
    (r"cidr(?:_block|_ipv4)?$", Network(0, 16)),
    (r"email(?:_address)?$|^address$", Name("ops@", "word", ".io")),
    (r"^(?:content|message|body|text)$", Name("Your ", "word", " request was received")),
    (
        r"^(?:instruction|prompt)s?$",
        Name("Answer questions about the ", "word", " service in at most three sentences."),
    ),
    (r"description$|comment$", Name("For the ", "word", " service")),
    (r"schedule(?:_expression)?$", "rate(1 day)"),
    (r"availability_zone$", "$zone-a"),
    (r"^(?:url|endpoint|uri)$|_(?:url|uri)$", "$web"),
    (r"domain(?:_name)?$|fqdn$|^hostname$", Name("", "word", "-shop.com")),
    (r"(?:^|_)(?:ami|image)_id$", "ami-0c2b8ca1dad447f8a"),
    (r"^handler$", "app.handler"),
    (r"runtime$", "python3.12"),
    (r"subdirectory|directory_path|^directory$", "/data"),
    (r"^(?:path|route_key|resource_path)$", "/"),
    (r"^type$", None),
    (r"instance_type$", "t3.medium"),
)
_NUMBERS: tuple[tuple[str, int], ...] = (
    (r"^min_", 1), (r"^max_(?:size|capacity|count)", 4),
    (r"port", 443), (r"retention|_days$|_in_days$", 30), (r"size|storage|volume", 20),
    (r"timeout|seconds$|interval", 60), (r"priority", 10), (r"weight", 50), (r"ttl", 300),
    (r"min", 1), (r"max", 4), (r"count|capacity|number|size", 2), (r"threshold", 80),
    (r"asn", 65010), (r"percent", 50), (r"vlan", 101), (r"period", 300), (r"evaluation", 2),
)  # fmt: skip
_MACHINES: Mapping[str, str] = {
    "aws_msk_cluster": "kafka.m5.large", "aws_m2_environment": "M2.m5.large",
}  # fmt: skip
"""Types whose machines have names of their own."""
_LISTS: Mapping[str, list[Any]] = {
    "availability_zones": ["$zone-a", "$zone-b"],
    "allowed_methods": ["GET", "HEAD"], "cached_methods": ["GET", "HEAD"],
    "event_categories": ["failure"], "events": ["s3:ObjectCreated:*"],
}  # fmt: skip


def options_in(text: str) -> list[str]:
    """The values that a text enumerates, in its order."""
    found = _OPTIONS.search(text)
    if found is None:
        return []
    named = [one or other for one, other in _TICKED.findall(found[1])]
    bare = _BARE.findall(found[1])
    named = named or (bare if len(bare) > 1 else [])
    return [
        each
        for each in dict.fromkeys(named)
        if not SILLY.search(each) and each not in _NOT_VALUES and not _CLASS.match(each)
    ]


def fallback(spot: Spot, type: Any, service: str) -> Value:
    """A value for an argument; None where nothing tells what somebody would write."""
    name = spot.last
    if name == "assume_role_policy":
        return open_policy()
    if name in ("policy", "resource_policy", "resource_policy_document", "policy_document"):
        return _policy(service) if service in _ACTS_BY_ITS_NAME else None
    if type == "bool":
        return True
    if type == "number":
        if numbers := [int(each) for each in options_in(spot.text) if each.isdigit()]:
            return numbers[0]
        return next((number for wanted, number in _NUMBERS if re.search(wanted, name)), 1)
    if isinstance(type, list):
        kind, inner = type
        if name in _LISTS:
            return list(_LISTS[name])
        if kind not in ("list", "set") or isinstance(inner, list):
            return None
        item = fallback(spot, inner, service)
        return None if item is None else [item]
    if name.endswith("instance_type") and spot.type in _MACHINES:
        return _MACHINES[spot.type]
    if name == "availability_zone":
        return "$zone-a"
    if name.endswith(("description", "comment")):
        return Name("For the ", "word", " service")
    if name == "value" and (len(spot.path) > 1 and spot.path[-2].endswith("tag")):
        return Name("", "word", "")
    if options := options_in(spot.text):
        return successor(options[0])
    if name.endswith("_id") and own_id(spot):
        return name_for(Spot(spot.type, spot.path, "a-b", spot.text))
    for wanted, value in _TEXTS:
        if re.search(wanted, name):
            another = len(spot.path) == 1 and names_another(spot.type, name)
            if value == "$name" and another and name.endswith(("_id", "_identifier")):
                return None  # nobody has it before that thing is there
            if value == "$web":
                return on_the_web(name)
            return (
                name_for(Spot(spot.type, spot.path, "a-b", spot.text))
                if value == "$name"
                else value
            )
    return None


_ACTS_BY_ITS_NAME = frozenset(
    {
        "backup", "codeartifact", "dynamodb", "ecr", "glacier", "glue", "kinesis", "kms", "lambda",
        "redshift", "s3", "secretsmanager", "ses", "sns", "sqs",
    }
)  # fmt: skip
"""Services whose actions in policies begin with their name, and that know policies of resources."""


def acts_by_its_name(action: str) -> bool:
    """Whether ``service:Get*`` is an action of a service that policies of resources are about."""
    return action.partition(":")[0] in _ACTS_BY_ITS_NAME


def _policy(service: str) -> Value:
    """Lets another account read, as policies of resources do first of all."""
    return JsonText(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"AWS": "arn:aws:iam::418302917744:root"},
                    "Action": f"{service}:Get*",
                    "Resource": "*",
                }
            ],
        }
    )
