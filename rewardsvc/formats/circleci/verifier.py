"""CircleCI: parse, the schema, jobs, executors, commands, orbs and parameters, shellcheck."""

import re
from collections.abc import Iterable, Iterator, Mapping, Set
from functools import partial

from rewardsvc.types import Diagnostic, JsonValue
from rewardsvc.verification.pipelines.scripts import Script
from rewardsvc.verification.pipelines.values import (
    Beginnings,
    Silent,
    cycle,
    listing,
    mapping,
    texts,
)
from rewardsvc.verification.pipelines.verifier import PipelineVerifier
from rewardsvc.verification.schemas import Violation
from rewardsvc.verification.yaml_files import YamlFile

_BUILT_IN = frozenset(
    {"add_ssh_keys", "attach_workspace", "checkout", "deploy", "persist_to_workspace"}
    | {"restore_cache", "run", "save_cache", "setup_remote_docker", "store_artifacts"}
    | {"store_test_results", "unless", "when"}
)
_CARRYING = _BUILT_IN - {"run", "deploy", "when", "unless"}
"""Steps that bring, keep or prepare things; alone they do nothing."""


_INVOCATION_KEYS = frozenset(
    {"branches", "context", "filters", "matrix", "max_auto_reruns", "name", "override-with"}
    | {"plan_name", "post-steps", "pre-steps", "requires", "serial-group", "type", "unless"}
    | {"when"}
)
"""What a workflow may say of a job beside the job's own parameters."""

_JOB_TYPES_WITHOUT_STEPS = frozenset({"approval", "no-op", "release", "lock", "unlock"})
_PARAMETER = re.compile(r"(?<!\\)<<\s*parameters\.([\w-]+)\s*>>")
_PIPELINE_PARAMETER = re.compile(r"(?<!\\)<<\s*pipeline\.parameters\.([\w-]+)\s*>>")
_EXPRESSION = re.compile(r"<<.{0,200}?>>", re.DOTALL)
_Path = tuple[str | int, ...]


class CircleciVerifier(PipelineVerifier):
    """See :class:`rewardsvc.verification.pipelines.verifier.PipelineVerifier`."""

    format = "circleci"
    languages = frozenset({"yaml", "yml", "circleci"})
    default_path = ".circleci/config.yml"
    schema = "circle-ci.json"

    def live(self, pipeline: JsonValue) -> JsonValue:
        """The configuration without the jobs that no workflow runs, and their workflows."""
        root = mapping(pipeline)
        flows = {name: flow for name, flow in _workflows(root).items() if not _off(flow)}
        if not _workflows(root) or "job-groups" in root:
            return pipeline
        entered = {
            name
            for flow in flows.values()
            for name, said, _ in _invoked(flow)
            if not _no_branch(said)
        }
        if any("<<" in name for name in entered):
            return pipeline
        jobs = {name: job for name, job in mapping(root.get("jobs")).items() if name in entered}
        return {**root, "jobs": jobs, "workflows": flows}

    def forgiven(self, violation: Violation, value: JsonValue) -> bool:
        """CircleCI takes ``paths`` in ``restore_cache``: three of nine real files have it."""
        known = {"key", "keys", "name", "paths"}
        return (
            violation.path[-1:] == ("restore_cache",)
            and isinstance(value, dict)
            and value.keys() <= known
            and bool({"key", "keys"} & value.keys())
        )

    def vacuous(self, pipeline: JsonValue) -> str:
        """Nothing runs where no workflow has a job with a step that does something."""
        root = mapping(pipeline)
        jobs = mapping(root.get("jobs"))
        entered = [
            name
            for flow in _workflows(root).values()
            if not _off(flow)
            for name, said, _ in _invoked(flow)
            if not _no_branch(said)
        ]
        if not _workflows(root) and "build" in jobs:
            entered = ["build"]
        commands = mapping(root.get("commands"))
        groups = mapping(root.get("job-groups"))
        followed: set[str] = set()
        silent = Silent()
        for name in dict.fromkeys(entered):
            if "/" in name or "<<" in name or name in groups:
                return ""
            if _works(mapping(jobs.get(name)).get("steps"), commands, followed, silent):
                return ""
        return "no workflow has a job with a step that does something"

    def references(self, source: YamlFile) -> Iterator[Diagnostic]:
        """Jobs, executors, commands, orbs and parameters that are named and not there."""
        root = mapping(source.value)
        yield from _workflow_references(source, root)
        yield from _job_references(source, root)
        yield from _parameter_references(source, root)

    def scripts(self, source: YamlFile) -> Iterator[Script]:
        """What ``run`` steps run, but for jobs on Windows and other shells than sh and bash."""
        root = mapping(source.value)
        for section in ("jobs", "commands"):
            for name, holder in mapping(root.get(section)).items():
                shell = str(mapping(holder).get("shell", "bash"))
                executor = mapping(holder).get("executor")
                windows = "win" in str(mapping(executor).get("name", executor)).lower()
                for kind, step, path in _steps(mapping(holder).get("steps"), (section, name)):
                    text = mapping(step).get("command") if isinstance(step, dict) else step
                    own = str(mapping(step).get("shell", shell))
                    if kind != "run" or not isinstance(text, str) or windows or "sh" not in own:
                        continue
                    if "powershell" in own or "pwsh" in own:
                        continue
                    plain = _EXPRESSION.sub("x", text)
                    yield Script(plain, source.file.path, partial(source.line_of, path))


def _workflows(root: Mapping[str, JsonValue]) -> dict[str, Mapping[str, JsonValue]]:
    return {
        name: flow
        for name, flow in mapping(root.get("workflows")).items()
        if isinstance(flow, dict)
    }


def _off(flow: Mapping[str, JsonValue]) -> bool:
    when, unless = _logic(flow.get("when")), _logic(flow.get("unless"))
    return when is False or unless is True


def _logic(statement: JsonValue) -> bool | None:
    """What a logic statement always is (circleci.com/docs/configuration-reference); None: open."""
    if isinstance(statement, bool):
        return statement
    if not isinstance(statement, dict) or len(statement) != 1:
        return None
    ((name, said),) = statement.items()
    if name == "equal" and isinstance(said, list) and not any("<<" in str(one) for one in said):
        return all(one == said[0] and type(one) is type(said[0]) for one in said)
    if name == "not":
        inner = _logic(said)
        return None if inner is None else not inner
    parts = [_logic(one) for one in said] if isinstance(said, list) else []
    if name == "and" and False in parts:
        return False
    if name == "or" and parts and all(part is False for part in parts):
        return False
    return None


def _no_branch(said: Mapping[str, JsonValue]) -> bool:
    """Whether the filters of an invoked job leave no branch, and no tag is named."""
    filters = mapping(said.get("filters"))
    ignored = texts(mapping(filters.get("branches")).get("ignore"))
    return "tags" not in filters and any(each in {"/.*/", "/.+/", "/^.*$/"} for each in ignored)


def _invoked(
    flow: Mapping[str, JsonValue],
) -> Iterator[tuple[str, Mapping[str, JsonValue], int]]:
    """The jobs of a workflow: name of the job, what is said of it, its place in the list."""
    for index, entry in enumerate(listing(flow.get("jobs"))):
        if isinstance(entry, str):
            yield entry, {}, index
        else:
            for name, said in mapping(entry).items():
                yield name, mapping(said), index


def _steps(value: JsonValue, path: _Path) -> Iterator[tuple[str, JsonValue, _Path]]:
    """Kind, arguments and place of each step, those within ``when`` and ``unless`` included."""
    waiting = [(listing(value), (*path, "steps"))]
    while waiting:
        steps, place = waiting.pop()
        for index, step in enumerate(steps):
            if isinstance(step, str):
                yield step, None, (*place, index)
            for kind, said in mapping(step).items():
                yield kind, said, (*place, index, kind)
                if kind in {"when", "unless"}:
                    waiting.append(
                        (listing(mapping(said).get("steps")), (*place, index, kind, "steps"))
                    )


def _works(
    steps: JsonValue, commands: Mapping[str, JsonValue], followed: set[str], silent: Silent
) -> bool:
    """Whether a step does something, or a command that is called, however far away.

    ``followed``: the commands that were looked into before, in vain; each is looked into once,
    for commands that call each other have as many ways through them as there are powers of two.
    """
    waiting = [steps]
    while waiting:
        for kind, said, _ in _steps(waiting.pop(), ()):
            if kind in {"run", "deploy"}:
                if not silent.holds_of(said.get("command") if isinstance(said, dict) else said):
                    return True
            elif kind in commands:
                if kind not in followed:
                    followed.add(kind)
                    waiting.append(mapping(commands[kind]).get("steps"))
            elif kind not in _CARRYING and kind not in {"when", "unless"}:
                return True  # an orb's, or a parameter of type steps
    return False


def _workflow_references(source: YamlFile, root: Mapping[str, JsonValue]) -> Iterator[Diagnostic]:
    jobs = mapping(root.get("jobs"))
    groups = mapping(root.get("job-groups"))
    orbs = mapping(root.get("orbs"))
    flows = _workflows(root)
    needs = _Needs()
    if not flows and not root.get("setup") and jobs and "build" not in jobs:
        yield source.problem(
            "workflow", "without workflows a job must be called 'build'", ("jobs",)
        )
    for section, holders in (("workflows", flows), ("job-groups", groups)):
        for flow_name, flow in holders.items():
            place: _Path = (section, flow_name, "jobs")
            invoked = list(_invoked(mapping(flow)))
            for name, said, index in invoked:
                if said.get("type") in _JOB_TYPES_WITHOUT_STEPS or "<<" in name:
                    continue
                if "/" in name:
                    yield from _orb(source, name, orbs, (*place, index))
                elif name not in jobs and name not in groups:
                    yield source.problem(
                        "job",
                        f"{flow_name} runs the job {name!r}, which is not there",
                        (*place, index),
                    )
                else:
                    keys = (
                        said.keys() | mapping(mapping(said.get("matrix")).get("parameters")).keys()
                    )
                    declared = mapping(mapping(jobs.get(name)).get("parameters"))
                    needed = needs.of(name, declared)
                    yield from _lacking(source, f"the job {name}", needed, keys, (*place, index))
                    if name in jobs:
                        for key in said:
                            if key in declared or key in _INVOCATION_KEYS:
                                continue
                            yield source.problem(
                                "parameter",
                                f"the job {name} has no parameter {key!r}",
                                (*place, index, name, key),
                            )
            yield from _required(source, flow_name, invoked, place)


def _required(
    source: YamlFile,
    flow: str,
    invoked: list[tuple[str, Mapping[str, JsonValue], int]],
    place: _Path,
) -> Iterator[Diagnostic]:
    known: set[str] = set()
    expanded: set[str] = set()
    waiting: dict[str, list[str]] = {}
    for name, said, _ in invoked:
        called = str(said.get("name", name))
        matrix = said.get("matrix")
        if isinstance(matrix, dict):
            expanded.add(_EXPRESSION.split(called, 1)[0] if "<<" in called else f"{called}-")
            known.add(str(matrix.get("alias", name)))
        known |= {name, called}
        waiting.setdefault(called, []).extend(_names(said.get("requires")))
    beginnings = Beginnings(expanded)
    for _, said, index in invoked:
        for other in _names(said.get("requires")):
            if other in known or "<<" in other or beginnings.of(other):
                continue
            yield source.problem(
                "requires",
                f"{flow}: {other!r} is required and not in the workflow",
                (*place, index),
            )
    if circle := cycle(waiting):
        yield source.problem(
            "cycle", f"{flow}: jobs require each other: {' → '.join(circle[:20])}", place
        )


def _names(value: JsonValue) -> list[str]:
    """``requires``: names, or names with the states that are waited for."""
    found: list[str] = []
    for entry in listing(value):
        if isinstance(entry, str):
            found.append(entry)
        else:
            found.extend(mapping(entry))
    return found


def _job_references(source: YamlFile, root: Mapping[str, JsonValue]) -> Iterator[Diagnostic]:
    orbs = mapping(root.get("orbs"))
    commands = mapping(root.get("commands"))
    executors = mapping(root.get("executors"))
    for name, value in mapping(root.get("jobs")).items():
        job = mapping(value)
        path: _Path = ("jobs", name)
        executor = job.get("executor")
        called = mapping(executor).get("name") if isinstance(executor, dict) else executor
        if isinstance(called, str) and "<<" not in called:
            if "/" in called:
                yield from _orb(source, called, orbs, (*path, "executor"))
            elif called not in executors:
                yield source.problem(
                    "executor", f"the executor {called!r} is not there", (*path, "executor")
                )
    needs = _Needs()
    for section in ("jobs", "commands"):
        for name, holder in mapping(root.get(section)).items():
            for kind, said, path in _steps(mapping(holder).get("steps"), (section, name)):
                if kind in commands:
                    declared = mapping(mapping(commands[kind]).get("parameters"))
                    keys = mapping(said).keys()
                    needed = needs.of(kind, declared)
                    yield from _lacking(source, f"the command {kind}", needed, keys, path)
                    for key in keys:
                        if key not in declared:
                            yield source.problem(
                                "parameter", f"the command {kind} has no parameter {key!r}", path
                            )
                elif "/" in kind:
                    yield from _orb(source, kind, orbs, path)
                elif kind not in _BUILT_IN and "<<" not in kind:
                    yield source.problem("command", f"the command {kind!r} is not there", path)
    calls = {
        name: [kind for kind, _, _ in _steps(mapping(command).get("steps"), ())]
        for name, command in commands.items()
    }
    if circle := cycle(calls):
        yield source.problem(
            "cycle", f"commands call each other: {' → '.join(circle[:20])}", ("commands",)
        )


def _orb(
    source: YamlFile, name: str, orbs: Mapping[str, JsonValue], path: _Path
) -> Iterator[Diagnostic]:
    orb = name.partition("/")[0]
    if orb not in orbs and "<<" not in orb:
        yield source.problem("orb", f"{name!r} is of the orb {orb!r}, which is not declared", path)


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
    source: YamlFile,
    what: str,
    needed: Iterable[str],
    given: Set[str],
    path: _Path,
) -> Iterator[Diagnostic]:
    for name in needed:
        if name not in given:
            yield source.problem("parameter", f"{what} needs the parameter {name!r}", path)


def _parameter_references(source: YamlFile, root: Mapping[str, JsonValue]) -> Iterator[Diagnostic]:
    for section in ("jobs", "commands", "executors"):
        for name, holder in mapping(root.get(section)).items():
            declared = mapping(mapping(holder).get("parameters"))
            for text, path in _strings(holder, (section, name)):
                for parameter in _PARAMETER.findall(text):
                    if parameter not in declared:
                        yield source.problem(
                            "parameter", f"{name} has no parameter {parameter!r}", path
                        )
    declared = mapping(root.get("parameters"))
    for text, path in _strings(root, ()):
        for parameter in _PIPELINE_PARAMETER.findall(text):
            if parameter not in declared:
                yield source.problem(
                    "parameter", f"the pipeline has no parameter {parameter!r}", path
                )


def _strings(value: JsonValue, path: _Path) -> Iterator[tuple[str, _Path]]:
    if isinstance(value, str):
        if "<<" in value:
            yield value, path
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _strings(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _strings(inner, (*path, index))
