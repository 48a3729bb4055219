"""A row that stands in a named file is found there, whatever the file's shape."""

import json
from pathlib import Path

import pytest

from datagen.curation import Decontamination, References, leaks_in
from datagen.curation.references import passages_in
from datagen.errors import WrongUsage
from rewardsvc.errors import InvalidFile
from rewardsvc.tasks import row_to_json
from tests.datagen.curation.rows import answered, topic_rows

VPC = """resource "aws_vpc" "a" {{
  cidr_block = "{cidr}"
}}
resource "aws_subnet" "{name}" {{
  vpc_id     = aws_vpc.a.id
  cidr_block = "{cidr}"
}}
resource "aws_instance" "x" {{
  ami       = "{name}"
  subnet_id = aws_subnet.{name}.id
}}"""


@pytest.mark.parametrize("shape", ["tasks", "csv", "text", "folder"])
def test_a_leaked_row_is_found_with_the_place_it_came_from(tmp_path: Path, shape: str) -> None:
    rows = list(topic_rows("kubernetes", "deployment-service", count=6))
    leaked = rows[3]
    file = tmp_path / "benchmark" / {"csv": "b.csv", "text": "b.md"}.get(shape, "b.jsonl")
    file.parent.mkdir()
    if shape == "csv":
        cell = leaked.instruction.replace('"', '""')
        file.write_text(f'id,prompt\n1,"{cell}"\n')
    elif shape == "text":
        file.write_text(f"# A solution\n\n{leaked.output}")
    else:
        file.write_text(f'{{"none": 1}}\n{row_to_json(leaked)}\n')
        (file.parent / "picture.png").write_bytes(b"\x89PNG\0\xff")
    where = file.parent if shape == "folder" else file

    settings = Decontamination(graph=False)
    skipped: list[Path] = []
    found = list(leaks_in(rows, References(passages_in(where, skipped.append), settings)))
    assert [each.name for each in skipped] == (["picture.png"] if shape == "folder" else [])
    assert [leak.id for leak in found] == [leaked.id]
    assert found[0].place.startswith(str(file))
    assert found[0].overlap > 0.9


def test_equal_graphs_are_a_leak_and_those_of_a_resource_or_two_are_not(tmp_path: Path) -> None:
    file = tmp_path / "eval.json"
    file.write_text(json.dumps([{"Reference output": VPC.format(cidr="10.0.0.0/16", name="b")}]))
    own = answered("terraform", "hcl", VPC.format(cidr="172.16.0.0/20", name="other"))
    small = answered("terraform", "hcl", 'resource "aws_vpc" "a" {}', id="small")
    references = References(passages_in(file), Decontamination())
    (leak,) = leaks_in([own, small], references)
    assert (leak.id, leak.by.value, leak.place) == ("row", "graph", f"{file}:1")


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(WrongUsage, match="missing"):
        list(passages_in(tmp_path / "missing"))
    (tmp_path / "a.jsonl").write_text('{"a": "b"}\n{oops\n')
    for where in (tmp_path / "a.jsonl", tmp_path):
        with pytest.raises(InvalidFile, match=r"a\.jsonl:2"):
            list(passages_in(where))
    empty = tmp_path / "empty"
    empty.mkdir()
    (empty / "picture.png").write_bytes(b"\x89PNG\0\xff")
    (empty / "nothing.json").write_text('{"a": [1, ""]}')
    with pytest.raises(WrongUsage, match="no text to compare with"):
        list(passages_in(empty))
