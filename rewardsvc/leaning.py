"""What an answer leans on, read from its text: the means that a server must have for it. Pure.

``datagen`` writes it of the answers that it accepts, and ``rl`` fills it in where rows do not say.
Only what is looked up on the machine counts: Terraform providers, with the versions that are asked
for, and modules; kinds of custom resources; the Python libraries that are looked into.
"""

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from rewardsvc.artifact import Artifact
from rewardsvc.extract import extract
from rewardsvc.types import Means, Task, Verdict
from rewardsvc.verifiers import VERIFIERS
from rewardsvc.verifiers.kubernetes.manifests import manifests_of
from rewardsvc.verifiers.kubernetes.substance import defined_kinds
from rewardsvc.verifiers.kubernetes.well_known import GROUPS, KINDS
from rewardsvc.verifiers.python.libraries import CARRIED, ELSEWHERE, own_modules
from rewardsvc.verifiers.yaml_files import parse_files
from sandbox.hcl.addresses import BUILTIN, REGISTRIES
from sandbox.hcl.constraints import satisfies
from sandbox.hcl.survey import outlines, required_versions, root_folders, survey


def leaned_on(task: Task, completion: str) -> Means:
    """The means of an answer; none of one without a file, that does not parse, or leans on nothing.

    Of a format that nobody knows there are none.
    """
    verifier = VERIFIERS.get(task.format)
    read = _READERS.get(task.format)
    if verifier is None or read is None:
        return Means()
    artifact = extract(completion, task, verifier).artifact
    return read(artifact) if artifact is not None else Means()


def with_versions(means: Means, verdict: Verdict) -> Means:
    """The means with the versions of providers that judged an answer, where the verdict says so."""
    words = {
        found.message
        for stage in verdict.stages
        for found in stage.diagnostics
        if found.code == "toolchain"
    }
    used = {match[1]: match[2] for word in words if (match := _USED.fullmatch(word))}
    providers = {
        name: (used[_in_words(name)],) if _in_words(name) in used else versions
        for name, versions in means.providers.items()
    }
    return replace(means, providers=providers)


_USED = re.compile(r"([^\s/]+(?:/[^\s/]+)+) (\d\S*)")
"""How a verdict names a provider: ``hashicorp/aws 5.100.0``."""

_CUSTOM = re.compile(r"([a-z0-9.-]+)/v[a-z0-9]+")


def _terraform(artifact: Artifact) -> Means:
    files = {file.path: file.text.encode() for file in artifact.files}
    sources = outlines(files)
    needs = survey(sources, root_folders(files, sources)[0])
    asked = required_versions(sources)
    return Means(
        providers={
            _short(source): tuple(
                dict.fromkeys(each for each in asked.get(source, ()) if _readable(each))
            )
            for source in sorted(needs.providers)
            if source != BUILTIN
        },
        modules=tuple(dict.fromkeys(module.source for module in needs.remote)),
    )


def _kubernetes(artifact: Artifact) -> Means:
    files = parse_files(artifact, VERIFIERS["kubernetes"].languages)
    manifests = [one for source in files.sources for one in manifests_of(source)]
    own = defined_kinds(manifests)
    kinds = {
        f"{one.api_version}/{one.kind}"
        for one in manifests
        if one.kind and _is_custom(one.api_version) and (one.group, one.kind) not in own
    }
    return Means(crds=tuple(sorted(kinds)))


def _python(artifact: Artifact) -> Means:
    modules = [file for file in artifact.files if file.path.endswith(".py")]
    own = own_modules([file.path for file in artifact.files])
    imported = {name for file in modules for name in _imports(file.text)}
    elsewhere = {
        other
        for other in ELSEWHERE
        if any(name == other or name.startswith(f"{other}.") for name in imported)
    }
    roots = {name.partition(".")[0] for name in imported} & CARRIED
    return Means(libraries=tuple(sorted((roots - own) | elsewhere)))


_READERS: Mapping[str, Callable[[Artifact], Means]] = {
    "terraform": _terraform,
    "kubernetes": _kubernetes,
    "python": _python,
}
"""By format; an answer in any other one leans on nothing that is looked up."""


def _imports(text: str) -> Iterator[str]:
    """The modules and names that a file imports."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return  # nor will the verifier get further
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _is_custom(api_version: str) -> bool:
    """Whether kinds of an API version are custom resources, known ones or of somebody's own."""
    match = _CUSTOM.fullmatch(api_version)
    if match is None:
        return False
    group = match[1]
    return group in KINDS or group in GROUPS or ("." in group and not group.endswith(".k8s.io"))


def _short(source: str) -> str:
    """A provider as people name it: ``aws``, ``integrations/github``, or its whole address."""
    host, _, name = source.partition("/")
    return name.removeprefix("hashicorp/") if host in REGISTRIES else source


def _in_words(name: str) -> str:
    """A provider as a verdict names it."""
    return name if "/" in name else f"hashicorp/{name}"


def _readable(constraint: str) -> bool:
    return satisfies("0", constraint) is not None
