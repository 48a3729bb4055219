"""What AWS refuses at apply of values that are known at plan: rules about one resource."""

import base64
import binascii
import ipaddress
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from rewardsvc.formats.terraform.planned import PlannedResource, Problem, number_of

Rule = Callable[[PlannedResource], Iterator[Problem]]

_DESCRIPTION = re.compile(r"[a-zA-Z0-9 ._:/()#,@\[\]+=&;{}!$*-]{0,255}")
_BUCKET = re.compile(r"(?!xn--|sthree-|amzn-s3-demo-)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_AMI = re.compile(r"ami-(?:[0-9a-f]{8}|[0-9a-f]{17})")
_KEY_TYPES = frozenset({"ssh-rsa", "ssh-ed25519"})

_SMALL = "nano micro small medium large xlarge 2xlarge"
_USUAL = "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge metal"
_SIZES: Mapping[str, frozenset[str]] = {
    family: frozenset(sizes.split())
    for families, sizes in (
        ("t1", "micro"),
        ("t2 t3 t3a t4g", _SMALL),
        ("m3", "medium large xlarge 2xlarge"),
        ("m4", "large xlarge 2xlarge 4xlarge 10xlarge 16xlarge"),
        ("c3 c4", "large xlarge 2xlarge 4xlarge 8xlarge"),
        ("r3", "large xlarge 2xlarge 4xlarge 8xlarge"),
        ("r4", "large xlarge 2xlarge 4xlarge 8xlarge 16xlarge"),
        ("m5 m5d r5 r5d r5b m5dn m5n r5n r5dn", _USUAL),
        ("c5", "large xlarge 2xlarge 4xlarge 9xlarge 12xlarge 18xlarge 24xlarge metal"),
        ("m6g c6g r6g", "medium large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge metal"),
        ("m6i c6i r6i", "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 32xlarge"
         " metal"),
        ("p3", "2xlarge 8xlarge 16xlarge"),
        ("p4d", "24xlarge"),
        ("g4dn", "xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge metal"),
        ("g5", "xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 48xlarge"),
        ("inf1", "xlarge 2xlarge 6xlarge 24xlarge"),
        ("x1", "16xlarge 32xlarge"),
    )
    for family in families.split()
}  # fmt: skip
"""Sizes of families that are not going to grow."""

_FARGATE: Mapping[int, Sequence[int]] = {
    256: (512, 1024, 2048),
    512: range(1024, 4097, 1024),
    1024: range(2048, 8193, 1024),
    2048: range(4096, 16385, 1024),
    4096: range(8192, 30721, 1024),
    8192: range(16384, 61441, 4096),
    16384: range(32768, 122881, 8192),
}
"""Amazon ECS Developer Guide, "Task CPU and memory": memory in MiB by CPU units."""

_VOLUMES = {"gp2": (1, 16384), "gp3": (1, 65536), "io1": (4, 16384), "io2": (4, 65536),
            "st1": (125, 16384), "sc1": (125, 16384), "standard": (1, 1024)}  # fmt: skip
"""Amazon EBS User Guide, "Amazon EBS volume types": GiB."""


def group_texts(resource: PlannedResource) -> Iterator[Problem]:
    """A security group's name and description."""
    for argument in ("name", "description"):
        text = resource.text(argument)
        if text and not _DESCRIPTION.fullmatch(text):
            yield argument, f"{_odd(text)} is not allowed in a security group's {argument}"


def rule_texts(resource: PlannedResource) -> Iterator[Problem]:
    """The description of a security group's rule."""
    texts = [("description", resource.text("description"))]
    for block in ("ingress", "egress"):
        texts += [(block, each.get("description")) for each in resource.blocks(block)]
    if resource.type == "aws_security_group":
        texts = texts[1:]  # its own is another rule's affair
    for argument, text in texts:
        if isinstance(text, str) and text and not _DESCRIPTION.fullmatch(text):
            yield argument, f"{_odd(text)} is not allowed in a rule's description"


def port_ranges(resource: PlannedResource) -> Iterator[Problem]:
    """Of TCP and UDP the first port is not behind the last."""
    ranges: list[tuple[str, Mapping[str, Any]]] = [("from_port", resource.values)]
    for block in ("ingress", "egress"):
        ranges += [(block, each) for each in resource.blocks(block)]
    for argument, values in ranges:
        first, last = number_of(values.get("from_port")), number_of(values.get("to_port"))
        protocol = str(values.get("ip_protocol", values.get("protocol"))).lower()
        if first is None or last is None or protocol not in {"tcp", "udp", "6", "17"}:
            continue
        if first > last:
            yield argument, f"from_port {first:g} is behind to_port {last:g}"


def elb_places(resource: PlannedResource) -> Iterator[Problem]:
    """A classic load balancer is in zones or in subnets."""
    if resource.expressions.get("availability_zones") and resource.expressions.get("subnets"):
        yield "availability_zones", "availability_zones and subnets exclude each other"


def instance_type(resource: PlannedResource) -> Iterator[Problem]:
    """A size that the family has."""
    text = resource.text("instance_type")
    family, dot, size = (text or "").partition(".")
    if text and not dot:
        yield "instance_type", f"{text!r} is no family and size"
    elif family in _SIZES and size not in _SIZES[family]:
        yield "instance_type", f"{family} has no size {size!r}"


def image_id(resource: PlannedResource) -> Iterator[Problem]:
    """An image's id."""
    for argument in ("ami", "image_id"):
        text = resource.text(argument)
        if text and not _AMI.fullmatch(text) and not text.startswith("resolve:ssm:"):
            yield argument, f"{text!r} is no id of an image"


def bucket_name(resource: PlannedResource) -> Iterator[Problem]:
    """A bucket's name."""
    name = resource.text("bucket")
    if not name:
        return
    ends = name.endswith(("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"))
    if not _BUCKET.fullmatch(name) or ".." in name or ends or _is_ip(name):
        yield "bucket", f"{name!r} is no name of a bucket"


def public_key(resource: PlannedResource) -> Iterator[Problem]:
    """A public key in OpenSSH's form."""
    text = resource.text("public_key")
    if text is None:
        return
    words = text.split()
    try:
        inside = base64.b64decode(words[1], validate=True) if len(words) > 1 else b""
    except binascii.Error:
        inside = b""
    kind = words[0] if words else ""
    if kind not in _KEY_TYPES or inside[4 : 4 + len(kind)] != kind.encode():
        yield "public_key", "it is no OpenSSH public key of RSA or ED25519"


def database_name(resource: PlannedResource) -> Iterator[Problem]:
    """The first database's name."""
    name = resource.text("db_name") or resource.text("database_name")
    argument = "db_name" if resource.text("db_name") else "database_name"
    if name and not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,63}", name):
        yield argument, f"{name!r}: it begins with a letter, and has letters, digits and _"


def master_user(resource: PlannedResource) -> Iterator[Problem]:
    """Names that an engine keeps for itself."""
    argument = "username" if resource.type == "aws_db_instance" else "master_username"
    name, engine = resource.text(argument), resource.text("engine") or ""
    reserved = {"rdsadmin", "rdsrepladmin", "rds_superuser"}
    if "postgres" in engine:
        reserved |= {"admin", "postgres_exporter", "public", "none"}
    if name and name.lower() in reserved:
        yield argument, f"{name!r} is reserved by {engine}"


def database_storage(resource: PlannedResource) -> Iterator[Problem]:
    """GiB of an SSD for the open engines."""
    size, engine = resource.number("allocated_storage"), resource.text("engine")
    kind = resource.text("storage_type") or "gp2"
    open_engine = engine in {"mysql", "postgres", "mariadb"} and kind in {"gp2", "gp3"}
    if open_engine and size is not None and not 20 <= size <= 65536:
        yield "allocated_storage", f"{size:g} GiB: {engine} on {kind} has 20 to 65536"


def volume_size(resource: PlannedResource) -> Iterator[Problem]:
    """GiB of a volume, by its type."""
    found: list[tuple[str, Any, Any]] = [
        ("size", resource.values.get("type"), resource.values.get("size"))
    ]
    for block in ("root_block_device", "ebs_block_device"):
        found += [(block, each.get("volume_type"), each.get("volume_size"))
                  for each in resource.blocks(block)]  # fmt: skip
    for argument, kind, value in found:
        size = number_of(value)
        least, most = _VOLUMES.get(str(kind or "gp2"), (0, 10**9))
        if size is not None and not least <= size <= most:
            yield argument, f"{size:g} GiB: a volume of type {kind} has {least} to {most}"


def fargate_size(resource: PlannedResource) -> Iterator[Problem]:
    """CPU and memory that go together."""
    compatible = str(resource.values.get("requires_compatibilities"))
    cpu, memory = resource.number("cpu"), resource.number("memory")
    if "FARGATE" not in compatible or cpu is None or memory is None:
        return
    if cpu not in _FARGATE:
        yield "cpu", f"Fargate has no {cpu:g} CPU units"
    elif memory not in _FARGATE[int(cpu)]:
        yield "memory", f"Fargate has no {memory:g} MiB with {cpu:g} CPU units"


def fargate_network(resource: PlannedResource) -> Iterator[Problem]:
    """A service on Fargate says where it is."""
    on_fargate = resource.text("launch_type") == "FARGATE"
    if on_fargate and not resource.expressions.get("network_configuration"):
        yield "launch_type", "a service on Fargate needs a network_configuration"


def group_sizes(resource: PlannedResource) -> Iterator[Problem]:
    """An Auto Scaling group's capacity lies between its sizes."""
    least, most = resource.number("min_size"), resource.number("max_size")
    wanted = resource.number("desired_capacity")
    if least is None or most is None:
        return
    if least > most:
        yield "min_size", f"min_size {least:g} is above max_size {most:g}"
    elif wanted is not None and not least <= wanted <= most:
        yield "desired_capacity", f"{wanted:g} is not between {least:g} and {most:g}"


def record_values(resource: PlannedResource) -> Iterator[Problem]:
    """Addresses of their family; one canonical name."""
    kind, records = resource.text("type"), resource.values.get("records")
    known = [each for each in records if isinstance(each, str)] if isinstance(records, list) else []
    for record in known:
        if kind in {"A", "AAAA"} and not _is_ip(record, 4 if kind == "A" else 6):
            yield "records", f"{record!r} is no address of an {kind} record"
    if kind == "CNAME" and len(known) > 1:
        yield "records", f"a CNAME record has one name, not {len(known)}"


def parameter_name(resource: PlannedResource) -> Iterator[Problem]:
    """Not a name that AWS keeps for itself."""
    name = resource.text("name") or ""
    if re.match(r"/?(?:aws|ssm)", name, re.IGNORECASE):
        yield "name", f"{name!r}: a parameter's name does not begin with aws or ssm"


def cluster_version(resource: PlannedResource) -> Iterator[Problem]:
    """A minor version of Kubernetes."""
    version = resource.text("version")
    if version and not re.fullmatch(r"1\.\d{2}", version):
        yield "version", f"{version!r} is no minor version, as 1.33 is"


def policy_of(*arguments: str) -> Rule:
    """A policy's version, effects and actions."""

    def problems(resource: PlannedResource) -> Iterator[Problem]:
        for argument, policy in _policies(resource, arguments):
            version = policy.get("Version", "2012-10-17")
            if version not in {"2012-10-17", "2008-10-17"}:
                yield argument, f"a policy's Version is 2012-10-17, not {version!r}"
            for statement in _statements(policy):
                if statement.get("Effect") not in {"Allow", "Deny"}:
                    yield argument, f"Effect is Allow or Deny, not {statement.get('Effect')!r}"
                if not {"Action", "NotAction"} & statement.keys():
                    yield argument, "a statement has an Action"

    return problems


def identity_policy(resource: PlannedResource) -> Iterator[Problem]:
    """What is attached to an identity names resources and no principal."""
    for argument, policy in _policies(resource, ("policy",)):
        for statement in _statements(policy):
            if {"Principal", "NotPrincipal"} & statement.keys():
                yield argument, "a policy of an identity has no Principal"
            if not {"Resource", "NotResource"} & statement.keys():
                yield argument, "a statement of an identity's policy has a Resource"


def trust_policy(resource: PlannedResource) -> Iterator[Problem]:
    """Who may assume a role, and no resource."""
    for argument, policy in _policies(resource, ("assume_role_policy",)):
        for statement in _statements(policy):
            if {"Resource", "NotResource"} & statement.keys():
                yield argument, "a trust policy has no Resource"
            if "Principal" not in statement:
                yield argument, "a trust policy has a Principal"


def _policies(
    resource: PlannedResource, arguments: Sequence[str]
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for argument in arguments:
        text = resource.text(argument)
        try:
            policy = json.loads(text) if text else None
        except ValueError:
            continue  # the provider says so
        if isinstance(policy, dict):
            yield argument, policy


def _statements(policy: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    statements = policy.get("Statement", [])
    items = statements if isinstance(statements, list) else [statements]
    return [each for each in items if isinstance(each, dict)]


def _odd(text: str) -> str:
    """What is not allowed in a description."""
    return next((repr(c) for c in text if not _DESCRIPTION.fullmatch(c)), "so long a text")


def _is_ip(text: str, version: int = 4) -> bool:
    try:
        return ipaddress.ip_address(text).version == version
    except ValueError:
        return False
