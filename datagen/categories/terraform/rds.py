"""Terraform, RDS: an instance with its subnets and parameters."""

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
    switch,
)
from datagen.needs import in_region
from datagen.pins import all_refer, count_of, has, planned_true
from datagen.topic import Topic
from datagen.vocabulary import REGIONS, identifiers, named

_RDS = {
    "postgres": ("16.8", "postgres16", "PostgreSQL"),
    "mysql": ("8.0.41", "mysql8.0", "MySQL"),
    "mariadb": ("10.11.11", "mariadb10.11", "MariaDB"),
}
"""Version, family of parameter groups, and what people call it."""

_PARAMETERS = {
    "postgres": (
        ("log_min_duration_statement", ("250", "500", "1000", "2000")),
        ("idle_in_transaction_session_timeout", ("30000", "60000", "120000")),
        ("log_lock_waits", ("1",)),
    ),
    "mysql": (
        ("long_query_time", ("1", "2", "5")),
        ("wait_timeout", ("300", "600", "1800")),
        ("innodb_lock_wait_timeout", ("20", "30", "60")),
    ),
    "mariadb": (
        ("long_query_time", ("1", "2", "5")),
        ("interactive_timeout", ("600", "1800", "3600")),
        ("net_read_timeout", ("45", "60", "90")),
    ),
}


@dataclass(frozen=True, slots=True)
class RdsInstance:
    """A database with its network, one parameter and how it is kept safe."""

    region: str
    name: str
    engine: str
    parameter: tuple[str, str]
    database: str
    username: str
    type: str
    storage: int
    most: int
    multi_az: bool
    retention: int
    protected: bool
    subnets: tuple[str, ...]
    groups: tuple[str, ...]


def _sample_instance(rng: Random) -> RdsInstance:
    engine = rng.choice(tuple(_RDS))
    parameter, values = rng.choice(_PARAMETERS[engine])
    name = named(rng, "db", "database", "store", "records", "data")
    storage = rng.choice((20, 50, 100, 200))
    return RdsInstance(
        region=rng.choice(REGIONS),
        name=name,
        engine=engine,
        parameter=(parameter, rng.choice(values)),
        database=name.partition("-")[0],
        username=rng.choice(("app", "owner", "service", "dbadmin", "svc")),
        type=rng.choice(
            ("db.t4g.medium", "db.t4g.large", "db.m6g.large", "db.m7g.xlarge", "db.r6g.large")
        ),
        storage=storage,
        most=storage * rng.choice((2, 3, 5, 10)),
        multi_az=rng.random() < 0.6,
        retention=rng.choice((3, 5, 7, 10, 14, 21, 30, 35)),
        protected=rng.random() < 0.7,
        subnets=identifiers(rng, "subnet", rng.choice((2, 3))),
        groups=identifiers(rng, "sg", 1),
    )


def _instance_brief(s: RdsInstance) -> Brief:
    kind, group, parameters = "aws_db_instance", "aws_db_subnet_group", "aws_db_parameter_group"
    version, family, engine = _RDS[s.engine]
    parameter, value = s.parameter
    multi_az = "on" if s.multi_az else "off"
    protection = "on" if s.protected else "off"
    return Brief(
        need(
            f"RDS for {engine}, identifier {lit(s.name)}, engine {lit(s.engine)} {lit(version)}",
            f"a Terraform configuration for an RDS instance {lit(s.name)} with the engine"
            f" {lit(s.engine)} {lit(version)}",
            f"Terraform code for a {engine} database on RDS ({lit(s.engine)} {lit(version)}) with"
            f" the identifier {lit(s.name)}",
            pins=[
                has(kind, {"identifier": s.name, "engine": s.engine, "engine_version": version}),
                count_of(kind, 1),
            ],
        ),
        (
            in_region(s.region),
            need(
                f"class {lit(s.type)}, {num(s.storage)} GB of encrypted gp3 storage that grows to"
                f" {num(s.most)} GB",
                f"It is a {lit(s.type)} with {num(s.storage)} GB of encrypted gp3 storage, and may"
                f" autoscale its storage up to {num(s.most)} GB",
                f"Use the class {lit(s.type)}; storage is gp3, encrypted, starts at"
                f" {num(s.storage)} GB and autoscales to at most {num(s.most)} GB",
                pins=[
                    has(
                        kind,
                        {
                            "instance_class": s.type,
                            "allocated_storage": s.storage,
                            "max_allocated_storage": s.most,
                        },
                    ),
                    has(kind, {"storage_type": "gp3", "storage_encrypted": True}),
                ],
            ),
            need(
                f"initial database {lit(s.database)}, master user {lit(s.username)} whose password"
                f" RDS manages in Secrets Manager",
                f"It starts with the database {lit(s.database)}; the master user is"
                f" {lit(s.username)}, and RDS manages its password in Secrets Manager",
                f"No password in the code: let RDS manage the one of the master user"
                f" {lit(s.username)}. The initial database is {lit(s.database)}",
                pins=[
                    has(
                        kind,
                        {
                            "db_name": s.database,
                            "username": s.username,
                            "manage_master_user_password": True,
                        },
                    )
                ],
            ),
            need(
                f"parameter group {lit(s.name)} of family {lit(family)} with"
                f" {lit(parameter)} = {lit(value)}",
                f"A parameter group {lit(s.name)} of the family {lit(family)} sets"
                f" {lit(parameter)} to {lit(value)}",
                f"Set {lit(parameter)} to {lit(value)} in a parameter group of its own,"
                f" {lit(s.name)} of the family {lit(family)}",
                pins=[
                    has(parameters, {"name": s.name, "family": family}),
                    planned_true(
                        parameters,
                        f"parameter[?name == '{parameter}' && value == '{value}'] | [0]",
                    ),
                    all_refer(kind, "parameter_group_name", parameters),
                ],
            ),
            need(
                f"subnet group {lit(s.name)}",
                f"The database uses a new subnet group {lit(s.name)}",
                f"Create a DB subnet group {lit(s.name)} for the database",
                pins=in_new_group(kind, "db_subnet_group_name", group, s.name),
            ),
            in_subnets(group, "subnet_ids", s.subnets, "the subnet group"),
            in_groups(kind, "vpc_security_group_ids", s.groups, "the database"),
            need(
                f"Multi-AZ {multi_az}, backups kept {num(s.retention)} days, deletion protection"
                f" {protection}, final snapshot {lit(f'{s.name}-final')}",
                f"Multi-AZ is {multi_az} and deletion protection {protection}, both explicitly;"
                f" automated backups are kept {num(s.retention)} days and the final snapshot is"
                f" called {lit(f'{s.name}-final')}",
                f"Keep backups {num(s.retention)} days, take the final snapshot"
                f" {lit(f'{s.name}-final')}, and state Multi-AZ ({multi_az}) and deletion"
                f" protection ({protection}) explicitly",
                pins=[
                    has(
                        kind,
                        {
                            "multi_az": s.multi_az,
                            "backup_retention_period": s.retention,
                            "deletion_protection": s.protected,
                            "final_snapshot_identifier": f"{s.name}-final",
                        },
                    )
                ],
            ),
        ),
    )


def _instance_answer(s: RdsInstance) -> str:
    version, family, _ = _RDS[s.engine]
    called = label(s.name)
    return f"""\
{provider(s.region)}{subnet_group("aws_db_subnet_group", called, s.name, s.subnets)}
resource "aws_db_parameter_group" "{called}" {{
  name   = "{s.name}"
  family = "{family}"

  parameter {{
    name  = "{s.parameter[0]}"
    value = "{s.parameter[1]}"
  }}
}}

resource "aws_db_instance" "{called}" {{
  identifier     = "{s.name}"
  engine         = "{s.engine}"
  engine_version = "{version}"
  instance_class = "{s.type}"

  allocated_storage     = {s.storage}
  max_allocated_storage = {s.most}
  storage_type          = "gp3"
  storage_encrypted     = true

  db_name                     = "{s.database}"
  username                    = "{s.username}"
  manage_master_user_password = true

  db_subnet_group_name   = aws_db_subnet_group.{called}.name
  parameter_group_name   = aws_db_parameter_group.{called}.name
  vpc_security_group_ids = [{quoted(s.groups)}]

  multi_az                  = {switch(s.multi_az)}
  backup_retention_period   = {s.retention}
  deletion_protection       = {switch(s.protected)}
  final_snapshot_identifier = "{s.name}-final"
}}
"""


INSTANCE = Topic(
    name="rds-instance",
    format="terraform",
    sample=_sample_instance,
    brief=_instance_brief,
    answer=_instance_answer,
)
