"""The report as one picture: rates and agreement, levels by truth, score against length."""

from pathlib import Path
from random import Random
from typing import Any

from rewardsvc.audit.calibration.examples import Truth
from rewardsvc.audit.calibration.figures import ALL, level_counts
from rewardsvc.audit.calibration.report import CalibrationReport
from rewardsvc.extras import needing
from rewardsvc.judge.rubric import RUBRIC, Criterion
from rewardsvc.report.statistics import Estimate

_GOOD, _BAD, _NEUTRAL = "#1b7f5c", "#c0392b", "#34495e"
_METRICS = (
    ("TPR", "true_positive_rate", _GOOD, "o"),
    ("TNR", "true_negative_rate", _BAD, "s"),
    ("κ", "kappa", _NEUTRAL, "D"),
    ("same in both orders", "consistent", "#8e6bbf", "^"),
)


def require_plotting() -> None:
    """See that a picture can be drawn, before anything is paid for.

    Raises:
        ExtraMissing: matplotlib is not installed.
    """
    with needing("calibrate", hint="or give --no-plot"):
        import matplotlib  # noqa: F401


def draw(report: CalibrationReport, path: Path) -> None:
    """Write the picture (PNG): a row for each judge."""
    from matplotlib.figure import Figure

    judges = list(report.records)
    categories = len({row.category for row in report.figures})
    height = max(3.2, 1.2 + 0.42 * categories)
    figure = Figure(figsize=(14, height * len(judges)), layout="constrained")
    panels = figure.subplots(len(judges), 3, squeeze=False, width_ratios=(1.5, 1, 1))
    for judge, row in zip(judges, panels, strict=True):
        _rates(row[0], report, judge)
        _levels(row[1], report, judge)
        _lengths(row[2], report, judge)
    figure.savefig(path, dpi=120)


def _rates(axes: Any, report: CalibrationReport, judge: str) -> None:
    rows = [row for row in report.figures if row.judge == judge][::-1]
    for place, (name, field, colour, marker) in enumerate(_METRICS):
        offset = 0.24 - 0.16 * place
        for height, row in enumerate(rows):
            estimate: Estimate = getattr(row, field)
            if estimate.value is None:
                continue
            low = estimate.value if estimate.low is None else estimate.low
            high = estimate.value if estimate.high is None else estimate.high
            # A bootstrap's bounds need not lie on both sides of the value.
            error = [[max(0.0, estimate.value - low)], [max(0.0, high - estimate.value)]]
            axes.errorbar(
                estimate.value, height + offset, xerr=error, fmt=marker, color=colour, ms=5,
                capsize=2, lw=1, label=name if height == len(rows) - 1 else None,
            )  # fmt: skip
    axes.set_yticks(
        range(len(rows)),
        [f"{row.category}  ({row.good} good, {row.bad} bad)" for row in rows],
    )
    axes.set_ylim(-0.6, len(rows) - 0.4)
    for height in range(len(rows) - 1):
        axes.axhline(height + 0.5, color="#dddddd", lw=0.6)
    axes.set_xlim(min(-0.05, *(_low(row.kappa) for row in rows)), 1.05)
    axes.grid(axis="x", color="#eeeeee")
    axes.set_title(f"{judge}: beside the tools (95% intervals)", loc="left", fontsize=10)
    axes.legend(
        loc="upper center", bbox_to_anchor=(0.5, -0.12), ncols=len(_METRICS), frameon=False,
        fontsize=8,
    )  # fmt: skip


def _levels(axes: Any, report: CalibrationReport, judge: str) -> None:
    counts = level_counts(report.records[judge])
    words = list(counts[Truth.GOOD])[::-1]
    for truth, colour, offset in ((Truth.GOOD, _GOOD, -0.2), (Truth.BAD, _BAD, 0.2)):
        total = sum(counts[truth].values()) or 1
        shares = [counts[truth][word] / total for word in words]
        places = [place + offset for place in range(len(words))]
        axes.bar(places, shares, width=0.38, color=colour, label=f"{truth.value} answers")
    axes.set_xticks(range(len(words)), words)
    axes.set_ylim(0, 1.05)
    axes.set_title("levels given (share)", loc="left", fontsize=10)
    axes.legend(frameon=False, fontsize=8)


def _lengths(axes: Any, report: CalibrationReport, judge: str) -> None:
    random = Random(0)  # points of one level would hide each other
    for truth, colour in ((Truth.GOOD, _GOOD), (Truth.BAD, _BAD)):
        points = [
            (record.length, record.level.score + random.uniform(-0.05, 0.05))
            for record in report.records[judge]
            if record.truth is truth and record.level is not None
        ]
        axes.scatter(
            [x for x, _ in points], [y for _, y in points], s=12, alpha=0.5, color=colour,
            linewidths=0,
        )  # fmt: skip
    levels = RUBRIC[Criterion.INTENT_FIT].levels
    axes.set_yticks([level.score for level in levels], [level.word for level in levels])
    axes.set_ylim(-0.1, 1.1)
    whole = next(row for row in report.figures if (row.judge, row.category) == (judge, ALL))
    rho, r = (
        "-" if each.value is None else f"{each.value:.2f}"
        for each in (whole.spearman, whole.pearson)
    )
    axes.set_xlabel(f"characters of the answer (Spearman {rho}, Pearson {r})", fontsize=8)
    axes.set_title("level and length", loc="left", fontsize=10)


def _low(estimate: Estimate) -> float:
    return 0.0 if estimate.low is None else estimate.low - 0.05
