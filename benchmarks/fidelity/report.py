"""What was measured as rows of a table, as text, Markdown and JSON. Pure."""

import json
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks.fidelity.disagreements import Disagreement
from benchmarks.fidelity.files import Quality
from benchmarks.fidelity.hostile import HONEST_LEAST, HOSTILE_MOST, Answered
from benchmarks.fidelity.reference_tools import ToolAnswer
from benchmarks.fidelity.scored import ScoredFile
from rewardsvc.audit.mutation.outcome import Fate
from rewardsvc.audit.mutation.report import MutationReport
from rewardsvc.types import FailureKind

MUTANTS_WANTED = 0.95
"""The share of meaning-changing mutants that must be caught."""

_LACKING = frozenset({FailureKind.TOOL_MISSING, FailureKind.PROVIDER_MISSING})
"""Why an answer may be UNSCORED here: there are tools that a machine need not have."""


@dataclass(frozen=True, slots=True)
class FidelityRow:
    """One figure. ``wrong``: it is not what it must be."""

    what: str
    figure: str
    keyword: str = ""
    wrong: bool = False


@dataclass(frozen=True, slots=True)
class Measured:
    """Everything that one run measured; ``absent`` says what it could not look at."""

    files: Sequence[ScoredFile] = ()
    answers: Sequence[ToolAnswer | None] = ()
    disagreements: Sequence[Disagreement] = ()
    catalogue: Sequence[Answered] = ()
    mutants: Sequence[MutationReport] = ()
    absent: Sequence[str] = field(default_factory=tuple)


def rows_of(measured: Measured) -> list[FidelityRow]:
    """The figures, in the order of the table."""
    return [
        *_of_files(measured.files),
        *_of_tools(measured),
        *_of_mutants(measured.mutants),
        *_of_catalogue(measured.catalogue),
    ]


def _of_files(files: Sequence[ScoredFile]) -> Iterator[FidelityRow]:
    for known, what in (
        (Quality.GOOD, "known-good {} files with full syntax"),
        (Quality.BAD, "known-bad {} files without full syntax"),
    ):
        for format in sorted({each.file.format for each in files}):
            of_format = [
                each for each in files if each.file.format == format and each.file.known is known
            ]
            if not of_format:
                continue
            right = sum(each.as_known is True for each in of_format)
            keyword = sum(
                (each.keyword >= HONEST_LEAST) is (known is Quality.GOOD) for each in of_format
            )
            yield FidelityRow(
                what.format(format),
                _share(right, len(of_format)),
                _share(keyword, len(of_format)),
            )


def _of_tools(measured: Measured) -> Iterator[FidelityRow]:
    asked: Counter[str] = Counter(answer.tool for answer in measured.answers if answer)
    explained: Counter[str] = Counter()
    unexplained: Counter[str] = Counter()
    for each in measured.disagreements:
        (explained if each.reason else unexplained)[each.answer.tool] += 1
    for tool, count in sorted(asked.items()):
        same = count - explained[tool] - unexplained[tool]
        text = f"{_share(same, count)}, {explained[tool]} overruled by a documented rule"
        if unexplained[tool]:
            text += f", {unexplained[tool]} UNEXPLAINED"
        yield FidelityRow(f"agreement with {tool} run by hand", text, wrong=unexplained[tool] > 0)


def _of_mutants(reports: Sequence[MutationReport]) -> Iterator[FidelityRow]:
    for format in sorted({report.format for report in reports}):
        of_format = [report for report in reports if report.format == format]
        decided = sum(report.decided for report in of_format)
        lived = sum(len(report.of(Fate.SURVIVED)) for report in of_format)
        if decided:
            yield FidelityRow(
                f"meaning-changing {format} mutants that are caught ({len(of_format)} tasks)",
                _share(decided - lived, decided),
                wrong=(decided - lived) / decided < MUTANTS_WANTED,
            )


def _of_catalogue(catalogue: Sequence[Answered]) -> Iterator[FidelityRow]:
    for format in [*sorted({each.format for each in catalogue}), ""]:
        chosen = [each for each in catalogue if format in {each.format, ""}]
        hostile = [each for each in chosen if not each.honest]
        honest = [each for each in chosen if each.honest]
        if not hostile or not honest:
            continue
        called = format or "all formats"
        most, least = _rewards(hostile), _rewards(honest)
        yield FidelityRow(
            f"{len(hostile)} hostile answers, {called}: reward, highest (mean)",
            f"{max(most, default=0):.2f} ({_mean(most):.2f})" + _unscored(hostile),
            f"{max(each.keyword for each in hostile):.2f} "
            f"({_mean([each.keyword for each in hostile]):.2f})",
            wrong=max(most, default=0) > HOSTILE_MOST or _broken(hostile),
        )
        yield FidelityRow(
            f"{len(honest)} honest twins, {called}: reward, lowest",
            (f"{min(least):.2f}" if least else "none scored") + _unscored(honest),
            f"{min(each.keyword for each in honest):.2f}",
            wrong=min(least, default=1) < HONEST_LEAST or _broken(honest),
        )


def exceptions_of(measured: Measured) -> list[str]:
    """A line for each file whose verdict is not what is known of it, with the verdict's reason."""
    return [
        f"{each.file.source}, {each.file.format}, {each.file.known.value}: {each.file.name}: "
        f"{each.why or 'nothing of syntax is wrong with it'}"
        for each in measured.files
        if each.as_known is not True
    ]


def disagreements_of(measured: Measured) -> list[str]:
    """A line for each file of which a tool by hand says something else."""
    return [
        f"{each.answer.tool}, {each.scored.file.name}: by hand "
        f"{'accepted' if each.answer.accepts else each.answer.said[0]}; here "
        f"{each.scored.why or 'accepted'}; {each.reason or 'NOBODY KNOWS WHY'}"
        for each in measured.disagreements
    ]


def survivors_of(measured: Measured) -> list[str]:
    """A line for each mutant that no check noticed."""
    return [
        f"{report.id}: {mutant.kind.value} at {mutant.path}: {mutant.before} → {mutant.after}"
        for report in measured.mutants
        for mutant in report.of(Fate.SURVIVED)
    ] + [f"{report.id}: {report.problem}" for report in measured.mutants if report.problem]


def sources_of(measured: Measured) -> list[str]:
    """How many files came from where."""
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    for each in measured.files:
        counted[each.file.source][each.file.format] += 1
    return [
        f"{source}: " + ", ".join(f"{count} {format}" for format, count in sorted(formats.items()))
        for source, formats in sorted(counted.items())
    ]


def as_markdown(rows: Sequence[FidelityRow]) -> str:
    """The figures as a table of Markdown."""
    lines = ["| what | Assay | a keyword reward |", "|---|---|---|"]
    lines += [f"| {row.what} | {row.figure} | {row.keyword or '-'} |" for row in rows]
    return "\n".join(lines) + "\n"


def as_text(rows: Sequence[FidelityRow]) -> str:
    """The figures as a table for a terminal; a row that is wrong is marked."""
    width = max((len(row.what) for row in rows), default=0)
    middle = max((len(row.figure) for row in rows), default=0)
    lines = [f"{'':2}{'':{width}}  {'Assay':{middle}}  a keyword reward"]
    for row in rows:
        mark = "! " if row.wrong else "  "
        lines.append(f"{mark}{row.what:{width}}  {row.figure:{middle}}  {row.keyword}".rstrip())
    return "\n".join(lines)


def as_json(measured: Measured) -> str:
    """Everything, for whoever wants to look further."""
    data: dict[str, Any] = {
        "rows": [
            {"what": row.what, "figure": row.figure, "keyword": row.keyword, "wrong": row.wrong}
            for row in rows_of(measured)
        ],
        "sources": sources_of(measured),
        "exceptions": exceptions_of(measured),
        "disagreements": disagreements_of(measured),
        "survivors": survivors_of(measured),
        "absent": list(measured.absent),
    }
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def _rewards(answers: Iterable[Answered]) -> list[float]:
    return [each.verdict.reward for each in answers if each.verdict.reward is not None]


def _unscored(answers: Iterable[Answered]) -> str:
    count = sum(each.verdict.reward is None for each in answers)
    return f", {count} UNSCORED" if count else ""


def _broken(answers: Iterable[Answered]) -> bool:
    """Whether one is UNSCORED for another reason than a tool that this machine does not have."""
    unscored = (each.verdict for each in answers if each.verdict.reward is None)
    return any(verdict.failure_kind not in _LACKING for verdict in unscored)


def _mean(values: Sequence[float]) -> float:
    return statistics.fmean(values) if values else 0.0


def _share(part: int, whole: int) -> str:
    return f"{part} of {whole}"
