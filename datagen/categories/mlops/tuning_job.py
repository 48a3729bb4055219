"""Fine-tuning as a Job of Kubernetes: a pod with GPUs, shared memory and a claim."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, need, num, size
from datagen.needs import in_namespace
from datagen.pins import holds, of_kind, quantity, raw
from datagen.topic import Topic
from datagen.vocabulary import NAMESPACES, image, named

_KIND = "Job"
_POD = "spec.template.spec"
_CONTAINER = f"{_POD}.containers[0]"


@dataclass(frozen=True, slots=True)
class TuningJob:
    """A pod that is started again on failure, a bounded number of times."""

    name: str
    namespace: str
    image: str
    script: str
    gpus: int
    shared: str
    claim: str
    mount: str
    retries: int
    hours: int
    pool: str


def _sample(rng: Random) -> TuningJob:
    name = named(rng, "finetune", "sft", "lora", "tuning")
    return TuningJob(
        name=name,
        namespace=rng.choice(NAMESPACES),
        image=image(rng, name),
        script=rng.choice(("train.py", "finetune.py", "sft.py", "lora.py", "src/tune.py")),
        gpus=rng.choice((1, 2, 4, 8)),
        shared=rng.choice(("2Gi", "4Gi", "8Gi", "16Gi", "32Gi")),
        claim=named(rng, "checkpoints", "models", "runs"),
        mount=rng.choice(("/checkpoints", "/outputs", "/models", "/runs")),
        retries=rng.randint(1, 6),
        hours=rng.randint(2, 48),
        pool=rng.choice(("a100", "h100", "l4", "gpu", "gpu-large")),
    )


def _brief(s: TuningJob) -> Brief:
    name, run = lit(s.name), lit(f"python {s.script}")
    seconds = s.hours * 3600
    limit = f'{_CONTAINER}.resources.limits."nvidia.com/gpu"'
    return Brief(
        need(
            f"Job {name} that fine-tunes a model",
            f"a Kubernetes Job named {name} that fine-tunes a model",
            f"a manifest of a batch/v1 Job called {name} for fine-tuning",
            pins=[
                of_kind(_KIND, "metadata.name", s.name),
                of_kind(_KIND, "apiVersion", "batch/v1"),
            ],
        ),
        (
            in_namespace(_KIND, s.namespace),
            need(
                f"container trainer with the image {lit(s.image)} and the command {run}",
                f"Its container, trainer, runs {run} in the image {lit(s.image)}",
                pins=[
                    of_kind(_KIND, f"{_CONTAINER}.name", "trainer"),
                    of_kind(_KIND, f"{_CONTAINER}.image", s.image),
                    of_kind(_KIND, f"{_CONTAINER}.command", ["python", s.script]),
                ],
            ),
            need(
                f"{num(s.gpus)} GPU (nvidia.com/gpu)",
                f"Give it {num(s.gpus)} GPU (limit of nvidia.com/gpu)",
                f"Limit it to {num(s.gpus)} NVIDIA GPU",
                pins=[quantity(_KIND, limit, s.gpus)],
            ),
            need(
                f"on nodes with the label pool={lit(s.pool)}, tolerating the taint nvidia.com/gpu"
                " (Exists, NoSchedule)",
                f"Schedule it on nodes labelled pool: {lit(s.pool)}, and tolerate their taint"
                " nvidia.com/gpu with the operator Exists and the effect NoSchedule",
                pins=[
                    of_kind(_KIND, f"{_POD}.nodeSelector.pool", s.pool),
                    holds(
                        _KIND,
                        f"length({_POD}.tolerations[?key=='nvidia.com/gpu' && operator=='Exists'"
                        " && effect=='NoSchedule']) > `0`",
                    ),
                ],
            ),
            need(
                f"{size(s.shared)} of shared memory: a memory-backed emptyDir (shm) at /dev/shm",
                f"Mount a memory-backed emptyDir of {size(s.shared)}, called shm, at /dev/shm",
                pins=[
                    holds(
                        _KIND,
                        f"{_POD}.volumes[?name=='shm'] | [0].emptyDir | medium=='Memory'"
                        f" && sizeLimit=={raw(s.shared)}",
                    ),
                    holds(
                        _KIND,
                        f"length({_CONTAINER}.volumeMounts[?name=='shm'"
                        " && mountPath=='/dev/shm']) > `0`",
                    ),
                ],
            ),
            need(
                f"the claim {lit(s.claim)} as the volume output at {lit(s.mount)}",
                f"Mount the existing PersistentVolumeClaim {lit(s.claim)} at {lit(s.mount)}, as a"
                " volume called output",
                pins=[
                    holds(
                        _KIND,
                        f"{_POD}.volumes[?name=='output'] | [0].persistentVolumeClaim.claimName"
                        f" == {raw(s.claim)}",
                    ),
                    holds(
                        _KIND,
                        f"length({_CONTAINER}.volumeMounts[?name=='output'"
                        f" && mountPath=={raw(s.mount)}]) > `0`",
                    ),
                ],
            ),
            need(
                f"{num(s.retries)} retries (backoffLimit), restart policy Never, ended after"
                f" {num(s.hours)} hours (activeDeadlineSeconds)",
                f"It may fail {num(s.retries)} times (backoffLimit) with the restart policy Never,"
                f" and is stopped after {num(s.hours)} hours (activeDeadlineSeconds)",
                pins=[
                    of_kind(_KIND, "spec.backoffLimit", s.retries),
                    of_kind(_KIND, f"{_POD}.restartPolicy", "Never"),
                    of_kind(_KIND, "spec.activeDeadlineSeconds", seconds),
                ],
            ),
        ),
    )


def _answer(s: TuningJob) -> str:
    return f"""\
apiVersion: batch/v1
kind: Job
metadata:
  name: {s.name}
  namespace: {s.namespace}
spec:
  backoffLimit: {s.retries}
  activeDeadlineSeconds: {s.hours * 3600}
  template:
    spec:
      restartPolicy: Never
      nodeSelector:
        pool: {s.pool}
      tolerations:
        - key: nvidia.com/gpu
          operator: Exists
          effect: NoSchedule
      containers:
        - name: trainer
          image: {s.image}
          command: ["python", "{s.script}"]
          resources:
            limits:
              nvidia.com/gpu: {s.gpus}
          volumeMounts:
            - name: shm
              mountPath: /dev/shm
            - name: output
              mountPath: {s.mount}
      volumes:
        - name: shm
          emptyDir:
            medium: Memory
            sizeLimit: {s.shared}
        - name: output
          persistentVolumeClaim:
            claimName: {s.claim}
"""


TOPIC = Topic(
    name="tuning-job",
    format="kubernetes",
    sample=_sample,
    brief=_brief,
    answer=_answer,
    bench_only=True,
)
