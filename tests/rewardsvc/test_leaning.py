"""What an answer leans on, read from its text, so that its task's means name it."""

from collections.abc import Mapping

import pytest

from rewardsvc.leaning import leaned_on, with_versions
from rewardsvc.reward import DEFAULT_WEIGHTS, rule_of
from rewardsvc.types import (
    Component,
    Diagnostic,
    Means,
    Stage,
    StageStatus,
    Status,
    Task,
    Verdict,
)

BUCKET = 'resource "aws_s3_bucket" "b" {\n  bucket = "b"\n}\n'
REQUIRED = """terraform {
  required_providers {
    aws    = { source = "hashicorp/aws", version = "~> 5.0" }
    github = { source = "integrations/github", version = "${var.x}" }
    own    = { source = "registry.example.com/acme/own", version = ">= 1.0, < 2.0" }
  }
}
"""
RAY = "apiVersion: ray.io/v1\nkind: RayCluster\nmetadata: {name: r}\n"
POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\n"
INGRESS = "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: i}\n"
ROUTE = "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: h}\n"
OWN = """apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.acme.io}
spec: {group: acme.io, names: {kind: Widget, plural: widgets}}
---
apiVersion: acme.io/v1
kind: Widget
metadata: {name: w}
---
apiVersion: acme.io/v1
kind: Other
metadata: {name: o}
"""

LEANS: Mapping[str, tuple[str, str, Means]] = {
    "a provider by the name of a type": ("terraform", BUCKET, Means(providers={"aws": ()})),
    "providers with their versions": (
        "terraform",
        REQUIRED + BUCKET,
        Means(
            providers={
                "registry.example.com/acme/own": (">= 1.0, < 2.0",),
                "aws": ("~> 5.0",),
                "integrations/github": (),
            }
        ),
    ),
    "a version in a provider block": (
        "terraform",
        'provider "aws" {\n  version = "~> 5.1"\n}\n' + BUCKET,
        Means(providers={"aws": ("~> 5.1",)}),
    ),
    "modules": (
        "terraform",
        'module "v" {\n  source = "terraform-aws-modules/vpc/aws"\n}\nmodule "w" {\n'
        '  source = "./w"\n}\n',
        Means(modules=("terraform-aws-modules/vpc/aws",)),
    ),
    "what is built in": ("terraform", 'resource "terraform_data" "x" {}\n', Means()),
    "Terraform that does not parse": ("terraform", "resource {{{\n", Means()),
    "custom resources": (
        "kubernetes",
        "---\n".join([RAY, POD, INGRESS, ROUTE]),
        Means(crds=("gateway.networking.k8s.io/v1/HTTPRoute", "ray.io/v1/RayCluster")),
    ),
    "kinds of its own": ("kubernetes", OWN, Means(crds=("acme.io/v1/Other",))),
    "YAML that does not parse": ("kubernetes", "a: [\n", Means()),
    "libraries": (
        "python",
        "import torch, kfp.dsl as d\nfrom sagemaker import train\nfrom . import ray\nimport json\n",
        Means(libraries=("kfp", "sagemaker", "sagemaker.train")),
    ),
    "Python that does not parse": ("python", "import kfp\ndef (\n", Means()),
    "a format that leans on nothing": ("dockerfile", "FROM debian:12\n", Means()),
    "a format that nobody knows": ("cobol", "STOP RUN.\n", Means()),
}
LABELS = {"terraform": "hcl", "kubernetes": "yaml"}


@pytest.mark.parametrize("what", LEANS)
def test_the_text_says_what_an_answer_leans_on(what: str) -> None:
    format, text, means = LEANS[what]
    completion = f"```{LABELS.get(format, format)}\n{text}```\n"
    assert leaned_on(Task(format=format), completion) == means


@pytest.mark.parametrize("completion", ["", "no file", "```text\nx\n```\n"])
def test_what_holds_no_file_leans_on_nothing(completion: str) -> None:
    assert leaned_on(Task(format="terraform"), completion) == Means()


def test_a_verdict_names_the_versions_that_judged() -> None:
    notes = ("terraform 1.11.4", "hashicorp/aws 5.100.0", "integrations/github 6.2.1")
    stage = Stage(
        "validate",
        Component.SYNTAX,
        StageStatus.PASSED,
        1.0,
        diagnostics=tuple(Diagnostic("info", note, "toolchain") for note in notes),
    )
    verdict = Verdict(
        id="",
        status=Status.SCORED,
        reward=None,
        components=None,
        stages=(stage,),
        failure_kind=None,
        failure_reason="",
        toolchain="",
        rule=rule_of(DEFAULT_WEIGHTS),
    )
    asked = Means(providers={"aws": ("~> 5.0",), "integrations/github": (), "acme/own": ("1.0",)})
    assert with_versions(asked, verdict).providers == {
        "aws": ("5.100.0",),
        "integrations/github": ("6.2.1",),
        "acme/own": ("1.0",),
    }
