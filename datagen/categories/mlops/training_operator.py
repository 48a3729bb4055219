"""Kubeflow training operator: distributed training as a PyTorchJob."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, need, num
from datagen.needs import in_namespace
from datagen.pins import of_kind, quantity
from datagen.topic import Topic
from datagen.vocabulary import NAMESPACES, image, named

_KIND = "PyTorchJob"
_SPECS = "spec.pytorchReplicaSpecs"
_LIMIT = 'template.spec.containers[0].resources.limits."nvidia.com/gpu"'


@dataclass(frozen=True, slots=True)
class PyTorchJob:
    """One master and some workers that run the same image."""

    name: str
    namespace: str
    image: str
    script: str
    workers: int
    gpus: int
    restart: str
    clean: str


def _sample(rng: Random) -> PyTorchJob:
    name = named(rng, "train", "training", "finetune", "ddp", "pretrain")
    return PyTorchJob(
        name=name,
        namespace=rng.choice(NAMESPACES),
        image=image(rng, name),
        script=rng.choice(("train.py", "/app/train.py", "main.py", "src/fit.py", "finetune.py")),
        workers=rng.randint(2, 12),
        gpus=rng.choice((1, 2, 4, 8)),
        restart=rng.choice(("OnFailure", "Never", "ExitCode")),
        clean=rng.choice(("None", "Running", "All")),
    )


def _brief(s: PyTorchJob) -> Brief:
    name, run, restart = lit(s.name), lit(f"python {s.script}"), lit(s.restart)
    master, worker = (f"{_SPECS}.{role}.template.spec.containers[0]" for role in _ROLES)
    return Brief(
        need(
            f"PyTorchJob named {name}",
            f"a PyTorchJob named {name} for the Kubeflow training operator",
            f"a Kubeflow PyTorchJob manifest called {name}",
            f"a manifest for distributed PyTorch training (PyTorchJob, kubeflow.org/v1): {name}",
            pins=[of_kind(_KIND, "metadata.name", s.name)],
        ),
        (
            in_namespace(_KIND, s.namespace),
            need(
                f"one master and {num(s.workers)} workers",
                f"It has one master and {num(s.workers)} workers",
                f"Besides the single master, run {num(s.workers)} workers",
                pins=[
                    of_kind(_KIND, f"{_SPECS}.Master.replicas", 1),
                    of_kind(_KIND, f"{_SPECS}.Worker.replicas", s.workers),
                ],
            ),
            need(
                f"container pytorch with image {lit(s.image)}, command {run}",
                f"All replicas use the image {lit(s.image)} and the command {run}, in a container"
                f" named pytorch",
                f"Master and workers run {run} in {lit(s.image)} (container name: pytorch)",
                pins=[
                    of_kind(_KIND, f"{master}.name", "pytorch"),
                    of_kind(_KIND, f"{worker}.name", "pytorch"),
                    of_kind(_KIND, f"{master}.image", s.image),
                    of_kind(_KIND, f"{worker}.image", s.image),
                    of_kind(_KIND, f"{master}.command", ["python", s.script]),
                    of_kind(_KIND, f"{worker}.command", ["python", s.script]),
                ],
            ),
            need(
                f"{num(s.gpus)} GPU for each replica",
                f"Every replica gets {num(s.gpus)} NVIDIA GPU",
                f"Limit each replica to {num(s.gpus)} GPU (nvidia.com/gpu)",
                pins=[quantity(_KIND, f"{_SPECS}.{role}.{_LIMIT}", s.gpus) for role in _ROLES],
            ),
            need(
                f"restart policy {restart}",
                f"The restart policy is {restart} for all replicas",
                f"Set restartPolicy to {restart} everywhere",
                pins=[
                    of_kind(_KIND, f"{_SPECS}.{role}.restartPolicy", s.restart) for role in _ROLES
                ],
            ),
            need(
                f"cleanPodPolicy {lit(s.clean)} in the run policy",
                f"Its run policy has the cleanPodPolicy {lit(s.clean)}",
                f"Set cleanPodPolicy in runPolicy to {lit(s.clean)}",
                pins=[of_kind(_KIND, "spec.runPolicy.cleanPodPolicy", s.clean)],
            ),
        ),
    )


_ROLES = ("Master", "Worker")


def _answer(s: PyTorchJob) -> str:
    return f"""\
apiVersion: kubeflow.org/v1
kind: PyTorchJob
metadata:
  name: {s.name}
  namespace: {s.namespace}
spec:
  runPolicy:
    cleanPodPolicy: {s.clean}
  pytorchReplicaSpecs:
{_replicas("Master", 1, s)}{_replicas("Worker", s.workers, s)}"""


def _replicas(role: str, count: int, s: PyTorchJob) -> str:
    return f"""\
    {role}:
      replicas: {count}
      restartPolicy: {s.restart}
      template:
        spec:
          containers:
            - name: pytorch
              image: {s.image}
              command: ["python", "{s.script}"]
              resources:
                limits:
                  nvidia.com/gpu: {s.gpus}
"""


TOPIC = Topic(
    name="pytorch-job",
    format="kubernetes",
    sample=_sample,
    brief=_brief,
    answer=_answer,
)
