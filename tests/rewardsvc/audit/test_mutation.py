"""What mutants are made of each format."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewardsvc.audit.mutation.generate import mutants_of
from rewardsvc.audit.mutation.mutant import Kind
from rewardsvc.audit.mutation.render import load, render
from rewardsvc.audit.mutation.strength import sampled
from rewardsvc.audit.mutation.values import changes
from rewardsvc.extract import extract
from rewardsvc.formats import FORMATS
from rewardsvc.types import (
    Task,
)
from tests.rewardsvc.audit.references import READY, TEXTS, fenced, mutants


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
        ("kustomize", Kind.BREAK_REFERENCE, "../../base", "../../base-missing"),
        ("kustomize", Kind.BREAK_REFERENCE, "memory.yaml", "memory.yaml-missing"),
        ("kustomize", Kind.BREAK_REFERENCE, "shop", "shop-missing"),
        ("kustomize", Kind.CHANGE_NUMBER, "4", "5"),
        ("kustomize", Kind.CHANGE_NAME, "1.4.2", "1.4.2-other"),
        ("kustomize", Kind.FLIP_BOOLEAN, "true", "false"),
        ("kustomize", Kind.DROP_ATTRIBUTE, "settings.yaml", ""),
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
        ("ansible", Kind.DROP_RESOURCE, "0", ""),
        ("ansible", Kind.FLIP_BOOLEAN, "present", "absent"),
        ("ansible", Kind.FLIP_BOOLEAN, "state=absent", "state=present"),
        ("ansible", Kind.FLIP_BOOLEAN, "started", "stopped"),
        ("ansible", Kind.FLIP_BOOLEAN, "restarted", "stopped"),
        ("ansible", Kind.FLIP_BOOLEAN, "true", "false"),
        ("ansible", Kind.CHANGE_NAME, "nginx", "nginx-other"),
        ("ansible", Kind.CHANGE_NAME, "name=apache2", "name=apache2-other"),
        ("ansible", Kind.CHANGE_PORT, "8080", "8081"),
        ("ansible", Kind.CHANGE_NUMBER, "30", "31"),
        ("ansible", Kind.BREAK_REFERENCE, "Restart nginx", "Restart nginx-missing"),
        ("ansible", Kind.WEAKEN_POLICY, "0640", "0777"),
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
