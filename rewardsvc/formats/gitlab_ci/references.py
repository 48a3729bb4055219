"""What a GitLab pipeline refers to and does not define, and what GitLab refuses to mix."""

from collections.abc import Iterator, Mapping
from typing import Any

from rewardsvc.formats.gitlab_ci.jobs import (
    WORK,
    Reference,
    bases_of,
    inherited,
    jobs_of,
    names_of_bases,
    texts,
)
from rewardsvc.types import Diagnostic, JsonValue
from rewardsvc.verification.pipelines.values import cycle
from rewardsvc.verification.yaml_files import YamlFile

_DEFAULT_STAGES = ("build", "test", "deploy")


def references(source: YamlFile) -> Iterator[Diagnostic]:
    """What the pipeline refers to and does not define; GitLab refuses these."""
    pipeline = source.value
    jobs = jobs_of(pipeline)
    included = bool(pipeline.get("include"))  # what is missing here may come from there
    declared = pipeline.get("stages")
    stages = [stage for stage in declared or _DEFAULT_STAGES if isinstance(stage, str)]
    order = {".pre": -1, **{stage: place for place, stage in enumerate(stages)}, ".post": 10**6}
    stage_of = {name: inherited(job, jobs, "stage", "test") for name, job in jobs.items()}
    for name, job in jobs.items():
        for base in texts(job.get("extends")):
            if base not in jobs and not included:
                yield source.problem(
                    "extends", f"{name} extends {base!r}, which is not there", (name, "extends")
                )
        if _extends_itself(name, jobs):
            yield source.problem("extends", f"{name} extends itself", (name, "extends"))
        if name.startswith("."):
            continue
        stage = stage_of[name]
        if isinstance(stage, str) and stage not in order and not included:
            yield source.problem(
                "stage", f"{name} is in the stage {stage!r}, which is not declared", (name, "stage")
            )
        bases = bases_of(job, jobs)
        if not included and not any(one.get(key) for one in (job, *bases) for key in WORK):
            yield source.problem("no-script", f"{name} has neither script nor trigger", (name,))
        for other, key in _needed(job):
            if other not in jobs or other.startswith("."):
                if not included:
                    yield source.problem(
                        key, f"{name} needs the job {other!r}, which is not there", (name, key)
                    )
            elif _later(order, stage_of[other], stage):
                yield source.problem(
                    key, f"{name} needs {other!r}, which is in a later stage", (name, key)
                )
        yield from _mixed(source, name, (job, *bases))
    waiting = {
        name: [other for other, key in _needed(job) if key == "needs"] for name, job in jobs.items()
    }
    if circle := cycle(waiting):
        yield source.problem(
            "needs", f"jobs need each other: {' → '.join(circle[:20])}", (circle[0], "needs")
        )
    if not included:
        for path in _reference_tags(pipeline):
            if not _leads_somewhere(pipeline, path):
                yield source.problem(
                    "reference", f"!reference [{', '.join(map(str, path))}] leads nowhere"
                )


def _mixed(
    source: YamlFile, name: str, configured: tuple[Mapping[str, Any], ...]
) -> Iterator[Diagnostic]:
    """Keys that a job, with what it extends, cannot have together (docs.gitlab.com/ci/yaml)."""

    def has(key: str) -> bool:
        return any(one.get(key) is not None for one in configured)

    for key in ("only", "except"):
        if has(key) and has("rules"):
            yield source.problem(
                "rules", f"{name}: {key!r} may not be used together with 'rules'", (name, key)
            )
    for key in ("script", "before_script", "after_script"):
        if has(key) and has("trigger"):
            yield source.problem(
                "trigger", f"{name}: a job with 'trigger' cannot have {key!r}", (name, "trigger")
            )


def _extends_itself(name: str, jobs: Mapping[str, Mapping[str, Any]]) -> bool:
    return name in names_of_bases(jobs[name], jobs)


def _needed(job: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The jobs of this pipeline that a job waits for or takes artifacts from."""
    needs = job.get("needs")
    if isinstance(needs, list) and not isinstance(needs, Reference):
        for need in needs:
            if isinstance(need, str):
                yield need, "needs"
            elif (
                isinstance(need, dict)
                and isinstance(need.get("job"), str)
                and not need.get("optional")
                and not ({"project", "pipeline"} & need.keys())
            ):
                yield need["job"], "needs"
    for name in texts(job.get("dependencies")):
        yield name, "dependencies"


def _later(order: Mapping[str, int], needed: JsonValue, by: JsonValue) -> bool:
    if not isinstance(needed, str) or not isinstance(by, str):
        return False
    return needed in order and by in order and order[needed] > order[by]


def _reference_tags(value: JsonValue) -> Iterator[list[Any]]:
    if isinstance(value, Reference):
        yield list(value)
    elif isinstance(value, list):
        for inner in value:
            yield from _reference_tags(inner)
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _reference_tags(inner)


def _leads_somewhere(value: JsonValue, path: list[Any]) -> bool:
    for part in path:
        if not isinstance(value, dict) or part not in value:
            return False
        value = value[part]
    return bool(path)
