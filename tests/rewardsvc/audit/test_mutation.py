"""What mutants are made of each format, which of them count, and who is said to notice them."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewardsvc.audit.mutation.generate import mutants_of
from rewardsvc.audit.mutation.meaning import Meaning, meaning_of, named
from rewardsvc.audit.mutation.mutant import Kind, Mutant
from rewardsvc.audit.mutation.outcome import Fate, outcome_of
from rewardsvc.audit.mutation.render import load, render
from rewardsvc.audit.mutation.strength import sampled
from rewardsvc.audit.mutation.values import changes
from rewardsvc.extract import extract
from rewardsvc.formats import FORMATS
from rewardsvc.reward import DEFAULT_WEIGHTS, rule_of
from rewardsvc.types import (
    Component,
    Components,
    Diagnostic,
    FailureKind,
    Stage,
    StageStatus,
    Status,
    Task,
    Verdict,
)

MANIFEST = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 3
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
        - name: main
          image: ghcr.io/acme/web:1.2
          ports: [{containerPort: 8080}]
          securityContext:
            runAsNonRoot: true
---
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  selector: {app: web}
  ports: [{port: 80, protocol: TCP}]
"""
WORKFLOW = """\
name: ci
on: {push: {branches: [main]}}
permissions:
  contents: read
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v6
      - run: make build
  test:
    needs: build
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v6
      - run: pytest --maxfail=3
"""
COMPOSE = """\
services:
  web:
    image: nginx:1.27
    ports: ["8080:80"]
    depends_on: [db]
  db:
    image: postgres:16
    volumes: [data:/var/lib/postgresql/data]
volumes:
  data:
"""
TEMPLATE = """\
Parameters:
  Days:
    Type: Number
    Default: 30
Conditions:
  Kept: !Not [!Equals [!Ref Days, 0]]
Resources:
  Logs:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: !Sub "logs-${Days}"
      LifecycleConfiguration:
        Rules:
          - Status: Enabled
            ExpirationInDays: !If [Kept, !Ref Days, !Ref "AWS::NoValue"]
  Reader:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Action: s3:GetObject
            Resource: !GetAtt Logs.Arn
"""
DOCKERFILE = """\
FROM golang:1.22 AS build
COPY . .
RUN go build -o /app ./cmd
FROM debian:12
COPY --from=build /app /app
USER app
EXPOSE 8080
"""
TERRAFORM = """\
provider "aws" {
  region = "eu-west-1"
}

resource "aws_vpc" "this" {
  cidr_block           = "10.0.0.0/16"
  enable_dns_hostnames = true
}

resource "aws_security_group" "web" {
  vpc_id = aws_vpc.this.id

  ingress {
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = ["10.1.0.0/16"]
  }
}

resource "aws_iam_policy" "read" {
  policy = jsonencode({
    Statement = [{
      Effect   = "Allow"
      Action   = ["s3:GetObject", "s3:ListBucket"]
      Resource = "arn:aws:s3:::logs/*"
    }]
  })
}
"""
SCRIPT = """\
#!/bin/bash
set -eu
mkdir -p /srv/data
for name in a b; do
  cp "/srv/in/$name.txt" /srv/data/
done
chmod 640 /srv/data/a.txt
"""
TEMPLATE = """\
{{- if .Values.enabled }}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}
spec:
  replicas: {{ .Values.replicas }}
  template:
    metadata:
      labels:
        {{- include "web.labels" . | nindent 8 }}
    spec:
      serviceAccountName: runner
      automountServiceAccountToken: false
      containers:
        - name: proxy
          image: "envoy:{{ .Values.tag }}" # theirs
          args: [serve]
        - name: web
          image: ghcr.io/acme/web:1.2
          imagePullPolicy: Always
          ports:
            - containerPort: 8080
              protocol: TCP
---
apiVersion: v1
kind: ServiceAccount
metadata: {annotations: {}}
name: runner
range: 10.0.0.0/8
{{- end }}
"""
LABELS = {
    "helm": "yaml path=templates/web.yaml",
    "kubernetes": "yaml",
    "github-actions": "yaml",
    "compose": "yaml",
    "cloudformation": "yaml",
    "dockerfile": "dockerfile",
    "terraform": "hcl",
    "bash": "bash",
}
TEXTS = {
    "helm": TEMPLATE,
    "kubernetes": MANIFEST,
    "github-actions": WORKFLOW,
    "compose": COMPOSE,
    "cloudformation": TEMPLATE,
    "dockerfile": DOCKERFILE,
    "terraform": TERRAFORM,
    "bash": SCRIPT,
}
READY = [format for format in TEXTS if format in FORMATS]


def fenced(format: str, text: str | None = None) -> str:
    return f"```{LABELS[format]}\n{text or TEXTS[format]}```\n"


def mutants(format: str, text: str | None = None) -> tuple[Mutant, ...]:
    return mutants_of(Task(format=format), fenced(format, text)).distinct


@pytest.mark.parametrize(
    ("format", "kind", "before", "after"),
    [
        ("kubernetes", Kind.DROP_RESOURCE, "Service web", ""),
        ("kubernetes", Kind.CHANGE_NUMBER, "3", "4"),
        ("kubernetes", Kind.CHANGE_IMAGE, "ghcr.io/acme/web:1.2", "ghcr.io/acme/web:latest"),
        ("kubernetes", Kind.CHANGE_IMAGE, "ghcr.io/acme/web:1.2", "ghcr.io/acme/web-other:1.2"),
        ("kubernetes", Kind.CHANGE_PORT, "8080", "8081"),
        ("kubernetes", Kind.CHANGE_CHOICE, "TCP", "UDP"),
        ("kubernetes", Kind.FLIP_BOOLEAN, "true", "false"),
        ("kubernetes", Kind.BREAK_REFERENCE, "web", "web-missing"),
        ("kubernetes", Kind.CHANGE_NAME, "web", "web-other"),
        ("kubernetes", Kind.WEAKEN_POLICY, "runAsNonRoot: true", "privileged: true"),
        ("helm", Kind.DROP_RESOURCE, "- name: web", ""),
        ("helm", Kind.DROP_ATTRIBUTE, "replicas: {{ .Values.replicas }}", ""),
        ("helm", Kind.DROP_ATTRIBUTE, "labels:\n        {{- include", ""),
        ("helm", Kind.BREAK_REFERENCE, ".Values.enabled", ".Values.enabledMissing"),
        ("helm", Kind.BREAK_REFERENCE, "runner", "runner-missing"),
        ("helm", Kind.CHANGE_IMAGE, "ghcr.io/acme/web:1.2", "ghcr.io/acme/web:latest"),
        ("helm", Kind.CHANGE_PORT, "8080", "8081"),
        ("helm", Kind.CHANGE_CHOICE, "TCP", "UDP"),
        ("helm", Kind.FLIP_BOOLEAN, "false", "true"),
        ("helm", Kind.WEAKEN_POLICY, "10.0.0.0/8", "0.0.0.0/0"),
        ("github-actions", Kind.DROP_RESOURCE, "build", ""),
        ("github-actions", Kind.BREAK_REFERENCE, "build", "build-missing"),
        ("github-actions", Kind.WEAKEN_POLICY, "contents: read", "write-all"),
        ("github-actions", Kind.CHANGE_NUMBER, "pytest --maxfail=3", "pytest --maxfail=4"),
        ("compose", Kind.DROP_RESOURCE, "db", ""),
        ("compose", Kind.BREAK_REFERENCE, "db", "db-missing"),
        ("compose", Kind.BREAK_REFERENCE, "data:/var/lib", "data-missing:/var/lib"),
        ("compose", Kind.CHANGE_PORT, "8080:80", "8081:80"),
        ("compose", Kind.CHANGE_PORT, "8080:80", "8080:81"),
        ("cloudformation", Kind.DROP_RESOURCE, "Logs", ""),
        ("cloudformation", Kind.BREAK_REFERENCE, "Logs", "Logs-missing"),
        ("cloudformation", Kind.BREAK_REFERENCE, "Days", "Days-missing"),
        ("cloudformation", Kind.BREAK_REFERENCE, "logs-${Days}", "logs-${DaysMissing}"),
        ("cloudformation", Kind.BREAK_REFERENCE, "Kept", "Kept-missing"),
        ("cloudformation", Kind.FLIP_BOOLEAN, "Enabled", "Disabled"),
        ("cloudformation", Kind.FLIP_BOOLEAN, "Allow", "Deny"),
        ("cloudformation", Kind.CHANGE_NUMBER, "30", "31"),
        ("cloudformation", Kind.WEAKEN_POLICY, "s3:GetObject", "*"),
        ("dockerfile", Kind.DROP_ATTRIBUTE, "COPY . .", ""),
        ("dockerfile", Kind.BREAK_REFERENCE, "--from=build", "--from=build-missing"),
        ("dockerfile", Kind.CHANGE_IMAGE, "golang:1.22", "golang:latest"),
        ("dockerfile", Kind.CHANGE_PORT, "8080", "8081"),
        ("dockerfile", Kind.WEAKEN_POLICY, "USER app", "USER root"),
        ("terraform", Kind.DROP_RESOURCE, 'resource "aws_vpc" "this"', ""),
        ("terraform", Kind.CHANGE_REGION, "eu-west-1", "eu-west-3"),
        ("terraform", Kind.FLIP_BOOLEAN, "true", "false"),
        ("terraform", Kind.FLIP_BOOLEAN, "Allow", "Deny"),
        ("terraform", Kind.BREAK_REFERENCE, "aws_vpc.this.id", '"missing"'),
        ("terraform", Kind.CHANGE_PORT, "443", "444"),
        ("terraform", Kind.WEAKEN_POLICY, "10.1.0.0/16", "0.0.0.0/0"),
        ("terraform", Kind.WEAKEN_POLICY, '["s3:GetObject"', '"*"'),
        ("terraform", Kind.WEAKEN_POLICY, '"arn:aws:s3:::logs/*"', '"*"'),
        ("terraform", Kind.DROP_ATTRIBUTE, '"s3:ListBucket"', ""),
        ("bash", Kind.DROP_ATTRIBUTE, "mkdir -p /srv/data", ""),
        ("bash", Kind.CHANGE_NUMBER, "640", "641"),
    ],
)
def test_every_format_has_its_typed_mutants(
    format: str, kind: Kind, before: str, after: str
) -> None:
    if format not in FORMATS:
        pytest.skip(f"no verifier for {format}")
    made = [
        mutant
        for mutant in mutants(format)
        if mutant.kind is kind and before in mutant.before and after in mutant.after
    ]
    assert made, [str(mutant) for mutant in mutants(format) if mutant.kind is kind]
    lines = TEXTS[format].split("\n")
    assert all(1 <= mutant.line <= len(lines) for mutant in made)


@pytest.mark.parametrize("format", READY)
def test_a_mutant_parses_and_is_not_the_reference_in_other_words(format: str) -> None:
    task, known = Task(format=format), FORMATS[format]
    projection_of = known.mutations.load().projection
    reference = extract(fenced(format), task, known.verifier).artifact
    assert reference is not None
    texts = set()
    for mutant in mutants(format):
        artifact = extract(mutant.completion, task, known.verifier).artifact
        assert artifact is not None
        projection = projection_of(artifact)
        assert projection is not None, str(mutant)
        assert projection != projection_of(reference), str(mutant)
        texts.add(artifact.files[0].text)
    assert len(texts) == len(mutants(format)) >= 10


@pytest.mark.parametrize("format", READY)
def test_the_same_reference_has_the_same_mutants(format: str) -> None:
    assert mutants(format) == mutants(format)


def test_a_mutant_of_several_files_changes_one_and_keeps_the_others() -> None:
    reference = "```hcl path=a.tf\na = 1\n```\n```hcl path=b.tf\nb = 2\n```\n"
    task = Task(format="terraform", files=("a.tf", "b.tf"))
    for mutant in mutants_of(task, reference).distinct:
        artifact = extract(mutant.completion, task, FORMATS["terraform"].verifier).artifact
        assert artifact is not None
        assert [file.path for file in artifact.files] == ["a.tf", "b.tf"]
        untouched = "b = 2\n" if mutant.file == "a.tf" else "a = 1\n"
        assert untouched in [file.text for file in artifact.files]


def test_what_is_no_answer_or_does_not_parse_has_no_mutants() -> None:
    for completion in ("", "words", "```yaml\na: [\n```\n"):
        assert mutants_of(Task(format="kubernetes"), completion).distinct == ()


YAML_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9999, 9999) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=12,
)


@given(st.lists(YAML_VALUES.filter(lambda value: value is not None), max_size=3))
def test_a_rendered_document_reads_back_as_itself(documents: list[Any]) -> None:
    assert load(render(documents)) == documents


def test_a_local_tag_survives_rendering() -> None:
    text = "job:\n  script:\n    - !reference [.base, script]\n"
    assert load(render(load(text))) == load(text)
    assert "!reference [" in render(load(text))


@pytest.mark.parametrize(
    ("value", "said", "expected"),
    [
        ("3", "three replicas", True),
        ("3", "run 3 of them", True),
        ("3", "port 3000 and version 1.3", False),
        ("512Mi", "512 MiB of memory", True),
        ("512Mi", "1512 MiB of memory", False),
        ("3600", "for one hour", True),
        ("86400", "keep it a day", True),
        ("30s", "every 30 seconds", True),
        ("30 5 * * *", "daily at 5:30", True),
        ("500m", "half a core", False),
        ("500m", "0.5 CPU", True),
        ("80%", "80 percent", True),
        ("web", "the website", False),
        ("web", "named `web`.", True),
        ("READ_ONLY", "read only", True),
        (".", "build it. now", False),
        (".", "the context `.`", True),
        ("a.b", "axb", False),
    ],
)
def test_a_value_is_named_in_the_ways_people_write_it(
    value: str, said: str, expected: bool
) -> None:
    assert named(value, said.lower()) is expected


def test_what_the_instruction_leaves_open_is_free_and_what_it_names_counts() -> None:
    task = Task(format="kubernetes", instruction="A Deployment web with three replicas")
    by_place = {
        (mutant.kind, mutant.path): meaning_of(mutant, task) for mutant in mutants("kubernetes")
    }
    assert by_place[Kind.CHANGE_NUMBER, "Deployment: spec.replicas"] is Meaning.COUNTED
    assert by_place[Kind.CHANGE_PORT, "Service: spec.ports[0].port"] is Meaning.FREE


@pytest.mark.parametrize("format", READY)
def test_switches_references_policies_and_steps_count_whatever_is_said(format: str) -> None:
    silent = Task(format=format, instruction="Do it.")
    for mutant in mutants(format):
        if mutant.kind in (
            Kind.DROP_RESOURCE, Kind.FLIP_BOOLEAN, Kind.BREAK_REFERENCE, Kind.WEAKEN_POLICY,
        ):  # fmt: skip
            assert meaning_of(mutant, silent) is Meaning.COUNTED
    kept = [each for each in mutants("dockerfile") if each.before in ("COPY . .", "EXPOSE 8080")]
    meanings = {
        each.before: meaning_of(each, Task(format="dockerfile", instruction="Do it."))
        for each in kept
        if each.kind is Kind.DROP_ATTRIBUTE
    }
    assert meanings == {"COPY . .": Meaning.COUNTED, "EXPOSE 8080": Meaning.FREE}


@given(st.text(max_size=40))
def test_a_change_is_another_text(text: str) -> None:
    for change in changes(text):
        assert change.after != text
        assert change.after


def test_a_sample_takes_turns_over_kinds_and_depends_on_the_seed_alone() -> None:
    everything = mutants("terraform")
    few = sampled(everything, 8, "a")
    assert few == sampled(everything, 8, "a")
    assert few != sampled(everything, 8, "b")
    assert len({mutant.kind for mutant in few}) == min(8, len({m.kind for m in everything}))
    assert len(sampled(everything, 10_000, "a")) == len(everything)


def verdict(
    *stages: tuple[str, Component, StageStatus],
    syntax: float = 1.0,
    correctness: float = 1.0,
    checks: tuple[int, ...] = (),
) -> Verdict:
    made = [Stage(name, component, status, 0.0) for name, component, status in stages]
    made.append(
        Stage(
            "checks",
            Component.CORRECTNESS,
            StageStatus.FAILED if checks else StageStatus.PASSED,
            0.0 if checks else 1.0,
            diagnostics=tuple(Diagnostic("error", "no", f"checks[{index}]") for index in checks),
        )
    )
    return Verdict(
        id="",
        status=Status.SCORED,
        reward=0.0,
        components=Components(syntax, correctness, 1.0),
        stages=tuple(made),
        failure_kind=None,
        failure_reason="",
        toolchain="t",
        rule=rule_of(DEFAULT_WEIGHTS),
    )


@pytest.mark.parametrize(
    ("given", "fate", "checks"),
    [
        (verdict(), Fate.SURVIVED, ()),
        (verdict(correctness=0.5, checks=(2,)), Fate.CHECKS, (2,)),
        (
            verdict(
                ("schema", Component.SYNTAX, StageStatus.FAILED),
                syntax=0.5, correctness=0.0, checks=(0, 1),
            ),
            Fate.TOOLS,
            (),
        ),
        (
            verdict(("plan", Component.CORRECTNESS, StageStatus.FAILED), correctness=0.0),
            Fate.TOOLS,
            (),
        ),
        (verdict(syntax=0.5, correctness=0.0), Fate.TOOLS, ()),
        (verdict(("lint", Component.FORMAT, StageStatus.FAILED)), Fate.SURVIVED, ()),
        # off-task: no check holds, and the caps make syntax less than 1 though the tools accept it
        (verdict(syntax=0.5, correctness=0.0, checks=(0,)), Fate.CHECKS, (0,)),
    ],
    ids=["survived", "checks", "tools", "plan", "vacuous", "lint is a habit", "off-task"],
)  # fmt: skip
def test_who_noticed_is_read_from_the_verdict(
    given: Verdict, fate: Fate, checks: tuple[int, ...]
) -> None:
    outcome = outcome_of(given)
    assert (outcome.fate, outcome.checks) == (fate, checks)


def test_a_fault_of_ours_is_nobodys_catch() -> None:
    unscored = Verdict(
        id="",
        status=Status.UNSCORED,
        reward=None,
        components=None,
        stages=(),
        failure_kind=FailureKind.TOOL_MISSING,
        failure_reason="no hadolint",
        toolchain="t",
        rule=rule_of(DEFAULT_WEIGHTS),
    )
    outcome = outcome_of(unscored)
    assert outcome.fate is Fate.UNSCORED
    assert outcome.reason == "TOOL_MISSING: no hadolint"


def row(id: str, checks: list[dict[str, Any]], output: str | None = None) -> str:
    return json.dumps(
        {
            "id": id,
            "category": "docker",
            "format": "dockerfile",
            "instruction": "A Dockerfile on debian:12 that exposes 8080 and runs as app",
            "output": fenced("dockerfile") if output is None else output,
            "checks": checks,
        }
    )


WEAK = [{"on": "ast", "expr": "final.base", "expect": "debian:12"}]
STRONG: list[dict[str, Any]] = [
    *WEAK,
    {"on": "ast", "expr": "final.user", "expect": "app"},
    {"on": "ast", "expr": "final.expose", "expect": ["8080"]},
    {"on": "ast", "expr": "stages[0].base", "expect": "golang:1.22"},
    {"on": "ast", "expr": "stages[0].instructions[0].value", "expect": ". ."},
    {"on": "ast", "expr": "stages[0].instructions[1].value", "expect": "go build -o /app ./cmd"},
    {"on": "ast", "expr": "stages[1].instructions[0].value", "expect": "--from=build /app /app"},
    {"on": "ast", "expr": "length(stages)", "expect": 2, "description": "two stages"},
]


def mutate(tmp_path: Path, *lines: str, arguments: tuple[str, ...] = ()) -> Any:
    from click.testing import CliRunner

    from rewardsvc.cli import main

    tasks = tmp_path / "tasks.jsonl"
    tasks.write_text("".join(f"{line}\n" for line in lines))
    return CliRunner().invoke(main, ["mutate", str(tasks), *arguments])


def test_the_command_tells_strong_checks_from_weak_ones(tmp_path: Path) -> None:
    done = mutate(tmp_path, row("weak", WEAK), row("strong", STRONG))
    assert done.exit_code == 0, done.stderr
    weak, strong = (json.loads(line) for line in done.stdout.splitlines())
    assert (weak["id"], strong["id"]) == ("weak", "strong")
    assert weak["caught"] < 0.6 and strong["caught"] == 1.0
    survivors = {(each["kind"], each["before"]) for each in weak["survivors"]}
    assert {("change-port", "8080"), ("weaken-policy", "USER app")} <= survivors
    assert strong["survivors"] == [] and strong["unscored"] == 0
    assert strong["caught_by_tools"] + strong["caught_by_checks"] == strong["counted"]
    assert weak["checks"][0]["only"] == weak["checks"][0]["caught"] > 0
    assert 7 in strong["useless"]  # no mutant that the tools accept has another number of stages
    assert "docker" in done.stderr and "weak: " in done.stderr


def test_a_share_that_is_demanded_and_not_reached_ends_with_1(tmp_path: Path) -> None:
    assert mutate(tmp_path, row("a", WEAK), arguments=("--min-caught", "0.9")).exit_code == 1
    assert mutate(tmp_path, row("a", STRONG), arguments=("--min-caught", "0.9")).exit_code == 0


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (row("a", []), "the task has no checks"),
        (row("a", WEAK, output=""), "the task has no reference"),
        (row("a", [{"on": "ast", "expr": "`false`"}]), "the reference itself is caught by checks"),
    ],
)
def test_what_cannot_be_measured_is_said_and_is_no_success(
    tmp_path: Path, line: str, problem: str
) -> None:
    done = mutate(tmp_path, line)
    assert done.exit_code == 0
    report = json.loads(done.stdout)
    assert report["problem"] == problem and report["caught"] is None
    assert mutate(tmp_path, line, arguments=("--min-caught", "0.1")).exit_code == 1


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", ":1: "),
        ("", "no tasks in it"),
        (row("a", [{"on": "plan", "expr": "x"}]), "row 1 (a): task.checks[0].on"),
    ],
)
def test_wrong_input_is_named_and_ends_with_2(tmp_path: Path, line: str, said: str) -> None:
    done = mutate(tmp_path, line)
    assert done.exit_code == 2
    assert said in done.stderr and done.stdout == ""
