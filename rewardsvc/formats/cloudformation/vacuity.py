"""Whether a stack of a template would have anything in it."""

from collections.abc import Mapping, Sequence

from rewardsvc.formats.cloudformation.conditions import Conditions
from rewardsvc.formats.cloudformation.template import resources
from rewardsvc.types import JsonValue

_NOTHING = frozenset(
    {
        "AWS::CDK::Metadata",
        "AWS::CloudFormation::WaitCondition",
        "AWS::CloudFormation::WaitConditionHandle",
    }
)
_ELSEWHERE = frozenset(
    {
        "AWS::CloudFormation::CustomResource",
        "AWS::CloudFormation::Macro",
        "AWS::CloudFormation::Stack",
        "AWS::CloudFormation::StackSet",
        "AWS::Serverless::Application",
    }
)
"""What they make stands in other templates and programs."""


def vacuous(templates: Sequence[JsonValue]) -> str:
    """Why nothing of substance is made, "" where something is."""
    written = [each for template in templates for each in resources(template)]
    if not written:
        return "there is no resource in it"
    made = [
        str(resource.get("Type", ""))
        for template in templates
        if isinstance(template, Mapping)
        for _, resource in resources(Conditions(template).live(template))
    ]
    if not made:
        return "no resource is ever made: their conditions never hold"
    if all(kind in _NOTHING for kind in made):
        return "nothing is made but handles and metadata"
    if not any(map(_is_made_here, made)):
        return "all that it makes is left to other templates, macros and custom resources"
    return ""


def _is_made_here(kind: str) -> bool:
    """Whether a resource is a service's own, as far as its type tells."""
    if kind in _NOTHING | _ELSEWHERE or kind.endswith("::MODULE"):
        return False
    return kind.startswith(("AWS::", "Alexa::"))
