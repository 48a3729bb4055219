"""A focus file: what it says of a part, and what is wrong in one."""

import json
from pathlib import Path

import pytest

from rewardsvc.errors import InvalidFile
from rewardsvc.focus import Focus, FocusWeight, focus_to_json, read_focus


def read(text: str, folder: Path) -> Focus:
    path = folder / "focus.json"
    path.write_text(text)
    return read_focus(path)


def test_the_file_that_the_page_shows_weighs_as_the_page_says(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs/focus.md").read_text()
    focus = read(page.split("```json\n")[1].split("```")[0], tmp_path)
    assert focus.of_category("terraform") == 2.0
    assert focus.of_category("kubernetes") == 1.0  # only parts of it are named
    assert focus.of_topic("terraform", "s3-bucket", "terraform") == 3.0
    assert focus.of_topic("terraform", "sqs-queue", "terraform") == 1.0
    assert focus.of_topic("kubernetes", "chart", "helm") == 0.0
    assert focus.of_topic("docker", "chart", "helm") == 1.0
    assert focus.of_difficulty("kubernetes", "hard") == 1.5
    assert focus.of_difficulty("terraform", "hard") == 1.0


def test_a_topic_goes_before_its_format(tmp_path: Path) -> None:
    weights = [
        FocusWeight(category="cicd", format="jenkinsfile", weight=3),
        FocusWeight(category="cicd", topic="library", weight=0.5),
    ]
    focus = read(focus_to_json(weights), tmp_path)
    assert focus.of_topic("cicd", "library", "jenkinsfile") == 0.5
    assert focus.of_topic("cicd", "pipeline", "jenkinsfile") == 3.0


def test_what_is_written_is_read_again_and_is_json(tmp_path: Path) -> None:
    weights = (
        FocusWeight(category="bash", weight=0),
        FocusWeight(category="a", topic="b", weight=2),
    )
    text = focus_to_json(weights)
    assert set(json.loads(text)["weights"][0]) == {"category", "weight"}
    assert read(text, tmp_path).weights == weights
    assert focus_to_json(read(text, tmp_path).weights) == text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("weights: []", "version: Field required"),
        ("version: 2\nweights: []", "version: Input should be 1"),
        ("version: 1\nweights:\n- category: a\n  wieght: 2", "did you mean 'weight'? (at line 4)"),
        ("version: 1\nweights:\n- category: a\n  weight: -1", "greater than or equal to 0"),
        ("version: 1\nweights:\n- {category: a, weight: .inf}", "weights.0.weight"),
        ("version: 1\nweights:\n- {topic: a, weight: 1}", "weights.0.category: Field required"),
        (
            "version: 1\nweights:\n- {category: a, topic: b, format: c, weight: 1}",
            "names more than one of topic, format and difficulty (at line 3)",
        ),
        (
            "version: 1\nweights:\n- {category: a, weight: 1}\n- {category: a, weight: 2}",
            "weights.1: a has two weights (at line 4)",
        ),
    ],
)
def test_what_is_wrong_is_named_with_its_place(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidFile, match=r"focus\.json: ") as error:
        read(text, tmp_path)
    assert said in str(error.value)
