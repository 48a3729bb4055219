"""The inputs that are held out: that each row is one. What verdicts make of them is measured."""

from collections import Counter
from pathlib import Path

import pytest

from benchmarks.refusals import HELD_OUT, UnusableInputs, read_inputs
from rewardsvc.formats import FORMATS

EACH = {
    "kubernetes": 30, "operators": 12, "compose": 12, "dockerfile": 8, "terraform": 8,
    "github-actions": 6, "gitlab-ci": 6, "azure-pipelines": 4, "circleci": 4,
    "bitbucket-pipelines": 4, "jenkinsfile": 3, "python": 3,
}  # fmt: skip
"""How many faulty inputs a list has, and how many sound ones."""

ROWS = read_inputs()


def test_there_are_a_hundred_of_each() -> None:
    wanted = {(name, faulty): each for name, each in EACH.items() for faulty in (True, False)}
    assert Counter((row.group, row.faulty) for row in ROWS) == wanted
    assert sum(row.faulty for row in ROWS) == sum(not row.faulty for row in ROWS) == 100


def test_an_id_names_one_row_its_list_and_its_kind() -> None:
    assert len({row.id for row in ROWS}) == len(ROWS)
    for row in ROWS:
        name, kind, about = row.id.split("/")
        assert (HELD_OUT / f"{name}.jsonl").is_file()
        assert kind == ("faulty" if row.faulty else "sound")
        assert about
        assert row.format == ("kubernetes" if name == "operators" else name)


def test_a_row_has_its_files_and_says_what_it_is_and_who_says_so() -> None:
    for row in ROWS:
        assert row.format in FORMATS
        assert bool(row.text) is (row.files is None)
        for text in (row.files or {"": row.text}).values():
            assert text.strip() and text.endswith("\n") and "```" not in text
        assert min(len(row.what), len(row.source)) > 20
        assert row.request().completion.startswith("```")


def test_no_two_rows_are_the_same() -> None:
    texts = [row.text or "".join((row.files or {}).values()) for row in ROWS]
    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize("line", ["no JSON", '{"id": "a/faulty/b"}', "[]"])
def test_a_line_that_is_no_row_is_named(tmp_path: Path, line: str) -> None:
    (tmp_path / "a.jsonl").write_text(f"{line}\n")
    with pytest.raises(UnusableInputs, match=r"a\.jsonl:1: no row"):
        read_inputs(tmp_path)
