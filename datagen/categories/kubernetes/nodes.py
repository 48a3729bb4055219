"""Kubernetes, pods and their nodes: a DaemonSet, a PriorityClass that a Deployment has."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, need, num, size
from datagen.needs import container_image, in_namespace, replicas
from datagen.pins import holds, of_kind, selects, values_of
from datagen.topic import Topic
from datagen.vocabulary import NAMESPACES, image, named, service

_POD = "spec.template.spec"
_CONTAINER = f"{_POD}.containers[0]"


@dataclass(frozen=True, slots=True)
class NodeAgent:
    """One pod on every node of a kind, which reads a folder of the node."""

    name: str
    namespace: str
    image: str
    path: str
    mount: str
    label: tuple[str, str]
    taint: str
    cpu: str
    memory: str
    unavailable: int


def _sample_agent(rng: Random) -> NodeAgent:
    name = named(rng, "agent", "collector", "exporter", "scanner", "shipper")
    path, mount = rng.choice(
        (
            ("/var/log", "/host/log"),
            ("/var/log/pods", "/logs"),
            ("/sys", "/host/sys"),
            ("/proc", "/host/proc"),
            ("/etc/machine-id", "/etc/machine-id"),
            ("/var/lib/containers", "/containers"),
        )
    )
    return NodeAgent(
        name=name,
        namespace=rng.choice((*NAMESPACES, "monitoring", "logging", "observability")),
        image=image(rng, name),
        path=path,
        mount=mount,
        label=rng.choice(
            (
                ("kubernetes.io/os", "linux"),
                ("kubernetes.io/arch", "amd64"),
                ("node-role", "worker"),
                ("pool", "apps"),
                ("pool", "gpu"),
            )
        ),
        taint=rng.choice(("node-role.kubernetes.io/control-plane", "dedicated", "gpu", "spot")),
        cpu=rng.choice(("50m", "100m", "150m", "200m", "250m")),
        memory=rng.choice(("64Mi", "96Mi", "128Mi", "192Mi", "256Mi", "384Mi")),
        unavailable=rng.randint(2, 6),
    )


def _agent_brief(s: NodeAgent) -> Brief:
    kind, (key, value) = "DaemonSet", s.label
    mount = f"{_CONTAINER}.volumeMounts[?mountPath=='{s.mount}'] | [0]"
    return Brief(
        need(
            f"DaemonSet named {lit(s.name)}",
            f"a Kubernetes DaemonSet named {lit(s.name)}",
            f"a DaemonSet manifest called {lit(s.name)}",
            pins=[of_kind(kind, "metadata.name", s.name)],
        ),
        (
            in_namespace(kind, s.namespace),
            container_image(kind, _CONTAINER, s.image),
            need(
                f"pods labelled {lit(f'app: {s.name}')}, which selects them",
                f"Its pods have the label {lit(f'app: {s.name}')}, by which it selects them",
                f"Label the pods with {lit(f'app: {s.name}')} and select by it",
                pins=[
                    of_kind(kind, "spec.template.metadata.labels.app", s.name),
                    selects(kind, "spec.selector.matchLabels", kind),
                ],
            ),
            need(
                f"{lit(s.path)} of the node (hostPath) at {lit(s.mount)}, read-only",
                f"Mount the node's {lit(s.path)} (hostPath) read-only at {lit(s.mount)}",
                f"It reads the node's {lit(s.path)} at {lit(s.mount)}: a hostPath volume, mounted"
                f" read-only",
                pins=[
                    holds(kind, f"({mount}).readOnly"),
                    holds(
                        kind,
                        f"[{_POD}.volumes[?hostPath.path=='{s.path}'] | [0].name, ({mount}).name]"
                        " | [0] != null && [0] == [1]",
                    ),
                ],
            ),
            need(
                f"only on nodes labelled {lit(f'{key}={value}')}; tolerates the taint"
                f" {lit(s.taint)} (operator Exists, effect NoSchedule)",
                f"It runs on nodes with the label {lit(f'{key}={value}')} and tolerates"
                f" {lit(s.taint)} with the operator Exists and the effect NoSchedule",
                f"Select nodes by {lit(f'{key}={value}')}, and tolerate {lit(s.taint)} (Exists,"
                f" NoSchedule)",
                pins=[
                    of_kind(kind, f'{_POD}.nodeSelector."{key}"', value),
                    holds(
                        kind,
                        f"{_POD}.tolerations[?key=='{s.taint}' && operator=='Exists' && effect =="
                        " 'NoSchedule'] | length(@) == `1`",
                    ),
                ],
            ),
            need(
                f"requests {lit(s.cpu)} CPU and {size(s.memory)} memory, which is its memory limit"
                f" as well",
                f"Request {lit(s.cpu)} CPU and {size(s.memory)} of memory; the memory limit is the"
                f" same",
                f"It requests {lit(s.cpu)} CPU; memory request and limit are {size(s.memory)}",
                pins=values_of(
                    kind,
                    {
                        f"{_CONTAINER}.resources.requests.cpu": s.cpu,
                        f"{_CONTAINER}.resources.requests.memory": s.memory,
                        f"{_CONTAINER}.resources.limits.memory": s.memory,
                    },
                ),
            ),
            need(
                f"rolling update, {num(s.unavailable)} pods unavailable at most",
                f"It is updated by RollingUpdate, with {num(s.unavailable)} unavailable pods at"
                f" most",
                f"The update strategy is RollingUpdate, maxUnavailable {num(s.unavailable)}",
                pins=values_of(
                    kind,
                    {
                        "spec.updateStrategy.type": "RollingUpdate",
                        "spec.updateStrategy.rollingUpdate.maxUnavailable": s.unavailable,
                    },
                ),
            ),
        ),
    )


def _agent_answer(s: NodeAgent) -> str:
    key, value = s.label
    return f"""\
apiVersion: apps/v1
kind: DaemonSet
metadata:
  name: {s.name}
  namespace: {s.namespace}
spec:
  selector:
    matchLabels:
      app: {s.name}
  updateStrategy:
    type: RollingUpdate
    rollingUpdate:
      maxUnavailable: {s.unavailable}
  template:
    metadata:
      labels:
        app: {s.name}
    spec:
      nodeSelector:
        {key}: {value}
      tolerations:
        - key: {s.taint}
          operator: Exists
          effect: NoSchedule
      containers:
        - name: agent
          image: {s.image}
          resources:
            requests:
              cpu: {s.cpu}
              memory: {s.memory}
            limits:
              memory: {s.memory}
          volumeMounts:
            - name: host
              mountPath: {s.mount}
              readOnly: true
      volumes:
        - name: host
          hostPath:
            path: {s.path}
"""


DAEMON_SET = Topic(
    name="daemonset",
    format="kubernetes",
    sample=_sample_agent,
    brief=_agent_brief,
    answer=_agent_answer,
)


@dataclass(frozen=True, slots=True)
class Priority:
    """A class of pods, and a Deployment that is in it."""

    priority: str
    value: int
    description: str
    preempts: bool
    name: str
    namespace: str
    image: str
    replicas: int
    grace: int


def _sample_priority(rng: Random) -> Priority:
    name = service(rng)
    domain = name.partition("-")[0]
    return Priority(
        priority=f"{domain}-{rng.choice(('critical', 'high', 'batch', 'realtime', 'important'))}",
        value=rng.choice((1000, 5000, 10000, 50000, 100000, 250000, 1000000)),
        description=f"{rng.choice(('Pods', 'Workloads', 'Services'))} of {domain} that "
        f"{rng.choice(('go first', 'must not wait', 'matter most', 'serve customers'))}",
        preempts=rng.random() < 0.5,
        name=name,
        namespace=rng.choice(NAMESPACES),
        image=image(rng, name),
        replicas=rng.randint(2, 9),
        grace=rng.choice((15, 20, 45, 60, 90, 120)),
    )


def _priority_brief(s: Priority) -> Brief:
    kind, policy = "PriorityClass", "PreemptLowerPriority" if s.preempts else "Never"
    return Brief(
        need(
            f"PriorityClass {lit(s.priority)}, and a Deployment {lit(s.name)} whose pods have it",
            f"a Kubernetes PriorityClass {lit(s.priority)} together with a Deployment"
            f" {lit(s.name)} whose pods have that priority",
            f"manifests for the PriorityClass {lit(s.priority)} and for a Deployment"
            f" {lit(s.name)} in it",
            pins=[
                of_kind(kind, "metadata.name", s.priority),
                of_kind("Deployment", "metadata.name", s.name),
                of_kind("Deployment", f"{_POD}.priorityClassName", s.priority),
            ],
        ),
        (
            need(
                f"value {num(s.value)}, described as {lit(s.description)}",
                f"The class has the value {num(s.value)} and the description {lit(s.description)}",
                f"Its value is {num(s.value)}; describe it as {lit(s.description)}",
                pins=values_of(kind, {"value": s.value, "description": s.description}),
            ),
            need(
                f"preemptionPolicy {lit(policy)}, not the global default (both explicit)",
                f"Say explicitly that its preemption policy is {lit(policy)} and that it is not"
                f" the global default",
                f"preemptionPolicy is {lit(policy)}; globalDefault is false, written out",
                pins=[
                    holds(kind, f"preemptionPolicy == '{policy}'"),
                    holds(kind, "globalDefault == `false`"),
                ],
            ),
            need(
                f"the Deployment in namespace {lit(s.namespace)}",
                f"The Deployment lies in the namespace {lit(s.namespace)}",
                f"Put the Deployment into {lit(s.namespace)}",
                pins=[of_kind("Deployment", "metadata.namespace", s.namespace)],
            ),
            container_image("Deployment", _CONTAINER, s.image),
            replicas("Deployment", s.replicas),
            need(
                f"pods labelled {lit(f'app: {s.name}')}, {num(s.grace)} seconds to terminate",
                f"Its pods are labelled and selected by {lit(f'app: {s.name}')} and have"
                f" {num(s.grace)} seconds to terminate",
                f"Give the pods the label {lit(f'app: {s.name}')} (select by it) and a termination"
                f" grace period of {num(s.grace)} seconds",
                pins=[
                    of_kind("Deployment", "spec.template.metadata.labels.app", s.name),
                    selects("Deployment", "spec.selector.matchLabels", "Deployment"),
                    of_kind("Deployment", f"{_POD}.terminationGracePeriodSeconds", s.grace),
                ],
            ),
        ),
    )


def _priority_answer(s: Priority) -> str:
    return f"""\
apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata:
  name: {s.priority}
value: {s.value}
globalDefault: false
preemptionPolicy: {"PreemptLowerPriority" if s.preempts else "Never"}
description: {s.description}
---
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
      priorityClassName: {s.priority}
      terminationGracePeriodSeconds: {s.grace}
      containers:
        - name: main
          image: {s.image}
"""


PRIORITY = Topic(
    name="priority-class",
    format="kubernetes",
    sample=_sample_priority,
    brief=_priority_brief,
    answer=_priority_answer,
    bench_only=True,
)
