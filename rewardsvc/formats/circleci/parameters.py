"""Parameters of CircleCI's jobs, commands, executors and pipelines, and other values."""

import re
from collections.abc import Iterable, Iterator, Mapping, Set
from itertools import chain

from rewardsvc.formats.circleci.config import CircleConfig
from rewardsvc.formats.circleci.units import Path
from rewardsvc.types import Diagnostic, JsonValue
from rewardsvc.verification.pipelines.values import listing, mapping

_INVOCATION_KEYS = frozenset(
    {"branches", "context", "filters", "matrix", "max_auto_reruns", "name", "override-with"}
    | {"plan_name", "post-steps", "pre-steps", "requires", "serial-group", "type", "unless"}
    | {"when"}
)
"""What a workflow may say of a job beside the job's own parameters."""

_PARAMETER = re.compile(r"(?<!\\)<<\s*parameters\.([\w-]+)\s*>>")
_PIPELINE_PARAMETER = re.compile(r"(?<!\\)<<\s*pipeline\.parameters\.([\w-]+)\s*>>")
_CRON = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
_CRON_PART = re.compile(r"(?:\*|(\d{1,9})(?:-(\d{1,9}))?)(?:/(\d{1,9}))?")
_EXECUTORS = ("docker", "machine", "macos", "executor")
MAX_MATRIX = 128


def given(config: CircleConfig) -> Iterator[Diagnostic]:
    """What a job or a command needs is given, and what is given or used is declared."""
    return chain(_of_jobs(config), _of_commands(config), _of_executors(config), _used(config))


def _of_jobs(config: CircleConfig) -> Iterator[Diagnostic]:
    needs = _Needs()
    for invocation in config.invocations:
        name, said, path = invocation.job, invocation.said, invocation.path
        if not invocation.defined or name not in config.jobs:
            continue
        declared = config.parameters(config.jobs[name])
        keys = said.keys() | mapping(mapping(said.get("matrix")).get("parameters")).keys()
        yield from _lacking(config, f"the job {name}", needs.of(name, declared), keys, path)
        varied = mapping(mapping(said.get("matrix")).get("parameters"))
        for key in varied:
            if key not in declared:
                words = f"the job {name} has no parameter {key!r}"
                yield config.problem("parameter", words, (*path, name, "matrix"))
        for key in said:
            if key not in declared and key not in _INVOCATION_KEYS:
                words = f"the job {name} has no parameter {key!r}"
                yield config.problem("parameter", words, (*path, name, key))


def _of_commands(config: CircleConfig) -> Iterator[Diagnostic]:
    needs = _Needs()
    for kind, said, path in config.steps:
        if kind not in config.commands:
            continue
        declared = config.parameters(config.commands[kind])
        keys = mapping(said).keys()
        yield from _lacking(config, f"the command {kind}", needs.of(kind, declared), keys, path)
        for key in keys:
            if key not in declared:
                words = f"the command {kind} has no parameter {key!r}"
                yield config.problem("parameter", words, path)


def _of_executors(config: CircleConfig) -> Iterator[Diagnostic]:
    needs = _Needs()
    for name, job in config.jobs.items():
        said = mapping(job).get("executor")
        called = said.get("name") if isinstance(said, dict) else said
        if not isinstance(called, str) or called not in config.executors:
            continue
        declared = config.parameters(config.executors[called])
        keys = mapping(said).keys() - {"name"}
        path = ("jobs", name, "executor")
        needed = needs.of(called, declared)
        yield from _lacking(config, f"the executor {called}", needed, keys, path)
        for key in sorted(keys - declared.keys()):
            words = f"the executor {called} has no parameter {key!r}"
            yield config.problem("parameter", words, path)


class _Needs:
    """The parameters that have no default, by what declares them; looked for once in each."""

    def __init__(self) -> None:
        self._known: dict[str, list[str]] = {}

    def of(self, name: str, declared: Mapping[str, JsonValue]) -> list[str]:
        """Those of a job or a command, in order."""
        if name not in self._known:
            self._known[name] = [
                key for key, said in declared.items() if "default" not in mapping(said)
            ]
        return self._known[name]


def _lacking(
    config: CircleConfig, what: str, needed: Iterable[str], given: Set[str], path: Path
) -> Iterator[Diagnostic]:
    for name in needed:
        if name not in given:
            yield config.problem("parameter", f"{what} needs the parameter {name!r}", path)


def _used(config: CircleConfig) -> Iterator[Diagnostic]:
    for section in ("jobs", "commands", "executors"):
        for name, holder in mapping(config.root.get(section)).items():
            declared = config.parameters(holder)
            for text, path in _strings(holder, (section, name)):
                for parameter in _PARAMETER.findall(text):
                    if parameter not in declared:
                        words = f"{name} has no parameter {parameter!r}"
                        yield config.problem("parameter", words, path)
    declared = config.parameters(config.root)
    for text, path in _strings(config.root, ()):
        for parameter in _PIPELINE_PARAMETER.findall(text):
            if parameter not in declared:
                words = f"the pipeline has no parameter {parameter!r}"
                yield config.problem("parameter", words, path)


def _strings(value: JsonValue, path: Path) -> Iterator[tuple[str, Path]]:
    if isinstance(value, str):
        if "<<" in value:
            yield value, path
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _strings(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _strings(inner, (*path, index))


def defaults(config: CircleConfig) -> Iterator[Diagnostic]:
    """The default of a parameter is of its type."""
    for holder, place in _declaring(config):
        for name, said in config.parameters(holder).items():
            given = isinstance(said, dict) and "default" in said
            if given and (words := _misfit(said, said["default"])):
                path = (*place, "parameters", name, "default")
                yield config.problem("parameter-default", f"{name}: {words}", path)


def _declaring(config: CircleConfig) -> Iterator[tuple[JsonValue, Path]]:
    yield config.root, ()
    for section in ("jobs", "commands", "executors"):
        for name, holder in mapping(config.root.get(section)).items():
            yield holder, (section, name)


def values(config: CircleConfig) -> Iterator[Diagnostic]:
    """What is given for a parameter is of its type."""
    calls = [
        (config.jobs.get(each.job), each.said, (*each.path, each.job))
        for each in config.invocations
    ]
    calls += [(config.commands.get(kind), mapping(said), path) for kind, said, path in config.steps]
    for holder, said, path in calls:
        declared = config.parameters(holder)
        for name, value in said.items():
            parameter = mapping(declared.get(name))
            words = _misfit(parameter, value)
            if parameter.get("type") == "executor":
                called = value.get("name") if isinstance(value, dict) else value
                if isinstance(called, str) and not _is_executor(config, called):
                    words = f"the executor {called!r} is not there"
            if words:
                yield config.problem("parameter-value", f"{name}: {words}", (*path, name))


def _is_executor(config: CircleConfig, name: str) -> bool:
    return "/" in name or "<<" in name or name in config.executors


def _misfit(declared: Mapping[str, JsonValue], value: JsonValue) -> str:
    """Why a value is not of the type of a parameter, "" where it may be."""
    if isinstance(value, str) and "<<" in value:
        return ""
    kind = declared.get("type")
    if kind == "enum":
        choices = listing(declared.get("enum"))
        if isinstance(value, str) and choices and value not in map(str, choices):
            return f"{value!r} is not one of {', '.join(map(str, choices[:10]))}"
    elif kind == "boolean" and isinstance(value, str | int) and not isinstance(value, bool):
        if str(value).lower() not in {"true", "false", "yes", "no", "on", "off", "y", "n"}:
            return f"{value!r} is neither true nor false"
    elif kind == "integer" and isinstance(value, str | bool):
        return f"{value!r} is no integer"
    elif kind == "steps" and isinstance(value, str | bool | int):
        return f"{value!r} is no list of steps"
    return ""


def crons(config: CircleConfig) -> Iterator[Diagnostic]:
    """A schedule has five fields."""
    for name, flow in mapping(config.root.get("workflows")).items():
        for index, trigger in enumerate(listing(mapping(flow).get("triggers"))):
            text = mapping(mapping(trigger).get("schedule")).get("cron")
            if isinstance(text, str) and "<<" not in text and not _is_cron(text):
                path = ("workflows", name, "triggers", index, "schedule", "cron")
                words = f"{text!r} is no schedule of five fields, as 0 3 * * 1-5 is"
                yield config.problem("cron", words, path)


def _is_cron(text: str) -> bool:
    fields = text.split()
    if len(fields) != len(_CRON):
        return False
    for field, (least, most) in zip(fields, _CRON, strict=True):
        for part in field.split(","):
            match = _CRON_PART.fullmatch(part)
            if not match and not re.search(r"[A-Za-z]", part):
                return False
            numbers = [int(number) for number in match.groups()[:2] if number] if match else []
            if any(not least <= number <= most for number in numbers):
                return False
    return True


def schedules(config: CircleConfig) -> Iterator[Diagnostic]:
    """A schedule says for which branches it is."""
    for name, flow in mapping(config.root.get("workflows")).items():
        for index, trigger in enumerate(listing(mapping(flow).get("triggers"))):
            schedule = mapping(trigger).get("schedule")
            if isinstance(schedule, dict) and "filters" not in schedule:
                path = ("workflows", name, "triggers", index, "schedule")
                yield config.problem("schedule", "a schedule needs filters: branches", path)


def matrices(config: CircleConfig) -> Iterator[Diagnostic]:
    """A matrix makes 128 jobs at most."""
    for invocation in config.invocations:
        given = mapping(mapping(invocation.said.get("matrix")).get("parameters"))
        total = 1
        for choices in given.values():
            total *= max(1, len(listing(choices)))
        if total > MAX_MATRIX:
            words = f"the matrix makes {total} jobs, and there may be {MAX_MATRIX}"
            yield config.problem("matrix", words, invocation.path)


def executors(config: CircleConfig) -> Iterator[Diagnostic]:
    """A job runs in one way."""
    for name, job in config.jobs.items():
        ways = [way for way in _EXECUTORS if mapping(job).get(way)]
        if len(ways) > 1:
            words = f"{name} has {' and '.join(ways)}: it runs in one of them"
            yield config.problem("executors", words, ("jobs", name))
