"""Jobs in charts: one that runs by the clock, and one that runs before an upgrade."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations
from random import Random

from datagen.brief import Brief, lit, need, num
from datagen.categories.helm.charts import (
    NAME,
    GivenChart,
    app_version,
    changed_in,
    chart_is,
    default_is,
    files_of,
    given_chart,
    laid_out,
    metadata,
    named_after_release,
    released,
    rendered_is,
    repository,
    times,
    version,
)
from datagen.pins import ast, documents, of_kind
from datagen.topic import Topic
from datagen.vocabulary import named
from rewardsvc.types import Check

_POD = "spec.jobTemplate.spec.template.spec"


@dataclass(frozen=True, slots=True)
class ScheduledChart:
    """A chart of one CronJob."""

    name: str
    version: str
    app: str
    repository: str
    schedule: str
    other_schedule: str
    command: tuple[str, ...]
    concurrency: str
    retries: int
    history: int
    environment: str


_COMMANDS = {
    "cleanup": (("python", "-m", "cleanup"), ("php", "artisan", "prune"), ("/app/purge", "--old")),
    "export": (
        ("node", "dist/export.js"),
        ("python", "-m", "export.csv"),
        ("/app/export", "--all"),
    ),
    "report": (("python", "-m", "reports.daily"), ("bin/rails", "runner", "Report.send")),
    "sync": (
        ("bin/rails", "runner", "Sync.run"),
        ("node", "dist/sync.js"),
        ("/app/sync", "--full"),
    ),
    "reindex": (("/app/reindex", "--full"), ("python", "manage.py", "rebuild_index")),
}
"""What such a job runs."""


def _sample_scheduled(rng: Random) -> ScheduledChart:
    purpose = rng.choice(sorted(_COMMANDS))
    name = named(rng, purpose)
    minute, hour = rng.choice((0, 5, 10, 15, 20, 30, 40, 45)), rng.randint(1, 6)
    return ScheduledChart(
        name=name,
        version=version(rng),
        app=app_version(rng),
        repository=repository(rng, name),
        schedule=f"{minute} {hour} * * {rng.choice(('*', '1-5', '0'))}",
        other_schedule=rng.choice(("*/15 * * * *", "*/30 * * * *", "0 * * * *", "0 */6 * * *")),
        command=rng.choice(_COMMANDS[purpose]),
        concurrency=rng.choice(("Forbid", "Replace")),
        retries=rng.randint(1, 5),
        history=rng.randint(1, 5),
        environment=rng.choice(("staging", "qa", "production")),
    )


def _scheduled_given(s: ScheduledChart) -> dict[str, str]:
    text = f'schedule: "{s.other_schedule}"\nhistoryLimit: {s.history + 2}\n'
    return {f"ci/{s.environment}-values.yaml": text}


def _scheduled_brief(s: ScheduledChart) -> Brief:
    name, values = lit(s.name), lit(f"ci/{s.environment}-values.yaml")
    command, image = lit(" ".join(s.command)), lit(".Values.image")
    schedule, history = lit(".Values.schedule"), lit(".Values.historyLimit")
    return Brief(
        need(
            f"Helm chart {name} with a CronJob",
            f"a Helm chart {name} that installs one CronJob",
            f"a chart for Helm called {name}, with nothing but a CronJob in it",
            pins=[
                chart_is("name", s.name),
                of_kind("CronJob", f"{_POD}.restartPolicy", "Never"),
            ],
        ),
        (
            need(
                f"chart version {lit(s.version)}, appVersion {lit(s.app)}",
                f"Its version is {lit(s.version)}, the appVersion {lit(s.app)}",
                pins=[chart_is("version", s.version), chart_is("appVersion", s.app)],
            ),
            laid_out("Chart.yaml", "values.yaml", "templates/cronjob.yaml"),
            named_after_release(s.name, "CronJob"),
            need(
                f"image from {image}, {lit(s.repository)} by default, tagged with the appVersion",
                f"The image is {image}, {lit(s.repository)} by default, and its tag always the"
                " appVersion",
                pins=[
                    default_is("image", s.repository),
                    of_kind("CronJob", f"{_POD}.containers[0].image", f"{s.repository}:{s.app}"),
                ],
            ),
            need(
                f"schedule from {schedule}, {lit(s.schedule)} by default",
                f"{schedule} says when it runs: {lit(s.schedule)} by default",
                f"Its schedule is {schedule}, by default {lit(s.schedule)}",
                pins=[
                    default_is("schedule", s.schedule),
                    of_kind("CronJob", "spec.schedule", s.schedule),
                ],
            ),
            need(
                f"successfulJobsHistoryLimit from {history}, {num(s.history)} by default",
                f"It keeps {history} successful jobs, {num(s.history)} by default",
                f"successfulJobsHistoryLimit is {history}, which is {num(s.history)} by default",
                pins=[
                    default_is("historyLimit", s.history),
                    of_kind("CronJob", "spec.successfulJobsHistoryLimit", s.history),
                    rendered_is(
                        s.environment, "CronJob", "spec.successfulJobsHistoryLimit", s.history + 2
                    ),
                ],
            ),
            need(
                f"runs {command}",
                f"The container runs {command}",
                f"Its command is {command}",
                pins=[_runs(s.command)],
            ),
            need(
                f"concurrencyPolicy {lit(s.concurrency)}, backoffLimit {num(s.retries)},"
                " restartPolicy Never",
                f"The concurrency policy is {lit(s.concurrency)}; a job is tried again"
                f" {times(s.retries)} (backoffLimit), its pods never restart (Never)",
                pins=[
                    of_kind("CronJob", "spec.concurrencyPolicy", s.concurrency),
                    of_kind("CronJob", "spec.jobTemplate.spec.backoffLimit", s.retries),
                ],
            ),
            need(
                f"has to work with {values}, too",
                f"We also install it with {values}, which must take effect",
                f"What {values} (below) sets must take effect when it is installed with that",
                pins=[rendered_is(s.environment, "CronJob", "spec.schedule", s.other_schedule)],
            ),
        ),
    )


def _runs(command: Sequence[str]) -> Check:
    """The container's command and arguments together are those words."""
    container = f"([?kind=='CronJob'] | [0].{_POD}.containers[0])"
    return documents(f"[{container}.command, {container}.args][][]", list(command))


def _scheduled_answer(s: ScheduledChart) -> dict[str, str]:
    return {
        "Chart.yaml": metadata(s.name, s.version, s.app),
        "values.yaml": f"""\
image: {s.repository}
schedule: "{s.schedule}"
historyLimit: {s.history}
""",
        "templates/cronjob.yaml": f"""\
apiVersion: batch/v1
kind: CronJob
metadata:
  name: {NAME}
spec:
  schedule: {{{{ .Values.schedule | quote }}}}
  successfulJobsHistoryLimit: {{{{ .Values.historyLimit }}}}
  concurrencyPolicy: {s.concurrency}
  jobTemplate:
    spec:
      backoffLimit: {s.retries}
      template:
        metadata:
          labels:
            app: {NAME}
        spec:
          restartPolicy: Never
          containers:
            - name: {{{{ .Chart.Name }}}}
              image: "{{{{ .Values.image }}}}:{{{{ .Chart.AppVersion }}}}"
              command:
{"".join(f"                - {word}{chr(10)}" for word in s.command)}\
""",
    }


SCHEDULED = Topic(
    name="helm-cron-job",
    format="helm",
    sample=_sample_scheduled,
    brief=_scheduled_brief,
    answer=_scheduled_answer,
    given=_scheduled_given,
)


_DELETED = tuple(
    comma.join(words)
    for comma in (",", ", ")
    for words in permutations(("before-hook-creation", "hook-succeeded"))
)
"""The ways to say when the hook is deleted."""


@dataclass(frozen=True, slots=True)
class MigratedChart(GivenChart):
    """A job that migrates a given chart's database before each upgrade."""

    command: str
    weight: int
    retries: int
    seconds: int
    secret: str


def _sample_migrated(rng: Random) -> MigratedChart:
    chart = given_chart(rng)
    return MigratedChart(
        **chart,
        command=rng.choice(
            (
                "alembic upgrade head",
                "python manage.py migrate",
                "bin/rails db:migrate",
                "npx prisma migrate deploy",
                "flyway migrate",
                "php artisan migrate --force",
            )
        ),
        weight=rng.choice((-10, -5, -1, 1, 5)),
        retries=rng.randint(1, 5),
        seconds=rng.choice((120, 180, 300, 600, 900)),
        secret=f"{chart['name']}-{rng.choice(('database', 'db', 'postgres', 'mysql'))}",
    )


def _migrated_brief(s: MigratedChart) -> Brief:
    job, container = "hooks[?kind=='Job'] | [0]", "spec.template.spec.containers[0]"
    annotations = f"{job}.metadata.annotations"
    policy = f'{annotations}."helm.sh/hook-delete-policy"'
    return Brief(
        need(
            f"migration Job for the Helm chart {lit(s.name)} below, as a hook",
            f"a hook for the Helm chart {lit(s.name)} below: a Job that migrates the database",
            f"a migration Job, run by Helm as a hook, in the chart {lit(s.name)} that follows",
            pins=[ast(f"{job}.spec.template.spec.restartPolicy", "Never")],
        ),
        (
            changed_in(s, "templates/migrate.yaml"),
            need(
                "runs before install and before upgrade (pre-install, pre-upgrade)",
                "Helm runs it before an install and before an upgrade (pre-install, pre-upgrade)",
                pins=[
                    ast(f"contains({annotations}.\"helm.sh/hook\" || '', 'pre-install')"),
                    ast(f"contains({annotations}.\"helm.sh/hook\" || '', 'pre-upgrade')"),
                ],
            ),
            need(
                f"hook weight {lit(str(s.weight))}, deleted before the next one and when it"
                " succeeded",
                f"Its hook weight is {lit(str(s.weight))}; the delete policy is"
                " before-hook-creation and hook-succeeded",
                f"Give it the weight {lit(str(s.weight))} and have it deleted before a new one is"
                " made and after it succeeded",
                pins=[
                    ast(f'{annotations}."helm.sh/hook-weight"', str(s.weight)),
                    ast(f"{policy} | " + " || ".join(f"@ == '{each}'" for each in _DELETED)),
                ],
            ),
            need(
                f"named {lit(f'<release>-{s.name}-migrate')}",
                f"Its name is {lit(f'<release>-{s.name}-migrate')}, after the release",
                f"Call it {lit(f'<release>-{s.name}-migrate')}",
                pins=[ast(f"{job}.metadata.name", f"{released(s.name)}-migrate")],
            ),
            need(
                f"the chart's own image, command {lit(s.command)}",
                f"It runs {lit(s.command)} in the image of the Deployment, by the same values",
                f"The image is that of the Deployment (same values), the command {lit(s.command)}",
                pins=[
                    ast(f"{job}.{container}.image", f"{s.repository}:{s.tag}"),
                    ast(
                        f"join(' ', [{job}.{container}.command, {job}.{container}.args][][])",
                        s.command,
                    ),
                ],
            ),
            need(
                f"environment from the Secret {lit(s.secret)}",
                f"It takes its environment from the Secret {lit(s.secret)} (envFrom), which exists",
                f"The existing Secret {lit(s.secret)} is its environment (envFrom)",
                pins=[ast(f"{job}.{container}.envFrom[0].secretRef.name", s.secret)],
            ),
            need(
                f"backoffLimit {num(s.retries)}, activeDeadlineSeconds {num(s.seconds)},"
                " restartPolicy Never",
                f"Its pods never restart (Never); it is tried again {times(s.retries)}"
                f" (backoffLimit) and given {num(s.seconds)} seconds (activeDeadlineSeconds)",
                pins=[
                    ast(f"{job}.spec.backoffLimit", s.retries),
                    ast(f"{job}.spec.activeDeadlineSeconds", s.seconds),
                ],
            ),
        ),
    )


def _migrated_answer(s: MigratedChart) -> dict[str, str]:
    return {
        "templates/migrate.yaml": f"""\
apiVersion: batch/v1
kind: Job
metadata:
  name: {NAME}-migrate
  annotations:
    helm.sh/hook: pre-install,pre-upgrade
    helm.sh/hook-weight: "{s.weight}"
    helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
spec:
  backoffLimit: {s.retries}
  activeDeadlineSeconds: {s.seconds}
  template:
    spec:
      restartPolicy: Never
      containers:
        - name: {{{{ .Chart.Name }}}}
          image: "{{{{ .Values.image.repository }}}}:{{{{ .Values.image.tag }}}}"
          command:
{"".join(f"            - {word}{chr(10)}" for word in s.command.split())}\
          envFrom:
            - secretRef:
                name: {s.secret}
"""
    }


MIGRATION = Topic(
    name="helm-migration-hook",
    format="helm",
    sample=_sample_migrated,
    brief=_migrated_brief,
    answer=_migrated_answer,
    given=files_of,
)
