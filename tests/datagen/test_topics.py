"""Every topic: its tasks can be answered, and its checks hold on its reference.

That they fail on wrong answers is tested in test_mutation_topics.py.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from random import Random
from typing import Any

import pytest

from datagen.brief import MARK, Brief, lit, need
from datagen.categories import CATEGORIES
from datagen.phrasing import unsaid
from datagen.sources.topics import record_of
from datagen.teachers.base import pair_schema
from datagen.teachers.prompt import commission
from datagen.topic import Category, Topic
from rewardsvc.artifact import Artifact, File
from rewardsvc.checks import compile_checks
from rewardsvc.extract import extract
from rewardsvc.formats import FORMATS
from rewardsvc.formats.dockerfile.build import build_of, tree_of
from rewardsvc.formats.dockerfile.syntax import parse
from rewardsvc.formats.jenkinsfile.groovy import parse as parse_groovy
from rewardsvc.formats.jenkinsfile.structure import read_model
from rewardsvc.types import Check, Target
from rewardsvc.yaml12 import load_documents

_EACH = [(category, topic) for category in CATEGORIES.values() for topic in category.topics]
ALL = [pytest.param(*each, id=f"{each[0].name}/{each[1].name}") for each in _EACH]
READABLE = [
    param
    for param, (_, topic) in zip(ALL, _EACH, strict=True)
    if not FORMATS[topic.format].mutations.load().costly
]
"""What a pure function turns into what checks see; plans, and what is rendered, have tests of their
own (test_terraform_topics.py, test_rendered_topics.py)."""

SAMPLES = 25


def projections(format: str, answer: str | Mapping[str, str]) -> dict[Target, Any]:
    texts = [answer] if isinstance(answer, str) else list(answer.values())
    if format == "dockerfile":
        (text,) = texts
        instructions = parse(text)
        return {Target.AST: tree_of(build_of(instructions), instructions)}
    if format == "jenkinsfile":
        (text,) = texts
        return {Target.AST: read_model(parse_groovy(text), text).tree}
    if format == "cloudformation":
        (text,) = texts
        shown = FORMATS[format].mutations.load().shown
        return dict(shown(text) or {}) if shown is not None else {}
    if format == "ansible":
        files = {"": answer} if isinstance(answer, str) else answer
        together = FORMATS[format].mutations.load().shown_together
        named = (File(path or "site.yml", "yaml", text) for path, text in files.items())
        return dict((together and together(Artifact(tuple(named)))) or {})
    documents = [document.value for text in texts for document in load_documents(text)]
    return {Target.DOCUMENTS: documents}


def failing(topic: Topic[Any], checks: tuple[Check, ...], seen: dict[Target, Any]) -> set[str]:
    """The expressions that do not hold."""
    return {
        check.expr
        for check in checks
        if (stage := compile_checks([check], FORMATS[topic.format]).evaluate(seen).stage)
        and stage.score < 1
    }


@pytest.mark.parametrize(("category", "topic"), ALL)
def test_a_task_is_answerable_checkable_and_varied(category: Category, topic: Topic[Any]) -> None:
    posed = [
        topic.pose(category.name, topic.sample(Random(f"{seed}/spec")), Random(seed))
        for seed in range(SAMPLES)
    ]
    for each in posed:
        assert len(each.task.checks) >= 4
        assert all(check.description for check in each.task.checks)
        assert not MARK.search(each.task.instruction + each.reference)
        assert not MARK.search(" ".join(check.description for check in each.task.checks))
        assert unsaid(each.brief, each.task.instruction) == []
        opening = rf"```{FORMATS[topic.format].fence}(?: path=\S+)?\n"
        assert re.match(opening, each.reference)
        assert bool(each.task.files) == (" path=" in each.reference.partition("\n")[0])
        assert all(path in each.task.instruction for path in each.task.files)
        compile_checks(each.task.checks, FORMATS[topic.format])
    assert len({each.id for each in posed}) == SAMPLES
    assert len({each.task.instruction for each in posed}) == SAMPLES


@pytest.mark.parametrize(("category", "topic"), ALL)
def test_the_same_specification_and_seed_give_the_same_task(
    category: Category, topic: Topic[Any]
) -> None:
    first, second = (
        topic.pose(category.name, topic.sample(Random("a")), Random("b")) for _ in range(2)
    )
    assert first == second


@pytest.mark.parametrize(("category", "topic"), READABLE)
def test_checks_hold_on_the_reference(category: Category, topic: Topic[Any]) -> None:
    for seed in range(SAMPLES):
        spec = topic.sample(Random(seed))
        seen = projections(topic.format, topic.answer(spec))
        assert failing(topic, topic.brief(spec).checks, seen) == set()


@pytest.mark.parametrize(("category", "topic"), ALL)
def test_no_check_holds_on_nothing(category: Category, topic: Topic[Any]) -> None:
    nothing: dict[Target, Any] = {
        Target.DOCUMENTS: [],
        Target.AST: {"args": {}, "stages": [], "instructions": [], "final": {}},
        Target.PLAN: {},
        Target.CONFIG: {},
    }
    checks = topic.brief(topic.sample(Random(1))).checks
    assert failing(topic, checks, nothing) == {check.expr for check in checks}


@pytest.mark.parametrize(("category", "topic"), READABLE)
def test_each_field_of_a_specification_is_pinned(category: Category, topic: Topic[Any]) -> None:
    others = [topic.sample(Random(seed)) for seed in range(100, 160)]
    for seed in range(3):
        spec = topic.sample(Random(seed))
        checks = topic.brief(spec).checks
        for field in fields(spec):
            values = {getattr(other, field.name) for other in others}
            for value in sorted(values - {getattr(spec, field.name)}, key=repr):
                changed = topic.answer(replace(spec, **{field.name: value}))
                if changed == topic.answer(spec):
                    continue
                seen = projections(topic.format, changed)
                assert failing(topic, checks, seen), f"{field.name}: {value!r} is as good"


@pytest.mark.parametrize(("category", "topic"), ALL)
def test_a_pair_is_verified_with_what_its_reference_leans_on_as_means(
    category: Category, topic: Topic[Any]
) -> None:
    rng = Random(1)
    posed = topic.pose(category.name, topic.sample(rng), rng)
    means = record_of(posed).task.means
    assert means is not None
    assert set(means.providers) == ({"aws"} if topic.format == "terraform" else set())
    assert means.modules == means.libraries == ()
    custom = ("serving.kserve.io/", "ray.io/", "kubeflow.org/", "trainer.kubeflow.org/")
    others = ("argoproj.io/", "keda.sh/", "gateway.networking.k8s.io/", "cert-manager.io/")
    monitored = ("monitoring.coreos.com/", "serving.knative.dev/")
    assert all(name.startswith((*custom, *others, *monitored)) for name in means.crds)


@dataclass(frozen=True, slots=True)
class Anything:
    """A specification for topics of whatever format."""

    name: str


@pytest.mark.parametrize("files", [(), ("a", "b/c")], ids=["one file", "two files"])
@pytest.mark.parametrize("format", FORMATS)
def test_every_format_can_have_a_topic(format: str, files: tuple[str, ...]) -> None:
    topic = Topic(
        name="anything",
        format=format,
        sample=lambda _: Anything("x"),
        brief=lambda spec: Brief(need(f"something called {lit(spec.name)}"), ()),
        answer=lambda spec: dict.fromkeys(files, spec.name) if files else spec.name,
    )
    record = record_of(topic.pose("toys", Anything("x"), Random(1)))
    artifact = extract(record.reference, record.task, FORMATS[format].verifier).artifact
    assert artifact is not None
    assert [file.text for file in artifact.files] == ["x\n"] * max(1, len(files))
    assert not files or tuple(file.path for file in artifact.files) == record.task.files == files
    assert FORMATS[format].prompt in commission(record)
    assert pair_schema(format, record.task.files)["properties"]["answer"]
