"""Good answers with one value replaced by anything: a verifier has an opinion, never a crash."""

import asyncio
import copy
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from rewardsvc.artifact import Artifact, File
from rewardsvc.checks import compile_checks
from rewardsvc.extract import extract
from rewardsvc.formats import FORMATS
from rewardsvc.pipeline import prepare
from rewardsvc.reward import components_of
from rewardsvc.types import Check, ScoreRequest, Target
from rewardsvc.verification.verifier import Workbench
from rewardsvc.yaml12 import load_documents
from sandbox.bubblewrap import BubblewrapSandbox
from sandbox.toolchain import Toolchain, discover
from tests.rewardsvc.test_golden import CASES

IN_PROCESS = (
    "kubernetes", "compose", "gitlab-ci", "azure-pipelines", "circleci", "bitbucket-pipelines",
)  # fmt: skip


def _without_shellcheck() -> Toolchain:
    toolchain = discover()
    tools = {name: tool for name, tool in toolchain.tools.items() if name != "shellcheck"}
    return replace(toolchain, tools=tools)


WORKBENCH = Workbench(BubblewrapSandbox(), _without_shellcheck(), terraform=None)
"""The sandbox is never entered: but for shellcheck, these formats are judged in this process."""


def _documents(format_name: str) -> Iterator[Any]:
    for case in CASES:
        if case.format == format_name and case.good:
            prepared = prepare(ScoreRequest(task=case.task, completion=case.completion))
            assert prepared.artifact is not None
            for file in prepared.artifact.files:
                tags = {"!reference": list}
                yield from (found.value for found in load_documents(file.text, tags=tags))


DOCUMENTS = {format_name: list(_documents(format_name)) for format_name in IN_PROCESS}

_WORDS = st.sampled_from(
    [
        "",
        "a",
        "web",
        "app",
        "b",
        "$X",
        "8080:80",
        "a:/b",
        "v1",
        "apps/v1",
        "Service",
        "0",
        "service:a",
    ]
)
_SCALARS = st.none() | st.booleans() | st.integers(-1, 70000) | st.floats(-9, 9) | _WORDS
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            _WORDS | st.sampled_from(["name", "spec", "image", "kind", "job", "source", "labels"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=5,
)


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    children = (
        value.items()
        if isinstance(value, dict)
        else (enumerate(value) if isinstance(value, list) else ())
    )
    for key, child in children:
        yield from _places(child, (*path, key))


def _replaced(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    value = copy.deepcopy(value)
    inner = value
    for part in path[:-1]:
        inner = inner[part]
    inner[path[-1]] = new
    return value


@pytest.mark.parametrize("format_name", IN_PROCESS)
@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_a_replaced_value_never_crashes_a_verifier(format_name: str, data: st.DataObject) -> None:
    document = data.draw(st.sampled_from(DOCUMENTS[format_name]))
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.sampled_from(list(_places(document))))
        document = _replaced(document, place, data.draw(_VALUES))
    others = data.draw(st.lists(st.sampled_from(DOCUMENTS[format_name]), max_size=2))
    text = yaml.safe_dump_all([document, *others])
    verifier = FORMATS[format_name].verifier
    artifact = Artifact((File(verifier.default_path, "yaml", text),))
    findings = asyncio.run(verifier.verify(artifact, WORKBENCH))
    components = components_of(
        findings.stages, parsed=findings.parsed, vacuous=bool(findings.vacuous), off_task=False
    )
    assert 0.0 <= components.syntax <= 1.0
    check = Check(on=Target.DOCUMENTS, expr="length(@) >= `0`")
    compiled = compile_checks([check], FORMATS[format_name])
    stage = compiled.evaluate(findings.projections, no_op={Target.DOCUMENTS: None}).stage
    assert not findings.parsed or (stage is not None and stage.score == 1.0)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from([case for case in CASES if case.format in IN_PROCESS]), st.data())
def test_a_damaged_completion_never_crashes_a_verifier(case: Any, data: st.DataObject) -> None:
    text = case.completion
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 40)))
    damaged = text[:start] + data.draw(st.text("a:-[]{}&*!|>#'\"\n `~1", max_size=8)) + text[end:]
    verifier = FORMATS[case.format].verifier
    extraction = extract(damaged, case.task, verifier)
    if extraction.artifact is not None:
        findings = asyncio.run(verifier.verify(extraction.artifact, WORKBENCH))
        assert findings.stages
