"""Terraform, EKS: a cluster with a managed node group."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, lits, need, num
from datagen.categories.terraform.pieces import (
    attachment,
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
from datagen.pins import all_refer, has, members, planned, waits_for
from datagen.topic import Topic
from datagen.vocabulary import REGIONS, identifiers, named

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
            with_policies(f"{s.name}-cluster", _CLUSTER_POLICIES, whose="the cluster's role"),
            with_policies(f"{s.name}-nodes", _NODE_POLICIES, whose="the nodes' role"),
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
