"""Kubernetes, what there is and how much of it one may take: storage, quotas, disruptions."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, need, num, size
from datagen.needs import in_namespace, replicas
from datagen.pins import documents, holds, of_kind, selects, values_of
from datagen.topic import Topic
from datagen.vocabulary import DOMAINS, ENVIRONMENTS, NAMESPACES, image, named, service


@dataclass(frozen=True, slots=True)
class Claim:
    """A class of volumes, and a claim on one of them."""

    storage: str
    filesystem: str
    throughput: int
    iops: int
    retained: bool
    name: str
    namespace: str
    size: str
    environment: str


def _sample_claim(rng: Random) -> Claim:
    return Claim(
        storage=rng.choice(("fast", "standard", "bulk", "encrypted", "db"))
        + rng.choice(("-ssd", "-gp3", "-disk", "-storage")),
        filesystem=rng.choice(("ext4", "xfs")),
        throughput=rng.choice((125, 150, 200, 250, 400, 500)),
        iops=rng.choice((3000, 3500, 4000, 6000, 8000)),
        retained=rng.random() < 0.5,
        name=named(rng, "data", "volume", "files", "cache", "models"),
        namespace=rng.choice(NAMESPACES),
        size=f"{rng.choice((5, 10, 15, 20, 40, 50, 100, 200))}Gi",
        environment=rng.choice(ENVIRONMENTS),
    )


def _claim_brief(s: Claim) -> Brief:
    kind, claim = "StorageClass", "PersistentVolumeClaim"
    policy = "Retain" if s.retained else "Delete"
    parameters = {
        "parameters.type": "gp3",
        'parameters."csi.storage.k8s.io/fstype"': s.filesystem,
        "parameters.iops": str(s.iops),
        "parameters.throughput": str(s.throughput),
        "parameters.encrypted": "true",
    }
    return Brief(
        need(
            f"StorageClass {lit(s.storage)} of the EBS CSI driver, and a claim {lit(s.name)} on it",
            f"a Kubernetes StorageClass {lit(s.storage)} for the EBS CSI driver"
            f" (ebs.csi.aws.com) and a PersistentVolumeClaim {lit(s.name)} that uses it",
            f"manifests for the StorageClass {lit(s.storage)} (provisioner ebs.csi.aws.com) and the"
            f" PersistentVolumeClaim {lit(s.name)} on it",
            pins=[
                *values_of(kind, {"metadata.name": s.storage, "provisioner": "ebs.csi.aws.com"}),
                *values_of(claim, {"metadata.name": s.name, "spec.storageClassName": s.storage}),
            ],
        ),
        (
            in_namespace(claim, s.namespace),
            need(
                f"encrypted gp3 volumes with {lit(s.filesystem)} (csi.storage.k8s.io/fstype),"
                f" {num(s.iops)} IOPS, throughput {num(s.throughput)}",
                f"Its volumes are of type gp3 and encrypted, with {num(s.iops)} IOPS, a throughput"
                f" of {num(s.throughput)} and {lit(s.filesystem)} as csi.storage.k8s.io/fstype",
                f"Parameters: type gp3, iops {num(s.iops)}, throughput {num(s.throughput)},"
                f" encrypted true, csi.storage.k8s.io/fstype {lit(s.filesystem)}",
                pins=values_of(kind, parameters),
            ),
            need(
                f"reclaim policy {lit(policy)}, bound WaitForFirstConsumer, expandable",
                f"The reclaim policy is {lit(policy)} (say so), the binding mode"
                f" WaitForFirstConsumer, and volumes may be expanded",
                f"Volumes can be expanded, are bound WaitForFirstConsumer, and the reclaim policy,"
                f" written out, is {lit(policy)}",
                pins=[
                    holds(kind, f"reclaimPolicy == '{policy}'"),
                    holds(kind, "allowVolumeExpansion == `true`"),
                    of_kind(kind, "volumeBindingMode", "WaitForFirstConsumer"),
                ],
            ),
            need(
                f"claim of {size(s.size)}, ReadWriteOnce",
                f"The claim asks for {size(s.size)} with ReadWriteOnce",
                f"Claim {size(s.size)}; the access mode is ReadWriteOnce",
                pins=[
                    of_kind(claim, "spec.resources.requests.storage", s.size),
                    of_kind(claim, "spec.accessModes", ["ReadWriteOnce"]),
                ],
            ),
            need(
                f"claim labelled {lit(f'environment: {s.environment}')}",
                f"Label the claim with {lit(f'environment: {s.environment}')}",
                f"The claim has the label {lit(f'environment: {s.environment}')}",
                pins=[of_kind(claim, "metadata.labels.environment", s.environment)],
            ),
        ),
    )


def _claim_answer(s: Claim) -> str:
    return f"""\
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata:
  name: {s.storage}
provisioner: ebs.csi.aws.com
parameters:
  type: gp3
  csi.storage.k8s.io/fstype: {s.filesystem}
  iops: "{s.iops}"
  throughput: "{s.throughput}"
  encrypted: "true"
reclaimPolicy: {"Retain" if s.retained else "Delete"}
volumeBindingMode: WaitForFirstConsumer
allowVolumeExpansion: true
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: {s.name}
  namespace: {s.namespace}
  labels:
    environment: {s.environment}
spec:
  storageClassName: {s.storage}
  accessModes: [ReadWriteOnce]
  resources:
    requests:
      storage: {s.size}
"""


CLAIM = Topic(
    name="volume-claim",
    format="kubernetes",
    sample=_sample_claim,
    brief=_claim_brief,
    answer=_claim_answer,
    bench_only=True,
)


@dataclass(frozen=True, slots=True)
class Quota:
    """What a namespace may use, and what a container gets that asks for nothing."""

    namespace: str
    quota: str
    cpu: int
    memory: str
    pods: int
    claims: int
    limits: str
    default_cpu: str
    default_memory: str
    most_memory: str


def _sample_quota(rng: Random) -> Quota:
    domain, memory = rng.choice(DOMAINS), rng.choice((16, 24, 32, 48, 64, 96, 128))
    default = rng.choice((128, 192, 256, 384, 512))
    return Quota(
        namespace=rng.choice(NAMESPACES),
        quota=f"{domain}-{rng.choice(('quota', 'budget', 'compute'))}",
        cpu=rng.choice((8, 10, 12, 16, 20, 24, 32, 48)),
        memory=f"{memory}Gi",
        pods=rng.choice((15, 25, 30, 40, 60, 80, 120)),
        claims=rng.randint(2, 9),
        limits=f"{domain}-{rng.choice(('limits', 'defaults', 'ranges'))}",
        default_cpu=rng.choice(("100m", "200m", "250m", "300m", "500m")),
        default_memory=f"{default}Mi",
        most_memory=f"{rng.choice((1, 2, 3, 4))}Gi",
    )


def _quota_brief(s: Quota) -> Brief:
    kind, limits, hard = "ResourceQuota", "LimitRange", "spec.hard"
    item = "spec.limits[0]"
    return Brief(
        need(
            f"ResourceQuota {lit(s.quota)} and LimitRange {lit(s.limits)}",
            f"a Kubernetes ResourceQuota {lit(s.quota)} and a LimitRange {lit(s.limits)} for the"
            f" same namespace",
            f"manifests that limit a namespace: the ResourceQuota {lit(s.quota)} and the LimitRange"
            f" {lit(s.limits)}",
            pins=[
                of_kind(kind, "metadata.name", s.quota),
                of_kind(limits, "metadata.name", s.limits),
                of_kind(limits, f"{item}.type", "Container"),
            ],
        ),
        (
            need(
                f"both in namespace {lit(s.namespace)}",
                f"Both belong into the namespace {lit(s.namespace)}",
                f"The namespace of both is {lit(s.namespace)}",
                pins=[
                    of_kind(kind, "metadata.namespace", s.namespace),
                    of_kind(limits, "metadata.namespace", s.namespace),
                ],
            ),
            need(
                f"requests of {num(s.cpu)} CPU and {size(s.memory)} memory in all",
                f"All pods together may request {num(s.cpu)} CPU and {size(s.memory)} of memory",
                f"The quota on requests is {num(s.cpu)} CPU and {size(s.memory)} of memory",
                pins=values_of(
                    kind,
                    {
                        f'{hard}."requests.cpu"': str(s.cpu),
                        f'{hard}."requests.memory"': s.memory,
                    },
                ),
            ),
            need(
                f"{num(s.pods)} pods and {num(s.claims)} volume claims at most",
                f"There may be {num(s.pods)} pods and {num(s.claims)} persistentvolumeclaims",
                f"Allow {num(s.pods)} pods and {num(s.claims)} persistentvolumeclaims, no more",
                pins=values_of(
                    kind,
                    {f"{hard}.pods": str(s.pods), f"{hard}.persistentvolumeclaims": str(s.claims)},
                ),
            ),
            need(
                f"a container requests {lit(s.default_cpu)} CPU and {size(s.default_memory)} by"
                f" default (defaultRequest)",
                f"A container that says nothing requests {lit(s.default_cpu)} CPU and"
                f" {size(s.default_memory)} of memory (defaultRequest)",
                f"The LimitRange's defaultRequest for containers is {lit(s.default_cpu)} CPU and"
                f" {size(s.default_memory)} of memory",
                pins=values_of(
                    limits,
                    {
                        f"{item}.defaultRequest.cpu": s.default_cpu,
                        f"{item}.defaultRequest.memory": s.default_memory,
                    },
                ),
            ),
            need(
                f"memory limit of a container {size(s.most_memory)} by default and at"
                f" most (default, max)",
                f"A container's memory limit is {size(s.most_memory)} by default and can't be more"
                f" (default and max)",
                f"Both the default and the max of a container's memory are {size(s.most_memory)}",
                pins=values_of(
                    limits,
                    {
                        f"{item}.default.memory": s.most_memory,
                        f"{item}.max.memory": s.most_memory,
                    },
                ),
            ),
        ),
    )


def _quota_answer(s: Quota) -> str:
    return f"""\
apiVersion: v1
kind: ResourceQuota
metadata:
  name: {s.quota}
  namespace: {s.namespace}
spec:
  hard:
    requests.cpu: "{s.cpu}"
    requests.memory: {s.memory}
    pods: "{s.pods}"
    persistentvolumeclaims: "{s.claims}"
---
apiVersion: v1
kind: LimitRange
metadata:
  name: {s.limits}
  namespace: {s.namespace}
spec:
  limits:
    - type: Container
      defaultRequest:
        cpu: {s.default_cpu}
        memory: {s.default_memory}
      default:
        memory: {s.most_memory}
      max:
        memory: {s.most_memory}
"""


QUOTA = Topic(
    name="resource-quota",
    format="kubernetes",
    sample=_sample_quota,
    brief=_quota_brief,
    answer=_quota_answer,
)


@dataclass(frozen=True, slots=True)
class Spread:
    """A Deployment over several zones, and how many of its pods must stay."""

    name: str
    namespace: str
    image: str
    replicas: int
    budget: str
    available: int
    skew: int
    key: str
    strict: bool
    unhealthy: bool


def _sample_spread(rng: Random) -> Spread:
    name, replicas = service(rng), rng.randint(4, 12)
    return Spread(
        name=name,
        namespace=rng.choice(NAMESPACES),
        image=image(rng, name),
        replicas=replicas,
        budget=f"{name}-{rng.choice(('pdb', 'budget', 'availability'))}",
        available=rng.randint(2, replicas - 1),
        skew=rng.choice((1, 2, 3)),
        key=rng.choice(("topology.kubernetes.io/zone", "kubernetes.io/hostname")),
        strict=rng.random() < 0.5,
        unhealthy=rng.random() < 0.5,
    )


def _spread_brief(s: Spread) -> Brief:
    kind, workload = "PodDisruptionBudget", "Deployment"
    constraint = "spec.template.spec.topologySpreadConstraints[0]"
    unable = "DoNotSchedule" if s.strict else "ScheduleAnyway"
    evicted = "AlwaysAllow" if s.unhealthy else "IfHealthyBudget"
    labels = f"([?kind=='{workload}'] | [0].spec.template.metadata.labels)"
    chosen = f"([?kind=='{workload}'] | [0].{constraint}.labelSelector.matchLabels)"
    return Brief(
        need(
            f"Deployment {lit(s.name)} with the PodDisruptionBudget {lit(s.budget)}",
            f"a Kubernetes Deployment {lit(s.name)} and a PodDisruptionBudget {lit(s.budget)} that"
            f" protects its pods",
            f"manifests for the Deployment {lit(s.name)} and its PodDisruptionBudget"
            f" {lit(s.budget)}",
            pins=[
                of_kind(workload, "metadata.name", s.name),
                of_kind(kind, "metadata.name", s.budget),
                selects(kind, "spec.selector.matchLabels", workload),
            ],
        ),
        (
            in_namespace(workload, s.namespace),
            need(
                "the budget in the same namespace",
                "The budget lies in the same namespace",
                "Both share that namespace",
                pins=[of_kind(kind, "metadata.namespace", s.namespace)],
            ),
            need(
                f"image {lit(s.image)}",
                f"It runs {lit(s.image)}",
                f"The container's image is {lit(s.image)}",
                pins=[of_kind(workload, "spec.template.spec.containers[0].image", s.image)],
            ),
            replicas(workload, s.replicas),
            need(
                f"pods labelled and selected by {lit(f'app: {s.name}')}",
                f"Label the pods with {lit(f'app: {s.name}')} and select them by it everywhere",
                f"All selectors use the pods' label {lit(f'app: {s.name}')}",
                pins=[
                    of_kind(workload, "spec.template.metadata.labels.app", s.name),
                    selects(workload, "spec.selector.matchLabels", workload),
                ],
            ),
            need(
                f"at least {num(s.available)} pods stay available; unhealthyPodEvictionPolicy"
                f" {lit(evicted)}",
                f"The budget keeps at least {num(s.available)} pods available, and its"
                f" unhealthyPodEvictionPolicy is {lit(evicted)} (written out)",
                f"minAvailable is {num(s.available)}, and unhealthyPodEvictionPolicy"
                f" {lit(evicted)}",
                pins=[
                    of_kind(kind, "spec.minAvailable", s.available),
                    holds(kind, f"spec.unhealthyPodEvictionPolicy == '{evicted}'"),
                ],
            ),
            need(
                f"spread over {lit(s.key)} with a skew of {num(s.skew)} at most, else"
                f" {lit(unable)}",
                f"Spread the pods over {lit(s.key)}: maxSkew {num(s.skew)}, and {lit(unable)}"
                f" where that can't be met",
                f"A topology spread constraint on {lit(s.key)} has the maxSkew {num(s.skew)} and"
                f" whenUnsatisfiable {lit(unable)}",
                pins=[
                    *values_of(
                        workload,
                        {
                            f"{constraint}.topologyKey": s.key,
                            f"{constraint}.maxSkew": s.skew,
                            f"{constraint}.whenUnsatisfiable": unable,
                        },
                    ),
                    documents(f"length({chosen}) > `0` && merge({labels}, {chosen}) == {labels}"),
                ],
            ),
        ),
    )


def _spread_answer(s: Spread) -> str:
    return f"""\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {s.name}
  namespace: {s.namespace}
spec:
  replicas: {s.replicas}
  selector:
    matchLabels:
      app: {s.name}
  template:
    metadata:
      labels:
        app: {s.name}
    spec:
      topologySpreadConstraints:
        - topologyKey: {s.key}
          maxSkew: {s.skew}
          whenUnsatisfiable: {"DoNotSchedule" if s.strict else "ScheduleAnyway"}
          labelSelector:
            matchLabels:
              app: {s.name}
      containers:
        - name: main
          image: {s.image}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {s.budget}
  namespace: {s.namespace}
spec:
  minAvailable: {s.available}
  unhealthyPodEvictionPolicy: {"AlwaysAllow" if s.unhealthy else "IfHealthyBudget"}
  selector:
    matchLabels:
      app: {s.name}
"""


DISRUPTION = Topic(
    name="disruption-budget",
    format="kubernetes",
    sample=_sample_spread,
    brief=_spread_brief,
    answer=_spread_answer,
    bench_only=True,
)
