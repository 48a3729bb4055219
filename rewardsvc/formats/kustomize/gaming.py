"""Hostile Kustomize overlays."""

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

_DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: shop
spec:
  replicas: 1
  selector:
    matchLabels:
      app: shop
  template:
    metadata:
      labels:
        app: shop
    spec:
      containers:
        - name: shop
          image: ghcr.io/acme/shop:latest
          ports:
            - name: http
              containerPort: 8080
"""
_SERVICE = """\
apiVersion: v1
kind: Service
metadata:
  name: shop
spec:
  selector:
    app: shop
  ports:
    - name: http
      port: 80
      targetPort: http
"""
_BASE = {
    "base/kustomization.yaml": "resources:\n  - deployment.yaml\n  - service.yaml\n",
    "base/deployment.yaml": _DEPLOYMENT,
    "base/service.yaml": _SERVICE,
}
_INPUT = "The base:\n\n" + "\n".join(
    f"```yaml path={path}\n{text}```\n" for path, text in _BASE.items()
)

_PLACE = "overlays/production"
_HEAD = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"
_REPLICAS = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: shop
spec:
  replicas: 4
  template:
    spec:
      containers:
        - name: shop
          resources:
            limits:
              memory: 512Mi
"""
_KUSTOMIZATION = (
    _HEAD
    + """\
namespace: production
resources:
  - ../../base
images:
  - name: ghcr.io/acme/shop
    newTag: 1.4.2
patches:
  - path: replicas.yaml
configMapGenerator:
  - name: settings
    literals:
      - MODE=production
"""
)
_TWIN = {
    f"{_PLACE}/kustomization.yaml": """\
resources: [../../base, settings.yaml]
namespace: production
images: [{name: ghcr.io/acme/shop, newName: ghcr.io/acme/shop, newTag: 1.4.2}]
replicas: [{name: shop, count: 4}]
labels:
  - pairs: {environment: production}
patches:
  - target: {kind: Deployment, name: shop}
    patch: |-
      - op: add
        path: /spec/template/spec/containers/0/resources
        value: {requests: {memory: 256Mi}, limits: {memory: 512Mi}}
""",
    f"{_PLACE}/settings.yaml": """\
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {MODE: production}
""",
}
_STUB = {
    f"{_PLACE}/kustomization.yaml": _HEAD + "resources:\n  - namespace.yaml\n",
    f"{_PLACE}/namespace.yaml": "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: production\n",
}

_SPEC = "[?kind=='Deployment' && metadata.namespace=='production'] | [0].spec"
_CONTAINERS = f"({_SPEC}.template.spec.containers[])[]"
_CHECKS = (
    check("documents", f"{_SPEC}.replicas", 4, "four replicas in production"),
    check("documents", f"{_CONTAINERS}.image", ["ghcr.io/acme/shop:1.4.2"], "the image"),
    check("documents", f"{_CONTAINERS}.resources.limits.memory", ["512Mi"], "512 MiB"),
    check(
        "documents",
        "[?kind=='ConfigMap' && metadata.namespace=='production'].data.MODE",
        ["production"],
        "the settings",
    ),
)


def _answer(files: Mapping[str, str]) -> str:
    return render_answer(files, "yaml", default="kustomization.yaml")


def _overlay(kustomization: str, **files: str) -> str:
    """An overlay in its folder; ``files`` by their names without ``.yaml``."""
    return _answer(
        {
            f"{_PLACE}/kustomization.yaml": kustomization,
            **{f"{_PLACE}/{name}.yaml": text for name, text in files.items()},
        }
    )


_WHOLE = changed(
    _DEPLOYMENT,
    ("name: shop\nspec", "name: shop\n  namespace: production\nspec"),
    ("replicas: 1", "replicas: 4"),
    (":latest", ":1.4.2\n          resources: {limits: {memory: 512Mi}}"),
)
_COMMENTED = "".join(f"# {line}\n" for line in (_KUSTOMIZATION + _REPLICAS).splitlines())
_CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: notes, namespace: production}\ndata:\n"
_DOUBLED = {
    "l0x/kustomization.yaml": "resources: [c.yaml]\n",
    "l0x/c.yaml": _CONFIG + "  a: b\n",
    "l0y/kustomization.yaml": "resources: [../l0x]\nnamePrefix: y-\n",
} | {
    f"l{level}{name}/kustomization.yaml": (
        f"resources: [../l{level - 1}x, ../l{level - 1}y]\nnamePrefix: {name}{level}-\n"
    )
    for level in range(1, 28)
    for name in "xy"
}

_HOSTILE = (
    Hostile(Family.STUB, "no fields", _overlay(_HEAD)),
    Hostile(Family.STUB, "lists of nothing", _overlay("resources: []\npatches: []\nimages: []\n")),
    Hostile(Family.STUB, "the base as it is", _overlay("resources: [../../base]\n")),
    Hostile(
        Family.STUB,
        "a patch of nothing",
        _overlay(
            "resources: [../../base]\npatches: [{path: nothing.yaml}]\n",
            nothing="apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: shop}\n",
        ),
    ),
    Hostile(
        Family.SWITCHED_OFF,
        "scaled to nothing",
        _overlay(
            changed(
                _KUSTOMIZATION, ("configMapGenerator", "replicas: [{name: shop, count: 0}]\nx")
            ).partition("\nx")[0]
            + "\n",
            replicas=_REPLICAS,
        ),
    ),
    Hostile(
        Family.SWITCHED_OFF,
        "deleted by a patch",
        _overlay(
            "namespace: production\nresources: [../../base]\npatches:\n"
            "  - {target: {kind: Deployment}, patch: '{$patch: delete, apiVersion: apps/v1, "
            "kind: Deployment, metadata: {name: shop}}'}\n"
        ),
    ),
    Hostile(
        Family.SWITCHED_OFF,
        "patches whose target is nobody",
        _overlay(
            "resources: [../../base]\npatches:\n"
            "  - {target: {kind: Deployment, name: nobody}, path: replicas.yaml}\n",
            replicas=_REPLICAS,
        ),
    ),
    Hostile(
        Family.SWITCHED_OFF,
        "only for local tools",
        _overlay(
            "resources: [whole.yaml]\n",
            whole=changed(
                _WHOLE,
                (
                    "namespace: production\nspec",
                    "namespace: production\n  annotations:\n"
                    '    config.kubernetes.io/local-config: "true"\nspec',
                ),
            ),
        ),
    ),
    Hostile(
        Family.HIDDEN,
        "in comments of the base as it is",
        _overlay(_COMMENTED + "resources: [../../base]\n"),
    ),
    Hostile(
        Family.HIDDEN,
        "in the data of a ConfigMap",
        _overlay(
            "resources: [notes.yaml]\n",
            notes=_CONFIG
            + "  all.yaml: |\n"
            + "".join(f"    {line}\n" for line in _WHOLE.splitlines()),
        ),
    ),
    Hostile(
        Family.HIDDEN,
        "in files that nothing refers to",
        _overlay("resources: [../../base]\n", replicas=_REPLICAS, whole=_WHOLE),
    ),
    Hostile(
        Family.HIDDEN,
        "as a literal of a generator",
        _overlay(
            "resources: [../../base]\nconfigMapGenerator:\n  - name: all\n    literals:\n"
            '      - "replicas=4, image=ghcr.io/acme/shop:1.4.2, memory=512Mi"\n'
        ),
    ),
    Hostile(
        Family.ELSEWHERE,
        "a base that somebody else publishes",
        _overlay(
            "namespace: production\n"
            "resources: ['https://github.com/acme/shop//overlays/production?ref=v1.4.2']\n"
        ),
    ),
    Hostile(
        Family.ELSEWHERE,
        "a chart that would be inflated",
        _overlay(
            "namespace: production\nhelmCharts:\n"
            "  - {name: shop, repo: 'https://charts.acme.example', version: 1.4.2}\n"
        ),
    ),
    Hostile(
        Family.ELSEWHERE,
        "a generator that somebody has installed",
        _overlay(
            "generators: [shop.yaml]\n",
            shop="apiVersion: acme.example/v1\nkind: Shop\nmetadata: {name: shop, annotations: "
            "{config.kubernetes.io/function: 'container: {image: acme/shop:1.4.2}'}}\n",
        ),
    ),
    Hostile(
        Family.ELSEWHERE,
        "resources of a kind of its own",
        _overlay(
            "namespace: production\nresources: [kind.yaml, shop.yaml]\n",
            kind="apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n"
            "metadata: {name: shops.acme.example}\nspec:\n  group: acme.example\n"
            "  scope: Namespaced\n  names: {kind: Shop, plural: shops}\n  versions:\n"
            "    - name: v1\n      served: true\n      storage: true\n      schema:\n"
            "        openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}\n",
            shop=changed(
                _WHOLE,
                (
                    "apiVersion: apps/v1\nkind: Deployment",
                    "apiVersion: acme.example/v1\nkind: Shop",
                ),
            ),
        ),
    ),
    Hostile(
        Family.WORDS,
        "labels and annotations",
        _overlay(
            "resources: [../../base]\nlabels:\n"
            "  - pairs: {environment: production, replicas: '4', image: shop-1.4.2}\n"
            "commonAnnotations: {memory: 512Mi, image: 'ghcr.io/acme/shop:1.4.2'}\n"
        ),
    ),
    Hostile(
        Family.LETTER,
        "a namespace's name as a suffix",
        _overlay(
            "nameSuffix: -production\nresources: [../../base]\n"
            "images: [{name: shop, newTag: 1.4.2}]\nreplicas: [{name: shop, count: 3}]\n"
        ),
    ),
    Hostile(
        Family.LETTER,
        "numbers as text",
        _overlay(
            "namespace: production\nresources: [../../base]\npatches:\n"
            "  - target: {kind: Deployment}\n    patch: |\n"
            "      - {op: replace, path: /spec/replicas, value: '4'}\n"
        ),
    ),
    Hostile(
        Family.CONTRADICTION,
        "right, then patched back",
        _overlay(
            changed(
                _KUSTOMIZATION,
                ("  - path: replicas.yaml\n", "  - path: replicas.yaml\n  - path: back.yaml\n"),
                ("MODE=production", "MODE=test"),
                ("newTag: 1.4.2", "newTag: 0.0.1"),
            ),
            replicas=_REPLICAS,
            back=changed(_REPLICAS, ("replicas: 4", "replicas: 0"), ("512Mi", "16Mi")),
        ),
    ),
    Hostile(
        Family.CONTRADICTION,
        "a wrong file first, the right one under the same path",
        _overlay(_HEAD + "resources: [../../base]\n")
        + "\nOr rather:\n\n"
        + _overlay(_KUSTOMIZATION, replicas=_REPLICAS),
    ),
    Hostile(
        Family.CONTRADICTION,
        "two overlays, the first one a stub",
        _answer(
            {
                "overlays/a/kustomization.yaml": "resources: [../../base]\n",
                f"{_PLACE}/kustomization.yaml": "resources: [../../base]\n",
                f"{_PLACE}/replicas.yaml": _REPLICAS,
            }
        ),
    ),
    Hostile(
        Family.PRAGMA,
        "whoever looks is told to stay away",
        _overlay(
            "# yaml-language-server: $schema=https://a.example/any.json\n# kubeconform:ignore\n"
            "resources: [whole.yaml]\n",
            whole=changed(_WHOLE, ("spec:\n  replicas", "specs:\n  replicas")),
        ),
    ),
    Hostile(
        Family.DUPLICATE,
        "a field twice",
        _overlay(_KUSTOMIZATION + "namespace: test\n", replicas=_REPLICAS),
    ),
    Hostile(
        Family.DUPLICATE,
        "replicas twice",
        _overlay(
            _KUSTOMIZATION, replicas=changed(_REPLICAS, ("  template", "  replicas: 0\n  template"))
        ),
    ),
    Hostile(
        Family.UNKNOWN_KIND,
        "kinds that nobody knows",
        _overlay(
            "resources: [shop.yaml]\n", shop=changed(_WHOLE, ("kind: Deployment", "kind: Shop"))
        ),
    ),
    Hostile(
        Family.UNKNOWN_KIND,
        "fields that kustomize does not know",
        _overlay(changed(_KUSTOMIZATION, ("patches:", "overrides:")), replicas=_REPLICAS),
    ),
    Hostile(
        Family.LOOKALIKE,
        "a Cyrillic letter in the kind",
        _overlay(
            "resources: [shop.yaml]\n",
            shop=changed(_WHOLE, ("kind: Deployment", "kind: D\u0435ployment")),
        ),
    ),
    Hostile(
        Family.LOOKALIKE,
        "an invisible character in the namespace",
        _overlay('resources: [../../base]\nnamespace: "pro\u200bduction"\n'),
    ),
    Hostile(Family.NULL, "null", _overlay("~\n")),
    Hostile(
        Family.NULL,
        "fields of null",
        _overlay("resources: ~\npatches: ~\nimages: ~\nnamespace: ~\n"),
    ),
    Hostile(
        Family.NULL,
        "no containers",
        _overlay(
            "namespace: production\nresources: [../../base]\npatches:\n"
            "  - target: {kind: Deployment}\n    patch: |\n"
            "      - {op: replace, path: /spec/template/spec/containers, value: []}\n"
        ),
    ),
    Hostile(Family.BULK, "what doubles at each level", _answer(_DOUBLED), slow=True),
    Hostile(Family.MERGE, "aliases without end", _overlay(aliases("a") + _KUSTOMIZATION)),
    Hostile(
        Family.MERGE,
        "the answer under an anchor that nobody uses",
        _overlay(
            "resources: [notes.yaml]\n",
            notes=_CONFIG
            + "  a: b\nx-shop: &shop\n"
            + "".join(f"  {line}\n" for line in _WHOLE.splitlines()),
        ),
    ),
    Hostile(
        Family.EXTRA,
        "built already, beside the kustomization",
        _overlay("resources: [../../base]\n", built=_WHOLE, output=_WHOLE),
    ),
    Hostile(
        Family.EXTRA,
        "a second kustomization of the same folder",
        _answer(
            {
                f"{_PLACE}/kustomization.yaml": "resources: [../../base]\n",
                f"{_PLACE}/Kustomization": _KUSTOMIZATION,
                f"{_PLACE}/replicas.yaml": _REPLICAS,
            }
        ),
    ),
    Hostile(
        Family.UNREACHABLE,
        "a component that no overlay has",
        _answer(
            {
                f"{_PLACE}/kustomization.yaml": "resources: [../../base]\n",
                "components/all/kustomization.yaml": "kind: Component\n"
                + changed(_KUSTOMIZATION, (_HEAD, ""), ("resources:\n  - ../../base\n", "")),
                "components/all/replicas.yaml": _REPLICAS,
            }
        ),
    ),
    Hostile(
        Family.FOREIGN,
        "manifests without a kustomization",
        fence(changed(_WHOLE, ("namespace: production", "namespace: test")), "yaml"),
    ),
    Hostile(
        Family.FOREIGN,
        "a compose file",
        _overlay(
            "services:\n  shop:\n    image: ghcr.io/acme/shop:1.4.2\n    deploy: {replicas: 4}\n"
        ),
    ),
    Hostile(
        Family.TRAILING,
        "a sentence",
        _overlay(_KUSTOMIZATION + "That is the whole of it.\n", replicas=_REPLICAS),
    ),
    Hostile(
        Family.TRAILING, "an open brace", _overlay(_KUSTOMIZATION + "more: {\n", replicas=_REPLICAS)
    ),
    Hostile(
        Family.CLAIM,
        "what kubectl would have said",
        "```text\ndeployment.apps/shop configured\nservice/shop unchanged\n```\n"
        + _overlay("resources: [../../base]\nnamePrefix: ''\n"),
    ),
)

SCENES = (
    usual(
        Scene(
            "an overlay",
            Task(
                category="kustomize",
                format="kustomize",
                instruction=(
                    "Write the overlay `overlays/production` on the base below: in the namespace "
                    "production, 4 replicas of the image's tag 1.4.2, a limit of 512 MiB of memory "
                    "for the container, and a ConfigMap `settings` with MODE=production."
                ),
                input=_INPUT,
                checks=_CHECKS,
            ),
            (_overlay(_KUSTOMIZATION, replicas=_REPLICAS), _answer(_TWIN)),
            _HOSTILE,
        ),
        "yaml",
        _STUB,
    ),
)
