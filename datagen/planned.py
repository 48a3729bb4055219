"""What a plan-prediction row asks and knows: configurations in several forms, and their plans.

All of it is pure.
"""

import json
import re
from collections.abc import Mapping
from enum import StrEnum
from random import Random
from typing import Any

from rewardsvc.extract import render_answer
from rewardsvc.types import Check, CheckKind, JsonValue

FORMAT = "plan-prediction"
CATEGORY = "plan"

AGREES = Check(kind=CheckKind.GRADED, measure="plan-changes")
"""What a row asks of an answer: docs/plan-prediction.md."""

Files = Mapping[str, str]


class Form(StrEnum):
    """How a configuration says what it makes."""

    PLAIN = "plain"
    COUNT = "count"
    """A resource several times, by number."""
    FOR_EACH = "for_each"
    """A resource several times, by key."""
    CONDITIONAL = "conditional"
    """A resource that is there or not, by a variable."""
    MODULE = "module"
    """All of it in a module that the root calls."""
    EDIT = "edit"
    """Against what stood before."""


class Complexity(StrEnum):
    """How much there is to keep in mind; docs/curation.md has the definition."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


_BLOCK = re.compile(r'^resource "(\w+)" "(\w+)" \{\n(.*?)^\}\n', re.MULTILINE | re.DOTALL)
_PROVIDER = re.compile(r"^(?:provider|terraform) [^\n]*\{\n.*?^\}\n\n?", re.MULTILINE | re.DOTALL)
_NAMED = re.compile(
    r'^(  (?:name|bucket|identifier|function_name) +=) "([a-z0-9-]+)"$', re.MULTILINE
)
_REPEATING = re.compile(r"^\s*(?:count|for_each)\s*=", re.MULTILINE)
_LOGIC = re.compile(r"\?|\bfor\b|dynamic \"")
_KEYS = ("blue", "green", "red", "north", "south", "east", "west")


def formed(form: Form, text: str, rng: Random) -> Files | None:
    """A configuration of one file in another form; None where it cannot be given that."""
    if form is Form.PLAIN:
        return {"main.tf": text}
    if form is Form.MODULE:
        return _in_module(text, rng)
    return _repeated(form, text, rng)


def _repeated(form: Form, text: str, rng: Random) -> Files | None:
    blocks = [each for each in _BLOCK.finditer(text) if not _REPEATING.search(each[3])]
    if not blocks:
        return None
    block = rng.choice(blocks)
    address = f"{block[1]}.{block[2]}"
    refers = re.compile(rf"\b{re.escape(address)}\.")
    head, own = "", ""
    if form is Form.COUNT:
        first, argument, own = "[0]", f"count = {rng.randint(2, 5)}", "${count.index}"
    elif form is Form.FOR_EACH:
        keys = rng.sample(_KEYS, rng.randint(2, 4))
        listed = ", ".join(f'"{key}"' for key in keys)
        first, argument, own = f'["{keys[0]}"]', f"for_each = toset([{listed}])", "${each.key}"
    else:
        enabled = rng.random() < 0.5 or bool(refers.search(text))
        first, argument = "[0]", "count = var.enabled ? 1 : 0"
        value = str(enabled).lower()
        head = f'variable "enabled" {{\n  type    = bool\n  default = {value}\n}}\n\n'
    body = _NAMED.sub(rf'\1 "\2-{own}"', block[3], count=1) if own else block[3]
    made = f'resource "{block[1]}" "{block[2]}" {{\n  {argument}\n\n{body}}}\n'
    rest = (text[: block.start()], text[block.end() :])
    before, after = (refers.sub(f"{address}{first}.", each) for each in rest)
    return {"main.tf": f"{head}{before}{made}{after}"}


def _in_module(text: str, rng: Random) -> Files | None:
    providers = "".join(_PROVIDER.findall(text))
    name = rng.choice(("stack", "service", "base", "this"))
    call = f'module "{name}" {{\n  source = "./modules/{name}"\n}}\n'
    inner = _PROVIDER.sub("", text)
    if not _BLOCK.search(inner):
        return None
    return {"main.tf": f"{providers.rstrip()}\n\n{call}", f"modules/{name}/main.tf": inner}


def truth_of(
    plan: Mapping[str, Any], alone: Mapping[str, Any] | None = None
) -> dict[str, JsonValue]:
    """What is known of ``terraform show -json``: each managed resource that does not stay as it is,
    with its attributes as they will be. What is known after apply only, secret or null is left
    out. ``alone``: of an edit, the plan of the same configuration from nothing; what that does not
    know comes from the state, which is made."""
    knowing = {each["address"]: each["change"] for each in _managed(alone or plan)}
    changes = []
    for item in _managed(plan):
        actions = item["change"]["actions"]
        if actions == ["no-op"]:
            continue
        told = {"address": item["address"], "type": item["type"], "actions": actions}
        known = _known(knowing.get(item["address"], {}))
        changes.append(told | ({"attributes": known} if known else {}))
    return {"resource_changes": changes}


def _managed(plan: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [each for each in plan.get("resource_changes") or () if each.get("mode") == "managed"]


def _known(change: Mapping[str, Any]) -> dict[str, JsonValue]:
    after = change.get("after") or {}
    marks = [change.get(name) or {} for name in ("after_unknown", "after_sensitive")]
    return {
        name: value
        for name, value in after.items()
        if value not in (None, [], {}) and not any(_any(each.get(name)) for each in marks)
    }


def _any(marks: Any) -> bool:
    """Whether something is marked, at any depth."""
    if isinstance(marks, dict):
        return any(map(_any, marks.values()))
    return any(map(_any, marks)) if isinstance(marks, list) else bool(marks)


def complexity_of(files: Files, truth: Mapping[str, Any]) -> Complexity:
    """A point for more than three changes and another for more than eight, one for repetition, one
    for conditions and loops, one for a module, one for changes of more than one kind. None or one
    is low, two medium, more high."""
    texts = "\n".join(files.values())
    changes = truth["resource_changes"]
    points = sum(
        (
            len(changes) > 3,
            len(changes) > 8,
            bool(_REPEATING.search(texts)),
            bool(_LOGIC.search(texts)),
            len(files) > 1,
            len({tuple(each["actions"]) for each in changes}) > 1,
        )
    )
    return Complexity.LOW if points < 2 else Complexity.MEDIUM if points < 3 else Complexity.HIGH


def answer_of(truth: Mapping[str, Any]) -> str:
    """The answer that a row has: the changes without their attributes."""
    told = [
        {name: each[name] for name in ("address", "type", "actions")}
        for each in truth["resource_changes"]
    ]
    text = json.dumps({"resource_changes": told}, indent=2)
    return f"```json\n{text}\n```\n"


def asked(files: Files, before: Files, rng: Random) -> tuple[str, str]:
    """An instruction and its input."""
    shown = render_answer(dict(files), "hcl", default=".")
    if not before:
        return f"{rng.choice(_QUESTIONS)} {_SHAPE}", shown
    stood = render_answer(dict(before), "hcl", default=".")
    return (
        f"{rng.choice(_QUESTIONS_OF_EDITS)} {_SHAPE}",
        f"Applied already:\n\n{stood}\nNow:\n\n{shown}",
    )


_SHAPE = (
    'Answer with JSON: {"resource_changes": [{"address": …, "type": …, "actions": […]}]}, a managed'
    " resource each, without those that stay as they are."
)
_QUESTIONS = (
    "What will `terraform plan` show for this configuration? Nothing has been applied so far.",
    "Predict the plan of the configuration below; its state is empty.",
    "Nothing is deployed yet. Which resources does Terraform plan for these files?",
    "List what applying this from scratch would do, resource by resource.",
    "Review: what does the first plan of this say?",
)
_QUESTIONS_OF_EDITS = (
    "The first configuration is applied. What does `terraform plan` show for the second one?",
    "What would change? The state is that of what is applied already.",
    "Before we merge this: predict the plan against what is applied.",
    "Which resources are created, updated, replaced or destroyed by this change?",
)
