"""Bitbucket Pipelines: parse, Atlassian's schema, caches, services and deployments, shellcheck."""

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import partial

from rewardsvc.types import Diagnostic, JsonValue
from rewardsvc.verification.pipelines.scripts import Script
from rewardsvc.verification.pipelines.values import Silent, listing, mapping
from rewardsvc.verification.pipelines.verifier import PipelineVerifier
from rewardsvc.verification.yaml_files import YamlFile

_CACHES = frozenset(
    "bundler composer docker dotnetcore gradle ivy2 maven node pip sbt".split()  # noqa: SIM905
)
"""Those that are there without a definition (support.atlassian.com, "Caches")."""
_SERVICES = frozenset({"docker"})
_GROUPS = ("branches", "tags", "bookmarks", "pull-requests", "custom")

_Path = tuple[str | int, ...]


class BitbucketPipelinesVerifier(PipelineVerifier):
    """See :class:`rewardsvc.verification.pipelines.verifier.PipelineVerifier`."""

    format = "bitbucket-pipelines"
    languages = frozenset({"yaml", "yml", "bitbucket-pipelines", "bitbucket"})
    default_path = "bitbucket-pipelines.yml"
    schema = "bitbucket-pipelines.json"

    def vacuous(self, pipeline: JsonValue) -> str:
        """Nothing runs where no pipeline has a step with a script of more than comments."""
        found = False
        silent = Silent()
        for items, _ in _pipelines(pipeline):
            found = True
            if isinstance(items, dict) and "import" in items:
                return ""
            for step, _ in _steps(items, ()):
                if not silent.holds_of(step.get("script")):
                    return ""
        return "no step has a script that does something" if found else "there is no pipeline in it"

    def references(self, source: YamlFile) -> Iterator[Diagnostic]:
        """Caches and services that are not defined, environments that are deployed to twice."""
        definitions = mapping(mapping(source.value).get("definitions"))
        caches = _CACHES | mapping(definitions.get("caches")).keys()
        services = _SERVICES | mapping(definitions.get("services")).keys()
        for items, place in _pipelines(source.value):
            environments: Counter[str] = Counter()
            for step, path in _steps(items, place):
                if "script" not in step and "type" not in step and "import" not in step:
                    yield source.problem("script", "a step without a script", path)
                for key, known in (("caches", caches), ("services", services)):
                    for name in listing(step.get(key)):
                        if isinstance(name, str) and name not in known:
                            yield source.problem(
                                key,
                                f"the {key[:-1]} {name!r} is not among the definitions",
                                (*path, key),
                            )
            for environment, path in _deployments(items, place):
                environments[environment] += 1
                if environments[environment] == 2:
                    yield source.problem(
                        "deployment",
                        f"{environment!r} is deployed to twice in one pipeline",
                        path,
                    )
            first = next(iter(listing(items)), None)
            for kind in ("step", "stage"):
                if mapping(mapping(first).get(kind)).get("trigger") == "manual":
                    yield source.problem(
                        "trigger", f"the first {kind} of a pipeline cannot be manual", place
                    )

    def scripts(self, source: YamlFile) -> Iterator[Script]:
        """The ``script`` of each step as one, for one shell runs it; ``after-script`` as well."""
        for items, place in _pipelines(source.value):
            for step, path in _steps(items, place):
                for key in ("script", "after-script"):
                    lines = [line for line in listing(step.get(key)) if isinstance(line, str)]
                    if lines:
                        line = partial(source.line_of, (*path, key))
                        yield Script("\n".join(lines), source.file.path, line)


def _pipelines(root: JsonValue) -> Iterator[tuple[JsonValue, _Path]]:
    """Each pipeline's items and where they stand."""
    pipelines = mapping(mapping(root).get("pipelines"))
    if "default" in pipelines:
        yield pipelines["default"], ("pipelines", "default")
    for group in _GROUPS:
        for name, items in mapping(pipelines.get(group)).items():
            yield items, ("pipelines", group, name)


def _steps(items: JsonValue, path: _Path) -> Iterator[tuple[Mapping[str, JsonValue], _Path]]:
    """The steps of a pipeline, those in stages and parallel groups included."""
    for index, item in enumerate(listing(items)):
        for kind, value in mapping(item).items():
            here = (*path, index, kind)
            if kind == "step" and isinstance(value, dict):
                yield value, here
            elif kind == "parallel":
                inner = mapping(value).get("steps") if isinstance(value, dict) else value
                below: _Path = (*here, "steps") if isinstance(value, dict) else here
                yield from _steps(inner, below)
            elif kind == "stage":
                yield from _steps(mapping(value).get("steps"), (*here, "steps"))


def _deployments(items: JsonValue, path: _Path) -> Iterator[tuple[str, _Path]]:
    holders: list[tuple[Mapping[str, JsonValue], _Path]] = list(_steps(items, path))
    for index, item in enumerate(listing(items)):
        stage = mapping(item).get("stage")
        if isinstance(stage, dict):
            holders.append((stage, (*path, index, "stage")))
    for holder, where in holders:
        environment = holder.get("deployment")
        if isinstance(environment, str):
            yield environment, (*where, "deployment")
