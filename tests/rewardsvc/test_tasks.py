"""Task rows: what is written is read the same, and a broken line is named."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewardsvc.errors import InvalidFile
from rewardsvc.tasks import TaskRow, read_tasks, row_to_json
from rewardsvc.types import ABSENT, Check, CheckKind, Fixture, Means, Target, Task

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
SCALAR = st.none() | st.booleans() | st.integers() | st.floats(-1e9, 1e9) | TEXT
ROWS = st.builds(
    TaskRow,
    id=TEXT,
    category=TEXT,
    format=TEXT,
    instruction=TEXT,
    input=TEXT,
    output=TEXT,
    files=st.lists(TEXT, max_size=2).map(tuple),
    checks=st.lists(
        st.builds(
            Check,
            kind=st.sampled_from(CheckKind),
            on=st.sampled_from(Target),
            expr=TEXT,
            expect=st.just(ABSENT) | SCALAR | st.lists(SCALAR, max_size=2),
            weight=st.floats(0.1, 10),
            description=TEXT,
        ),
        max_size=2,
    ).map(tuple),
    means=st.none()
    | st.builds(Means, providers=st.dictionaries(TEXT, st.just(("1.0",)), max_size=1)),
    truth=SCALAR,
    before=st.dictionaries(TEXT, TEXT, max_size=1),
    fixtures=st.lists(
        st.builds(Fixture, files=st.dictionaries(TEXT, TEXT, max_size=1), sql=TEXT), max_size=1
    ).map(tuple),
    split=st.sampled_from(["train", "validation", "test", ""]),
    provenance=st.dictionaries(TEXT, SCALAR, max_size=2),
)
LINE = '{"id": "1", "format": "dockerfile", "instruction": "build it"'


@given(rows=st.lists(ROWS, min_size=1, max_size=3))
def test_rows_are_read_as_they_were_written(
    rows: list[TaskRow], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "tasks.jsonl"
    text = "\n\n".join(map(row_to_json, rows))
    path.write_bytes(text.encode())
    assert list(read_tasks(path)) == rows
    assert "\n\n".join(map(row_to_json, read_tasks(path))) == text


def test_a_row_that_a_user_writes_needs_three_keys(tmp_path: Path) -> None:
    path = tmp_path / "tasks.jsonl"
    path.write_text(LINE + "}\n")
    (row,) = read_tasks(path)
    assert row == TaskRow(id="1", format="dockerfile", instruction="build it")
    assert (row.task.format, row.task.instruction) == ("dockerfile", "build it")


def test_lines_may_end_as_on_windows(tmp_path: Path) -> None:
    path = tmp_path / "tasks.jsonl"
    path.write_bytes((LINE + "}\r\n").encode() * 2)
    assert len(list(read_tasks(path))) == 2


@pytest.mark.parametrize("mark", ["\ufeff", "\u200b", "\u2060\ufeff"])
def test_marks_that_nobody_sees_are_passed_over(tmp_path: Path, mark: str) -> None:
    path = tmp_path / "tasks.jsonl"
    path.write_text(f"{mark}{LINE}}}\n{mark}{LINE}}}\n")  # two files, one behind the other
    assert len(list(read_tasks(path))) == 2
    path.write_text(f"{mark}[{LINE}}}, {LINE}}}]")
    assert len(list(read_tasks(path))) == 2
    path.write_text(f"{mark}\n")
    assert list(read_tasks(path)) == []


def test_the_task_of_a_row_holds_no_answer() -> None:
    row = TaskRow(id="1", format="dockerfile", instruction="build it", output="FROM scratch")
    assert "FROM" not in repr(row.task)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b"{", "row: not JSON"),
        (b"\xff", "row: not UTF-8"),
        (b"[]", "row: "),
        (b'{"id": "1", "format": "dockerfile"}', "instruction: "),
        (f'{LINE}, "answer": ""}}', "answer: "),
        (f'{LINE}, "checks": [{{"on": "ast"}}, {{"on": "sky"}}]}}', "checks[1].on: "),
        (f'{LINE}, "checks": [{{"on": "ast", "weight": NaN}}]}}', "row: not JSON: NaN"),
        (f'{LINE}, "checks": [{{"on": "ast", "expect": 1e999}}]}}', "row: not JSON: 1e999"),
    ],
)
def test_a_broken_line_is_named(tmp_path: Path, line: str | bytes, says: str) -> None:
    path = tmp_path / "tasks.jsonl"
    broken = line if isinstance(line, bytes) else line.encode()
    path.write_bytes(f"{LINE}}}\n\n".encode() + broken + b"\n")
    rows = read_tasks(path)
    assert next(rows).id == "1"
    with pytest.raises(InvalidFile) as refused:
        next(rows)
    assert str(refused.value).startswith(f"{path}:3: {says}")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidFile, match=r"none\.jsonl: cannot be read"):
        list(read_tasks(tmp_path / "none.jsonl"))


def test_what_a_task_is_scored_with_reaches_the_task() -> None:
    means, fixture = Means(libraries=("kfp",)), Fixture(files={"in.txt": "1"})
    row = TaskRow(
        id="1",
        format="bash",
        instruction="count",
        input="a file",
        files=("count.sh",),
        means=means,
        truth=[1],
        before={"count.sh": ""},
        fixtures=(fixture,),
    )
    assert row.task == Task(
        format="bash",
        instruction="count",
        input="a file",
        files=("count.sh",),
        means=means,
        truth=[1],
        before={"count.sh": ""},
        fixtures=(fixture,),
    )


def test_a_row_is_one_line_with_expect_only_where_it_is_given() -> None:
    checks = (Check(on=Target.AST, expr="a"), Check(on=Target.AST, expr="b", expect=None))
    text = row_to_json(TaskRow(id="1", format="dockerfile", instruction="one\ntwo", checks=checks))
    assert "\n" not in text
    first, second = json.loads(text)["checks"]
    assert "expect" not in first
    assert second["expect"] is None
