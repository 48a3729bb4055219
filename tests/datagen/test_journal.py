"""What was found stays found, and a file of the former layout loses nothing that was paid for."""

import asyncio
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from datagen.categories import CATEGORIES
from datagen.errors import OutputUnusable, WrongUsage
from datagen.execution import LocalExecutor
from datagen.fate import FATE, CandidateEnd, CandidateFate, note_decided
from datagen.journal import Journal
from datagen.pipeline.generation import place_of
from datagen.record import Record
from datagen.sources import TopicSource
from datagen.stages.ask import Asking
from datagen.teachers import Reply
from datagen.teachers.base import pair_as_json, read_pair

CONFIGURATION = {"seed": 7}

FORMER = """
CREATE TABLE configuration (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE answers (candidate TEXT PRIMARY KEY, raw TEXT NOT NULL);
CREATE TABLE decisions (
    candidate TEXT PRIMARY KEY, request TEXT NOT NULL, decision TEXT NOT NULL
);
CREATE TABLE strengths (shape TEXT PRIMARY KEY, strength TEXT NOT NULL);
INSERT INTO configuration VALUES ('seed', '7');
INSERT INTO decisions VALUES ('go-static/0', 'd', '{}');
"""
"""As it was written at 9c5454f."""


def test_a_result_is_of_one_stage_record_and_digest(tmp_path: Path) -> None:
    with Journal(tmp_path, CONFIGURATION) as journal:
        journal.keep("ask", "a", "1", "first")
        journal.keep("ask", "a", "2", "second")
    with Journal(tmp_path, CONFIGURATION) as journal:
        found = [
            journal.result(*key)
            for key in (("ask", "a", "1"), ("ask", "a", "2"), ("ask", "b", "1"), ("x", "a", "1"))
        ]
    assert found == ["first", "second", None, None]


def test_what_is_kept_outlives_a_process_that_is_killed(tmp_path: Path) -> None:
    script = (
        "import os, sys, pathlib; from datagen.journal import Journal\n"
        "journal = Journal(pathlib.Path(sys.argv[1]), {'seed': 7})\n"
        "journal.keep('verify', 'a', '1', 'found', synced=False)\n"
        "journal.keep('ask', 'a', '1', 'answered')\n"
        "os.kill(os.getpid(), 9)"
    )
    done = subprocess.run([sys.executable, "-c", script, tmp_path], check=False)
    assert done.returncode == -signal.SIGKILL
    with Journal(tmp_path, CONFIGURATION) as journal:
        assert journal.result("verify", "a", "1") == "found"
        assert journal.result("ask", "a", "1") == "answered"


class Gone:
    """A paid teacher whose service has gone: it can only read what was answered."""

    name = "gone"
    paid = True

    def told(self, record: Record) -> str:
        return record.task.instruction

    async def ask(self, record: Record) -> str:
        raise AssertionError(f"{record.id} was answered already")

    def read(self, raw: str) -> Reply:
        pair = read_pair(raw)
        return Reply(pair.instruction, pair.answer)

    async def aclose(self) -> None:
        return None


def test_answers_of_the_former_layout_are_not_asked_for_again(tmp_path: Path) -> None:
    topic = next(topic for topic in CATEGORIES["docker"].topics if topic.name == "go-static")
    source = TopicSource("docker", topic, 7)
    records = [record for index in range(2) if (record := source.record(index))]
    (tmp_path / ".state").mkdir()
    with closing(sqlite3.connect(tmp_path / ".state" / "journal.sqlite3")) as former:
        former.executescript(FORMER)
        rows = [
            (f"go-static/{index}", pair_as_json(f"{record.task.instruction} Hm.", record.reference))
            for index, record in enumerate(records)
        ]
        rows += [("go-static/100000", "of a space that is used up before"), ("gone/0", "of none")]
        former.executemany("INSERT INTO answers VALUES (?, ?)", rows)
        former.commit()
    asking = Asking(Gone())
    for _ in range(2):  # the second time there is nothing left to take over
        with Journal(tmp_path, CONFIGURATION) as journal:
            journal.take_over(asking.name, place_of([source], asking))
            executor = LocalExecutor([[asking]], journal, concurrency=2, decided=lambda _: None)
            asyncio.run(executor.carry(records))
            answered = list(map(executor.recalled, records))
        assert [record.task.instruction[-3:] for record in answered] == ["Hm."] * 2
    with closing(sqlite3.connect(tmp_path / ".state" / "journal.sqlite3")) as now:
        tables = {
            name for (name,) in now.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        }
    assert tables == {"calls", "configuration", "fates", "parts", "results"}


def test_a_folder_belongs_to_its_whole_configuration_or_to_none(tmp_path: Path) -> None:
    Journal(tmp_path, {}).__exit__(None, None, None)
    with closing(sqlite3.connect(tmp_path / ".state" / "journal.sqlite3")) as broken:
        broken.execute(
            "CREATE TRIGGER killed BEFORE INSERT ON configuration WHEN NEW.name = 'teacher' "
            "BEGIN SELECT RAISE(FAIL, 'killed'); END"
        )
        wanted = {"seed": 7, "teacher": "builtin"}
        with pytest.raises(OutputUnusable, match="killed"):
            Journal(tmp_path, wanted)
        broken.execute("DROP TRIGGER killed")
    with Journal(tmp_path, wanted):
        pass


def test_parts_come_and_go_and_have_to_be_as_they_were(tmp_path: Path) -> None:
    """Of a folder of a former version, too, which has none, or has them in its configuration."""
    with Journal(tmp_path, {"seed": 7, "topics": ["a", "b"]}):
        pass
    with pytest.raises(WrongUsage, match=r'topics was \["a", "b"\], now \["a", "c"\]'):
        Journal(tmp_path, {"seed": 7}, formerly={"topics": ["a", "c"]})
    for parts in ({"t": "2 (ab)"}, {"u": "1 (c)"}, {"t": "2 (ab)", "u": "1 (c)"}, {}):
        with Journal(tmp_path, {"seed": 7}, parts=parts, formerly={"topics": ["a", "b"]}):
            pass
    with pytest.raises(WrongUsage, match=r"t was 2 \(ab\), now 3 \(cd\)\)"):
        Journal(tmp_path, {"seed": 7}, parts={"t": "3 (cd)"})
    with pytest.raises(WrongUsage, match="…") as refused:
        Journal(tmp_path, {"seed": 7, "long": "x" * 9000})
    assert len(str(refused.value)) < 400


def test_what_became_of_a_row_outlives_that_it_is_accepted_again(tmp_path: Path) -> None:
    with Journal(tmp_path, CONFIGURATION) as journal:
        for end, then, now in (
            (CandidateEnd.ROW, CandidateEnd.SPARE, CandidateEnd.ROW),
            (CandidateEnd.DUPLICATE, CandidateEnd.SPARE, CandidateEnd.DUPLICATE),
            (CandidateEnd.UNDECIDED, CandidateEnd.SPARE, CandidateEnd.SPARE),
            (CandidateEnd.ROW, CandidateEnd.REJECTED, CandidateEnd.REJECTED),
        ):
            fate = CandidateFate(
                id="a", end=end, category="docker", format="dockerfile", source="s", teacher="t"
            )
            journal.note([("a", FATE.dump_json(fate).decode())])
            note_decided(journal, replace(fate, end=then))
            assert FATE.validate_json(journal.fate("a") or "").end is now


def test_a_full_disk_is_named_and_takes_nothing_away(tmp_path: Path) -> None:
    with Journal(tmp_path, CONFIGURATION) as journal:
        journal._database.execute("PRAGMA max_page_count = 30")  # as a disk that has no more
        kept = 0
        with pytest.raises(OutputUnusable, match=r"journal.sqlite3 cannot be written: .*full"):
            for number in range(1000):
                journal.keep("ask", str(number), "1", "x" * 1000)
                kept = number
    assert kept > 5
    with Journal(tmp_path, CONFIGURATION) as journal:
        assert all(journal.result("ask", str(number), "1") for number in range(kept + 1))
        journal.keep("ask", "later", "1", "there is space again")


def test_a_file_that_is_no_journal_is_named(tmp_path: Path) -> None:
    (tmp_path / ".state").mkdir()
    (tmp_path / ".state" / "journal.sqlite3").write_text("not a database " * 100)
    with pytest.raises(OutputUnusable, match="cannot be opened"):
        Journal(tmp_path, CONFIGURATION)
