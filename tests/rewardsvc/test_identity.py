"""Identity: equal work has one, and whatever can change a verdict changes it."""

from dataclasses import replace

import pytest

from rewardsvc.identity import Conditions, identity
from rewardsvc.pipeline import prepare
from rewardsvc.reward import DEFAULT_WEIGHTS
from rewardsvc.types import Check, Components, ScoreRequest, Target, Task

DOCKERFILE = '```dockerfile\nFROM debian:12.5-slim\nRUN groupadd app\nUSER app\nCMD ["true"]\n```\n'

CONDITIONS = Conditions(
    toolchain="t", code="c", weights=DEFAULT_WEIGHTS, terraform="warm", terraform_deploy=False
)


def request(completion: str = DOCKERFILE, *checks: Check) -> ScoreRequest:
    task = Task(format="dockerfile", checks=checks)
    return ScoreRequest(id="one", task=task, completion=completion)


def of(asked: ScoreRequest, conditions: Conditions = CONDITIONS) -> str:
    return identity(prepare(asked), conditions)


def test_equal_work_has_one_identity_whatever_its_id_and_the_words_around_it() -> None:
    chatty = replace(request("Sure! Here you are:\n\n" + DOCKERFILE + "\nEnjoy."), id="2")
    assert of(request()) == of(chatty)


@pytest.mark.parametrize(
    "other",
    [
        request(DOCKERFILE.replace("debian:12.5", "debian:12.6")),
        request(DOCKERFILE.replace("```dockerfile", "```Dockerfile")),
        request(DOCKERFILE.replace("```dockerfile", "```dockerfile path=app.dockerfile")),
        request(DOCKERFILE.removesuffix("```\n")),
        request(DOCKERFILE, Check(on=Target.AST, expr="a")),
        request(""),
        replace(request(), task=Task(format="dockerfile", instruction="another")),
        replace(request(), task=Task(format="dockerfile", input="another")),
        replace(request(), task=Task(format="dockerfile", category="another")),
        replace(request(), task=Task(format="dockerfile", files=("Dockerfile",))),
    ],
    ids=[
        *("text", "label", "path", "fence", "check", "nothing"),
        *("instruction", "input", "category", "files"),
    ],
)
def test_identity_changes_with_the_request(other: ScoreRequest) -> None:
    assert of(request()) != of(other)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (Check(on=Target.AST, expr="a"), Check(on=Target.AST, expr="a", expect=None)),
        (Check(on=Target.AST, expr="a", expect=True), Check(on=Target.AST, expr="a", expect=1)),
        (Check(on=Target.AST, expr="a"), Check(on=Target.AST, expr="a", weight=2.0)),
    ],
    ids=["absent and null", "true and 1", "weight"],
)
def test_identity_tells_checks_apart(first: Check, second: Check) -> None:
    assert of(request(DOCKERFILE, first)) != of(request(DOCKERFILE, second))


@pytest.mark.parametrize(
    "other",
    [
        replace(CONDITIONS, toolchain="u"),
        replace(CONDITIONS, code="d"),
        replace(CONDITIONS, weights=Components(1.0, 0.0, 0.0)),
        replace(CONDITIONS, terraform="cold"),
        replace(CONDITIONS, terraform_deploy=True),
        replace(CONDITIONS, sandbox="docker"),
    ],
    ids=["toolchain", "code", "weights", "engine", "deploy", "sandbox"],
)
def test_identity_changes_with_the_conditions(other: Conditions) -> None:
    assert of(request()) != of(request(), other)
