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
            "way": {"oneOf": [{"required": ["up"]}, {"required": ["down"]}, {"required": ["on"]}]},
            "closed": {
                "required": ["runs-on"],
                "properties": {"runs-on": {}, "steps": {}},
                "additionalProperties": False,
            },
            "list": {"type": "array", "items": {"oneOf": [{"type": "string"}, {"type": "null"}]}},
            "word": {"type": "string", "enum": ["on", "off"]},
            "service": {
                "$ref": "#/$defs/named",
                "properties": {"port": {"type": "integer"}},
                "patternProperties": {"^x-": {"type": "string"}},
                "unevaluatedProperties": False,
            },
        },
        "$defs": {"named": {"allOf": [{"properties": {"name": {"type": "string"}}}]}},
    }
)


@pytest.mark.parametrize(
    ("value", "place", "says"),
    [
        ({"port": 5}, "port", '5 is not of type "string" or "object"'),
        ({"way": {"down": 1, "up": 2}}, "way.up", "down and up exclude each other"),
        (
            {"closed": {"runs-on": 1, "step": 2}},
            "closed.step",
            "Additional properties are not allowed ('step' was unexpected)",
        ),
        (
            {"closed": {"runs_on": 1}},
            "closed.runs_on",
            "Additional properties are not allowed ('runs_on' was unexpected);"
            " did you mean 'runs-on'?",
        ),
        ({"port": {}}, "port", '"target" is a required property'),
        ({"port": {"target": "80"}}, "port.target", '"80" is not of type "integer"'),
        (
            {"when": "often"},
            "when",
            '"always" was expected, or "often" is not one of "never" or "manual"',
        ),
        ({"source": {}}, "source", '"image" is a required property'),
        ({"word": 1}, "word", '1 is not of type "string"'),
        (
            {"service": {"nam": "a", "name": "a", "port": 1, "x-a": "a"}},
            "service.nam",
            "Additional properties are not allowed ('nam' was unexpected)",
        ),
        ({"service": {"port": "a", "name": "a"}}, "service.port", '"a" is not of type "integer"'),
        ({"service": {"port": 1, "name": 1}}, "service.name", '1 is not of type "string"'),
        ({"service": {"x-a": 1, "port": 1}}, "service.x-a", '1 is not of type "string"'),
        ({"list": [[]]}, "list[0]", '[] is not of type "string" or "null"'),
    ],
)
def test_an_objection_says_what_the_nearest_alternative_wants(
    value: dict[str, Any], place: str, says: str
) -> None:
    (found,) = SCHEMA.violations(value)
    assert (found.place, found.message) == (place, says)


def test_each_key_that_should_not_be_there_is_an_objection() -> None:
    found = SCHEMA.violations({"closed": {"runs_on": 1, "a": 1, "b": 1}})
    assert [each.place for each in found] == ["closed.runs_on", "closed.a", "closed.b"]
    found = SCHEMA.violations({"service": {"port": "a", "a": 1, "b": 1}})
    assert {each.place for each in found} == {"service.port", "service.a", "service.b"}
    (lacking,) = SCHEMA.violations({"closed": {}})
    assert (lacking.place, lacking.message) == ("closed", '"runs-on" is a required property')
