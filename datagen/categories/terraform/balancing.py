"""Terraform, balancing and scaling: an ALB, an NLB, an Auto Scaling group."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, need, num
from datagen.categories.terraform.pieces import (
    in_groups,
    in_subnets,
    label,
    provider,
    quoted,
    switch,
)
from datagen.needs import in_region
from datagen.pins import all_refer, count_of, has, planned, planned_true, refers
from datagen.topic import Topic
from datagen.vocabulary import (
    ENVIRONMENTS,
    PORTS,
    REGIONS,
    account,
    identifier,
    identifiers,
    named,
    service,
)

_POLICIES = (
    "ELBSecurityPolicy-TLS13-1-2-2021-06",
    "ELBSecurityPolicy-TLS13-1-3-2021-06",
    "ELBSecurityPolicy-TLS13-1-2-Res-2021-06",
)


@dataclass(frozen=True, slots=True)
class ApplicationBalancer:
    """HTTPS for one service, and a redirect of HTTP to it."""

    region: str
    name: str
    internal: bool
    idle: int
    certificate: str
    policy: str
    target: str
    targets: str
    port: int
    path: str
    interval: int
    healthy: int
    unhealthy: int
    vpc: str
    subnets: tuple[str, ...]
    groups: tuple[str, ...]


def _sample_application(rng: Random) -> ApplicationBalancer:
    region, name = rng.choice(REGIONS), service(rng)
    part = [f"{rng.getrandbits(4 * digits):0{digits}x}" for digits in (8, 4, 4, 4, 12)]
    return ApplicationBalancer(
        region=region,
        name=f"{name}-alb",
        internal=rng.random() < 0.4,
        idle=rng.choice((30, 60, 90, 120, 180, 300)),
        certificate=f"arn:aws:acm:{region}:{account(rng)}:certificate/{'-'.join(part)}",
        policy=rng.choice(_POLICIES),
        target=f"{name}-{rng.choice(('tg', 'targets', 'pods', 'tasks'))}",
        targets=rng.choice(("ip", "instance")),
        port=rng.choice(PORTS),
        path=rng.choice(("/health", "/healthz", "/ready", "/status", "/ping", "/live")),
        interval=rng.choice((10, 15, 20, 30, 45, 60)),
        healthy=rng.choice((2, 3, 4)),
        unhealthy=rng.choice((2, 3, 5, 6)),
        vpc=identifier(rng, "vpc"),
        subnets=identifiers(rng, "subnet", rng.choice((2, 3))),
        groups=identifiers(rng, "sg", 1),
    )


def _application_brief(s: ApplicationBalancer) -> Brief:
    kind, target, listener = "aws_lb", "aws_lb_target_group", "aws_lb_listener"
    scheme = "internal" if s.internal else "internet-facing"
    redirect = "default_action[0].redirect[0]"
    return Brief(
        need(
            f"{scheme} Application Load Balancer {lit(s.name)} with HTTPS",
            f"a Terraform configuration for an {scheme} Application Load Balancer {lit(s.name)}"
            f" that serves HTTPS",
            f"Terraform code for {lit(s.name)}, an {scheme} ALB with an HTTPS listener",
            pins=[
                has(
                    kind,
                    {"name": s.name, "load_balancer_type": "application", "internal": s.internal},
                ),
                all_refer(listener, "load_balancer_arn", kind),
                count_of(listener, 2),
            ],
        ),
        (
            in_region(s.region),
            need(
                f"idle timeout {num(s.idle)} seconds, invalid header fields dropped",
                f"Its idle timeout is {num(s.idle)} seconds, and it drops invalid header fields",
                f"Drop invalid header fields; connections may be idle for {num(s.idle)} seconds",
                pins=[has(kind, {"idle_timeout": s.idle, "drop_invalid_header_fields": True})],
            ),
            need(
                f"port 443: certificate {lit(s.certificate)}, TLS policy {lit(s.policy)},"
                f" forwarding to the target group",
                f"The listener on port 443 has the certificate {lit(s.certificate)} and the"
                f" security policy {lit(s.policy)}, and forwards to the target group",
                f"HTTPS on 443 uses {lit(s.certificate)} with {lit(s.policy)}; it forwards to the"
                f" target group",
                pins=[
                    has(
                        listener,
                        {
                            "port": 443,
                            "protocol": "HTTPS",
                            "certificate_arn": s.certificate,
                            "ssl_policy": s.policy,
                            "default_action[0].type": "forward",
                        },
                    ),
                    refers(listener, "default_action[0].target_group_arn", target),
                ],
            ),
            need(
                "port 80 redirects to HTTPS with a 301",
                "HTTP on port 80 is redirected to HTTPS on port 443 (HTTP_301)",
                "The listener on port 80 only redirects to HTTPS, port 443, permanently (301)",
                pins=[
                    has(
                        listener,
                        {
                            "port": 80,
                            "protocol": "HTTP",
                            "default_action[0].type": "redirect",
                            f"{redirect}.port": "443",
                            f"{redirect}.protocol": "HTTPS",
                            f"{redirect}.status_code": "HTTP_301",
                        },
                    )
                ],
            ),
            need(
                f"target group {lit(s.target)} of the target type {lit(s.targets)}, HTTP on port"
                f" {num(s.port)}, in the VPC {lit(s.vpc)}",
                f"The target group {lit(s.target)} lies in the VPC {lit(s.vpc)}, has the target"
                f" type {lit(s.targets)} and speaks HTTP on port {num(s.port)}",
                f"Its targets (target group {lit(s.target)}, target type {lit(s.targets)}) are in"
                f" {lit(s.vpc)} and reached by HTTP on port {num(s.port)}",
                pins=[
                    has(
                        target,
                        {
                            "name": s.target,
                            "target_type": s.targets,
                            "port": s.port,
                            "protocol": "HTTP",
                            "vpc_id": s.vpc,
                        },
                    )
                ],
            ),
            need(
                f"health check {lit(s.path)} every {num(s.interval)} seconds: healthy after"
                f" {num(s.healthy)}, unhealthy after {num(s.unhealthy)}, code 200",
                f"Check {lit(s.path)} every {num(s.interval)} seconds for a 200: {num(s.healthy)}"
                f" successes make a target healthy, {num(s.unhealthy)} failures unhealthy",
                f"Health checks get {lit(s.path)} each {num(s.interval)} seconds and expect 200;"
                f" the thresholds are {num(s.healthy)} (healthy) and {num(s.unhealthy)}"
                f" (unhealthy)",
                pins=[
                    has(
                        target,
                        {
                            "health_check[0].path": s.path,
                            "health_check[0].interval": s.interval,
                            "health_check[0].healthy_threshold": s.healthy,
                            "health_check[0].unhealthy_threshold": s.unhealthy,
                            "health_check[0].matcher": "200",
                        },
                    )
                ],
            ),
            in_subnets(kind, "subnets", s.subnets, "the load balancer"),
            in_groups(kind, "security_groups", s.groups, "the load balancer"),
        ),
    )


def _application_answer(s: ApplicationBalancer) -> str:
    called = label(s.name)
    return f"""\
{provider(s.region)}
resource "aws_lb" "{called}" {{
  name                       = "{s.name}"
  load_balancer_type         = "application"
  internal                   = {switch(s.internal)}
  subnets                    = [{quoted(s.subnets)}]
  security_groups            = [{quoted(s.groups)}]
  idle_timeout               = {s.idle}
  drop_invalid_header_fields = true
}}

resource "aws_lb_target_group" "{label(s.target)}" {{
  name        = "{s.target}"
  target_type = "{s.targets}"
  port        = {s.port}
  protocol    = "HTTP"
  vpc_id      = "{s.vpc}"

  health_check {{
    path                = "{s.path}"
    interval            = {s.interval}
    healthy_threshold   = {s.healthy}
    unhealthy_threshold = {s.unhealthy}
    matcher             = "200"
  }}
}}

resource "aws_lb_listener" "https" {{
  load_balancer_arn = aws_lb.{called}.arn
  port              = 443
  protocol          = "HTTPS"
  ssl_policy        = "{s.policy}"
  certificate_arn   = "{s.certificate}"

  default_action {{
    type             = "forward"
    target_group_arn = aws_lb_target_group.{label(s.target)}.arn
  }}
}}

resource "aws_lb_listener" "http" {{
  load_balancer_arn = aws_lb.{called}.arn
  port              = 80
  protocol          = "HTTP"

  default_action {{
    type = "redirect"

    redirect {{
      port        = "443"
      protocol    = "HTTPS"
      status_code = "HTTP_301"
    }}
  }}
}}
"""


APPLICATION = Topic(
    name="alb-https",
    format="terraform",
    sample=_sample_application,
    brief=_application_brief,
    answer=_application_answer,
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


@dataclass(frozen=True, slots=True)
class ScalingGroup:
    """Instances from a launch template, as many as their CPU needs."""

    region: str
    name: str
    template: str
    ami: str
    type: str
    volume: int
    least: int
    most: int
    grace: int
    warmup: int
    share: int
    cpu: int
    environment: str
    subnets: tuple[str, ...]
    groups: tuple[str, ...]


def _sample_scaling(rng: Random) -> ScalingGroup:
    name, least = named(rng, "asg", "fleet", "workers", "web", "nodes"), rng.randint(1, 4)
    return ScalingGroup(
        region=rng.choice(REGIONS),
        name=name,
        template=f"{name}-{rng.choice(('template', 'lt', 'launch'))}",
        ami=identifier(rng, "ami"),
        type=rng.choice(
            ("t3.small", "t3.medium", "m6i.large", "m7i.xlarge", "c6i.large", "c7i.xlarge")
        ),
        volume=rng.choice((16, 20, 30, 40, 50, 80, 100)),
        least=least,
        most=least + rng.randint(2, 12),
        grace=rng.choice((60, 90, 120, 180, 240)),
        warmup=rng.choice((30, 45, 75, 100, 150)),
        share=rng.choice((50, 65, 75, 80)),
        cpu=rng.choice((40, 45, 55, 60, 70)),
        environment=rng.choice(ENVIRONMENTS),
        subnets=identifiers(rng, "subnet", rng.choice((2, 3))),
        groups=identifiers(rng, "sg", rng.choice((1, 2))),
    )


def _scaling_brief(s: ScalingGroup) -> Brief:
    kind, template, policy = (
        "aws_autoscaling_group",
        "aws_launch_template",
        "aws_autoscaling_policy",
    )
    tracking, disk = "target_tracking_configuration[0]", "block_device_mappings[0]"
    return Brief(
        need(
            f"Auto Scaling group {lit(s.name)} with the launch template {lit(s.template)}",
            f"a Terraform configuration for the Auto Scaling group {lit(s.name)} and its launch"
            f" template {lit(s.template)}",
            f"Terraform code for an Auto Scaling group {lit(s.name)} that starts instances from"
            f" a launch template {lit(s.template)}",
            pins=[
                planned(kind, "name", s.name),
                planned(template, "name", s.template),
                all_refer(kind, "launch_template[0].id", template),
            ],
        ),
        (
            in_region(s.region),
            need(
                f"{lit(s.type)} instances of {lit(s.ami)}, IMDSv2 required",
                f"Its instances are {lit(s.type)} from the AMI {lit(s.ami)} and require IMDSv2",
                f"Start {lit(s.type)} instances of {lit(s.ami)}; IMDSv2 tokens are required",
                pins=[
                    has(
                        template,
                        {
                            "image_id": s.ami,
                            "instance_type": s.type,
                            "metadata_options[0].http_tokens": "required",
                        },
                    )
                ],
            ),
            need(
                f"root device /dev/xvda: encrypted gp3, {num(s.volume)} GB",
                f"The root device /dev/xvda is {num(s.volume)} GB of encrypted gp3",
                f"Map /dev/xvda to an encrypted gp3 volume of {num(s.volume)} GB",
                pins=[
                    planned_true(
                        template,
                        f"{disk}.device_name == '/dev/xvda'"
                        f" && {disk}.ebs[0].volume_size == `{s.volume}`"
                        f" && {disk}.ebs[0].volume_type == 'gp3'"
                        f" && to_string({disk}.ebs[0].encrypted) == 'true'",
                    )
                ],
            ),
            need(
                f"{num(s.least)} to {num(s.most)} instances, ELB health checks after"
                f" {num(s.grace)} seconds",
                f"It has between {num(s.least)} and {num(s.most)} instances; their health is that"
                f" of the load balancer (ELB), with {num(s.grace)} seconds of grace",
                f"Size: at least {num(s.least)}, at most {num(s.most)}. The health check is of the"
                f" type ELB, and its grace period {num(s.grace)} seconds",
                pins=[
                    has(
                        kind,
                        {
                            "min_size": s.least,
                            "max_size": s.most,
                            "health_check_type": "ELB",
                            "health_check_grace_period": s.grace,
                        },
                    )
                ],
            ),
            need(
                "the version is the template's latest_version",
                "The group takes the template's latest_version by reference, so that a new version"
                " starts a refresh",
                "Refer to the template's latest_version, for $Latest hides that it changed",
                pins=[all_refer(kind, "launch_template[0].version", template)],
            ),
            need(
                f"rolling instance refresh with {num(s.share)} percent healthy",
                f"A change rolls through by instance refresh, with at least {num(s.share)} percent"
                f" healthy",
                f"Instance refresh: strategy Rolling, minimum healthy percentage {num(s.share)}",
                pins=[
                    has(
                        kind,
                        {
                            "instance_refresh[0].strategy": "Rolling",
                            "instance_refresh[0].preferences[0].min_healthy_percentage": s.share,
                        },
                    )
                ],
            ),
            need(
                f"target tracking of {num(s.cpu)} percent average CPU, warm-up {num(s.warmup)}"
                f" seconds",
                f"It scales to an average CPU utilization of {num(s.cpu)} percent by target"
                f" tracking; instances warm up for {num(s.warmup)} seconds",
                f"A target tracking policy holds the average CPU (ASGAverageCPUUtilization) at"
                f" {num(s.cpu)} percent, with an estimated warm-up of {num(s.warmup)} seconds",
                pins=[
                    has(
                        policy,
                        {
                            "policy_type": "TargetTrackingScaling",
                            "estimated_instance_warmup": s.warmup,
                            f"{tracking}.target_value": s.cpu,
                            f"{tracking}.predefined_metric_specification[0]"
                            ".predefined_metric_type": "ASGAverageCPUUtilization",
                        },
                    ),
                    all_refer(policy, "autoscaling_group_name", kind),
                ],
            ),
            need(
                f"instances tagged Environment = {lit(s.environment)} (propagated at launch)",
                f"The tag Environment with the value {lit(s.environment)} is propagated to the"
                f" instances at launch",
                f"Tag the group with Environment {lit(s.environment)}, and its instances at launch"
                f" as well",
                pins=[
                    planned_true(
                        kind,
                        f"tag[?key == 'Environment' && value == '{s.environment}'"
                        f" && propagate_at_launch] | [0]",
                    )
                ],
            ),
            in_subnets(kind, "vpc_zone_identifier", s.subnets, "the group"),
            in_groups(template, "vpc_security_group_ids", s.groups, "the instances"),
        ),
    )


def _scaling_answer(s: ScalingGroup) -> str:
    called = label(s.name)
    return f"""\
{provider(s.region)}
resource "aws_launch_template" "{called}" {{
  name                   = "{s.template}"
  image_id               = "{s.ami}"
  instance_type          = "{s.type}"
  vpc_security_group_ids = [{quoted(s.groups)}]

  metadata_options {{
    http_tokens = "required"
  }}

  block_device_mappings {{
    device_name = "/dev/xvda"

    ebs {{
      volume_size = {s.volume}
      volume_type = "gp3"
      encrypted   = true
    }}
  }}
}}

resource "aws_autoscaling_group" "{called}" {{
  name                      = "{s.name}"
  min_size                  = {s.least}
  max_size                  = {s.most}
  vpc_zone_identifier       = [{quoted(s.subnets)}]
  health_check_type         = "ELB"
  health_check_grace_period = {s.grace}

  launch_template {{
    id      = aws_launch_template.{called}.id
    version = aws_launch_template.{called}.latest_version
  }}

  instance_refresh {{
    strategy = "Rolling"

    preferences {{
      min_healthy_percentage = {s.share}
    }}
  }}

  tag {{
    key                 = "Environment"
    value               = "{s.environment}"
    propagate_at_launch = true
  }}
}}

resource "aws_autoscaling_policy" "{called}" {{
  name                      = "{s.name}-cpu"
  autoscaling_group_name    = aws_autoscaling_group.{called}.name
  policy_type               = "TargetTrackingScaling"
  estimated_instance_warmup = {s.warmup}

  target_tracking_configuration {{
    target_value = {s.cpu}

    predefined_metric_specification {{
      predefined_metric_type = "ASGAverageCPUUtilization"
    }}
  }}
}}
"""


SCALING = Topic(
    name="autoscaling-group",
    format="terraform",
    sample=_sample_scaling,
    brief=_scaling_brief,
    answer=_scaling_answer,
)
