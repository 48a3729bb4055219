"""Values of an Azure pipeline that Azure cannot read."""

import re
from collections.abc import Iterator

from rewardsvc.formats.azure_pipelines.pipeline import AzurePipeline, plain
from rewardsvc.types import Diagnostic
from rewardsvc.verification.pipelines.values import listing

_CRON = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 6))
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec"
_DAYS = "sun mon tue wed thu fri sat"
_CRON_PART = re.compile(r"(?:\*|(\d{1,9})(?:-(\d{1,9}))?)(?:/(\d{1,9}))?")
_NAMED = re.compile(r"[a-z]{3,9}")
_QUOTED = re.compile(r"'(?:[^']|'')*'")
_OPERATOR = re.compile(r"&&|\|\||[=!]=|(?<![<>=!])=(?!=)")
_TRUTHS = frozenset({"true", "false", "yes", "no", "on", "off", "y", "n"})
_REPOSITORY_TYPES = frozenset(
    {"bitbucket", "git", "github", "githubenterprise", "tfsgit", "tfsversioncontrol"}
)
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def crons(pipeline: AzurePipeline) -> Iterator[Diagnostic]:
    """A schedule has five fields: minute, hour, day, month, day of the week."""
    for index, schedule in enumerate(listing(pipeline.root.get("schedules"))):
        text = plain(schedule.get("cron")) if isinstance(schedule, dict) else None
        if text is not None and not _is_cron(text):
            words = f"{text!r} is no schedule of five fields, as 0 3 * * Mon-Fri is"
            yield pipeline.problem("cron", words, ("schedules", index, "cron"))


def _is_cron(text: str) -> bool:
    fields = text.lower().split()
    if len(fields) != len(_CRON):
        return False
    for field, (least, most) in zip(fields, _CRON, strict=True):
        for part in field.split(","):
            if _NAMED.search(part):
                continue  # names of months and days, in whichever form
            match = _CRON_PART.fullmatch(part)
            if not match:
                return False
            numbers = [int(number) for number in match.groups()[:2] if number]
            if any(not least <= number <= most for number in numbers):
                return False
    return True


def conditions(pipeline: AzurePipeline) -> Iterator[Diagnostic]:
    """A condition is made of functions: ``and(succeeded(), eq(a, b))``."""
    for path, text in pipeline.conditions:
        code = _QUOTED.sub("", text)
        found = _OPERATOR.search(code)
        if found:
            words = f"a condition has no {found[0]!r}: it is and(…), or(…), eq(…)"
            yield pipeline.problem("condition", words, (*path, "condition"))
        elif code.count("(") != code.count(")"):
            words = f"the brackets of {text!r} do not match"
            yield pipeline.problem("condition", words, (*path, "condition"))


def timeouts(pipeline: AzurePipeline) -> Iterator[Diagnostic]:
    """Times are numbers of minutes."""
    holders = [(job.value, job.path) for jobs in pipeline.jobs for job in jobs if job.path]
    for holder, path in [*holders, *(step for steps in pipeline.steps for step in steps)]:
        for key in ("timeoutInMinutes", "cancelTimeoutInMinutes"):
            text = plain(holder.get(key))
            if text is not None and not _NUMBER.fullmatch(text.strip()):
                words = f"{key}: {text!r} is no number of minutes"
                yield pipeline.problem("timeout", words, (*path, key))


def repository_types(pipeline: AzurePipeline) -> Iterator[Diagnostic]:
    """A repository is of a type that Azure reads from."""
    for entry, path in pipeline.resources("repositories"):
        kind = plain(entry.get("type"))
        if kind is not None and kind.lower() not in _REPOSITORY_TYPES:
            words = f"{kind!r} is no type of a repository; there are git, github, …"
            yield pipeline.problem("repository-type", words, (*path, "type"))


def defaults(pipeline: AzurePipeline) -> Iterator[Diagnostic]:
    """The default of a parameter is one of its values, and of its type."""
    for index, parameter in enumerate(listing(pipeline.root.get("parameters"))):
        if not isinstance(parameter, dict) or "default" not in parameter:
            continue
        default, values = parameter["default"], parameter.get("values")
        kind = str(parameter.get("type", "string")).lower()
        if isinstance(default, dict | list) or default is None or "$" in str(default):
            continue
        text = str(default).lower()
        words = ""
        if isinstance(values, list) and text not in {str(value).lower() for value in values}:
            words = f"{default!r} is not among the parameter's values"
        elif kind == "boolean" and text not in _TRUTHS:
            words = f"{default!r} is neither true nor false"
        elif kind == "number" and not _NUMBER.fullmatch(text):
            words = f"{default!r} is no number"
        if words:
            yield pipeline.problem("parameter", words, ("parameters", index, "default"))
