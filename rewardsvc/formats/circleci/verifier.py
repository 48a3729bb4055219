"""CircleCI: parse, the schema, jobs, executors, commands, orbs and parameters, shellcheck."""

from collections.abc import Iterator, Mapping
from functools import partial

from rewardsvc.formats.circleci.config import CircleConfig
from rewardsvc.formats.circleci.refusals import REFUSALS
from rewardsvc.formats.circleci.units import (
    BUILT_IN,
    EXPRESSION,
    invoked_in,
    steps_of,
    workflows_of,
)
from rewardsvc.types import Diagnostic, JsonValue
from rewardsvc.verification.pipelines.scripts import Script
from rewardsvc.verification.pipelines.values import Silent, mapping, texts
from rewardsvc.verification.pipelines.verifier import PipelineVerifier
from rewardsvc.verification.refusals import refusals_in
from rewardsvc.verification.schemas import Violation
from rewardsvc.verification.yaml_files import YamlFile

_CARRYING = BUILT_IN - {"run", "deploy", "steps", "when", "unless"}
"""Steps that bring, keep or prepare things; alone they do nothing."""


class CircleciVerifier(PipelineVerifier):
    """See :class:`rewardsvc.verification.pipelines.verifier.PipelineVerifier`."""

    format = "circleci"
    languages = frozenset({"yaml", "yml", "circleci"})
    default_path = ".circleci/config.yml"
    schema = "circle-ci.json"

    def live(self, pipeline: JsonValue) -> JsonValue:
        """The configuration without the jobs that no workflow runs, and their workflows."""
        root = mapping(pipeline)
        flows = {name: flow for name, flow in workflows_of(root).items() if not _off(flow)}
        if not workflows_of(root) or "job-groups" in root:
            return pipeline
        entered = {
            name
            for flow in flows.values()
            for name, said, _ in invoked_in(flow)
            if not _no_branch(said)
        }
        if any("<<" in name for name in entered):
            return pipeline
        jobs = {name: job for name, job in mapping(root.get("jobs")).items() if name in entered}
        return {**root, "jobs": jobs, "workflows": flows}

    def forgiven(self, violation: Violation, value: JsonValue) -> bool:
        """CircleCI takes ``paths`` in ``restore_cache``: three of nine real files have it."""
        known = {"key", "keys", "name", "paths"}
        return violation.path[-2:] == ("restore_cache", "paths") or (
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
            for flow in workflows_of(root).values()
            if not _off(flow)
            for name, said, _ in invoked_in(flow)
            if not _no_branch(said)
        ]
        if not workflows_of(root) and "build" in jobs:
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
        """What :mod:`rewardsvc.formats.circleci.refusals` lists."""
        return refusals_in(REFUSALS, CircleConfig.of(source))

    def scripts(self, source: YamlFile) -> Iterator[Script]:
        """What ``run`` steps run, but for jobs on Windows and other shells than sh and bash."""
        root = mapping(source.value)
        for section in ("jobs", "commands"):
            for name, holder in mapping(root.get(section)).items():
                shell = str(mapping(holder).get("shell", "bash"))
                executor = mapping(holder).get("executor")
                windows = "win" in str(mapping(executor).get("name", executor)).lower()
                for kind, step, path in steps_of(mapping(holder).get("steps"), (section, name)):
                    text = mapping(step).get("command") if isinstance(step, dict) else step
                    own = str(mapping(step).get("shell", shell))
                    if kind != "run" or not isinstance(text, str) or windows or "sh" not in own:
                        continue
                    if "powershell" in own or "pwsh" in own:
                        continue
                    plain = EXPRESSION.sub("x", text)
                    yield Script(plain, source.file.path, partial(source.line_of, path))


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


def _works(
    steps: JsonValue, commands: Mapping[str, JsonValue], followed: set[str], silent: Silent
) -> bool:
    """Whether a step does something, or a command that is called, however far away.

    ``followed``: the commands that were looked into before, in vain; each is looked into once,
    for commands that call each other have as many ways through them as there are powers of two.
    """
    waiting = [steps]
    while waiting:
        for kind, said, _ in steps_of(waiting.pop(), ()):
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
