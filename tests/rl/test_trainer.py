"""Training from Python: stages in any order, rows of several kinds, what cannot be trained on."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from datasets import Dataset

from datagen.making import DatasetRows
from rewardsvc.preferences import WorseAnswer, with_worse
from rewardsvc.tasks import TaskRow, row_to_json
from rewardsvc.types import Fixture, Means
from rl import Trainer
from rl.errors import InvalidConfig, InvalidRunDirectory, InvalidTasks
from rl.given_rows import given_rows
from tests.rl.samples import row

TINY = (
    *("model.layers=1", "model.hidden=64", "model.heads=2", "model.min_chunk_count=3"),
    *("sft.augment=null", "sft.batch_size=8", "sft.steps=null", "sft.epochs=1"),
    *("sft.validation=null", "dpo.steps=2", "dpo.batch_size=4"),
    *("eval.max_completion_length=48", "grpo.prompts_per_step=2", "grpo.generations=2"),
    *("grpo.micro_batch=4", "grpo.max_completion_length=48"),
)


def with_pair(number: int) -> TaskRow:
    """A row that knows an answer that is worth less."""
    good = row(number, split="train")
    worse = WorseAnswer(good.output.replace("USER app\n", ""), 0.9, "it runs as root")
    return replace(good, provenance=with_worse(good.provenance, [worse]))


ROWS = [with_pair(number) for number in range(16)]


def test_stages_follow_each_other_and_the_model_is_read_again(tmp_path: Path) -> None:
    trainer = Trainer("nano", settings=TINY)
    said = trainer.train(ROWS, epochs=2).answer(ROWS[0].instruction)
    preferred = trainer.dpo().answer(ROWS[0].instruction)
    trainer.grpo(steps=1)
    folder = trainer.save(tmp_path / "model")
    again = Trainer(str(folder), settings=["eval.max_completion_length=48"])
    assert again.answer(ROWS[0].instruction) == trainer.answer(ROWS[0].instruction)
    assert isinstance(said, str) and isinstance(preferred, str)


def test_what_is_held_out_is_never_trained_on(tmp_path: Path) -> None:
    file = tmp_path / "tasks.jsonl"
    held_out = [replace(each, id=f"{each.id}-x", split="test") for each in ROWS]
    file.write_text("".join(f"{row_to_json(each)}\n" for each in (*ROWS, *held_out)))
    trainer = Trainer("nano", settings=TINY)
    trainer.train(tmp_path)
    assert {each.id for each in trainer._rows} == {each.id for each in ROWS}


def test_rows_of_a_datasets_library_are_taken() -> None:
    rows = Dataset.from_list(
        [{"instruction": each.instruction, "output": each.output} for each in ROWS]
    )
    trainer = Trainer("nano", settings=TINY)
    trainer.train(rows)
    assert [each.output for each in trainer._rows] == [each.output for each in ROWS]


def test_without_worse_answers_there_is_nothing_to_prefer() -> None:
    plain = [row(number) for number in range(8)]
    with pytest.raises(InvalidTasks, match=r"provenance\.worse"):
        Trainer("nano", settings=TINY).train(plain).dpo()


def test_a_pair_that_is_too_long_is_left_out() -> None:
    with pytest.raises(InvalidTasks, match=r"none of 16 pairs fits into dpo\.max_length = 3"):
        Trainer("nano", settings=(*TINY, "dpo.max_length=3")).dpo(ROWS)


def test_rows_keep_all_that_they_say_as_a_data_set_of_the_library() -> None:
    said = [
        replace(ROWS[0], before={"main.tf": "#"}, means=Means(), truth={"a": [1]}),
        replace(ROWS[1], fixtures=(Fixture(files={"in.txt": "x"}),)),
        replace(ROWS[2], split="test"),
    ]
    split = DatasetRows(tuple(said)).to_datasets()
    assert given_rows(split["train"]) == said[:2]
    assert given_rows(split["test"]) == said[2:]
    plain: list[Mapping[str, Any]] = [json.loads(row_to_json(each)) for each in said]
    assert given_rows(plain) == said
    with pytest.raises(InvalidTasks, match=r"a mapping of train, test: .*dataset\[\"train\"\]"):
        given_rows(split)


def test_what_the_settings_say_of_steps_and_validation_is_done(tmp_path: Path) -> None:
    sets = (*TINY, "sft.steps=3", "sft.validation={every: 2, tasks: 2}")
    Trainer("nano", settings=sets, folder=tmp_path).train(ROWS)
    assert (tmp_path / "1-sft" / "checkpoint-3").is_dir()
    measured = (tmp_path / "1-sft" / "validation.jsonl").read_text().splitlines()
    assert [json.loads(line)["step"] for line in measured] == [2, 3]
    few = Trainer("nano", settings=sets, folder=tmp_path / "few").train(ROWS[:4])
    assert not list(tmp_path.rglob("few/**/validation.jsonl"))
    assert isinstance(few.answer("x"), str), "of four rows none is taken away"


def test_a_folder_goes_on_with_the_very_same_training_only(tmp_path: Path) -> None:
    def trainer(*more: str) -> Trainer:
        return Trainer("nano", settings=(*TINY, *more), folder=tmp_path)

    first = trainer().train(ROWS[:8], epochs=1)
    first.dpo()
    again = trainer().train(ROWS[:8], epochs=1)
    assert again.answer(ROWS[0].instruction) == trainer().train(ROWS[:8], epochs=1).answer(
        ROWS[0].instruction
    )
    for rows, epochs, more, what in [
        (ROWS[8:], 1, (), "rows"),
        (ROWS[:8], 2, (), "settings"),
        (ROWS[:8], 1, ("model.hidden=32",), "start"),
    ]:
        with pytest.raises(InvalidRunDirectory, match=f"1-sft: .* another {what};"):
            trainer(*more).train(rows, epochs=epochs)
    with pytest.raises(InvalidRunDirectory, match=r"2-dpo: .* another rows;"):
        again.dpo(ROWS[8:])


@pytest.mark.parametrize(
    ("dataset", "says"),
    [
        ([], "no row to train on"),
        ([{"output": "x"}], "row 0: it has no instruction"),
        ([{"instruction": 1}], "row 0: instruction: "),
        ([{"instruction": "x", "check": []}], "row 0: check: there is no such key"),
        ([{"instruction": "x", "checks": "["}], "row 0: checks is text, and no JSON"),
        ([{"instruction": "x", "truth": {1, 2}}], "row 0: is not as JSON has it"),
        ([{"instruction": "x", "split": "dev"}], "unknown split 'dev'"),
        ([7], "row 0: is no mapping but int"),
        ("/nowhere/tasks.jsonl", "cannot be read"),
        ([replace(ROWS[0], split="test")], "no row to train on"),
        ([replace(ROWS[0], output="")], "no answers|no train row has one"),
    ],
)
def test_what_cannot_be_trained_on_is_told(
    dataset: list[TaskRow | Mapping[str, Any]] | str, says: str
) -> None:
    with pytest.raises(InvalidTasks, match=says):
        Trainer("nano", settings=TINY).train(dataset)


def test_a_wrong_setting_is_told_before_anything_is_loaded() -> None:
    with pytest.raises(InvalidConfig, match=r"dpo\.beta"):
        Trainer("nano", settings=["dpo.beta=0"])
