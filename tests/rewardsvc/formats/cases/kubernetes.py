# ruff: noqa: E501 - a table of texts
"""Kubernetes manifests: what the tests of all formats try on them."""

from collections.abc import Callable, Mapping

from tests.rewardsvc.formats.format_cases import FormatCases, Words, has
from tests.rewardsvc.formats.growth import around, both, many, nested

ANSWER = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - name: proxy
          image: envoy:1
        - name: web
          image: nginx:1.27
          ports: [{containerPort: 8080}]
          env: [{name: MODE, value: "on"}]
          resources: {limits: {cpu: 0.5, memory: 1Gi}, requests: {cpu: 500m, memory: 512Mi}}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector: {app: web}
  ports: [{port: 80, targetPort: 8080}, {port: 9090}]
"""


def _pod(size: int, part: Callable[[int], str]) -> str:
    return (
        "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n"
        f"    - name: a\n      image: nginx:1\n{part(size)}"
    )


def _pods(part: Callable[[int], str]) -> Callable[[int], str]:
    return lambda size: _pod(size, part)


_KUBERNETES: Mapping[str, Callable[[int], str]] = {
    "resources": many(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c{i}}\ndata: {a: b}\n---\n"
    ),
    "one resource many times": many(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a: b}\n---\n"
    ),
    "items of a list": around(
        "apiVersion: v1\nkind: List\nitems:\n",
        many("  - {apiVersion: v1, kind: ConfigMap, metadata: {name: c{i}}, data: {a: b}}\n"),
    ),
    "lists of lists": nested("{apiVersion: v1, kind: List, items: [", "]}"),
    "unknown kinds": many("apiVersion: v1\nkind: Kind{i}\nmetadata: {name: c}\n---\n"),
    "services and workloads": both(
        many(
            "apiVersion: v1\nkind: Service\nmetadata: {name: s{i}}\n"
            "spec: {selector: {a: b{i}}, ports: [{port: 80}]}\n---\n"
        ),
        many(
            "apiVersion: v1\nkind: Pod\nmetadata: {name: p{i}, labels: {a: b{i}}}\n"
            "spec: {containers: [{name: a, image: nginx}]}\n---\n"
        ),
    ),
    "an ingress and a service": both(
        around(
            "apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec:\n  selector: {a: b}\n"
            "  ports:\n",
            many("    - {name: p{i}, port: 8{i}}\n"),
        ),
        around(
            "---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: i}\nspec:\n"
            "  rules:\n    - http:\n        paths:\n",
            many(
                "          - {path: /, pathType: Prefix, backend: {service: {name: s, "
                "port: {number: 1}}}}\n"
            ),
        ),
    ),
    "a service of many ports": both(
        around(
            "apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec:\n  selector: {a: b}\n"
            "  ports:\n",
            many("    - {name: p{i}, port: 8{i}}\n"),
        ),
        around(
            "---\napiVersion: v1\nkind: Pod\nmetadata: {name: p, labels: {a: b}}\nspec:\n"
            "  containers:\n    - name: a\n      image: nginx\n      ports:\n",
            many("        - {containerPort: 7{i}, name: q{i}}\n"),
        ),
    ),
    "keys of one map": both(
        around(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata:\n", many("  k{i}: v\n")
        ),
        lambda size: (
            "---\n"
            + _pod(
                size,
                around(
                    "      env:\n",
                    many(
                        "        - {name: E{i}, valueFrom: {configMapKeyRef: {name: c, key: k{i}}}}\n"
                    ),
                ),
            )
        ),
    ),
    "mounts": _pods(
        around("      volumeMounts:\n", many("        - {name: v{i}, mountPath: /{i}}\n"))
    ),
    "containers": _pods(many("    - {name: c{i}, image: a, ports: [{containerPort: {i}}]}\n")),
    "containers and claims": _pods(
        both(
            many("    - {name: c{i}, image: a, volumeMounts: [{name: v{i}, mountPath: /a}]}\n"),
            around("  volumes:\n", many("    - {name: v{i}, emptyDir: {}}\n")),
        )
    ),
    "probes": _pods(
        around(
            "      lifecycle:\n",
            many("        hook{i}: {httpGet: {port: 1}}\n"),
            "      ports:\n" + many("        - {containerPort: {i}}\n")(2000),
        )
    ),
    "selectors": lambda size: (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec:\n  selector:\n"
        "    matchExpressions:\n"
        + many("      - {key: a, operator: In, values: [b]}\n")(size)
        + "  template:\n    metadata: {labels: {a: b}}\n    spec: {containers: [{name: a, image: b}]}\n"
    ),
    "a selector of many values": lambda size: (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec:\n  selector:\n"
        "    matchLabels:\n"
        + many("      k{i}: v\n")(size)
        + "  template:\n    metadata:\n      labels:\n"
        + many("        k{i}: v\n")(size)
        + "    spec: {containers: [{name: a, image: b}]}\n"
    ),
    "a metric each": lambda size: (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec:\n"
        "  selector: {matchLabels: {a: b}}\n  template:\n    metadata: {labels: {a: b}}\n"
        "    spec:\n      containers:\n"
        + many("        - {name: c{i}, image: b}\n")(size)
        + "---\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: h}\n"
        "spec:\n  maxReplicas: 3\n  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: d}\n"
        "  metrics:\n"
        + many(
            "    - {type: Resource, resource: {name: m{i}, "
            "target: {type: Utilization, averageUtilization: 5}}}\n"
        )(size)
    ),
    "a long name in many objections": lambda size: (
        "apiVersion: v1\nkind: Pod\nmetadata: {name: "
        + "a" * size
        + "}\nspec:\n  containers:\n"
        + many("    - {name: a, image: b}\n")(size)
    ),
    "external": around("# external: ", many("ConfigMap/c{i}, "), "\napiVersion: v1\nkind: Pod\n"),
    "external lines": around("", many("# external: ConfigMap/c{i}\n"), "apiVersion: v1\n"),
    "annotations": around(
        "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: a\n  annotations:\n",
        many("    k{i}: 'apiVersion: apiVersion: '\n"),
    ),
    "bindings": around(
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: b}\n"
        "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}\nsubjects:\n",
        many("  - {kind: ServiceAccount, name: a{i}, namespace: b}\n"),
    ),
    "quantities": _pods(
        around("      resources:\n        limits:\n", many("          a.b/r{i}: 1{i}\n"))
    ),
}

_WORDS: Words = [
    ("resource_has", [
        ({"kind": "Deployment", "name": "web", "path": "spec.replicas", "value": 3}, True),
        ({"kind": "Deployment", "name": "", "path": "spec.replicas", "value": 3}, True),
        ({"kind": "Deployment", "name": "", "path": "spec.replicas", "value": "3"}, False),
        ({"kind": "Deployment", "name": "api", "path": "spec.replicas", "value": 3}, False),
        ({"kind": "Deployment", "name": "", "path": "spec.template.spec.containers[1].resources.limits.memory",
          "value": "1048576Ki"}, True),
        ({"kind": "Deployment", "name": "", "path": "spec.template.spec.containers[0].resources.limits.memory",
          "value": "1Gi"}, False),
    ]),
    ("kind_count", [
        ({"kind": "Service", "count": 1}, True),
        ({"kind": "Service", "count": 2}, False),
    ]),
    ("container_has", [
        ({"kind": "Deployment", "name": "web", "container": "web",
          **has("image", "nginx:1.27")}, True),
        ({"kind": "Deployment", "name": "", "container": "",
          **has("ports[0].containerPort", 8080)}, True),
        ({"kind": "Deployment", "name": "", "container": "proxy",
          **has("image", "nginx:1.27")}, False),
        ({"kind": "Deployment", "name": "", "container": "web", **has("resources.limits.cpu", "500m")}, True),
        ({"kind": "Deployment", "name": "", "container": "web", **has("resources.requests.cpu", 0.5)}, True),
        ({"kind": "Deployment", "name": "", "container": "web", **has("resources.limits.memory", "1024Mi")}, True),
        ({"kind": "Deployment", "name": "", "container": "web", **has("resources.limits.memory", "1G")}, False),
        ({"kind": "Deployment", "name": "", "container": "web", **has("resources.limits.cpu", 5)}, False),
    ]),
    ("environment_has", [
        ({"kind": "Deployment", "name": "", "variable": "MODE", "value": "on"}, True),
        ({"kind": "Deployment", "name": "", "variable": "MODE", "value": "off"}, False),
    ]),
    ("service_exposes", [
        ({"name": "web", "port": 80, "target_port": 8080}, True),
        ({"name": "", "port": 9090, "target_port": None}, True),
        ({"name": "web", "port": 80, "target_port": None}, False),
        ({"name": "web", "port": 8080, "target_port": 8080}, False),
    ]),
]  # fmt: skip

CASES = FormatCases(
    growing=_KUBERNETES,
    telling=(
        "a metric each",
        "a selector of many values",
        "an ingress and a service",
        "closed thoughts",
        "containers and claims",
        "fences",
        "keys of one map",
        "laughs",
        "longer fences",
        "merges of merges",
        "nested flow lists",
        "resources",
        "special tokens",
        "thoughts in fences",
        "unseen characters",
    ),
    answer=ANSWER,
    words=_WORDS,
)
