"""Terraform, ECS: a service on Fargate."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, need, num
from datagen.categories.terraform.pieces import (
    attachment,
    in_groups,
    in_subnets,
    label,
    provider,
    quoted,
    role,
    service_role,
    with_policies,
)
from datagen.needs import in_region
from datagen.pins import all_refer, has, members, planned, spells
from datagen.topic import Topic
from datagen.vocabulary import PORTS, REGIONS, identifiers, image, service

_SIZES = ((256, 512), (256, 1024), (512, 1024), (512, 2048), (1024, 2048), (1024, 4096))

_EXECUTION = ("service-role/AmazonECSTaskExecutionRolePolicy",)


@dataclass(frozen=True, slots=True)
class Fargate:
    """One container as a service of a new cluster, with its log group."""

    region: str
    name: str
    cluster: str
    image: str
    port: int
    cpu: int
    memory: int
    count: int
    retention: int
    variable: tuple[str, str]
    subnets: tuple[str, ...]
    groups: tuple[str, ...]


def _sample_fargate(rng: Random) -> Fargate:
    name = service(rng)
    cpu, memory = rng.choice(_SIZES)
    return Fargate(
        region=rng.choice(REGIONS),
        name=name,
        cluster=rng.choice(("main", "apps", "platform", "services", "core", "backend")),
        image=image(rng, name),
        port=rng.choice(PORTS),
        cpu=cpu,
        memory=memory,
        count=rng.randint(2, 8),
        retention=rng.choice((7, 14, 30, 60, 90, 180)),
        variable=rng.choice(
            (
                ("LOG_LEVEL", "info"),
                ("LOG_LEVEL", "debug"),
                ("APP_ENV", "production"),
                ("APP_ENV", "staging"),
                ("LOG_FORMAT", "json"),
            )
        ),
        subnets=identifiers(rng, "subnet", rng.choice((2, 3))),
        groups=identifiers(rng, "sg", 1),
    )


def _fargate_brief(s: Fargate) -> Brief:
    kind, task, logs = "aws_ecs_service", "aws_ecs_task_definition", "aws_cloudwatch_log_group"
    group = f"/ecs/{s.name}"
    key, value = s.variable
    return Brief(
        need(
            f"Fargate service {lit(s.name)} in the new ECS cluster {lit(s.cluster)}",
            f"a Terraform configuration for an ECS service {lit(s.name)} on Fargate in a new"
            f" cluster {lit(s.cluster)}",
            f"Terraform code that runs the service {lit(s.name)} on ECS Fargate, the cluster"
            f" {lit(s.cluster)} included",
            pins=[
                has(kind, {"name": s.name, "launch_type": "FARGATE"}),
                planned("aws_ecs_cluster", "name", s.cluster),
                all_refer(kind, "cluster", "aws_ecs_cluster"),
                all_refer(kind, "task_definition", task),
            ],
        ),
        (
            in_region(s.region),
            need(
                f"task definition of family {lit(s.name)} for Fargate in awsvpc mode, CPU"
                f" {num(s.cpu)}, memory {num(s.memory)}",
                f"The task definition is of the family {lit(s.name)}, requires FARGATE, uses"
                f" the network mode awsvpc and has {num(s.cpu)} CPU units and {num(s.memory)} MiB",
                f"Task size: {num(s.cpu)} CPU units, {num(s.memory)} MiB of memory; family"
                f" {lit(s.name)}, network mode awsvpc, compatibility FARGATE",
                pins=[
                    has(
                        task,
                        {
                            "family": s.name,
                            "network_mode": "awsvpc",
                            "cpu": str(s.cpu),
                            "memory": str(s.memory),
                        },
                    ),
                    members(task, "requires_compatibilities", ["FARGATE"]),
                ],
            ),
            need(
                f"one container {lit(s.name)} of {lit(s.image)}, TCP port {num(s.port)}",
                f"Its container is called {lit(s.name)}, runs {lit(s.image)} and listens on TCP"
                f" port {num(s.port)}",
                f"Run {lit(s.image)} in a container {lit(s.name)} with port {num(s.port)} (TCP)",
                pins=[
                    spells(
                        task,
                        "container_definitions",
                        (
                            f'"name":"{s.name}"',
                            f'"image":"{s.image}"',
                            f'"containerPort":{s.port}',
                        ),
                        without=('"udp"',),
                    )
                ],
            ),
            need(
                f"environment {lit(f'{key}={value}')}; the container is essential",
                f"Set {lit(f'{key}={value}')} in the container, which is essential",
                f"The container is essential and has {lit(f'{key}={value}')} in its environment",
                pins=[
                    spells(
                        task,
                        "container_definitions",
                        (f'{{"name":"{key}","value":"{value}"}}', '"essential":true'),
                    )
                ],
            ),
            need(
                f"awslogs to the log group {lit(group)}, kept {num(s.retention)} days",
                f"It logs with awslogs to a new log group {lit(group)} whose logs are kept"
                f" {num(s.retention)} days",
                f"Create the log group {lit(group)} with a retention of {num(s.retention)} days"
                f" and send the container's logs there (awslogs)",
                pins=[
                    has(logs, {"name": group, "retention_in_days": s.retention}),
                    all_refer(task, "container_definitions", logs),
                    spells(
                        task,
                        "container_definitions",
                        (
                            '"logDriver":"awslogs"',
                            f'"awslogs-group":"{group}"',
                            f'"awslogs-region":"{s.region}"',
                        ),
                    ),
                ],
            ),
            service_role(
                f"{s.name}-execution",
                "ecs-tasks",
                task,
                "execution_role_arn",
                whose="the task's execution",
            ),
            with_policies(f"{s.name}-execution", _EXECUTION, whose="the execution role"),
            need(
                f"{num(s.count)} tasks without public addresses; a failing deployment rolls back",
                f"Keep {num(s.count)} tasks running, without public IP addresses, and let the"
                f" deployment circuit breaker roll back",
                f"The desired count is {num(s.count)}; no public IPs; the deployment circuit"
                f" breaker is enabled with rollback",
                pins=[
                    has(kind, {"desired_count": s.count}),
                    has(kind, {"network_configuration[0].assign_public_ip": False}),
                    has(
                        kind,
                        {
                            "deployment_circuit_breaker[0].enable": True,
                            "deployment_circuit_breaker[0].rollback": True,
                        },
                    ),
                ],
            ),
            in_subnets(kind, "network_configuration[0].subnets", s.subnets, "the tasks"),
            in_groups(kind, "network_configuration[0].security_groups", s.groups, "the tasks"),
        ),
    )


def _fargate_answer(s: Fargate) -> str:
    called, key, value = label(s.name), *s.variable
    return f"""\
{provider(s.region)}
resource "aws_ecs_cluster" "{s.cluster}" {{
  name = "{s.cluster}"
}}

resource "aws_cloudwatch_log_group" "{called}" {{
  name              = "/ecs/{s.name}"
  retention_in_days = {s.retention}
}}
{role(f"{called}_execution", f"{s.name}-execution", "ecs-tasks")}\
{attachment(f"{called}_execution", f"{called}_execution", _EXECUTION[0])}
resource "aws_ecs_task_definition" "{called}" {{
  family                   = "{s.name}"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = {s.cpu}
  memory                   = {s.memory}
  execution_role_arn       = aws_iam_role.{called}_execution.arn

  container_definitions = jsonencode([{{
    name         = "{s.name}"
    image        = "{s.image}"
    essential    = true
    portMappings = [{{ containerPort = {s.port}, protocol = "tcp" }}]
    environment  = [{{ name = "{key}", value = "{value}" }}]
    logConfiguration = {{
      logDriver = "awslogs"
      options = {{
        "awslogs-group"         = aws_cloudwatch_log_group.{called}.name
        "awslogs-region"        = "{s.region}"
        "awslogs-stream-prefix" = "app"
      }}
    }}
  }}])
}}

resource "aws_ecs_service" "{called}" {{
  name            = "{s.name}"
  cluster         = aws_ecs_cluster.{s.cluster}.id
  task_definition = aws_ecs_task_definition.{called}.arn
  desired_count   = {s.count}
  launch_type     = "FARGATE"

  network_configuration {{
    subnets          = [{quoted(s.subnets)}]
    security_groups  = [{quoted(s.groups)}]
    assign_public_ip = false
  }}

  deployment_circuit_breaker {{
    enable   = true
    rollback = true
  }}
}}
"""


FARGATE = Topic(
    name="ecs-fargate-service",
    format="terraform",
    sample=_sample_fargate,
    brief=_fargate_brief,
    answer=_fargate_answer,
)
