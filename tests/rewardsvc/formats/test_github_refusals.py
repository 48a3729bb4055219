"""What GitHub refuses beyond its schema and actionlint: more of each kind than a row shows."""

import pytest

from rewardsvc.artifact import Artifact, File
from rewardsvc.formats.github_actions.refusals import REFUSALS
from rewardsvc.formats.github_actions.workflow import Workflow
from rewardsvc.verification.refusals import refusals_in
from rewardsvc.verification.yaml_files import parse_files

STEPS = "    steps: [{run: make}]\n"


def _codes(text: str) -> list[str]:
    artifact = Artifact((File("workflow.yml", "yaml", text),))
    (source,) = parse_files(artifact, frozenset({"yaml"}), merge=False).sources
    return [found.code for found in refusals_in(REFUSALS, Workflow.of(source))]


def _job(*lines: str, on: str = "push", steps: str = STEPS, runner: str = "ubuntu-latest") -> str:
    body = "".join(f"    {line}\n" for line in (f"runs-on: {runner}", *lines))
    return f"on: {on}\njobs:\n  test:\n{body}{steps}"


def _call(uses: str) -> str:
    return f"on: push\njobs:\n  test:\n    uses: {uses}\n"


def _step(step: str, *lines: str, runner: str = "ubuntu-latest") -> str:
    return _job(*lines, steps=f"    steps: [{{{step}}}, {{run: make}}]\n", runner=runner)


_MANY = range(257)
_OSES = "strategy: {matrix: {os: [ubuntu-latest, windows-latest]}}"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (_job().replace("  test:", "  __test:"), "job-id"),
        (_job(f"strategy: {{matrix: {{include: {[{'a': n} for n in _MANY]}}}}}"), "matrix-jobs"),
        (
            _job(
                f"strategy: {{matrix: {{a: {list(range(30))}, b: {list(range(10))},"
                " exclude: [{a: 1}, {b: 2}]}}"
            ),
            "matrix-jobs",
        ),
        (_job("concurrency: {group: deploy}").replace("jobs:", "concurrency: deploy\njobs:"),
         "concurrency-deadlock"),
        (f"concurrency: {'g' * 500}\n" + _job(), "concurrency-group"),
        (_job(runner="{group: a/b/c}"), "runner-group"),
        (_job(runner="{group: organization/}"), "runner-group"),
        (_job(f"environment: {{name: {'e' * 300}, url: 'https://a.b'}}"), "environment-name"),
        (_job("snapshot: {image-name: a, version: latest}"), "snapshot-version"),
        (_job(on="{workflow_call: {secrets: {GITHUB_TOKEN: {required: true}}}}"), "secret-name"),
        (_job(on="{schedule: [{cron: 'CRON_TZ=Asia/Tokyo 0 3 * * 1'}]}"), "cron"),
        (_job(on="{pull_request: {paths: ['!docs/**', '!*.md']}}"), "filter"),
        (_job(on="{push: {tags: '!v*'}}"), "filter"),
        (_job(f"if: github.ref == '{'r' * 21_000}'"), "expression-length"),
        (_call("./workflows/test.yml"), "workflow-reference"),
        (_call("./.github/workflows/sub/test.yml"), "workflow-reference"),
        (_call("./.github/workflows/test"), "workflow-reference"),
        (_call("./.github/workflows/../test.yml"), "workflow-reference"),
        (_call("octo/.github/workflows/test.yml@main"), "workflow-reference"),
        (_call("octo/shared/.github/workflows/sub/test.yml@v1"), "workflow-reference"),
        (_call("octo/shared/.github/workflows/.yml@v1"), "workflow-reference"),
        (_call("octo/shared/.github/workflows/test.yml@v1..v2"), "workflow-reference"),
        (_step("uses: ./.github/workflows/test.yaml"), "workflow-as-step"),
        (_step("uses: 'docker://'"), "container-image"),
        (_job("container: 'docker://'"), "container-image"),
        (_job("services: {db: ''}"), "container-image"),
        (_job("services: {db: {image: postgres}}", runner="macos-14"), "container-runner"),
        (_job("services: {db: {image: postgres}}", runner="[windows-2022]"), "container-runner"),
        (_job("services: {db: redis}", runner="windows-2025"), "container-runner"),
        (_job("container: node:22", _OSES, runner="${{ matrix.os }}"), "container-runner"),
        (_step("uses: 'docker://alpine:3'", runner="windows-latest"), "container-runner"),
        (_job("container: {image: a, options: --entrypoint=/bin/sh}"), "container-options"),
        (_job("services: {db: {image: a, options: --net=host}}"), "container-options"),
    ],
)  # fmt: skip
def test_what_github_refuses_is_found_once(text: str, code: str) -> None:
    assert _codes(text) == [code]


@pytest.mark.parametrize(
    "text",
    [
        _job("strategy: {matrix: '${{ fromJSON(inputs.matrix) }}'}"),
        _job(
            f"strategy: {{matrix: {{a: {list(range(17))}, b: {list(range(16))},"
            " exclude: [{a: 1}]}}"
        ),
        _job("concurrency: '${{ github.ref }}'").replace(
            "jobs:", "concurrency: '${{ github.ref }}'\njobs:"
        ),
        _job(runner="{group: large}"),
        _job(runner="{group: '${{ inputs.group }}'}"),
        _job("environment: '${{ inputs.environment }}'"),
        _job("snapshot: base"),
        _job(on="{schedule: [{cron: '*/15 2-4 1,15 JAN-MAR MON'}]}"),
        _job(on="{schedule: [{cron: 0 3 * * 1, timezone: Asia/Tokyo}]}"),
        _job(on="{push: {branches: [main, '!dev/**'], paths-ignore: ['docs/**']}}"),
        _job(on="[push, pull_request]"),
        _job(steps=f"    steps: [{{run: 'echo {'a' * 30_000}'}}]\n"),
        _call("./.github/workflows/test.yml"),
        _call("octo/.github/.github/workflows/test.yaml@feature/a-b_c.d"),
        _step("uses: octo/shared/.github/workflows@v1"),
        _job("container: ''"),
        _job("container: '${{ matrix.image }}'", _OSES, runner="${{ matrix.os }}"),
        _job("services: {db: {image: postgres}}", runner="[self-hosted, windows-build]"),
        _job("services: {db: {image: '${{ inputs.image }}'}}", runner="windows-latest"),
        _job("services: '${{ fromJSON(inputs.services) }}'", runner="windows-latest"),
        _job("services: {db: {image: postgres}}", runner="[self-hosted, macOS]"),
        _job(
            "container: node:22",
            _OSES.replace("}}", ", exclude: [{os: windows-latest}]}}"),
            runner="${{ matrix.os }}",
        ),
        _step("uses: 'docker://alpine:3', if: \"runner.os == 'Linux'\"", runner="windows-latest"),
        _job("container: {image: a, options: --network-alias db --cpus 1}"),
        _job("services: {db: {image: a, options: --entrypoint /run.sh}}"),
        "on: push\njobs: [a]\n",
        "on: push\njobs: {a: [b], c: {steps: [d], runs-on: {}, strategy: e, services: [f]}}\n",
    ],
)
def test_what_github_takes_is_not_refused(text: str) -> None:
    assert _codes(text) == []


def test_what_jobs_share_is_refused_once() -> None:
    text = (
        "on: push\njobs:\n  a: &a\n    runs-on: windows-latest\n    container: node:22\n"
        "    steps: &s [{uses: 'docker://'}]\n  b: *a\n  c: {runs-on: ubuntu-latest, steps: *s}\n"
    )
    assert _codes(text) == ["container-image", "container-runner", "container-runner"]


def test_many_axes_and_exclusions_are_counted_in_time() -> None:
    axes = ", ".join(f"a{n}: [1, 2]" for n in range(2000))
    excluded = ", ".join(f"{{a{n}: 1}}" for n in range(2000))
    assert _codes(_job(f"strategy: {{matrix: {{{axes}}}}}")) == ["matrix-jobs"]
    assert _codes(_job(f"strategy: {{matrix: {{{axes}, exclude: [{excluded}]}}}}")) == []
