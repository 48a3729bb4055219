"""Terraform, an Application Load Balancer: HTTPS for one service."""

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
from datagen.pins import all_refer, count_of, has, refers
from datagen.topic import Topic
from datagen.vocabulary import (
    PORTS,
    REGIONS,
    account,
    identifier,
    identifiers,
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
