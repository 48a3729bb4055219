"""YAML 1.2 core: what scalars mean, what is an error and where, and what is bounded."""

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewardsvc.yaml12 import Lines, YamlError, load_documents


def _value(text: str, **options: Any) -> Any:
    (document,) = load_documents(text, **options)
    return document.value


@pytest.mark.parametrize(
    ("scalar", "value"),
    [
        ("yes", "yes"), ("no", "no"), ("on", "on"), ("off", "off"), ("y", "y"),
        ("true", True), ("False", False), ("TRUE", True), ("tRUE", "tRUE"),
        ("~", None), ("null", None), ("Null", None), ("", None), ("none", "none"),
        ("0", 0), ("-7", -7), ("+7", 7), ("010", 10), ("0o17", 15), ("0xFF", 255), ("0b11", "0b11"),
        ("1_000", "1_000"), ("1:30", "1:30"), ("190:20:30", "190:20:30"),
        ("1.5", 1.5), (".5", 0.5), ("1.", 1.0), ("1e3", 1000.0), ("1.2.3", "1.2.3"), ("1e", "1e"),
        ("+", "+"), ("-", [None]), (".", "."), ("0x", "0x"), ("-0x10", "-0x10"),
        ("2024-01-01", "2024-01-01"), ("2024-01-01T00:00:00Z", "2024-01-01T00:00:00Z"),
        ("12345678901234567890", 12345678901234567890.0),
        ("'1'", "1"), ('"true"', "true"), ("!!str 1", "1"), ("!!int 1", 1), ("!!float 1", 1.0),
        ("=", "="), ("<", "<"),
    ],
)  # fmt: skip
def test_plain_scalars_mean_what_the_core_schema_says(scalar: str, value: Any) -> None:
    found = _value(f"---\n{scalar}\n")
    assert found == value
    assert type(found) is type(value)


def test_keys_are_strings() -> None:
    assert _value("on: x\n80: y\ntrue: z\n~: n") == {"on": "x", "80": "y", "true": "z", "~": "n"}


def test_documents_know_where_they_begin() -> None:
    documents = load_documents("a: 1\n---\n---\nb: 2\n...\n---\nc: 3\n")
    assert [document.value for document in documents] == [{"a": 1}, None, {"b": 2}, {"c": 3}]
    assert [document.line for document in documents] == [1, 2, 3, 6]


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n"])
def test_nothing_is_no_document(text: str) -> None:
    assert load_documents(text) == []


def test_merge_keys_merge_where_the_tool_merges() -> None:
    text = "base: &b {p: 1, q: 2}\nx:\n  q: 3\n  <<: *b\ny:\n  <<: [{q: 5}, *b]\n"
    assert _value(text)["x"] == {"p": 1, "q": 3}
    assert _value(text)["y"] == {"p": 1, "q": 5}
    assert _value(text, merge=False)["x"] == {"q": 3, "<<": {"p": 1, "q": 2}}
    assert _value("'<<': 1") == {"<<": 1}


def test_local_tags_mean_what_the_caller_says() -> None:
    tags = {"!reference": lambda value: {"!reference": value}}
    assert _value("a: !reference [x, y]", tags=tags) == {"a": {"!reference": ["x", "y"]}}


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, "occurs twice"),
        ("a:\n  - {x: 1, x: 2}\n", 2, "occurs twice"),
        ("a: 1\n<<: {b: 1}\n<<: {c: 1}\n", 3, "occurs twice"),
        ("k: &k a\na: 1\n*k : 2\n", 3, "occurs twice"),
        ("a: [1, 2\nb: 3\n", 2, "expected ',' or ']'"),
        ("a:\n\tb: 1\n", 2, "cannot start any token"),
        ("a: b: c\n", 1, "mapping values are not allowed"),
        ("a: 1\nb: *nope\n", 2, "no anchor"),
        ("a: &a [*a]\n", 1, "no anchor"),
        ("a: .inf\n", 1, "no JSON value"),
        ("? [a]\n: b\n", 1, "no JSON value"),
        ("a: !reference [x]\n", 1, "means nothing here"),
        ("a: !!python/name:os.system x\n", 1, "not a !!python"),
        ("a: !!int x\n", 1, "not a !!int"),
        ("<<: 1\n", 1, "must stand before a mapping"),
        ("é: 1\nb: \x01\n", 2, "forbids"),
        ("a: 1e999\n", 1, "out of range"),
        ("a: 0x" + "f" * 5000 + "\n", 1, "out of range"),
    ],
)
def test_what_is_not_yaml_is_one_error_with_its_line(text: str, line: int, says: str) -> None:
    with pytest.raises(YamlError, match=says) as raised:
        load_documents(text)
    assert raised.value.line == line


def _laughs() -> str:
    lines = ["a: &a [x,x,x,x,x,x,x,x,x,x]"]
    for known, new in zip("abcdefgh", "bcdefghi", strict=True):
        lines.append(f"{new}: &{new} [" + ",".join([f"*{known}"] * 10) + "]")
    return "\n".join(lines)


def _tower() -> str:
    """Each level is shallow; what the aliases build is deep."""
    lines = ["a0: &a0 [1]"]
    lines += [f"a{level}: &a{level} [*a{level - 1}]" for level in range(1, 300)]
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (_laughs(), "once aliases are expanded"),
        (_tower(), "nested deeper"),
        ("[" * 1_000_000, "nested deeper"),
        ("[" * 1_500 + "]" * 1_500, "nested deeper"),
        ("[\n" * 1_500, "nested deeper"),
        ("{a: " * 200_000, "nested deeper"),
        ("- " * 500_000, "nested deeper"),
        ("- a\n" * 250_000, "nodes"),
    ],
    ids=["laughs", "tower", "lists", "closed lists", "lines", "mappings", "dashes", "long"],
)
def test_depth_and_size_are_bounded_and_cheap(text: str, says: str) -> None:
    started = time.process_time()
    with pytest.raises(YamlError, match=says):
        load_documents(text)
    assert time.process_time() - started < 10  # what grows with the square takes minutes


_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**15), 10**15)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text("aZ09 :#-é'\"\\", max_size=8)
)
_JSON: st.SearchStrategy[Any] = st.recursive(
    _SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text("abc:#", max_size=4), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(_JSON)
def test_json_means_itself(value: Any) -> None:
    assert _value(json.dumps(value)) == value
    assert _value(json.dumps(value, indent=2)) == value


@given(st.text() | st.text("[]{}:-&*!a1 \n'\"<#?|>", max_size=80))
def test_any_text_is_documents_or_a_yaml_error(text: str) -> None:
    try:
        documents = load_documents(text)
    except YamlError:
        return
    json.dumps([document.value for document in documents], allow_nan=False)


def test_a_path_leads_to_its_line() -> None:
    lines = Lines("x: 1\n---\na:\n  b:\n    - x\n    - y: 1\n")
    assert lines.line_of(1, ["a", "b", 1, "y"]) == 6
    assert lines.line_of(1, ["a", "b"]) == 4
    assert lines.line_of(1, ["a", "nope", "y"]) == 3
    assert lines.line_of(5, ["a"]) == 0
