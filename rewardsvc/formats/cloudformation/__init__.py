"""Everything about CloudFormation templates."""

from rewardsvc.format import Deferred, Format
from rewardsvc.formats.cloudformation.named import CHECKS
from rewardsvc.formats.cloudformation.verifier import CloudformationVerifier
from rewardsvc.verification.comments import without_yaml_comments

_WITNESS = """\
AWSTemplateFormatVersion: "2010-09-09"
Resources:
  Witness:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: 60
Outputs:
  Url:
    Value: !Ref Witness
"""

FORMAT = Format(
    verifier=CloudformationVerifier(),
    fence="yaml",
    prompt="a CloudFormation template (YAML)",
    comments=without_yaml_comments,
    witness=_WITNESS,
    light=False,
    named=CHECKS,
    mutations=Deferred("rewardsvc.formats.cloudformation.mutants:MUTATIONS"),
    gaming=Deferred("rewardsvc.formats.cloudformation.gaming:SCENES"),
)
