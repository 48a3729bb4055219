"""What AWS refuses at apply of how resources lie in each other: subnets, load balancers, zones."""

import ipaddress
from collections import defaultdict
from collections.abc import Iterator

from rewardsvc.formats.terraform.planned import Planned, PlannedResource
from rewardsvc.types import Diagnostic

MAX_SUBNETS = 200
"""Of one VPC that are compared with each other, which is AWS's own quota."""


def subnet_in_vpc(planned: Planned) -> Iterator[Diagnostic]:
    """A subnet lies in its VPC."""
    more = {name for each in planned.of_type("aws_vpc_ipv4_cidr_block_association")
            for name in each.refers_to("vpc_id")}  # fmt: skip
    vpcs = {f"aws_vpc.{each.name}": each for each in planned.of_type("aws_vpc")}
    for subnet, vpc in _subnets(planned):
        if vpc not in vpcs or vpc in more:
            continue
        inner, outer = _network(subnet), _network(vpcs[vpc])
        if inner and outer and not inner.subnet_of(outer):
            words = f"{inner} is not in {outer}, the network of {vpc}"
            yield planned.problem("subnet-in-vpc", subnet, "cidr_block", words)


def subnet_overlap(planned: Planned) -> Iterator[Diagnostic]:
    """Subnets of one VPC do not overlap."""
    seen: dict[str, list[tuple[ipaddress.IPv4Network, PlannedResource]]] = defaultdict(list)
    for subnet, vpc in _subnets(planned):
        network = _network(subnet)
        if network is None or len(seen[vpc]) >= MAX_SUBNETS:
            continue
        other = next((each for taken, each in seen[vpc] if taken.overlaps(network)), None)
        if other is not None:
            words = f"{network} overlaps with {other.address}"
            yield planned.problem("subnet-overlap", subnet, "cidr_block", words)
        seen[vpc].append((network, subnet))


def subnet_size(planned: Planned) -> Iterator[Diagnostic]:
    """A subnet is between /16 and /28."""
    for subnet in planned.of_type("aws_subnet"):
        network = _network(subnet)
        if network is not None and not 16 <= network.prefixlen <= 28:
            words = f"a subnet is between /16 and /28, not /{network.prefixlen}"
            yield planned.problem("subnet-size", subnet, "cidr_block", words)


def apex_alias(planned: Planned) -> Iterator[Diagnostic]:
    """The zone's own name is no CNAME."""
    zones = {f"aws_route53_zone.{each.name}": each.text("name")
             for each in planned.of_type("aws_route53_zone")}  # fmt: skip
    for record in planned.of_type("aws_route53_record"):
        name = (record.text("name") or "").rstrip(".").lower()
        for zone in record.refers_to("zone_id"):
            apex = (zones.get(zone) or "-").rstrip(".").lower()
            if record.text("type") == "CNAME" and name in {apex, ""}:
                words = f"{apex} is the zone itself, which cannot be a CNAME"
                yield planned.problem("apex-cname", record, "type", words)


def _subnets(planned: Planned) -> Iterator[tuple[PlannedResource, str]]:
    """The subnets of VPCs of this configuration."""
    for subnet in planned.of_type("aws_subnet"):
        for vpc in subnet.refers_to("vpc_id")[:1]:
            yield subnet, vpc


def _network(resource: PlannedResource) -> ipaddress.IPv4Network | None:
    text = resource.text("cidr_block")
    try:
        return ipaddress.IPv4Network(text) if text else None
    except ValueError:
        return None  # the provider says so
