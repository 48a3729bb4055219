"""The pipeline: what a completion did is SCORED, what broke around it is UNSCORED, never a number.

The tools and the sandbox are the real ones. What breaks on purpose is put in their place.
"""

import logging
from dataclasses import replace
from types import MappingProxyType

import pytest

from rewardsvc.artifact import Artifact
from rewardsvc.errors import InvalidRequest
from rewardsvc.faults import classify
from rewardsvc.formats import FORMATS
from rewardsvc.pipeline import Prepared, decide, prepare
from rewardsvc.reward import DEFAULT_WEIGHTS
from rewardsvc.types import (
    Check,
    CheckKind,
    Component,
    Components,
    FailureKind,
    Fault,
    Fixture,
    ScoreRequest,
    Stage,
    StageStatus,
    Status,
    Target,
    Task,
    Verdict,
)
from rewardsvc.verification.verifier import Findings, Workbench
from sandbox import errors
from sandbox.base import Command, Ended, Result, Runner, StepResult, Usage
from sandbox.toolchain import Source

DOCKERFILE = '```dockerfile\nFROM debian:12.5-slim\nRUN groupadd app\nUSER app\nCMD ["true"]\n```\n'
POD = """```yaml
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers: [{name: web, image: "nginx:1.27"}]
```
"""


def request(
    completion: str = DOCKERFILE, *checks: Check, format: str = "dockerfile"
) -> ScoreRequest:
    return ScoreRequest(id="one", task=Task(format=format, checks=checks), completion=completion)


class Reports:
    """A verifier of Dockerfiles that reports what a test tells it, or raises it."""

    format = "dockerfile"
    languages = FORMATS["dockerfile"].verifier.languages
    default_path = "Dockerfile"
    many = False
    companions = False
    tools: tuple[str, ...] = ()
    targets = frozenset({Target.AST})

    def __init__(self, outcome: Findings | Exception) -> None:
        self._outcome = outcome

    async def verify(self, artifact: Artifact, workbench: Workbench) -> Findings:
        if isinstance(self._outcome, Exception):
            raise self._outcome
        return self._outcome


def reporting(prepared: Prepared, outcome: Findings | Exception) -> Prepared:
    """A request whose verifier reports what a test tells it."""
    return replace(prepared, format=replace(prepared.format, verifier=Reports(outcome)))


class Answers:
    """A sandbox in which every command does what a test tells it, or which breaks."""

    def __init__(self, outcome: Result | Exception) -> None:
        self._outcome = outcome

    async def run(self, command: Command) -> Result:
        if isinstance(self._outcome, Exception):
            raise self._outcome
        return self._outcome


def without(workbench: Workbench, tool: str) -> Workbench:
    """The workbench of a machine on which a tool is missing."""
    tools = dict(workbench.toolchain.tools)
    tools[tool] = replace(tools[tool], source=Source.MISSING, path=None, note="install it")
    return replace(workbench, toolchain=replace(workbench.toolchain, tools=MappingProxyType(tools)))


def within(workbench: Workbench, sandbox: Runner) -> Workbench:
    return replace(workbench, sandbox=sandbox)


def assert_unscored(verdict: Verdict, kind: FailureKind, reason: str) -> None:
    assert (verdict.status, verdict.failure_kind) == (Status.UNSCORED, kind)
    assert verdict.reward is None and verdict.components is None
    assert reason in verdict.failure_reason
    assert verdict.id == "one"


# --- what the completion did --------------------------------------------------------------------

HOLDS = Check(on=Target.DOCUMENTS, expr="[0].kind == 'Pod'")
FAILS = Check(on=Target.DOCUMENTS, expr="[0].kind == 'Job'")


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    ("asked", "components"),
    [
        (request(POD, format="kubernetes"), Components(1, 1, 1)),
        (request(POD, HOLDS, format="kubernetes"), Components(1, 1, 1)),
        (request(POD, HOLDS, FAILS, format="kubernetes"), Components(1, 0.5, 1)),
        (request(POD, FAILS, format="kubernetes"), Components(0.5, 0, 0.5)),
        (request("", format="kubernetes"), Components(0, 0, 0)),
        (request("kind: Pod", format="kubernetes"), Components(0, 0, 0)),
        (request(POD.removesuffix("```\n"), format="kubernetes"), Components(1, 1, 0.75)),
    ],
    ids=[
        *("good", "on task", "half on task", "off task"),
        *("empty", "no fence", "unclosed fence"),
    ],
)
async def test_components_of_a_manifest(
    workbench: Workbench, asked: ScoreRequest, components: Components
) -> None:
    verdict = await decide(prepare(asked), workbench, DEFAULT_WEIGHTS)
    assert (verdict.status, verdict.failure_kind) == (Status.SCORED, None)
    assert verdict.components == components
    assert verdict.reward == pytest.approx(
        0.4 * components.syntax + 0.3 * components.correctness + 0.3 * components.format
    )


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    ("text", "syntax"),
    [("kind: [", 0.1), ("# nothing but a comment", 0.5)],
    ids=["does not parse", "vacuous"],
)
async def test_nonsense_is_capped_and_its_checks_are_skipped(
    workbench: Workbench, text: str, syntax: float
) -> None:
    asked = request(f"```yaml\n{text}\n```\n", FAILS, format="kubernetes")
    verdict = await decide(prepare(asked), workbench, DEFAULT_WEIGHTS)
    assert verdict.status is Status.SCORED and verdict.components is not None
    assert verdict.components.syntax <= syntax
    assert verdict.components.correctness == 0
    assert verdict.components.format <= 0.5
    assert verdict.stages[-1].name == "checks"
    assert verdict.stages[-1].status is StageStatus.SKIPPED


@pytest.mark.asyncio(loop_scope="module")
async def test_stages_go_from_the_fences_to_the_checks_and_the_judge(workbench: Workbench) -> None:
    verdict = await decide(
        prepare(request(POD, HOLDS, format="kubernetes")), workbench, DEFAULT_WEIGHTS
    )
    names = [stage.name for stage in verdict.stages]
    assert (names[0], names[1], *names[-2:]) == ("fences", "parse", "checks", "judge")
    assert verdict.toolchain == workbench.toolchain.digest
    assert verdict.rule.weights == DEFAULT_WEIGHTS


@pytest.mark.asyncio(loop_scope="module")
async def test_weights_decide_what_a_component_is_worth(workbench: Workbench) -> None:
    asked = request(POD.removesuffix("```\n"), format="kubernetes")
    weights = Components(syntax=0.0, correctness=0.0, format=1.0)
    verdict = await decide(prepare(asked), workbench, weights)
    assert (verdict.reward, verdict.rule.weights) == (0.75, weights)


@pytest.mark.asyncio(loop_scope="module")
async def test_a_lone_surrogate_of_a_caller_in_this_process_is_no_fault(
    workbench: Workbench,
) -> None:
    asked = request(DOCKERFILE.replace("groupadd app", "echo \ud800 > /x"))
    verdict = await decide(prepare(asked), workbench, DEFAULT_WEIGHTS)
    assert verdict.status is Status.SCORED, verdict.failure_reason


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("ended", [ended for ended in Ended if ended is not Ended.EXITED])
async def test_a_file_that_drives_its_tool_out_of_a_limit_is_scored_low(
    workbench: Workbench, ended: Ended
) -> None:
    sandbox = Answers(Result(ended, (), Usage(20.0)))
    verdict = await decide(prepare(request()), within(workbench, sandbox), DEFAULT_WEIGHTS)
    assert verdict.status is Status.SCORED
    assert verdict.reward is not None and verdict.reward < 0.6


# --- what broke around it -----------------------------------------------------------------------

FAULTS = [
    (errors.BeforeUnusable("it does not plan"), FailureKind.INTERNAL),
    (errors.BeforeLacksProvider("no google"), FailureKind.PROVIDER_MISSING),
    (errors.ToolMissing("no hadolint"), FailureKind.TOOL_MISSING),
    (errors.ToolchainError("a broken table"), FailureKind.TOOL_MISSING),
    (errors.ToolCrashed("a panic"), FailureKind.TOOL_CRASHED),
    (errors.ProviderFailed("the relay lost its peer"), FailureKind.TOOL_CRASHED),
    (errors.ProviderStarved("the provider ran out of memory"), FailureKind.TOOL_CRASHED),
    (errors.SandboxError("bwrap died"), FailureKind.SANDBOX_FAILED),
    (errors.IsolationMissing("no namespaces"), FailureKind.SANDBOX_FAILED),
    (errors.TimedOutByUs("60 s for a lease"), FailureKind.TIMED_OUT_BY_US),
    (errors.EmulatorFailed("moto is gone"), FailureKind.EMULATOR_FAILED),
    (errors.SetUpLate("no box in time"), FailureKind.SANDBOX_FAILED),
]


def _all_below(type_: type[Exception]) -> set[type[Exception]]:
    return {type_}.union(*(_all_below(below) for below in type_.__subclasses__()))


def test_the_table_of_faults_names_every_type_of_the_sandbox() -> None:
    ours = {below for below in _all_below(Exception) if below.__module__ == errors.__name__}
    assert {type(error) for error, _ in FAULTS} == ours


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    ("error", "kind"), FAULTS, ids=[type(error).__name__ for error, _ in FAULTS]
)
async def test_each_fault_has_its_kind_and_never_a_reward(
    workbench: Workbench, error: Exception, kind: FailureKind
) -> None:
    broken = reporting(prepare(request()), error)
    assert_unscored(await decide(broken, workbench, DEFAULT_WEIGHTS), kind, str(error))


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("error", [KeyError("x"), AssertionError(), MemoryError(), OSError("disk")])
async def test_what_nobody_foresaw_is_internal_and_logged_with_its_traceback(
    workbench: Workbench, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    broken = reporting(prepare(request()), error)
    with caplog.at_level(logging.ERROR):
        verdict = await decide(broken, workbench, DEFAULT_WEIGHTS)
    assert_unscored(verdict, FailureKind.INTERNAL, type(error).__name__)
    assert caplog.records[0].exc_info is not None
    assert caplog.records[0].exc_info[1] is error


@pytest.mark.parametrize("error", [error for error, _ in FAULTS], ids=lambda e: type(e).__name__)
def test_a_fault_without_words_is_named_by_its_type(error: Exception) -> None:
    assert classify(type(error)()).reason == type(error).__name__


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("score", [float("nan"), float("inf"), -0.1, 1.1])
async def test_a_score_that_is_no_share_is_a_fault_and_no_reward(
    workbench: Workbench, score: float
) -> None:
    stage = Stage("parse", Component.SYNTAX, StageStatus.PASSED, score)
    broken = reporting(prepare(request()), Findings((stage,)))
    assert_unscored(await decide(broken, workbench, DEFAULT_WEIGHTS), FailureKind.INTERNAL, "parse")


@pytest.mark.asyncio(loop_scope="module")
async def test_a_fault_that_a_verifier_reports_keeps_the_stages_before_it(
    workbench: Workbench,
) -> None:
    parse = Stage("parse", Component.SYNTAX, StageStatus.PASSED, 1.0)
    fault = Fault(FailureKind.PROVIDER_MISSING, "hashicorp/google is not installed")
    check = Check(on=Target.AST, expr="a")
    prepared = prepare(request(DOCKERFILE, check))
    reported = reporting(prepared, Findings((parse,), fault=fault))
    verdict = await decide(reported, workbench, DEFAULT_WEIGHTS)
    assert_unscored(verdict, FailureKind.PROVIDER_MISSING, "hashicorp/google")
    assert verdict.stages == (prepared.fences, parse)


@pytest.mark.asyncio(loop_scope="module")
async def test_a_missing_tool_is_said_with_its_remedy(workbench: Workbench) -> None:
    verdict = await decide(prepare(request()), without(workbench, "hadolint"), DEFAULT_WEIGHTS)
    assert_unscored(verdict, FailureKind.TOOL_MISSING, "hadolint was not found: install it")


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    ("outcome", "kind"),
    [
        (errors.SandboxError("no cgroup"), FailureKind.SANDBOX_FAILED),
        (Result(Ended.EXITED, (), Usage(0.1)), FailureKind.TOOL_CRASHED),
        (
            Result(Ended.EXITED, (StepResult("hadolint", 139, b"", b"", 0.1),), Usage(0.1)),
            FailureKind.TOOL_CRASHED,
        ),
        (
            Result(Ended.EXITED, (StepResult("hadolint", 0, b"{not json", b"", 0.1),), Usage(0.1)),
            FailureKind.TOOL_CRASHED,
        ),
        (
            Result(Ended.EXITED, (StepResult("hadolint", 0, b"", b"", 0.1),), Usage(0.1)),
            FailureKind.TOOL_CRASHED,
        ),
    ],
    ids=["sandbox broke", "no result", "segmentation fault", "bad JSON", "no output"],
)
async def test_a_tool_that_breaks_is_never_a_wrong_answer(
    workbench: Workbench, outcome: Result | Exception, kind: FailureKind
) -> None:
    broken = within(workbench, Answers(outcome))
    assert_unscored(await decide(prepare(request()), broken, DEFAULT_WEIGHTS), kind, "")


# --- what nobody can score ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        (request(format="cobol"), "task.format"),
        (request(DOCKERFILE, Check(on=Target.PLAN, expr="a")), "task.checks[0].on"),
        (request(DOCKERFILE, HOLDS, Check(on=Target.DOCUMENTS, expr="["), format="kubernetes"),
         "task.checks[1].expr"),
        (request(DOCKERFILE, Check(kind=CheckKind.REGO, on=Target.AST, policy="package a")),
         "task.checks[0].expr"),
        (request(DOCKERFILE, Check(on=Target.AST, expr="a", weight=0.0)), "task.checks[0].weight"),
        (request(DOCKERFILE, Check(expr="a")), "task.checks[0].on"),
        (request(DOCKERFILE, Check(on=Target.AST, expr="a", name="b")), "task.checks[0].name"),
        (request(DOCKERFILE, Check(kind=CheckKind.NAMED, name="b")), "task.checks[0].name"),
        (request(DOCKERFILE, Check(kind=CheckKind.NAMED, name="final_image_has", expr="a")),
         "task.checks[0].expr"),
        (request(DOCKERFILE, Check(kind=CheckKind.NAMED, name="final_image_has")),
         "task.checks[0].arguments"),
        (request(DOCKERFILE, Check(kind=CheckKind.GRADED, measure="f1")), "task.checks[0].measure"),
    ],
)  # fmt: skip
def test_what_nobody_can_score_is_refused_by_field(asked: ScoreRequest, field: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        prepare(asked)
    assert refused.value.field == field


@pytest.mark.parametrize(
    "task",
    [
        Task(format="bash", truth=0),
        Task(format="dockerfile", before={"Dockerfile": ""}),
        Task(format="dockerfile", fixtures=(Fixture(),)),
        Task(format="bash", fixtures=(Fixture(sql="SELECT 1"),)),
    ],
)
def test_what_a_format_has_no_use_for_is_refused_by_name(task: Task) -> None:
    with pytest.raises(InvalidRequest, match=r"^task\.[a-z]+(\[0\]\.sql)?: .*no use for it$"):
        prepare(ScoreRequest(task=task, completion=""))


@pytest.mark.parametrize(
    ("format", "meant"),
    [
        ("Dockerfile", "dockerfile"),
        ("docker", "dockerfile"),
        ("terafrom", "terraform"),
        ("hcl", "terraform"),
        ("k8s", "kubernetes"),
        ("github-action", "github-actions"),
        ("github_actions", "github-actions"),
        ("sh", "bash"),
    ],
)
def test_an_unknown_format_is_told_which_one_was_meant(format: str, meant: str) -> None:
    with pytest.raises(InvalidRequest, match=f"unknown; did you mean '{meant}'[?]; known: "):
        prepare(request(format=format))


def test_a_format_that_is_like_no_other_is_told_which_are_known() -> None:
    with pytest.raises(
        InvalidRequest, match="'cobol' is unknown; known: ansible, azure-pipelines, bash"
    ):
        prepare(request(format="cobol"))
