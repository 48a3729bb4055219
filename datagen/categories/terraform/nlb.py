"""Terraform, a Network Load Balancer: TCP to registered instances."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, need, num
from datagen.categories.terraform.pieces import (
    in_subnets,
    label,
    provider,
    quoted,
    switch,
)
from datagen.needs import in_region
from datagen.pins import all_refer, count_of, has, planned, planned_true
from datagen.topic import Topic
from datagen.vocabulary import (
    REGIONS,
    identifier,
    identifiers,
    named,
)


@dataclass(frozen=True, slots=True)
class NetworkBalancer:
    """TCP to instances that are registered by their ids."""

    region: str
    name: str
    cross: bool
    port: int
    target: str
    target_port: int
    drain: int
    preserve: bool
    interval: int
    instances: tuple[str, ...]
    vpc: str
    subnets: tuple[str, ...]


def _sample_network(rng: Random) -> NetworkBalancer:
    name = named(rng, "nlb", "tcp", "edge", "ingress", "broker")
    port = rng.choice((5432, 6379, 9092, 5671, 8883, 3306, 1883, 27017, 9200, 4222))
    return NetworkBalancer(
        region=rng.choice(REGIONS),
        name=name,
        cross=rng.random() < 0.5,
        port=port,
        target=f"{name}-{rng.choice(('targets', 'tg', 'nodes', 'backends'))}",
        target_port=rng.choice((port, port + 1, port + 10000)),
        drain=rng.choice((15, 20, 45, 60, 90, 120, 180)),
        preserve=rng.random() < 0.5,
        interval=rng.choice((5, 10, 15, 20, 45, 60)),
        instances=identifiers(rng, "i", rng.choice((2, 3, 4))),
        vpc=identifier(rng, "vpc"),
        subnets=identifiers(rng, "subnet", rng.choice((2, 3))),
    )


def _network_brief(s: NetworkBalancer) -> Brief:
    kind, target, listener = "aws_lb", "aws_lb_target_group", "aws_lb_listener"
    member = "aws_lb_target_group_attachment"
    cross = "on" if s.cross else "off"
    preserve = "preserved" if s.preserve else "not preserved"
    return Brief(
        need(
            f"internal Network Load Balancer {lit(s.name)} for TCP port {num(s.port)}",
            f"a Terraform configuration for an internal Network Load Balancer {lit(s.name)} that"
            f" listens on TCP port {num(s.port)}",
            f"Terraform code for the internal NLB {lit(s.name)} with a TCP listener on port"
            f" {num(s.port)}",
            pins=[
                has(kind, {"name": s.name, "load_balancer_type": "network", "internal": True}),
                has(listener, {"port": s.port, "protocol": "TCP"}),
                all_refer(listener, "load_balancer_arn", kind),
                has(listener, {"default_action[0].type": "forward"}),
                all_refer(listener, "default_action[0].target_group_arn", target),
            ],
        ),
        (
            in_region(s.region),
            need(
                f"cross-zone load balancing {cross}",
                f"Cross-zone load balancing is explicitly {cross}",
                f"State explicitly that cross-zone load balancing is {cross}",
                pins=[planned(kind, "enable_cross_zone_load_balancing", s.cross)],
            ),
            need(
                f"target group {lit(s.target)} of instances, TCP port {num(s.target_port)}, in"
                f" {lit(s.vpc)}",
                f"The target group {lit(s.target)} has instances of the VPC {lit(s.vpc)}, on TCP"
                f" port {num(s.target_port)}",
                f"Forward to the target group {lit(s.target)}: instances in {lit(s.vpc)} at TCP"
                f" port {num(s.target_port)}",
                pins=[
                    has(
                        target,
                        {
                            "name": s.target,
                            "target_type": "instance",
                            "port": s.target_port,
                            "protocol": "TCP",
                            "vpc_id": s.vpc,
                        },
                    )
                ],
            ),
            need(
                f"client addresses {preserve}; connections drain for {num(s.drain)} seconds",
                f"Client IP addresses are {preserve} (say so explicitly), and deregistered targets"
                f" drain for {num(s.drain)} seconds",
                f"The deregistration delay is {num(s.drain)} seconds; the client's IP is"
                f" explicitly {preserve}",
                pins=[
                    planned_true(
                        target,
                        f"to_string(deregistration_delay) == '{s.drain}'"
                        f" && to_string(preserve_client_ip) == '{switch(s.preserve)}'",
                    )
                ],
            ),
            need(
                f"TCP health check every {num(s.interval)} seconds",
                f"Health checks are by TCP, every {num(s.interval)} seconds",
                f"Check the targets' health with TCP each {num(s.interval)} seconds",
                pins=[
                    has(
                        target,
                        {
                            "health_check[0].protocol": "TCP",
                            "health_check[0].interval": s.interval,
                        },
                    )
                ],
            ),
            need(
                f"targets {' '.join(lit(each) for each in s.instances)}",
                f"Register the instances {' '.join(lit(each) for each in s.instances)} in it, by"
                f" one attachment with for_each",
                f"Its targets are {' '.join(lit(each) for each in s.instances)}; use for_each for"
                f" the attachments",
                pins=[
                    *(has(member, {"target_id": each}) for each in s.instances),
                    count_of(member, len(s.instances)),
                    all_refer(member, "target_group_arn", target),
                ],
            ),
            in_subnets(kind, "subnets", s.subnets, "the load balancer"),
        ),
    )


def _network_answer(s: NetworkBalancer) -> str:
    called, target = label(s.name), label(s.target)
    instances = "\n".join(f'    "{instance}",' for instance in s.instances)
    return f"""\
{provider(s.region)}
resource "aws_lb" "{called}" {{
  name                             = "{s.name}"
  load_balancer_type               = "network"
  internal                         = true
  subnets                          = [{quoted(s.subnets)}]
  enable_cross_zone_load_balancing = {switch(s.cross)}
}}

resource "aws_lb_target_group" "{target}" {{
  name                 = "{s.target}"
  target_type          = "instance"
  port                 = {s.target_port}
  protocol             = "TCP"
  vpc_id               = "{s.vpc}"
  preserve_client_ip   = {switch(s.preserve)}
  deregistration_delay = {s.drain}

  health_check {{
    protocol = "TCP"
    interval = {s.interval}
  }}
}}

resource "aws_lb_target_group_attachment" "{target}" {{
  for_each = toset([
{instances}
  ])

  target_group_arn = aws_lb_target_group.{target}.arn
  target_id        = each.value
}}

resource "aws_lb_listener" "{called}" {{
  load_balancer_arn = aws_lb.{called}.arn
  port              = {s.port}
  protocol          = "TCP"

  default_action {{
    type             = "forward"
    target_group_arn = aws_lb_target_group.{target}.arn
  }}
}}
"""


NETWORK = Topic(
    name="nlb-tcp",
    format="terraform",
    sample=_sample_network,
    brief=_network_brief,
    answer=_network_answer,
)
