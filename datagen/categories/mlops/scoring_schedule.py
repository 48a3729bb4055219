"""Batch scoring at night: a CronJob that reads from a bucket, scores, and writes to another."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, need, num, size
from datagen.needs import in_namespace
from datagen.pins import argument, of_kind, quantity
from datagen.topic import Topic
from datagen.vocabulary import NAMESPACES, image, model, named

_KIND = "CronJob"
_JOB = "spec.jobTemplate.spec"
_POD = f"{_JOB}.template.spec"
_CONTAINER = f"{_POD}.containers[0]"


@dataclass(frozen=True, slots=True)
class ScoringSchedule:
    """One run at a time, with the credentials of a service account."""

    name: str
    namespace: str
    image: str
    hour: int
    minute: int
    zone: str
    model: str
    source: str
    target: str
    batch: int
    account: str
    cpu: int
    memory: str
    history: int


def _sample(rng: Random) -> ScoringSchedule:
    name = named(rng, "scoring", "batch-score", "inference", "predict")
    return ScoringSchedule(
        name=name,
        namespace=rng.choice(NAMESPACES),
        image=image(rng, name),
        hour=rng.randint(0, 6),
        minute=rng.choice((0, 10, 15, 20, 30, 40, 45)),
        zone=rng.choice(("Etc/UTC", "Europe/Berlin", "America/New_York", "Asia/Tokyo")),
        model=model(rng),
        source=named(rng, "features", "input", "events"),
        target=named(rng, "scores", "predictions", "output"),
        batch=rng.choice((64, 128, 256, 512, 1024)),
        account=rng.choice(("scorer", "batch-scorer", "ml-batch", "inference")),
        cpu=rng.choice((1, 2, 4, 8)),
        memory=rng.choice(("4Gi", "8Gi", "16Gi", "32Gi")),
        history=rng.randint(1, 5),
    )


def _brief(s: ScoringSchedule) -> Brief:
    name, arguments = lit(s.name), f"[?kind=='{_KIND}'] | [0].{_CONTAINER}.args"
    source, target = f"s3://{s.source}", f"s3://{s.target}"
    schedule = f"{s.minute} {s.hour} * * *"
    requests = f"{_CONTAINER}.resources.requests"
    return Brief(
        need(
            f"CronJob {name} for batch scoring with the model {lit(s.model)}",
            f"a CronJob named {name} that scores a day's data with the model {lit(s.model)}",
            f"a Kubernetes CronJob {name} for nightly batch inference with {lit(s.model)}",
            pins=[of_kind(_KIND, "metadata.name", s.name)],
        ),
        (
            in_namespace(_KIND, s.namespace),
            need(
                f"schedule {lit(schedule)} in the time zone {lit(s.zone)}",
                f"It runs at {lit(schedule)} (cron), time zone {lit(s.zone)}",
                pins=[
                    of_kind(_KIND, "spec.schedule", schedule),
                    of_kind(_KIND, "spec.timeZone", s.zone),
                ],
            ),
            need(
                f"no two at once (Forbid); {num(s.history)} successful Jobs are kept",
                f"Forbid that runs overlap (concurrencyPolicy) and keep {num(s.history)} successful"
                " Jobs",
                pins=[
                    of_kind(_KIND, "spec.concurrencyPolicy", "Forbid"),
                    of_kind(_KIND, "spec.successfulJobsHistoryLimit", s.history),
                ],
            ),
            need(
                f"container score with the image {lit(s.image)}",
                f"Its container is called score and runs {lit(s.image)}",
                pins=[
                    of_kind(_KIND, f"{_CONTAINER}.name", "score"),
                    of_kind(_KIND, f"{_CONTAINER}.image", s.image),
                ],
            ),
            need(
                f"args --model={lit(s.model)} --input={lit(source)} --output={lit(target)}"
                f" --batch-size={lit(str(s.batch))}",
                f"Its arguments are --model={lit(s.model)}, --input={lit(source)},"
                f" --output={lit(target)} and --batch-size={lit(str(s.batch))}",
                pins=[
                    argument(f"({arguments})", flag, value)
                    for flag, value in (
                        ("model", s.model),
                        ("input", source),
                        ("output", target),
                        ("batch-size", s.batch),
                    )
                ],
            ),
            need(
                f"service account {lit(s.account)}, restart policy OnFailure",
                f"It runs as the service account {lit(s.account)} and is restarted OnFailure",
                pins=[
                    of_kind(_KIND, f"{_POD}.serviceAccountName", s.account),
                    of_kind(_KIND, f"{_POD}.restartPolicy", "OnFailure"),
                ],
            ),
            need(
                f"requests {num(s.cpu)} CPU and {size(s.memory)} of memory",
                f"Request {num(s.cpu)} CPU and {size(s.memory)} of memory",
                pins=[
                    quantity(_KIND, f"{requests}.cpu", s.cpu),
                    of_kind(_KIND, f"{requests}.memory", s.memory),
                ],
            ),
        ),
    )


def _answer(s: ScoringSchedule) -> str:
    return f"""\
apiVersion: batch/v1
kind: CronJob
metadata:
  name: {s.name}
  namespace: {s.namespace}
spec:
  schedule: "{s.minute} {s.hour} * * *"
  timeZone: {s.zone}
  concurrencyPolicy: Forbid
  successfulJobsHistoryLimit: {s.history}
  jobTemplate:
    spec:
      template:
        spec:
          serviceAccountName: {s.account}
          restartPolicy: OnFailure
          containers:
            - name: score
              image: {s.image}
              args:
                - --model={s.model}
                - --input=s3://{s.source}
                - --output=s3://{s.target}
                - --batch-size={s.batch}
              resources:
                requests:
                  cpu: "{s.cpu}"
                  memory: {s.memory}
"""


TOPIC = Topic(
    name="scoring-schedule",
    format="kubernetes",
    sample=_sample,
    brief=_brief,
    answer=_answer,
    bench_only=True,
)
