"""Azure, CircleCI and Bitbucket pipelines: what they refer to, what runs, what shellcheck sees."""

import time

import pytest

from rewardsvc.types import Target
from rewardsvc.verification.pipelines.scripts import Script, _is_plain
from rewardsvc.verification.verifier import Workbench
from tests.rewardsvc.formats.verified import assert_references, verified

pytestmark = pytest.mark.asyncio(loop_scope="module")

AZURE, CIRCLE, BITBUCKET = "azure-pipelines", "circleci", "bitbucket-pipelines"
STEPS = "steps: [{script: make}]"
DOCKER = "docker: [{image: 'cimg/base:2024.01'}]"
JOB = f"  build: {{{DOCKER}, steps: [checkout, run: make]}}\n"


def _circle(jobs: str = JOB, flow: str = "[build]", more: str = "") -> str:
    return f"version: 2.1\n{more}\njobs:\n{jobs}workflows:\n  main:\n    jobs: {flow}\n"


def _bitbucket(step: str, more: str = "") -> str:
    return f"{more}\npipelines:\n  default:\n    - step: {step}\n"


@pytest.mark.parametrize(
    ("format_name", "text", "says"),
    [
        (AZURE, f"jobs: [{{job: A, {STEPS}}}, {{job: b, dependsOn: a, {STEPS}}}]", None),
        (AZURE, f"jobs: [{{job: a, {STEPS}}}, {{job: A, {STEPS}}}]", "two jobs are called 'a'"),
        (AZURE, f"jobs: [{{job: a, dependsOn: [b], {STEPS}}}]", "depends on the job 'b'"),
        (AZURE, f"jobs: [{{job: a, dependsOn: '$(b)', {STEPS}}}]", None),
        (AZURE, f"jobs: [{{job: a, dependsOn: a, {STEPS}}}]", "in a circle"),
        (AZURE, f"jobs: [{{template: t.yml}}, {{job: a, dependsOn: t, {STEPS}}}]", None),
        (
            AZURE,
            f"stages: [{{stage: a, dependsOn: b, jobs: [{{job: x, {STEPS}}}]}}]",
            "depends on the stage 'b'",
        ),
        (
            AZURE,
            "jobs:\n- ${{ if a }}:\n  - {job: x, steps: [{script: y}]}\n"
            "- ${{ else }}:\n  - {job: x, steps: [{script: z}]}",
            None,
        ),
        (AZURE, "trigger: [main]\nsteps: [{template: a.yml@b}]", "do not declare"),
        (AZURE, "trigger: [main]\nsteps: [{template: a.yml@self}]", None),
        (AZURE, "parameters: {a: b}\nsteps: [{template: a.yml@b}]", None),
        (AZURE, f"pool: {{vmImage: x}}\n{STEPS}\nPOOL: {{}}", None),
        (CIRCLE, _circle(), None),
        (CIRCLE, _circle(flow="[{build: {name: b}}, {build: {requires: [b]}}]"), None),
        (CIRCLE, _circle(flow="[{build: {requires: [b]}}]"), "'b' is required"),
        (CIRCLE, _circle(flow="[{build: {requires: [{build: [failed]}]}}]"), "each other"),
        (CIRCLE, _circle(flow="[build, x/y]"), "the orb 'x'"),
        (CIRCLE, _circle(flow="[build, x/y]", more="orbs: {x: a/x@1.0.0}"), None),
        (
            CIRCLE,
            _circle("  build: {executor: e, steps: [run: make]}\n"),
            "the executor 'e' is not there",
        ),
        (
            CIRCLE,
            _circle(f"  build: {{{DOCKER}, steps: [run: 'a << parameters.b >>']}}\n"),
            "build has no parameter 'b'",
        ),
        (
            CIRCLE,
            _circle(f"  build: {{{DOCKER}, steps: [run: 'a << pipeline.parameters.b >>']}}\n"),
            "the pipeline has no parameter 'b'",
        ),
        (
            CIRCLE,
            _circle(f"  build: {{{DOCKER}, steps: [run: 'a << pipeline.number >>']}}\n"),
            None,
        ),
        (
            CIRCLE,
            _circle(
                f"  build: {{{DOCKER}, steps: [c: {{x: 1}}]}}\n",
                more="commands: {c: {steps: [run: make]}}",
            ),
            "has no parameter 'x'",
        ),
        (
            CIRCLE,
            _circle(
                f"  build: {{{DOCKER}, steps: [c]}}\n",
                more="commands: {c: {steps: [d, run: x]}, d: {steps: [c]}}",
            ),
            "call each other",
        ),
        (CIRCLE, f"version: 2.1\njobs:\n{JOB}", None),
        (
            CIRCLE,
            _circle(
                f"  build: {{{DOCKER}, steps: [restore_cache: {{keys: [a], paths: [b]}}, "
                "run: make]}\n"
            ),
            None,
        ),
        (BITBUCKET, _bitbucket("{script: [make], caches: [pip]}"), None),
        (BITBUCKET, _bitbucket("{script: [make], caches: [x]}"), "the cache 'x'"),
        (
            BITBUCKET,
            _bitbucket("{script: [make], caches: [x]}", "definitions: {caches: {x: ~/x}}"),
            None,
        ),
        (BITBUCKET, _bitbucket("{script: [make], services: [docker]}"), None),
        (BITBUCKET, _bitbucket("{script: [make], services: [redis]}"), "the service 'redis'"),
        (BITBUCKET, _bitbucket("{script: [make], trigger: manual}"), "cannot be manual"),
    ],
)
async def test_what_a_pipeline_refers_to_is_there(
    format_name: str, text: str, says: str | None, workbench: Workbench
) -> None:
    findings = await verified(format_name, text + "\n", workbench)
    assert_references(findings, says)


@pytest.mark.parametrize(
    ("format_name", "text", "does"),
    [
        (AZURE, "steps: [{checkout: self}]", False),
        (AZURE, "steps: [{script: make, enabled: false}]", False),
        (AZURE, "steps: [{script: make, condition: false}]", False),
        (AZURE, "steps: [{script: make, condition: succeeded()}]", True),
        (AZURE, f"jobs: [{{job: a, condition: 'false', {STEPS}}}]", False),
        (AZURE, f"stages: [{{stage: a, condition: false, jobs: [{{job: b, {STEPS}}}]}}]", False),
        (AZURE, "jobs: [{job: a, steps: []}]", False),
        (AZURE, "extends: {template: a.yml}", True),
        (AZURE, "stages: [{template: a.yml}]", True),
        (AZURE, "trigger: [main]\npool: {vmImage: x}", False),
        (CIRCLE, _circle(f"  build: {{{DOCKER}, steps: [checkout]}}\n"), False),
        (CIRCLE, _circle(flow="[{build: {type: approval}}]"), True),
        (CIRCLE, _circle().replace("    jobs:", "    when: false\n    jobs:"), False),
        (CIRCLE, _circle(flow="[hold: {type: approval}]"), False),
        (CIRCLE, _circle(flow="[x/y]", more="orbs: {x: a/x@1.0.0}"), True),
        (
            CIRCLE,
            _circle(
                f"  build: {{{DOCKER}, steps: [c]}}\n",
                more="commands: {c: {steps: [checkout]}}",
            ),
            False,
        ),
        (BITBUCKET, _bitbucket("{script: []}"), False),
        (BITBUCKET, _bitbucket("{name: x, image: y}"), False),
        (BITBUCKET, "pipelines: {custom: {a: [{step: {script: [make]}}]}}", True),
        (BITBUCKET, "image: x\ndefinitions: {services: {a: {image: b}}}", False),
    ],
)
async def test_where_nothing_runs_the_answer_is_vacuous(
    format_name: str, text: str, does: bool, workbench: Workbench
) -> None:
    findings = await verified(format_name, text + "\n", workbench)
    assert findings.parsed
    assert (findings.vacuous == "") is does, findings.vacuous


@pytest.mark.parametrize(
    ("text", "objections"),
    [
        ("STEPS: [{Script: make, DisplayName: x}]", 0),
        ("steps: [{task: usePythonVersion@0, inputs: {VERSIONSPEC: 3.12, addtopath: 'True'}}]", 0),
        ("steps: [{task: PublishBuildArtifacts, inputs: {pathtoPublish: a}}]", 1),
        ("steps: [{task: PublishBuildArtifacts@1, input: {pathtoPublish: a}}]", 1),
        ("steps: [{task: PublishBuildArtifacts@1, inputs: [pathtoPublish]}]", 1),
        ("steps: [{task: Somebody.Else.Task@2, inputs: {anything: [1]}}]", 0),
        ("jobs: [{job: a, timeoutInMinutes: 30, steps: [{bash: x, failOnStderr: yes}]}]", 0),
        ("jobs: [{job: a, timeoutInMinute: 30, steps: [{bash: x}]}]", 1),
        ("steps: [{scrpt: x}, {script: y}, {bsh: z}]", 2),
        ("steps: [{script: x, foo: 1}, {bash: y, bar: 2}, {task: DockerInstaller@0, baz: 3}]", 3),
    ],
)
async def test_microsofts_schema_is_read_as_azure_reads_pipelines(
    text: str, objections: int, workbench: Workbench
) -> None:
    findings = await verified(AZURE, text + "\n", workbench)
    stage = next(stage for stage in findings.stages if stage.name == "schema")
    found = [one.message for one in stage.diagnostics if one.severity == "error"]
    assert len(found) == objections, found


@pytest.mark.parametrize(
    ("step", "says"),
    [
        ("task: Ant@1, inputs: {workingDirectory: '', buildFile: build.xml}", "'workingDirectory'"),
        ("task: AzureWebApp@1, inputs: {azureSubscription: a, appName: b}", "'appType'"),
        ("task: Docker@1, inputs: {COMMAND: build}", "COMMAND: 'build' is not one of Build an"),
        ("task: Kubernetes@1, inputs: {outputFormat: jsonpath}", "outputFormat: "),
        ("task: copyfiles@2, inputs: {contents: a}", "'TargetFolder'"),
        ("task: CopyFiles@2, inputs: {contents: a, targetFolder: a, overwrite: 'True'}", ""),
        ("task: CopyFiles@2, inputs: {Contents: a, TargetFolder: a, OverWrite: $(flag)}", ""),
        (
            "task: CopyFiles@2, inputs: {TargetFolder: a, '${{ insert }}': '${{ parameters.x }}'}",
            "",
        ),
        ("task: CopyFiles@2.200.1, inputs: {anything: a}", ""),
        ("task: Somebody.Else.Task@2, inputs: {anything: a}", ""),
    ],
)
async def test_inputs_of_tasks_cost_format_only_for_azure_takes_any(
    step: str, says: str, workbench: Workbench
) -> None:
    """Decided by the agent's and the tasks' code: see formats/azure_pipelines/inputs.py."""
    findings = await verified(AZURE, f"steps:\n- {{{step}}}\n", workbench)
    stages = {stage.name: stage for stage in findings.stages}
    assert stages["schema"].score == stages["references"].score == 1.0
    found = [one.message for one in stages["inputs"].diagnostics if one.severity == "warning"]
    assert len(found) == bool(says) and all(says in message for message in found), found
    assert (stages["inputs"].score < 1.0) is bool(says)


async def test_checks_see_what_was_written(workbench: Workbench) -> None:
    text = "steps:\n- ${{ if a }}:\n  - script: make\n"
    findings = await verified(AZURE, text, workbench)
    assert findings.projections[Target.DOCUMENTS] == [
        {"steps": [{"${{ if a }}": [{"script": "make"}]}]}
    ]


CARELESS = "rm -rf $UNQUOTED/${files[@]}"


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("steps:\n- script: m\n  name: a\n  displayNam: x\n", [4]),
        ("steps:\n- script: m\n  displayNam: x\n  conditions: x\n", [3, 4]),
        ("steps:\n- displayName: x\n  scrip: m\n", [3]),
        ("steps:\n- publish: a\n  artifct: x\n", [3]),
        ("stps:\n- script: m\n", [1]),
        ("jobs:\n- displayName: x\n  jb: a\n  steps: [{script: m}]\n", [3]),
        ("resources:\n  pipelines:\n  - pipeline: a\n    sorce: b\nsteps: [{script: m}]\n", [4]),
        ("trigger:\n  branches:\n    include: [a]\n    exlude: [b]\nsteps: [{script: m}]\n", [4]),
    ],
)
async def test_azure_names_the_line_of_each_key_that_it_does_not_know(
    text: str, lines: list[int], workbench: Workbench
) -> None:
    findings = await verified(AZURE, text, workbench)
    schema = findings.stages[1].diagnostics
    assert [one.line for one in schema if one.severity == "error"] == lines


@pytest.mark.parametrize(
    ("format_name", "text", "line"),
    [
        (AZURE, f"pool: {{vmImage: ubuntu-latest}}\nsteps:\n- script: {CARELESS}\n", 3),
        (AZURE, f"steps:\n- bash: {CARELESS}\n", 2),
        (AZURE, f"pool: {{vmImage: windows-latest}}\nsteps:\n- script: {CARELESS}\n", None),
        (AZURE, "steps:\n- bash: echo \"$(Build.BuildId) ${{ parameters.a }}\"\n", None),
        (CIRCLE, _circle(f"  build:\n    {DOCKER}\n    steps:\n    - run: {CARELESS}\n"), 7),
        (CIRCLE, _circle(f"  build: {{{DOCKER}, steps: [run: 'a << pipeline.id >>']}}\n"), None),
        (
            CIRCLE,
            _circle(f"  build:\n    executor: win/x\n    steps:\n    - run: {CARELESS}\n",
                    more="orbs: {win: circleci/windows@5.0}"),
            None,
        ),
        (BITBUCKET, f"pipelines:\n  default:\n  - step:\n      script:\n      - {CARELESS}\n", 4),
        ("gitlab-ci", f"a:\n  script:\n  - {CARELESS}\n", 2),
        ("gitlab-ci", "a: {script: ['$[[ inputs.a ]]', 'b $[[inputs.b[0]|expand_vars]]']}\n", None),
        ("gitlab-ci", f"a:\n  script:\n  - '# shellcheck disable=all'\n  - {CARELESS}\n", 2),
    ],
)  # fmt: skip
async def test_scripts_go_through_shellcheck(
    format_name: str, text: str, line: int | None, workbench: Workbench
) -> None:
    findings = await verified(format_name, text, workbench)
    stage = findings.stages[-1]
    assert stage.name == "shellcheck"
    lines = {found.line for found in stage.diagnostics if found.severity in {"error", "warning"}}
    assert lines == (set() if line is None else {line}), stage.diagnostics


@pytest.mark.parametrize(
    ("script", "plain"),
    [
        ("npm ci\nnpm run build --flag=value", True),
        ("./gradlew assemble", True),
        ("", True),
        ("echo $A", False),
        ("a = b", False),
        ("if true", False),
        ("sudo rm x", False),
        ("rm *.txt", False),
        ("a | b", False),
    ],
)
async def test_only_plain_words_are_kept_from_shellcheck(script: str, plain: bool) -> None:
    assert _is_plain(script) is plain


async def test_the_words_that_are_kept_from_shellcheck_are_found_in_linear_time() -> None:
    started = time.process_time()
    assert not _is_plain("a" * 200_000 + "=" * 200_000 + " -" * 100_000 + "$")
    assert Script("", "f", lambda: 1).shell == "bash"
    assert time.process_time() - started < 10


@pytest.mark.parametrize(
    ("format_name", "text"),
    [
        (AZURE, "jobs:\n" + "".join(f"- {{job: a{n}, dependsOn: a{n + 1}, {STEPS}}}\n"
                                    for n in range(6_000))),
        (AZURE, "steps:\n" + "- {scrpt: x}\n" * 20_000),
        (AZURE, "steps: " + "[{script: " * 45 + "x" + "}]" * 45),
        (AZURE, "steps: " + "[{'${{ if a }}': " * 45 + "x" + "}]" * 45),
        (CIRCLE, _circle(flow="[" + ", ".join(f"{{build: {{name: b{n}, requires: [b{n + 1}]}}}}"
                                              for n in range(8_000)) + "]")),
        (CIRCLE, _circle(more="commands:\n" + "".join(
            f"  c{n}: {{steps: [c{n + 1}]}}\n" for n in range(8_000)))),
        (CIRCLE, _circle(f"  build: {{{DOCKER}, steps: [run: '{'<< parameters.a' * 20_000}']}}\n")),
        (BITBUCKET, "pipelines:\n  default:\n" + "  - step: {script: [x], caches: [y]}\n" * 8_000),
        (BITBUCKET, "pipelines:\n  default:\n  - step:\n      script:\n" + "      - $a\n" * 20_000),
        ("gitlab-ci", "".join(f"j{n}: {{needs: [j{n + 1}], script: [y]}}\n" for n in range(9_000))),
    ],
    ids=range(10),
)  # fmt: skip
async def test_a_hostile_file_takes_seconds_at_most(
    format_name: str, text: str, workbench: Workbench
) -> None:
    started = time.process_time()
    await verified(format_name, text + "\n", workbench)
    assert time.process_time() - started < 10
