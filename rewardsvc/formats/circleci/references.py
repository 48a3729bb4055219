"""What a CircleCI configuration names: jobs, executors, commands, orbs."""

from collections.abc import Iterator

from rewardsvc.formats.circleci.config import CircleConfig, Invocation
from rewardsvc.formats.circleci.units import BUILT_IN, EXPRESSION, Path, steps_of
from rewardsvc.types import Diagnostic, JsonValue
from rewardsvc.verification.pipelines.values import Beginnings, cycle, listing, mapping


def jobs(config: CircleConfig) -> Iterator[Diagnostic]:
    """A workflow runs jobs that are there."""
    for (_, flow), invocations in config.flows.items():
        for invocation in invocations:
            name = invocation.job
            known = "/" in name or name in config.jobs or name in config.groups
            if invocation.defined and not known:
                words = f"{flow} runs the job {name!r}, which is not there"
                yield config.problem("job", words, invocation.path)


def orbs(config: CircleConfig) -> Iterator[Diagnostic]:
    """What is of an orb is of one that is declared."""
    for section, name, path in _of_orbs(config):
        orb, _, element = name.partition("/")
        if orb not in config.orbs and "<<" not in orb:
            words = f"{name!r} is of the orb {orb!r}, which is not declared"
            yield config.problem("orb", words, path)
        inline = config.orbs.get(orb)
        if not isinstance(inline, dict) or "<<" in element:
            continue
        if element not in mapping(inline.get(section)):
            words = f"the orb {orb!r} of this file has no {element!r} among its {section}"
            yield config.problem("orb", words, path)


def _of_orbs(config: CircleConfig) -> Iterator[tuple[str, str, Path]]:
    for invocation in config.invocations:
        if invocation.defined and "/" in invocation.job:
            yield "jobs", invocation.job, invocation.path
    for name, path in _executors(config):
        if "/" in name:
            yield "executors", name, path
    for kind, _, path in config.steps:
        if "/" in kind and kind not in config.commands:
            yield "commands", kind, path


def executors(config: CircleConfig) -> Iterator[Diagnostic]:
    """A job's executor is there."""
    for name, path in _executors(config):
        if "/" not in name and name not in config.executors:
            yield config.problem("executor", f"the executor {name!r} is not there", path)


def _executors(config: CircleConfig) -> Iterator[tuple[str, Path]]:
    for name, job in config.jobs.items():
        executor = mapping(job).get("executor")
        called = executor.get("name") if isinstance(executor, dict) else executor
        if isinstance(called, str) and "<<" not in called:
            yield called, ("jobs", name, "executor")


def commands(config: CircleConfig) -> Iterator[Diagnostic]:
    """A step is of a kind that there is, or calls a command that is there."""
    for kind, _, path in config.steps:
        if kind in config.commands or "/" in kind or kind in BUILT_IN or "<<" in kind:
            continue
        yield config.problem("command", f"the command {kind!r} is not there", path)


def required(config: CircleConfig) -> Iterator[Diagnostic]:
    """What is required is in the workflow, by the name that it has there."""
    for (_, flow), invocations in config.flows.items():
        known: set[str] = set()
        expanded: set[str] = set()
        for invocation in invocations:
            name, matrix = invocation.name, invocation.said.get("matrix")
            if isinstance(matrix, dict):
                expanded.add(EXPRESSION.split(name, maxsplit=1)[0] if "<<" in name else f"{name}-")
                known.add(str(matrix.get("alias", invocation.job)))
            elif "<<" in name:
                expanded.add(EXPRESSION.split(name, maxsplit=1)[0])
            else:
                expanded.add(f"{name}-")  # as one that is run twice is numbered
            known.add(name)
        beginnings = Beginnings(expanded)
        for invocation in invocations:
            for index, other in _names(invocation.said.get("requires")):
                if other in known or "<<" in other or beginnings.of(other):
                    continue
                words = f"{flow}: {other!r} is required and not in the workflow"
                place = (*invocation.path, invocation.job, "requires", index)
                yield config.problem("requires", words, place)


def repeated_names(config: CircleConfig) -> Iterator[Diagnostic]:
    """A name is given once in a workflow."""
    for (_, flow), invocations in config.flows.items():
        seen: set[str] = set()
        for invocation in invocations:
            name = invocation.said.get("name")
            if not isinstance(name, str) or "<<" in name or "matrix" in invocation.said:
                continue
            if name in seen:
                words = f"{flow}: two jobs are called {name!r}"
                yield config.problem("job-name", words, (*invocation.path, invocation.job, "name"))
            seen.add(name)


def circles(config: CircleConfig) -> Iterator[Diagnostic]:
    """Jobs do not require each other in a circle, nor do commands call each other."""
    for place, invocations in config.flows.items():
        waiting: dict[str, list[str]] = {}
        for invocation in invocations:
            waiting.setdefault(invocation.name, []).extend(_required(invocation))
        if circle := cycle(waiting):
            words = f"{place[1]}: jobs require each other: {' → '.join(circle[:20])}"
            yield config.problem("cycle", words, (*place, "jobs"))
    calls = {
        name: [kind for kind, _, _ in steps_of(mapping(command).get("steps"), ())]
        for name, command in config.commands.items()
    }
    if circle := cycle(calls):
        words = f"commands call each other: {' → '.join(circle[:20])}"
        yield config.problem("cycle", words, ("commands",))


def _required(invocation: Invocation) -> list[str]:
    return [name for _, name in _names(invocation.said.get("requires"))]


def _names(value: JsonValue) -> list[tuple[int, str]]:
    """``requires``: names, or names with the states that are waited for, each with its place."""
    found: list[tuple[int, str]] = []
    for index, entry in enumerate(listing(value)):
        if isinstance(entry, str):
            found.append((index, entry))
        else:
            found.extend((index, name) for name in mapping(entry))
    return found
