"""One mistake costs once, whatever number of schemas, tools and rules see it; two cost twice."""

import math

import pytest

from rewardsvc.artifact import Artifact, File
from rewardsvc.formats import FORMATS
from rewardsvc.types import Component, Diagnostic, StageStatus
from rewardsvc.verification.once import each_once, not_said
from rewardsvc.verification.verifier import Workbench

_WORKFLOW = """\
on: push
permissions:
  contents: read
jobs:
  call:
    uses: ./.github/workflows/a.yml
    secrets: inherit
  test:
    runs-on: ubuntu-latest
    timeout-minutes: 5
    container:
      image: node:22
    steps:
      - name: make
        run: make
        if: success()
"""

_MANIFESTS = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - name: web
          image: nginx:1.27
          imagePullPolicy: Always
          volumeMounts: [{name: data, mountPath: /a}]
      volumes: [{name: data, emptyDir: {}}]
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector: {app: web}
  ports: [{port: 80}]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web}
spec:
  rules:
    - http:
        paths:
          - path: /
            pathType: Prefix
            backend: {service: {name: web, port: {number: 80}}}
"""

_CHANGES = {
    "github-actions": (
        _WORKFLOW,
        (
            ("secrets: inherit", "secrets: all"),
            ("contents: read", "content: read"),
            ("contents: read", "contents: maybe"),
            ("    runs-on: ubuntu-latest\n", ""),
            ("runs-on:", "runs_on:"),
            ("image:", "img:"),
            ("      image: node:22", "      [a]"),
            ("timeout-minutes: 5", "timeout: 5"),
            ("run: make", "script: make"),
            ("if: success()", "if: [a]"),
            ("- name: make", "- make\n      - name: make"),
            ("on: push\n", ""),
            ("on: push", "concurrency: [a]\non: push"),
        ),
    ),
    "kubernetes": (
        _MANIFESTS,
        (
            ("metadata: {name: web}", "metadatas: {name: web}"),
            ("selector: {matchLabels: {app: web}}", "selector: {matchLabels: {app: [web]}}"),
            ("labels: {app: web}", "label: {app: web}"),
            ("labels: {app: web}", "labels: {app: Not a label!}"),
            ("imagePullPolicy: Always", "imagePullPolicies: Always"),
            ("volumes: [", "volume: ["),
            ("volumes: [{name:", "volumes: [{nam:"),
            ("port: {number: 80}", "port: {numbers: 80}"),
            ("port: {number: 80}", "port: [80]"),
            ("ports: [{port: 80}]", "ports: [{prt: 80}]"),
            ("ports: [{port: 80}]", "port: [{port: 80}]"),
            ("service: {name", "services: {name"),
        ),
    ),
}


async def _costing(format: str, text: str, workbench: Workbench) -> list[Diagnostic]:
    known = FORMATS[format]
    file = File(known.verifier.default_path, known.fence, text)
    findings = await known.verifier.verify(Artifact((file,)), workbench)
    assert findings.parsed and not findings.vacuous
    return [
        found
        for stage in findings.stages
        for found in stage.diagnostics
        if found.severity != "info"
    ]


@pytest.mark.parametrize(
    ("format", "right", "wrong"),
    [
        pytest.param(format, right, wrong, id=f"{format} {wrong[:30]!r}")
        for format, (_, changes) in _CHANGES.items()
        for right, wrong in changes
    ],
)
@pytest.mark.asyncio(loop_scope="module")
async def test_one_mistake_costs_once(
    format: str, right: str, wrong: str, workbench: Workbench
) -> None:
    text = _CHANGES[format][0]
    assert right in text and await _costing(format, text, workbench) == []
    (found,) = await _costing(format, text.replace(right, wrong, 1), workbench)
    assert found.severity == "error"


@pytest.mark.asyncio(loop_scope="module")
async def test_two_mistakes_cost_twice(workbench: Workbench) -> None:
    text = _WORKFLOW.replace("secrets: inherit", "secrets: all").replace("image:", "img:")
    assert len(await _costing("github-actions", text, workbench)) == 2
    text = _MANIFESTS.replace("imagePullPolicy:", "pullPolicy:").replace("path: /\n", "path: a\n")
    assert len(await _costing("kubernetes", text, workbench)) == 2


async def _syntax(format: str, text: str, workbench: Workbench) -> float:
    """What the gates of syntax are worth together."""
    known = FORMATS[format]
    file = File(known.verifier.default_path, known.fence, text)
    findings = await known.verifier.verify(Artifact((file,)), workbench)
    return math.prod(
        stage.score
        for stage in findings.stages
        if stage.component is Component.SYNTAX and stage.status is not StageStatus.SKIPPED
    )


@pytest.mark.parametrize("format", _CHANGES)
@pytest.mark.asyncio(loop_scope="module")
async def test_one_more_mistake_never_earns_more(format: str, workbench: Workbench) -> None:
    text, changes = _CHANGES[format]
    mount = "{name: data, mountPath: /a}"
    starts = [text, text.replace(f"[{mount}]", f"[{mount}, {mount}]")]
    starts += [text.replace(*changes[place], 1) for place in (1, 6)]
    for start in starts:
        before = await _syntax(format, start, workbench)
        for right, wrong in changes:
            if right in start:
                after = await _syntax(format, start.replace(right, wrong, 1), workbench)
                assert after <= before + 1e-9, (right, wrong, start)


@pytest.mark.asyncio(loop_scope="module")
async def test_two_lacks_at_one_place_are_two_mistakes(workbench: Workbench) -> None:
    steps = _WORKFLOW[_WORKFLOW.index("    steps:") :]
    text = _WORKFLOW.replace(steps, "").replace("    runs-on: ubuntu-latest\n", "")
    assert len(await _costing("github-actions", text, workbench)) == 2


def _at(*path: str | int, against: tuple[str | int, ...] = ()) -> Diagnostic:
    places = ((*path,), against) if against else ((*path,),)
    return Diagnostic("error", "", places=places)


@pytest.mark.parametrize(
    ("later", "before", "costing"),
    [
        ([_at("a", 0, "x")], [_at("a", 0, "x")], 0),
        ([_at("a", 0)], [_at("a", 0, "x")], 0),
        ([_at("a", 0, "x", "y")], [_at("a", 0, "x")], 0),
        ([_at("a", 0, "y")], [_at("a", 0, "x")], 1),
        ([_at("b", 0, "x")], [_at("a", 0, "x")], 1),
        ([_at("a", 0, "y", against=("a", 0, "x"))], [_at("a", 0, "x", "z")], 0),
        ([_at("a", 0, "x"), _at("a", 0)], [_at("a", 0, "x")], 1),
        ([_at("a", 0)], [], 1),
        ([Diagnostic("error", "")], [Diagnostic("error", "")], 1),
    ],
)
def test_an_objection_accounts_for_one_later_one_of_its_place(
    later: list[Diagnostic], before: list[Diagnostic], costing: int
) -> None:
    found = not_said(later, *before)
    assert len(found) == len(later)
    assert sum(each.severity == "error" for each in found) == costing


def test_an_objection_accounts_for_one_finding_of_all_later_stages() -> None:
    later = _at("a", 0, "x")
    first, second, third = each_once([_at("a", 0)], [later], [later])
    assert [each.severity for each in (*first, *second, *third)] == ["error", "info", "error"]
    # What an error brings on is left to be accounted for by the next, if it costs itself.
    _, second, third = each_once([], [later], [later])
    assert [each.severity for each in (*second, *third)] == ["error", "info"]
