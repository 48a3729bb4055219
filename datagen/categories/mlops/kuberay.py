"""KubeRay: a RayCluster with a group of workers, and a RayJob that brings its own cluster."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, need, num, size
from datagen.needs import in_namespace
from datagen.pins import of_kind, quantity
from datagen.topic import Topic
from datagen.vocabulary import NAMESPACES, named

_VERSIONS = ("2.9.0", "2.9.3", "2.34.0", "2.35.0", "2.37.0", "2.40.0", "2.41.0")
_MEMORY = ("4Gi", "8Gi", "16Gi", "32Gi", "64Gi")
_CLUSTER, _JOB = "RayCluster", "RayJob"
_HEAD = "spec.headGroupSpec.template.spec.containers[0]"
_GROUP = "spec.workerGroupSpecs[0]"
_WORKER = f"{_GROUP}.template.spec.containers[0]"


@dataclass(frozen=True, slots=True)
class Cluster:
    """A head and one group of workers, with or without GPUs."""

    name: str
    namespace: str
    version: str
    head_cpu: int
    head_memory: str
    group: str
    workers: int
    most: int
    gpus: int
    worker_memory: str


def _sample_cluster(rng: Random) -> Cluster:
    workers = rng.randint(2, 6)
    return Cluster(
        name=named(rng, "ray", "cluster", "tuning", "training"),
        namespace=rng.choice(NAMESPACES),
        version=rng.choice(_VERSIONS),
        head_cpu=rng.choice((1, 2, 4, 8)),
        head_memory=rng.choice(_MEMORY),
        group=rng.choice(("gpu-workers", "workers", "train", "rollout", "batch")),
        workers=workers,
        most=workers + rng.randint(1, 6),
        gpus=rng.choice((1, 2, 4, 8)),
        worker_memory=rng.choice(_MEMORY),
    )


def _cluster_brief(s: Cluster) -> Brief:
    name, version, group = lit(s.name), lit(s.version), lit(s.group)
    image = lit(f"rayproject/ray:{s.version}")
    return Brief(
        need(
            f"RayCluster named {name}",
            f"a KubeRay RayCluster named {name}",
            f"a manifest for a Ray cluster on Kubernetes (KubeRay) called {name}",
            f"a RayCluster custom resource (ray.io/v1) with the name {name}",
            pins=[of_kind(_CLUSTER, "metadata.name", s.name)],
        ),
        (
            in_namespace(_CLUSTER, s.namespace),
            need(
                f"Ray {version}, image {image}",
                f"Run Ray {version} with the image {image} everywhere",
                f"The Ray version is {version}; head and workers use {image}",
                pins=[
                    of_kind(_CLUSTER, "spec.rayVersion", s.version),
                    of_kind(_CLUSTER, f"{_HEAD}.image", f"rayproject/ray:{s.version}"),
                    of_kind(_CLUSTER, f"{_WORKER}.image", f"rayproject/ray:{s.version}"),
                ],
            ),
            need(
                f"head limited to {num(s.head_cpu)} CPU and {size(s.head_memory)} memory",
                f"Limit the head to {num(s.head_cpu)} CPU and {size(s.head_memory)} of memory",
                f"The head's limits are {num(s.head_cpu)} CPU and {size(s.head_memory)} memory",
                pins=[
                    quantity(_CLUSTER, f"{_HEAD}.resources.limits.cpu", s.head_cpu),
                    of_kind(_CLUSTER, f"{_HEAD}.resources.limits.memory", s.head_memory),
                ],
            ),
            need(
                f"worker group {group} with {num(s.workers)} replicas, at most {num(s.most)}",
                f"The worker group {group} starts with {num(s.workers)} replicas"
                f" and may grow to {num(s.most)}",
                f"One worker group called {group}: {num(s.workers)} replicas,"
                f" maximum {num(s.most)}",
                pins=[
                    of_kind(_CLUSTER, f"{_GROUP}.groupName", s.group),
                    of_kind(_CLUSTER, f"{_GROUP}.replicas", s.workers),
                    of_kind(_CLUSTER, f"{_GROUP}.maxReplicas", s.most),
                ],
            ),
            need(
                f"each worker limited to {num(s.gpus)} GPU and {size(s.worker_memory)} memory",
                f"Limit every worker to {num(s.gpus)} NVIDIA GPU"
                f" and {size(s.worker_memory)} of memory",
                f"A worker's limits are {num(s.gpus)} GPU (nvidia.com/gpu)"
                f" and {size(s.worker_memory)} memory",
                pins=[
                    quantity(_CLUSTER, f'{_WORKER}.resources.limits."nvidia.com/gpu"', s.gpus),
                    of_kind(_CLUSTER, f"{_WORKER}.resources.limits.memory", s.worker_memory),
                ],
            ),
        ),
    )


def _cluster_answer(s: Cluster) -> str:
    return f"""\
apiVersion: ray.io/v1
kind: RayCluster
metadata:
  name: {s.name}
  namespace: {s.namespace}
spec:
  rayVersion: "{s.version}"
  headGroupSpec:
    rayStartParams: {{}}
    template:
      spec:
        containers:
          - name: ray-head
            image: rayproject/ray:{s.version}
            resources:
              limits:
                cpu: "{s.head_cpu}"
                memory: {s.head_memory}
  workerGroupSpecs:
    - groupName: {s.group}
      replicas: {s.workers}
      minReplicas: 0
      maxReplicas: {s.most}
      rayStartParams: {{}}
      template:
        spec:
          containers:
            - name: ray-worker
              image: rayproject/ray:{s.version}
              resources:
                limits:
                  nvidia.com/gpu: {s.gpus}
                  memory: {s.worker_memory}
"""


RAY_CLUSTER = Topic(
    name="ray-cluster",
    format="kubernetes",
    sample=_sample_cluster,
    brief=_cluster_brief,
    answer=_cluster_answer,
)


@dataclass(frozen=True, slots=True)
class Job:
    """An entry point, and the cluster that is made for it."""

    name: str
    namespace: str
    entrypoint: str
    version: str
    keep_seconds: int
    workers: int
    cpu: int


def _sample_job(rng: Random) -> Job:
    script = rng.choice(("train.py", "tune.py", "batch_predict.py", "evaluate.py", "embed.py"))
    return Job(
        name=named(rng, "train", "tune", "eval", "embed", "batch"),
        namespace=rng.choice(NAMESPACES),
        entrypoint=f"python {rng.choice(('', 'jobs/', 'src/', '/app/'))}{script}",
        version=rng.choice(_VERSIONS),
        keep_seconds=rng.choice((60, 120, 300, 600, 900, 1800, 3600)),
        workers=rng.randint(2, 8),
        cpu=rng.choice((1, 2, 4, 8)),
    )


def _job_brief(s: Job) -> Brief:
    cluster = "spec.rayClusterSpec"
    head = f"{cluster}.headGroupSpec.template.spec.containers[0]"
    group = f"{cluster}.workerGroupSpecs[0]"
    worker = f"{group}.template.spec.containers[0]"
    name, version, entrypoint = lit(s.name), lit(s.version), lit(s.entrypoint)
    image = lit(f"rayproject/ray:{s.version}")
    return Brief(
        need(
            f"RayJob named {name}",
            f"a KubeRay RayJob named {name}",
            f"a RayJob manifest (ray.io/v1) called {name}",
            f"a manifest that runs a Ray job called {name} on its own cluster with KubeRay",
            pins=[of_kind(_JOB, "metadata.name", s.name)],
        ),
        (
            in_namespace(_JOB, s.namespace),
            need(
                f"entrypoint {entrypoint}",
                f"The entrypoint is {entrypoint}",
                f"It runs {entrypoint}",
                pins=[of_kind(_JOB, "spec.entrypoint", s.entrypoint)],
            ),
            need(
                f"Ray {version}, image {image}",
                f"Use Ray {version} and the image {image} for head and workers",
                pins=[
                    of_kind(_JOB, f"{cluster}.rayVersion", s.version),
                    of_kind(_JOB, f"{head}.image", f"rayproject/ray:{s.version}"),
                    of_kind(_JOB, f"{worker}.image", f"rayproject/ray:{s.version}"),
                ],
            ),
            need(
                f"cluster shut down {num(s.keep_seconds)} seconds after the job finishes",
                f"Shut the cluster down when the job finishes, after {num(s.keep_seconds)} seconds",
                f"Once finished, the cluster goes away after {num(s.keep_seconds)} seconds",
                pins=[
                    of_kind(_JOB, "spec.shutdownAfterJobFinishes", True),
                    of_kind(_JOB, "spec.ttlSecondsAfterFinished", s.keep_seconds),
                ],
            ),
            need(
                f"{num(s.workers)} workers (replicas, minimum and maximum) with {num(s.cpu)} CPU"
                f" each",
                f"Start {num(s.workers)} workers, neither more nor fewer (minReplicas,"
                f" maxReplicas), each limited to {num(s.cpu)} CPU",
                f"It needs {num(s.workers)} workers, which is also the minimum and the maximum,"
                f" with a limit of {num(s.cpu)} CPU each",
                pins=[
                    *(
                        of_kind(_JOB, f"{group}.{bound}", s.workers)
                        for bound in ("replicas", "minReplicas", "maxReplicas")
                    ),
                    quantity(_JOB, f"{worker}.resources.limits.cpu", s.cpu),
                ],
            ),
        ),
    )


def _job_answer(s: Job) -> str:
    return f"""\
apiVersion: ray.io/v1
kind: RayJob
metadata:
  name: {s.name}
  namespace: {s.namespace}
spec:
  entrypoint: {s.entrypoint}
  shutdownAfterJobFinishes: true
  ttlSecondsAfterFinished: {s.keep_seconds}
  rayClusterSpec:
    rayVersion: "{s.version}"
    headGroupSpec:
      rayStartParams: {{}}
      template:
        spec:
          containers:
            - name: ray-head
              image: rayproject/ray:{s.version}
    workerGroupSpecs:
      - groupName: small-group
        replicas: {s.workers}
        minReplicas: {s.workers}
        maxReplicas: {s.workers}
        rayStartParams: {{}}
        template:
          spec:
            containers:
              - name: ray-worker
                image: rayproject/ray:{s.version}
                resources:
                  limits:
                    cpu: "{s.cpu}"
"""


RAY_JOB = Topic(
    name="ray-job",
    format="kubernetes",
    sample=_sample_job,
    brief=_job_brief,
    answer=_job_answer,
)
