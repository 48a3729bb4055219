"""Terraform, AWS Budgets: a budget that notifies."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, lits, need, num
from datagen.categories.terraform.pieces import (
    label,
    provider,
    quoted,
)
from datagen.needs import in_region
from datagen.pins import (
    has,
    planned,
    planned_true,
)
from datagen.topic import Topic
from datagen.vocabulary import DOMAINS, ORGANISATIONS, REGIONS


@dataclass(frozen=True, slots=True)
class Spending:
    """A monthly limit for one tag, and who hears of it when."""

    region: str
    name: str
    limit: int
    start: str
    tag: tuple[str, str]
    actual: int
    forecast: int
    mailbox: str
    other: str


def _sample_budget(rng: Random) -> Spending:
    domain, organisation = rng.choice(DOMAINS), rng.choice(ORGANISATIONS)
    return Spending(
        region=rng.choice(REGIONS),
        name=f"{domain}-{rng.choice(('monthly', 'budget', 'spend', 'costs'))}",
        limit=rng.choice((150, 250, 400, 500, 750, 1200, 2000, 5000, 10000)),
        start=f"20{rng.choice((25, 26))}-{rng.randint(1, 12):02}-01_00:00",
        tag=(rng.choice(("Team", "Project", "CostCenter", "Service")), domain),
        actual=rng.choice((50, 60, 70, 75, 80, 85, 90)),
        forecast=rng.choice((95, 100, 105, 110, 120)),
        mailbox=f"{rng.choice(('finance', 'finops', 'billing', 'costs'))}@{organisation}.com",
        other=f"{domain}-{rng.choice(('leads', 'owners', 'team', 'oncall'))}@{organisation}.com",
    )


def _budget_brief(s: Spending) -> Brief:
    kind, (key, value) = "aws_budgets_budget", s.tag

    def told(share: int, type: str, *mailboxes: str) -> str:
        heard = " && ".join(
            f"contains(subscriber_email_addresses, '{mailbox}')" for mailbox in mailboxes
        )
        return (
            f"notification[?threshold == `{share}` && notification_type == '{type}'"
            " && comparison_operator == 'GREATER_THAN' && threshold_type == 'PERCENTAGE'"
            f" && length(subscriber_email_addresses) == `{len(mailboxes)}` && {heard}] | [0]"
        )

    return Brief(
        need(
            f"monthly cost budget {lit(s.name)} of {num(s.limit)} USD",
            f"a Terraform configuration for a monthly cost budget {lit(s.name)} of {num(s.limit)}"
            f" USD",
            f"Terraform code for the AWS budget {lit(s.name)}: {num(s.limit)} USD of cost a month",
            pins=[
                has(kind, {"name": s.name, "budget_type": "COST", "time_unit": "MONTHLY"}),
                planned_true(kind, f"limit_amount == '{s.limit}' && limit_unit == 'USD'"),
            ],
        ),
        (
            in_region(s.region),
            need(
                f"from {lit(s.start)} on",
                f"The time period starts at {lit(s.start)}",
                f"Begin with {lit(s.start)}",
                pins=[planned(kind, "time_period_start", s.start)],
            ),
            need(
                f"counts what has the tag {lit(key)} with the value {lit(value)}",
                f"A cost filter on TagKeyValue counts only what is tagged {lit(key)} with"
                f" {lit(value)}",
                f"Filter by the user tag {lit(key)}, value {lit(value)} (TagKeyValue)",
                pins=[
                    planned_true(
                        kind,
                        "cost_filter[?name == 'TagKeyValue' && contains(values,"
                        f" 'user:{key}${value}')] | [0]",
                    )
                ],
            ),
            need(
                f"mail to {lit(s.mailbox)} above {num(s.actual)} percent of actual cost",
                f"When the actual cost is greater than {num(s.actual)} percent, mail"
                f" {lit(s.mailbox)}",
                f"{lit(s.mailbox)} hears when more than {num(s.actual)} percent are actually spent",
                pins=[
                    planned_true(kind, told(s.actual, "ACTUAL", s.mailbox)),
                    planned_true(kind, "length(notification) == `2`"),
                ],
            ),
            need(
                f"mail to {lits((s.mailbox, s.other))} above {num(s.forecast)} percent of"
                f" forecasted cost",
                f"When the forecast is greater than {num(s.forecast)} percent, mail both"
                f" {lits((s.mailbox, s.other))}",
                f"{lits((s.mailbox, s.other))} hear when more than {num(s.forecast)} percent are"
                f" forecasted",
                pins=[planned_true(kind, told(s.forecast, "FORECASTED", s.mailbox, s.other))],
            ),
        ),
    )


def _budget_answer(s: Spending) -> str:
    key, value = s.tag
    return f"""\
{provider(s.region)}
resource "aws_budgets_budget" "{label(s.name)}" {{
  name              = "{s.name}"
  budget_type       = "COST"
  limit_amount      = "{s.limit}"
  limit_unit        = "USD"
  time_unit         = "MONTHLY"
  time_period_start = "{s.start}"

  cost_filter {{
    name   = "TagKeyValue"
    values = ["user:{key}${value}"]
  }}

  notification {{
    notification_type          = "ACTUAL"
    comparison_operator        = "GREATER_THAN"
    threshold                  = {s.actual}
    threshold_type             = "PERCENTAGE"
    subscriber_email_addresses = ["{s.mailbox}"]
  }}

  notification {{
    notification_type          = "FORECASTED"
    comparison_operator        = "GREATER_THAN"
    threshold                  = {s.forecast}
    threshold_type             = "PERCENTAGE"
    subscriber_email_addresses = [{quoted((s.mailbox, s.other))}]
  }}
}}
"""


BUDGET = Topic(
    name="monthly-budget",
    format="terraform",
    sample=_sample_budget,
    brief=_budget_brief,
    answer=_budget_answer,
    bench_only=True,
)
