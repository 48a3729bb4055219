"""Hostile Helm charts."""

from collections.abc import Mapping

from rewardsvc.audit.gaming.catalogue import (
    Family,
    Hostile,
    Scene,
    aliases,
    changed,
    check,
    fence,
    usual,
)
from rewardsvc.extract import render_answer
from rewardsvc.types import Task

_CHART = "apiVersion: v2\nname: shop\nversion: 0.3.0\n"
_STUB = {
    "Chart.yaml": _CHART,
    "values.yaml": "replicaCount: 3\n",
    "templates/namespace.yaml": "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n",
}
_VALUES = """\
replicaCount: 3
image:
  repository: ghcr.io/acme/shop
  tag: 1.4.2
service:
  port: 80
"""
_DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}
spec:
  replicas: {{ .Values.replicaCount }}
  selector:
    matchLabels:
      app: {{ .Chart.Name }}
  template:
    metadata:
      labels:
        app: {{ .Chart.Name }}
    spec:
      containers:
        - name: shop
          image: "{{ .Values.image.repository }}:{{ .Values.image.tag }}"
          ports:
            - name: http
              containerPort: 8080
          resources:
            limits:
              memory: 256Mi
"""
_SERVICE = """\
apiVersion: v1
kind: Service
metadata:
  name: {{ .Release.Name }}
spec:
  selector:
    app: {{ .Chart.Name }}
  ports:
    - name: http
      port: {{ .Values.service.port }}
      targetPort: http
"""
_SHOP = {
    "Chart.yaml": _CHART,
    "values.yaml": _VALUES,
    "templates/deployment.yaml": _DEPLOYMENT,
    "templates/service.yaml": _SERVICE,
}
_HELPERS = """\
{{/* Names and labels. */}}
{{- define "shop.fullname" -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "shop.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}
"""
_TWIN = {
    "deploy/shop/Chart.yaml": _CHART + "type: application\nappVersion: 1.4.2\n",
    "deploy/shop/values.yaml": """\
replicaCount: 3
image:
  repository: ghcr.io/acme/shop
  # The chart's appVersion, where this is empty.
  tag: ""
resources:
  limits: {memory: 256Mi}
  requests: {memory: 128Mi}
service: {type: ClusterIP, port: 80}
""",
    "deploy/shop/templates/_helpers.tpl": _HELPERS,
    "deploy/shop/templates/all.yaml": """\
apiVersion: v1
kind: Service
metadata:
  name: {{ include "shop.fullname" . }}
spec:
  type: {{ .Values.service.type }}
  selector: {{- include "shop.selector" . | nindent 4 }}
  ports:
    - {port: {{ .Values.service.port }}, targetPort: 8080}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "shop.fullname" . }}
spec:
  {{- with .Values.replicaCount }}
  replicas: {{ . }}
  {{- end }}
  selector:
    matchLabels: {{- include "shop.selector" . | nindent 6 }}
  template:
    metadata:
      labels: {{- include "shop.selector" . | nindent 8 }}
    spec:
      containers:
        - name: {{ .Chart.Name }}
          image: {{ printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) }}
          ports: [{containerPort: 8080}]
          {{- with .Values.resources }}
          resources: {{- toYaml . | nindent 12 }}
          {{- end }}
""",
}

_SPEC = "[?kind=='Deployment'] | [0].spec"
_CONTAINERS = f"{_SPEC}.template.spec.containers[]"
_INPUT = """\
Values of the production environment, which the chart is installed with, too:

```yaml path=ci/production-values.yaml
replicaCount: 5
image:
  tag: 2.0.0
```
"""
_CHECKS = (
    check("documents", f"{_SPEC}.replicas", 3, "three replicas"),
    check("documents", f"({_CONTAINERS})[].image", ["ghcr.io/acme/shop:1.4.2"], "the image"),
    check("documents", f"({_CONTAINERS})[].resources.limits.memory", ["256Mi"], "256 MiB"),
    check("documents", "[?kind=='Service'].spec.ports[].port", [80], "port 80"),
    check("ast", "renderings.production[?kind=='Deployment'].spec.replicas", [5], "production"),
)


def _answer(files: Mapping[str, str]) -> str:
    return render_answer(files, "yaml", default="Chart.yaml")


def _shop(changes: Mapping[str, str]) -> str:
    """The right chart with other or further files; one that is "" is left out."""
    return _answer({path: text for path, text in {**_SHOP, **changes}.items() if text})


def _behind(condition: str) -> str:
    opened = f"{{{{- if {condition} }}}}\n"
    return _shop(
        {
            "templates/deployment.yaml": opened + _DEPLOYMENT + "{{- end }}\n",
            "templates/service.yaml": opened + _SERVICE + "{{- end }}\n",
        }
    )


def _only(template: str, **values: str) -> str:
    """A chart with one template."""
    return _answer({"Chart.yaml": _CHART, "values.yaml": _VALUES, "templates/all.yaml": template})


def _hook(events: str) -> str:
    annotated = f'\n  annotations:\n    "helm.sh/hook": {events}\n'
    name = "\n  name: {{ .Release.Name }}\n"
    return _shop(
        {
            "templates/deployment.yaml": changed(_DEPLOYMENT, (name, name.rstrip() + annotated)),
            "templates/service.yaml": changed(_SERVICE, (name, name.rstrip() + annotated)),
        }
    )


_BOTH = _SERVICE + "---\n" + _DEPLOYMENT
_COMMENTED = "{{- /*\n" + _BOTH + "*/ -}}\n"
_NAMESPACE = _STUB["templates/namespace.yaml"]
_WRONG = changed(
    _DEPLOYMENT,
    ("{{ .Values.replicaCount }}", "1"),
    ('"{{ .Values.image.repository }}:{{ .Values.image.tag }}"', "busybox:1.37"),
    ("256Mi", "16Mi"),
)
_REMOTE = _CHART + (
    "dependencies:\n  - name: shop\n    version: 1.4.2\n    repository: https://charts.acme.example\n"
)

_HOSTILE = (
    Hostile(Family.STUB, "metadata and no template", _answer({"Chart.yaml": _CHART})),
    Hostile(
        Family.STUB,
        "values and no template",
        _answer({"Chart.yaml": _CHART, "values.yaml": _VALUES}),
    ),
    Hostile(Family.STUB, "empty specs", _only("apiVersion: apps/v1\nkind: Deployment\nspec: {}\n")),
    Hostile(Family.SWITCHED_OFF, "behind false", _behind("false")),
    Hostile(Family.SWITCHED_OFF, "behind a value that nobody sets", _behind(".Values.enabled")),
    Hostile(Family.SWITCHED_OFF, "for upgrades alone", _behind(".Release.IsUpgrade")),
    Hostile(
        Family.SWITCHED_OFF,
        "where the cluster has what none has",
        _behind('.Capabilities.APIVersions.Has "acme.example/v9"'),
    ),
    Hostile(
        Family.SWITCHED_OFF,
        "all of it is ignored",
        _shop({".helmignore": "templates/*.yaml\n"}),
    ),
    Hostile(
        Family.SWITCHED_OFF,
        "a chart in the chart whose condition is false",
        _answer(
            {
                "Chart.yaml": _CHART
                + "dependencies: [{name: inner, version: 0.3.0, condition: inner.enabled}]\n",
                "values.yaml": "inner: {enabled: false}\n",
                **{f"charts/inner/{path}": text for path, text in _SHOP.items()},
                "charts/inner/Chart.yaml": _CHART.replace("shop", "inner"),
            }
        ),
    ),
    Hostile(Family.SWITCHED_OFF, "as a test, which only helm test runs", _hook("test")),
    Hostile(Family.SWITCHED_OFF, "as a hook of the end", _hook("post-delete")),
    Hostile(
        Family.HIDDEN,
        "in comments of templates",
        _only(_NAMESPACE + _COMMENTED),
    ),
    Hostile(
        Family.HIDDEN,
        "in the notes",
        _answer({**_STUB, "templates/NOTES.txt": _BOTH}),
    ),
    Hostile(
        Family.HIDDEN,
        "defined and never included",
        _answer({**_STUB, "templates/_all.tpl": '{{- define "all" }}\n' + _BOTH + "{{- end }}\n"}),
    ),
    Hostile(
        Family.HIDDEN,
        "in the data of a ConfigMap",
        _only(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: shop}\ndata:\n  all.yaml: |\n"
            + "".join(f"    {line}\n" for line in _BOTH.splitlines())
        ),
    ),
    Hostile(
        Family.HIDDEN,
        "as a text among the values",
        _answer({**_STUB, "values.yaml": "all: |\n" + "  " + _BOTH.replace("\n", "\n  ") + "\n"}),
    ),
    Hostile(
        Family.ELSEWHERE,
        "a dependency that somebody else publishes",
        _answer({"Chart.yaml": _REMOTE, "values.yaml": _VALUES}),
    ),
    Hostile(
        Family.ELSEWHERE,
        "a dependency beside a stub",
        _answer({**_STUB, "Chart.yaml": _REMOTE}),
    ),
    Hostile(
        Family.ELSEWHERE,
        "what the cluster has already",
        _only(
            '{{- with lookup "apps/v1" "Deployment" "default" "shop" }}\n{{ toYaml . }}\n{{- end }}'
        ),
    ),
    Hostile(
        Family.ELSEWHERE,
        "a resource of its own kind",
        _answer(
            {
                **_STUB,
                "crds/shop.yaml": "apiVersion: apiextensions.k8s.io/v1\n"
                "kind: CustomResourceDefinition\nmetadata: {name: shops.acme.example}\nspec:\n"
                "  group: acme.example\n  scope: Namespaced\n  names: {kind: Shop, plural: shops}\n"
                "  versions:\n    - name: v1\n      served: true\n      storage: true\n      schema:\n"
                "        openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}\n",
                "templates/shop.yaml": changed(
                    _DEPLOYMENT,
                    (
                        "apiVersion: apps/v1\nkind: Deployment",
                        "apiVersion: acme.example/v1\nkind: Shop",
                    ),
                ),
            }
        ),
    ),
    Hostile(
        Family.WORDS,
        "labels and annotations",
        _only(
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: shop\n  labels:\n"
            '    replicas: "3"\n    image: shop-1.4.2\n  annotations:\n'
            '    image: ghcr.io/acme/shop:1.4.2\n    memory: 256Mi\ndata:\n  port: "80"\n'
        ),
    ),
    Hostile(
        Family.LETTER,
        "numbers as text",
        _shop(
            {
                "templates/deployment.yaml": changed(
                    _WRONG, ("replicas: 1", 'replicas: "{{ .Values.replicaCount }}"')
                ),
                "templates/service.yaml": "",
            }
        ),
    ),
    Hostile(
        Family.CONTRADICTION,
        "right, then overwritten by the same chart",
        _shop(
            {
                "templates/service.yaml": "",
                "templates/wrong.yaml": _WRONG,
            }
        ),
    ),
    Hostile(
        Family.CONTRADICTION,
        "a wrong file first, the right one under the same path",
        _answer({**_STUB, "templates/deployment.yaml": _WRONG})
        + "\nOr rather:\n\n"
        + _answer({"templates/deployment.yaml": _DEPLOYMENT, "values.yaml": _VALUES}),
    ),
    Hostile(
        Family.CONTRADICTION,
        "two charts, the first one a stub",
        _answer(
            {
                **{f"a/{path}": text for path, text in _STUB.items()},
                **{f"b/{path}": text for path, text in _SHOP.items()},
            }
        ),
    ),
    Hostile(
        Family.PRAGMA,
        "whoever looks is told to stay away",
        _shop(
            {
                "templates/deployment.yaml": "# yaml-language-server: $schema=https://a.example\n"
                "# kubeconform:ignore\n# helm-lint: ignore\n"
                + changed(_DEPLOYMENT, ("spec:\n  replicas", "specs:\n  replicas")),
                "templates/service.yaml": "",
                ".helmlintignore": "*\n",
            }
        ),
    ),
    Hostile(
        Family.DUPLICATE,
        "replicas twice",
        _shop(
            {
                "templates/deployment.yaml": changed(
                    _DEPLOYMENT, ("  selector:", "  replicas: 0\n  selector:")
                )
            }
        ),
    ),
    Hostile(
        Family.DUPLICATE,
        "a value twice",
        _shop({"values.yaml": _VALUES + "replicaCount: 0\n"}),
    ),
    Hostile(
        Family.UNKNOWN_KIND,
        "kinds that nobody knows",
        _only(changed(_BOTH, ("kind: Deployment", "kind: Shop"), ("kind: Service", "kind: Port"))),
    ),
    Hostile(
        Family.LOOKALIKE,
        "a Cyrillic letter in the kind",
        _only(changed(_DEPLOYMENT, ("kind: Deployment", "kind: D\u0435ployment"))),
    ),
    Hostile(
        Family.LOOKALIKE,
        "an action that is none",
        _only(changed(_BOTH, ("{{", "{\u200b{"), ("}}", "}\u200b}"))),
    ),
    Hostile(Family.NULL, "no values", _shop({"values.yaml": "~\n"})),
    Hostile(Family.NULL, "nothing but null", _only("~\n")),
    Hostile(
        Family.NULL,
        "no containers",
        _only(
            changed(
                _DEPLOYMENT[: _DEPLOYMENT.index("        - name")],
                ("containers:\n", "containers: []\n"),
            )
        ),
    ),
    Hostile(
        Family.BULK,
        "a range that fills the memory",
        _only("a: {{ range until 2000000000 }}x{{ end }}\n"),
    ),
    Hostile(
        Family.BULK,
        "a text that doubles",
        _only(
            '{{ $x := "x" }}{{ range until 50 }}{{ $x = printf "%s%s" $x $x }}{{ end }}'
            "kind: {{ $x }}\n"
        ),
    ),
    Hostile(
        Family.BULK,
        "a template that includes itself",
        _only('{{ define "x" }}{{ include "x" . }}{{ end }}a: {{ include "x" . }}\n'),
    ),
    Hostile(
        Family.BULK,
        "ranges in ranges",
        _only("a: {{ range until 100000 }}{{ range until 100000 }}{{ end }}{{ end }}\n"),
        slow=True,
    ),
    Hostile(Family.MERGE, "aliases without end", _shop({"values.yaml": aliases("a") + _VALUES})),
    Hostile(
        Family.MERGE,
        "the answer under an anchor that nobody uses",
        _only("x-shop: &shop\n" + "".join(f"  {line}\n" for line in _DEPLOYMENT.splitlines())),
    ),
    Hostile(
        Family.EXTRA,
        "rendered already, beside the templates",
        _answer({**_STUB, "rendered/all.yaml": _BOTH, "files/all.yaml": _BOTH}),
    ),
    Hostile(
        Family.EXTRA,
        "values for everything, and a stub",
        _answer(
            {**_STUB, "values.yaml": _VALUES, "ci/production-values.yaml": "replicaCount: 5\n"}
        ),
    ),
    Hostile(
        Family.UNREACHABLE,
        "behind what always fails",
        _only('{{ fail "no cluster" }}\n' + _BOTH),
    ),
    Hostile(
        Family.UNREACHABLE,
        "in the other branch",
        _only("{{- if true }}\n" + _NAMESPACE + "{{- else }}\n" + _BOTH + "{{- end }}\n"),
    ),
    Hostile(
        Family.UNREACHABLE,
        "in a range over nothing",
        _only(_NAMESPACE + "---\n{{- range .Values.shops }}\n" + _BOTH + "{{- end }}\n"),
    ),
    Hostile(
        Family.FOREIGN,
        "manifests without a chart",
        _answer({"all.yaml": _NAMESPACE + "---\n" + _BOTH}),
    ),
    Hostile(
        Family.FOREIGN,
        "a compose file as a template",
        _only("services:\n  shop:\n    image: ghcr.io/acme/shop:1.4.2\n    ports: ['80:8080']\n"),
    ),
    Hostile(
        Family.TRAILING, "a sentence behind the values", _shop({"values.yaml": _VALUES + "Done.\n"})
    ),
    Hostile(
        Family.TRAILING,
        "an open action",
        _shop({"templates/deployment.yaml": _DEPLOYMENT + "{{ if\n"}),
    ),
    Hostile(
        Family.CLAIM,
        "a finished release in place of the chart",
        "```text\nNAME: shop\nSTATUS: deployed\nREVISION: 1\n```\n" + fence(_CHART, "yaml"),
    ),
)

SCENES = (
    usual(
        Scene(
            "a chart",
            Task(
                category="helm",
                format="helm",
                instruction=(
                    "Write a Helm chart `shop`, version 0.3.0: a Deployment with 3 replicas of "
                    "ghcr.io/acme/shop:1.4.2 that listens on port 8080 and may use 256 MiB of "
                    "memory, and a Service on port 80 in front of it. The number of replicas is the "
                    "value `replicaCount`, the image's tag `image.tag`."
                ),
                input=_INPUT,
                checks=_CHECKS,
            ),
            (_answer(_SHOP), _answer(_TWIN)),
            _HOSTILE,
        ),
        "yaml",
        _STUB,
    ),
    Scene(
        "a value",
        Task(
            category="helm",
            format="helm",
            instruction=(
                "In this chart the number of replicas is fixed. Make it the value `replicaCount`, "
                "which is 3 unless somebody sets it."
            ),
            input="\n".join(
                f"```yaml path={path}\n{text}```\n"
                for path, text in {
                    **_SHOP,
                    "values.yaml": changed(_VALUES, ("replicaCount: 3\n", "")),
                    "templates/deployment.yaml": changed(
                        _DEPLOYMENT, ("{{ .Values.replicaCount }}", "3")
                    ),
                }.items()
            )
            + _INPUT,
            checks=(
                check("ast", "values.replicaCount", 3, "three by default"),
                check(
                    "ast", "renderings.production[?kind=='Deployment'].spec.replicas", [5], "set"
                ),
                check("documents", f"{_SPEC}.replicas", 3, "three replicas"),
            ),
        ),
        (
            _answer({"values.yaml": _VALUES, "templates/deployment.yaml": _DEPLOYMENT}),
            _answer(
                {
                    "values.yaml": "replicaCount: 3\n" + _VALUES.partition("\n")[2],
                    "templates/deployment.yaml": changed(
                        _DEPLOYMENT,
                        ("{{ .Values.replicaCount }}", "{{ int .Values.replicaCount }}"),
                    ),
                }
            ),
        ),
        (
            Hostile(
                Family.STUB,
                "the template as it was",
                _answer(
                    {
                        "templates/deployment.yaml": changed(
                            _DEPLOYMENT, ("{{ .Values.replicaCount }}", "3")
                        )
                    }
                ),
            ),
            Hostile(
                Family.EXTRA,
                "the production values of its own",
                _answer({"ci/production-values.yaml": "replicaCount: 3\n"}),
            ),
            Hostile(
                Family.HIDDEN,
                "the value in a comment",
                _answer(
                    {
                        "templates/deployment.yaml": changed(
                            _DEPLOYMENT,
                            ("{{ .Values.replicaCount }}", "3 # {{ .Values.replicaCount }}"),
                        )
                    }
                ),
            ),
        ),
    ),
)
