"""Task rows become a split and prompts."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from rewardsvc.tasks import TaskRow, row_to_json
from rewardsvc.types import Means
from rl.configs.sections import Data, Prompt
from rl.data import load_split, prompt_of, spread
from rl.errors import InvalidTasks
from tests.rl.samples import row


def written(folder: Path, rows: list[TaskRow]) -> Path:
    file = folder / "tasks.jsonl"
    file.write_text("".join(row_to_json(one) + "\n" for one in rows))
    return file


def test_the_split_of_the_rows_is_kept(tmp_path: Path) -> None:
    rows = [row(n, split="test" if n == 3 else "train") for n in range(6)]
    split = load_split(written(tmp_path, rows), Data(), seed=1)
    assert [one.id for one in split.test] == ["task-3"]
    assert not split.made_here


def test_validation_rows_are_neither_trained_on_nor_held_out(tmp_path: Path) -> None:
    rows = [row(n, split="validation" if n == 3 else "") for n in range(6)]
    split = load_split(written(tmp_path, rows), Data(test_share=0.25), seed=1)
    assert [one.id for one in split.validation] == ["task-3"]
    assert len(split.train) + len(split.test) == 5
    assert split.made_here


def test_rows_without_a_split_get_one_that_ignores_their_order(tmp_path: Path) -> None:
    rows = [row(n) for n in range(20)]
    first = load_split(written(tmp_path, rows), Data(test_share=0.25), seed=1)
    second = load_split(written(tmp_path, rows[::-1]), Data(test_share=0.25), seed=1)
    other = load_split(written(tmp_path, rows), Data(test_share=0.25), seed=2)
    held_out = {one.id for one in first.test}
    assert first.made_here
    assert len(held_out) == 5
    assert held_out == {one.id for one in second.test}
    assert held_out != {one.id for one in other.test}
    assert not held_out & {one.id for one in first.train}


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "holds no tasks"),
        ([row(1), row(1)], "twice"),
        ([row(1, split="dev")], "unknown split 'dev'"),
        ([row(1, split="test")], "0 tasks to train on"),
        ([row(1)], "0 tasks to train on"),
    ],
)
def test_rows_that_nobody_can_train_on_are_refused(
    tmp_path: Path, rows: list[TaskRow], message: str
) -> None:
    with pytest.raises(InvalidTasks, match=message):
        load_split(written(tmp_path, rows), Data(), seed=1)


def test_means_are_those_of_the_row_or_what_its_reference_leans_on(tmp_path: Path) -> None:
    aws = '```hcl\nresource "aws_sqs_queue" "q" {\n  name = "q"\n}\n```\n'
    named = Means(providers={"aws": ("5.100.0",)})
    rows = [
        replace(row(0, split="test"), format="terraform", output=aws),
        replace(row(1, split="train"), format="terraform", output=aws, means=named),
        row(2, split="train"),
        row(3, split="train", output=""),
        replace(row(4, split="train"), means=Means()),
    ]
    split = load_split(written(tmp_path, rows), Data(), seed=1)
    means = [one.task.means for one in (*split.test, *split.train)]
    assert means == [Means(providers={"aws": ()}), named, Means(), Means(), Means()]


def test_a_broken_line_is_named(tmp_path: Path) -> None:
    file = written(tmp_path, [row(1), row(2)])
    file.write_text(file.read_text() + '{"id": 3}\n')
    with pytest.raises(InvalidTasks, match=r"tasks\.jsonl:3"):
        load_split(file, Data(), seed=1)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidTasks, match=r"none\.jsonl: cannot be read"):
        load_split(tmp_path / "none.jsonl", Data(), seed=1)


def test_a_sample_of_tasks_is_spread_over_topics() -> None:
    chosen = spread([row(n) for n in range(50)], 10, seed=1)
    assert Counter(one.provenance["topic"] for one in chosen) == {"web": 5, "worker": 5}


@pytest.mark.parametrize(
    ("prompt", "messages"),
    [
        (
            Prompt(),
            [
                (
                    "user",
                    "Do {this}.\n\nwith that\n\nAnswer with a fenced code block for each file,"
                    " its path beside the label: a, b.",
                )
            ],
        ),
        (Prompt(template="{instruction}\n{input}"), [("user", "Do {this}.\nwith that")]),
        (Prompt(template="{instruction}"), [("user", "Do {this}.")]),
        (
            Prompt(system="Write {format}: {files}.", template="{{{input}}}"),
            [("system", "Write dockerfile: a, b."), ("user", "{with that}")],
        ),
    ],
)
def test_a_prompt_is_rendered(prompt: Prompt, messages: list[tuple[str, str]]) -> None:
    task = replace(row(1), instruction="Do {this}.", input="with that", files=("a", "b"))
    rendered = prompt_of(task, prompt)
    assert [(one["role"], one["content"]) for one in rendered] == messages


def test_an_empty_input_leaves_no_blank_end() -> None:
    assert prompt_of(replace(row(1), input=""), Prompt())[-1]["content"].endswith(".")


def test_rows_to_validate_on_are_taken_from_training_where_the_file_names_none(
    tmp_path: Path,
) -> None:
    rows = [row(n, split="test" if n % 4 == 0 else "train") for n in range(40)]
    split = load_split(written(tmp_path, rows), Data(), seed=1, validation=4)
    assert (len(split.train), len(split.validation), len(split.test)) == (26, 4, 10)
    assert not {each.id for each in split.train} & {each.id for each in split.validation}
    assert len(load_split(written(tmp_path, rows), Data(), seed=1, validation=99).validation) == 6
    named = [*rows, row(50, split="validation")]
    split = load_split(written(tmp_path, named), Data(), seed=1, validation=4)
    assert [each.id for each in split.validation] == ["task-50"]
    assert len(split.train) == 30
