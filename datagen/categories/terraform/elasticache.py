"""Terraform, ElastiCache: a Valkey or Redis replication group."""

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
from datagen.pins import all_refer, has, planned_true
from datagen.topic import Topic
from datagen.vocabulary import REGIONS, identifiers, named

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
                pins=in_new_group(kind, "subnet_group_name", group, s.name),
            ),
            in_subnets(group, "subnet_ids", s.subnets, "the subnet group"),
            in_groups(kind, "security_group_ids", s.groups, "the cache"),
        ),
    )


def _cache_answer(s: CacheGroup) -> str:
    version, family, engine = _CACHES[s.engine]
    called = label(s.name)
    return f"""\
{provider(s.region)}{subnet_group("aws_elasticache_subnet_group", called, s.name, s.subnets)}
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
