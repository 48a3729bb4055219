"""What is asked for is what the files say: each sentence's checks hold on them."""

from itertools import pairwise

import pytest
import yaml

from datagen.sources.collected.units import Unit
from datagen.sources.collected.wording import worded
from rewardsvc.artifact import Artifact, File
from rewardsvc.checks import compile_checks
from rewardsvc.formats import FORMATS
from rewardsvc.formats.dockerfile.build import build_of, tree_of
from rewardsvc.formats.dockerfile.syntax import parse
from rewardsvc.formats.terraform.config import read_config
from rewardsvc.types import JsonValue, Target
from rewardsvc.yaml12 import load_documents
from tests.datagen.repositories import BUCKET, COMPOSE, WORKFLOW

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - {name: web, image: "nginx:1.27"}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {type: ClusterIP, selector: {app: web}, ports: [{port: 80}]}
"""
DOCKERFILE = """\
FROM golang:1.23 AS build
COPY . .
RUN go build -o /app \\
    ./cmd/app

FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /app /app
USER 65532
EXPOSE 8080
ENTRYPOINT ["/app"]
"""
GITLAB = """\
stages: [test, build]
image: python:3.12
unit:
  stage: test
  script: [pip install -r requirements.txt, pytest]
image:build:
  stage: build
  image: docker:27
  script: [docker build .]
"""
AZURE = """\
trigger: [main]
pool: {vmImage: ubuntu-24.04}
steps:
  - script: make test
    displayName: Test
"""
TEMPLATE = """\
AWSTemplateFormatVersion: "2010-09-09"
Parameters:
  Stage: {Type: String}
Resources:
  Logs:
    Type: AWS::S3::Bucket
    Properties: {BucketName: !Sub "logs-${Stage}", ObjectLockEnabled: true}
Outputs:
  Arn: {Value: !GetAtt Logs.Arn}
"""
PLAYBOOK = """\
- name: Web servers
  hosts: web
  tasks:
    - name: Install nginx
      ansible.builtin.apt: {name: nginx}
    - name: Start it
      ansible.builtin.service: {name: nginx, state: started}
"""
UNITS = [
    Unit("terraform", ".", dict(BUCKET)),
    Unit("kubernetes", "k8s/web.yaml", {"web.yaml": DEPLOYMENT}),
    Unit("compose", "compose.yml", {"compose.yml": COMPOSE}),
    Unit("github-actions", ".github/workflows/test.yml", {"test.yml": WORKFLOW}),
    Unit("gitlab-ci", ".gitlab-ci.yml", {".gitlab-ci.yml": GITLAB}),
    Unit("azure-pipelines", "azure-pipelines.yml", {"azure-pipelines.yml": AZURE}),
    Unit("dockerfile", "Dockerfile", {"Dockerfile": DOCKERFILE}),
    Unit("ansible", "site.yml", {"site.yml": PLAYBOOK}),
    Unit("cloudformation", "cfn/logs.yaml", {"logs.yaml": TEMPLATE}),
]


def seen(unit: Unit) -> dict[Target, JsonValue]:
    text = next(iter(unit.files.values()))
    if unit.format == "terraform":
        return {Target.CONFIG: read_config({k: v.encode() for k, v in unit.files.items()})}
    if unit.format == "dockerfile":
        instructions = parse(text)
        return {Target.AST: tree_of(build_of(instructions), instructions)}
    if unit.format == "cloudformation":
        shown = FORMATS[unit.format].mutations.load().shown
        return dict((shown and shown(text)) or {})
    if unit.format == "ansible":
        together = FORMATS[unit.format].mutations.load().shown_together
        artifact = Artifact((File("site.yml", "yaml", text),))
        return dict((together and together(artifact)) or {})
    return {Target.DOCUMENTS: [each.value for each in load_documents(text)]}


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.format)
def test_every_check_holds_on_the_files_and_none_on_nothing(unit: Unit) -> None:
    asked = worded(unit)
    assert asked is not None and len(asked.checks) >= 3
    format = FORMATS[unit.format]
    shown = seen(unit)
    nothing: dict[Target, JsonValue] = {
        Target.CONFIG: {},
        Target.DOCUMENTS: [],
        Target.AST: {"stages": [], "instructions": [], "final": {}, "args": {}},
    }
    for check in asked.checks:
        assert check.description and check.description[1:] in asked.instruction
        held = compile_checks([check], format).evaluate(shown).stage
        assert held is not None and held.score == 1.0, check
        empty = compile_checks([check], format).evaluate(nothing).stage
        assert empty is not None and empty.score == 0.0, check


WORDS = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: limits}
data: {verbose: yes, restart: no, since: 2024-01-01, at: 12:30, mode: 010, spare: 0o17, n: 1_000}
"""
TIMED = """\
services:
  cache: {image: "redis:7", ports: [22:22, 63:63], restart: no}
  web: {image: "nginx:1.27", restart: on-failure}
"""
TRIGGERED = """\
on: {push: {branches: [main]}, schedule: [{cron: "0 3 * * *"}]}
jobs:
  off: {runs-on: ubuntu-24.04, steps: [{uses: actions/checkout@v4}]}
  y: {runs-on: ubuntu-24.04, steps: [{run: make}]}
"""
SWITCHED = """\
Parameters: {No: {Type: String, Default: off}, Since: {Type: String, Default: 2024-01-01}}
Resources: {On: {Type: "AWS::S3::Bucket", Properties: {BucketName: no, Tags: !Ref No}}}
"""
PLAYED = """\
- hosts: on
  tasks: [{ansible.builtin.apt: {name: nginx}}]
- hosts: web
  tasks: [{ansible.builtin.service: {name: nginx, enabled: yes}}, {ansible.builtin.apt: {}}]
"""


@pytest.mark.parametrize(
    ("unit", "told"),
    [
        (Unit("kubernetes", "a.yaml", {"a.yaml": WORDS}), ['"yes"', '"2024-01-01"', '"12:30"']),
        (Unit("compose", "a.yml", {"a.yml": TIMED}), ["`22:22` and `63:63`", 'restart "no"']),
        (Unit("github-actions", "a.yml", {"a.yml": TRIGGERED}), ["`push`", "job `off`", "job `y`"]),
        (Unit("cloudformation", "a.yml", {"a.yml": SWITCHED}), ['`Default` "off"', "`On`"]),
    ],
    ids=lambda each: each.format if isinstance(each, Unit) else "",
)
def test_words_that_older_yaml_takes_for_values_are_told_as_the_checks_see_them(
    unit: Unit, told: list[str]
) -> None:
    asked = worded(unit)
    assert asked is not None
    assert all(each in asked.instruction for each in told), asked.instruction
    shown = seen(unit)
    for check in asked.checks:
        held = compile_checks([check], FORMATS[unit.format]).evaluate(shown).stage
        assert held is not None and held.score == 1.0, check


def test_words_that_are_switches_to_ansible_are_no_hosts() -> None:
    assert worded(Unit("ansible", "site.yml", {"site.yml": PLAYED})) is None
    asked = worded(
        Unit("ansible", "site.yml", {"site.yml": PLAYED.replace("hosts: on", "hosts: a")})
    )
    assert asked is not None and len(asked.checks) == 5


def test_values_that_are_written_out_are_asked_for() -> None:
    asked = worded(UNITS[0])
    assert asked is not None
    assert asked.instruction.splitlines() == [
        "Write a Terraform configuration (HCL, formatted as terraform fmt does) in the files"
        " `main.tf`, `variables.tf` and `outputs.tf`.",
        "- Declare the resource `aws_s3_bucket.logs` with `force_destroy` true; its `bucket` is"
        " `var.name`.",
        "- Declare the resource `aws_s3_bucket_versioning.logs`; its block"
        ' `versioning_configuration` has `status` "Enabled"; its `bucket` is'
        " `aws_s3_bucket.logs.id`.",
        '- Take the input variable `name` of type `string`, by default "acme-access-logs"'
        ' ("Name of the bucket that access logs go to").',
        '- Give the output `arn` ("ARN of the bucket").',
    ]


def test_objects_and_templates_say_what_is_written_out_in_them() -> None:
    objects, template = (worded(UNITS[number]) for number in (1, 8))
    assert objects is not None and template is not None
    assert 'type "ClusterIP"' in objects.instruction and "its ports are `80`" in objects.instruction
    assert "`ObjectLockEnabled` true" in template.instruction
    assert "BucketName" not in template.instruction  # it is made of a parameter


@pytest.mark.parametrize(
    ("format", "text"),
    [
        ("terraform", 'resource "aws_s3_bucket" {'),
        ("kubernetes", "a: [\n"),
        ("kubernetes", "- 1\n"),
        ("kubernetes", "kind: 3\nmetadata: 4\napiVersion: v1\n"),
        ("compose", "version: '3'\n"),
        ("github-actions", "jobs: 3\n"),
        ("dockerfile", "ARG BASE\nFROM $BASE\nRUN a\n"),
        ("ansible", "hosts: web\n"),
        ("cloudformation", "Resources: [1]\n"),
        ("azure-pipelines", "pool: x\n"),
    ],
)
def test_what_cannot_be_read_or_says_too_little_is_not_asked_for(format: str, text: str) -> None:
    assert worded(Unit(format, "x", {"x": text})) is None


def test_aliases_of_aliases_take_no_time() -> None:
    names = "abcdefghi"
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    lines += [f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]" for a, b in pairwise(names)]
    text = "\n".join(lines) + "\n"
    assert yaml.safe_load(text)
    assert worded(Unit("azure-pipelines", "x", {"x": text})) is None
