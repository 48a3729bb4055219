"""What would be known of a resource after an apply: what a plan leaves open, filled in. Pure.

A provider that is asked to apply would make the resource. Here its answer is made instead: the
planned value, each unknown part filled by its type in the provider's schema and by its name, so
that what refers to it (an ARN, an id) is taken for what it is. Equal requests get equal answers.
https://github.com/hashicorp/terraform/blob/v1.11.4/docs/plugin-protocol/tfplugin5.8.proto has the
messages; those of protocol 6 have the same numbers, and attributes with attributes of their own.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sandbox.protowire import bytes_field, fields, number_field
from sandbox.standins.values import UNKNOWN, Value, Values, is_unknown, read, written
from sandbox.standins.wire import parts
from sandbox.terraform.plugins.configure import DEFAULT_REGION
from sandbox.terraform.plugins.projection import SchemaIndex

ACCOUNT = "123456789012"
"""The account that the emulator has."""

_NAME, _PLANNED, _PRIVATE = 1, 3, 5
"""Of ``ApplyResourceChange.Request``: the type's name, the planned state, what the provider keeps
with it."""
_LIST, _SET, _MAP = 2, 3, 4
"""Of a nested block's ``NestingMode``, those of which there may be several (``single`` and
``group`` are one)."""

_PREFIXES: Mapping[str, str] = {
    "aws_customer_gateway": "cgw",
    "aws_ebs_snapshot": "snap",
    "aws_ebs_volume": "vol",
    "aws_efs_access_point": "fsap",
    "aws_efs_file_system": "fs",
    "aws_efs_mount_target": "fsmt",
    "aws_egress_only_internet_gateway": "eigw",
    "aws_eip": "eipalloc",
    "aws_flow_log": "fl",
    "aws_instance": "i",
    "aws_internet_gateway": "igw",
    "aws_launch_template": "lt",
    "aws_nat_gateway": "nat",
    "aws_network_acl": "acl",
    "aws_network_interface": "eni",
    "aws_route_table": "rtb",
    "aws_route_table_association": "rtbassoc",
    "aws_security_group": "sg",
    "aws_security_group_rule": "sgrule",
    "aws_subnet": "subnet",
    "aws_vpc": "vpc",
    "aws_vpc_endpoint": "vpce",
    "aws_vpc_peering_connection": "pcx",
    "aws_vpc_security_group_egress_rule": "sgr",
    "aws_vpc_security_group_ingress_rule": "sgr",
    "aws_vpn_gateway": "vgw",
}
"""How ids of EC2's kinds begin: "Resource IDs" in Amazon EC2's user guide."""

_ID_IS_ARN = frozenset(
    {
        "aws_acm_certificate",
        "aws_cloudtrail",
        "aws_codebuild_project",
        "aws_ecs_cluster",
        "aws_ecs_service",
        "aws_iam_policy",
        "aws_kinesis_firehose_delivery_stream",
        "aws_kinesis_stream",
        "aws_lb",
        "aws_lb_listener",
        "aws_lb_target_group",
        "aws_secretsmanager_secret",
        "aws_sfn_state_machine",
        "aws_sns_topic",
        "aws_sns_topic_subscription",
    }
)
"""Types whose id is their ARN (their documentation, "Attribute Reference")."""

_NAMES = ("bucket", "function_name", "cluster_identifier", "identifier", "name", "key_name")
"""Arguments that are the id of most types which have one."""

_SERVICES = {"lb": "elasticloadbalancing", "sfn": "states", "kinesis_firehose": "firehose"}
"""Services whose types are named otherwise than their ARNs."""


def applied(request: bytes, schemas: SchemaIndex, nth: int = 0) -> bytes:
    """The answer to an ``ApplyResourceChange`` request, as if the resource had been made.

    ``nth`` tells resources apart that are planned alike: how many there were before.

    Raises:
        sandbox.protowire.BrokenMessage: it is no such request.
        KeyError: the provider has no such type.
    """
    message = parts(request)
    type = message[_NAME].decode()
    planned = read(message.get(_PLANNED))
    kept = bytes_field(2, message[_PRIVATE]) if _PRIVATE in message else b""
    if planned is None:
        return bytes_field(1, written(None)) + kept
    seed = sha256(b"%d %s" % (nth, message[_PLANNED])).hexdigest()
    block = parts(schemas.resource(type)).get(2, b"")
    made = _block(planned, block, _Resource(type, seed, planned))
    # What Terraform minds in values of plugins, it passes over in those of the older kind.
    return bytes_field(1, written(made)) + kept + number_field(4, 1)


@dataclass(frozen=True, slots=True)
class _Resource:
    """What values are made for: ``seed`` in hex is its own, ``planned`` is known of it."""

    type: str
    seed: str
    planned: Values

    def text(self, name: str, *, some: bool) -> str:
        """What an attribute of that name may be, from what such names commonly stand for; of
        others, which say nothing, a word where there must be ``some``, else an empty one: as
        providers keep what was left out, and where null would be planned to be replaced."""
        prefix = self.planned.get(f"{name}_prefix")
        if isinstance(prefix, str):
            return prefix + self.seed[:26]
        last = name.rpartition("_")[2]
        if name == "id":
            return self._id()
        if last == "arn":
            return self._arn()
        if name in ("owner_id", "account_id", "owner", "registry_id"):
            return ACCOUNT
        if name in ("region", "hosted_zone_region"):
            return DEFAULT_REGION
        if name == "availability_zone":
            return f"{DEFAULT_REGION}a"
        if last in ("url", "uri", "issuer"):
            return f"https://{self.seed[:12]}.example.com"
        if last in ("endpoint", "domain", "fqdn", "address", "hostname") or "dns_name" in name:
            return f"{self.seed[:12]}.example.com"
        if last in ("date", "time", "at", "after", "before"):
            return "2024-01-01T00:00:00Z"
        if "ipv6" in name:
            return "fd00::/56" if "cidr" in name else "fd00::1"
        if "cidr" in name:
            return "10.0.0.0/16"
        if last == "ip":
            return "10.0.0.10"
        if last in ("json", "policy"):
            return "{}"
        if name == "data":
            return "bWFkZQ=="
        if last == "version":
            return "1"
        return self.seed[:16] if some or last in ("id", "name") or name in _NAMES else ""

    def _id(self) -> str:
        if prefix := _PREFIXES.get(self.type):
            return f"{prefix}-{self.seed[:17]}"
        if self.type in _ID_IS_ARN:
            return self._arn()
        return self._named() or self.seed[:16]

    def _arn(self) -> str:
        service, _, kind = self.type.removeprefix("aws_").partition("_")
        named = self._named() or self.seed[:16]
        if service == "s3":
            return f"arn:aws:s3:::{named}"
        region = "" if service == "iam" else DEFAULT_REGION
        service = _SERVICES.get(service, service)
        return f"arn:aws:{service}:{region}:{ACCOUNT}:{kind or service}/{named}"

    def _named(self) -> str:
        known = (self.planned.get(name) for name in _NAMES)
        return next((each for each in known if isinstance(each, str) and each), "")


def _block(values: Values, block: bytes, of: _Resource) -> Values:
    """A block's values, filled."""
    if not _open(values):
        return values
    attributes, blocks = _members(block, 2), _members(block, 3)
    made: Values = {}
    for name, value in values.items():
        if not _open(value):
            made[name] = value
        elif name in blocks:
            made[name] = _blocks(
                value, parts(blocks[name]).get(2, b""), _number(blocks[name], 3), of
            )
        else:
            made[name] = _attribute(value, name, attributes.get(name, b""), of)
    return made


def _blocks(value: Value, block: bytes, nesting: int, of: _Resource) -> Value:
    """One nested block or several; where nobody knows how many, there are none."""
    if is_unknown(value):
        return {} if nesting == _MAP else [] if nesting in (_LIST, _SET) else None
    if isinstance(value, list):
        return [_block(each, block, of) for each in value]
    if nesting == _MAP:
        return {key: _block(each, block, of) for key, each in value.items()}
    return _block(value, block, of)


def _attribute(value: Value, name: str, attribute: bytes, of: _Resource) -> Value:
    message = parts(attribute)
    if name == "tags_all" and is_unknown(value):
        tags = of.planned.get("tags")
        return tags if isinstance(tags, dict) and not _open(tags) else {}
    # What its user may write and did not is empty; what the provider alone says has something.
    some = not _number(attribute, 5)
    if 10 in message:
        return _nested(value, message[10], of, some=some)
    return _value(value, name, json.loads(message.get(2, b'"string"')), of, some=some)


def _nested(value: Value, object: bytes, of: _Resource, *, some: bool) -> Value:
    """An attribute that has attributes (protocol 6)."""
    attributes, nesting = _members(object, 1), _number(object, 3)
    whole = {name: UNKNOWN for name in attributes}

    def one(values: Values) -> Values:
        return {
            name: _attribute(each, name, attributes.get(name, b""), of) if _open(each) else each
            for name, each in values.items()
        }

    if is_unknown(value):
        if nesting == _MAP:
            return {}
        if nesting in (_LIST, _SET):
            return [one(whole)] if some else []
        return one(whole) if some else None
    if isinstance(value, list):
        return [one(each) for each in value]
    if nesting == _MAP:
        return {key: one(each) for key, each in value.items()}
    return one(value)


def _value(value: Value, name: str, type: Any, of: _Resource, *, some: bool) -> Value:
    """A value of a type as Terraform writes types: ``"string"``, ``["list", "string"]``."""
    if not _open(value):
        return value
    kind = type if isinstance(type, str) else type[0]
    inner: Any = None if isinstance(type, str) else type[1]
    if not is_unknown(value):
        return _inside(value, name, kind, inner, of)
    match kind:
        case "string":
            return of.text(name, some=some)
        case "number":
            return int(some)
        case "bool":
            return False
        case "list" | "set":
            return [_value(value, name, inner, of, some=True)] if some else []
        case "map":
            return {}
        case "object":
            return {key: _value(value, key, each, of, some=some) for key, each in inner.items()}
        case "tuple":
            return [_value(value, name, each, of, some=some) for each in inner]
    return None


def _inside(value: Value, name: str, kind: str, inner: Any, of: _Resource) -> Value:
    """A value of which a part is open."""
    match kind:
        case "list" | "set":
            return [_value(each, name, inner, of, some=True) for each in value]
        case "map":
            return {key: _value(each, name, inner, of, some=True) for key, each in value.items()}
        case "object":
            return {
                key: _value(each, key, inner[key], of, some=True) for key, each in value.items()
            }
        case "tuple":
            pairs = zip(value, inner, strict=True)
            return [_value(each, name, type, of, some=True) for each, type in pairs]
    return None


def _open(value: Value) -> bool:
    """Whether something in it is not known."""
    if isinstance(value, Mapping):
        return any(map(_open, value.values()))
    if isinstance(value, list):
        return any(map(_open, value))
    return is_unknown(value)


def _members(message: bytes, number: int) -> dict[str, bytes]:
    """The parts of a schema in a field that repeats, by their names."""
    found: Sequence[bytes] = [
        each.value for each in fields(message) if each.number == number and each.value is not None
    ]
    return {parts(each).get(1, b"").decode(): each for each in found}


def _number(message: bytes, number: int) -> int:
    """A small number in a field without a length, 0 where there is none."""
    return next((each.raw[-1] for each in fields(message) if each.number == number), 0)
