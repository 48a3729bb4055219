"""Files of JSON objects, in every shape in which people bring them."""

import io
import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewardsvc import records as module
from rewardsvc.errors import InvalidFile
from rewardsvc.records import FileRecord, records

OBJECTS = st.lists(
    st.dictionaries(st.text(), st.text() | st.integers() | st.lists(st.none())), min_size=1
)


def read(data: bytes) -> list[FileRecord]:
    return list(records(io.BufferedReader(io.BytesIO(data)), "f"))


def values(found: Sequence[FileRecord]) -> list[object]:
    assert not any(record.problem for record in found), found
    return [json.loads(record.text) for record in found]


def lines(objects: list[dict[str, object]], end: str = "\n") -> bytes:
    return "".join(json.dumps(each, ensure_ascii=False) + end for each in objects).encode()


@given(OBJECTS)
def test_lines_an_array_and_one_object_give_the_same(objects: list[dict[str, object]]) -> None:
    texts = [
        lines(objects),
        lines(objects, "\r\n"),
        lines(objects, "\n\n \n"),
        lines(objects).removesuffix(b"\n"),
        json.dumps(objects).encode(),
        json.dumps(objects, indent=2).encode() + b"\n\n",
        b"\n" + json.dumps(objects, indent=2).encode(),
    ]
    for text in texts:
        assert values(read(text)) == objects
        assert values(read(b"\xef\xbb\xbf" + text)) == objects
    assert values(read(json.dumps(objects[0], indent=2).encode())) == objects[:1]


def test_the_place_is_the_line() -> None:
    array = b'[\n{"a": 1},\n\n  {"a":\n 2}, {"a": 3}\n]'
    assert [record.place for record in read(array)] == ["f:2", "f:4", "f:5"]
    assert [record.place for record in read(b'\n{"a": 1}\n\n{}\n')] == ["f:2", "f:4"]


@pytest.mark.parametrize(
    ("data", "good", "place", "problem"),
    [
        (b'[{"a": 1}, {"a": ]', 1, "f:1", "not JSON"),
        (b'[{"a": 1},\n{"a": 2}', 2, "f:2", "',' or ']' is missing"),
        (b'[{"a": 1}\n{"a": 2}]', 1, "f:2", "',' or ']' is missing"),
        (b'[{"a": 1},\n]', 1, "f:2", "not JSON"),
        (b'[{"a": 1}]\n{"a": 2}', 1, "f:2", "more after the end of the array"),
        (b"[", 0, "f:1", "not JSON"),
        (b"[" + b"[" * 100_000, 0, "f:1", "nested too deep"),
    ],
    ids=[
        *("broken", "not closed", "no comma", "comma at the end", "two documents"),
        *("only a bracket", "deep"),
    ],
)
def test_what_is_wrong_in_an_array_is_named_after_what_is_right(
    data: bytes, good: int, place: str, problem: str
) -> None:
    *before, last = read(data)
    assert len(values(before)) == good
    assert last.place == place
    assert problem in last.problem


@pytest.mark.parametrize(
    "first", [b"{", b'{"a": 1} {"a": 2}', b"nonsense", b"\xff", b"// comment"], ids=repr
)
def test_a_first_line_that_is_wrong_loses_no_other(first: bytes) -> None:
    found = read(first + b'\n{"a": 1}\n\n{"a": 2}\n')
    assert [record.place for record in found] == ["f:1", "f:2", "f:4"]
    assert values(found[1:]) == [{"a": 1}, {"a": 2}]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ('{"a": 1}\n'.encode("utf-16"), "UTF-16, where UTF-8 is expected"),
        ('{"a": 1}\n'.encode("utf-16-be"), "no text in it"),
        (b"\x7fELF\x02\x01\x01\x00", "no text in it"),
        (b"\n\n\x00", "no text in it"),
    ],
)
def test_what_is_no_text_is_refused_at_once(data: bytes, words: str) -> None:
    with pytest.raises(InvalidFile, match=f"^f: {words}"):
        read(data)


def test_a_line_that_is_too_long_is_named_and_the_others_are_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "LINE_BYTES", 1 << 20)
    for size in (1 << 20, (1 << 20) + 1, 5 << 20):
        long = b"{" + b" " * size + b"}\n"
        first, second, third = read(b"{}\n" + long + b"{}\n")
        assert (first.place, second.place, third.place) == ("f:1", "f:2", "f:3")
        assert second.problem == "a line of more than 1 MiB"
        assert values([first, third]) == [{}, {}]


def test_lines_are_read_as_they_are_asked_for() -> None:
    stream: io.BufferedReader[Any] = io.BufferedReader(
        io.BytesIO(b"{}\n" * 100_000), buffer_size=4096
    )
    found = records(stream, "f")
    next(found)
    next(found)
    assert stream.tell() < 100
