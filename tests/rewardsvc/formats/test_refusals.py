"""What a service refuses beyond its schema: each rule finds its own input, and nothing near it."""

from typing import Any

import pytest

from rewardsvc.artifact import Artifact, File
from rewardsvc.format import Format
from rewardsvc.formats import FORMATS
from rewardsvc.verification.refusals import Refusal
from rewardsvc.verification.verifier import Workbench

LEAST_REFUSALS = {
    "azure-pipelines": 10,
    "bitbucket-pipelines": 10,
    "circleci": 10,
    "compose": 30,
    "dockerfile": 20,
    "github-actions": 10,
    "gitlab-ci": 10,
    "jenkinsfile": 10,
    "kubernetes": 80,
    "terraform": 20,
}
"""Rows of a format's table of what the service refuses."""


@pytest.mark.parametrize("format", FORMATS.values(), ids=FORMATS)
def test_a_rule_has_a_code_of_its_own_and_a_source(format: Format) -> None:
    codes = [rule.code for rule in format.refusals]
    assert len(set(codes)) == len(codes)
    assert len(codes) >= LEAST_REFUSALS.get(format.name, 0)
    for rule in format.refusals:
        assert rule.what and rule.source and rule.refused != rule.accepted, rule.code


@pytest.mark.parametrize(
    ("format", "rule"),
    [
        pytest.param(format, rule, id=f"{format.name}-{rule.code}")
        for format in FORMATS.values()
        for rule in format.refusals
    ],
)
@pytest.mark.asyncio(loop_scope="module")
async def test_each_rule_refuses_its_input_and_not_the_one_near_it(
    format: Format, rule: Refusal[Any], workbench: Workbench
) -> None:
    found = {}
    for text in (rule.refused, rule.accepted):
        file = File(rule.path or format.verifier.default_path, format.fence, text)
        findings = await format.verifier.verify(Artifact((file,)), workbench)
        assert findings.parsed and not findings.vacuous, findings.vacuous
        if findings.lacking and workbench.toolchain.crd_schemas is None:
            pytest.skip("no schemas of custom resources here: run `make setup`")
        assert not findings.lacking and findings.fault is None
        found[text] = [
            diagnostic
            for stage in findings.stages
            for diagnostic in stage.diagnostics
            if diagnostic.severity != "info"
        ]
    assert {each.code for each in found[rule.refused]} == {rule.code}
    assert all(each.line for each in found[rule.refused])
    assert found[rule.accepted] == []
