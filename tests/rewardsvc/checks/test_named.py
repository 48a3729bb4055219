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
from rewardsvc.types import Target
from rewardsvc.verification.verifier import Workbench
from sandbox.hcl.addresses import AWS
from tests.needs import lacks
from tests.rewardsvc.formats.format_cases import FormatCases, cases_of

WORDS: Mapping[str, FormatCases] = {
    name: cases for name in FORMATS if (cases := cases_of(name)) is not None and cases.words
}
"""Formats whose words are tried: ``tests/rewardsvc/formats/cases``."""

ROWS = [
    (name, check, arguments, holds)
    for name, cases in WORDS.items()
    for check, rows in cases.words
    for arguments, holds in rows
]


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("format", WORDS)
async def test_each_holds_of_what_has_it_and_of_nothing_else(
    format: str, workbench: Workbench
) -> None:
    if format == "terraform" and (
        workbench.terraform is None or AWS not in workbench.toolchain.providers
    ):
        lacks("terraform", "no terraform or no AWS provider: set ASSAY_TERRAFORM_MIRROR")
    known, cases = FORMATS[format], WORDS[format]
    said = cases.answer
    texts = {known.verifier.default_path: said} if isinstance(said, str) else said
    answer = Artifact(tuple(File(path, known.fence, text) for path, text in texts.items()))
    bench = replace(workbench, task_input=cases.given)
    findings = await known.verifier.verify(answer, bench)
    wrong = []
    for about, check, words, holds in ROWS:
        if about != format:
            continue
        named = read_named_check({"check": check, **words}, known)
        results = compile_checks([named.render()], known).evaluate(findings.projections)
        assert results.stage is not None
        if (results.stage.score == 1.0) is not holds:
            wrong.append((check, words, results.stage.diagnostics))
    assert wrong == []


@pytest.mark.parametrize("format", FORMATS)
def test_every_word_is_tried_both_ways(format: str) -> None:
    for word in FORMATS[format].named:
        tried = {
            holds
            for about, check, _, holds in ROWS
            if check == word.word() and word in FORMATS[about].named
        }
        assert tried == {True, False}, f"{word.word()}: see tests/rewardsvc/formats/cases"


@pytest.mark.parametrize("format", WORDS)
def test_the_schema_takes_what_the_reader_takes(format: str) -> None:
    schema = jsonschema_rs.validator_for(vocabulary_schema(FORMATS[format]))
    rows = [{"check": check, **words} for about, check, words, _ in ROWS if about == format]
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


@pytest.mark.parametrize(
    ("format", "data", "says"),
    [
        ("kubernetes", {"check": "kind_count", "kind": "deployment", "count": 1}, "is no kind"),
        (
            "kubernetes",
            {"check": "resource_has", "kind": "Pod", "name": "a", "path": "metadata.name",
             "value": "b"},
            "another name",
        ),
        (
            "kubernetes",
            {"check": "container_has", "kind": "Pod", "attributes": [
                {"path": "image", "value": "a"}, {"path": "image", "value": "b"}]},
            "image has one value",
        ),
        ("gitlab-ci", {"check": "job_needs", "job": "a", "needs": ["a"]}, "for itself"),
        (
            "compose",
            {"check": "service_depends_on", "service": "a", "on": "a", "condition": ""},
            "for itself",
        ),
    ],
)  # fmt: skip
def test_what_can_never_hold_is_refused_when_it_is_rendered(
    format: str, data: Any, says: str
) -> None:
    with pytest.raises(ValueError, match=f"never holds.*{says}"):
        read_named_check(data, FORMATS[format]).render()


def test_texts_cannot_leave_their_quotes() -> None:
    quote = ContainerHas(
        kind="Pod", name="a' || `true` || '", attributes=having({"image": "\\'x`\"`"})
    )
    check = quote.render()
    results = compile_checks([check], FORMATS["kubernetes"])
    assert results.checks[0][0].expr.count("|| `true` ||") == 1
    stage = results.evaluate({Target.DOCUMENTS: [{"kind": "Pod"}]}).stage
    assert stage is not None and stage.score == 0.0


def test_descriptions_read_as_sentences() -> None:
    said = {
        json.dumps(words): read_named_check({"check": check, **words}, FORMATS[format]).described()
        for format, check, words, _ in ROWS
    }
    assert 'container web of Deployment web has image = "nginx:1.27"' in said.values()
    assert "tcp port 22 is reachable from 10.0.0.0/8" in said.values()
    assert all(text and "  " not in text for text in said.values())
