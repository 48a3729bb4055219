"""Terraform, databases: an RDS instance, an Aurora cluster, a Valkey or Redis cache."""

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
from datagen.pins import all_refer, count_of, has, planned, planned_true
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
                pins=[
                    planned(group, "name", s.name),
                    all_refer(kind, "db_subnet_group_name", group),
                ],
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
{provider(s.region)}
resource "aws_db_subnet_group" "{called}" {{
  name       = "{s.name}"
  subnet_ids = [{quoted(s.subnets)}]
}}

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
                pins=[
                    planned(group, "name", s.name),
                    all_refer(kind, "db_subnet_group_name", group),
                ],
            ),
            in_subnets(group, "subnet_ids", s.subnets, "the subnet group"),
            in_groups(kind, "vpc_security_group_ids", s.groups, "the cluster"),
        ),
    )


def _aurora_answer(s: AuroraCluster) -> str:
    version, log = _AURORA[s.engine]
    called = label(s.name)
    return f"""\
{provider(s.region)}
resource "aws_db_subnet_group" "{called}" {{
  name       = "{s.name}"
  subnet_ids = [{quoted(s.subnets)}]
}}

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

_CACHES = {
    "redis": ("7.1", "redis7", "Redis"),
    "valkey": ("8.0", "valkey8", "Valkey"),
}
_POLICIES = ("allkeys-lru", "volatile-lru", "allkeys-lfu", "volatile-ttl", "noeviction")


@dataclass(frozen=True, slots=True)
class CacheGroup:
    """A replication group with a parameter group and automatic failover."""

    region: str
    name: str
    engine: str
    type: str
    nodes: int
    port: int
    policy: str
    snapshots: int
    maintenance: str
    subnets: tuple[str, ...]
    groups: tuple[str, ...]


def _sample_cache(rng: Random) -> CacheGroup:
    hour, day = rng.randint(0, 22), rng.choice(("mon", "tue", "wed", "thu", "fri", "sat", "sun"))
    return CacheGroup(
        region=rng.choice(REGIONS),
        name=named(rng, "cache", "sessions", "tokens", "hot"),
        engine=rng.choice(tuple(_CACHES)),
        type=rng.choice(
            ("cache.t4g.small", "cache.t4g.medium", "cache.m7g.large", "cache.r7g.large")
        ),
        nodes=rng.randint(2, 5),
        port=rng.choice((6379, 6380, 6390, 7000)),
        policy=rng.choice(_POLICIES),
        snapshots=rng.choice((1, 2, 3, 5, 7, 10, 14)),
        maintenance=f"{day}:{hour:02}:00-{day}:{hour + 1:02}:{rng.choice(('00', '30'))}",
        subnets=identifiers(rng, "subnet", rng.choice((2, 3))),
        groups=identifiers(rng, "sg", 1),
    )


def _cache_brief(s: CacheGroup) -> Brief:
    kind = "aws_elasticache_replication_group"
    group, parameters = "aws_elasticache_subnet_group", "aws_elasticache_parameter_group"
    version, family, engine = _CACHES[s.engine]
    description = f"{engine} of the {s.name.partition('-')[0]} team"
    return Brief(
        need(
            f"ElastiCache replication group {lit(s.name)}, engine {lit(s.engine)} {lit(version)},"
            f" described as {lit(description)}",
            f"a Terraform configuration for an ElastiCache replication group {lit(s.name)} with"
            f" the engine {lit(s.engine)} {lit(version)} and the description {lit(description)}",
            f"Terraform code for a {engine} cache in ElastiCache ({lit(s.engine)} {lit(version)}):"
            f" replication group {lit(s.name)}, described as {lit(description)}",
            pins=[
                has(
                    kind,
                    {
                        "replication_group_id": s.name,
                        "engine": s.engine,
                        "engine_version": version,
                        "description": description,
                    },
                )
            ],
        ),
        (
            in_region(s.region),
            need(
                f"{num(s.nodes)} nodes of type {lit(s.type)}, port {num(s.port)}",
                f"It has {num(s.nodes)} {lit(s.type)} nodes and listens on port {num(s.port)}",
                f"Run {num(s.nodes)} cache nodes of type {lit(s.type)}, on port {num(s.port)}",
                pins=[
                    has(
                        kind,
                        {"node_type": s.type, "num_cache_clusters": s.nodes, "port": s.port},
                    )
                ],
            ),
            need(
                "automatic failover over several zones (Multi-AZ)",
                "Multi-AZ and automatic failover are on",
                "It fails over automatically, with Multi-AZ enabled",
                pins=[has(kind, {"automatic_failover_enabled": True, "multi_az_enabled": True})],
            ),
            need(
                "encrypted at rest and in transit",
                "Encrypt it at rest and in transit",
                "Both kinds of encryption are on: at rest and in transit",
                pins=[
                    planned_true(
                        kind,
                        "to_string(at_rest_encryption_enabled) == 'true'"
                        " && transit_encryption_enabled",
                    )
                ],
            ),
            need(
                f"parameter group {lit(s.name)} of family {lit(family)} with maxmemory-policy"
                f" {lit(s.policy)}",
                f"Set maxmemory-policy to {lit(s.policy)} in a parameter group {lit(s.name)} of"
                f" the family {lit(family)}",
                f"A parameter group {lit(s.name)} (family {lit(family)}) has the maxmemory-policy"
                f" {lit(s.policy)}",
                pins=[
                    has(parameters, {"name": s.name, "family": family}),
                    planned_true(
                        parameters,
                        f"parameter[?name == 'maxmemory-policy' && value == '{s.policy}'] | [0]",
                    ),
                    all_refer(kind, "parameter_group_name", parameters),
                ],
            ),
            need(
                f"snapshots kept {num(s.snapshots)} days, maintenance {lit(s.maintenance)}",
                f"Keep snapshots for {num(s.snapshots)} days; maintenance is at"
                f" {lit(s.maintenance)}",
                f"The maintenance window is {lit(s.maintenance)}, and snapshots are retained"
                f" {num(s.snapshots)} days",
                pins=[
                    has(
                        kind,
                        {
                            "snapshot_retention_limit": s.snapshots,
                            "maintenance_window": s.maintenance,
                        },
                    )
                ],
            ),
            need(
                f"subnet group {lit(s.name)}",
                f"Create the cache subnet group {lit(s.name)} for it",
                f"It uses a new ElastiCache subnet group {lit(s.name)}",
                pins=[
                    planned(group, "name", s.name),
                    all_refer(kind, "subnet_group_name", group),
                ],
            ),
            in_subnets(group, "subnet_ids", s.subnets, "the subnet group"),
            in_groups(kind, "security_group_ids", s.groups, "the cache"),
        ),
    )


def _cache_answer(s: CacheGroup) -> str:
    version, family, engine = _CACHES[s.engine]
    called = label(s.name)
    return f"""\
{provider(s.region)}
resource "aws_elasticache_subnet_group" "{called}" {{
  name       = "{s.name}"
  subnet_ids = [{quoted(s.subnets)}]
}}

resource "aws_elasticache_parameter_group" "{called}" {{
  name   = "{s.name}"
  family = "{family}"

  parameter {{
    name  = "maxmemory-policy"
    value = "{s.policy}"
  }}
}}

resource "aws_elasticache_replication_group" "{called}" {{
  replication_group_id = "{s.name}"
  description          = "{engine} of the {s.name.partition("-")[0]} team"
  engine               = "{s.engine}"
  engine_version       = "{version}"
  node_type            = "{s.type}"
  num_cache_clusters   = {s.nodes}
  port                 = {s.port}

  automatic_failover_enabled = true
  multi_az_enabled           = true
  at_rest_encryption_enabled = true
  transit_encryption_enabled = true

  parameter_group_name = aws_elasticache_parameter_group.{called}.name
  subnet_group_name    = aws_elasticache_subnet_group.{called}.name
  security_group_ids   = [{quoted(s.groups)}]

  snapshot_retention_limit = {s.snapshots}
  maintenance_window       = "{s.maintenance}"
}}
"""


CACHE = Topic(
    name="elasticache-replication",
    format="terraform",
    sample=_sample_cache,
    brief=_cache_brief,
    answer=_cache_answer,
)
