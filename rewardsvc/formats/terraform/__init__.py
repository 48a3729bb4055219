"""Everything about Terraform configurations."""

from rewardsvc.format import Deferred, Format
from rewardsvc.formats.terraform.comments import without_comments
from rewardsvc.formats.terraform.named import CHECKS
from rewardsvc.formats.terraform.refusals import REFUSALS
from rewardsvc.formats.terraform.verifier import TerraformVerifier

_WITNESS = """\
data "aws_caller_identity" "me" {}

resource "aws_sqs_queue" "witness" {
  name = "witness-${data.aws_caller_identity.me.account_id}"
}
"""

FORMAT = Format(
    verifier=TerraformVerifier(),
    fence="hcl",
    prompt=(
        "a Terraform configuration (HCL, one file, formatted as terraform fmt does, with "
        "a provider block and no backend)"
    ),
    comments=without_comments,
    names=("*.tf", "*.tfvars", "*.hcl"),
    witness=_WITNESS,
    light=False,
    edits=True,
    leans_on=Deferred("rewardsvc.formats.terraform.leaning:leans_on"),
    named=CHECKS,
    refusals=REFUSALS,
    mutations=Deferred("rewardsvc.formats.terraform.mutants:MUTATIONS"),
    comparison=Deferred("rewardsvc.formats.terraform.comparison:COMPARISON"),
    gaming=Deferred("rewardsvc.formats.terraform.gaming:SCENES"),
)
