"""The page of a data set answers from the rows, the journal and the steps that led there."""

import json
from dataclasses import asdict
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from datagen.cli import main
from datagen.fate import FATE, CandidateEnd, CandidateFate
from datagen.journal import EnteredCall, Journal
from datagen.outputs.curated import CurationStep
from datagen.outputs.report.findings import Lengths, findings_of
from datagen.outputs.report.page import page_of
from rewardsvc.llm import PriceList
from rewardsvc.report.page import page_to_markdown
from rewardsvc.tasks import row_to_json
from tests.datagen.curation.rows import renamed, topic_rows

PRICES = {"openai:m": (50.0, 100.0)}
"""US dollars per million tokens read and written."""


def _fate(id: str, end: CandidateEnd, **more: Any) -> tuple[str, str]:
    fate = CandidateFate(
        id=id, end=end, category="docker", format="dockerfile", source="go-static",
        teacher="openai:m", **more,
    )  # fmt: skip
    return id, FATE.dump_json(fate).decode()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Eight rows of twelve candidates."""
    rows = list(topic_rows("docker", "go-static", count=7))
    rows += renamed(rows[:1], "again-")
    with Journal(tmp_path, {}) as journal:
        journal.note([_fate(row.id, CandidateEnd.ROW) for row in rows])
        said = ("checks: checks[2]: exposes 8080", "lint: DL3006: tag it")
        lost: dict[str, Any] = {
            "stage": "verify",
            "reason": "syntax 0.7",
            "diagnostics": said,
            "reward": 0.7,
        }
        journal.note([_fate(f"x{n}", CandidateEnd.REJECTED, **lost) for n in range(3)])
        journal.note([_fate("late", CandidateEnd.UNDECIDED)])
        journal.call("x0", EnteredCall("openai:m", input_tokens=1200, output_tokens=600))
    (tmp_path / "tasks.jsonl").write_text("".join(f"{row_to_json(row)}\n" for row in rows))
    return tmp_path


def test_the_page_says_how_many_why_and_what_it_cost(data: Path) -> None:
    words = page_to_markdown(page_of(findings_of(data, PriceList(PRICES))), aligned=False)
    for line in (
        "| rows | 8 | 8 train |",
        "| accepted | 73% | 8 of 11 |",
        "| cost | $0.12 | 1,800 tokens, $0.0150 a row |",
        "| asked for | 12 |  |",
        "| decided | 11 | 1 wait for a tool or a service |",
        "| full syntax and correctness | 8 | 3 less |",
        "| checks: one does not hold | 3 | x0 |",
        "| lint: DL3006 | 3 | x0 |",
        "| openai:m | 1,200 | 600 | 0.1200 |",
        "| x2 | docker | dockerfile | rejected | reward 0.70 |",
    ):
        assert line in words
    assert "| again-go-static-" in words  # it repeats the first


def test_the_page_crosses_difficulty_with_who_asks(data: Path) -> None:
    assert "difficulty and by who asks" not in page_to_markdown(
        page_of(findings_of(data, PriceList(PRICES))), aligned=False
    )
    file = data / "tasks.jsonl"
    rows = []
    for number, line in enumerate(file.read_text().splitlines()):
        row = json.loads(line)
        level = ("hard", "easy", "odd")[number % 3]
        row["provenance"]["cell"] = {"difficulty": level, "persona": "ab"[number % 2]}
        rows.append(json.dumps(row))
    file.write_text("\n".join(rows))
    words = page_to_markdown(page_of(findings_of(data, PriceList(PRICES))), aligned=False)
    table = words[words.index("| difficulty | a | b |") :]
    assert [line.split(" | ")[0] for line in table.splitlines()[2:5]] == [
        "| easy",
        "| hard",
        "| odd",
    ]
    assert "| easy | 1 | 2 |" in table and "| odd | 1 | 1 |" in table


def test_a_price_that_is_not_known_is_not_zero(data: Path) -> None:
    words = page_to_markdown(page_of(findings_of(data, PriceList())), aligned=False)
    assert "| cost | unknown | 1,800 tokens; a price is not known |" in words
    assert "| openai:m | 1,200 | 600 | unknown |" in words


def test_what_a_run_left_out_counts_once(data: Path) -> None:
    with Journal(data, {}) as journal:
        journal.note([_fate("twin", CandidateEnd.DUPLICATE, other="x")])
    step = CurationStep(name="dedupe", settings={}, rows=9, kept=8, dropped={"twin": {"by": "x"}})
    (data / "curation.json").write_text(json.dumps([asdict(step)]))
    words = page_to_markdown(page_of(findings_of(data, PriceList(PRICES))), aligned=False)
    assert "| not duplicate | 8 | 1 less |" in words
    assert "after dedupe" not in words

    (data / ".state" / "journal.sqlite3").unlink()
    words = page_to_markdown(page_of(findings_of(data, PriceList(PRICES))), aligned=False)
    assert "| after dedupe | 8 | 1 less |" in words


def test_the_command_writes_one_file_that_fetches_nothing(data: Path) -> None:
    done = CliRunner().invoke(main, ["report", str(data)])
    assert (done.exit_code, done.stdout) == (0, f"{data}/report.html\n")
    html = (data / "report.html").read_text()
    assert "src=" not in html
    assert "<link" not in html
    row = json.loads((data / "tasks.jsonl").read_text().splitlines()[0])
    assert row["output"].strip() in unescape(html)

    assert CliRunner().invoke(main, ["report", str(data)]).exit_code == 0  # a page replaces a page
    before = (data / "tasks.jsonl").read_bytes()
    wrong = CliRunner().invoke(main, ["report", str(data), "--out", str(data / "tasks.jsonl")])
    assert (wrong.exit_code, "is no page" in wrong.stderr) == (2, True)
    assert (data / "tasks.jsonl").read_bytes() == before


def test_the_longest_hundredth_does_not_stretch_a_histogram() -> None:
    lengths = Lengths()
    for length in [*range(1, 100), 100_000]:
        lengths.add(length)
    columns = lengths.columns()
    assert len(columns) <= 24
    assert sum(count for _, count in columns) == 100
    assert columns[-1][0].endswith("and more")
    assert lengths.median == 50
