"""Lays out what was found of a data set: parts of a page, in the order of questions. Pure."""

from collections import Counter
from collections.abc import Iterator, Sequence

from datagen.diversity import TaxonomyCell
from datagen.fate import CandidateEnd, CandidateFate
from datagen.outputs.report.findings import NEAR, DataFindings
from datagen.outputs.report.journalled import STAGES, Candidates
from rewardsvc.report.page import (
    Bar,
    Bars,
    Browser,
    EntryText,
    Heading,
    Histogram,
    Page,
    PageEntry,
    Paragraph,
    Part,
    ReportTable,
    Tile,
    Tiles,
)
from rewardsvc.tasks import TaskRow
from rewardsvc.types import Check, Status, Verdict

_SPLITS = ("train", "validation", "test")
_MOST_REASONS = 15
_MOST_TOPICS = 40
"""Of a category; it says how many there are."""
_MOST_NEAR = 20

_STAGE_WORDS = {
    "ask": "an answer that can be read",
    "novelty": "an instruction that is new",
    "verify": "full syntax and correctness",
    "strength": "checks that catch mutants",
    "rating": "the judges' consent",
}


def page_of(found: DataFindings) -> Page:
    """The page."""
    parts: list[Part] = [Tiles(list(_tiles(found)))]
    parts += _funnel(found)
    parts += _coverage(found)
    parts += _rejects(found)
    parts += _cost(found)
    parts += _lengths(found)
    parts += _near(found)
    parts += _browser(found)
    return Page(f"Data set {found.name}", parts)


def _tiles(found: DataFindings) -> Iterator[Tile]:
    splits = sum(found.cells.values(), Counter[str]())
    sides = ", ".join(f"{_n(splits[side])} {side}" for side in _SPLITS if splits[side])
    yield Tile("rows", _n(found.rows), sides)
    topics, formats = len(found.cells), len({format for _, _, format in found.cells})
    yield Tile("topics", _n(topics), f"{formats} format{'s' * (formats != 1)}")
    if found.candidates is not None and (decided := _decided(found.candidates)):
        accepted = decided - found.candidates.ends[CandidateEnd.REJECTED]
        yield Tile("accepted", _percent(accepted, decided), f"{_n(accepted)} of {_n(decided)}")
    per_row = f"{found.checks / found.rows:.1f} a row" if found.rows else ""
    yield Tile("checks", _n(found.checks), per_row)
    yield Tile("nearly the same", _percent(len(found.near), found.rows), _near_words(found))
    if found.candidates is not None:
        yield _money(found.candidates)


def _money(candidates: Candidates) -> Tile:
    tokens = sum(each.tokens.input + each.tokens.output for each in candidates.costs.values())
    if not tokens:
        return Tile("cost", "nothing", "no model was asked")
    if candidates.spent is None:
        return Tile("cost", "unknown", f"{_n(tokens)} tokens; a price is not known")
    rows = candidates.ends[CandidateEnd.ROW]
    each_row = f", ${candidates.spent / rows:.4f} a row" if rows else ""
    return Tile("cost", f"${candidates.spent:,.2f}", f"{_n(tokens)} tokens{each_row}")


def _funnel(found: DataFindings) -> Iterator[Part]:
    bars = []
    candidates = found.candidates
    if candidates is not None and candidates.all:
        left = candidates.all
        bars.append(_bar("asked for", left))
        undecided = candidates.ends[CandidateEnd.UNDECIDED]
        if undecided:
            left -= undecided
            bars.append(_bar("decided", left, f"{_n(undecided)} wait for a tool or a service"))
        others = sorted(set(candidates.rejected) - set(STAGES))
        for stage in (*STAGES, *others):
            gone = candidates.rejected[stage]
            if gone or stage == "verify":
                left -= gone
                bars.append(_bar(_STAGE_WORDS.get(stage, stage), left, _minus(gone)))
        if spare := candidates.ends[CandidateEnd.SPARE]:
            left -= spare
            bars.append(_bar("needed", left, f"{_n(spare)} more than were asked for"))
        for end in (CandidateEnd.DUPLICATE, CandidateEnd.CONTAMINATED):
            if gone := candidates.ends[end]:
                left -= gone
                bars.append(_bar(f"not {end.value}", left, _minus(gone)))
    # In a run's own folder the fates of candidates say what the steps say.
    for step in found.steps if candidates is None else ():
        if not bars:
            bars.append(_bar("rows", step.rows))
        if step.rows != step.kept:
            bars.append(_bar(f"after {step.name}", step.kept, _minus(step.rows - step.kept)))
    if len(bars) > 1:
        yield Heading("From candidates to rows")
        yield Bars("", [*bars, _bar("rows here", found.rows)])


def _coverage(found: DataFindings) -> Iterator[Part]:
    yield Heading("Coverage")
    legend: tuple[str, ...] = _SPLITS
    for category in sorted({category for category, _, _ in found.cells}):
        cells = [
            (topic, format, numbers)
            for (of, topic, format), numbers in sorted(found.cells.items())
            if of == category
        ]
        total = sum(numbers.total() for _, _, numbers in cells)
        topics = f", {_n(len(cells))} topics" if len(cells) > _MOST_TOPICS else ""
        yield Bars(f"{category}: {_n(total)} rows{topics}", list(_of_topics(cells)), legend)
        legend = ()
    if found.drawn:
        personas = sorted({cell.persona for cell in found.drawn})
        levels = dict.fromkeys(cell.difficulty for cell in sorted(found.drawn, key=_rank))
        yield Paragraph(
            "Rows by difficulty and by who asks: what models were told"
            " (datagen coverage tells it by topic)."
        )
        yield ReportTable(
            ("difficulty", *personas),
            [
                (level, *(_n(found.drawn[TaxonomyCell(level, persona)]) for persona in personas))
                for level in levels
            ],
        )


_LEVELS = ("easy", "medium", "hard")


def _rank(cell: TaxonomyCell) -> tuple[int, TaxonomyCell]:
    """The levels that everybody knows in their order, others behind them by name."""
    known = cell.difficulty in _LEVELS
    return (_LEVELS.index(cell.difficulty) if known else len(_LEVELS)), cell


def _of_topics(cells: Sequence[tuple[str, str, Counter[str]]]) -> Iterator[Bar]:
    """A bar for each topic; where there are too many to read, for those with most rows."""
    shown = set(range(len(cells)))
    if len(cells) > _MOST_TOPICS:
        ranked = sorted(shown, key=lambda place: -cells[place][2].total())
        shown = set(ranked[:_MOST_TOPICS])
    for place in sorted(shown):
        topic, format, numbers = cells[place]
        sizes = [numbers[side] for side in _SPLITS]
        yield Bar(topic, sizes, _n(numbers.total()), format)


def _rejects(found: DataFindings) -> Iterator[Part]:
    if found.candidates is None or not found.candidates.rejected:
        return
    yield Heading("Why candidates were rejected")
    yield ReportTable(
        ("diagnostic", "candidates", "for example"),
        [
            (kind, _n(count), found.candidates.examples[kind])
            for kind, count in found.candidates.reasons.most_common(_MOST_REASONS)
        ],
    )


def _cost(found: DataFindings) -> Iterator[Part]:
    yield Heading("Who wrote and judged it, and what it cost")
    yield Bars(
        "Rows by teacher",
        [_bar(teacher, rows) for teacher, rows in sorted(found.teachers.items())],
    )
    if found.candidates is None or not found.candidates.costs:
        return
    yield ReportTable(
        ("model", "tokens read", "tokens written", "dollars"),
        [
            (
                kind.in_words,
                _n(costs.tokens.input),
                _n(costs.tokens.output),
                "unknown" if costs.dollars is None else f"{costs.dollars:.4f}",
            )
            for kind, costs in found.candidates.costs.items()
        ],
    )
    if found.candidates.prices:
        yield Paragraph(f"{found.candidates.prices}.")


def _lengths(found: DataFindings) -> Iterator[Part]:
    yield Heading("Lengths")
    yield Histogram(
        f"Words of an instruction; half have at most {found.asked.median}", found.asked.columns()
    )
    if found.answered.counts:
        yield Histogram(
            f"Lines of an answer; half have at most {found.answered.median}",
            found.answered.columns(),
        )


def _near(found: DataFindings) -> Iterator[Part]:
    yield Heading("Nearly the same")
    if not found.near:
        yield Paragraph(
            f"No row repeats another: none has the same files, or at least {NEAR.threshold} of an"
            f" earlier row's word {NEAR.ngram}-grams (Jaccard index)."
        )
        return
    yield Paragraph(
        f"Rows that share at least {NEAR.threshold} of their word {NEAR.ngram}-grams with an"
        " earlier row (Jaccard index), or have the same files. What dedupe drops begins at 0.8."
    )
    numbers = Counter(found.category_of[each.id] for each in found.near)
    totals = Counter(found.category_of.values())
    yield Bars(
        "Share of each category's rows",
        [
            Bar(category or "-", [numbers[category] / totals[category]], text)
            for category in sorted(totals)
            for text in [f"{numbers[category]} ({_percent(numbers[category], totals[category])})"]
        ],
    )
    nearest = sorted(found.near, key=lambda each: -each.similarity)[:_MOST_NEAR]
    yield ReportTable(
        ("row", "resembles", "by", "similarity"),
        [(each.id, each.repeats, each.by.value, f"{each.similarity:.2f}") for each in nearest],
    )


def _browser(found: DataFindings) -> Iterator[Part]:
    yield Heading("Pairs and their verdicts")
    rejected = found.candidates.turned_down if found.candidates is not None else []
    shown = f"{_n(len(found.shown))} of {_n(found.rows)} rows, topics taking turns"
    more = f", and {len(rejected)} candidates that were rejected" if rejected else ""
    yield Paragraph(f"{shown}{more}.")
    entries = [_of_row(row, found.verdicts.get(row.id)) for row in found.shown]
    entries += [_of_rejected(fate, found.verdicts.get(fate.id)) for fate in rejected]
    yield Browser(("category", "format", "split"), entries)


def _of_row(row: TaskRow, verdict: Verdict | None) -> PageEntry:
    blocks = [EntryText("Instruction", row.instruction)]
    if row.input:
        blocks.append(EntryText("Given", row.input, code=True))
    if row.output:
        blocks.append(EntryText("Answer", row.output.strip(), code=True))
    if row.checks:
        checks = "\n".join(map(_in_words, row.checks))
        blocks.append(EntryText(f"Checks ({len(row.checks)})", checks))
    if verdict is not None:
        blocks.append(EntryText("Verdict", _verdict_words(verdict), code=True))
    rated = verdict is not None and verdict.reward is not None
    return PageEntry(
        title=row.id,
        summary=row.instruction,
        facets=(row.category or "-", row.format, row.split or "train"),
        mark=f"reward {verdict.reward:.2f}" if rated and verdict is not None else "verified",
        good=True,
        blocks=blocks,
    )


def _of_rejected(fate: CandidateFate, verdict: Verdict | None) -> PageEntry:
    blocks = [EntryText(f"Rejected at {fate.stage or 'a stage'}", fate.reason)]
    if fate.diagnostics:
        blocks.append(EntryText("Diagnostics", "\n".join(fate.diagnostics), code=True))
    if verdict is not None:
        blocks.append(EntryText("Verdict", _verdict_words(verdict), code=True))
    return PageEntry(
        title=fate.id,
        summary=fate.reason,
        facets=(fate.category, fate.format, "rejected"),
        mark="rejected" if fate.reward is None else f"reward {fate.reward:.2f}",
        good=False,
        blocks=blocks,
    )


def _in_words(check: Check) -> str:
    return check.description or check.expr or check.name or check.measure or check.kind.value


def _verdict_words(verdict: Verdict) -> str:
    if verdict.status is Status.UNSCORED:
        return f"UNSCORED: {verdict.failure_reason}"
    lines = []
    if (parts := verdict.components) is not None:
        lines.append(
            f"syntax {parts.syntax:.2f}   correctness {parts.correctness:.2f}"
            f"   format {parts.format:.2f}"
        )
    for stage in verdict.stages:
        lines.append(f"{stage.name:<12} {stage.status.value:<8} {stage.score:.2f}")
        lines += [
            f"  {each.severity}: {each.message}"
            for each in stage.diagnostics
            if each.severity != "info"
        ]
    return "\n".join(lines)


def _decided(candidates: Candidates) -> int:
    return candidates.all - candidates.ends[CandidateEnd.UNDECIDED]


def _near_words(found: DataFindings) -> str:
    return f"{_n(len(found.near))} rows, from {NEAR.threshold} on"


def _bar(label: str, number: int, note: str = "") -> Bar:
    return Bar(label, [number], _n(number), note)


def _minus(number: int) -> str:
    return f"{_n(number)} less" if number else ""


def _percent(part: int, whole: int) -> str:
    if not whole:
        return "-"
    share = part / whole
    return f"{share:.1%}" if 0 < share < 0.1 or 0.9 < share < 1 else f"{share:.0%}"


def _n(number: int) -> str:
    return f"{number:,}"
