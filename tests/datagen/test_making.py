"""A data set from Python."""

import json
from pathlib import Path

import pytest

from datagen import create_dataset
from rewardsvc.errors import InvalidFile
from rewardsvc.tasks import TaskRow, read_tasks


async def test_rows_come_back_also_where_a_loop_runs_and_the_datasets_library_takes_them(
    tmp_path: Path,
) -> None:
    recipe = tmp_path / "r.yaml"
    recipe.write_text(
        "count: 3\ncategories: {docker: {topics: [go-static]}}\nsplit: {test: 0.3, validation: 0}\n"
    )
    rows = create_dataset(5, recipe=recipe, folder=tmp_path / "made")
    assert len(rows) == 5 and isinstance(rows[0], TaskRow)
    assert list(rows) == list(read_tasks(tmp_path / "made" / "tasks.jsonl"))
    with pytest.raises(InvalidFile, match="no such category; did you mean 'docker'"):
        create_dataset(5, categories=["dokcer"])
    datasets = pytest.importorskip("datasets")
    both = rows.to_datasets()
    assert isinstance(both, datasets.DatasetDict)
    assert {name: len(each) for name, each in both.items()} == {"train": 3, "test": 2}
    first = both["train"][0]
    assert json.loads(first["provenance"])["topic"] == "go-static"
    assert first["instruction"] and json.loads(first["checks"])
