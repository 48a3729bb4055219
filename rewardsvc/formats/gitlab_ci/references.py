"""What the jobs of a GitLab pipeline refer to, and what they cannot have together."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from rewardsvc.formats.gitlab_ci.jobs import WORK, Reference, names_of_bases, placed_texts
from rewardsvc.formats.gitlab_ci.jobs import extended as extended_by
from rewardsvc.formats.gitlab_ci.parallel import whole_of
from rewardsvc.formats.gitlab_ci.pipeline import GitlabJob, GitlabPipeline, Path, Problem, plain
from rewardsvc.types import Diagnostic, JsonValue
from rewardsvc.verification.pipelines.values import cycle

MAX_ABOVE = 10


def extended(pipeline: GitlabPipeline) -> Iterator[Diagnostic]:
    """A job extends jobs that are there, and not itself."""
    if "extends" not in pipeline.keys:
        return
    written = {name: job.own for name, job in pipeline.jobs.items()}
    for name, job in written.items():
        for path, base in placed_texts(job.get("extends")):
            if base not in written and not pipeline.open and "$[[" not in base:
                words = f"{name} extends {base!r}, which is not there"
                yield pipeline.source.problem("extends", words, (name, "extends", *path))
        if name in names_of_bases(job, written):
            yield pipeline.source.problem("extends", f"{name} extends itself", (name, "extends"))


def deep(pipeline: GitlabPipeline) -> Iterator[Diagnostic]:
    """A job has ten jobs above it at most, along any chain of ``extends``."""
    if "extends" not in pipeline.keys:
        return
    above: dict[str, int] = {}
    waiting = [(name, False) for name in pipeline.jobs]
    entered: set[str] = set()
    while waiting:
        name, again = waiting.pop()
        bases = [base for base in extended_by(pipeline.jobs[name].own) if base in pipeline.jobs]
        if again:
            above[name] = max((above.get(base, 0) + 1 for base in bases), default=0)
        elif name not in entered:
            entered.add(name)
            waiting.append((name, True))
            waiting += [(base, False) for base in bases]
    for name, depth in above.items():
        if depth == MAX_ABOVE + 1:
            words = f"{name} extends {depth} jobs, each through the next; there may be {MAX_ABOVE}"
            yield pipeline.source.problem("extends-depth", words, (name, "extends"))


def needed_twice(job: GitlabJob) -> Iterator[Problem]:
    """A job is needed once."""
    needs = job.own.get("needs")
    if not isinstance(needs, list) or isinstance(needs, Reference):
        return
    names: Counter[str] = Counter()
    last: dict[str, int] = {}
    for index, need in enumerate(needs):
        said = need if isinstance(need, dict) else {"job": need}
        if (
            isinstance(said.get("job"), str)
            and not {"parallel", "project", "pipeline"} & said.keys()
        ):
            names[said["job"]] += 1
            last[said["job"]] = index
    for name, count in names.items():
        if count > 1 and "$" not in name:
            yield ("needs", last[name]), f"it needs {name!r} {count} times"


def stages(pipeline: GitlabPipeline) -> Iterator[Diagnostic]:
    """A job is in a stage that is declared."""
    for job in pipeline.visible:
        stage = pipeline.stage_of(job)
        known = pipeline.open or not isinstance(stage, str) or "$[[" in stage
        if not known and stage not in pipeline.stages:
            words = f"{job.name} is in the stage {stage!r}, which is not declared"
            yield pipeline.source.problem("stage", words, (job.name, "stage"))


def without_work(pipeline: GitlabPipeline) -> Iterator[Diagnostic]:
    """A job has a script, or triggers a pipeline."""
    if pipeline.open:
        return
    for job in pipeline.visible:
        if not any(one.get(key) for one in job.configured for key in WORK):
            words = f"{job.name} has neither script nor trigger"
            yield pipeline.source.problem("no-script", words, (job.name,))


def needed(key: str) -> Callable[[GitlabPipeline], Iterator[Diagnostic]]:
    """The jobs that others need or depend on are there, and not in a later stage."""

    def find(pipeline: GitlabPipeline) -> Iterator[Diagnostic]:
        for job in pipeline.having(key):
            for need in job.needed():
                if need.key == key and "$" not in need.name:
                    yield from _missing(pipeline, job, need.name, (key, *need.place))
        if key == "needs" and key in pipeline.keys:
            waiting = {
                name: [need.name for need in job.needed() if need.key == key]
                for name, job in pipeline.jobs.items()
            }
            if circle := cycle(waiting):
                words = f"jobs need each other: {' → '.join(circle[:20])}"
                yield pipeline.source.problem("needs", words, (circle[0], "needs"))

    return find


def _missing(
    pipeline: GitlabPipeline, job: GitlabJob, name: str, path: Path
) -> Iterator[Diagnostic]:
    other = pipeline.job(name)
    if other is None or name.startswith("."):
        if not pipeline.open:
            words = f"{job.name} needs the job {name!r}, which is not there"
            yield pipeline.source.problem(str(path[0]), words, (job.name, *path))
        return
    theirs, own = pipeline.stage_of(other), pipeline.stage_of(job)
    if isinstance(theirs, str) and isinstance(own, str):
        order = pipeline.stages
        if theirs in order and own in order and order[theirs] > order[own]:
            words = f"{job.name} needs {name!r}, which is in a later stage"
            yield pipeline.source.problem(str(path[0]), words, (job.name, *path))


def needed_and_never_added(pipeline: GitlabPipeline) -> Iterator[Diagnostic]:
    """What is needed is in the pipeline whenever the job that needs it is."""
    if not pipeline.off:
        return
    for job in pipeline.having("needs"):
        if job.name in pipeline.off:
            continue
        for need in job.needed():
            if need.key == "needs" and need.name in pipeline.off:
                words = f"{job.name} needs {need.name!r}, which is never in the pipeline"
                yield pipeline.source.problem(
                    "needs-never", words, (job.name, "needs", *need.place)
                )


def dependencies_beside_needs(job: GitlabJob) -> Iterator[Problem]:
    """Artifacts come from jobs that are needed, where needs are given."""
    needs = job.own.get("needs")
    if not isinstance(needs, list) or isinstance(needs, Reference) or not needs:
        return
    names = set()
    for need in needs:
        name = need.get("job") if isinstance(need, dict) else need
        if not isinstance(name, str) or isinstance(need, Reference) or "$" in name:
            return
        names.add(name)
    for path, name in placed_texts(job.own.get("dependencies")):
        if not {name, whole_of(name)} & names and "$" not in name:
            yield ("dependencies", *path), f"it depends on {name!r}, which is not among its needs"


def rules_and_refs(job: GitlabJob) -> Iterator[Problem]:
    """``rules`` exclude ``only`` and ``except``."""
    for key in ("only", "except"):
        if job.has(key) and job.has("rules"):
            yield (key,), f"{key!r} may not be used together with 'rules'"


def triggers_and_scripts(job: GitlabJob) -> Iterator[Problem]:
    """A job that triggers a pipeline has no script."""
    for key in ("script", "before_script", "after_script"):
        if job.has(key) and job.has("trigger"):
            yield (key,), f"a job with 'trigger' cannot have {key!r}"


def reference_tags(pipeline: GitlabPipeline) -> Iterator[Diagnostic]:
    """``!reference`` leads somewhere."""
    if pipeline.open or "!" not in pipeline.source.file.text:  # with which every tag begins
        return
    for path in _reference_tags(pipeline.source.value):
        if not _leads_somewhere(pipeline.source.value, path):
            words = f"!reference [{', '.join(map(str, path))}] leads nowhere"
            yield pipeline.source.problem("reference", words)


def stopping(pipeline: GitlabPipeline) -> Iterator[Diagnostic]:
    """``on_stop`` names a job that stops the same environment."""
    for job in pipeline.having("environment"):
        environment = job.get("environment")
        name = plain(environment.get("on_stop")) if isinstance(environment, dict) else None
        if name is None:
            continue
        other = pipeline.jobs.get(name)
        there = other.get("environment") if other is not None else None
        words = ""
        if other is None:
            words = "" if pipeline.open else "which is not there"
        elif there is None:
            words = "which has no environment"
        elif isinstance(there, dict) and "action" not in there:
            words = "whose environment has no action: stop"
        elif isinstance(there, dict) and plain(there.get("action")) not in {None, "stop"}:
            words = f"whose action is {there['action']!r}, not stop"
        if words:
            yield pipeline.source.problem(
                "on-stop",
                f"{job.name} is stopped by the job {name!r}, {words}",
                (job.name, "environment", "on_stop"),
            )


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
