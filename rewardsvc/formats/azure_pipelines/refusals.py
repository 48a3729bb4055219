"""What Azure DevOps refuses in a pipeline that Microsoft's schema accepts.

``reference`` is learn.microsoft.com/azure/devops/pipelines/yaml-schema, ``process`` its pages on
pipelines, as of November 2025.
"""

from rewardsvc.formats.azure_pipelines import expressions, references, values
from rewardsvc.formats.azure_pipelines.pipeline import AzurePipeline
from rewardsvc.verification.refusals import Refusal

_POOL = "trigger: [main]\npool: {vmImage: ubuntu-latest}\n"


def _steps(*lines: str, more: str = "") -> str:
    """A pipeline of these steps."""
    return f"{more}{_POOL}steps:\n- script: make\n" + "".join(f"{line}\n" for line in lines)


def _jobs(*lines: str) -> str:
    """A pipeline of the job test and of these."""
    return f"{_POOL}jobs:\n- job: test\n  steps: [{{script: make}}]\n" + "".join(
        f"{line}\n" for line in lines
    )


REFUSALS: tuple[Refusal[AzurePipeline], ...] = (
    Refusal(
        code="name",
        what="stages, jobs and deployments have letters, digits and _ in their names",
        source="reference/stages-stage, jobs-job: identifiers; Name … is not valid",
        find=references.identifiers,
        refused=_jobs("- job: ship-it", "  steps: [{script: make ship}]"),
        accepted=_jobs("- job: _ship_2", "  steps: [{script: make ship}]"),
    ),
    Refusal(
        code="step-name",
        what="steps have letters, digits and _ in their names",
        source="reference/steps-script: name, ID of the step, [-_A-Za-z0-9]* without -",
        find=references.step_identifiers,
        refused=_steps("- script: make ship", "  name: ship-it"),
        accepted=_steps("- script: make ship", "  name: ship_it"),
    ),
    Refusal(
        code="step-duplicate",
        what="the steps of a job have different names",
        source="process/tasks: step names must be unique within a job",
        find=references.repeated_steps,
        refused=_steps("- script: a", "  name: a", "- script: b", "  name: A"),
        accepted=_steps("- script: a", "  name: a", "- script: b", "  name: b"),
    ),
    Refusal(
        code="duplicate",
        what="stages, and the jobs of a stage, have different names",
        source="reference/jobs: The job name … appears more than once",
        find=references.repeated,
        refused=_jobs("- job: Test", "  steps: [{script: make}]"),
        accepted=_jobs("- job: Test2", "  steps: [{script: make}]"),
    ),
    Refusal(
        code="dependsOn",
        what="stages and jobs that are waited for are there",
        source="process/phases: Job … depends on unknown job",
        find=references.waited_for,
        refused=_jobs("- job: ship", "  dependsOn: tests", "  steps: [{script: make}]"),
        accepted=_jobs("- job: ship", "  dependsOn: Test", "  steps: [{script: make}]"),
    ),
    Refusal(
        code="cycle",
        what="nothing waits for itself in a circle",
        source="process/phases: dependencies of jobs form a cycle",
        find=references.circles,
        refused=_jobs(
            *("- job: a", "  dependsOn: b", "  steps: [{script: make}]"),
            *("- job: b", "  dependsOn: a", "  steps: [{script: make}]"),
        ),
        accepted=_jobs(
            *("- job: a", "  dependsOn: b", "  steps: [{script: make}]"),
            *("- job: b", "  dependsOn: []", "  steps: [{script: make}]"),
        ),
    ),
    Refusal(
        code="repository",
        what="templates come from repositories that are declared",
        source="process/templates: use other repositories",
        find=references.repositories,
        refused=_steps("- template: test.yml@shared"),
        accepted=_steps(
            "- template: test.yml@shared",
            more="resources: {repositories: [{repository: shared, type: git, name: a/b}]}\n",
        ),
    ),
    Refusal(
        code="checkout",
        what="what is checked out is self, none or a repository that is declared",
        source="reference/steps-checkout",
        find=references.taken("checkout", "repositories", frozenset({"self", "none"})),
        refused=_steps("- checkout: tools"),
        accepted=_steps("- checkout: git://shop/tools@refs/heads/main"),
    ),
    Refusal(
        code="download",
        what="what is downloaded is of this pipeline or of one that is declared",
        source="reference/steps-download",
        find=references.taken("download", "pipelines", frozenset({"current", "none", "specific"})),
        refused=_steps("- download: upstream"),
        accepted=_steps("- download: current"),
    ),
    Refusal(
        code="resource-duplicate",
        what="resources of a kind have different names",
        source="reference/resources: alias or name of the resource, unique",
        find=references.repeated_resources,
        refused=_steps(
            more="resources:\n  containers:\n"
            "  - {container: box, image: a}\n  - {container: box, image: b}\n"
        ),
        accepted=_steps(
            more="resources:\n  containers:\n"
            "  - {container: box, image: a}\n  - {container: bin, image: b}\n"
        ),
    ),
    Refusal(
        code="matrix-name",
        what="what a matrix makes has letters, digits and _ in its name, a letter first",
        source="reference/jobs-job-strategy: matrix configuration names",
        find=references.matrix_names,
        refused=_jobs(
            *("- job: many", "  strategy: {matrix: {py-312: {V: '3.12'}}}"),
            "  steps: [{script: make}]",
        ),
        accepted=_jobs(
            *("- job: many", "  strategy: {matrix: {py_312: {V: '3.12'}}}"),
            "  steps: [{script: make}]",
        ),
    ),
    Refusal(
        code="cron",
        what="a schedule has five fields",
        source="process/scheduled-triggers: supported cron syntax",
        find=values.crons,
        refused=_steps(more="schedules: [{cron: 0 25 * * *, branches: {include: [main]}}]\n"),
        accepted=_steps(more="schedules: [{cron: 0 3 * * Mon-Fri, branches: {include: [main]}}]\n"),
    ),
    Refusal(
        code="condition",
        what="conditions are made of functions",
        source="process/expressions: functions; unexpected symbol",
        find=values.conditions,
        refused=_steps("- script: a", "  condition: succeeded() && eq(variables.A, 'b')"),
        accepted=_steps("- script: a", "  condition: and(succeeded(), eq(variables.A, 'b && c'))"),
    ),
    Refusal(
        code="function",
        what="expressions call functions that there are, with enough arguments, texts in '…'",
        source="process/expressions: functions, literals; Unrecognized value, Unexpected symbol",
        find=expressions.functions,
        refused=_steps("- script: a", "  condition: equals(variables.A, 'b')"),
        accepted=_steps("- script: a", "  condition: in(variables['A'], 'b', '\"c\"')"),
    ),
    Refusal(
        code="repository-type",
        what="a repository is of a type that Azure reads from",
        source="reference/resources-repositories-repository: type",
        find=values.repository_types,
        refused=_steps(
            more="resources: {repositories: [{repository: shared, type: gitlab, name: a/b}]}\n"
        ),
        accepted=_steps(
            more="resources: {repositories: [{repository: shared, type: github, name: a/b,"
            " endpoint: hub}]}\n"
        ),
    ),
    Refusal(
        code="timeout",
        what="times are numbers of minutes",
        source="reference/jobs-job, steps-script: timeoutInMinutes",
        find=values.timeouts,
        refused=_jobs("- job: ship", "  timeoutInMinutes: 1h", "  steps: [{script: make}]"),
        accepted=_jobs("- job: ship", "  timeoutInMinutes: $(limit)", "  steps: [{script: make}]"),
    ),
    Refusal(
        code="parameter",
        what="the default of a parameter is one of its values, and of its type",
        source="reference/parameters-parameter; process/runtime-parameters",
        find=values.defaults,
        refused=_steps(more="parameters: [{name: tier, default: gold, values: [iron, tin]}]\n"),
        accepted=_steps(more="parameters: [{name: n, type: number, default: 3}]\n"),
    ),
)
