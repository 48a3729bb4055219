"""`.env` files: what the tests of all formats try on them."""

from tests.rewardsvc.formats.format_cases import FormatCases
from tests.rewardsvc.formats.growth import around, many

CASES = FormatCases(
    growing={
        "variables": many("A{i}=b\n"),
        "one variable": many("A=b\n"),
        "a long name": around("", "A", "=b\n"),
        "a long value": around("A=", "b", "\n"),
        "small letters": many("a{i}=b\n"),
        "no variable": many("A{i}\n"),
    },
    telling=("variables", "a long name", "no variable", "hashes", "empty lines"),
    answer="PORT=8080\nHOST=localhost\n",
    words=(
        (
            "variable_is",
            (
                ({"variable": "PORT", "value": "8080"}, True),
                ({"variable": "PORT", "value": "80"}, False),
                ({"variable": "HOST", "value": "8080"}, False),
            ),
        ),
    ),
)
