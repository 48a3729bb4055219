"""Helm charts: what the tests of all formats try on them."""

from collections.abc import Callable, Mapping

from tests.rewardsvc.formats.cases.kubernetes import ANSWER as KUBERNETES_ANSWER
from tests.rewardsvc.formats.cases.kubernetes import CASES as KUBERNETES
from tests.rewardsvc.formats.format_cases import FormatCases, Words
from tests.rewardsvc.formats.growth import TEXTS, YAML, Growth, around, many

_ANSWER = {
    "Chart.yaml": "apiVersion: v2\nname: web\nversion: 0.1.0\n",
    "values.yaml": "replicas: 3\n",
    "templates/all.yaml": KUBERNETES_ANSWER.replace(
        "replicas: 3", "replicas: {{ .Values.replicas }}"
    ),
}

_CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n"

TEMPLATES: Mapping[str, Callable[[int], str]] = {
    "actions": many("a{i}: {{ .Values.a }}\n"),
    "actions of one line": around("a: ", "{{ .a }}"),
    "open actions": around("a: ", "{{ "),
    "open actions and quotes": around("", '{{ "\n'),
    "open actions and back-ticks": around("", "{{ ` "),
    "comments in actions": many("{{/* {i} */}}\n"),
    "open comments in actions": around("", "{{/* \n"),
    "comments and quotes": around("", '{{- /* " \n'),
    "blank in actions": around("{{-", " ", "/* a */}}"),
    "blocks of text": many("a{i}: |\n  {{ .a }}\n"),
    "a block of text": around("a: |\n", many("  {{/* {i} */}} a\n")),
    "heads of blocks": around("", "- | "),
    "items in items": around("", "- "),
    "items": many("- {i}\n"),
    "keys without a value": many("a{i}:\n"),
    "colons": around("a", ":"),
    "separators": around("", "---\n"),
    "sources": many("# Source: web/templates/a{i}.yaml\n"),
    "resources of hooks": many(
        "---\napiVersion: v1\nkind: ConfigMap\n"
        "metadata: {name: a{i}, annotations: {helm.sh/hook: test}}\ndata: {a: b}\n"
    ),
    "resources with an unknown key": many(
        "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a{i}}\nunknown: {a: b}\n"
    ),
    "a key that is wrong many times": around(
        "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec:\n  ports:\n",
        many("  - {port: a}\n"),
    ),
    "declarations": around(_CONFIG_MAP + "  a: b\n", many("# external: Secret/s{i}\n")),
}

_DEPENDENCIES: Mapping[str, Callable[[int], str]] = {
    "dependencies": around(
        "apiVersion: v2\nname: web\nversion: 0.1.0\ndependencies:\n",
        many("  - {name: a{i}, version: 1.0.0, repository: 'https://a.example'}\n"),
    ),
    "conditions": around(
        "apiVersion: v2\nname: web\nversion: 0.1.0\ndependencies:\n"
        "  - {name: a, repository: 'https://a.example', condition: '",
        "a.b,",
        "c'}\n",
    ),
    "a deep condition": around(
        "apiVersion: v2\nname: web\nversion: 0.1.0\ndependencies:\n"
        "  - {name: a, repository: 'https://a.example', condition: '",
        "a.",
        "c'}\n",
    ),
}


def _chart(grow: Callable[[int], str]) -> Growth:
    metadata = "```yaml path=Chart.yaml\napiVersion: v2\nname: web\nversion: 0.1.0\n```\n"
    return lambda size: f"{metadata}```yaml path=templates/a.yaml\n{grow(size)}\n```\n"


_COMPLETIONS = {
    f"templates: {name}": _chart(grow)
    for table in (TEXTS, YAML, KUBERNETES.growing, TEMPLATES)
    for name, grow in table.items()
}

_WORDS: Words = [
    ("chart_has", [
        ({"path": "version", "value": "0.1.0"}, True),
        ({"path": "version", "value": "0.1"}, False),
    ]),
    ("default_is", [
        ({"path": "replicas", "value": 3}, True),
        ({"path": "replicas", "value": 9}, False),
    ]),
    ("rendered_has", [
        ({"values": "large", "kind": "Deployment", "name": "web", "path": "spec.replicas",
          "value": 9}, True),
        ({"values": "large", "kind": "Deployment", "name": "", "path": "spec.replicas",
          "value": 3}, False),
        ({"values": "small", "kind": "Deployment", "name": "", "path": "spec.replicas",
          "value": 9}, False),
    ]),
]  # fmt: skip

CASES = FormatCases(
    growing=_DEPENDENCIES,
    completions=_COMPLETIONS,
    telling=(
        "conditions",
        "dependencies",
        "templates: a block of text",
        "templates: a key that is wrong many times",
        "templates: comments and quotes",
        "templates: items in items",
        "templates: open actions and quotes",
        "templates: open comments in actions",
        "templates: resources with an unknown key",
    ),
    answer=_ANSWER,
    given="```yaml path=ci/large-values.yaml\nreplicas: 9\n```\n",
    words=[*KUBERNETES.words, *_WORDS],
)
