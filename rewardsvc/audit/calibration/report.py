"""The report of a calibration: JSON for programs, a page for people, a table for the terminal."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.table import Table

from rewardsvc.audit.calibration.figures import (
    Figures,
    JudgedExample,
    JudgeSpending,
    contests_of,
    figures_of,
    level_counts,
    records_of,
    spent_of,
)
from rewardsvc.audit.calibration.measure import Judged, Known, RatedPair
from rewardsvc.judge.rubric import Level
from rewardsvc.report.page import (
    Listing,
    Page,
    Paragraph,
    Part,
    Picture,
    ReportTable,
    page_to_html,
    page_to_markdown,
)

_COLUMNS = (
    "judge",
    "category",
    "good",
    "bad",
    "missing",
    "TPR",
    "TNR",
    "κ",
    "pairs",
    "same in both orders",
    "good preferred",
    "first shown wins",
    "length, Spearman",
    "length, Pearson",
)

_WORDS = """\
TPR: share of good answers that the judge calls good; TNR: share of bad ones that it does not
(Wilson's 95% interval). κ: Cohen's, agreement beyond chance. "Same in both orders": pairs of a good
and a bad answer that were judged alike when they changed places; "good preferred": pairs that the
good answer won in both orders; "first shown wins": share of the answers with a winner that named
the one shown first (0.5 without a bias). Length: correlation of the score with the length of the
answer. Intervals of κ and of the correlations are 95% bootstraps."""


@dataclass(frozen=True, slots=True)
class CalibrationReport:
    """What came of a calibration. ``shown``: what the judges saw beside task and artifact."""

    figures: tuple[Figures, ...]
    records: Mapping[str, Sequence[JudgedExample]]
    spent: Mapping[str, JudgeSpending]
    good_from: Level
    shown: tuple[str, ...]
    examples: int
    unscored: int
    undecided: int


def report_of(
    judged: Sequence[Judged],
    pairs: Sequence[RatedPair],
    known: Known,
    *,
    examples: int,
    good_from: Level,
    shown: Sequence[str],
) -> CalibrationReport:
    """Everything that is reported, from everything that was said."""
    records, contests = records_of(judged), contests_of(pairs)
    return CalibrationReport(
        tuple(
            row
            for judge in records
            for row in figures_of(judge, records[judge], contests.get(judge, []), good_from)
        ),
        records,
        spent_of(judged, pairs),
        good_from,
        tuple(shown),
        examples,
        known.unscored,
        known.undecided,
    )


def report_to_json(report: CalibrationReport) -> str:
    """The report without the single records."""
    data: dict[str, Any] = {
        "good_from": report.good_from.word,
        "shown": list(report.shown),
        "examples": report.examples,
        "unscored": report.unscored,
        "undecided": report.undecided,
        "figures": [asdict(row) for row in report.figures],
        "levels": {judge: level_counts(found) for judge, found in report.records.items()},
        "spent": {judge: asdict(spent) for judge, spent in report.spent.items()},
    }
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def judgements_to_jsonl(judged: Sequence[Judged]) -> str:
    """One line for each example: what the tools and each judge said, and why."""
    lines = []
    for each in judged:
        votes = {
            vote.judge: {
                "levels": {name.value: rated.level.word for name, rated in vote.rating.items()}
                if vote.rating
                else None,
                "reasoning": {name.value: rated.reasoning for name, rated in vote.rating.items()}
                if vote.rating
                else None,
                "missing": vote.missing,
            }
            for vote in each.votes
        }
        data = {
            "id": each.example.id,
            "category": each.example.category,
            "about": each.example.about,
            "truth": each.truth.value,
            "length": each.length,
            "votes": votes,
        }
        lines.append(json.dumps(data, ensure_ascii=False) + "\n")
    return "".join(lines)


def report_to_markdown(report: CalibrationReport, picture: str | None) -> str:
    """The report as a page; ``picture``: the file beside it that shows the figures, if any."""
    # Not aligned: with its intervals the table is wider than any screen.
    return page_to_markdown(_page_of(report, picture), aligned=False)


def report_to_html(report: CalibrationReport, picture: str | None) -> str:
    """The same for a browser."""
    return page_to_html(_page_of(report, picture))


def report_to_table(report: CalibrationReport) -> Table:
    """The figures for a terminal, intervals below their values."""
    table = Table(box=None, header_style="bold", padding=(0, 1))
    for name in _COLUMNS:
        table.add_column(name, justify="left" if name in _COLUMNS[:2] else "right")
    for row in report.figures:
        table.add_row(*(cell.replace(" [", "\n\\[") for cell in _cells(row)))
    return table


def summary(report: CalibrationReport) -> str:
    """Facts and costs in a few lines."""
    spent = "".join(f"\n{judge}: {_spent(found)}" for judge, found in report.spent.items())
    return f"{_facts(report)}{spent}"


def _page_of(report: CalibrationReport, picture: str | None) -> Page:
    parts: list[Part] = [
        Paragraph(_facts(report)),
        ReportTable(_COLUMNS, [_cells(row) for row in report.figures]),
        Paragraph(_WORDS),
    ]
    if picture is not None:
        parts.append(Picture(picture, "Rates and agreement, levels by truth, level and length"))
    for judge, records in report.records.items():
        counts = level_counts(records)
        words = list(next(iter(counts.values())))
        rows = [(truth, *(str(found[word]) for word in words)) for truth, found in counts.items()]
        parts += [Paragraph(f"Levels that {judge} gave:"), ReportTable(("", *words), rows)]
    spent = [f"{judge}: {_spent(found)}" for judge, found in report.spent.items()]
    return Page("Calibration of a judge", [*parts, Paragraph("Cost:"), Listing(spent)])


def _facts(report: CalibrationReport) -> str:
    beside = " and ".join(report.shown) or "nothing"
    return (
        f"{report.examples} answers, of which the tools left {report.unscored} unscored and "
        f"{report.undecided} undecided (a reference that does not hold, a mutant that survives, "
        f'no file). Good is what gets "{report.good_from.word}" or better. Beside task and '
        f"artifact the judge was shown: {beside}."
    )


def _spent(spent: JudgeSpending) -> str:
    dollars = "price not known" if spent.dollars is None else f"${spent.dollars:.4f}"
    return (
        f"{spent.answers} answers ({spent.kept} paid before), {spent.input_tokens} input and "
        f"{spent.output_tokens} output tokens, {dollars}"
    )


def _cells(row: Figures) -> tuple[str, ...]:
    return (
        row.judge,
        row.category,
        str(row.good),
        str(row.bad),
        str(row.missing),
        f"{row.true_positive_rate:.2f}",
        f"{row.true_negative_rate:.2f}",
        f"{row.kappa:.2f}",
        str(row.pairs),
        f"{row.consistent:.2f}",
        f"{row.preferred:.2f}",
        f"{row.first:.2f}",
        f"{row.spearman:.2f}",
        f"{row.pearson:.2f}",
    )
