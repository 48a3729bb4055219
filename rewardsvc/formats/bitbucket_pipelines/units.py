"""The pipelines, steps and deployments of a Bitbucket configuration, with where they stand."""

from collections.abc import Iterator, Mapping

from rewardsvc.types import JsonValue
from rewardsvc.verification.pipelines.values import listing, mapping

_GROUPS = ("branches", "tags", "bookmarks", "pull-requests", "custom")

Path = tuple[str | int, ...]


def pipelines_of(root: JsonValue) -> Iterator[tuple[JsonValue, Path]]:
    """Each pipeline's items and where they stand."""
    pipelines = mapping(mapping(root).get("pipelines"))
    if "default" in pipelines:
        yield pipelines["default"], ("pipelines", "default")
    for group in _GROUPS:
        for name, items in mapping(pipelines.get(group)).items():
            yield items, ("pipelines", group, name)


def steps_of(items: JsonValue, path: Path) -> Iterator[tuple[Mapping[str, JsonValue], Path]]:
    """The steps of a pipeline, those in stages and parallel groups included."""
    for index, item in enumerate(listing(items)):
        for kind, value in mapping(item).items():
            here = (*path, index, kind)
            if kind == "step" and isinstance(value, dict):
                yield value, here
            elif kind == "parallel":
                inner = mapping(value).get("steps") if isinstance(value, dict) else value
                below: Path = (*here, "steps") if isinstance(value, dict) else here
                yield from steps_of(inner, below)
            elif kind == "stage":
                yield from steps_of(mapping(value).get("steps"), (*here, "steps"))


def deployments_of(items: JsonValue, path: Path) -> Iterator[tuple[str, Path]]:
    """The environments that are deployed to, and where."""
    holders: list[tuple[Mapping[str, JsonValue], Path]] = list(steps_of(items, path))
    for index, item in enumerate(listing(items)):
        stage = mapping(item).get("stage")
        if isinstance(stage, dict):
            holders.append((stage, (*path, index, "stage")))
    for holder, where in holders:
        environment = holder.get("deployment")
        if isinstance(environment, str):
            yield environment, (*where, "deployment")
