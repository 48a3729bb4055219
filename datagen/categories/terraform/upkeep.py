"""Terraform, upkeep: a backup plan, a budget, a file system that several machines mount."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, lits, need, num
from datagen.categories.terraform.pieces import (
    attachment,
    in_groups,
    label,
    provider,
    quoted,
    role,
    service_role,
    with_policies,
)
from datagen.needs import in_region
from datagen.pins import (
    all_refer,
    count_of,
    has,
    planned,
    planned_all,
    planned_true,
)
from datagen.topic import Topic
from datagen.vocabulary import DOMAINS, ORGANISATIONS, REGIONS, identifiers, named

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
            with_policies(_BACKUP),
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
                pins=[planned_true(kind, told(s.actual, "ACTUAL", s.mailbox))],
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


@dataclass(frozen=True, slots=True)
class FileSystem:
    """An encrypted EFS with a mount target in each subnet and a way in for one application."""

    region: str
    token: str
    name: str
    throughput: int
    archive: str
    path: str
    user: int
    group: int
    permissions: str
    subnets: tuple[str, ...]
    groups: tuple[str, ...]


def _sample_files(rng: Random) -> FileSystem:
    name = named(rng, "files", "share", "uploads", "home", "media")
    domain = name.partition("-")[0]
    return FileSystem(
        region=rng.choice(REGIONS),
        token=f"{name}-{rng.choice(('efs', 'token', 'fs'))}",
        name=name,
        throughput=rng.choice((16, 32, 48, 64, 100, 128, 256)),
        archive=f"AFTER_{rng.choice((7, 14, 30, 60, 90))}_DAYS",
        path=f"/{domain}/{rng.choice(('data', 'files', 'shared', 'export'))}",
        user=rng.choice((1000, 1001, 1100, 2000, 5000, 10001)),
        group=rng.choice((1000, 1010, 1200, 2000, 3000, 10001)),
        permissions=rng.choice(("0755", "0750", "0775", "0770", "0700")),
        subnets=identifiers(rng, "subnet", rng.choice((2, 3))),
        groups=identifiers(rng, "sg", 1),
    )


def _files_brief(s: FileSystem) -> Brief:
    kind, mount, access, policy = (
        "aws_efs_file_system",
        "aws_efs_mount_target",
        "aws_efs_access_point",
        "aws_efs_backup_policy",
    )
    root = "root_directory[0]"
    return Brief(
        need(
            f"EFS file system with the creation token {lit(s.token)}, tagged Name = {lit(s.name)}",
            f"a Terraform configuration for an EFS file system with the creation token"
            f" {lit(s.token)} and the Name tag {lit(s.name)}",
            f"Terraform code for an EFS file system (creation token {lit(s.token)}, Name tag"
            f" {lit(s.name)})",
            pins=[
                has(kind, {"creation_token": s.token, "tags.Name": s.name}),
                *(all_refer(type, "file_system_id", kind) for type in (mount, access, policy)),
            ],
        ),
        (
            in_region(s.region),
            need(
                f"encrypted, provisioned throughput of {num(s.throughput)} MiB/s",
                f"It is encrypted and has a provisioned throughput of {num(s.throughput)} MiB/s",
                f"Encrypt it, and provision {num(s.throughput)} MiB/s",
                pins=[
                    has(
                        kind,
                        {
                            "encrypted": True,
                            "throughput_mode": "provisioned",
                            "provisioned_throughput_in_mibps": s.throughput,
                        },
                    )
                ],
            ),
            need(
                f"files move to infrequent access {lit(s.archive)}; automatic backups on",
                f"Files move to infrequent access {lit(s.archive)}, and automatic backups are"
                f" enabled",
                f"The lifecycle policy to IA is {lit(s.archive)}; a backup policy is ENABLED",
                pins=[
                    planned_true(
                        kind, f"lifecycle_policy[?transition_to_ia == '{s.archive}'] | [0]"
                    ),
                    has(policy, {"backup_policy[0].status": "ENABLED"}),
                ],
            ),
            need(
                f"mount targets, one resource with for_each, in the existing subnets"
                f" {lits(s.subnets)}",
                f"Mount targets lie in the existing subnets {lits(s.subnets)}: one resource with"
                f" for_each",
                f"Use for_each to make a mount target in each of the subnets {lits(s.subnets)}",
                pins=[
                    planned_all(mount, "subnet_id", s.subnets),
                    count_of(mount, len(s.subnets)),
                ],
            ),
            in_groups(mount, "security_groups", s.groups, "the mount targets"),
            need(
                f"access point at {lit(s.path)} as user {num(s.user)} and group {num(s.group)}",
                f"An access point leads to {lit(s.path)} and acts as the POSIX user"
                f" {num(s.user)} of the group {num(s.group)}",
                f"Its access point has the root {lit(s.path)} and the POSIX user"
                f" {num(s.user)}, group {num(s.group)}",
                pins=[
                    has(
                        access,
                        {
                            "posix_user[0].uid": s.user,
                            "posix_user[0].gid": s.group,
                            f"{root}.path": s.path,
                        },
                    )
                ],
            ),
            need(
                f"that directory is created with {lit(s.permissions)}, owned by the same user and"
                f" group",
                f"The directory is created for the same owner with the permissions"
                f" {lit(s.permissions)}",
                f"Create the directory with {lit(s.permissions)}; it belongs to the same user and"
                f" group",
                pins=[
                    has(
                        access,
                        {
                            f"{root}.creation_info[0].owner_uid": s.user,
                            f"{root}.creation_info[0].owner_gid": s.group,
                            f"{root}.creation_info[0].permissions": s.permissions,
                        },
                    )
                ],
            ),
        ),
    )


def _files_answer(s: FileSystem) -> str:
    called = label(s.name)
    return f"""\
{provider(s.region)}
resource "aws_efs_file_system" "{called}" {{
  creation_token                  = "{s.token}"
  encrypted                       = true
  throughput_mode                 = "provisioned"
  provisioned_throughput_in_mibps = {s.throughput}

  lifecycle_policy {{
    transition_to_ia = "{s.archive}"
  }}

  tags = {{
    Name = "{s.name}"
  }}
}}

resource "aws_efs_backup_policy" "{called}" {{
  file_system_id = aws_efs_file_system.{called}.id

  backup_policy {{
    status = "ENABLED"
  }}
}}

resource "aws_efs_mount_target" "{called}" {{
  for_each = toset([{quoted(s.subnets)}])

  file_system_id  = aws_efs_file_system.{called}.id
  subnet_id       = each.value
  security_groups = [{quoted(s.groups)}]
}}

resource "aws_efs_access_point" "{called}" {{
  file_system_id = aws_efs_file_system.{called}.id

  posix_user {{
    uid = {s.user}
    gid = {s.group}
  }}

  root_directory {{
    path = "{s.path}"

    creation_info {{
      owner_uid   = {s.user}
      owner_gid   = {s.group}
      permissions = "{s.permissions}"
    }}
  }}
}}
"""


FILES = Topic(
    name="efs-file-system",
    format="terraform",
    sample=_sample_files,
    brief=_files_brief,
    answer=_files_answer,
    bench_only=True,
)
