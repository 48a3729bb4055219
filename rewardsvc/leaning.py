"""What an answer leans on, read from its text: the means that a server must have for it. Pure.

``datagen`` writes it of the answers that it accepts, and ``rl`` fills it in where rows do not say.
Only what is looked up on the machine counts: Terraform providers, with the versions that are asked
for, and modules; kinds of custom resources; the Python libraries that are looked into. What of it
an answer's text names, its format says (:attr:`rewardsvc.format.Format.leans_on`).
"""

import re
from dataclasses import replace

from rewardsvc.extract import extract
from rewardsvc.formats import FORMATS
from rewardsvc.types import Means, Task, Verdict


def leaned_on(task: Task, completion: str) -> Means:
    """The means of an answer; none of one without a file, that does not parse, or leans on nothing.

    Of a format that nobody knows there are none.
    """
    format = FORMATS.get(task.format)
    if format is None or format.leans_on is None:
        return Means()
    artifact = extract(completion, task, format.verifier).artifact
    return format.leans_on.load()(artifact) if artifact is not None else Means()


def with_versions(means: Means, verdict: Verdict) -> Means:
    """The means with the versions of providers that judged an answer, where the verdict says so."""
    words = {
        found.message
        for stage in verdict.stages
        for found in stage.diagnostics
        if found.code == "toolchain"
    }
    used = {match[1]: match[2] for word in words if (match := _USED.fullmatch(word))}
    providers = {
        name: (used[_in_words(name)],) if _in_words(name) in used else versions
        for name, versions in means.providers.items()
    }
    return replace(means, providers=providers)


_USED = re.compile(r"([^\s/]+(?:/[^\s/]+)+) (\d\S*)")
"""How a verdict names a provider: ``hashicorp/aws 5.100.0``."""


def _in_words(name: str) -> str:
    """A provider as a verdict names it."""
    return name if "/" in name else f"hashicorp/{name}"
