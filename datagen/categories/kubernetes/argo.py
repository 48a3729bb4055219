"""Argo Workflows: a CronWorkflow whose steps follow each other."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, lits, need, num
from datagen.needs import in_namespace
from datagen.pins import documents, of_kind, values_of
from datagen.topic import Topic
from datagen.vocabulary import NAMESPACES, image, named

_SPEC = "spec.workflowSpec"


@dataclass(frozen=True, slots=True)
class CronWorkflow:
    """Three tasks as a graph, at a time of the day."""

    name: str
    namespace: str
    image: str
    hour: int
    minute: int
    zone: str
    policy: str
    kept: int
    account: str
    tasks: tuple[str, str, str]
    command: str
    attempts: int
    deadline: int


def _sample(rng: Random) -> CronWorkflow:
    name = named(rng, "etl", "pipeline", "nightly", "refresh", "import")
    return CronWorkflow(
        name=name,
        namespace=rng.choice((*NAMESPACES, "argo", "workflows")),
        image=image(rng, name),
        hour=rng.randint(0, 23),
        minute=rng.choice((0, 5, 10, 15, 20, 30, 40, 45)),
        zone=rng.choice(("Europe/Berlin", "America/New_York", "Asia/Tokyo", "Asia/Kolkata")),
        policy=rng.choice(("Forbid", "Replace")),
        kept=rng.randint(2, 9),
        account=rng.choice(("workflow", "argo-runner", "pipelines", "batch")),
        tasks=rng.choice(
            (
                ("extract", "transform", "load"),
                ("fetch", "clean", "publish"),
                ("download", "validate", "index"),
                ("export", "convert", "upload"),
                ("collect", "aggregate", "report"),
            )
        ),
        command=rng.choice(("/app/run", "/bin/task", "/usr/local/bin/step", "/opt/job")),
        attempts=rng.randint(2, 6),
        deadline=rng.choice((1200, 1800, 3600, 5400, 7200)),
    )


def _brief(s: CronWorkflow) -> Brief:
    kind = "CronWorkflow"
    workflow = f"([?kind=='{kind}'] | [0].{_SPEC})"
    graph = f"({workflow}.templates[?dag] | [0].dag.tasks)"
    work = f"({workflow}.templates[?container] | [0])"
    first, second, third = s.tasks

    def task(name: str) -> str:
        return f"({graph}[?name=='{name}'] | [0])"

    return Brief(
        need(
            f"Argo CronWorkflow {lit(s.name)} with the tasks {lits(s.tasks)}, one after the other",
            f"an Argo CronWorkflow {lit(s.name)} whose DAG has the tasks {lits(s.tasks)}, one"
            f" after the other",
            f"a CronWorkflow manifest {lit(s.name)} (Argo Workflows): a DAG in which"
            f" {lits(s.tasks)} follow each other",
            pins=[
                of_kind(kind, "metadata.name", s.name),
                documents(f"{graph}[].name", list(s.tasks)),
                documents(
                    f"{task(second)} | [dependencies, depends] | [0] == `{_listed(first)}`"
                    f" || [1] == '{first}'"
                ),
                documents(
                    f"{task(third)} | [dependencies, depends] | [0] == `{_listed(second)}`"
                    f" || [1] == '{second}'"
                ),
                documents(
                    f"{workflow} | length(templates[?dag]) == `1` && (templates[?dag] | [0].name)"
                    " != null"
                ),
            ],
        ),
        (
            in_namespace(kind, s.namespace),
            need(
                f"daily at {lit(f'{s.hour:02}:{s.minute:02}')}, time zone {lit(s.zone)}",
                f"It runs every day at {lit(f'{s.hour:02}:{s.minute:02}')} in the time zone"
                f" {lit(s.zone)}",
                f"Schedule it daily for {lit(f'{s.hour:02}:{s.minute:02}')}, {lit(s.zone)} time",
                pins=[
                    documents(
                        f"[?kind=='{kind}'] | [0].spec | [schedules, schedule][][]",
                        [f"{s.minute} {s.hour} * * *"],
                    ),
                    of_kind(kind, "spec.timezone", s.zone),
                ],
            ),
            need(
                f"concurrencyPolicy {lit(s.policy)}, {num(s.kept)} successful runs kept",
                f"The concurrency policy is {lit(s.policy)}, and the last {num(s.kept)}"
                f" successful runs are kept (successfulJobsHistoryLimit)",
                f"Keep {num(s.kept)} successful jobs in the history, with concurrencyPolicy"
                f" {lit(s.policy)}",
                pins=values_of(
                    kind,
                    {
                        "spec.concurrencyPolicy": s.policy,
                        "spec.successfulJobsHistoryLimit": s.kept,
                    },
                ),
            ),
            need(
                f"service account {lit(s.account)}, {num(s.deadline)} seconds at most",
                f"The workflow runs as the service account {lit(s.account)}, for"
                f" {num(s.deadline)} seconds at most",
                f"Its service account is {lit(s.account)} and its activeDeadlineSeconds"
                f" {num(s.deadline)}",
                pins=values_of(
                    kind,
                    {
                        f"{_SPEC}.serviceAccountName": s.account,
                        f"{_SPEC}.activeDeadlineSeconds": s.deadline,
                    },
                ),
            ),
            need(
                f"all tasks by one template: {lit(s.image)}, command {lit(s.command)}, whose"
                f" argument is the parameter {lit('task')}",
                f"One container template does all tasks: it runs {lit(s.command)} in"
                f" {lit(s.image)} with its input parameter {lit('task')} as the argument, and each"
                f" task passes its own name",
                f"Let one template with the input parameter {lit('task')} do the work:"
                f" {lit(s.image)}, the command {lit(s.command)}, and the parameter as argument;"
                f" tasks pass their names",
                pins=[
                    documents(f"{work}.container.image", s.image),
                    documents(f"{work}.container.command", [s.command]),
                    documents(f"{work}.container.args", ["{{inputs.parameters.task}}"]),
                    documents(f"{work}.inputs.parameters[].name", ["task"]),
                    documents(f"{graph}[].arguments.parameters[].value", list(s.tasks)),
                    documents(f"{graph}[].arguments.parameters[].name", ["task"] * 3),
                    documents(
                        f"[{graph}[].template, {work}.name] | [0] == [[1], [1], [1]] && [1] != null"
                    ),
                ],
            ),
            need(
                f"a failed task is tried {num(s.attempts)} times again (retryStrategy, Always)",
                f"A task that fails is retried {num(s.attempts)} times, by the retry policy Always",
                f"The template's retryStrategy has the limit {num(s.attempts)} and the policy"
                f" Always",
                pins=[
                    documents(f"to_string({work}.retryStrategy.limit)", str(s.attempts)),
                    documents(f"{work}.retryStrategy.retryPolicy", "Always"),
                ],
            ),
        ),
    )


def _listed(name: str) -> str:
    """A list of one text, as a JMESPath literal."""
    return f'["{name}"]'


def _answer(s: CronWorkflow) -> str:
    def task(name: str, after: str = "") -> str:
        waits = f"            dependencies: [{after}]\n" if after else ""
        return f"""\
          - name: {name}
            template: work
{waits}            arguments:
              parameters:
                - name: task
                  value: {name}
"""

    first, second, third = s.tasks
    return f"""\
apiVersion: argoproj.io/v1alpha1
kind: CronWorkflow
metadata:
  name: {s.name}
  namespace: {s.namespace}
spec:
  schedules:
    - "{s.minute} {s.hour} * * *"
  timezone: {s.zone}
  concurrencyPolicy: {s.policy}
  successfulJobsHistoryLimit: {s.kept}
  workflowSpec:
    entrypoint: all
    serviceAccountName: {s.account}
    activeDeadlineSeconds: {s.deadline}
    templates:
      - name: all
        dag:
          tasks:
{_indented(task(first) + task(second, first) + task(third, second))}\
      - name: work
        inputs:
          parameters:
            - name: task
        retryStrategy:
          limit: {s.attempts}
          retryPolicy: Always
        container:
          image: {s.image}
          command: [{s.command}]
          args: ["{{{{inputs.parameters.task}}}}"]
"""


def _indented(text: str) -> str:
    return "".join(f"  {line}\n" for line in text.splitlines())


TOPIC = Topic(
    name="cron-workflow", format="kubernetes", sample=_sample, brief=_brief, answer=_answer
)
