"""CloudFormation: what is vacuous, what checks see, whose fault it is, and real templates."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from rewardsvc.artifact import Artifact, File
from rewardsvc.formats.cloudformation.linting import LIMITS, linted
from rewardsvc.formats.cloudformation.template import read_templates
from rewardsvc.formats.cloudformation.verifier import CloudformationVerifier
from rewardsvc.types import Stage, StageStatus, Target
from rewardsvc.verification.ladder import OVERRUN
from rewardsvc.verification.verifier import Findings, Workbench
from sandbox.base import Command, Ended, Result, StepResult, Usage
from sandbox.errors import ToolCrashed, ToolMissing
from sandbox.toolchain import Source

pytestmark = pytest.mark.asyncio(loop_scope="module")

QUEUE = "{Type: AWS::SQS::Queue}"


def artifact(text: str, label: str = "yaml") -> Artifact:
    return Artifact((File("template.yaml", label, text),))


async def verify(text: str, bench: Workbench, label: str = "yaml") -> Findings:
    return await CloudformationVerifier().verify(artifact(text, label), bench)


def stages(findings: Findings) -> Mapping[str, Stage]:
    return {stage.name: stage for stage in findings.stages}


def template(text: str) -> Any:
    (source,) = read_templates(artifact(text)).sources
    return source.value


def codes(stage: Stage) -> list[str]:
    return [found.code for found in stage.diagnostics if found.severity != "info"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Resources: {}", "no resource"),
        ("Parameters: {P: {Type: String}}\nOutputs: {O: {Value: a}}", "no resource"),
        ("Resources: {H: {Type: AWS::CloudFormation::WaitConditionHandle}}", "handles"),
        ("Resources: {S: {Type: AWS::CloudFormation::Stack}}", "left to other"),
        ("Resources: {C: {Type: Custom::Thing}}", "left to other"),
        ("Resources: {C: {Type: AWS::CloudFormation::CustomResource}}", "left to other"),
        ("Resources: {M: {Type: Acme::Net::Vpc::MODULE}}", "left to other"),
        ("Resources: {M: {Type: Acme::Net::Vpc}}", "left to other"),
        (
            f"Conditions: {{N: !Equals [a, b]}}\nResources: {{Q: {QUEUE[:-1]}, Condition: N}}}}",
            "their conditions never hold",
        ),
        (f"Resources: {{Fn::ForEach::L: [N, [], {{'Q${{N}}': {QUEUE}}}]}}", "no resource"),
    ],
)
async def test_a_stack_without_anything_of_its_own_is_vacuous(
    text: str, why: str, workbench: Workbench
) -> None:
    findings = await verify(text, workbench)
    assert why in findings.vacuous
    assert all(stage.status is StageStatus.SKIPPED for stage in findings.stages[1:])


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "Resources: [a]",
        "Resources: {Q: a}",
        "Resources: {Q: {Type: [a]}, R: {Type: AWS::SQS::Queue}}",
        f"Resources: {{Q: {QUEUE}}}\nMetadata: a",
        f"Resources: {{Q: {QUEUE}}}\nMetadata:",
        f"Resources: {{Q: {QUEUE}}}\nParameters: [a]",
        "Resources: {Q: {Type: AWS::SQS::Queue, Metadata: [a]}}",
        f"Resources: {{Q: {QUEUE}}}\n---\nResources: {{R: {QUEUE}}}",
    ],
)
async def test_what_is_no_template_is_wrong_and_no_tool_is_asked(
    text: str, workbench: Workbench
) -> None:
    findings = await verify(text, replace(workbench, sandbox=Silent()))
    assert not findings.projections and stages(findings)["lint"].status is StageStatus.SKIPPED
    assert findings.vacuous or stages(findings)["validate"].score < 1.0


class Silent:
    """A sandbox that must not be asked."""

    async def run(self, command: Command) -> Result:
        raise AssertionError(command.steps)


class Says:
    """A sandbox whose linter ends in one way."""

    def __init__(self, printed: bytes, code: int = 0, ended: Ended = Ended.EXITED) -> None:
        self.printed, self.code, self.ended = printed, code, ended

    async def run(self, command: Command) -> Result:
        name = command.steps[0].name
        step = StepResult(name, self.code, self.printed, b"Traceback: this", 0.0)
        return Result(self.ended, (step,), Usage(0.0))


def entry(rule: str, message: str = "so") -> Mapping[str, Any]:
    return {"rule": rule, "message": message, "line": 1, "path": []}


@pytest.mark.parametrize(
    "said",
    [
        Says(b"", code=1),
        Says(b"no JSON"),
        Says(b"[{}]"),
        Says(b"{}x"),
        Says(json.dumps([entry("E0002", "Unknown exception")]).encode()),
        Says(json.dumps([entry("E0002"), entry("W2001")]).encode()),
    ],
    ids=lambda said: said.printed.decode()[:20],
)
async def test_a_linter_that_breaks_is_no_wrong_answer(said: Says, workbench: Workbench) -> None:
    with pytest.raises(ToolCrashed):
        await verify(f"Resources: {{Q: {QUEUE}}}", replace(workbench, sandbox=said))


async def test_a_rule_that_stumbles_over_what_another_refuses_says_nothing(
    workbench: Workbench,
) -> None:
    said = Says(json.dumps([entry("E0002"), entry("E3002", "not allowed")]).encode())
    findings = await verify(f"Resources: {{Q: {QUEUE}}}", replace(workbench, sandbox=said))
    assert codes(stages(findings)["validate"]) == ["E3002"]


@pytest.mark.parametrize("ended", [Ended.CPU_TIME, Ended.MEMORY, Ended.WALL_TIME])
async def test_a_template_that_is_too_much_for_the_linter_is_its_own_doing(
    ended: Ended, workbench: Workbench
) -> None:
    bench = replace(workbench, sandbox=Says(b"", ended=ended))
    findings = await verify(f"Resources: {{Q: {QUEUE}}}", bench)
    validated = stages(findings)["validate"]
    assert codes(validated) == [OVERRUN] and validated.score == 0.5
    assert findings.projections.get(Target.DOCUMENTS, []) == []


async def test_without_cfn_lint_nobody_can_tell(workbench: Workbench) -> None:
    tools = dict(workbench.toolchain.tools)
    tools["cfn-lint"] = replace(tools["cfn-lint"], source=Source.MISSING)
    bench = replace(workbench, toolchain=replace(workbench.toolchain, tools=tools))
    with pytest.raises(ToolMissing, match="cfn-lint"):
        await verify(f"Resources: {{Q: {QUEUE}}}", bench)
    assert (await verify("Resources: {}", bench)).vacuous


async def test_loaded_once_or_started_anew_it_says_the_same(workbench: Workbench) -> None:
    text = """
Resources:
  F:
    Type: AWS::Lambda::Function
    Properties: {Runtime: python2.7, Code: {ZipFile: a}, Colour: green}
  B: {Type: AWS::S3::Bucket, Properties: {AccessControl: PublicRead}}
"""
    asked: list[Command] = []

    class Watching:
        def __init__(self, stateless: bool) -> None:
            self.stateless = stateless

        async def run(self, command: Command) -> Result:
            asked.append(command)
            return await workbench.sandbox.run(replace(command, stateless=self.stateless))

    both = [
        await verify(text, replace(workbench, sandbox=Watching(stateless)))
        for stateless in (True, False, True)
    ]
    said = [[replace(stage, seconds=0.0) for stage in each.stages] for each in both]
    assert said[0] == said[1] == said[2]
    assert len(codes(stages(both[0])["validate"])) >= 3
    assert all(command.script and command.stateless for command in asked)
    assert asked[0].limits == LIMITS


async def test_nothing_that_a_template_says_to_cfn_lint_is_heard(workbench: Workbench) -> None:
    hushed = "{cfn-lint: {config: {ignore_checks: [E, W], append_rules: [/x], regions: [x]}}}"
    wrong = "{Type: AWS::SQS::Queue, Properties: {Colour: green}}"
    plain = f"Resources: {{Q: {wrong}}}\nParameters: {{P: {{Type: String}}}}"
    spoken = plain.replace("{Type", f"{{Metadata: {hushed}, Type", 1) + f"\nMetadata: {hushed}"
    one, other = [stages(await verify(text, workbench)) for text in (plain, spoken)]
    for name in ("validate", "lint"):
        assert codes(one[name]) == codes(other[name]) != []


@pytest.mark.parametrize(
    ("runtime", "code"),
    [("nodejs24.x", None), ("python3.9", "W2531"), ("java8", "E2531"), ("python2.7", "E2533")],
)
async def test_what_is_retired_is_so_as_of_the_schemas(
    runtime: str, code: str | None, workbench: Workbench
) -> None:
    """Not as of today: a verdict is the same tomorrow."""
    text = f"""
Resources:
  F:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: {runtime}
      Handler: index.handler
      Role: arn:aws:iam::123456789012:role/one
      Code: {{S3Bucket: a-bucket, S3Key: a}}
"""
    (source,) = read_templates(artifact(text)).sources
    found = [each for stage in await linted([source], workbench) for each in codes(stage)]
    assert found == ([code] if code else [])


async def test_every_template_asked_for_is_judged(workbench: Workbench) -> None:
    files = (
        File("a.yaml", "yaml", f"Resources: {{Q: {QUEUE}}}"),
        File("b.yaml", "yaml", "Resources: {Q: {Type: AWS::SQS::Nothing}}"),
    )
    findings = await CloudformationVerifier().verify(Artifact(files), workbench)
    assert [each.file for each in stages(findings)["validate"].diagnostics[1:]] == ["b.yaml"]
    assert not findings.projections.get(Target.DOCUMENTS)
