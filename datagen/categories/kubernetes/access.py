"""Kubernetes, what may talk to whom and do what: a NetworkPolicy, a Role with its binding."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, lits, need, num
from datagen.needs import in_namespace
from datagen.pins import documents, holds, of_kind
from datagen.topic import Topic
from datagen.vocabulary import NAMESPACES, PORTS, named, service

_RULES = "([?kind == 'Role'] | [0]).rules[]"


@dataclass(frozen=True, slots=True)
class NetworkPolicy:
    """Pods that only certain other pods may reach, on one port."""

    name: str
    namespace: str
    app: str
    client: str
    port: int
    client_namespace: str


def _sample_policy(rng: Random) -> NetworkPolicy:
    app = service(rng)
    return NetworkPolicy(
        name=rng.choice((f"{app}-ingress", f"allow-{app}", f"{app}-policy", f"restrict-{app}")),
        namespace=rng.choice(NAMESPACES),
        app=app,
        client=service(rng),
        port=rng.choice((*PORTS, 5432, 6379, 3306, 27017)),
        client_namespace=rng.choice(NAMESPACES),
    )


def _policy_brief(s: NetworkPolicy) -> Brief:
    kind, source = "NetworkPolicy", "spec.ingress[0].from[0]"
    app, client, space = lit(f"app={s.app}"), lit(f"app={s.client}"), lit(s.client_namespace)
    return Brief(
        need(
            f"NetworkPolicy named {lit(s.name)}, ingress only",
            f"a Kubernetes NetworkPolicy named {lit(s.name)} that restricts ingress",
            f"a NetworkPolicy manifest {lit(s.name)} for incoming traffic",
            pins=[
                of_kind(kind, "metadata.name", s.name),
                of_kind(kind, "spec.policyTypes", ["Ingress"]),
            ],
        ),
        (
            in_namespace(kind, s.namespace),
            need(
                f"for pods labelled {app}",
                f"It applies to pods labelled {app}",
                f"The protected pods have the label {app}",
                pins=[of_kind(kind, "spec.podSelector.matchLabels.app", s.app)],
            ),
            need(
                f"only from pods labelled {client} in namespace {space}",
                f"Only pods labelled {client} in the namespace {space}"
                f" (label kubernetes.io/metadata.name) may connect",
                f"Admit pods with {client} from the namespace {space} alone, which is selected by"
                f" kubernetes.io/metadata.name",
                pins=[
                    of_kind(kind, f"{source}.podSelector.matchLabels.app", s.client),
                    of_kind(
                        kind,
                        f'{source}.namespaceSelector.matchLabels."kubernetes.io/metadata.name"',
                        s.client_namespace,
                    ),
                    holds(kind, "length(spec.ingress[].from[]) == `1`"),
                ],
            ),
            need(
                f"TCP port {num(s.port)}",
                f"Only TCP port {num(s.port)} is open",
                f"The port is {num(s.port)} over TCP",
                pins=[
                    of_kind(kind, "spec.ingress[0].ports[0].port", s.port),
                    holds(kind, "length(spec.ingress[0].ports) == `1`"),
                    of_kind(kind, "spec.ingress[0].ports[0].protocol", "TCP"),
                ],
            ),
        ),
    )


def _policy_answer(s: NetworkPolicy) -> str:
    return f"""\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {s.name}
  namespace: {s.namespace}
spec:
  podSelector:
    matchLabels:
      app: {s.app}
  policyTypes: [Ingress]
  ingress:
    - from:
        - namespaceSelector:
            matchLabels:
              kubernetes.io/metadata.name: {s.client_namespace}
          podSelector:
            matchLabels:
              app: {s.client}
      ports:
        - protocol: TCP
          port: {s.port}
"""


NETWORK_POLICY = Topic(
    name="network-policy",
    format="kubernetes",
    sample=_sample_policy,
    brief=_policy_brief,
    answer=_policy_answer,
)

_RESOURCES = (
    ("pods",),
    ("pods", "pods/log"),
    ("configmaps",),
    ("configmaps", "secrets"),
    ("services",),
    ("services", "endpoints"),
    ("events",),
    ("persistentvolumeclaims",),
)
_VERBS = (
    ("get", "list"),
    ("get", "list", "watch"),
    ("get",),
    ("create", "delete"),
    ("get", "update", "patch"),
    ("list", "watch"),
)


@dataclass(frozen=True, slots=True)
class Access:
    """A service account and what it may do with some resources of the core API group."""

    account: str
    namespace: str
    role: str
    resources: tuple[str, ...]
    verbs: tuple[str, ...]


def _sample_access(rng: Random) -> Access:
    account = named(rng, "agent", "bot", "controller", "reader", "deployer", "operator")
    return Access(
        account=account,
        namespace=rng.choice(NAMESPACES),
        role=f"{account}-{rng.choice(('role', 'access', 'permissions'))}",
        resources=rng.choice(_RESOURCES),
        verbs=rng.choice(_VERBS),
    )


def _access_brief(s: Access) -> Brief:
    account, role = lit(s.account), lit(s.role)
    kinds = ("ServiceAccount", "Role", "RoleBinding")
    subject = {"kind": "ServiceAccount", "name": s.account, "namespace": s.namespace}
    return Brief(
        need(
            f"ServiceAccount {account}, Role {role} and a RoleBinding {role} between them",
            f"Kubernetes RBAC manifests: a ServiceAccount {account}, a Role {role} and a"
            f" RoleBinding, also named {role}, that grants it to the account",
            f"a ServiceAccount {account} with a Role {role}, bound to it by a RoleBinding of the"
            f" Role's name",
            pins=[
                of_kind("ServiceAccount", "metadata.name", s.account),
                of_kind("Role", "metadata.name", s.role),
                of_kind("RoleBinding", "metadata.name", s.role),
                of_kind("RoleBinding", "roleRef.apiGroup", "rbac.authorization.k8s.io"),
                of_kind("RoleBinding", "roleRef.kind", "Role"),
                of_kind("RoleBinding", "roleRef.name", s.role),
                holds("RoleBinding", "length(subjects) == `1`"),
                *(
                    of_kind("RoleBinding", f"subjects[0].{field}", value)
                    for field, value in subject.items()
                ),
            ],
        ),
        (
            need(
                f"everything in namespace {lit(s.namespace)}",
                f"All of it is in the {lit(s.namespace)} namespace",
                f"Put the three objects into namespace {lit(s.namespace)}",
                pins=[of_kind(kind, "metadata.namespace", s.namespace) for kind in kinds],
            ),
            need(
                f"resources {lits(s.resources)} (core API group)",
                f"The Role covers {lits(s.resources)} of the core API group",
                f"It is about {lits(s.resources)} in the core group",
                pins=[
                    documents(f"{_RULES}.resources[] | sort(@)", sorted(s.resources)),
                    of_kind("Role", "rules[0].apiGroups", [""]),
                ],
            ),
            need(
                f"verbs {lits(s.verbs)}, no others",
                f"The only verbs are {lits(s.verbs)}",
                f"Allow {lits(s.verbs)}, no other verb",
                pins=[documents(f"{_RULES}.verbs[] | sort(@)", sorted(s.verbs))],
            ),
        ),
    )


def _access_answer(s: Access) -> str:
    return f"""\
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {s.account}
  namespace: {s.namespace}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: {s.role}
  namespace: {s.namespace}
rules:
  - apiGroups: [""]
    resources: [{", ".join(s.resources)}]
    verbs: [{", ".join(s.verbs)}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: {s.role}
  namespace: {s.namespace}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: {s.role}
subjects:
  - kind: ServiceAccount
    name: {s.account}
    namespace: {s.namespace}
"""


RBAC = Topic(
    name="rbac",
    format="kubernetes",
    sample=_sample_access,
    brief=_access_brief,
    answer=_access_answer,
)
