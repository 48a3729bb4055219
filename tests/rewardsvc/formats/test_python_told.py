"""What an answer's process tells of itself is read only as far as everybody can read it."""

import pytest

from rewardsvc.formats.python.making import MAX_PLACEHOLDERS, beside
from rewardsvc.formats.python.stub import MAX_DEPTH, sound


@pytest.mark.parametrize(
    "text",
    [
        "[" * 200_000 + "]" * 200_000,
        "[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1),
        '{"a": NaN}',
        "1e999",
        '"\\ud800"',
        "1" * 5000,
        "",
        "{",
    ],
)
def test_a_text_that_not_everybody_can_read_is_not_sound(text: str) -> None:
    with pytest.raises((ValueError, RecursionError)):
        sound(text)


def test_sound_texts_are_read() -> None:
    deep = "[" * (MAX_DEPTH - 1) + "]" * (MAX_DEPTH - 1)
    assert sound(f'{{"a": {deep}, "b": "\\ud83d\\ude00", "c": [1, 2.5, null, true]}}')["c"] == [
        1,
        2.5,
        None,
        True,
    ]


@pytest.mark.parametrize(
    ("named", "placed"),
    [
        (["train.py", "run.sh"], ["train.py", "run.sh"]),
        (["a.txt", "a.txt/b.txt"], ["a.txt"]),
        (["a.txt/b.txt", "a.txt"], ["a.txt/b.txt"]),
        (["main.py/x.sh", "main.py", "lib"], []),
        (["../x.py", "/x.py", "a/../x.py", "x" * 300 + ".py"], []),
        ([f"{number}.py" for number in range(1000)], [f"{n}.py" for n in range(MAX_PLACEHOLDERS)]),
    ],
)
def test_only_what_can_lie_beside_an_answer_is_made_for_it(
    named: list[str], placed: list[str]
) -> None:
    assert beside(["main.py", "lib/a.py"], named) == placed
