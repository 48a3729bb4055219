"""GitHub Actions, GitLab CI and Compose: their ladders on real files and on borders."""

import time
from dataclasses import replace
from pathlib import Path

import pytest

from rewardsvc.artifact import Artifact, File
from rewardsvc.types import StageStatus, Target
from rewardsvc.verifiers import VERIFIERS
from rewardsvc.verifiers.base import Findings, Workbench
from sandbox.errors import ToolMissing
from sandbox.toolchain import Source

pytestmark = pytest.mark.asyncio(loop_scope="module")
SHARED = Path(__file__).resolve().parents[3] / "shared/data"
shared = pytest.mark.skipif(not SHARED.is_dir(), reason="../shared/data is not here")

WORKFLOW = "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: make\n"


async def _verify(format_name: str, text: str, workbench: Workbench) -> Findings:
    verifier = VERIFIERS[format_name]
    artifact = Artifact((File(verifier.default_path, "yaml", text),))
    return await verifier.verify(artifact, workbench)


def _full(findings: Findings) -> bool:
    scores = [
        stage.score
        for stage in findings.stages
        if stage.component == "syntax" and stage.status is not StageStatus.SKIPPED
    ]
    return findings.parsed and not findings.vacuous and set(scores) == {1.0}


@shared
async def test_workflows_that_actionlint_calls_good_earn_full_syntax(workbench: Workbench) -> None:
    """One of upstream's is an error to the fork whose wheel we use, and is left out."""
    known = workbench.toolchain.require("actionlint")
    exceptions = {"workflow_call_job.yaml"} if "fork" in known.note else set()
    paths = sorted((SHARED / "github-actions/good").glob("*.yaml"))
    wrong = [
        path.name
        for path in paths
        if not _full(await _verify("github-actions", path.read_text(), workbench))
    ]
    assert set(wrong) <= exceptions
    assert len(paths) > 40


@shared
async def test_workflows_that_actionlint_calls_bad_do_not(workbench: Workbench) -> None:
    """But for those that are bad only to shellcheck (format) and pyflakes (not used)."""
    scripts = {
        "pyflakes_job_default_shell.yaml",
        "pyflakes_step_shell.yaml",
        "shellcheck_default_shell_detection.yaml",
    }
    full = {
        path.name
        for path in sorted((SHARED / "github-actions/bad").glob("*.yaml"))
        if _full(await _verify("github-actions", path.read_text(), workbench))
    }
    assert full <= scripts


async def test_the_actionlint_used_is_named(workbench: Workbench) -> None:
    findings = await _verify("github-actions", WORKFLOW, workbench)
    stage = next(stage for stage in findings.stages if stage.name == "actionlint")
    tool = workbench.toolchain.require("actionlint")
    assert stage.diagnostics[0].message.startswith(f"actionlint {tool.version}")
    assert tool.note in stage.diagnostics[0].message


async def test_on_stays_a_string(workbench: Workbench) -> None:
    findings = await _verify("github-actions", WORKFLOW, workbench)
    (document,) = findings.projections[Target.DOCUMENTS]
    assert document["on"] == "push"


async def test_a_missing_tool_is_an_error_of_ours(workbench: Workbench) -> None:
    tools = dict(workbench.toolchain.tools)
    tools["actionlint"] = replace(tools["actionlint"], source=Source.MISSING, path=None)
    bare = replace(workbench, toolchain=replace(workbench.toolchain, tools=tools))
    with pytest.raises(ToolMissing, match="actionlint"):
        await _verify("github-actions", WORKFLOW, bare)


async def test_without_shellcheck_its_stage_is_skipped(workbench: Workbench) -> None:
    tools = {name: tool for name, tool in workbench.toolchain.tools.items() if name != "shellcheck"}
    bare = replace(workbench, toolchain=replace(workbench.toolchain, tools=tools))
    findings = await _verify("github-actions", WORKFLOW, bare)
    assert findings.stages[-1].status is StageStatus.SKIPPED
    assert _full(findings)


@pytest.mark.parametrize("format_name", ["github-actions", "gitlab-ci", "compose", "kubernetes"])
@pytest.mark.parametrize(
    "text", ["", "# only a comment\n", "null\n", "just text\n", "- a\n- b\n", "{}\n", "a: 1\n"]
)
async def test_nothing_of_substance_is_vacuous_and_no_tool_runs(
    format_name: str, text: str, workbench: Workbench
) -> None:
    findings = await _verify(format_name, text, workbench)
    assert findings.parsed
    assert findings.vacuous
    assert findings.stages[-1].status is StageStatus.SKIPPED


@pytest.mark.parametrize("format_name", ["github-actions", "gitlab-ci", "compose", "kubernetes"])
@pytest.mark.parametrize("text", ["a: [1\n", "a: 1\na: 2\n", "\x01", "a: *b\n", "a:\n\tb: 1\n"])
async def test_what_does_not_parse_stops_the_ladder(
    format_name: str, text: str, workbench: Workbench
) -> None:
    findings = await _verify(format_name, text, workbench)
    assert not findings.parsed
    assert findings.stages[0].status is StageStatus.FAILED
    assert findings.stages[0].diagnostics[0].line >= 1
    assert {stage.status for stage in findings.stages[1:]} == {StageStatus.SKIPPED}


@shared
async def test_compose_files_of_real_stacks_earn_full_syntax(workbench: Workbench) -> None:
    for path in sorted((SHARED / "compose/good").iterdir()):
        findings = await _verify("compose", path.read_text(), workbench)
        assert _full(findings), path.name


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("services: {a: {image: i, links: [b]}}", "refers to the service 'b'"),
        ("services: {a: {image: i, network_mode: 'service:b'}}", "refers to the service 'b'"),
        ("services: {a: {image: i, secrets: [s]}}", "among the top-level secrets"),
        ("services: {a: {image: i, configs: [{source: c}]}}", "among the top-level configs"),
        ("services: {a: {image: i, volumes: ['data:/x']}}", "among the top-level volumes"),
        ("services: {a: {image: i, volumes: ['C:/x:/y']}}", None),
        ("services: {a: {image: i, volumes: [{type: volume, source: v, target: /x}]}}", "'v'"),
        ("services: {a: {image: i, volumes: ['./v:/x', '/v:/y', '~/v:/z', '/x']}}", None),
        ("services: {a: {image: i, volumes: ['${V}:/x']}}", None),
        ("services: {a: {image: i, networks: [default]}}", None),
        ("services: {a: {image: i, ports: !reset [], command: !override [x]}}", None),
        ("services: {a: {image: i, volumes_from: ['container:x']}}", None),
        ("include: [other.yaml]\nservices: {a: {image: i, depends_on: [b]}}", None),
    ],
)
async def test_what_a_compose_file_refers_to_is_there(
    text: str, says: str | None, workbench: Workbench
) -> None:
    findings = await _verify("compose", text + "\n", workbench)
    stage = next(stage for stage in findings.stages if stage.name == "references")
    messages = [found.message for found in stage.diagnostics]
    assert stage.status is (StageStatus.PASSED if says is None else StageStatus.FAILED), messages
    if says is not None:
        assert says in messages[0]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (".a: {extends: .b}\n.b: {extends: .a}\nc: {extends: .a, script: [x]}", "extends itself"),
        ("a: {script: [x], dependencies: [b]}", "needs the job 'b'"),
        ("a: {script: [x], needs: [.b]}\n.b: {script: [x]}", "needs the job '.b'"),
        ("a: {script: [!reference [.b, script]]}", "leads nowhere"),
        ("a: {script: [x]}\nb: {image: i}", "neither script nor trigger"),
        ("a: {stage: .pre, script: [x]}\nb: {stage: deploy, needs: [a], script: [x]}", None),
        ("a: {script: [x], needs: [{project: p, job: j, ref: r, artifacts: true}]}", None),
        (".b: {script: [x]}\na: {script: [!reference [.b, script]]}", None),
        ("spec: {inputs: {n: {default: x}}}\n---\na: {script: [x]}", None),
        ("a: {script: [x], parallel: {matrix: [{A: [b, c]}]}, needs: []}", None),
    ],
)
async def test_what_a_pipeline_refers_to_is_there(
    text: str, says: str | None, workbench: Workbench
) -> None:
    findings = await _verify("gitlab-ci", text + "\n", workbench)
    stage = findings.stages[-1]
    messages = [found.message for one in findings.stages for found in one.diagnostics]
    assert stage.status is (StageStatus.PASSED if says is None else StageStatus.FAILED), messages
    if says is not None:
        assert any(says in message for message in messages), messages


@pytest.mark.parametrize(
    ("format_name", "text"),
    [
        (
            "compose",
            "services:\n"
            + "".join(f"  s{n}: {{image: i, depends_on: [s{n + 1}]}}\n" for n in range(15_000)),
        ),
        ("gitlab-ci", "".join(f"j{n}: {{extends: j{n + 1}}}\n" for n in range(15_000))),
        ("gitlab-ci", "".join(f"j{n}: {{needs: [x], script: [y]}}\n" for n in range(15_000))),
    ],
    ids=["waiting", "extending", "needing"],
)
async def test_a_hostile_file_takes_seconds_at_most(
    format_name: str, text: str, workbench: Workbench
) -> None:
    started = time.process_time()
    await _verify(format_name, text, workbench)
    assert time.process_time() - started < 8
