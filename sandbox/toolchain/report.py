"""The one table of the toolchain: what there is, and which formats can be scored."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from sandbox.toolchain.fetch import FetchOutcome, FetchReport
from sandbox.toolchain.model import Source, Toolchain
from sandbox.toolchain.table import BINARIES, FORMATS, PROVIDERS, FormatNeeds

_REQUIRED = frozenset(name for entry in FORMATS for name in entry.needs)
_WORDS = {
    Source.PATH: "PATH",
    Source.PACKAGE: "Python package",
    Source.FETCHED: "tools folder",
    Source.MISSING: "missing",
}


@dataclass(frozen=True, slots=True)
class ToolRow:
    """One tool or provider. ``ok`` is False where something that a format needs is missing."""

    name: str
    version: str
    source: str
    note: str
    ok: bool


@dataclass(frozen=True, slots=True)
class FormatRow:
    """One format: whether it can be scored, and what it lacks."""

    name: str
    scored: bool
    why: str


@dataclass(frozen=True, slots=True)
class Rows:
    """The whole table as data."""

    tools: tuple[ToolRow, ...]
    formats: tuple[FormatRow, ...]


def rows(toolchain: Toolchain, reports: Iterable[FetchReport] = ()) -> Rows:
    """What there is to say about a toolchain; ``reports`` adds what set-up ran into."""
    said = {report.name: report for report in reports}
    tools = [_tool_row(name, toolchain, said) for name in toolchain.tools]
    tools += [_provider_row(entry.source, toolchain, said) for entry in PROVIDERS]
    return Rows(tuple(tools), tuple(_format_row(entry, toolchain) for entry in FORMATS))


def render(table: Rows, console: Console) -> None:
    """Print the table where the caller wants it."""
    tools = Table("tool", "version", "from", "note", title="Tools", title_justify="left")
    for row in table.tools:
        colour = "" if row.version else "red" if not row.ok else "yellow"
        tools.add_row(row.name, row.version or "-", row.source, row.note, style=colour)
    formats = Table("format", "", "why", title="Formats", title_justify="left")
    for form in table.formats:
        word = "scored" if form.scored else "UNSCORED"
        formats.add_row(form.name, word, form.why, style="" if form.scored else "red")
    console.print(tools)
    console.print(formats)


def _tool_row(name: str, toolchain: Toolchain, said: Mapping[str, FetchReport]) -> ToolRow:
    tool = toolchain.tools[name]
    missing = tool.source is Source.MISSING
    notes = [tool.note] if tool.note else []
    report = said.get(name)
    if report is not None and report.outcome is not FetchOutcome.FETCHED:
        notes.insert(0, f"{report.outcome}: {report.note}")
    release = next((entry.release for entry in BINARIES if entry.name == name), None)
    if missing and release is not None and not release.sha256:
        notes.append(f"its release {release.version} is unpinned")
    return ToolRow(
        name,
        tool.version,
        _WORDS[tool.source],
        "; ".join(notes),
        not missing or name not in _REQUIRED,
    )


def _provider_row(source: str, toolchain: Toolchain, said: Mapping[str, FetchReport]) -> ToolRow:
    short = source.rpartition("/")[2]
    label = f"provider {short}"
    if source in toolchain.providers:
        return ToolRow(label, toolchain.provider_versions[source], "mirror", "", True)
    report = said.get(short)
    notes = [f"{report.outcome}: {report.note}"] if report is not None else []
    if (standin := toolchain.stood_in.get(source)) is not None:
        note = "; ".join([*notes, "ours; the real one goes first"])
        return ToolRow(label, standin.version, "stand-in", note, True)
    if source in toolchain.provider_versions:
        notes.append(f"{toolchain.provider_versions[source]} lies in the mirror as a zip only")
    return ToolRow(label, "", "missing", "; ".join(notes), short != "aws")


def _format_row(entry: FormatNeeds, toolchain: Toolchain) -> FormatRow:
    lacking = [name for name in entry.needs if _missing(toolchain, name)]
    if lacking:
        return FormatRow(entry.name, False, f"{', '.join(lacking)} missing")
    if entry.name == "terraform" and not toolchain.providers:
        return FormatRow(entry.name, False, "no provider plugin is installed")
    notes = [f"without {name}" for name in entry.better if _missing(toolchain, name)]
    if entry.name == "terraform":
        standins = [p.name for p in PROVIDERS if p.source in toolchain.stood_in]
        if standins:
            notes.append(f"stand-ins for {', '.join(standins)}")
        absent = [p.name for p in PROVIDERS if toolchain.version_of(p.source) is None]
        if absent:
            notes.append(f"UNSCORED where it uses {', '.join(absent)} (no provider)")
    if "crd-schemas" in entry.better and _missing(toolchain, "crd-schemas"):
        notes.append("custom resources are UNSCORED")
    return FormatRow(entry.name, True, "; ".join(notes))


def _missing(toolchain: Toolchain, name: str) -> bool:
    tool = toolchain.tools.get(name)
    return tool is None or tool.source is Source.MISSING
