"""What is asked for, told from what a candidate names: files, resources, variables, jobs. Pure.

No model words it, and nothing is guessed: an instruction says what stands in the texts and can be
checked, so each sentence has its checks. What it does not say (an argument's expression, an order)
an answer may choose; ``rewardsvc mutate`` tells how much that is. A candidate of which too little
can be said is none.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from datagen.sources.collected.units import Unit
from datagen.sources.collected.wording.dockerfile import of_dockerfile
from datagen.sources.collected.wording.documents import (
    of_ansible,
    of_cloudformation,
    of_compose,
    of_kubernetes,
)
from datagen.sources.collected.wording.pipelines import of_gitlab, of_leaves, of_named_jobs
from datagen.sources.collected.wording.said import Said, coded
from datagen.sources.collected.wording.terraform import of_terraform
from rewardsvc.formats import FORMATS
from rewardsvc.types import Check
from sandbox.hcl.outline import NotOutlined

_FEWEST_CHECKS = 3
_MOST_CHECKS = 150
"""What takes more to say is no one request."""

_SAID: Mapping[str, Callable[[Unit], Iterator[Said]]] = {
    "terraform": of_terraform,
    "kubernetes": of_kubernetes,
    "compose": of_compose,
    "github-actions": of_named_jobs,
    "circleci": of_named_jobs,
    "gitlab-ci": of_gitlab,
    "azure-pipelines": of_leaves,
    "bitbucket-pipelines": of_leaves,
    "cloudformation": of_cloudformation,
    "ansible": of_ansible,
    "dockerfile": of_dockerfile,
}

_PROMPTS = {"terraform": "a Terraform configuration (HCL, formatted as terraform fmt does)"}
"""Where what a topic asks for besides (one file, a provider block) is not so of a module."""


@dataclass(frozen=True, slots=True)
class Wording:
    """An instruction, and the checks of what it says."""

    instruction: str
    checks: tuple[Check, ...]


def worded(unit: Unit) -> Wording | None:
    """What is asked for; None of what cannot be read, or says too little or too much."""
    try:
        said = list(_SAID[unit.format](unit))
    except (NotOutlined, RecursionError):
        return None
    except (ValueError, KeyError, TypeError, AttributeError):
        return None  # a value is of another shape than its place says: the tools would refuse it
    checks = tuple(check for each in said for check in each.checks)
    if not _FEWEST_CHECKS <= len(checks) <= _MOST_CHECKS:
        return None
    what = _PROMPTS.get(unit.format, FORMATS[unit.format].prompt)
    files = f" in the files {coded(unit.files)}" if len(unit.files) > 1 else ""
    lines = [f"Write {what}{files}.", *(each.sentence for each in said)]
    return Wording("\n".join(lines), checks)
