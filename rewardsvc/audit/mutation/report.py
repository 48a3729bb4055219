"""What the mutants of one task say about its checks, as JSON and as a table. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from rich.table import Table

from rewardsvc.audit.mutation.mutant import Mutant, shown
from rewardsvc.audit.mutation.outcome import Fate, MutantOutcome, only_catchers
from rewardsvc.types import Check

_WORDS = ("group", "format")


@dataclass(frozen=True, slots=True)
class MutationReport:
    """One task. ``problem``: why nothing could be measured, "" where it could.

    ``counted``: the mutants that have to be caught, each with what became of it. ``equivalent`` and
    ``free``: those that need not (:mod:`rewardsvc.audit.mutation.meaning`). ``fixtures``: whether
    the task has some; then a verdict shows the checks of the lowest run alone.
    """

    id: str
    group: str
    format: str
    checks: tuple[Check, ...]
    counted: tuple[tuple[Mutant, MutantOutcome], ...] = ()
    equivalent: int = 0
    free: tuple[Mutant, ...] = ()
    problem: str = ""
    fixtures: bool = False

    def of(self, fate: Fate) -> list[Mutant]:
        """The counted mutants with a fate."""
        return [mutant for mutant, outcome in self.counted if outcome.fate is fate]

    @property
    def decided(self) -> int:
        """How many counted mutants have a verdict."""
        return len(self.counted) - len(self.of(Fate.UNSCORED))

    @property
    def caught(self) -> float | None:
        """The share of the decided mutants that somebody noticed; None where there is none."""
        return 1 - len(self.of(Fate.SURVIVED)) / self.decided if self.decided else None

    @property
    def useless(self) -> list[int]:
        """The indices of checks that caught no mutant that the tools accept; none where fixtures
        may have hidden what they caught."""
        if self.fixtures:
            return []
        caught = {index for _, outcome in self.counted for index in outcome.checks}
        return [index for index in range(len(self.checks)) if index not in caught]


def report_to_json(report: MutationReport) -> dict[str, Any]:
    """The report as JSON data; docs/mutation.md describes it."""
    outcomes = [outcome for _, outcome in report.counted]
    caught = Counter(index for outcome in outcomes for index in outcome.checks)
    alone = only_catchers(outcomes)
    reasons = sorted({outcome.reason for outcome in outcomes if outcome.reason})
    return {
        "id": report.id,
        "group": report.group,
        "format": report.format,
        "problem": report.problem,
        "caught": report.caught,
        "counted": len(report.counted),
        "caught_by_tools": len(report.of(Fate.TOOLS)),
        "caught_by_checks": len(report.of(Fate.CHECKS)),
        "survivors": [_as_json(mutant) for mutant in report.of(Fate.SURVIVED)],
        "unscored": len(report.of(Fate.UNSCORED)),
        "unscored_reasons": reasons,
        "equivalent": report.equivalent,
        "free": dict(sorted(Counter(mutant.kind.value for mutant in report.free).items())),
        "checks": [
            {
                "index": index,
                "description": check.description or check.expr,
                "caught": caught[index],
                "only": alone.get(index, 0),
            }
            for index, check in enumerate(report.checks)
        ],
        "useless": report.useless,
    }


def _as_json(mutant: Mutant) -> dict[str, Any]:
    return {
        "kind": mutant.kind.value,
        "file": mutant.file,
        "line": mutant.line,
        "path": mutant.path,
        "before": mutant.before,
        "after": mutant.after,
    }


def share(reports: Iterable[MutationReport]) -> float | None:
    """The share caught of all decided mutants of several reports; None where there is none."""
    kept = list(reports)
    decided = sum(report.decided for report in kept)
    survived = sum(len(report.of(Fate.SURVIVED)) for report in kept)
    return 1 - survived / decided if decided else None


def table(reports: Sequence[MutationReport]) -> Table:
    """A row for each group of tasks, and one for all of them."""
    groups: dict[tuple[str, str], list[MutationReport]] = defaultdict(list)
    for report in reports:
        groups[report.group, report.format].append(report)
    found = Table(box=None)
    for name in (
        "group", "format", "tasks", "mutants", "by tools", "by checks", "survive", "caught",
        "of valid", "same", "free", "unscored", "useless",
    ):  # fmt: skip
        found.add_column(name, no_wrap=True, justify="left" if name in _WORDS else "right")
    for (group, format), members in sorted(groups.items()):
        found.add_row(group, format, *_cells(members))
    if len(groups) > 1:
        found.add_row("all", "", *_cells(reports), style="bold")
    return found


def _cells(reports: Sequence[MutationReport]) -> list[str]:
    def count(fate: Fate) -> int:
        return sum(len(report.of(fate)) for report in reports)

    survived, checks = count(Fate.SURVIVED), count(Fate.CHECKS)
    caught = share(reports)
    valid = checks / (checks + survived) if checks + survived else None
    useless = {
        report.checks[index].description or report.checks[index].expr
        for report in reports
        for index in report.useless
    }
    return [
        str(len(reports)),
        str(sum(len(report.counted) for report in reports)),
        str(count(Fate.TOOLS)),
        str(checks),
        str(survived),
        _percent(caught),
        _percent(valid),
        str(sum(report.equivalent for report in reports)),
        str(sum(len(report.free) for report in reports)),
        str(count(Fate.UNSCORED)),
        str(len(useless)),
    ]


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}"


def survivors(reports: Iterable[MutationReport], most: int) -> list[str]:
    """Lines that name survivors, the most frequent places first."""
    places: Counter[tuple[str, str, str]] = Counter()
    example: dict[tuple[str, str, str], str] = {}
    for report in reports:
        for mutant in report.of(Fate.SURVIVED):
            key = (report.group, mutant.kind.value, mutant.path)
            places[key] += 1
            example.setdefault(key, f"{shown(report.id, 40)}: {mutant}")
    return [f"{number}x {example[key]}" for key, number in places.most_common(most)]
