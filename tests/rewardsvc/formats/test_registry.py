"""The registry: each format has all its parts, and nobody else names a format."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from rewardsvc.artifact import Artifact, File
from rewardsvc.audit.gaming.catalogue import Scene
from rewardsvc.audit.mutation.mutations import Mutations
from rewardsvc.checks.named import NamedCheck, vocabulary_schema
from rewardsvc.comparison import Comparison
from rewardsvc.format import Format
from rewardsvc.formats import FORMATS
from rewardsvc.types import Means, Target
from rewardsvc.witness import witness_of
from sandbox.toolchain.table import FORMATS as NEEDS
from tests.imports import ROOT

EACH = [pytest.param(format, id=name) for name, format in FORMATS.items()]

MARKS = {"jenkinsfile": "//", "plan-prediction": ""}
"""What begins a comment, where that is not ``#``; "" where there are none."""

NAMED_ELSEWHERE = {
    ("datagen/making.py", "kubernetes"): "a category",
    ("datagen/pipeline/plans.py", "terraform"): "what is planned",
    ("datagen/planned.py", "plan-prediction"): "a category's only format",
    ("datagen/sources/topics.py", "bash"): "a category",
    ("datagen/sources/topics.py", "kubernetes"): "a category",
    ("datagen/sources/topics.py", "terraform"): "a category",
    ("rewardsvc/cli/mutate.py", "terraform"): "a flag, --terraform",
    ("rewardsvc/cli/score.py", "terraform"): "a flag, --terraform",
    ("rewardsvc/local.py", "terraform"): "a tool of the toolchain",
    ("rewardsvc/verification/pipelines/scripts.py", "bash"): "a dialect of shellcheck",
}
"""Texts outside of the formats' folders that equal a format's name, and what they are."""


@pytest.mark.parametrize("format", EACH)
def test_a_format_has_every_part(format: Format) -> None:
    verifier = format.verifier
    assert FORMATS[format.name] is format and verifier.targets <= set(Target)
    assert format.fence in verifier.languages and format.fence == format.fence.lower()
    assert len({each.name for each in format.measures}) == len(format.measures)
    assert {each.on for each in format.measures} <= verifier.targets
    assert verifier.default_path and format.prompt.startswith(("a ", "an ", "Kubernetes "))
    assert all(issubclass(each, NamedCheck) and each.__doc__ for each in format.named)
    assert len({each.word() for each in format.named}) == len(format.named)
    assert vocabulary_schema(format)["type"] == "array"


@pytest.mark.parametrize("format", EACH)
def test_comments_go_and_lines_stay(format: Format) -> None:
    witness = witness_of(format)
    code = witness.files[0].text if witness is not None else "a = 1"
    mark = MARKS.get(format.name, "#")
    text = f"{mark} FLATTERY\n{code}\n"
    assert format.comments("") == ""
    without = format.comments(text)
    assert ("FLATTERY" in without) is (not mark) and without.count("\n") == text.count("\n")


@pytest.mark.parametrize("format", EACH)
def test_what_is_deferred_is_there_and_of_its_kind(format: Format) -> None:
    mutations = format.mutations.load()
    assert isinstance(mutations, Mutations)
    scenes = format.gaming.load() if format.gaming is not None else ()
    assert scenes and all(isinstance(each, Scene) for each in scenes)
    assert {each.task.format for each in scenes} == {format.name}
    if format.comparison is not None:
        assert isinstance(format.comparison.load(), Comparison)
    if format.leans_on is not None:
        assert isinstance(format.leans_on.load()(Artifact(())), Means)
    witness = witness_of(format)
    if witness is not None:
        assert mutations.projection(witness) is not None
        assert list(mutations.edits(witness.files[0])), "nothing to do to the witness"


@pytest.mark.parametrize("format", EACH)
def test_what_checks_see_without_tools_is_what_they_may_look_at(format: Format) -> None:
    shown = format.mutations.load().shown
    if shown is None:
        return
    witness = witness_of(format)
    assert witness is not None
    seen = shown(witness.files[0].text)
    assert seen is not None and seen.keys() == format.targets


def test_a_file_has_the_language_of_its_name_in_one_format_at_most() -> None:
    for name in ("main.tf", "Dockerfile", "web.dockerfile", "run.sh", "Jenkinsfile", "train.py"):
        assert [format.name for format in FORMATS.values() if format.has(f"a/{name}")] != []
    patterns = [pattern for format in FORMATS.values() for pattern in format.names]
    assert len(set(patterns)) == len(patterns)


def test_the_toolchain_says_of_every_format_what_it_needs() -> None:
    assert [entry.name for entry in NEEDS] == list(FORMATS)


def test_nobody_else_names_a_format() -> None:
    found = {
        (place, value)
        for package in ("rewardsvc", "rl", "datagen")
        for file in sorted((ROOT / package).rglob("*.py"))
        if not (place := file.relative_to(ROOT).as_posix()).startswith(
            # Topics name formats, and so do those that are made of a provider's documentation or
            # of files that are told by their paths.
            (
                *("rewardsvc/formats/", "datagen/categories/"),
                *("datagen/sources/documentation/", "datagen/sources/collected/"),
            )
        )
        for value in texts_of(file)
        if value in FORMATS
    }
    assert found == NAMED_ELSEWHERE.keys()


def test_a_format_is_named_where_it_is_a_text_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "module.py"
    file.write_text('"""bash"""\nnamed = {"terraform": f"{1}bash"}\nimport rewardsvc\n')
    assert set(texts_of(file)) == {"bash", "terraform"}


def texts_of(file: Path) -> Iterator[str]:
    """The string constants of a module."""
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def test_an_empty_file_has_no_edits() -> None:
    for format in FORMATS.values():
        file = File(format.verifier.default_path, format.fence, "")
        assert list(format.mutations.load().edits(file)) == []
