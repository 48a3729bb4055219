"""JSON that is right and holds more than Python does."""

import pytest

from sandbox.jsontext import read_json

DIGITS = "9" * 6000
LARGEST = 1.7976931348623157e308


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("1" * 309, int("1" * 309)),
        (DIGITS, LARGEST),
        ("-" + DIGITS, -LARGEST),
        ("1e999", LARGEST),
        ('"\\ud800"', "\ufffd"),
        ('{"\\udfff": ["\\ud83d\\ude00"]}', {"\ufffd": ["\U0001f600"]}),
    ],
)
def test_json_beyond_what_python_holds_is_read_as_the_nearest(text: str, value: object) -> None:
    assert read_json(text) == value
