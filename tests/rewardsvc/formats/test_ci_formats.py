"""GitHub Actions, GitLab CI and Compose: their ladders on real files and on borders."""

import json
import re
import subprocess
import time
from dataclasses import replace
from pathlib import Path
from textwrap import indent

import pytest
import yaml

from rewardsvc.types import StageStatus, Target
from rewardsvc.verification.ladder import shortened
from rewardsvc.verification.verifier import Findings, Workbench
from sandbox.errors import ToolMissing
from sandbox.toolchain import Source
from tests.rewardsvc.formats.verified import assert_references, verified

pytestmark = pytest.mark.asyncio(loop_scope="module")
_PRAGMA = re.compile(r"(#[ \t]*)shellcheck[ \t]+(?=\w+=)")
SHARED = Path(__file__).resolve().parents[4] / "shared/data"
shared = pytest.mark.skipif(not SHARED.is_dir(), reason="../shared/data is not here")

CI = ("github-actions", "gitlab-ci", "azure-pipelines", "circleci", "bitbucket-pipelines")
WORKFLOW = "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: make\n"


def _full(findings: Findings) -> bool:
    scores = [
        stage.score
        for stage in findings.stages
        if stage.component == "syntax" and stage.status is not StageStatus.SKIPPED
    ]
    return findings.parsed and not findings.vacuous and set(scores) == {1.0}


OUR_VERDICT_DIFFERS = {
    "good/workflow_call_job.yaml": "`uses: ${{ 'oooops' }}` is constant, and GitHub takes no "
    "expression there; upstream does not look into it, the fork does",
    "bad/shellcheck_default_shell_detection.yaml": "it is bad to shellcheck alone, and what "
    "shellcheck says of a script costs format, not syntax",
}
"""Files of upstream's tests about which the verdict is not upstream's, and why."""


@shared
async def test_upstreams_good_workflows_earn_full_syntax_and_its_bad_ones_less(
    workbench: Workbench,
) -> None:
    if workbench.toolchain.tools["ruff"].source is Source.MISSING:
        pytest.skip("without ruff, Python in run steps is not looked at")
    differing, seen = set(), 0
    for kind in ("good", "bad"):
        for path in sorted((SHARED / "github-actions" / kind).glob("*.yaml")):
            full = _full(await verified("github-actions", path.read_text(), workbench))
            seen += 1
            if full is not (kind == "good"):
                differing.add(f"{kind}/{path.name}")
    fork = "fork" in workbench.toolchain.require("actionlint").note
    known = set(OUR_VERDICT_DIFFERS) - (set() if fork else {"good/workflow_call_job.yaml"})
    assert differing == known
    assert seen > 90


@pytest.mark.parametrize(
    "step",
    [
        "run: make, uses: actions/checkout@v4",
        "uses: actions/checkout@v4, run: make",
        "run: make, shell: bash, working-directory: a, uses: actions/checkout@v4, with: {ref: b}",
    ],
)
async def test_a_step_that_runs_and_uses_costs_once(step: str, workbench: Workbench) -> None:
    text = (
        f"on: push\njobs: {{a: {{runs-on: ubuntu-latest, steps: [{{{step}}}, {{run: make}}]}}}}\n"
    )
    findings = await verified("github-actions", text, workbench)
    found = [one for stage in findings.stages for one in stage.diagnostics]
    assert [one.code for one in found if one.severity == "error"] == ["syntax-check"]


_PLACE = re.compile(r"shellcheck reported issue in this script: SC\d+:\w+:\d+:\d+: ")


def _by_hand(text: str, workbench: Workbench, folder: Path) -> list[tuple[str, str, int]]:
    """What actionlint prints when it is started on the file without us: stage, message, line."""
    file = folder / "workflow.yml"
    file.write_text(text)
    actionlint = workbench.toolchain.require("actionlint").path
    shellcheck = workbench.toolchain.require("shellcheck").path
    options = ["-no-color", "-format", "{{json .}}", f"-shellcheck={shellcheck}", "-pyflakes="]
    run = subprocess.run(
        [str(actionlint), *options, str(file)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode in {0, 1}, run.stderr
    return sorted(
        (
            "shellcheck" if entry["kind"] == "shellcheck" else "actionlint",
            shortened(_PLACE.sub("", entry["message"])),
            entry["line"],
        )
        for entry in json.loads(run.stdout)
    )


@shared
async def test_the_verdict_has_the_findings_of_actionlint_run_by_hand(
    workbench: Workbench, tmp_path: Path
) -> None:
    """All of them and no others, whatever they cost. Pragmas are taken out in both runs. A file
    that does not parse or does nothing never reaches actionlint: by hand it objects to each of
    those that do not parse."""
    compared = 0
    for path in sorted((SHARED / "github-actions").glob("*/*.yaml")):
        text = _PRAGMA.sub(r"\1", path.read_text())
        by_hand = _by_hand(text, workbench, tmp_path)
        findings = await verified("github-actions", text, workbench)
        if not findings.parsed:
            assert by_hand, path.name
            continue
        if findings.vacuous:
            continue
        ours = sorted(
            (stage.name, found.message, found.line)
            for stage in findings.stages
            if stage.name in {"actionlint", "shellcheck"}
            for found in stage.diagnostics
            if found.code != "toolchain"
        )
        assert ours == by_hand, path.name
        compared += 1
    assert compared > 75


@pytest.mark.parametrize(
    ("shell", "script", "score"),
    [
        ("python", "print(1)", 1.0),
        ("python", "print(unknown)", 0.5),
        ("python", "print(", 0.5),
        ("python {0}", "print(unknown)", 0.5),
        ("python", "print(unknown)  # noqa", 0.5),
        ("python", "print(${{ github.run_id }})", 1.0),
        ("python3 -u {0}", "import os\nprint(os.environ['A'])", 1.0),
        ("bash", "echo a", None),
    ],
)
async def test_python_in_steps_compiles_and_knows_its_names(
    shell: str, script: str, score: float | None, workbench: Workbench
) -> None:
    step = yaml.safe_dump({"shell": shell, "run": script})
    text = WORKFLOW.replace("      - run: make\n", "") + "      -\n" + indent(step, " " * 8)
    findings = await verified("github-actions", text, workbench)
    stages = [stage for stage in findings.stages if stage.name == "python"]
    assert [stage.score for stage in stages] == ([] if score is None else [score])


async def test_the_actionlint_used_is_named(workbench: Workbench) -> None:
    findings = await verified("github-actions", WORKFLOW, workbench)
    stage = next(stage for stage in findings.stages if stage.name == "actionlint")
    tool = workbench.toolchain.require("actionlint")
    assert stage.diagnostics[0].message.startswith(f"actionlint {tool.version}")
    assert tool.note in stage.diagnostics[0].message


async def test_on_stays_a_string(workbench: Workbench) -> None:
    findings = await verified("github-actions", WORKFLOW, workbench)
    (document,) = findings.projections[Target.DOCUMENTS]
    assert document["on"] == "push"


async def test_a_missing_tool_is_an_error_of_ours(workbench: Workbench) -> None:
    tools = dict(workbench.toolchain.tools)
    tools["actionlint"] = replace(tools["actionlint"], source=Source.MISSING, path=None)
    bare = replace(workbench, toolchain=replace(workbench.toolchain, tools=tools))
    with pytest.raises(ToolMissing, match="actionlint"):
        await verified("github-actions", WORKFLOW, bare)


async def test_without_shellcheck_its_stage_is_skipped(workbench: Workbench) -> None:
    tools = {name: tool for name, tool in workbench.toolchain.tools.items() if name != "shellcheck"}
    bare = replace(workbench, toolchain=replace(workbench.toolchain, tools=tools))
    findings = await verified("github-actions", WORKFLOW, bare)
    assert findings.stages[-1].status is StageStatus.SKIPPED
    assert _full(findings)


@pytest.mark.parametrize("format_name", [*CI, "compose", "kubernetes"])
@pytest.mark.parametrize(
    "text", ["", "# only a comment\n", "null\n", "just text\n", "- a\n- b\n", "{}\n", "a: 1\n"]
)
async def test_nothing_of_substance_is_vacuous_and_no_tool_runs(
    format_name: str, text: str, workbench: Workbench
) -> None:
    findings = await verified(format_name, text, workbench)
    assert findings.parsed
    assert findings.vacuous
    assert findings.stages[-1].status is StageStatus.SKIPPED


@pytest.mark.parametrize("format_name", [*CI, "compose", "kubernetes"])
@pytest.mark.parametrize("text", ["a: [1\n", "a: 1\na: 2\n", "\x01", "a: *b\n", "a:\n\tb: 1\n"])
async def test_what_does_not_parse_stops_the_ladder(
    format_name: str, text: str, workbench: Workbench
) -> None:
    findings = await verified(format_name, text, workbench)
    assert not findings.parsed
    assert findings.stages[0].status is StageStatus.FAILED
    assert findings.stages[0].diagnostics[0].line >= 1
    assert {stage.status for stage in findings.stages[1:]} == {StageStatus.SKIPPED}


@shared
async def test_compose_files_of_real_stacks_earn_full_syntax(workbench: Workbench) -> None:
    for path in sorted((SHARED / "compose/good").iterdir()):
        findings = await verified("compose", path.read_text(), workbench)
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
    findings = await verified("compose", text + "\n", workbench)
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
        ("a: {script: [x], needs: [b]}\nb: {script: [x], needs: [a]}", "need each other"),
        ("a: {script: [x], needs: [a]}", "need each other"),
        ("a: {script: [x], only: [main], rules: [{when: always}]}", "together with 'rules'"),
        (".b: {rules: [{when: always}]}\na: {extends: .b, script: [x], except: [x]}", "together"),
        (".b: {script: [x]}\na: {extends: .b, trigger: {include: c.yml}}", "cannot have 'script'"),
        (".b: {only: }\na: {extends: .b, script: [x], rules: [{when: always}]}", None),
        (
            "stages: [a, b]\nc: {stage: a, needs: [d], script: [x]}\nd: {stage: b, script: [x]}",
            "later",
        ),
        ("a: {stage: x, script: [y]}", "which is not declared"),
        ("a: {script: [x], variables: , image: }", None),
    ],
)
async def test_what_a_pipeline_refers_to_is_there(
    text: str, says: str | None, workbench: Workbench
) -> None:
    findings = await verified("gitlab-ci", text + "\n", workbench)
    assert_references(findings, says)


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
    await verified(format_name, text, workbench)
    assert time.process_time() - started < 8
