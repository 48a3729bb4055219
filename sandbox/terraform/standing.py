"""What stands before an edit: the state that a configuration has once it is applied. Pure.

Nothing is made for it. Terraform plans and applies, and a relay answers for its providers
(:mod:`sandbox.terraform.plugins.applied`); so references, modules and outputs are Terraform's own
doing. Planned again, there must be nothing to do: what an answer changes is told apart by that.
"""

import json
import posixpath
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sandbox.base import WORK, Ended, Result, Step, StepResult
from sandbox.errors import BEFORE, BeforeUnusable, ToolCrashed
from sandbox.terraform import output
from sandbox.terraform.base import Phase
from sandbox.terraform.outcome import LIMITS
from sandbox.terraform.places import CONFIG, PLAN_FILE, TERRAFORM
from sandbox.terraform.prepare import GET, PLAN, PreparedConfiguration

STATE_FILE = "terraform.tfstate"
"""Where Terraform looks for its state, beside the root module."""

_AGAIN = f"{WORK}/again.bin"
_APPLY = (TERRAFORM, f"-chdir={CONFIG}", "apply", "-json", "-input=false", "-lock=false")
_PROVIDER = 'provider["'
_NAMED = 3
"""Of the changes that are left, so many are named."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A state (Terraform's format, version 4), and the plan of what it is of against it.

    ``types`` and ``sources``: what is in it, and the providers that it belongs to.
    """

    state: bytes
    plan: Mapping[str, Any]
    types: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()


class NotMade(BeforeUnusable):
    """The steps that make a state did not come to their end; by itself it does not say whose fault
    that is. ``ended``: how they were ended; ``phase``: what the step that failed said, None where
    none did."""

    def __init__(self, why: str, ended: Ended, phase: Phase | None = None) -> None:
        self.ended = ended
        self.phase = phase
        super().__init__(f"{BEFORE}: {why}")


def making(prepared: PreparedConfiguration) -> tuple[Step, ...]:
    """The steps that make the state of a configuration, in a box whose providers are answered for.

    Its provisioners are programs of its author's, and are to be left out before.
    """
    again = tuple(f"-out={_AGAIN}" if word == f"-out={PLAN_FILE}" else word for word in PLAN.argv)
    state = posixpath.join(CONFIG, prepared.root, STATE_FILE)
    return (
        *((GET,) if prepared.needs.modules else ()),
        PLAN,
        Step("apply", (*_APPLY, PLAN_FILE), "all-passed"),
        Step("state", ("/bin/cat", state), "all-passed"),
        Step("again", again, "all-passed"),
        Step("show", (TERRAFORM, f"-chdir={CONFIG}", "show", "-json", _AGAIN), "all-passed"),
    )


def standing_of(result: Result, *, settled: bool = True) -> Standing:
    """What the steps made. ``settled``: it is of no use where something is left to do.

    Raises:
        NotMade: it does not plan, cannot be applied, or was ended meanwhile.
        BeforeUnusable: it would change again.
        ToolCrashed: Terraform said nothing that has a meaning.
    """
    if result.ended is not Ended.EXITED:
        why = f"making its state {LIMITS.get(result.ended, 'was ended')}"
        raise NotMade(why, result.ended)
    for name in ("get", "plan", "apply", "again"):
        step = result.step(name)
        if step is not None and step.exit_code:
            phase = output.phase_of_text(step) if name == "get" else output.phase_of_stream(step)
            raise NotMade(f"{_DOES_NOT[name]}: {_first_error(phase)}", result.ended, phase)
    state, shown = result.step("state"), result.step("show")
    if state is None or shown is None or state.exit_code:
        raise _nothing_told(result.steps)
    plan = output.plan_of_show(shown)
    if settled and (left := [*_left_to_do(plan)]):
        raise unusable(f"planned again, it changes {', '.join(left[:_NAMED])}")
    return Standing(state.stdout, plan, *_contents(state))


def unusable(why: str) -> BeforeUnusable:
    """The error for a configuration that no edit can be held against."""
    return BeforeUnusable(f"{BEFORE}: {why}")


def against(prepared: PreparedConfiguration, standing: Standing) -> PreparedConfiguration:
    """A configuration, ready to be planned against what stands.

    A state that the answer brings counts for nothing.
    """
    place = posixpath.join(CONFIG, prepared.root, STATE_FILE)
    nowhere = dict.fromkeys(standing.sources, ("", 0))
    return replace(
        prepared,
        files={**prepared.files, place: standing.state},
        names=prepared.names | standing.types,
        needs=replace(prepared.needs, providers={**nowhere, **prepared.needs.providers}),
    )


_DOES_NOT = {
    "get": "its modules cannot be fetched",
    "plan": "it does not plan",
    "apply": "no state can be made of it",
    "again": "it does not plan against its own state",
}


def _first_error(phase: Phase) -> str:
    errors = [each for each in phase.problems if each.severity == "error"]
    if not errors:
        return "it failed without saying why"
    first = errors[0]
    said = f"{first.summary}: {first.detail}" if first.detail else first.summary
    return f"{first.address}: {said}" if first.address else said


def _left_to_do(plan: Mapping[str, Any]) -> Iterator[str]:
    for item in plan.get("resource_changes") or ():
        actions = item["change"]["actions"]
        if item.get("mode") == "managed" and actions != ["no-op"]:
            old, new = item["change"].get("before") or {}, item["change"].get("after") or {}
            changed = sorted(
                name for name in old.keys() | new.keys() if old.get(name) != new.get(name)
            )
            yield f"{item['address']} ({' and '.join(actions)}: {', '.join(changed)})"


def _contents(state: StepResult) -> tuple[frozenset[str], frozenset[str]]:
    """The types of what a state holds, and their providers' sources."""
    try:
        resources = json.loads(state.stdout)["resources"]
        types = frozenset(str(each["type"]) for each in resources)
        named = frozenset(str(each["provider"]) for each in resources)
    except (ValueError, KeyError, TypeError) as error:
        raise output.crash(state) from error
    return types, frozenset(_source(each) for each in named)


def _source(provider: str) -> str:
    """The source in ``module.a.provider["registry.terraform.io/hashicorp/aws"].alias``."""
    return provider.partition(_PROVIDER)[2].partition('"')[0]


def _nothing_told(steps: Sequence[StepResult]) -> ToolCrashed:
    return output.crash(steps[-1])
