"""Named checks: each holds of an answer that has what it says, and of none that only looks so."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import jsonschema_rs
import pytest

from rewardsvc.artifact import Artifact, File
from rewardsvc.checks import compile_checks
from rewardsvc.checks.named import (
    read_named_check,
    vocabulary_schema,
)
from rewardsvc.checks.named.base import having
from rewardsvc.formats import FORMATS
from rewardsvc.formats.kubernetes.named import ContainerHas
from rewardsvc.verification.verifier import Workbench
from sandbox.hcl.addresses import AWS
from tests.needs import lacks

WORDY = tuple(name for name, format in FORMATS.items() if len(format.named) > 1)
"""Formats with words of their own."""

TERRAFORM = """
provider "aws" {
  region = "eu-west-1"
}

resource "aws_vpc" "this" {
  cidr_block           = "10.0.0.0/16"
  enable_dns_hostnames = true
  tags                 = { Name = "main" }
}

resource "aws_security_group" "web" {
  name   = "web"
  vpc_id = aws_vpc.this.id

  ingress {
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_vpc_security_group_ingress_rule" "ssh" {
  security_group_id = aws_security_group.web.id
  from_port         = 22
  to_port           = 22
  ip_protocol       = "tcp"
  cidr_ipv4         = "10.0.0.0/8"
}

resource "aws_vpc_security_group_ingress_rule" "all" {
  security_group_id = aws_security_group.web.id
  from_port         = 0
  to_port           = 9000
  ip_protocol       = "tcp"
  cidr_ipv4         = "192.168.0.0/16"
}

output "vpc" {
  value = aws_vpc.this.id
}
"""

KUBERNETES = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - name: proxy
          image: envoy:1
        - name: web
          image: nginx:1.27
          ports: [{containerPort: 8080}]
          env: [{name: MODE, value: "on"}]
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector: {app: web}
  ports: [{port: 80, targetPort: 8080}, {port: 9090}]
"""

DOCKERFILE = """
FROM golang:1.25 AS build
WORKDIR /src
COPY . .
RUN go build -o /out/app ./cmd/app
FROM gcr.io/distroless/static
ENV MODE=prod
COPY --from=build /out/app /app
USER 1000
EXPOSE 8080
ENTRYPOINT ["/app", "serve"]
"""

COMPOSE = """
services:
  web:
    image: nginx:1.27
    ports: ["127.0.0.1:8080:80", "9443:443"]
    depends_on:
      db: {condition: service_healthy}
  db:
    image: postgres:17
    ports: [{target: 5432, published: "5432"}]
    depends_on: [cache]
  cache:
    image: redis:8
"""

WORKFLOW = """
name: ci
on:
  push:
    branches: [main, release]
  pull_request:
jobs:
  test:
    runs-on: ubuntu-latest
    timeout-minutes: 10
    steps:
      - uses: actions/checkout@v5
      - run: |
          pip install -e .
          pytest -q
  ship:
    needs: [test]
    runs-on: ubuntu-latest
    steps:
      - run: make ship
"""

GITLAB = """
stages: [build, test]
image: {name: "python:3.12"}
build:
  stage: build
  script: [make]
test:
  stage: test
  needs: [{job: build, artifacts: true}]
  script:
    - pip install -e .
    - pytest
"""

CLOUDFORMATION = """
Parameters:
  Keep: {Type: Number, Default: 14, AllowedValues: [7, 14]}
Resources:
  Logs:
    Type: AWS::S3::Bucket
    Properties:
      VersioningConfiguration: {Status: Enabled}
      LifecycleConfiguration:
        Rules: [{Status: Enabled, ExpirationInDays: !Ref Keep}]
  Policy:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref Logs
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Deny
            Principal: "*"
            Action: s3:*
            Resource: [!GetAtt Logs.Arn, !Sub "${Logs.Arn}/*"]
            Condition: {Bool: {"aws:SecureTransport": false}}
Outputs:
  Arn: {Value: !GetAtt Logs.Arn}
  Where: {Value: !Sub "s3://${Logs}/all"}
"""

HELM = {
    "Chart.yaml": "apiVersion: v2\nname: web\nversion: 0.1.0\n",
    "values.yaml": "replicas: 3\n",
    "templates/all.yaml": KUBERNETES.replace("replicas: 3", "replicas: {{ .Values.replicas }}"),
}

KUSTOMIZE = {
    "kustomization.yaml": "resources: [all.yaml]\nreplicas: [{name: web, count: 3}]\n",
    "all.yaml": KUBERNETES.replace("replicas: 3", "replicas: 1"),
}

ANSWERS: Mapping[str, tuple[str, str | Mapping[str, str]]] = {
    "cloudformation": ("yaml", CLOUDFORMATION),
    "terraform": ("hcl", TERRAFORM),
    "kubernetes": ("yaml", KUBERNETES),
    "dockerfile": ("dockerfile", DOCKERFILE),
    "compose": ("yaml", COMPOSE),
    "github-actions": ("yaml", WORKFLOW),
    "gitlab-ci": ("yaml", GITLAB),
    "helm": ("yaml", HELM),
    "kustomize": ("yaml", KUSTOMIZE),
}
"""Label and text of an answer of one file, or its files by their paths."""

INPUTS = {"helm": "```yaml path=ci/large-values.yaml\nreplicas: 9\n```\n"}
"""What tasks give, where answers are looked at with it."""


def has(path: str, value: Any) -> dict[str, Any]:
    return {"attributes": [{"path": path, "value": value}]}


_ROWS: list[tuple[str, str, list[tuple[dict[str, Any], bool]]]] = [
    ("terraform", "resource_exists", [
        ({"type": "aws_vpc", **has("cidr_block", "10.0.0.0/16")}, True),
        ({"type": "aws_vpc", **has("enable_dns_hostnames", True)}, True),
        ({"type": "aws_vpc", **has("enable_dns_hostnames", 1)}, False),
        ({"type": "aws_vpc", **has("enable_dns_hostnames", "true")}, False),
        ({"type": "aws_vpc", **has("cidr_block", "10.0.0.0/8")}, False),
        ({"type": "aws_subnet", "attributes": []}, False),
    ]),
    ("terraform", "resource_count", [
        ({"type": "aws_vpc_security_group_ingress_rule", "count": 2}, True),
        ({"type": "aws_vpc_security_group_ingress_rule", "count": 1}, False),
    ]),
    ("terraform", "resource_references", [
        ({"type": "aws_security_group", "argument": "vpc_id", "to": "aws_vpc"}, True),
        ({"type": "aws_security_group", "argument": "vpc_id", "to": "aws_subnet"}, False),
        ({"type": "aws_subnet", "argument": "vpc_id", "to": "aws_vpc"}, False),
    ]),
    ("terraform", "rule_exposes", [
        ({"port": 443, "cidr": "0.0.0.0/0", "protocol": "tcp"}, True),
        ({"port": 22, "cidr": "10.0.0.0/8", "protocol": "tcp"}, True),
        ({"port": 22, "cidr": "0.0.0.0/0", "protocol": "tcp"}, False),
        ({"port": 22, "cidr": "10.0.0.0/8", "protocol": "udp"}, False),
        ({"port": 9000, "cidr": "192.168.0.0/16", "protocol": "tcp"}, False),
    ]),
    ("terraform", "provider_configured", [
        ({"provider": "aws", "argument": "region", "value": "eu-west-1"}, True),
        ({"provider": "aws", "argument": "region", "value": "us-east-1"}, False),
    ]),
    ("terraform", "output_exists", [({"name": "vpc"}, True), ({"name": "vp"}, False)]),
    ("kubernetes", "resource_has", [
        ({"kind": "Deployment", "name": "web", "path": "spec.replicas", "value": 3}, True),
        ({"kind": "Deployment", "name": "", "path": "spec.replicas", "value": 3}, True),
        ({"kind": "Deployment", "name": "", "path": "spec.replicas", "value": "3"}, False),
        ({"kind": "Deployment", "name": "api", "path": "spec.replicas", "value": 3}, False),
    ]),
    ("kubernetes", "kind_count", [
        ({"kind": "Service", "count": 1}, True),
        ({"kind": "Service", "count": 2}, False),
    ]),
    ("kubernetes", "container_has", [
        ({"kind": "Deployment", "name": "web", "container": "web",
          **has("image", "nginx:1.27")}, True),
        ({"kind": "Deployment", "name": "", "container": "",
          **has("ports[0].containerPort", 8080)}, True),
        ({"kind": "Deployment", "name": "", "container": "proxy",
          **has("image", "nginx:1.27")}, False),
    ]),
    ("kubernetes", "environment_has", [
        ({"kind": "Deployment", "name": "", "variable": "MODE", "value": "on"}, True),
        ({"kind": "Deployment", "name": "", "variable": "MODE", "value": "off"}, False),
    ]),
    ("kubernetes", "service_exposes", [
        ({"name": "web", "port": 80, "target_port": 8080}, True),
        ({"name": "", "port": 9090, "target_port": None}, True),
        ({"name": "web", "port": 80, "target_port": None}, False),
        ({"name": "web", "port": 8080, "target_port": 8080}, False),
    ]),
    ("dockerfile", "final_image_has", [
        ({"attribute": "user", "value": "1000"}, True),
        ({"attribute": "entrypoint", "value": ["/app", "serve"]}, True),
        ({"attribute": "entrypoint", "value": "/app serve"}, False),
        ({"attribute": "base", "value": "golang:1.25"}, False),
    ]),
    ("dockerfile", "environment_set", [
        ({"variable": "MODE", "value": "prod"}, True),
        ({"variable": "MODE", "value": "dev"}, False),
    ]),
    ("dockerfile", "port_exposed", [({"port": 8080}, True), ({"port": 80}, False)]),
    ("dockerfile", "stage_from", [
        ({"image": "golang:1.25", "stage": "build"}, True),
        ({"image": "golang:1.25", "stage": ""}, True),
        ({"image": "gcr.io/distroless/static", "stage": "build"}, False),
    ]),
    ("dockerfile", "instruction_has", [
        ({"instruction": "RUN", "contains": ["go build", "/out/app"]}, True),
        ({"instruction": "COPY", "contains": ["go build"]}, False),
    ]),
    ("cloudformation", "resource_of_type", [
        ({"resource": "Logs", "type": "AWS::S3::Bucket"}, True),
        ({"resource": "Policy", "type": "AWS::S3::Bucket"}, False),
        ({"resource": "Other", "type": "AWS::S3::Bucket"}, False),
    ]),
    ("cloudformation", "type_has", [
        ({"type": "AWS::S3::Bucket", "path": "VersioningConfiguration.Status",
          "value": "Enabled"}, True),
        ({"type": "AWS::S3::BucketPolicy", "path": "VersioningConfiguration.Status",
          "value": "Enabled"}, False),
        ({"type": "AWS::S3::Bucket", "path": "VersioningConfiguration.Status",
          "value": "Suspended"}, False),
    ]),
    ("cloudformation", "property_is", [
        ({"resource": "Policy", "path": "PolicyDocument.Statement[0].Effect",
          "value": "Deny"}, True),
        ({"resource": "Logs", "path": "PolicyDocument.Statement[0].Effect",
          "value": "Deny"}, False),
    ]),
    ("cloudformation", "property_refers", [
        ({"resource": "Policy", "path": "Bucket", "to": "Logs", "attribute": ""}, True),
        ({"resource": "Policy", "path": "PolicyDocument.Statement[0].Resource[0]", "to": "Logs",
          "attribute": "Arn"}, True),
        ({"resource": "Policy", "path": "PolicyDocument.Statement[0].Resource[1]", "to": "Logs",
          "attribute": "Arn"}, True),
        ({"resource": "Logs", "path": "LifecycleConfiguration.Rules[0].ExpirationInDays",
          "to": "Keep", "attribute": ""}, True),
        ({"resource": "Policy", "path": "Bucket", "to": "Logs", "attribute": "Arn"}, False),
        ({"resource": "Policy", "path": "Bucket", "to": "Keep", "attribute": ""}, False),
    ]),
    ("cloudformation", "output_refers", [
        ({"output": "Arn", "to": "Logs", "attribute": "Arn"}, True),
        ({"output": "Where", "to": "Logs", "attribute": ""}, True),
        ({"output": "Where", "to": "Logs", "attribute": "Arn"}, False),
    ]),
    ("cloudformation", "parameter_has", [
        ({"parameter": "Keep", "path": "Default", "value": 14}, True),
        ({"parameter": "Keep", "path": "Default", "value": "14"}, False),
    ]),
    ("compose", "service_has", [
        ({"service": "web", "path": "image", "value": "nginx:1.27"}, True),
        ({"service": "db", "path": "image", "value": "nginx:1.27"}, False),
    ]),
    ("compose", "service_publishes", [
        ({"service": "web", "host": 8080, "container": 80}, True),
        ({"service": "web", "host": 9443, "container": 443}, True),
        ({"service": "db", "host": 5432, "container": 5432}, True),
        ({"service": "web", "host": 443, "container": 443}, False),
        ({"service": "cache", "host": 80, "container": 80}, False),
    ]),
    ("compose", "service_depends_on", [
        ({"service": "web", "on": "db", "condition": "service_healthy"}, True),
        ({"service": "web", "on": "db", "condition": ""}, True),
        ({"service": "db", "on": "cache", "condition": ""}, True),
        ({"service": "db", "on": "cache", "condition": "service_started"}, True),
        ({"service": "db", "on": "cache", "condition": "service_healthy"}, False),
        ({"service": "web", "on": "cache", "condition": ""}, False),
    ]),
    ("compose", "file_has", [
        ({"path": "services.cache.image", "value": "redis:8"}, True),
        ({"path": "services.cache.image", "value": "redis"}, False),
    ]),
    ("github-actions", "job_needs", [
        ({"job": "ship", "needs": ["test"]}, True),
        ({"job": "ship", "needs": ["test", "lint"]}, False),
        ({"job": "test", "needs": ["ship"]}, False),
    ]),
    ("github-actions", "job_has", [
        ({"job": "test", "path": "timeout-minutes", "value": 10}, True),
        ({"job": "ship", "path": "timeout-minutes", "value": 10}, False),
    ]),
    ("github-actions", "job_runs", [
        ({"job": "test", "command": "pytest -q"}, True),
        ({"job": "test", "command": "pip install -e ."}, True),
        ({"job": "ship", "command": "make ship"}, True),
        ({"job": "test", "command": "pytest"}, False),
        ({"job": "ship", "command": "make"}, False),
    ]),
    ("github-actions", "job_uses", [
        ({"job": "test", "action": "actions/checkout"}, True),
        ({"job": "test", "action": "actions/check"}, False),
    ]),
    ("github-actions", "triggered_by", [
        ({"event": "push", "branches": ["release", "main"]}, True),
        ({"event": "pull_request", "branches": []}, True),
        ({"event": "push", "branches": ["main"]}, False),
        ({"event": "schedule", "branches": []}, False),
    ]),
    ("gitlab-ci", "job_stage", [
        ({"job": "test", "stage": "test"}, True),
        ({"job": "build", "stage": "test"}, False),
    ]),
    ("gitlab-ci", "job_needs", [
        ({"job": "test", "needs": ["build"]}, True),
        ({"job": "build", "needs": ["test"]}, False),
    ]),
    ("gitlab-ci", "job_runs", [
        ({"job": "test", "command": "pytest"}, True),
        ({"job": "build", "command": "make test"}, False),
    ]),
    ("helm", "chart_has", [
        ({"path": "version", "value": "0.1.0"}, True),
        ({"path": "version", "value": "0.1"}, False),
    ]),
    ("helm", "default_is", [
        ({"path": "replicas", "value": 3}, True),
        ({"path": "replicas", "value": 9}, False),
    ]),
    ("helm", "rendered_has", [
        ({"values": "large", "kind": "Deployment", "name": "web", "path": "spec.replicas",
          "value": 9}, True),
        ({"values": "large", "kind": "Deployment", "name": "", "path": "spec.replicas",
          "value": 3}, False),
        ({"values": "small", "kind": "Deployment", "name": "", "path": "spec.replicas",
          "value": 9}, False),
    ]),
    ("kustomize", "kustomization_has", [
        ({"folder": ".", "path": "replicas[0].count", "value": 3}, True),
        ({"folder": ".", "path": "replicas[0].count", "value": 1}, False),
        ({"folder": "base", "path": "replicas[0].count", "value": 3}, False),
    ]),
    ("kustomize", "overlay_has", [
        ({"folder": ".", "kind": "Deployment", "name": "web", "path": "spec.replicas",
          "value": 3}, True),
        ({"folder": ".", "kind": "Deployment", "name": "", "path": "spec.replicas",
          "value": 1}, False),
        ({"folder": "overlays/prod", "kind": "Deployment", "name": "", "path": "spec.replicas",
          "value": 3}, False),
    ]),
]  # fmt: skip
_RENDERING = ("helm", "kustomize")
"""Formats whose answers make the manifests above, and that have their words."""
_ROWS += [
    (format, check, rows)
    for about, check, rows in _ROWS
    if about == "kubernetes"
    for format in _RENDERING
]

CASES = [(format, check, words, holds) for format, check, rows in _ROWS for words, holds in rows]


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("format", WORDY)
async def test_each_holds_of_what_has_it_and_of_nothing_else(
    format: str, workbench: Workbench
) -> None:
    if format == "terraform" and (
        workbench.terraform is None or AWS not in workbench.toolchain.providers
    ):
        lacks("terraform", "no terraform or no AWS provider: set ASSAY_TERRAFORM_MIRROR")
    language, said = ANSWERS[format]
    known = FORMATS[format]
    texts = {known.verifier.default_path: said} if isinstance(said, str) else said
    answer = Artifact(tuple(File(path, language, text) for path, text in texts.items()))
    bench = replace(workbench, task_input=INPUTS.get(format, ""))
    findings = await known.verifier.verify(answer, bench)
    wrong = []
    for about, check, words, holds in CASES:
        if about != format:
            continue
        named = read_named_check({"check": check, **words}, known)
        results = compile_checks([named.render()], known).evaluate(findings.projections)
        assert results.stage is not None
        if (results.stage.score == 1.0) is not holds:
            wrong.append((check, words, results.stage.diagnostics))
    assert wrong == []


def test_every_word_is_tried_both_ways() -> None:
    for format in FORMATS.values():
        for word in (each.word() for each in format.named):
            assert {holds for _, check, _, holds in CASES if check == word} == {True, False}, word


@pytest.mark.parametrize("format", WORDY)
def test_the_schema_takes_what_the_reader_takes(format: str) -> None:
    schema = jsonschema_rs.validator_for(vocabulary_schema(FORMATS[format]))
    rows = [{"check": check, **words} for about, check, words, _ in CASES if about == format]
    assert len(rows) >= len(FORMATS[format].named)
    schema.validate(rows)
    for row in rows:
        assert not schema.is_valid([{**row, "more": 1}])
        for field in row:
            assert not schema.is_valid([{name: row[name] for name in row if name != field}])


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ([], "a JSON object"),
        ({"check": "resource_is_nice"}, "not one of kubernetes's: container_has"),
        ({"check": "resource_exists", "type": "a"}, "not one of kubernetes's"),
        ({"check": "kind_count", "kind": "Pod"}, "kind_count.count: Field required"),
        ({"check": "kind_count", "kind": "Pod", "count": "1"}, "valid integer"),
        ({"check": "kind_count", "kind": "Pod", "count": 1, "x": 1}, "kind_count.x: Extra"),
        ({"check": "kind_count", "kind": "Pod", "cout": 1}, "kind_count.cout: Extra"),
        (
            {"check": "resource_has", "kind": "Pod", "path": "a || b", "value": 1},
            "resource_has.path",
        ),
    ],
)
def test_what_is_no_named_check_is_refused_with_its_place(data: Any, says: str) -> None:
    with pytest.raises(ValueError) as refused:
        read_named_check(data, FORMATS["kubernetes"])
    assert says in str(refused.value)


def test_texts_cannot_leave_their_quotes() -> None:
    quote = ContainerHas(kind="Pod' || `true` || '", attributes=having({"image": "\\'x`\"`"}))
    check = quote.render()
    results = compile_checks([check], FORMATS["kubernetes"])
    assert results.checks[0][0].expr.count("|| `true` ||") == 1
    from rewardsvc.types import Target

    stage = results.evaluate({Target.DOCUMENTS: [{"kind": "Pod"}]}).stage
    assert stage is not None and stage.score == 0.0


def test_descriptions_read_as_sentences() -> None:
    said = {
        json.dumps(words): read_named_check({"check": check, **words}, FORMATS[format]).described()
        for format, check, words, _ in CASES
    }
    assert 'container web of Deployment web has image = "nginx:1.27"' in said.values()
    assert "tcp port 22 is reachable from 10.0.0.0/8" in said.values()
    assert all(text and "  " not in text for text in said.values())
