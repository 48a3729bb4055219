"""Terraform, Aurora: a serverless cluster."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, need, num
from datagen.categories.terraform.pieces import (
    in_groups,
    in_new_group,
    in_subnets,
    label,
    provider,
    quoted,
    subnet_group,
)
from datagen.needs import in_region
from datagen.pins import all_refer, count_of, has, planned
from datagen.topic import Topic
from datagen.vocabulary import REGIONS, identifiers, named

_AURORA = {
    "aurora-postgresql": ("16.6", "postgresql"),
    "aurora-mysql": ("8.0.mysql_aurora.3.08.2", "error"),
}
"""Version, and the log that is exported."""


@dataclass(frozen=True, slots=True)
class AuroraCluster:
    """A serverless cluster with some instances."""

    region: str
    name: str
    engine: str
    database: str
    instances: int
    least: float
    most: int
    retention: int
    window: str
    subnets: tuple[str, ...]
    groups: tuple[str, ...]


def _sample_aurora(rng: Random) -> AuroraCluster:
    name = named(rng, "aurora", "cluster", "db", "main")
    hour = rng.randint(0, 22)
    return AuroraCluster(
        region=rng.choice(REGIONS),
        name=name,
        engine=rng.choice(tuple(_AURORA)),
        database=name.partition("-")[0],
        instances=rng.randint(2, 4),
        least=rng.choice((0.5, 1.0, 2.0, 4.0)),
        most=rng.choice((8, 16, 32, 64)),
        retention=rng.choice((3, 5, 7, 10, 14, 21, 28, 35)),
        window=f"{hour:02}:{rng.choice(('00', '15', '30'))}-{hour + 1:02}:{rng.choice((30, 45))}",
        subnets=identifiers(rng, "subnet", 3),
        groups=identifiers(rng, "sg", rng.choice((1, 2))),
    )


def _aurora_brief(s: AuroraCluster) -> Brief:
    kind, member, group = "aws_rds_cluster", "aws_rds_cluster_instance", "aws_db_subnet_group"
    version, log = _AURORA[s.engine]
    least = f"{s.least:g}"
    return Brief(
        need(
            f"Aurora Serverless v2 cluster {lit(s.name)}, engine {lit(s.engine)} {lit(version)}",
            f"a Terraform configuration for an Aurora Serverless v2 cluster {lit(s.name)} with the"
            f" engine {lit(s.engine)} {lit(version)}",
            f"Terraform code for the Aurora cluster {lit(s.name)} ({lit(s.engine)}"
            f" {lit(version)}) on Serverless v2",
            pins=[
                has(
                    kind,
                    {"cluster_identifier": s.name, "engine": s.engine, "engine_version": version},
                )
            ],
        ),
        (
            in_region(s.region),
            need(
                f"{num(s.instances)} instances of class db.serverless, made with {lit('count')},"
                f" which take engine and version from the cluster",
                f"It has {num(s.instances)} instances of the class db.serverless; write one"
                f" resource with {lit('count')}, whose engine and version come from the cluster",
                f"Use {lit('count')} for its {num(s.instances)} db.serverless instances, and take"
                f" their engine and engine version from the cluster",
                pins=[
                    count_of(member, s.instances),
                    has(member, {"instance_class": "db.serverless"}),
                    *(
                        all_refer(member, argument, kind)
                        for argument in ("cluster_identifier", "engine", "engine_version")
                    ),
                ],
            ),
            need(
                f"scales from {lit(least)} to {num(s.most)} ACU",
                f"It scales between {lit(least)} and {num(s.most)} capacity units (ACU)",
                f"The capacity goes from {lit(least)} up to {num(s.most)} ACU",
                pins=[
                    has(
                        kind,
                        {
                            "serverlessv2_scaling_configuration[0].min_capacity": s.least,
                            "serverlessv2_scaling_configuration[0].max_capacity": s.most,
                        },
                    )
                ],
            ),
            need(
                f"database {lit(s.database)}, master user {lit('dbadmin')} with a password that"
                f" RDS manages, storage encrypted",
                f"The database is {lit(s.database)}, the master user {lit('dbadmin')}; RDS manages"
                f" its password, and storage is encrypted",
                f"Encrypt the storage, create the database {lit(s.database)}, and let RDS manage"
                f" the password of the master user {lit('dbadmin')}",
                pins=[
                    has(
                        kind,
                        {
                            "database_name": s.database,
                            "master_username": "dbadmin",
                            "manage_master_user_password": True,
                            "storage_encrypted": True,
                        },
                    )
                ],
            ),
            need(
                f"backups kept {num(s.retention)} days, taken {lit(s.window)}; final snapshot"
                f" {lit(f'{s.name}-final')}",
                f"Backups run at {lit(s.window)} and are kept {num(s.retention)} days; the final"
                f" snapshot is {lit(f'{s.name}-final')}",
                f"The backup window is {lit(s.window)}, retention {num(s.retention)} days, and"
                f" {lit(f'{s.name}-final')} the final snapshot",
                pins=[
                    has(
                        kind,
                        {
                            "backup_retention_period": s.retention,
                            "preferred_backup_window": s.window,
                            "final_snapshot_identifier": f"{s.name}-final",
                        },
                    )
                ],
            ),
            need(
                f"{lit(log)} log exported to CloudWatch",
                f"Export the {lit(log)} log to CloudWatch",
                f"Its {lit(log)} log goes to CloudWatch Logs",
                pins=[planned(kind, "enabled_cloudwatch_logs_exports", [log])],
            ),
            need(
                f"subnet group {lit(s.name)}",
                f"Create the DB subnet group {lit(s.name)} for it",
                f"The cluster uses a new subnet group {lit(s.name)}",
                pins=in_new_group(kind, "db_subnet_group_name", group, s.name),
            ),
            in_subnets(group, "subnet_ids", s.subnets, "the subnet group"),
            in_groups(kind, "vpc_security_group_ids", s.groups, "the cluster"),
        ),
    )


def _aurora_answer(s: AuroraCluster) -> str:
    version, log = _AURORA[s.engine]
    called = label(s.name)
    return f"""\
{provider(s.region)}{subnet_group("aws_db_subnet_group", called, s.name, s.subnets)}
resource "aws_rds_cluster" "{called}" {{
  cluster_identifier = "{s.name}"
  engine             = "{s.engine}"
  engine_version     = "{version}"

  database_name               = "{s.database}"
  master_username             = "dbadmin"
  manage_master_user_password = true
  storage_encrypted           = true

  db_subnet_group_name   = aws_db_subnet_group.{called}.name
  vpc_security_group_ids = [{quoted(s.groups)}]

  backup_retention_period         = {s.retention}
  preferred_backup_window         = "{s.window}"
  final_snapshot_identifier       = "{s.name}-final"
  enabled_cloudwatch_logs_exports = ["{log}"]

  serverlessv2_scaling_configuration {{
    min_capacity = {s.least:g}
    max_capacity = {s.most}
  }}
}}

resource "aws_rds_cluster_instance" "{called}" {{
  count = {s.instances}

  identifier         = "{s.name}-${{count.index}}"
  cluster_identifier = aws_rds_cluster.{called}.id
  engine             = aws_rds_cluster.{called}.engine
  engine_version     = aws_rds_cluster.{called}.engine_version
  instance_class     = "db.serverless"
}}
"""


AURORA = Topic(
    name="aurora-cluster",
    format="terraform",
    sample=_sample_aurora,
    brief=_aurora_brief,
    answer=_aurora_answer,
)
