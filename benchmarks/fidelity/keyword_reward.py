"""A keyword reward: what a completion earns where words and counted braces decide.

The kind that is published with recipes for training on infrastructure code: three parts with the
weights 0.4, 0.3 and 0.3, each decided by words that a good answer has, by the number of braces, and
by whether YAML can be loaded. It looks at the whole completion, for it has no notion of a file, and
at no check, for it has no notion of intent. It is here only to be compared with.
"""

import re
from collections.abc import Callable, Mapping

import yaml

_SYNTAX: Mapping[str, tuple[str, ...]] = {
    "terraform": (r'resource "', r'(resource|module|provider|variable) "'),
    "cloudformation": (r"Resources\"?:", r"Type\"?: \"?AWS::"),
    "kubernetes": (r"apiVersion:|\"apiVersion\"", r"kind:|\"kind\""),
    "ansible": (r"hosts:|- name:", r"tasks:|ansible\.builtin|name:"),
    "helm": (r"apiVersion:", r"\{\{"),
    "kustomize": (r"resources:|bases:",),
    "dockerfile": (r"FROM ",),
    "compose": (r"services:",),
    "github-actions": (r"\bon:", r"jobs:"),
    "gitlab-ci": (r"script:|stages:|stage:",),
    "azure-pipelines": (r"steps:|jobs:|stages:", r"trigger|pool|script|task"),
    "circleci": (r"version: ?2", r"jobs:"),
    "bitbucket-pipelines": (r"pipelines:", r"step:"),
    "jenkinsfile": (r"pipeline\s*\{|node\s*[({]",),
    "python": (r"\bimport ",),
    "bash": (r"#!.*sh|\b(echo|if|for|set)\b",),
}
"""What makes an answer look like its format; all of them, for full syntax."""

_CORRECT: Mapping[str, tuple[str, ...]] = {
    "terraform": (r"(aws|google|azurerm)_\w+", r"\w+\s*=\s*\S"),
    "cloudformation": (r"AWS::\w+::\w+", r"Properties\"?:", r"!Ref|!Sub|!GetAtt|Fn::|\"Ref\""),
    "kubernetes": (r"Deployment|Service|ConfigMap|Job|Pod|Role|Secret|Ingress", r"spec:|\"spec\""),
    "ansible": (r"hosts:", r"apt|copy|template|service|file|user|package", r"become:|state:"),
    "helm": (r"\.Values", r"Deployment|Service|ConfigMap|Job|Pod|Role|Secret|Ingress", r"version:"),
    "kustomize": (r"patches|images:|replicas:|namespace:|Generator:", r"[Kk]ustomization"),
    "dockerfile": (r"RUN |COPY ", r"CMD|ENTRYPOINT|USER|EXPOSE|WORKDIR"),
    "compose": (r"image:|build:", r"ports:|volumes:|depends_on:"),
    "github-actions": (r"steps:", r"runs-on:", r"run:|uses:"),
    "gitlab-ci": (r"script:", r"stage"),
    "azure-pipelines": (r"steps:", r"script:|bash:|task:"),
    "circleci": (r"steps:", r"run", r"workflows:"),
    "bitbucket-pipelines": (r"script:",),
    "jenkinsfile": (r"stage\s*\(", r"sh |steps|echo "),
    "python": (r"def |class ", r"\w+\("),
    "bash": (r"\$", r"\n\w+ "),
}
"""Words that "correct" answers have; their share is the credit."""

_LEAST_CHARACTERS = 50
_BRACED = frozenset({"terraform", "jenkinsfile", "python", "bash"})
_YAML = frozenset(
    {
        "ansible", "cloudformation", "kubernetes", "helm", "kustomize", "compose",
        "github-actions", "gitlab-ci", "azure-pipelines", "circleci", "bitbucket-pipelines",
    }
)  # fmt: skip


def keyword_reward(format: str, completion: str) -> float:
    """The reward in [0, 1] that such a function gives a completion of a format; of one that has no
    row here it knows no words, and looks at the form alone."""
    syntax = float(_share(_SYNTAX.get(format, ()), completion) == 1.0)
    correct = _share(_CORRECT.get(format, ()), completion)
    form = 1.0 if len(completion.strip()) > _LEAST_CHARACTERS else 0.5
    form *= _shape(format)(completion)
    return 0.4 * syntax + 0.3 * correct + 0.3 * form


def _share(patterns: tuple[str, ...], text: str) -> float:
    if not patterns:
        return 1.0
    return sum(bool(re.search(pattern, text)) for pattern in patterns) / len(patterns)


def _shape(format: str) -> Callable[[str], float]:
    if format in _BRACED:
        return _balanced
    return _loads if format in _YAML else _fenced


def _balanced(text: str) -> float:
    pairs = ("{}", "()", "[]")
    return 1.0 if all(text.count(pair[0]) == text.count(pair[1]) for pair in pairs) else 0.5


def _loads(text: str) -> float:
    """Whether what stands between the first fences can be loaded."""
    inside = text.split("```")[1].partition("\n")[2] if text.count("```") >= 2 else text
    if len(inside) > 200_000:
        return 0.5  # such functions are seldom asked for that much
    try:
        for _ in yaml.compose_all(inside, Loader=yaml.SafeLoader):
            pass
    except (yaml.YAMLError, RecursionError, ValueError):
        return 0.5
    return 1.0


def _fenced(text: str) -> float:
    return 1.0 if text.count("```") >= 2 else 0.5
