"""Kustomize overlays: what the tests of all formats try on them."""

from collections.abc import Callable, Mapping

from tests.rewardsvc.formats.cases.helm import TEMPLATES
from tests.rewardsvc.formats.cases.kubernetes import ANSWER as KUBERNETES_ANSWER
from tests.rewardsvc.formats.cases.kubernetes import CASES as KUBERNETES
from tests.rewardsvc.formats.format_cases import FormatCases, Words
from tests.rewardsvc.formats.growth import YAML, Growth, around, many

_ANSWER = {
    "kustomization.yaml": "resources: [all.yaml]\nreplicas: [{name: web, count: 3}]\n",
    "all.yaml": KUBERNETES_ANSWER.replace("replicas: 3", "replicas: 1"),
}

_KUSTOMIZATIONS: Mapping[str, Callable[[int], str]] = {
    "resources": around("resources:\n", many("  - a{i}.yaml\n")),
    "resources that would be fetched": around("resources:\n", many("  - https://a.example/{i}\n")),
    "folders": around("resources:\n", many("  - ../a{i}\n")),
    "the folder itself": around("resources:\n", many("  - .\n")),
    "a long way up": around("resources: ['", "../", "']\n"),
    "a long way down": around("resources: ['", "a/", "']\n"),
    "a long host": around("resources: ['", "a.", "@b']\n"),
    "a long query": around("resources: ['", "a?", "ref=1']\n"),
    "a long scheme": around("resources: ['", "a+", "://b']\n"),
    "charts": around("helmCharts:\n", many("  - {name: a{i}, repo: 'https://a.example'}\n")),
    "generators": around("configMapGenerator:\n", many("  - {name: a{i}, literals: [a=b]}\n")),
}

_BUILT: Mapping[str, Callable[[int], str]] = {
    "resources with an unknown key": TEMPLATES["resources with an unknown key"],
    "resources of one kind": many(
        "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a{i}}\ndata: {a: b}\n"
    ),
    "resources of one name": many(
        "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: b}\n"
    ),
    "lists": many("---\napiVersion: v1\nkind: List\nitems: [{kind: A}, {kind: B}]\n"),
}


def _kustomized(grow: Callable[[int], str]) -> Growth:
    top = "```yaml path=kustomization.yaml\nresources: [a.yaml]\nnamePrefix: b-\n```\n"
    return lambda size: f"{top}```yaml path=a.yaml\n{grow(size)}\n```\n"


def _folders(size: int) -> str:
    count = min(60, max(2, size // 600))
    return "".join(
        f"```yaml path=o{i}/kustomization.yaml\nresources: [../o{i + 1}]\n"
        + "# a comment\n" * (size // count // 12)
        + "```\n"
        for i in range(count)
    )


_COMPLETIONS = {
    "folders in a row": _folders,
    **{
        f"resources: {name}": _kustomized(grow)
        for table in (YAML, KUBERNETES.growing, _BUILT)
        for name, grow in table.items()
    },
}

_WORDS: Words = [
    ("kustomization_has", [
        ({"folder": ".", "path": "replicas[0].count", "value": 3}, True),
        ({"folder": ".", "path": "replicas[0].count", "value": 1}, False),
        ({"folder": "base", "path": "replicas[0].count", "value": 3}, False),
    ]),
    ("overlay_has", [
        ({"folder": ".", "kind": "Deployment", "name": "web", "path": "spec.replicas",
          "value": 3}, True),
        ({"folder": ".", "kind": "Deployment", "name": "", "path": "spec.replicas",
          "value": 1}, False),
        ({"folder": "overlays/prod", "kind": "Deployment", "name": "", "path": "spec.replicas",
          "value": 3}, False),
    ]),
]  # fmt: skip

CASES = FormatCases(
    growing=_KUSTOMIZATIONS,
    completions=_COMPLETIONS,
    telling=(
        "a long host",
        "a long query",
        "a long scheme",
        "a long way up",
        "charts",
        "folders in a row",
        "resources that would be fetched",
        "resources: resources of one kind",
        "resources: resources of one name",
        "resources: resources with an unknown key",
    ),
    answer=_ANSWER,
    words=[*KUBERNETES.words, *_WORDS],
)
