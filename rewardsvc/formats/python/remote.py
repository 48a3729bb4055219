"""What Ray refuses of remote functions and actors where it decorates or calls them.

The source of all is python/ray/_private/ray_option_utils.py, python/ray/remote_function.py and
python/ray/actor.py of Ray 2.x: read in the answer's text, for a task needs a cluster to run.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rewardsvc.types import Diagnostic
from rewardsvc.verification.ladder import shortened
from rewardsvc.verification.refusals import Refusal

_REMOTE = "ray.remote"
_COMMON = frozenset(
    {"_labels", "_metadata", "accelerator_type", "enable_task_events", "fallback_strategy"}
    | {"label_selector", "memory", "name", "num_cpus", "num_gpus", "object_store_memory"}
    | {"placement_group", "placement_group_bundle_index", "placement_group_capture_child_tasks"}
    | {"resources", "runtime_env", "scheduling_strategy"}
)
_OF_TASKS = _COMMON | {"_generator_backpressure_num_objects", "max_calls", "max_retries"} | {
    "num_returns", "retry_exceptions",
}  # fmt: skip
_OF_ACTORS = _COMMON | {"allow_out_of_order_execution", "concurrency_groups", "get_if_exists"} | {
    "enable_tensor_transport", "lifetime", "max_concurrency", "max_pending_calls", "max_restarts",
    "max_task_retries", "namespace",
}  # fmt: skip
_QUANTITIES = ("num_cpus", "num_gpus", "memory")


@dataclass(frozen=True, slots=True)
class Module:
    """A Python file. ``tree``: as checks see it (docs/python.md)."""

    path: str
    tree: Mapping[str, Any]

    def remotes(self) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any], bool]]:
        """What is decorated to be remote: itself, its decorator, whether it is an actor."""
        for key in ("functions", "classes"):
            for each in self.tree[key]:
                for decorator in each["decorators"]:
                    if decorator["name"] == _REMOTE:
                        yield each, decorator, key == "classes"


def _options(module: Module) -> Iterator[tuple[int, str]]:
    for each, decorator, actor in module.remotes():
        allowed, kind = _allowed(actor=actor)
        for name in decorator["keywords"]:
            if name not in allowed:
                yield each["line"], f"{each['name']}: {kind} have no option {name!r}"
    remote = _named(module)
    for call in module.tree["calls"]:
        owner, _, method = call["name"].partition(".")
        if method == "options" and owner in remote:
            allowed, kind = _allowed(actor=remote[owner])
            for name in call["keywords"]:
                if name not in allowed:
                    yield call["line"], f"{owner}: {kind} have no option {name!r}"


def _allowed(*, actor: bool) -> tuple[frozenset[str], str]:
    return (_OF_ACTORS, "actors") if actor else (_OF_TASKS, "remote functions")


def _quantities(module: Module) -> Iterator[tuple[int, str]]:
    for each, decorator, _ in module.remotes():
        for name in _QUANTITIES:
            value = decorator["keywords"].get(name)
            if isinstance(value, str) or (isinstance(value, int | float) and value < 0):
                yield each["line"], f"{each['name']}: {name} is a number, not {value!r}"
        resources = decorator["keywords"].get("resources")
        for name in ("CPU", "GPU"):
            if isinstance(resources, dict) and name in resources:
                words = f"num_{name.lower()}s says how many, not {name} in resources"
                yield each["line"], f"{each['name']}: {words}"


def _named(module: Module) -> dict[str, bool]:
    """The names that mean one remote function or actor wherever they stand: whether an actor."""
    tree = module.tree
    named = Counter(each["name"] for key in ("functions", "classes") for each in tree[key])
    others = {each["as"] or each["name"] for each in tree["imports"]}
    others |= {each["name"] for each in tree["assignments"]}
    others |= {one["name"] for each in tree["functions"] for one in each["parameters"]}
    return {
        each["name"]: actor
        for each, _, actor in module.remotes()
        if each["in"] == "" and named[each["name"]] == 1 and each["name"] not in others
    }


def _called(module: Module) -> Iterator[tuple[int, str]]:
    remote = _named(module)
    for call in module.tree["calls"]:
        if call["name"] in remote:
            verb = "instantiated" if remote[call["name"]] else "called"
            words = f"it cannot be {verb} directly, but as {call['name']}.remote()"
            yield call["line"], f"{call['name']}: {words}"


def _told(
    code: str, find: Callable[[Module], Iterator[tuple[int, str]]]
) -> Callable[[Module], Iterator[Diagnostic]]:
    """The lines and words of a rule as its diagnostics."""
    return lambda module: (
        Diagnostic("error", shortened(words), code, module.path, line)
        for line, words in find(module)
    )


def _remote(decorator: str, call: str = "f.remote()") -> str:
    return (
        f"import ray\n\n\n{decorator}\ndef f():\n    return 1\n\n\n"
        f"ray.init()\nprint(ray.get({call}))\n"
    )


REFUSALS: tuple[Refusal[Module], ...] = (
    Refusal(
        code="remote-option",
        what="a remote function, or an actor, has the options that are its own",
        source="ray_option_utils.py validate_task_options, validate_actor_options",
        find=_told("remote-option", _options),
        refused=_remote("@ray.remote(num_cpu=1)"),
        accepted=_remote("@ray.remote(num_cpus=1)"),
    ),
    Refusal(
        code="remote-quantity",
        what="resources are numbers that are not negative; CPUs and GPUs have options of their own",
        source="ray_option_utils.py _resource_option, _validate_resources",
        find=_told("remote-quantity", _quantities),
        refused=_remote("@ray.remote(num_cpus=-1)"),
        accepted=_remote("@ray.remote(num_cpus=0.5, resources={'disk': 1})"),
    ),
    Refusal(
        code="remote-call",
        what="a remote function is called, and an actor made, by remote()",
        source="remote_function.py: Remote functions cannot be called directly; actor.py",
        find=_told("remote-call", _called),
        refused=_remote("@ray.remote", "f()"),
        accepted=_remote("@ray.remote", "f.remote()"),
    ),
)
