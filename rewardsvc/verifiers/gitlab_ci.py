"""GitLab CI pipelines: parse, GitLab's schema, and whether jobs and stages are there."""

import asyncio
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from rewardsvc.artifact import Artifact
from rewardsvc.types import Component, Diagnostic, JsonValue, Target
from rewardsvc.verifiers.base import Findings, Workbench
from rewardsvc.verifiers.constant import never
from rewardsvc.verifiers.ladder import skipped, syntax
from rewardsvc.verifiers.schemas import Schema, read_schema
from rewardsvc.verifiers.yaml_files import Source, check_schema, parse_files, unparsed

_SCHEMA = "gitlab-ci.json"
_LATER = (("schema", Component.SYNTAX), ("references", Component.SYNTAX))
_NOT_JOBS = frozenset(
    {
        "default", "include", "stages", "variables", "workflow", "spec", "image", "services",
        "cache", "before_script", "after_script", "types", "$schema",
    }
)  # fmt: skip
_EVERYTHING = frozenset({"/.*/", "/^.*$/", "/.+/"})
"""Names of refs that every ref has."""

_DEFAULT_STAGES = ("build", "test", "deploy")
_MAX_BASES = 100
"""Jobs that one job extends, all the way up; GitLab itself follows 11 levels."""

_WORK = ("script", "trigger", "run", "release", "pages")
"""What a job does; ``extends`` may bring it."""


class _Reference(list[Any]):
    """What ``!reference [job, key]`` becomes: a list, as the schema wants it, that we can tell."""


def _reference(value: JsonValue) -> JsonValue:
    return _Reference(value) if isinstance(value, list) else value


class GitlabCiVerifier:
    """Stages: ``parse``, ``schema``, ``references`` (syntax).

    ``documents`` is a list of the pipelines that the schema accepted, without jobs that are never
    added.
    """

    format = "gitlab-ci"
    languages = frozenset({"yaml", "yml", "gitlab-ci", "gitlab"})
    default_path = ".gitlab-ci.yml"
    many = False
    tools: tuple[str, ...] = ("ci-schemas",)
    targets = frozenset({Target.DOCUMENTS})

    def __init__(self) -> None:
        self._schemas: dict[Path, Schema] = {}

    async def verify(self, artifact: Artifact, workbench: Workbench) -> Findings:
        """Climb the ladder; see :class:`rewardsvc.verifiers.base.Verifier`."""
        tool = workbench.toolchain.require("ci-schemas")
        assert tool.path is not None  # the schemas are a folder
        if tool.path not in self._schemas:
            self._schemas[tool.path] = Schema(read_schema(tool.path / _SCHEMA))
        note = f"{_SCHEMA} of {tool.note or tool.name} {tool.version}"
        # Keeps a core busy; in a thread, so that the event loop keeps answering.
        return await asyncio.to_thread(_verify, artifact, self._schemas[tool.path], note)


def _verify(artifact: Artifact, schema: Schema, note: str) -> Findings:
    files = parse_files(artifact, GitlabCiVerifier.languages, tags={"!reference": _reference})
    if not files.parsed:
        return unparsed(files, _LATER)
    files = replace(files, sources=tuple(filter(_is_pipeline, files.sources)))
    checked, accepted = check_schema(files, schema, note)
    projections = {Target.DOCUMENTS: [_live(source.value) for source in accepted]}
    vacuous = _vacuous([source.value for source in files.sources])
    if vacuous or not accepted:
        why = vacuous or "the schema does not accept it"
        return Findings(
            (files.stage, checked, skipped("references", Component.SYNTAX, why)),
            vacuous=vacuous,
            projections=projections,
        )
    started = time.perf_counter()
    broken = [problem for source in accepted for problem in _references(source)]
    references = syntax("references", broken, time.perf_counter() - started)
    return Findings((files.stage, checked, references), projections=projections)


def _is_pipeline(source: Source) -> bool:
    """Whether it is more than a header (``spec:`` with inputs, docs.gitlab.com/ci/inputs)."""
    return not (isinstance(source.value, dict) and source.value.keys() == {"spec"})


def _jobs(pipeline: JsonValue) -> dict[str, Mapping[str, Any]]:
    """The jobs by name, hidden ones (templates) included."""
    if not isinstance(pipeline, dict):
        return {}
    return {
        name: job
        for name, job in pipeline.items()
        if name not in _NOT_JOBS and isinstance(job, dict)
    }


def _vacuous(pipelines: list[JsonValue]) -> str:
    for pipeline in pipelines:
        jobs = _jobs(pipeline)
        for name, job in jobs.items():
            if name.startswith(".") or _is_off(pipeline, job, jobs):
                continue
            if any(job.get(key) for key in _WORK):
                return ""
            if any(base.get(key) for base in _bases(job, jobs) for key in _WORK):
                return ""
        if isinstance(pipeline, dict) and pipeline.get("include"):
            return ""
    return "no job has a script or a trigger"


def _live(pipeline: JsonValue) -> JsonValue:
    """The pipeline without the jobs that are never added: what checks see must be what runs."""
    jobs = _jobs(pipeline)
    off = {
        name
        for name, job in jobs.items()
        if not name.startswith(".") and _is_off(pipeline, job, jobs)
    }
    return {key: value for key, value in pipeline.items() if key not in off} if off else pipeline


def _is_off(
    pipeline: JsonValue, job: Mapping[str, Any], jobs: Mapping[str, Mapping[str, Any]]
) -> bool:
    """Whether no run ever gets the job: ``when``, ``rules``, ``except``, the workflow's rules."""
    workflow = pipeline.get("workflow") if isinstance(pipeline, dict) else None
    if isinstance(workflow, dict) and _never_added(workflow.get("rules")):
        return True
    if _inherited(job, jobs, "when", "on_success") == "never":
        return True
    excepted = _inherited(job, jobs, "except", "")
    refs = excepted.get("refs") if isinstance(excepted, dict) else excepted
    everything = isinstance(refs, list) and any(
        isinstance(each, str) and each in _EVERYTHING for each in refs
    )
    return everything or _never_added(_inherited(job, jobs, "rules", ""))


def _never_added(rules: JsonValue) -> bool:
    """Whether the first rule that may match always says never; open where rules come from afar."""
    if not isinstance(rules, list) or not rules or isinstance(rules, _Reference):
        return False
    for rule in rules:
        if not isinstance(rule, dict):
            return False
        if never(rule.get("if")):
            continue
        if rule.get("when") != "never":
            return False
        if not rule.keys() & {"if", "changes", "exists"}:
            return True
    return True


def _bases(
    job: Mapping[str, Any], jobs: Mapping[str, Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    """The jobs that a job extends, all the way up; circles end."""
    found: list[Mapping[str, Any]] = []
    wanted = _texts(job.get("extends"))
    seen: set[str] = set()
    while wanted and len(seen) < _MAX_BASES:
        name = wanted.pop()
        if name in jobs and name not in seen:
            seen.add(name)
            found.append(jobs[name])
            wanted += _texts(jobs[name].get("extends"))
    return found


def _references(source: Source) -> Iterator[Diagnostic]:
    """What the pipeline refers to and does not define; GitLab refuses these."""
    pipeline = source.value
    jobs = _jobs(pipeline)
    included = bool(pipeline.get("include"))  # what is missing here may come from there
    declared = pipeline.get("stages")
    stages = [stage for stage in declared or _DEFAULT_STAGES if isinstance(stage, str)]
    order = {".pre": -1, **{stage: place for place, stage in enumerate(stages)}, ".post": 10**6}
    stage_of = {name: _inherited(job, jobs, "stage", "test") for name, job in jobs.items()}
    for name, job in jobs.items():
        for base in _texts(job.get("extends")):
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
        bases = _bases(job, jobs)
        if not included and not any(one.get(key) for one in (job, *bases) for key in _WORK):
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
    if not included:
        for path in _reference_tags(pipeline):
            if not _leads_somewhere(pipeline, path):
                yield source.problem(
                    "reference", f"!reference [{', '.join(map(str, path))}] leads nowhere"
                )


def _inherited(
    job: Mapping[str, Any], jobs: Mapping[str, Mapping[str, Any]], key: str, default: str
) -> JsonValue:
    for one in (job, *_bases(job, jobs)):
        if key in one:
            return one[key]
    return default


def _extends_itself(name: str, jobs: Mapping[str, Mapping[str, Any]]) -> bool:
    wanted, seen = _texts(jobs[name].get("extends")), set[str]()
    while wanted and len(seen) < _MAX_BASES:
        base = wanted.pop()
        if base == name:
            return True
        if base in jobs and base not in seen:
            seen.add(base)
            wanted += _texts(jobs[base].get("extends"))
    return False


def _needed(job: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The jobs of this pipeline that a job waits for or takes artifacts from."""
    needs = job.get("needs")
    if isinstance(needs, list) and not isinstance(needs, _Reference):
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
    for name in _texts(job.get("dependencies")):
        yield name, "dependencies"


def _later(order: Mapping[str, int], needed: JsonValue, by: JsonValue) -> bool:
    if not isinstance(needed, str) or not isinstance(by, str):
        return False
    return needed in order and by in order and order[needed] > order[by]


def _reference_tags(value: JsonValue) -> Iterator[list[Any]]:
    if isinstance(value, _Reference):
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


def _texts(value: JsonValue) -> list[str]:
    """A name or a list of names as a list; nothing where it comes from a reference."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, list) and not isinstance(value, _Reference):
        return [name for name in value if isinstance(name, str)]
    return []
