"""Terraform, containers: an EKS cluster, a Fargate service, an ECR repository."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, lits, need, num
from datagen.categories.terraform.pieces import (
    attachment,
    in_groups,
    in_subnets,
    label,
    provider,
    quoted,
    role,
    service_role,
    switch,
    with_policies,
)
from datagen.needs import in_region
from datagen.pins import all_refer, count_of, has, members, planned, spells, waits_for
from datagen.topic import Topic
from datagen.vocabulary import PORTS, REGIONS, account, identifiers, image, named, service

_CLUSTER_POLICIES = ("AmazonEKSClusterPolicy",)
_NODE_POLICIES = (
    "AmazonEKSWorkerNodePolicy",
    "AmazonEKS_CNI_Policy",
    "AmazonEC2ContainerRegistryReadOnly",
)


@dataclass(frozen=True, slots=True)
class EksCluster:
    """A cluster with one managed node group."""

    region: str
    name: str
    version: str
    public: bool
    logs: tuple[str, ...]
    group: str
    types: tuple[str, ...]
    spot: bool
    disk: int
    least: int
    wanted: int
    most: int
    subnets: tuple[str, ...]


def _sample_cluster(rng: Random) -> EksCluster:
    least = rng.randint(1, 4)
    wanted = least + rng.randint(0, 3)
    return EksCluster(
        region=rng.choice(REGIONS),
        name=named(rng, "eks", "cluster", "platform", "k8s"),
        version=rng.choice(("1.31", "1.32", "1.33")),
        public=rng.random() < 0.4,
        logs=rng.choice(
            (("api", "audit"), ("audit", "authenticator"), ("api", "audit", "scheduler"))
        ),
        group=rng.choice(("general", "workers", "default", "apps", "system", "batch")),
        types=rng.choice(
            (
                ("m6i.large",),
                ("m7g.xlarge",),
                ("c6i.xlarge", "c6a.xlarge"),
                ("m5.large", "m5a.large"),
                ("r6i.large", "r6a.large"),
                ("t3.large",),
            )
        ),
        spot=rng.random() < 0.4,
        disk=rng.choice((30, 40, 50, 80, 100, 150)),
        least=least,
        wanted=wanted,
        most=wanted + rng.randint(1, 6),
        subnets=identifiers(rng, "subnet", rng.choice((2, 3))),
    )


def _architecture(s: EksCluster) -> str:
    return "ARM_64" if s.types[0].startswith("m7g") else "x86_64"


def _cluster_brief(s: EksCluster) -> Brief:
    kind, nodes = "aws_eks_cluster", "aws_eks_node_group"
    attached = "aws_iam_role_policy_attachment"
    capacity = "SPOT" if s.spot else "ON_DEMAND"
    ami = f"AL2023_{_architecture(s)}_STANDARD"
    access = "public as well as private" if s.public else "private only"
    return Brief(
        need(
            f"EKS cluster {lit(s.name)}, Kubernetes {lit(s.version)}, with the managed node group"
            f" {lit(s.group)}",
            f"a Terraform configuration for an EKS cluster {lit(s.name)} (Kubernetes"
            f" {lit(s.version)}) and its managed node group {lit(s.group)}",
            f"Terraform code that creates the EKS cluster {lit(s.name)} with Kubernetes"
            f" {lit(s.version)} and one managed node group, {lit(s.group)}",
            pins=[
                has(kind, {"name": s.name, "version": s.version}),
                planned(nodes, "node_group_name", s.group),
                all_refer(nodes, "cluster_name", kind),
            ],
        ),
        (
            in_region(s.region),
            service_role(f"{s.name}-cluster", "eks", kind, "role_arn", whose="the cluster's"),
            service_role(f"{s.name}-nodes", "ec2", nodes, "node_role_arn", whose="the nodes'"),
            with_policies(_CLUSTER_POLICIES, whose="the cluster's role"),
            with_policies(_NODE_POLICIES, whose="the nodes' role"),
            need(
                "depends_on: cluster and node group wait for the policies of their roles",
                "Cluster and node group wait for the policies of their roles (depends_on)",
                "With depends_on, neither cluster nor node group starts before the policies of its"
                " role are attached",
                pins=[waits_for(user, attached) for user in (kind, nodes)],
            ),
            in_subnets(kind, "vpc_config[0].subnet_ids", s.subnets, "the cluster"),
            need(
                "the nodes in the same subnets",
                "The node group uses the same subnets",
                "Cluster and node group share their subnets",
                pins=[members(nodes, "subnet_ids", s.subnets)],
            ),
            need(
                f"API endpoint {access}",
                f"Its API endpoint is {access}; say so explicitly for both kinds of access",
                f"State endpoint access explicitly: {access}",
                pins=[
                    has(
                        kind,
                        {
                            "vpc_config[0].endpoint_private_access": True,
                            "vpc_config[0].endpoint_public_access": s.public,
                        },
                    )
                ],
            ),
            need(
                f"control plane logs {lits(s.logs)}; access by API entries (authentication mode"
                f" API)",
                f"Switch the control plane logs {lits(s.logs)} on, and use the authentication mode"
                f" API",
                f"The authentication mode is API; the control plane logs are {lits(s.logs)}",
                pins=[
                    members(kind, "enabled_cluster_log_types", s.logs),
                    has(kind, {"access_config[0].authentication_mode": "API"}),
                ],
            ),
            need(
                f"{lit(capacity)} nodes of {lits(s.types, 'or')}, AMI type {lit(ami)},"
                f" {num(s.disk)} GB disk",
                f"The nodes are {lit(capacity)} instances of {lits(s.types, 'or')} with the AMI"
                f" type {lit(ami)} and a disk of {num(s.disk)} GB",
                f"Nodes: capacity type {lit(capacity)}, {lits(s.types, 'or')}, {lit(ami)} as AMI"
                f" type, {num(s.disk)} GB of disk",
                pins=[
                    has(nodes, {"capacity_type": capacity, "ami_type": ami, "disk_size": s.disk}),
                    planned(nodes, "instance_types", list(s.types)),
                ],
            ),
            need(
                f"{num(s.wanted)} nodes, between {num(s.least)} and {num(s.most)}",
                f"It starts with {num(s.wanted)} nodes and scales between {num(s.least)} and"
                f" {num(s.most)}",
                f"Node count: {num(s.least)} at least, {num(s.most)} at most, {num(s.wanted)}"
                f" desired",
                pins=[
                    has(
                        nodes,
                        {
                            "scaling_config[0].min_size": s.least,
                            "scaling_config[0].desired_size": s.wanted,
                            "scaling_config[0].max_size": s.most,
                        },
                    )
                ],
            ),
        ),
    )


def _cluster_answer(s: EksCluster) -> str:
    called = label(s.name)
    nodes = f"{called}_nodes"
    return f"""\
{provider(s.region)}{role(f"{called}_cluster", f"{s.name}-cluster", "eks")}\
{attachment(f"{called}_cluster", f"{called}_cluster", _CLUSTER_POLICIES[0])}
resource "aws_eks_cluster" "{called}" {{
  name     = "{s.name}"
  version  = "{s.version}"
  role_arn = aws_iam_role.{called}_cluster.arn

  enabled_cluster_log_types = [{quoted(s.logs)}]

  access_config {{
    authentication_mode = "API"
  }}

  vpc_config {{
    subnet_ids              = [{quoted(s.subnets)}]
    endpoint_private_access = true
    endpoint_public_access  = {switch(s.public)}
  }}

  depends_on = [aws_iam_role_policy_attachment.{called}_cluster]
}}
{role(nodes, f"{s.name}-nodes", "ec2")}
resource "aws_iam_role_policy_attachment" "{nodes}" {{
  for_each = toset([
    "arn:aws:iam::aws:policy/{_NODE_POLICIES[0]}",
    "arn:aws:iam::aws:policy/{_NODE_POLICIES[1]}",
    "arn:aws:iam::aws:policy/{_NODE_POLICIES[2]}",
  ])

  role       = aws_iam_role.{nodes}.name
  policy_arn = each.value
}}

resource "aws_eks_node_group" "{label(s.group)}" {{
  cluster_name    = aws_eks_cluster.{called}.name
  node_group_name = "{s.group}"
  node_role_arn   = aws_iam_role.{nodes}.arn
  subnet_ids      = [{quoted(s.subnets)}]
  capacity_type   = "{"SPOT" if s.spot else "ON_DEMAND"}"
  instance_types  = [{quoted(s.types)}]
  ami_type        = "AL2023_{_architecture(s)}_STANDARD"
  disk_size       = {s.disk}

  scaling_config {{
    min_size     = {s.least}
    desired_size = {s.wanted}
    max_size     = {s.most}
  }}

  depends_on = [aws_iam_role_policy_attachment.{nodes}]
}}
"""


CLUSTER = Topic(
    name="eks-cluster",
    format="terraform",
    sample=_sample_cluster,
    brief=_cluster_brief,
    answer=_cluster_answer,
)

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
            with_policies(_EXECUTION, whose="the execution role"),
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


@dataclass(frozen=True, slots=True)
class EcrRepository:
    """Images that expire by two rules, and an account that may pull them."""

    region: str
    name: str
    immutable: bool
    untagged: int
    prefix: str
    kept: int
    puller: str
    deletable: bool


def _sample_repository(rng: Random) -> EcrRepository:
    return EcrRepository(
        region=rng.choice(REGIONS),
        name=f"{rng.choice(('apps', 'services', 'backend', 'platform', 'ml'))}/{service(rng)}",
        immutable=rng.random() < 0.6,
        untagged=rng.choice((1, 3, 5, 7, 10, 14, 21, 30)),
        prefix=rng.choice(("v", "release-", "prod-", "rc-", "build-")),
        kept=rng.choice((5, 10, 15, 20, 25, 30, 40, 50, 100)),
        puller=account(rng),
        deletable=rng.random() < 0.5,
    )


def _repository_brief(s: EcrRepository) -> Brief:
    kind, cycle, policy = (
        "aws_ecr_repository",
        "aws_ecr_lifecycle_policy",
        "aws_ecr_repository_policy",
    )
    tags = "IMMUTABLE" if s.immutable else "MUTABLE"
    deleting = "may" if s.deletable else "must not"
    principal = f"arn:aws:iam::{s.puller}:root"
    pulls = ("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")

    return Brief(
        need(
            f"ECR repository {lit(s.name)} with a lifecycle policy and a repository policy, both by"
            f" jsonencode",
            f"a Terraform configuration for the ECR repository {lit(s.name)} with its lifecycle"
            f" and repository policies (written with jsonencode)",
            f"Terraform code for an ECR repository named {lit(s.name)}, a lifecycle policy and a"
            f" repository policy, the policies written with jsonencode",
            pins=[
                planned(kind, "name", s.name),
                all_refer(cycle, "repository", kind),
                all_refer(policy, "repository", kind),
            ],
        ),
        (
            in_region(s.region),
            need(
                f"tags {lit(tags)}, scanned on push, encrypted with {lit('KMS')}",
                f"Its tags are {lit(tags)}, images are scanned on push, and the encryption type is"
                f" {lit('KMS')}",
                f"Tag mutability is {lit(tags)}; scan on push, and encrypt with {lit('KMS')}",
                pins=[
                    has(
                        kind,
                        {
                            "image_tag_mutability": tags,
                            "image_scanning_configuration[0].scan_on_push": True,
                            "encryption_configuration[0].encryption_type": "KMS",
                        },
                    )
                ],
            ),
            need(
                f"a destroy {deleting} take images along (force_delete)",
                f"A destroy {deleting} take the images in it along: set force_delete to say so",
                f"Set force_delete explicitly: terraform destroy {deleting} delete a repository"
                f" that has images",
                pins=[planned(kind, "force_delete", s.deletable)],
            ),
            need(
                f"rule 1: untagged images expire {num(s.untagged)} days after the push",
                f"The first rule (priority 1) expires untagged images {num(s.untagged)} days after"
                f" they were pushed",
                f"Untagged images expire after {num(s.untagged)} days, counted from the push;"
                f" that is rule 1",
                pins=[
                    spells(
                        cycle,
                        "policy",
                        (
                            '"rules":[{"action":{"type":"expire"},',
                            '"rulePriority":1,"selection":{"countNumber":' + str(s.untagged) + ",",
                            '"countType":"sinceImagePushed","countUnit":"days",'
                            '"tagStatus":"untagged"}',
                        ),
                    )
                ],
            ),
            need(
                f"rule 2: of the images with the tag prefix {lit(s.prefix)} only the newest"
                f" {num(s.kept)} stay",
                f"The second rule (priority 2) keeps the newest {num(s.kept)} of the images whose"
                f" tag begins with {lit(s.prefix)}, and expires the others",
                f"Of the images with the tag prefix {lit(s.prefix)}, more than {num(s.kept)} are"
                f" too many: expire the oldest (rule 2)",
                pins=[
                    spells(
                        cycle,
                        "policy",
                        (
                            '}},{"action":{"type":"expire"},',
                            '"rulePriority":2,"selection":{"countNumber":' + str(s.kept) + ",",
                            '"countType":"imageCountMoreThan","tagPrefixList":["'
                            + s.prefix
                            + '"],"tagStatus":"tagged"}',
                        ),
                        without=('"rulePriority":3',),
                    )
                ],
            ),
            need(
                f"account {lit(s.puller)} ({lit(principal)}) may pull: {lits(pulls)} and no more",
                f"Let {lit(principal)}, the account {lit(s.puller)}, pull images; {lits(pulls)}"
                f" are all it may do",
                f"The repository policy allows {lits(pulls)}, nothing else, to the account"
                f" {lit(s.puller)} ({lit(principal)})",
                pins=[
                    spells(
                        policy,
                        "policy",
                        (*(f'"{action}"' for action in pulls), f'"{principal}"', '"Allow"'),
                        without=('"Deny"', '"*"', "ecr:Put", "ecr:*"),
                    ),
                    count_of(policy, 1),
                ],
            ),
        ),
    )


def _repository_answer(s: EcrRepository) -> str:
    called = label(s.name.partition("/")[2])
    return f"""\
{provider(s.region)}
resource "aws_ecr_repository" "{called}" {{
  name                 = "{s.name}"
  image_tag_mutability = "{"IMMUTABLE" if s.immutable else "MUTABLE"}"
  force_delete         = {switch(s.deletable)}

  image_scanning_configuration {{
    scan_on_push = true
  }}

  encryption_configuration {{
    encryption_type = "KMS"
  }}
}}

resource "aws_ecr_lifecycle_policy" "{called}" {{
  repository = aws_ecr_repository.{called}.name

  policy = jsonencode({{
    rules = [
      {{
        rulePriority = 1
        selection = {{
          tagStatus   = "untagged"
          countType   = "sinceImagePushed"
          countUnit   = "days"
          countNumber = {s.untagged}
        }}
        action = {{ type = "expire" }}
      }},
      {{
        rulePriority = 2
        selection = {{
          tagStatus     = "tagged"
          tagPrefixList = ["{s.prefix}"]
          countType     = "imageCountMoreThan"
          countNumber   = {s.kept}
        }}
        action = {{ type = "expire" }}
      }},
    ]
  }})
}}

resource "aws_ecr_repository_policy" "{called}" {{
  repository = aws_ecr_repository.{called}.name

  policy = jsonencode({{
    Version = "2012-10-17"
    Statement = [{{
      Effect    = "Allow"
      Principal = {{ AWS = "arn:aws:iam::{s.puller}:root" }}
      Action    = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    }}]
  }})
}}
"""


REPOSITORY = Topic(
    name="ecr-repository",
    format="terraform",
    sample=_sample_repository,
    brief=_repository_brief,
    answer=_repository_answer,
)
