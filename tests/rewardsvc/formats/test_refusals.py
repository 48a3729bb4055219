"""What a service refuses beyond its schema: each rule finds its own input, and nothing near it."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from rewardsvc.artifact import Artifact, File
from rewardsvc.format import Format
from rewardsvc.formats import FORMATS
from rewardsvc.formats.github_actions.workflow import Workflow
from rewardsvc.formats.kubernetes.manifests import manifests_of
from rewardsvc.formats.kubernetes.references import check_references
from rewardsvc.formats.kubernetes.refusals import RULES
from rewardsvc.types import Diagnostic, JsonValue
from rewardsvc.verification.refusals import Refusal, refusals_in
from rewardsvc.verification.verifier import Workbench
from rewardsvc.verification.yaml_files import YamlFile
from rewardsvc.yaml12 import Lines, load_documents
from tests.needs import lacks
from tests.rewardsvc.formats.refused_lines import (
    ELSEWHERE,
    can_be_laid_out,
    differing,
    laid_out,
)

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
async def test_each_rule_refuses_its_input_once_at_its_line_and_not_the_one_near_it(
    format: Format, rule: Refusal[Any], workbench: Workbench
) -> None:
    refused, accepted = rule.refused, rule.accepted
    assert await _costing(format, rule, accepted, workbench) == []
    (found,) = await _costing(format, rule, refused, workbench)
    if can_be_laid_out(format.name, rule):
        refused, accepted = laid_out(refused), laid_out(accepted)
        assert await _costing(format, rule, accepted, workbench) == []
        (found,) = await _costing(format, rule, refused, workbench)
    assert found.code == rule.code
    told = f"{format.name} {rule.code}"
    if told in ELSEWHERE:
        assert refused.splitlines()[found.line - 1].strip() == ELSEWHERE[told]
    else:
        assert found.line in differing(refused, accepted)


async def _costing(
    format: Format, rule: Refusal[Any], text: str, workbench: Workbench
) -> list[Diagnostic]:
    """What a text costs: errors and warnings."""
    file = File(rule.path or format.verifier.default_path, format.fence, text)
    findings = await format.verifier.verify(Artifact((file,)), workbench)
    assert findings.parsed and not findings.vacuous, findings.vacuous
    if findings.lacking and workbench.toolchain.crd_schemas is None:
        lacks("crds", "no schemas of custom resources here: run `make setup`")
    if findings.lacking and workbench.toolchain.tools["python-libraries"].path is None:
        pytest.skip("no libraries of Python answers here: run `make python-libraries`")
    assert not findings.lacking and findings.fault is None
    return [
        diagnostic
        for stage in findings.stages
        for diagnostic in stage.diagnostics
        if diagnostic.severity != "info"
    ]


def test_the_lines_that_are_told_are_of_rows() -> None:
    rows = {f"{format.name} {rule.code}" for format in FORMATS.values() for rule in format.refusals}
    assert ELSEWHERE.keys() <= rows


@pytest.mark.parametrize("wrong", [["a"], {"a": "b"}, [[1]], 1, "a", None], ids=repr)
def test_rules_that_are_asked_of_what_no_schema_accepts_bear_it(wrong: JsonValue) -> None:
    for rule in FORMATS["kubernetes"].refusals:
        for source in _with(wrong, rule.refused):
            for manifest in manifests_of(source):
                if manifest.kind and manifest.api_version:  # those that have a schema
                    list(RULES.problems(manifest, builtin=True))
                    list(RULES.problems(manifest, builtin=False))
                    list(check_references([manifest], False))
    for rule in FORMATS["github-actions"].refusals:
        for source in _with(wrong, rule.refused):
            list(refusals_in(FORMATS["github-actions"].refusals, Workflow.of(source)))


def _with(wrong: JsonValue, text: str) -> Iterator[YamlFile]:
    """The documents of a text, each with one of its values replaced."""
    file = File("a.yaml", "yaml", text)
    for document in load_documents(text):
        for path in _paths(document.value):
            value = _replaced(document.value, path, wrong)
            yield YamlFile(file, 0, value, 1, Lines(text))


def _paths(value: JsonValue, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    yield path
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _paths(inner, (*path, key))


def _replaced(value: JsonValue, path: Sequence[str | int], other: JsonValue) -> JsonValue:
    if not path:
        return other
    copy = value.copy()
    copy[path[0]] = _replaced(value[path[0]], path[1:], other)
    return copy
