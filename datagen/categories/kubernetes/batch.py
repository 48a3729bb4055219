"""Kubernetes batch work: a CronJob."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, need, num
from datagen.needs import container_image, in_namespace
from datagen.pins import of_kind
from datagen.topic import Topic
from datagen.vocabulary import NAMESPACES, image, named

_KIND = "CronJob"
_POD = "spec.jobTemplate.spec.template.spec"
_DAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")


@dataclass(frozen=True, slots=True)
class CronJob:
    """A command at a time of the day or week. ``day`` is -1 for every day, 0 for Sunday."""

    name: str
    namespace: str
    image: str
    command: tuple[str, ...]
    minute: int
    hour: int
    day: int
    concurrency: str
    backoff: int


def _sample(rng: Random) -> CronJob:
    name = named(rng, "backup", "report", "cleanup", "sync", "export", "digest")
    return CronJob(
        name=name,
        namespace=rng.choice(NAMESPACES),
        image=image(rng, name),
        command=rng.choice(
            (
                ("/app/run",),
                ("python", "-m", "jobs.main"),
                ("python", "job.py"),
                ("node", "job.js"),
                ("/bin/backup", "--full"),
                ("rake", "nightly"),
            )
        ),
        minute=rng.choice((0, 5, 10, 15, 20, 30, 40, 45, 50)),
        hour=rng.randint(0, 23),
        day=rng.randint(-1, 6),
        concurrency=rng.choice(("Forbid", "Replace", "Allow")),
        backoff=rng.randint(0, 6),
    )


def _schedule(s: CronJob) -> str:
    return f"{s.minute} {s.hour} * * {'*' if s.day < 0 else s.day}"


def _brief(s: CronJob) -> Brief:
    name, command = lit(s.name), lit(" ".join(s.command))
    time = lit(f"{s.hour:02}:{s.minute:02}")
    day = "every day" if s.day < 0 else f"every {_DAYS[s.day]}"
    return Brief(
        need(
            f"CronJob named {name}",
            f"a Kubernetes CronJob named {name}",
            f"a CronJob manifest called {name}",
            pins=[of_kind(_KIND, "metadata.name", s.name)],
        ),
        (
            in_namespace(_KIND, s.namespace),
            container_image(_KIND, f"{_POD}.containers[0]", s.image),
            need(
                f"{day} at {time}",
                f"It runs {day} at {time}",
                f"Schedule it for {time} {day}",
                pins=[of_kind(_KIND, "spec.schedule", _schedule(s))],
            ),
            need(
                f"command {command}",
                f"The container's command is {command}",
                f"It executes {command} (as the command)",
                pins=[of_kind(_KIND, f"{_POD}.containers[0].command", list(s.command))],
            ),
            need(
                f"concurrencyPolicy {lit(s.concurrency)}, restartPolicy Never",
                f"The concurrency policy is {lit(s.concurrency)} and the restart policy Never",
                f"Use concurrencyPolicy {lit(s.concurrency)} and restartPolicy Never",
                pins=[
                    of_kind(_KIND, "spec.concurrencyPolicy", s.concurrency),
                    of_kind(_KIND, f"{_POD}.restartPolicy", "Never"),
                ],
            ),
            need(
                f"backoff limit {num(s.backoff)}",
                f"The backoff limit of a job is {num(s.backoff)}",
                f"Set backoffLimit to {num(s.backoff)}",
                pins=[of_kind(_KIND, "spec.jobTemplate.spec.backoffLimit", s.backoff)],
            ),
        ),
    )


def _answer(s: CronJob) -> str:
    command = ", ".join(f'"{part}"' for part in s.command)
    return f"""\
apiVersion: batch/v1
kind: CronJob
metadata:
  name: {s.name}
  namespace: {s.namespace}
spec:
  schedule: "{_schedule(s)}"
  concurrencyPolicy: {s.concurrency}
  jobTemplate:
    spec:
      backoffLimit: {s.backoff}
      template:
        spec:
          restartPolicy: Never
          containers:
            - name: job
              image: {s.image}
              command: [{command}]
"""


CRON_JOB = Topic(
    name="cronjob",
    format="kubernetes",
    sample=_sample,
    brief=_brief,
    answer=_answer,
)
