"""Names and numbers of a workflow that GitHub bounds: of jobs, groups, environments, secrets."""

import re
from collections.abc import Iterator

from rewardsvc.formats.github_actions.workflow import Path, Workflow, fixed
from rewardsvc.types import Diagnostic, JsonValue
from rewardsvc.verification.pipelines.values import listing, mapping, texts

MAX_ID = 100
MAX_GROUP = 400
MAX_ENVIRONMENT = 255
MAX_MATRIX = 256
MAX_EXPRESSION = 21_000
_ENDLESS = 1e9

_SNAPSHOT = re.compile(r"\d+\.\*")
_GROUP_OWNERS = frozenset({"org", "organization", "ent", "enterprise"})
_FILTERS = ("branches", "tags", "paths")


def job_ids(workflow: Workflow) -> Iterator[Diagnostic]:
    """A job's id has less than 100 characters and does not begin with two underscores."""
    for job in workflow.jobs:
        if len(job.id) >= MAX_ID:
            words = f"the job id has {len(job.id)} characters, and must have less than {MAX_ID}"
            yield workflow.problem("job-id", words, job.path)
        elif job.id.startswith("__"):
            words = f"{job.id!r}: ids that begin with '__' are reserved"
            yield workflow.problem("job-id", words, job.path)


def matrices(workflow: Workflow) -> Iterator[Diagnostic]:
    """A matrix makes 256 jobs at most; what expressions leave open is not counted."""
    for job in workflow.jobs:
        matrix = mapping(mapping(job.value.get("strategy")).get("matrix"))
        sizes = {
            name: len(values)
            for name, values in matrix.items()
            if name not in {"include", "exclude"} and isinstance(values, list) and values
        }
        total = 1.0
        for size in sizes.values():
            total = min(total * size, _ENDLESS)
        total_of_all = total
        for excluded in listing(matrix.get("exclude")):
            share = 1.0
            for name in mapping(excluded):
                share = min(share * sizes.get(name, 1), _ENDLESS)
            total -= total_of_all / share
        if not sizes:
            total = len(listing(matrix.get("include")))
        if total > MAX_MATRIX:
            words = f"the matrix makes {total:.0f} jobs, and there may be {MAX_MATRIX}"
            yield workflow.problem("matrix-jobs", words, (*job.path, "strategy", "matrix"))


def groups(workflow: Workflow) -> Iterator[Diagnostic]:
    """The name of a concurrency group has 400 characters at most."""
    for group, path in _groups(workflow):
        if len(group) > MAX_GROUP:
            words = f"the group's name has {len(group)} characters, and may have {MAX_GROUP}"
            yield workflow.problem("concurrency-group", words, path)


def deadlocks(workflow: Workflow) -> Iterator[Diagnostic]:
    """A job is not in the concurrency group of its own workflow, for it would wait for itself."""
    whole = _group(workflow.root.get("concurrency"))
    for group, path in _groups(workflow):
        if group == whole and path[0] == "jobs":
            words = f"the job waits for its own workflow, which is in the group {group!r} as well"
            yield workflow.problem("concurrency-deadlock", words, path)


def _groups(workflow: Workflow) -> Iterator[tuple[str, Path]]:
    holders: list[tuple[JsonValue, Path]] = [(workflow.root.get("concurrency"), ())]
    holders += [(job.value.get("concurrency"), job.path) for job in workflow.jobs]
    for concurrency, path in holders:
        if group := _group(concurrency):
            yield group, (*path, "concurrency")


def _group(concurrency: JsonValue) -> str | None:
    return fixed(concurrency.get("group") if isinstance(concurrency, dict) else concurrency)


def runner_groups(workflow: Workflow) -> Iterator[Diagnostic]:
    """A group of runners is a name, or one of an organization or an enterprise."""
    for job in workflow.jobs:
        group = fixed(mapping(job.value.get("runs-on")).get("group"))
        if group is None or "/" not in group:
            continue
        owner, _, name = group.partition("/")
        if owner not in _GROUP_OWNERS or not name or "/" in name:
            words = f"{group!r}: only organization/NAME and enterprise/NAME have a slash"
            yield workflow.problem("runner-group", words, (*job.path, "runs-on", "group"))


def environments(workflow: Workflow) -> Iterator[Diagnostic]:
    """The name of an environment has 255 characters at most."""
    for job in workflow.jobs:
        said = job.value.get("environment")
        name = fixed(said.get("name") if isinstance(said, dict) else said)
        if name is not None and len(name) > MAX_ENVIRONMENT:
            words = f"the name has {len(name)} characters, and may have {MAX_ENVIRONMENT}"
            yield workflow.problem("environment-name", words, (*job.path, "environment"))


def snapshots(workflow: Workflow) -> Iterator[Diagnostic]:
    """The version of a custom image is a major one."""
    for job in workflow.jobs:
        version = fixed(mapping(job.value.get("snapshot")).get("version"))
        if version is not None and not _SNAPSHOT.fullmatch(version):
            words = f"{version!r} is no version of an image, as 2.* is"
            yield workflow.problem("snapshot-version", words, (*job.path, "snapshot", "version"))


def secrets(workflow: Workflow) -> Iterator[Diagnostic]:
    """A reusable workflow declares no secret of the name that GitHub's own token has."""
    for name in mapping(workflow.event("workflow_call").get("secrets")):
        if name.lower() == "github_token":
            words = f"the secret {name!r} is there already: the name is reserved"
            yield workflow.problem("secret-name", words, ("on", "workflow_call", "secrets", name))


def crons(workflow: Workflow) -> Iterator[Diagnostic]:
    """A schedule has five fields of numbers, names, ``*``, ``,``, ``-`` and ``/``."""
    for index, entry in enumerate(listing(mapping(workflow.root.get("on")).get("schedule"))):
        cron = mapping(entry).get("cron")
        # What has not five fields is actionlint's finding, but for a time zone before them.
        fields = cron.split() if isinstance(cron, str) else []
        zoned = len(fields) == 6 and "TZ=" in fields[0]
        if zoned or (len(fields) == 5 and any("?" in field for field in fields)):
            words = f"{cron!r}: a schedule has neither '?' nor a time zone in it"
            yield workflow.problem("cron", words, ("on", "schedule", index, "cron"))


def filters(workflow: Workflow) -> Iterator[Diagnostic]:
    """What a filter takes out again is something that it lets in."""
    for event, said in mapping(workflow.root.get("on")).items():
        for key in _FILTERS:
            patterns = texts(mapping(said).get(key))
            if patterns and all(pattern.startswith("!") for pattern in patterns):
                words = f"{key} only has patterns with '!': use {key}-ignore, or let something in"
                yield workflow.problem("filter", words, ("on", event, key))


def expressions(workflow: Workflow) -> Iterator[Diagnostic]:
    """A text with expressions makes one expression, which has 21,000 characters at most."""
    waiting: list[tuple[JsonValue, Path]] = [(workflow.root, ())]
    seen: set[int] = set()
    while waiting:
        value, path = waiting.pop()
        if isinstance(value, dict | list):
            if id(value) not in seen:
                seen.add(id(value))
                entries = value.items() if isinstance(value, dict) else enumerate(value)
                waiting.extend((inner, (*path, key)) for key, inner in entries)
        elif (
            isinstance(value, str)
            and len(value) > MAX_EXPRESSION
            and ("${{" in value or path[-1] == "if")
        ):
            words = (
                f"an expression of {len(value)} characters, and it may have {MAX_EXPRESSION}:"
                " a text with ${{ … }} in it is one, all of it"
            )
            yield workflow.problem("expression-length", words, path)
