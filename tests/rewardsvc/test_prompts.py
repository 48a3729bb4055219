"""What a model is asked says all that a task says to it."""

import pytest

from rewardsvc.prompts import prompt_of
from rewardsvc.types import Task

FILES = ("a.yaml", "b/c")


@pytest.mark.parametrize("delivery", [False, True])
def test_a_prompt_names_the_files_that_are_asked_for(delivery: bool) -> None:
    task = Task(format="helm", instruction="A chart.", input="For nginx.", files=FILES)
    asked = prompt_of(task, delivery=delivery)
    assert asked.startswith("A chart.\n\nFor nginx.\n\nAnswer with ")
    assert asked.endswith("a.yaml, b/c.")


def test_a_prompt_says_of_one_file_how_it_is_delivered_only_where_that_is_wanted() -> None:
    task = Task(format="helm", instruction="A chart.", files=("a.yaml",))
    assert prompt_of(task) == "A chart."
    assert prompt_of(task, delivery=True).endswith("in a fenced code block (helm).")


def test_what_no_model_is_shown_is_in_no_prompt() -> None:
    task = Task(
        format="terraform", instruction="Do.", input="This.", reference="R", truth="T",
        before={"b.tf": "B"},
    )  # fmt: skip
    assert prompt_of(task) == "Do.\n\nThis."
