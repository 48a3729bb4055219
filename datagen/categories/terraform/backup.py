"""Terraform, AWS Backup: a vault, a plan and what it selects."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, need, num
from datagen.categories.terraform.pieces import (
    attachment,
    label,
    provider,
    role,
    service_role,
    with_policies,
)
from datagen.needs import in_region
from datagen.pins import (
    all_refer,
    planned,
    planned_true,
)
from datagen.topic import Topic
from datagen.vocabulary import DOMAINS, REGIONS

_BACKUP = ("service-role/AWSBackupServiceRolePolicyForBackup",)


@dataclass(frozen=True, slots=True)
class BackupPlan:
    """A vault, a daily rule, and what is backed up by its tag."""

    region: str
    name: str
    vault: str
    rule: str
    schedule: str
    start: int
    completion: int
    cold: int
    kept: int
    selection: str
    tag: tuple[str, str]


def _sample_backup(rng: Random) -> BackupPlan:
    domain, cold = rng.choice(DOMAINS), rng.choice((7, 14, 30, 45, 60))
    return BackupPlan(
        region=rng.choice(REGIONS),
        name=f"{domain}-{rng.choice(('backups', 'plan', 'daily', 'protection'))}",
        vault=f"{domain}-{rng.choice(('vault', 'safe', 'recovery'))}",
        rule=rng.choice(("nightly", "daily", "every-night", "once-a-day")),
        schedule=f"cron({rng.choice((0, 15, 30, 45))} {rng.randint(0, 6)} * * ? *)",
        start=rng.choice((60, 90, 120, 180)),
        completion=rng.choice((240, 300, 360, 480, 720)),
        cold=cold,
        kept=cold + rng.choice((90, 120, 180, 365)),
        selection=f"{domain}-{rng.choice(('tagged', 'resources', 'selection'))}",
        tag=rng.choice(
            (
                ("Backup", "true"),
                ("Backup", "daily"),
                ("backup-plan", "standard"),
                ("Tier", "gold"),
                ("DataClass", "critical"),
            )
        ),
    )


def _backup_brief(s: BackupPlan) -> Brief:
    vault, kind, selection = "aws_backup_vault", "aws_backup_plan", "aws_backup_selection"
    key, value = s.tag
    return Brief(
        need(
            f"AWS Backup plan {lit(s.name)} into the new vault {lit(s.vault)}",
            f"a Terraform configuration for an AWS Backup plan {lit(s.name)} and the vault"
            f" {lit(s.vault)} it writes to",
            f"Terraform code for the backup vault {lit(s.vault)} and a plan {lit(s.name)} (AWS"
            f" Backup) that fills it",
            pins=[
                planned(kind, "name", s.name),
                planned(vault, "name", s.vault),
                planned_true(kind, f"rule[0].target_vault_name == '{s.vault}'"),
                all_refer(kind, "rule[0].target_vault_name", vault),
            ],
        ),
        (
            in_region(s.region),
            need(
                f"rule {lit(s.rule)} at {lit(s.schedule)}",
                f"Its rule {lit(s.rule)} runs at {lit(s.schedule)}",
                f"Back up by one rule, {lit(s.rule)}, scheduled at {lit(s.schedule)}",
                pins=[planned_true(kind, _rule(rule_name=s.rule, schedule=s.schedule))],
            ),
            need(
                f"starts within {num(s.start)} minutes, done within {num(s.completion)} minutes",
                f"A backup has to start within {num(s.start)} minutes and be complete after"
                f" {num(s.completion)}",
                f"The start window is {num(s.start)} minutes, the completion window"
                f" {num(s.completion)}",
                pins=[
                    planned_true(kind, _rule(start_window=s.start, completion_window=s.completion))
                ],
            ),
            need(
                f"cold storage after {num(s.cold)} days, deleted after {num(s.kept)}",
                f"Recovery points move to cold storage after {num(s.cold)} days and are deleted"
                f" after {num(s.kept)}",
                f"Keep recovery points {num(s.kept)} days, from day {num(s.cold)} on in cold"
                f" storage",
                pins=[
                    planned_true(
                        kind,
                        f"rule[0].lifecycle[0].cold_storage_after == `{s.cold}`"
                        f" && rule[0].lifecycle[0].delete_after == `{s.kept}`",
                    )
                ],
            ),
            need(
                f"selection {lit(s.selection)}: what is tagged {lit(f'{key}={value}')}",
                f"The selection {lit(s.selection)} takes what has the tag {lit(key)} with the"
                f" value {lit(value)} ({lit(f'{key}={value}')})",
                f"Resources with {lit(f'{key}={value}')} as a tag are backed up (selection"
                f" {lit(s.selection)})",
                pins=[
                    planned(selection, "name", s.selection),
                    all_refer(selection, "plan_id", kind),
                    planned_true(
                        selection,
                        f"selection_tag[?type == 'STRINGEQUALS' && key == '{key}'"
                        f" && value == '{value}'] | [0]",
                    ),
                ],
            ),
            service_role(f"{s.name}-role", "backup", selection, "iam_role_arn"),
            with_policies(f"{s.name}-role", _BACKUP),
        ),
    )


def _rule(**values: str | int) -> str:
    """Condition: the first rule of a backup plan has these values."""
    parts = (
        f"{name} == '{value}'" if isinstance(value, str) else f"{name} == `{value}`"
        for name, value in values.items()
    )
    return f"rule[?{' && '.join(parts)}] | [0]"


def _backup_answer(s: BackupPlan) -> str:
    called, (key, value) = label(s.name), s.tag
    return f"""\
{provider(s.region)}
resource "aws_backup_vault" "{label(s.vault)}" {{
  name = "{s.vault}"
}}

resource "aws_backup_plan" "{called}" {{
  name = "{s.name}"

  rule {{
    rule_name         = "{s.rule}"
    target_vault_name = aws_backup_vault.{label(s.vault)}.name
    schedule          = "{s.schedule}"
    start_window      = {s.start}
    completion_window = {s.completion}

    lifecycle {{
      cold_storage_after = {s.cold}
      delete_after       = {s.kept}
    }}
  }}
}}
{role(called, f"{s.name}-role", "backup")}{attachment(called, called, _BACKUP[0])}
resource "aws_backup_selection" "{called}" {{
  name         = "{s.selection}"
  plan_id      = aws_backup_plan.{called}.id
  iam_role_arn = aws_iam_role.{called}.arn

  selection_tag {{
    type  = "STRINGEQUALS"
    key   = "{key}"
    value = "{value}"
  }}
}}
"""


BACKUP = Topic(
    name="backup-plan",
    format="terraform",
    sample=_sample_backup,
    brief=_backup_brief,
    answer=_backup_answer,
    bench_only=True,
)
