"""What a schema's objection says: what the nearest alternative wanted, and where."""

from typing import Any

import pytest

from rewardsvc.verification.schemas import Schema

SCHEMA = Schema(
    {
        "properties": {
            "port": {
                "anyOf": [
                    {"type": "string"},
                    {
                        "type": "object",
                        "required": ["target"],
                        "properties": {"target": {"type": "integer"}},
                    },
                ]
            },
            "when": {"oneOf": [{"const": "always"}, {"enum": ["never", "manual"]}]},
            "source": {"oneOf": [{"required": ["image"]}, {"required": ["build", "context"]}]},
            "list": {"type": "array", "items": {"oneOf": [{"type": "string"}, {"type": "null"}]}},
        }
    }
)


@pytest.mark.parametrize(
    ("value", "place", "says"),
    [
        ({"port": 5}, "port", '5 is not of type "string" or "object"'),
        ({"port": {}}, "port", '"target" is a required property'),
        ({"port": {"target": "80"}}, "port.target", '"80" is not of type "integer"'),
        (
            {"when": "often"},
            "when",
            '"always" was expected, or "often" is not one of "never" or "manual"',
        ),
        ({"source": {}}, "source", '"image" is a required property'),
        ({"list": [[]]}, "list[0]", '[] is not of type "string" or "null"'),
    ],
)
def test_an_objection_says_what_the_nearest_alternative_wants(
    value: dict[str, Any], place: str, says: str
) -> None:
    (found,) = SCHEMA.violations(value)
    assert (found.place, found.message) == (place, says)
