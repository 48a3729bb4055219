"""Kubeflow training operator: TensorFlow with parameter servers, as a TFJob."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, need, num, size
from datagen.needs import in_namespace
from datagen.pins import of_kind, quantity
from datagen.topic import Topic
from datagen.vocabulary import NAMESPACES, image, named

_KIND = "TFJob"
_SPECS = "spec.tfReplicaSpecs"
_ROLES = ("Chief", "Worker", "PS")
_TRAINING = ("Chief", "Worker")


@dataclass(frozen=True, slots=True)
class TfJob:
    """A chief, workers with GPUs, and parameter servers with memory, of one image."""

    name: str
    namespace: str
    image: str
    script: str
    workers: int
    servers: int
    gpus: int
    memory: str
    retries: int
    clean: str


def _sample(rng: Random) -> TfJob:
    name = named(rng, "tf-train", "estimator", "keras", "embedding")
    return TfJob(
        name=name,
        namespace=rng.choice(NAMESPACES),
        image=image(rng, name),
        script=rng.choice(("train.py", "/app/train.py", "main.py", "src/fit.py", "run.py")),
        workers=rng.randint(2, 10),
        servers=rng.randint(1, 4),
        gpus=rng.choice((1, 2, 4)),
        memory=rng.choice(("4Gi", "8Gi", "16Gi", "32Gi")),
        retries=rng.randint(1, 6),
        clean=rng.choice(("None", "Running", "All")),
    )


def _container(role: str) -> str:
    return f"{_SPECS}.{role}.template.spec.containers[0]"


def _brief(s: TfJob) -> Brief:
    name, run = lit(s.name), lit(f"python {s.script}")
    return Brief(
        need(
            f"TFJob named {name}",
            f"a TFJob named {name} for the Kubeflow training operator",
            f"a Kubeflow TFJob manifest called {name} (kubeflow.org/v1)",
            pins=[of_kind(_KIND, "metadata.name", s.name)],
        ),
        (
            in_namespace(_KIND, s.namespace),
            need(
                f"one Chief, {num(s.workers)} Worker and {num(s.servers)} PS replicas",
                f"It has one chief, {num(s.workers)} workers and {num(s.servers)} parameter servers"
                " (PS)",
                pins=[
                    of_kind(_KIND, f"{_SPECS}.{role}.replicas", count)
                    for role, count in (("Chief", 1), ("Worker", s.workers), ("PS", s.servers))
                ],
            ),
            need(
                f"container tensorflow with image {lit(s.image)}, command {run}, in every role",
                f"All replicas run {run} in {lit(s.image)}, in a container named tensorflow",
                pins=[
                    pin
                    for role in _ROLES
                    for pin in (
                        of_kind(_KIND, f"{_container(role)}.name", "tensorflow"),
                        of_kind(_KIND, f"{_container(role)}.image", s.image),
                        of_kind(_KIND, f"{_container(role)}.command", ["python", s.script]),
                    )
                ],
            ),
            need(
                f"{num(s.gpus)} GPU (nvidia.com/gpu) for chief and workers",
                f"Limit the chief and each worker to {num(s.gpus)} GPU (nvidia.com/gpu)",
                pins=[
                    quantity(_KIND, f'{_container(role)}.resources.limits."nvidia.com/gpu"', s.gpus)
                    for role in _TRAINING
                ],
            ),
            need(
                f"{size(s.memory)} of memory requested for each parameter server",
                f"Each parameter server requests {size(s.memory)} of memory",
                pins=[of_kind(_KIND, f"{_container('PS')}.resources.requests.memory", s.memory)],
            ),
            need(
                "restart policy OnFailure in every role",
                "The restart policy is OnFailure for all replicas",
                pins=[
                    of_kind(_KIND, f"{_SPECS}.{role}.restartPolicy", "OnFailure") for role in _ROLES
                ],
            ),
            need(
                f"backoffLimit {num(s.retries)}, cleanPodPolicy {lit(s.clean)} in the run policy",
                f"In runPolicy, the backoffLimit is {num(s.retries)} and the cleanPodPolicy"
                f" {lit(s.clean)}",
                pins=[
                    of_kind(_KIND, "spec.runPolicy.backoffLimit", s.retries),
                    of_kind(_KIND, "spec.runPolicy.cleanPodPolicy", s.clean),
                ],
            ),
        ),
    )


def _answer(s: TfJob) -> str:
    gpus = f"limits:\n                  nvidia.com/gpu: {s.gpus}"
    memory = f"requests:\n                  memory: {s.memory}"
    return f"""\
apiVersion: kubeflow.org/v1
kind: TFJob
metadata:
  name: {s.name}
  namespace: {s.namespace}
spec:
  runPolicy:
    backoffLimit: {s.retries}
    cleanPodPolicy: {s.clean}
  tfReplicaSpecs:
{_replicas("Chief", 1, gpus, s)}{_replicas("Worker", s.workers, gpus, s)}{
        _replicas("PS", s.servers, memory, s)
    }"""


def _replicas(role: str, count: int, resources: str, s: TfJob) -> str:
    return f"""\
    {role}:
      replicas: {count}
      restartPolicy: OnFailure
      template:
        spec:
          containers:
            - name: tensorflow
              image: {s.image}
              command: ["python", "{s.script}"]
              resources:
                {resources}
"""


TOPIC = Topic(
    name="tf-job",
    format="kubernetes",
    sample=_sample,
    brief=_brief,
    answer=_answer,
    bench_only=True,
)
