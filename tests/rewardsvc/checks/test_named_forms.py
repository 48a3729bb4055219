"""A named check holds of each way to write the same, and of nothing near it."""

from collections.abc import Mapping
from typing import Any

import pytest

from rewardsvc.artifact import Artifact, File
from rewardsvc.checks import compile_checks
from rewardsvc.checks.named import read_named_check
from rewardsvc.formats import FORMATS
from rewardsvc.formats.kubernetes.named import ResourceHas
from rewardsvc.types import Check, CheckKind, JsonValue, Target
from rewardsvc.verification.verifier import Workbench


def _web(more: str = "", container: str = "", port: str = "containerPort: 8080, name: http") -> str:
    return (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n"
        f"  selector: {{matchLabels: {{app: web}}}}\n{more}"
        "  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n"
        f"        - {{name: web, image: 'nginx:1.27', ports: [{{{port}}}]{container}}}\n"
    )


def _service(port: str, more: str = "") -> str:
    return (
        f"---\napiVersion: v1\nkind: Service\nmetadata: {{name: web}}\n"
        f"spec: {{selector: {{app: web}}, ports: [{{{port}}}]{more}}}\n"
    )


def _app(line: str, more: str = "") -> str:
    return f"services:\n  app:\n    image: nginx:1.27\n    {line}\n{more}"


def _job(lines: str, on: str = "push", steps: str = "[{run: make}]") -> str:
    return f"on: {on}\njobs:\n  test:\n    {lines}\n    steps: {steps}\n"


def _image(base: str, line: str = "WORKDIR /srv") -> str:
    return f"FROM {base}\n{line}\nCOPY run.sh ./\n"


def _bucket(value: str) -> str:
    return (
        "Resources:\n  Key: {Type: AWS::KMS::Key, Properties: {Description: a}}\n"
        f"  Queue:\n    Type: AWS::SQS::Queue\n    Properties:\n      {value}\n"
    )


_DATA = "volumes: {data: {}}\n"
_ON_LINUX = "runs-on: ubuntu-latest"

FORMS: tuple[tuple[str, Mapping[str, Any], tuple[str, ...], tuple[str, ...]], ...] = (
    (
        "kubernetes",
        {"check": "resource_has", "kind": "Deployment", "path": "spec.replicas", "value": 1},
        (_web("  replicas: 1\n"), _web()),
        (_web("  replicas: 2\n"), _service("port: 80")),
    ),
    (
        "kubernetes",
        {"check": "resource_has", "kind": "Deployment", "path": "spec.replicas", "value": 2},
        (_web("  replicas: 2\n"),),
        (_web(),),
    ),
    (
        "kubernetes",
        {"check": "resource_has", "kind": "Service", "path": "spec.type", "value": "ClusterIP"},
        (_service("port: 80"), _service("port: 80", ", type: ClusterIP")),
        (_service("port: 80", ", type: NodePort"), _web()),
    ),
    (
        "kubernetes",
        {
            "check": "resource_has",
            "kind": "Service",
            "path": "spec.ports[0].protocol",
            "value": "TCP",
        },
        (_service("port: 80"), _service("port: 80, protocol: TCP")),
        (_service("port: 80, protocol: UDP"),),
    ),
    (
        "kubernetes",
        {
            "check": "container_has",
            "kind": "Deployment",
            "attributes": [{"path": "ports[0].protocol", "value": "TCP"}],
        },
        (_web(), _web(port="containerPort: 80, protocol: TCP")),
        (_web(port="containerPort: 80, protocol: UDP"),),
    ),
    (
        "kubernetes",
        {
            "check": "container_has",
            "kind": "Deployment",
            "attributes": [{"path": "livenessProbe.periodSeconds", "value": 10}],
        },
        (_web(container=", livenessProbe: {tcpSocket: {port: 8080}}"),),
        (_web(), _web(container=", livenessProbe: {tcpSocket: {port: 8080}, periodSeconds: 5}")),
    ),
    (
        "kubernetes",
        {"check": "service_exposes", "port": 80, "target_port": 8080},
        (
            _web() + _service("port: 80, targetPort: 8080"),
            _web() + _service("port: 80, targetPort: http"),
        ),
        (
            _web() + _service("port: 80"),
            _web() + _service("port: 81, targetPort: http"),
            _web(port="containerPort: 80, name: http") + _service("port: 80, targetPort: http"),
        ),
    ),
    (
        "compose",
        {"check": "service_has", "service": "app", "path": "volumes[0]", "value": "data:/data"},
        (
            _app("volumes: ['data:/data']", _DATA),
            _app("volumes: ['/tmp:/tmp', 'data:/data:rw']", _DATA),
            _app("volumes: [{type: volume, source: data, target: /data}]", _DATA),
        ),
        (
            _app("volumes: ['data:/data:ro']", _DATA),
            _app("volumes: [{type: volume, source: data, target: /other}]", _DATA),
            _app("volumes: [{type: volume, source: data, target: /data, read_only: true}]", _DATA),
            _app("tty: true", _DATA),
        ),
    ),
    (
        "compose",
        {"check": "service_has", "service": "app", "path": "command", "value": "npm run 'a b'"},
        (_app("command: npm run 'a b'"), _app("command: [npm, run, a b]")),
        (_app("command: [npm, run]"), _app("command: [npm, run, a, b]")),
    ),
    (
        "compose",
        {
            "check": "service_has",
            "service": "app",
            "path": "command",
            "value": ["npm", "run", "dev"],
        },
        (_app("command: npm run dev"), _app("command: [npm, run, dev]")),
        (_app("command: npm run"),),
    ),
    (
        "compose",
        {
            "check": "service_has",
            "service": "app",
            "path": "healthcheck.test",
            "value": ["CMD-SHELL", "curl -f a"],
        },
        (
            _app("healthcheck: {test: curl -f a}"),
            _app("healthcheck: {test: [CMD-SHELL, curl -f a]}"),
        ),
        (_app("healthcheck: {test: [CMD, curl, -f, a]}"),),
    ),
    (
        "compose",
        {"check": "service_has", "service": "app", "path": "restart", "value": "no"},
        (_app("restart: 'no'"), _app("tty: true")),
        (_app("restart: always"),),
    ),
    (
        "github-actions",
        {"check": "triggered_by", "event": "push", "branches": ["main"]},
        (
            _job(_ON_LINUX, "{push: {branches: [main]}}"),
            _job(_ON_LINUX, "{push: {branches: main}, pull_request: {}}"),
        ),
        (
            _job(_ON_LINUX),
            _job(_ON_LINUX, "{push: {branches: [main, dev]}}"),
            _job(_ON_LINUX, "{pull_request: {branches: [main]}}"),
        ),
    ),
    (
        "github-actions",
        {"check": "triggered_by", "event": "push", "branches": []},
        (
            _job(_ON_LINUX),
            _job(_ON_LINUX, "[pull_request, push]"),
            _job(_ON_LINUX, "{push: {tags: [v1]}}"),
        ),
        (_job(_ON_LINUX, "pull_request"), _job(_ON_LINUX, "{pull_request: {}}")),
    ),
    (
        "github-actions",
        {"check": "job_has", "job": "test", "path": "runs-on", "value": "ubuntu-latest"},
        (_job(_ON_LINUX), _job("runs-on: [ubuntu-latest]")),
        (_job("runs-on: [self-hosted, ubuntu-latest]"), _job("runs-on: ubuntu-22.04")),
    ),
    (
        "github-actions",
        {"check": "job_has", "job": "test", "path": "container.image", "value": "node:22"},
        (
            _job(f"{_ON_LINUX}\n    container: node:22"),
            _job(f"{_ON_LINUX}\n    container: {{image: 'node:22'}}"),
        ),
        (_job(f"{_ON_LINUX}\n    container: node:20"), _job(_ON_LINUX)),
    ),
    (
        "github-actions",
        {"check": "job_uses", "job": "test", "action": "./build"},
        (_job(_ON_LINUX, steps="[{uses: ./build}]"),),
        (_job(_ON_LINUX, steps="[{uses: ./build2}]"),),
    ),
    (
        "dockerfile",
        {"check": "final_image_has", "attribute": "base", "value": "nginx"},
        tuple(map(_image, ("nginx", "nginx:latest", "docker.io/library/nginx", "library/nginx"))),
        tuple(map(_image, ("nginx:1.27", "ghcr.io/nginx", "docker.io/me/nginx"))),
    ),
    (
        "dockerfile",
        {"check": "stage_from", "image": "python:3.12", "stage": ""},
        tuple(map(_image, ("python:3.12", "docker.io/python:3.12"))),
        tuple(map(_image, ("python:3.12-slim", "python"))),
    ),
    (
        "dockerfile",
        {"check": "final_image_has", "attribute": "workdir", "value": "/srv/"},
        (_image("nginx"), _image("nginx", "WORKDIR /srv/")),
        (_image("nginx", "WORKDIR /srv/a"),),
    ),
    (
        "cloudformation",
        {"check": "property_is", "resource": "Queue", "path": "DelaySeconds", "value": 5},
        (_bucket("DelaySeconds: 5"), _bucket("DelaySeconds: '5'")),
        (_bucket("DelaySeconds: 50"),),
    ),
    (
        "cloudformation",
        {"check": "type_has", "type": "AWS::SQS::Queue", "path": "FifoQueue", "value": True},
        (_bucket("FifoQueue: true"), _bucket("FifoQueue: 'true'")),
        (_bucket("FifoQueue: false"), _bucket("FifoQueue: 1")),
    ),
    (
        "cloudformation",
        {
            "check": "property_refers",
            "resource": "Queue",
            "path": "KmsMasterKeyId",
            "to": "Key",
            "attribute": "Arn",
        },
        (
            _bucket("KmsMasterKeyId: !GetAtt Key.Arn"),
            _bucket("KmsMasterKeyId: {Fn::GetAtt: [Key, Arn]}"),
            _bucket("KmsMasterKeyId: {Fn::GetAtt: Key.Arn}"),
            _bucket("KmsMasterKeyId: !Sub '${Key.Arn}'"),
            _bucket("KmsMasterKeyId: {Fn::Sub: ['${Key.Arn}${A}', {A: ''}]}"),
        ),
        (_bucket("KmsMasterKeyId: !Ref Key"), _bucket("KmsMasterKeyId: Key.Arn")),
    ),
)  # fmt: skip
"""Of each: the format, the check, what it must hold of, and what not."""


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    ("format", "check", "same", "other"),
    [pytest.param(*row, id=f"{row[0]}-{row[1]['check']}-{n}") for n, row in enumerate(FORMS)],
)
async def test_it_holds_of_each_form_and_of_nothing_near_it(
    format: str,
    check: Mapping[str, Any],
    same: tuple[str, ...],
    other: tuple[str, ...],
    workbench: Workbench,
) -> None:
    known = FORMATS[format]
    rendered = read_named_check(dict(check), known).render()
    for text in (*same, *other):
        file = File(known.verifier.default_path, known.fence, text)
        findings = await known.verifier.verify(Artifact((file,)), workbench)
        stage = compile_checks([rendered], known).evaluate(findings.projections).stage
        assert stage is not None
        assert (stage.score == 1.0) is (text in same), (text, rendered.expr, findings.stages)


def test_a_request_may_name_one() -> None:
    said = {"kind": "Deployment", "path": "spec.replicas", "value": 1}
    check = Check(kind=CheckKind.NAMED, name="resource_has", arguments=said)
    results = compile_checks([check], FORMATS["kubernetes"])
    assert results.checks[0][0].expr.startswith("[?kind == 'Deployment']")


@pytest.mark.parametrize(
    ("kind", "path", "value", "written", "expected"),
    [
        ("ResourceQuota", 'spec.hard."requests.memory"', "1Gi", "1024Mi", True),
        ("ResourceQuota", 'spec.hard."requests.memory"', "1Gi", "1G", False),
        ("ResourceQuota", 'spec.hard."requests.cpu"', "4", 4, True),
        ("ResourceQuota", 'spec.hard."requests.cpu"', "4", "4000m", True),
        ("LimitRange", "spec.limits[0].default.cpu", "500m", 0.5, True),
        ("LimitRange", "spec.limits[0].defaultRequest.memory", "512Mi", "0.5Gi", True),
        ("LimitRange", "spec.limits[0].max.memory", "2Gi", "2048Mi", True),
        ("LimitRange", "spec.limits[0].max.memory", "2Gi", "2049Mi", False),
    ],
)
def test_quantities_of_quotas_and_ranges_are_compared_as_such(
    kind: str, path: str, value: str, written: str | float, expected: bool
) -> None:
    spec: Any = {}
    if kind == "LimitRange":
        *_, group, name = path.split(".")
        spec = {"limits": [{group: {name: written}}]}
    else:
        spec = {"hard": {path.split('"')[1]: written}}
    check = ResourceHas(kind=kind, path=path, value=value).render()
    shown: dict[Target, JsonValue] = {Target.DOCUMENTS: [{"kind": kind, "spec": spec}]}
    stage = compile_checks([check], FORMATS["kubernetes"]).evaluate(shown).stage
    assert stage is not None and (stage.score == 1.0) is expected
