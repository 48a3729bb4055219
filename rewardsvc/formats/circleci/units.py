"""The workflows, jobs and steps of a CircleCI configuration, with where they stand."""

import re
from collections.abc import Iterator, Mapping

from rewardsvc.types import JsonValue
from rewardsvc.verification.pipelines.values import listing, mapping

BUILT_IN = frozenset(
    {"add_ssh_keys", "attach_workspace", "checkout", "deploy", "persist_to_workspace"}
    | {"restore_cache", "run", "save_cache", "setup_remote_docker", "store_artifacts"}
    | {"steps", "store_test_results", "unless", "when"}
)
EXPRESSION = re.compile(r"<<.{0,200}?>>", re.DOTALL)
Path = tuple[str | int, ...]


def workflows_of(root: Mapping[str, JsonValue]) -> dict[str, Mapping[str, JsonValue]]:
    """The workflows by name."""
    return {
        name: flow
        for name, flow in mapping(root.get("workflows")).items()
        if isinstance(flow, dict)
    }


def invoked_in(
    flow: Mapping[str, JsonValue],
) -> Iterator[tuple[str, Mapping[str, JsonValue], int]]:
    """The jobs of a workflow: name of the job, what is said of it, its place in the list."""
    for index, entry in enumerate(listing(flow.get("jobs"))):
        if isinstance(entry, str):
            yield entry, {}, index
        else:
            for name, said in mapping(entry).items():
                yield name, mapping(said), index


def steps_of(value: JsonValue, path: Path) -> Iterator[tuple[str, JsonValue, Path]]:
    """Kind, arguments and place of each step, those within ``when`` and ``unless`` included."""
    waiting = [(listing(value), (*path, "steps"))]
    while waiting:
        steps, place = waiting.pop()
        for index, step in enumerate(steps):
            if isinstance(step, str):
                yield step, None, (*place, index)
            for kind, said in mapping(step).items():
                yield kind, said, (*place, index, kind)
                if kind == "steps" and isinstance(said, list):
                    waiting.append((said, (*place, index, kind)))
                if kind in {"when", "unless"}:
                    waiting.append(
                        (listing(mapping(said).get("steps")), (*place, index, kind, "steps"))
                    )
