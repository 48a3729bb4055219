"""Kubernetes batch work in parts: an indexed Job."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, need, num
from datagen.needs import container_image, in_namespace
from datagen.pins import of_kind, values_of
from datagen.topic import Topic
from datagen.vocabulary import NAMESPACES, image, named

_KIND = "Job"
_POD = "spec.template.spec"
_CONTAINER = f"{_POD}.containers[0]"


@dataclass(frozen=True, slots=True)
class IndexedJob:
    """Parts of a work, each done by the pod of its index."""

    name: str
    namespace: str
    image: str
    command: tuple[str, ...]
    variable: tuple[str, str]
    parts: int
    parallel: int
    per_index: int
    failed: int
    deadline: int
    kept: int


def _sample(rng: Random) -> IndexedJob:
    name, parts = named(rng, "import", "render", "reindex", "migrate", "score"), rng.randint(6, 60)
    return IndexedJob(
        name=name,
        namespace=rng.choice(NAMESPACES),
        image=image(rng, name),
        command=rng.choice(
            (
                ("python", "-m", "worker"),
                ("python", "shard.py"),
                ("/app/shard",),
                ("node", "part.js"),
                ("/bin/process", "--part"),
            )
        ),
        variable=rng.choice(
            (
                ("SHARDS", str(parts)),
                ("INPUT", "/data/in"),
                ("MODE", "full"),
                ("LOG_LEVEL", "info"),
            )
        ),
        parts=parts,
        parallel=rng.randint(2, 5),
        per_index=rng.randint(1, 4),
        failed=rng.randint(2, 5),
        deadline=rng.choice((900, 1800, 3600, 5400, 7200, 14400)),
        kept=rng.choice((300, 600, 43200, 86400, 172800)),
    )


def _brief(s: IndexedJob) -> Brief:
    command, (key, value) = lit(" ".join(s.command)), s.variable
    return Brief(
        need(
            f"indexed Job named {lit(s.name)}",
            f"a Kubernetes Job named {lit(s.name)} with the completion mode Indexed",
            f"a Job manifest {lit(s.name)} whose completions are Indexed",
            pins=values_of(_KIND, {"metadata.name": s.name, "spec.completionMode": "Indexed"}),
        ),
        (
            in_namespace(_KIND, s.namespace),
            container_image(_KIND, _CONTAINER, s.image),
            need(
                f"{num(s.parts)} completions, {num(s.parallel)} at a time",
                f"It needs {num(s.parts)} completions and runs {num(s.parallel)} pods at a time",
                f"Run {num(s.parallel)} pods in parallel until {num(s.parts)} are complete",
                pins=values_of(
                    _KIND, {"spec.completions": s.parts, "spec.parallelism": s.parallel}
                ),
            ),
            need(
                f"each index may fail {num(s.per_index)} times (backoffLimitPerIndex), and"
                f" {num(s.failed)} indexes in all (maxFailedIndexes)",
                f"The backoff limit per index is {num(s.per_index)}, and at most"
                f" {num(s.failed)} indexes may fail",
                f"Set backoffLimitPerIndex to {num(s.per_index)} and maxFailedIndexes to"
                f" {num(s.failed)}",
                pins=values_of(
                    _KIND,
                    {
                        "spec.backoffLimitPerIndex": s.per_index,
                        "spec.maxFailedIndexes": s.failed,
                        f"{_POD}.restartPolicy": "Never",
                    },
                ),
            ),
            need(
                f"stopped after {num(s.deadline)} seconds, removed {num(s.kept)} seconds after it"
                f" finished, restartPolicy Never",
                f"It may run {num(s.deadline)} seconds; {num(s.kept)} seconds after it finished it"
                f" is removed (ttlSecondsAfterFinished). The restart policy is Never",
                f"Its active deadline is {num(s.deadline)} seconds, its TTL after finishing"
                f" {num(s.kept)}, and its restart policy Never",
                pins=values_of(
                    _KIND,
                    {
                        "spec.activeDeadlineSeconds": s.deadline,
                        "spec.ttlSecondsAfterFinished": s.kept,
                    },
                ),
            ),
            need(
                f"command {command} with {lit(f'{key}={value}')} in the environment",
                f"The container's command is {command}, and its environment has"
                f" {lit(f'{key}={value}')}",
                f"It executes {command} (as the command) with {lit(f'{key}={value}')} set",
                pins=[
                    of_kind(_KIND, f"{_CONTAINER}.command", list(s.command)),
                    of_kind(_KIND, f"{_CONTAINER}.env[0].name", key),
                    of_kind(_KIND, f"{_CONTAINER}.env[0].value", value),
                ],
            ),
        ),
    )


def _answer(s: IndexedJob) -> str:
    command = ", ".join(f'"{part}"' for part in s.command)
    return f"""\
apiVersion: batch/v1
kind: Job
metadata:
  name: {s.name}
  namespace: {s.namespace}
spec:
  completionMode: Indexed
  completions: {s.parts}
  parallelism: {s.parallel}
  backoffLimitPerIndex: {s.per_index}
  maxFailedIndexes: {s.failed}
  activeDeadlineSeconds: {s.deadline}
  ttlSecondsAfterFinished: {s.kept}
  template:
    spec:
      restartPolicy: Never
      containers:
        - name: part
          image: {s.image}
          command: [{command}]
          env:
            - name: {s.variable[0]}
              value: "{s.variable[1]}"
"""


TOPIC = Topic(
    name="indexed-job",
    format="kubernetes",
    sample=_sample,
    brief=_brief,
    answer=_answer,
    bench_only=True,
)
