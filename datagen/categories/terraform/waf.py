"""Terraform, web application firewall: a web ACL with its rules."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, need, num
from datagen.categories.terraform.pieces import label, provider, switch
from datagen.needs import in_region
from datagen.pins import (
    all_refer,
    has,
    plan,
    planned,
    planned_true,
)
from datagen.topic import Topic
from datagen.vocabulary import REGIONS, service

_RESOURCES = "planned_values.root_module.resources"

_MANAGED = (
    "AWSManagedRulesCommonRuleSet",
    "AWSManagedRulesKnownBadInputsRuleSet",
    "AWSManagedRulesSQLiRuleSet",
    "AWSManagedRulesAmazonIpReputationList",
    "AWSManagedRulesLinuxRuleSet",
)


@dataclass(frozen=True, slots=True)
class Firewall:
    """A rate limit and one managed group of rules."""

    region: str
    name: str
    description: str
    limit: int
    window: int
    managed: str
    balancer: str
    sampled: bool


def _sample_firewall(rng: Random) -> Firewall:
    region, name = rng.choice(REGIONS), service(rng)
    account = rng.randint(10**11, 10**12 - 1)
    return Firewall(
        region=region,
        name=f"{name}-{rng.choice(('waf', 'acl', 'firewall'))}",
        description=f"Protects {rng.choice(('the public', 'the', 'every'))} {name}",
        limit=rng.choice((500, 1000, 1500, 2000, 3000, 5000)),
        window=rng.choice((60, 120, 600)),
        managed=rng.choice(_MANAGED),
        balancer=f"arn:aws:elasticloadbalancing:{region}:{account}:loadbalancer/app/{name}/"
        f"{rng.getrandbits(64):016x}",
        sampled=rng.random() < 0.5,
    )


def _firewall_brief(s: Firewall) -> Brief:
    kind, association = "aws_wafv2_web_acl", "aws_wafv2_web_acl_association"
    limit = "statement[0].rate_based_statement[0]"
    managed = "statement[0].managed_rule_group_statement[0]"
    sampled = "on" if s.sampled else "off"
    return Brief(
        need(
            f"regional web ACL {lit(s.name)} (WAFv2) on the load balancer {lit(s.balancer)}",
            f"a Terraform configuration for a regional WAFv2 web ACL {lit(s.name)} on the existing"
            f" load balancer {lit(s.balancer)}",
            f"Terraform code for the web ACL {lit(s.name)} (WAFv2, scope REGIONAL) that protects"
            f" the load balancer {lit(s.balancer)}",
            pins=[
                has(kind, {"name": s.name, "scope": "REGIONAL"}),
                planned(association, "resource_arn", s.balancer),
                all_refer(association, "web_acl_arn", kind),
            ],
        ),
        (
            in_region(s.region),
            need(
                f"description {lit(s.description)}; requests are allowed by default",
                f"It is described as {lit(s.description)} and allows requests by default",
                f"Describe it as {lit(s.description)}; its default action is to allow",
                pins=[
                    planned(kind, "description", s.description),
                    planned_true(kind, "length(default_action[0].allow || `[]`) > `0`"),
                ],
            ),
            need(
                f"rule {lit('rate-limit')}, priority 1: blocks an address after {num(s.limit)}"
                f" requests in {num(s.window)} seconds",
                f"The rule {lit('rate-limit')} of priority 1 blocks an IP address that sends more"
                f" than {num(s.limit)} requests in {num(s.window)} seconds",
                f"First (priority 1) comes {lit('rate-limit')}: by IP, {num(s.limit)} requests per"
                f" {num(s.window)} seconds, then block",
                pins=[
                    planned_true(
                        kind,
                        "rule[?name == 'rate-limit' && priority == `1`"
                        f" && {limit}.limit == `{s.limit}`"
                        f" && {limit}.evaluation_window_sec == `{s.window}`"
                        f" && {limit}.aggregate_key_type == 'IP'"
                        " && length(action[0].block || `[]`) > `0`] | [0]",
                    )
                ],
            ),
            need(
                f"rule {lit('managed')}, priority 2: {lit(s.managed)} of AWS, not overridden",
                f"The rule {lit('managed')} of priority 2 applies AWS's {lit(s.managed)} without"
                f" overriding its actions",
                f"Second (priority 2) comes {lit('managed')}, the group {lit(s.managed)} of the"
                f" vendor AWS, with its own actions (override none)",
                pins=[
                    planned_true(
                        kind,
                        "rule[?name == 'managed' && priority == `2`"
                        f" && {managed}.name == '{s.managed}' && {managed}.vendor_name == 'AWS'"
                        " && length(override_action[0].none || `[]`) > `0`] | [0]",
                    ),
                ],
            ),
            need(
                f"CloudWatch metrics {lit(s.name)}, {lit('rate-limit')} and {lit('managed')};"
                f" sampled requests {sampled}",
                f"ACL and rules have CloudWatch metrics, called {lit(s.name)},"
                f" {lit('rate-limit')} and {lit('managed')}; sampling of requests is {sampled}"
                f" everywhere",
                f"Metrics in CloudWatch are on as {lit(s.name)} for the ACL, {lit('rate-limit')}"
                f" and {lit('managed')} for the rules; sampled requests are {sampled} for all",
                pins=[
                    planned_true(
                        kind,
                        f"visibility_config[0].metric_name == '{s.name}'"
                        f" && rule[?visibility_config[0].metric_name == 'rate-limit'] | [0]",
                    ),
                    planned_true(kind, "rule[?visibility_config[0].metric_name == 'managed']"),
                    plan(
                        f"{_RESOURCES}[?type=='{kind}'].values.[visibility_config,"
                        " rule[].visibility_config[]][][] | sort_by(@, &metric_name)"
                        "[].[cloudwatch_metrics_enabled, sampled_requests_enabled]",
                        [[True, s.sampled]] * 3,
                    ),
                ],
            ),
        ),
    )


def _seen_as(metric: str, sampled: bool, indent: str) -> str:
    return f"""\
{indent}visibility_config {{
{indent}  metric_name                = "{metric}"
{indent}  cloudwatch_metrics_enabled = true
{indent}  sampled_requests_enabled   = {switch(sampled)}
{indent}}}
"""


def _firewall_answer(s: Firewall) -> str:
    called = label(s.name)
    return f"""\
{provider(s.region)}
resource "aws_wafv2_web_acl" "{called}" {{
  name        = "{s.name}"
  description = "{s.description}"
  scope       = "REGIONAL"

  default_action {{
    allow {{}}
  }}

  rule {{
    name     = "rate-limit"
    priority = 1

    action {{
      block {{}}
    }}

    statement {{
      rate_based_statement {{
        limit                 = {s.limit}
        evaluation_window_sec = {s.window}
        aggregate_key_type    = "IP"
      }}
    }}

{_seen_as("rate-limit", s.sampled, "    ")}  }}

  rule {{
    name     = "managed"
    priority = 2

    override_action {{
      none {{}}
    }}

    statement {{
      managed_rule_group_statement {{
        name        = "{s.managed}"
        vendor_name = "AWS"
      }}
    }}

{_seen_as("managed", s.sampled, "    ")}  }}

{_seen_as(s.name, s.sampled, "  ")}}}

resource "aws_wafv2_web_acl_association" "{called}" {{
  resource_arn = "{s.balancer}"
  web_acl_arn  = aws_wafv2_web_acl.{called}.arn
}}
"""


FIREWALL = Topic(
    name="waf-web-acl",
    format="terraform",
    sample=_sample_firewall,
    brief=_firewall_brief,
    answer=_firewall_answer,
    bench_only=True,
)
