"""A GitLab pipeline's jobs and what they inherit; ``!reference`` as a value."""

from collections.abc import Iterator, Mapping
from typing import Any

from rewardsvc.types import JsonValue
from rewardsvc.verification.yaml_files import placed

_NOT_JOBS = frozenset(
    {"default", "include", "stages", "variables", "workflow", "spec", "image", "services"}
    | {"cache", "before_script", "after_script", "types", "$schema"}
)
MAX_BASES = 100
"""Jobs that one job extends, all the way up; GitLab itself follows 11 levels."""

OTHER_WORK = ("trigger", "run", "release", "pages")
WORK = ("script", *OTHER_WORK)
"""What a job does; ``extends`` may bring it."""


class Reference(list[Any]):
    """What ``!reference [job, key]`` becomes: a list, as the schema wants it, that we can tell."""


def reference(value: JsonValue) -> JsonValue:
    """The tag ``!reference`` before a list."""
    return Reference(value) if isinstance(value, list) else value


def jobs_of(pipeline: JsonValue) -> dict[str, Mapping[str, Any]]:
    """The jobs by name, hidden ones (templates) included."""
    if not isinstance(pipeline, dict):
        return {}
    return {
        name: job
        for name, job in pipeline.items()
        if name not in _NOT_JOBS and isinstance(job, dict)
    }


def bases_of(
    job: Mapping[str, Any], jobs: Mapping[str, Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    """The jobs that a job extends, all the way up; circles end."""
    return [jobs[name] for name in names_of_bases(job, jobs)] if "extends" in job else []


def names_of_bases(job: Mapping[str, Any], jobs: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Their names, each once, the nearest first."""
    wanted = extended(job)
    seen: set[str] = set()
    for _ in range(MAX_BASES):
        if not wanted:
            return
        name = wanted.pop()
        if name in jobs and name not in seen:
            seen.add(name)
            yield name
            wanted += extended(jobs[name])


def extended(job: Mapping[str, Any]) -> list[str]:
    """What a job extends itself, of a long list what counts most: the last ones."""
    value = job.get("extends")
    if isinstance(value, list) and not isinstance(value, Reference):
        value = value[-MAX_BASES:]
    return texts(value)


def inherited(
    job: Mapping[str, Any], jobs: Mapping[str, Mapping[str, Any]], key: str, default: str
) -> JsonValue:
    """The value of a key in a job, or in the nearest job that it extends."""
    if key in job:
        return job[key]
    return next((base[key] for base in bases_of(job, jobs) if key in base), default)


def texts(value: JsonValue) -> list[str]:
    """A name or a list of names as a list; nothing where it comes from a reference."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, list) and not isinstance(value, Reference):
        return [name for name in value if isinstance(name, str)]
    return []


def placed_texts(value: JsonValue) -> list[tuple[tuple[str | int, ...], str]]:
    """As :func:`texts`, each with the way to it."""
    if isinstance(value, Reference | dict):
        return []
    return [(path, name) for path, name in placed(value) if isinstance(name, str)]


MAX_NESTED = 10
"""Levels of lists in a script that GitLab flattens."""


def flat(script: JsonValue, depth: int = 0) -> Iterator[str]:
    """The lines of a script, which may be lists in lists; without what references bring."""
    if isinstance(script, str):
        yield script
    elif isinstance(script, list) and not isinstance(script, Reference) and depth < MAX_NESTED:
        for line in script:
            yield from flat(line, depth + 1)
