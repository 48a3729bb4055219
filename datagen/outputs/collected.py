"""The card and the statistics of rows that were collected."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

from datagen.outputs.licences import COLLECTED_TERMS
from rewardsvc.tasks import TaskRow


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionStatistics:
    """What became of everything that was found, as ``collection.json`` has it.

    ``repositories``: found. ``left``: those that gave no candidate, by reason. ``failures``: what
    was wrong with those that could not be cloned. ``incomplete_searches``: that the service did not
    finish. ``dropped``: candidates by reason. ``rejected``: by the tools, by the reason.
    ``secrets``: where what looks like one stands, never the secret itself.
    ``undecided``: candidates for which a tool or provider is missing here, by the reason.
    ``repeated``: rows that repeat another. The rest counts rows.
    """

    provider: str
    repositories: int
    left: Mapping[str, int]
    failures: Mapping[str, str]
    incomplete_searches: int
    candidates: int
    dropped: Mapping[str, int]
    rejected: Mapping[str, int]
    undecided: Mapping[str, int]
    secrets: Sequence[str]
    repeated: int
    rows: int
    formats: Mapping[str, int]
    licences: Mapping[str, int]
    splits: Mapping[str, int]
    repositories_with_rows: int


def statistics_lines(statistics: CollectionStatistics) -> list[str]:
    """The same as words for a terminal. Pure."""
    said = [
        f"{statistics.repositories} repositories found, {_sum(statistics.left)} gave nothing"
        f"{_reasons(statistics.left)}",
        f"{statistics.candidates + _sum(statistics.dropped)} modules and files looked at,"
        f" {_sum(statistics.dropped)} left out{_reasons(statistics.dropped)}",
        f"{statistics.candidates} verified, {_sum(statistics.rejected)} rejected"
        f"{_reasons(statistics.rejected)}",
    ]
    said += [f"looks like a secret, and is left out: {place}" for place in statistics.secrets]
    left = {**statistics.left, **statistics.dropped}
    said += [f"{reason}: {remedy}" for reason in left if (remedy := _remedy(reason))]
    if statistics.undecided:
        said.append(f"{_sum(statistics.undecided)} undecided here{_reasons(statistics.undecided)}")
    if statistics.repeated:
        said.append(f"{statistics.repeated} repeat another row")
    if statistics.incomplete_searches:
        said.append(f"{statistics.incomplete_searches} searches were not finished by the service")
    said.append(
        f"{statistics.rows} rows of {statistics.repositories_with_rows} repositories"
        f"{_reasons(statistics.formats)}"
    )
    return said


def statistics_as_json(statistics: CollectionStatistics) -> str:
    """Equal statistics give equal bytes."""
    return json.dumps(asdict(statistics), indent=1, ensure_ascii=False)


def collected_card(rows: Sequence[TaskRow], statistics: CollectionStatistics) -> Iterable[str]:
    """``README.md``: how the rows came about, and whose they are. Pure."""
    splits = ", ".join(f"{count} {name}" for name, count in statistics.splits.items()) or "none"
    yield f"# Collected: {len(rows)} verified tasks"
    yield ""
    yield (
        f"Files of {statistics.repositories_with_rows} public or private repositories, found by"
        f" `datagen collect {statistics.provider}`. Each answer is as its authors wrote it; its"
        " instruction was told from the names and values that stand in it, and no model or person"
        " worded it."
    )
    yield (
        "Every answer was run through the verifiers that score completions, and every check holds"
        " on it. The checks pin what the instruction says and no more: they were not tested with"
        " mutants as those of made data sets are (`rewardsvc mutate` does)."
    )
    yield f"Sides: {splits}. All rows of a repository are on one side."
    yield ""
    yield "## Repositories"
    yield ""
    yield "| repository | commit | licence | rows |"
    yield "|---|---|---|---|"
    seen = Counter(
        (
            str(row.provenance["repository"]),
            str(row.provenance["commit"]),
            str(row.provenance["licence"]),
        )
        for row in rows
    )
    for (repository, commit, licence), count in sorted(seen.items()):
        yield f"| {repository} | {commit[:12]} | {licence or 'unknown'} | {count} |"
    yield ""
    yield "## Licence"
    yield ""
    yield COLLECTED_TERMS


_REMEDIES = {
    "a fork": "taken with forks: true in --settings",
    "archived": "taken with archived: true in --settings",
    "too large": "taken with a higher max_repository_megabytes in --settings",
    "gone": "the service lists it and has it no more: nothing is to be done",
    "not cloned": "why is under failures in collection.json; run the command again to try again",
    "licence unknown": "taken with --unknown-licences; whether you may is for you to find out",
    "too few Terraform files": "taken with a lower --min-terraform-files",
    "quality": "taken with a lower --min-quality",
    "secret": "move it into a variable that has no default, or a secret of the service",
    "calls modules of its own": "name the module's own folder: one that calls its neighbours is no"
    " answer by itself",
    "has fences": "no answer can hold ``` in a file",
    "says too little": "too few names and values are written out to be asked for, or too many",
    "no text": "a file is not UTF-8",
    "nothing to take": "no file of a format that is collected; docs/collecting.md lists them",
}
"""What to do where a reason is not what was wanted."""


def _remedy(reason: str) -> str:
    if reason.startswith("licence ") and reason not in _REMEDIES:
        return f"taken with --licence {reason.removeprefix('licence ')}"
    return _REMEDIES.get(reason, "")


def _sum(counts: Mapping[str, int]) -> int:
    return sum(counts.values())


def _reasons(counts: Mapping[str, int]) -> str:
    if not counts:
        return ""
    most = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    return f" ({', '.join(f'{count} {name}' for name, count in most[:12])})"
