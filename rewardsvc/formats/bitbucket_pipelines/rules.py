"""What Bitbucket asks of the steps, services and variables of a configuration."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from rewardsvc.formats.bitbucket_pipelines.config import BitbucketConfig
from rewardsvc.formats.bitbucket_pipelines.units import deployments_of, steps_of
from rewardsvc.types import Diagnostic
from rewardsvc.verification.pipelines.values import listing, mapping

_KNOWN: Mapping[str, frozenset[str]] = {
    "caches": frozenset(
        {"bundler", "composer", "docker", "dotnetcore", "gradle", "ivy2", "maven", "node", "pip"}
        | {"sbt"}
    ),
    "services": frozenset({"docker"}),
}
"""Those that are there without a definition (support.atlassian.com, "Caches", "Services")."""

_MEMORY: Mapping[str, int] = {"1x": 3072, "2x": 7168}
"""MB that the services of a step may have, by its size; 1024 are the step's own."""
_DEFAULT_MEMORY = 1024
MAX_STEPS = 100


def scripts(config: BitbucketConfig) -> Iterator[Diagnostic]:
    """A step has a script."""
    for step, path in config.steps:
        if "script" not in step and "type" not in step and "import" not in step:
            yield config.problem("script", "a step without a script", path)


def defined(key: str) -> Callable[[BitbucketConfig], Iterator[Diagnostic]]:
    """The caches or services of steps are there."""

    def find(config: BitbucketConfig) -> Iterator[Diagnostic]:
        known = _KNOWN[key] | mapping(config.definitions.get(key)).keys()
        for step, path in config.steps:
            for index, name in enumerate(listing(step.get(key))):
                if isinstance(name, str) and name not in known:
                    words = f"the {key[:-1]} {name!r} is not among the definitions"
                    yield config.problem(key, words, (*path, key, index))

    return find


def deployed_twice(config: BitbucketConfig) -> Iterator[Diagnostic]:
    """A pipeline deploys to an environment once."""
    for items, place in config.pipelines:
        environments: Counter[str] = Counter()
        for environment, path in deployments_of(items, place):
            environments[environment] += 1
            if environments[environment] == 2:
                words = f"{environment!r} is deployed to twice in one pipeline"
                yield config.problem("deployment", words, path)


def manual_beginnings(config: BitbucketConfig) -> Iterator[Diagnostic]:
    """A pipeline begins of itself."""
    for items, place in config.pipelines:
        first = next((item for item in listing(items) if "variables" not in mapping(item)), None)
        for kind in ("step", "stage"):
            if mapping(mapping(first).get(kind)).get("trigger") == "manual":
                words = f"the first {kind} of a pipeline cannot be manual"
                yield config.problem("trigger", words, place)


def manual_in_stages(config: BitbucketConfig) -> Iterator[Diagnostic]:
    """A stage is triggered as a whole."""
    for items, place in config.pipelines:
        for index, item in enumerate(listing(items)):
            stage = mapping(mapping(item).get("stage"))
            for step, path in steps_of(stage.get("steps"), (*place, index, "stage", "steps")):
                if step.get("trigger") == "manual":
                    words = "a step of a stage cannot be manual: the stage can"
                    yield config.problem("stage-trigger", words, (*path, "trigger"))
                if step.get("deployment") and stage.get("deployment"):
                    words = "the stage is a deployment, so its steps are none of their own"
                    yield config.problem("stage-deployment", words, (*path, "deployment"))


def only(
    code: str, find: Callable[[BitbucketConfig], Iterator[Diagnostic]]
) -> Callable[[BitbucketConfig], Iterator[Diagnostic]]:
    """Of what is found, that of one code."""
    return lambda config: (found for found in find(config) if found.code == code)


def environments(config: BitbucketConfig) -> Iterator[Diagnostic]:
    """A step deploys to a deployment or to an environment, which are the same."""
    for step, path in config.steps:
        if "deployment" in step and "environment" in step:
            words = "deployment and environment exclude each other"
            yield config.problem("environment", words, (*path, "environment"))


def memory_of_services(config: BitbucketConfig) -> Iterator[Diagnostic]:
    """The services of a step have room beside it."""
    declared = mapping(config.definitions.get("services"))
    size_of_all = mapping(mapping(config.source.value).get("options")).get("size", "1x")
    for step, path in config.steps:
        most = _MEMORY.get(str(step.get("size", size_of_all)))
        names = listing(step.get("services"))
        if most is None or "runs-on" in step or "runtime" in step:
            continue
        total = 0
        for name in names:
            memory = mapping(declared.get(str(name))).get("memory", _DEFAULT_MEMORY)
            total += memory if isinstance(memory, int) else 0
        if total > most:
            words = f"its services have {total} MB, and there are {most} beside the step"
            yield config.problem("memory", words, (*path, "services"))


def services(config: BitbucketConfig) -> Iterator[Diagnostic]:
    """A service has an image."""
    for name, service in mapping(config.definitions.get("services")).items():
        said: Mapping[str, Any] = mapping(service)
        path = ("definitions", "services", name)
        if name != "docker" and said.get("type") != "docker" and not said.get("image"):
            yield config.problem("service-image", f"the service {name!r} has no image", path)


def variables(config: BitbucketConfig) -> Iterator[Diagnostic]:
    """The default of a variable is one of the values that are allowed."""
    for items, place in config.pipelines:
        for index, item in enumerate(listing(items)):
            for number, variable in enumerate(listing(mapping(item).get("variables"))):
                said = mapping(variable)
                allowed = said.get("allowed-values")
                chosen = str(said.get("default"))
                if "default" in said and isinstance(allowed, list) and chosen not in allowed:
                    words = f"{chosen!r} is not among the allowed values"
                    path = (*place, index, "variables", number, "default")
                    yield config.problem("variable", words, path)


def many_steps(config: BitbucketConfig) -> Iterator[Diagnostic]:
    """A pipeline has a hundred steps at most."""
    for items, place in config.pipelines:
        count = sum(1 for _ in steps_of(items, place))
        if count > MAX_STEPS:
            words = f"{count} steps, and there may be {MAX_STEPS}"
            yield config.problem("steps", words, place)
