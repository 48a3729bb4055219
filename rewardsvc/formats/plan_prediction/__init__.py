"""Everything about predicted Terraform plans (docs/plan-prediction.md)."""

from rewardsvc.format import Deferred, Format
from rewardsvc.formats.plan_prediction.measures import MEASURES
from rewardsvc.formats.plan_prediction.verifier import PlanPredictionVerifier

_WITNESS = """\
{
  "resource_changes": [
    {
      "address": "aws_sqs_queue.jobs",
      "type": "aws_sqs_queue",
      "actions": ["create"]
    }
  ]
}
"""


def _as_it_is(text: str) -> str:
    """JSON has no comments."""
    return text


FORMAT = Format(
    verifier=PlanPredictionVerifier(),
    fence="json",
    prompt='a predicted Terraform plan (JSON: {"resource_changes": [...]})',
    comments=_as_it_is,
    witness=_WITNESS,
    measures=MEASURES,
    mutations=Deferred("rewardsvc.formats.plan_prediction.mutants:MUTATIONS"),
    gaming=Deferred("rewardsvc.formats.plan_prediction.gaming:SCENES"),
)
