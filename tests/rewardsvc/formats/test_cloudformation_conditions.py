"""What a template comes to: its functions in long form, its conditions, what is made."""

from typing import Any

import pytest

from rewardsvc.artifact import Artifact, File
from rewardsvc.formats.cloudformation.conditions import Conditions
from rewardsvc.formats.cloudformation.template import read_templates
from rewardsvc.formats.cloudformation.vacuity import vacuous

QUEUE = "{Type: AWS::SQS::Queue}"


def template(text: str) -> Any:
    (source,) = read_templates(Artifact((File("template.yaml", "yaml", text),))).sources
    return source.value


@pytest.mark.parametrize(
    "text",
    [
        f"Resources: {{Q: {QUEUE}}}",
        f"Resources: {{Q: {QUEUE}, C: {{Type: Custom::Thing}}}}",
        f"Resources: {{Fn::ForEach::L: [N, [a, b], {{'Q${{N}}': {QUEUE}}}]}}",
        f"Resources: {{Fn::ForEach::L: [N, !Ref Names, {{'Q${{N}}': {QUEUE}}}]}}",
        "Resources: {F: {Type: AWS::Serverless::Function}}",
    ],
)
def test_one_resource_of_a_service_is_enough(text: str) -> None:
    assert vacuous([template(text)]) == ""


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("!Equals [a, a]", True),
        ("!Equals [a, b]", False),
        ("!Equals [1, '1']", True),
        ("!Equals [true, 'true']", True),
        ("!Not [!Equals [a, a]]", False),
        ("!And [!Equals [a, a], !Equals [a, b]]", False),
        ("!And [!Equals [!Ref Open, b], !Equals [a, b]]", False),
        ("!And [!Equals [!Ref Open, b], !Equals [a, a]]", None),
        ("!Or [!Equals [a, b], !Equals [b, a]]", False),
        ("!Or [!Equals [!Ref Open, a], !Equals [a, a]]", True),
        ("!Or [!Equals [!Ref Open, a], !Equals [a, b]]", None),
        ("!Condition Never", False),
        ("!Not [!Condition Never]", True),
        ("!Condition Circle", None),
        ("!Condition Absent", None),
        ("!Equals [!Ref Open, a]", None),
        ("!Equals [!Ref Open, !Ref Open]", True),
        ("!Equals [!Ref One, only]", True),
        ("!Equals [!Ref One, other]", False),
        ("!Equals [!Ref Two, a]", None),
        ("!Equals [!Ref Two, c]", False),
        ("!Equals [!Ref Two, !Ref One]", False),
        ('!Equals [!Ref "AWS::Region", eu-west-1]', None),
        ('!Equals [!Ref "AWS::Region", nowhere]', False),
        ('!Equals ["123", !Ref "AWS::AccountId"]', False),
        ('!Equals [!Ref "AWS::StackName", a]', None),
        ("!Equals [!FindInMap [M, a, b], c]", True),
        ("!Equals [!FindInMap [M, a, b], d]", False),
        ("!Equals [!FindInMap [M, !Ref Open, b], d]", None),
        ("!Equals [!FindInMap [M, a, absent], d]", None),
        ("!Equals [!Join ['-', [a, b]], a-b]", True),
        ("!Equals [!Join ['-', [a, !Ref Open]], a-b]", None),
        ("!Equals [!Select [1, [a, b]], a]", False),
        ("!Equals [!Select [9, [a, b]], a]", None),
        ("!Equals [!Sub text, text]", True),
        ("!Equals [!Sub '${Open}', text]", None),
        ("!Equals [a]", None),
        ("a", None),
    ],
)
def test_conditions_are_read_in_three_values(condition: str, holds: bool | None) -> None:
    text = (
        "Parameters:\n  Open: {Type: String, Default: a}\n"
        "  One: {Type: String, AllowedValues: [only]}\n"
        "  Two: {Type: String, AllowedValues: [a, b]}\n"
        "Mappings: {M: {a: {b: c}}}\n"
        "Conditions:\n  Never: !Equals [a, b]\n  Circle: !Not [!Condition Circle]\n"
        f"  It: {condition}\n"
    )
    assert Conditions(template(text)).named("It") is holds


def test_a_chain_of_conditions_of_any_length_is_followed() -> None:
    chain = "".join(f"  C{n}: !Not [!Condition C{n - 1}]\n" for n in range(1, 2000))
    read = template(f"Conditions:\n  C0: !Equals [a, a]\n{chain}")
    assert Conditions(read).named("C1999") is False


def test_checks_see_what_is_made() -> None:
    text = f"""
Conditions: {{Never: !Equals [a, b], Open: !Equals [!Ref P, b]}}
Resources:
  Off: {{Type: AWS::SQS::Queue, Condition: Never}}
  On: {{Type: AWS::SQS::Queue, Condition: Open}}
  Q:
    Type: AWS::SQS::Queue
    Properties:
      A: !If [Never, 1, !If [Never, 2, 3]]
      B: !If [Never, 1, !Ref AWS::NoValue]
      C: !If [Open, 1, !Ref AWS::NoValue]
      D: [1, !Ref AWS::NoValue]
      E: {{Condition: Never}}
Outputs:
  Off: {{Condition: Never, Value: a}}
  On: {{Value: a}}
  Also: {QUEUE}
"""
    read = template(text)
    seen = Conditions(read).live(read)
    assert seen["Resources"].keys() == {"On", "Q"}
    assert seen["Resources"]["Q"]["Properties"] == {
        "A": 3,
        "C": {"Fn::If": ["Open", 1, {"Ref": "AWS::NoValue"}]},
        "D": [1],
        "E": {"Condition": "Never"},
    }
    assert seen["Outputs"].keys() == {"On", "Also"}


def test_short_forms_are_the_long_ones() -> None:
    text = """
A: !Ref X
B: !GetAtt X.Y.Z
C: {Fn::GetAtt: X.Y}
D: !GetAtt [X, Y]
E: !Sub ["${X}", {X: !Ref Y}]
F: !Base64
  Fn::Join: ["", [a, !GetAZs ""]]
G: {Fn::GetAtt: nothing}
H: !Condition X
"""
    assert template(text) == {
        "A": {"Ref": "X"},
        "B": {"Fn::GetAtt": ["X", "Y.Z"]},
        "C": {"Fn::GetAtt": ["X", "Y"]},
        "D": {"Fn::GetAtt": ["X", "Y"]},
        "E": {"Fn::Sub": ["${X}", {"X": {"Ref": "Y"}}]},
        "F": {"Fn::Base64": {"Fn::Join": ["", ["a", {"Fn::GetAZs": ""}]]}},
        "G": {"Fn::GetAtt": "nothing"},
        "H": {"Condition": "X"},
    }
