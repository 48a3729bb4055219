"""What GitHub refuses in a workflow that its schema and actionlint accept.

``parser`` is github.com/actions/runner, src/Sdk/WorkflowParser at v2.330, which GitHub parses
workflows with; ``editor`` github.com/actions/languageservices, its own checks beside that;
``docs`` docs.github.com/actions/reference/workflows-and-actions/workflow-syntax, as of November
2025. What actionlint finds has no row: contexts, ``needs``, permissions, inputs, cron's ranges …
"""

from rewardsvc.formats.github_actions import names, runs
from rewardsvc.formats.github_actions.workflow import Workflow
from rewardsvc.verification.refusals import Refusal

_STEPS = "    steps: [{run: make}]\n"


def _job(*lines: str, more: str = "", steps: str = _STEPS, runner: str = "ubuntu-latest") -> str:
    """A workflow of one job that has these lines."""
    runs_on = "" if any(line.startswith("runs-on") for line in lines) else runner
    said = [f"runs-on: {runs_on}"] if runs_on else []
    body = "".join(f"    {line}\n" for line in (*said, *lines))
    return f"{more or 'on: push'}\njobs:\n  test:\n{body}{steps}"


def _call(uses: str) -> str:
    """A workflow of a job that uses another workflow."""
    return f"on: push\njobs:\n  test:\n    uses: {uses}\n"


_LONG = "          make a && make b && make c && make d && make e && make f && make g\n"

REFUSALS: tuple[Refusal[Workflow], ...] = (
    Refusal(
        code="job-id",
        what="a job's id has less than 100 characters and does not begin with __",
        source="parser IdBuilder.TryAddKnownId, WorkflowConstants.MaxNodeNameLength",
        find=names.job_ids,
        refused=_job().replace("  test:", f"  {'t' * 100}:"),
        accepted=_job().replace("  test:", f"  {'t' * 99}:"),
    ),
    Refusal(
        code="matrix-jobs",
        what="a matrix makes 256 jobs at most",
        source="docs, jobs.<job_id>.strategy.matrix: maximum of 256 jobs per workflow run",
        find=names.matrices,
        refused=_job(f"strategy: {{matrix: {{a: {list(range(17))}, b: {list(range(16))}}}}}"),
        accepted=_job(f"strategy: {{matrix: {{a: {list(range(16))}, b: {list(range(16))}}}}}"),
    ),
    Refusal(
        code="concurrency-group",
        what="the name of a concurrency group has 400 characters at most",
        source="parser WorkflowTemplateConverter.ConvertToConcurrency",
        find=names.groups,
        refused=_job(f"concurrency: {'g' * 401}"),
        accepted=_job(f"concurrency: {{group: {'g' * 400}}}"),
    ),
    Refusal(
        code="concurrency-deadlock",
        what="a job is not in the concurrency group of its own workflow",
        source="editor languageservice/src/validate.ts validateConcurrencyDeadlock",
        find=names.deadlocks,
        refused=_job("concurrency: deploy", more="on: push\nconcurrency: {group: deploy}"),
        accepted=_job("concurrency: deploy", more="on: push\nconcurrency: {group: test}"),
    ),
    Refusal(
        code="runner-group",
        what="a group of runners has a slash only after organization or enterprise",
        source="parser WorkflowTemplateConverter.ConvertToRunsOn",
        find=names.runner_groups,
        refused=_job("runs-on: {group: team/large}"),
        accepted=_job("runs-on: {group: organization/large}"),
    ),
    Refusal(
        code="environment-name",
        what="the name of an environment has 255 characters at most",
        source="docs.github.com/actions/reference/deployments-and-environments: may not exceed 255",
        find=names.environments,
        refused=_job(f"environment: {'e' * 256}"),
        accepted=_job(f"environment: {'e' * 255}"),
    ),
    Refusal(
        code="snapshot-version",
        what="the version of a custom image is a major one",
        source="parser WorkflowTemplateConverter.IsSnapshotImageVersionValid",
        find=names.snapshots,
        refused=_job("snapshot: {image-name: base, version: 2.1.0}"),
        accepted=_job("snapshot: {image-name: base, version: 2.*}"),
    ),
    Refusal(
        code="secret-name",
        what="a reusable workflow declares no secret called GITHUB_TOKEN",
        source="GitHub: secret name within `workflow_call` can not be used since it would collide"
        " with system reserved name (github.com/canonical/operator-workflows/issues/691)",
        find=names.secrets,
        refused=_job(more="on: {workflow_call: {secrets: {github_token: {required: true}}}}"),
        accepted=_job(more="on: {workflow_call: {secrets: {gh_token: {required: true}}}}"),
    ),
    Refusal(
        code="cron",
        what="a schedule has no ? and no time zone in it",
        source="editor workflow-parser/src/model/converter/cron.ts isValidCron",
        find=names.crons,
        refused=_job(more="on: {schedule: [{cron: '0 3 ? * 1'}]}"),
        accepted=_job(more="on: {schedule: [{cron: '0 3 * * 1'}]}"),
    ),
    Refusal(
        code="filter",
        what="a filter lets something in before it takes out",
        source="docs, on.push.branches: you must also define at least one branch without the !",
        find=names.filters,
        refused=_job(more="on: {push: {branches: ['!dev/**']}}"),
        accepted=_job(more="on: {push: {branches: ['**', '!dev/**']}}"),
    ),
    Refusal(
        code="expression-length",
        what="an expression, or a text with some in it, has 21,000 characters at most",
        source="parser TemplateReader.ParseScalar; Expressions ExpressionConstants.MaxLength",
        find=names.expressions,
        refused=_job(
            steps="    steps:\n      - run: |\n          make ${{ github.ref_name }}\n"
            + _LONG * 330
        ),
        accepted=_job(
            steps="    steps:\n      - env: {REF: '${{ github.ref_name }}'}\n        run: |\n"
            '          make "$REF"\n' + _LONG * 330
        ),
    ),
    Refusal(
        code="workflow-reference",
        what="a reusable workflow is a YAML file directly in .github/workflows",
        source="editor languageservice/src/validate.ts validateWorkflowUsesFormat; GitHub:"
        " references to workflows must be rooted in '.github/workflows'",
        find=runs.called,
        refused=_call("octo/shared/workflows/test.yml@v1"),
        accepted=_call("octo/shared/.github/workflows/test.yml@v1"),
    ),
    Refusal(
        code="workflow-as-step",
        what="a step uses an action, not a workflow",
        source="docs.github.com/actions/how-tos/reuse-automations/reuse-workflows: within a job,"
        " and not from within job steps",
        find=runs.workflows_as_steps,
        refused=_job(steps="    steps: [{uses: octo/shared/.github/workflows/test.yml@v1}]\n"),
        accepted=_job(steps="    steps: [{uses: octo/shared/.github/actions/test@v1}]\n"),
    ),
    Refusal(
        code="container-image",
        what="a container has an image",
        source="parser WorkflowTemplateConverter.ConvertToJobContainer",
        find=runs.images,
        refused=_job("services: {db: {image: 'docker://'}}"),
        accepted=_job("services: {db: {image: 'docker://postgres:17'}}"),
    ),
    Refusal(
        code="container-runner",
        what="containers, services and docker actions run on Linux",
        source="github.com/actions/runner src/Runner.Worker/ContainerOperationProvider.cs:"
        " Container operations are only supported on Linux runners",
        find=runs.containers_elsewhere,
        refused=_job("container: node:22", runner="windows-latest"),
        accepted=_job("container: node:22", runner="ubuntu-24.04"),
    ),
    Refusal(
        code="container-options",
        what="containers have no network and no entrypoint of their own",
        source="docs, jobs.<job_id>.container.options and services: --network, --entrypoint",
        find=runs.options,
        refused=_job("container: {image: node:22, options: --cpus 1 --network host}"),
        accepted=_job("container: {image: node:22, options: --cpus 1 --init}"),
    ),
)
