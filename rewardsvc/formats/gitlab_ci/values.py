"""Values of a GitLab job that GitLab cannot read, or that contradict each other."""

import re
from collections.abc import Iterator
from typing import Any

from rewardsvc.formats.gitlab_ci.jobs import Reference, texts
from rewardsvc.formats.gitlab_ci.pipeline import GitlabJob, GitlabPipeline, Path, Problem, plain
from rewardsvc.types import Diagnostic

_UNITS = frozenset(
    {"second", "seconds", "sec", "secs", "s", "minute", "minutes", "min", "mins", "m", "hour"}
    | {"hours", "hr", "hrs", "h", "day", "days", "dy", "d", "week", "weeks", "wk", "wks", "w"}
    | {"month", "months", "mo", "mos", "mth", "mths", "year", "years", "yr", "yrs", "y"}
    | {"and", "with", "plus", "a", "an", "half", "quarter", "never"}
    | {"one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven"}
    | {"twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen"}
    | {"nineteen", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"}
    | {"hundred", "thousand"}
)
"""Words of a time (gitlab-chronic_duration)."""

_WORD = re.compile(r"[a-z]+", re.IGNORECASE)
_DURATIONS: tuple[tuple[str, ...], ...] = (
    ("timeout",),
    ("start_in",),
    ("artifacts", "expire_in"),
    ("environment", "auto_stop_in"),
)
MAX_NAME = 255
MAX_DELAY = 7 * 86_400
MAX_CACHES = 4
MAX_MATRIX = 200

_TOKEN = re.compile(
    r"""(?:(?<!\s)\s++)?+(?:(?P<operand>\$\w+|%\w+%|"[^"]*"|'[^']*'|null\b)"""
    r"""|(?P<pattern>/(?>[^/\\]|\\.)++/[ismU]*)"""
    r"""|(?P<compare>==|!=)|(?P<match>=~|!~)|(?P<join>&&|\|\|)|(?P<open>\()|(?P<close>\)))"""
)
_QUOTED = re.compile(r""""[^"]*+(?:"|\Z)|'[^']*+(?:'|\Z)|/(?>[^/\\]|\\.)++(?:/|\Z)""")
"""Texts and patterns; one that is not closed ends with the expression."""

_ENVIRONMENT = re.compile(r"(?!/)[\w/${}. \\-]{1,255}(?<!/)", re.ASCII)
_REF_PATTERN = re.compile(r"/.*/[ismU]*(?:@.*)?", re.DOTALL)
_PART = re.compile(r"(?P<number>\d{1,9}(?:\.\d{1,9})?) ?(?P<unit>[A-Za-z]+)")
_LENGTHS = {"we": 604_800, "wk": 604_800, "w": 604_800, "da": 86_400, "dy": 86_400, "d": 86_400} | {
    "ho": 3_600, "hr": 3_600, "h": 3_600, "mo": 2_592_000, "mt": 2_592_000, "ye": 31_536_000,
    "yr": 31_536_000, "y": 31_536_000, "mi": 60, "m": 60,
}  # fmt: skip
"""Seconds of units, by how they begin."""

_WITH_PATTERNS = frozenset({"only", "except", "coverage"})
_NOT_RE2 = re.compile(r"(?<!\\)\(\?(?:[=!>#]|<[=!])|(?<!\\)\\[1-9]")
_ELSEWHERE = re.compile(r"\$\[\[|\$\{|!(?![=~])|\b(?:true|false)\b")
"""What is not known well enough to say that an expression is wrong."""


def never_at_job(job: GitlabJob) -> Iterator[Problem]:
    """``when: never`` is for rules."""
    if job.get("when") == "never":
        yield ("when",), "'when: never' is for rules, not for a job"


def delays(pipeline: GitlabPipeline) -> Iterator[Diagnostic]:
    """What is delayed says for how long, and only that."""
    for job in pipeline.having("start_in"):
        when, start = plain(job.get("when")), job.get("start_in")
        said = job.has("when") or (pipeline.open and "extends" in job.keys)
        if start is not None and not said:
            words = f"{job.name}: 'start_in' is for 'when: delayed', which is not there"
            yield pipeline.source.problem("start-in", words, (job.name, "start_in"))
        elif start is not None and when not in {None, "delayed"}:
            words = f"{job.name}: 'start_in' is for 'when: delayed', not {when!r}"
            yield pipeline.source.problem("start-in", words, (job.name, "start_in"))
    for path, rule in pipeline.rules:
        if rule.get("when") == "delayed" and "start_in" not in rule:
            words = "'when: delayed' needs 'start_in'"
            yield pipeline.source.problem("start-in", words, (*path, "when"))


def durations(job: GitlabJob) -> Iterator[Problem]:
    """Times are such: ``3 hrs 4 mins``."""
    for path in _DURATIONS:
        value = job.get(path[0])
        for part in path[1:]:
            value = value.get(part) if isinstance(value, dict) else None
        text = plain(value)
        if text is None or len(text) > MAX_NAME:
            continue
        words = [word.lower() for word in _WORD.findall(text)]
        strange = [word for word in words if word not in _UNITS]
        if strange or not (words or any(map(str.isdecimal, text))):
            yield path, f"{text!r} is no time, as 3 hrs 4 mins is"


def caches(job: GitlabJob) -> Iterator[Problem]:
    """There are four caches at most."""
    value = job.get("cache")
    if isinstance(value, list) and not isinstance(value, Reference) and len(value) > MAX_CACHES:
        yield ("cache",), f"{len(value)} caches, and there may be {MAX_CACHES}"


def matrices(job: GitlabJob) -> Iterator[Problem]:
    """A matrix makes 200 jobs at most."""
    parallel = job.own.get("parallel")
    matrix = parallel.get("matrix") if isinstance(parallel, dict) else None
    if not isinstance(matrix, list) or isinstance(matrix, Reference):
        return
    total = 0
    for entry in matrix:
        count = 1
        for values in entry.values() if isinstance(entry, dict) else ():
            if isinstance(values, Reference) or (isinstance(values, str) and "$" in values):
                return
            count *= len(values) if isinstance(values, list) else 1
        total += count
    if total > MAX_MATRIX:
        yield ("parallel",), f"the matrix makes {total} jobs, and there may be {MAX_MATRIX}"


def names(pipeline: GitlabPipeline) -> Iterator[Diagnostic]:
    """A name has 255 characters at most."""
    for job in pipeline.visible:
        if len(job.name) > MAX_NAME:
            long = f"the name has {len(job.name)} characters, and there may be {MAX_NAME}"
            yield pipeline.source.problem("name", f"{job.name}: {long}", (job.name,))


def options(pipeline: GitlabPipeline) -> Iterator[Diagnostic]:
    """A variable with options has one of them for its value."""
    variables = pipeline.source.value.get("variables")
    for name, said in variables.items() if isinstance(variables, dict) else ():
        choices = said.get("options") if isinstance(said, dict) else None
        if isinstance(choices, list) and not isinstance(choices, Reference):
            value = plain(said.get("value"))
            texts = [choice for choice in choices if isinstance(choice, str)]
            if value is not None and value not in texts and len(texts) == len(choices):
                words = f"{name}: {value!r} is not among its options"
                yield pipeline.source.problem("options", words, ("variables", name, "value"))


def long_delays(pipeline: GitlabPipeline) -> Iterator[Diagnostic]:
    """What is delayed begins within a week."""
    holders: list[tuple[Path, Any]] = [
        ((job.name, "start_in"), job.get("start_in")) for job in pipeline.having("start_in")
    ]
    holders += [((*path, "start_in"), rule.get("start_in")) for path, rule in pipeline.rules]
    for path, value in holders:
        text = plain(value)
        if text is not None and len(text) <= MAX_NAME and _seconds(text) > MAX_DELAY:
            yield pipeline.source.problem("start-in-long", f"{text!r} is more than a week", path)


def _seconds(text: str) -> float:
    """How long a time of numbers and units is, at least; what is in words counts nothing."""
    return sum(
        float(found["number"]) * _LENGTHS.get(found["unit"][:2].lower(), 0.0)
        for found in _PART.finditer(text)
    )


def environment_names(job: GitlabJob) -> Iterator[Problem]:
    """An environment's name has letters, digits, spaces and a few signs, no slash at its ends."""
    environment = job.get("environment")
    inner = isinstance(environment, dict)
    name = environment.get("name") if inner else environment
    if isinstance(name, str) and "$[[" not in name and not _ENVIRONMENT.fullmatch(name):
        path: Path = ("environment", "name") if inner else ("environment",)
        yield path, f"environment {name!r}: letters, digits, spaces, - _ / $ {{ }} and dots only"


def expressions(pipeline: GitlabPipeline) -> Iterator[Diagnostic]:
    """What rules ask for can be read: ``$A == "b" && $C =~ /d/``."""
    for path, text in _conditions(pipeline):
        if not _is_expression(text) and not _ELSEWHERE.search(_without_quoted(text)):
            words = f'{text!r} is no expression, as $A == "b" && $C =~ /d/ is'
            yield pipeline.source.problem("expression", words, path)


def patterns(pipeline: GitlabPipeline) -> Iterator[Diagnostic]:
    """Regular expressions are RE2's: they look neither ahead nor back."""
    for path, text in _conditions(pipeline):
        if not _NOT_RE2.search(text) or not _is_expression(text):
            continue
        for token in _TOKEN.finditer(text):
            if token["pattern"] and (found := _NOT_RE2.search(token["pattern"])):
                words = f"RE2 has no {found[0]!r}, in {token['pattern']}"
                yield pipeline.source.problem("pattern", words, path)
    for path, text in _plain_patterns(pipeline):
        if found := _NOT_RE2.search(text):
            words = f"RE2 has no {found[0]!r}, in {text}"
            yield pipeline.source.problem("pattern", words, path)


def _plain_patterns(pipeline: GitlabPipeline) -> Iterator[tuple[Path, str]]:
    """Regular expressions of ``only``, ``except`` and ``coverage``; each list once."""
    if pipeline.keys.isdisjoint(_WITH_PATTERNS):
        return
    seen: set[int] = set()
    for name, job in pipeline.jobs.items():
        for key in ("only", "except"):
            said = job.own.get(key)
            refs = said.get("refs") if isinstance(said, dict) else said
            if id(refs) not in seen:
                seen.add(id(refs))
                yield from (
                    ((name, key), text)
                    for text in texts(refs)
                    if text.startswith("/") and _REF_PATTERN.fullmatch(text)
                )
        coverage = job.own.get("coverage")
        if isinstance(coverage, str):
            yield (name, "coverage"), coverage


def _conditions(pipeline: GitlabPipeline) -> Iterator[tuple[Path, str]]:
    """The ``if`` of every rule, each text once."""
    seen: set[int] = set()
    for path, rule in pipeline.rules:
        text = rule.get("if")
        if isinstance(text, str) and id(text) not in seen:
            seen.add(id(text))
            yield (*path, "if"), text


def _without_quoted(text: str) -> str:
    return _QUOTED.sub("", text)


def _is_expression(text: str) -> bool:
    """Whether operands and operators take turns and brackets match."""
    position, depth, operand_next = 0, 0, True
    text = text.rstrip()
    while position < len(text):
        token = _TOKEN.match(text, position)
        if token is None:
            return False
        position = token.end()
        kind = token.lastgroup
        if kind in {"operand", "pattern"}:
            if not operand_next:
                return False
            operand_next = False
        elif kind == "open":
            if not operand_next:
                return False
            depth += 1
        elif kind == "close":
            depth -= 1
            if operand_next or depth < 0:
                return False
        else:
            if operand_next:
                return False
            operand_next = True
    return not operand_next and depth == 0
