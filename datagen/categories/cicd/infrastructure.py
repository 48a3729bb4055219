"""GitHub Actions for infrastructure: a Terraform plan on pull requests."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, need
from datagen.needs import checks_out, one_job
from datagen.pins import documents
from datagen.topic import Topic
from datagen.vocabulary import BRANCHES, DOMAINS, REGIONS

_STEPS = "values([0].jobs)[].steps[]"
_SETUP = f"{_STEPS} | [?starts_with(uses || '', 'hashicorp/setup-terraform@')] | [0]"
_AWS = f"{_STEPS} | [?starts_with(uses || '', 'aws-actions/configure-aws-credentials@')] | [0]"


@dataclass(frozen=True, slots=True)
class TerraformPlan:
    """Where the configuration lies, who plans it, with which Terraform."""

    name: str
    branch: str
    folder: str
    version: str
    region: str
    role: str


def _sample(rng: Random) -> TerraformPlan:
    account = rng.randint(10**11, 10**12 - 1)
    return TerraformPlan(
        name=rng.choice(("plan", "terraform", "terraform-plan", "infrastructure", "infra-check")),
        branch=rng.choice(BRANCHES),
        folder=rng.choice(("infra", "terraform", "deploy/aws", f"stacks/{rng.choice(DOMAINS)}")),
        version=f"1.{rng.randint(7, 12)}.{rng.randint(0, 5)}",
        region=rng.choice(REGIONS),
        role=f"arn:aws:iam::{account}:role/{rng.choice(('ci', 'plan', 'github-actions'))}",
    )


def _brief(s: TerraformPlan) -> Brief:
    commands = f"{_STEPS}.run"
    return Brief(
        need(
            f"GitHub Actions workflow {lit(s.name)} that runs terraform plan",
            f"a GitHub Actions workflow named {lit(s.name)} that plans a Terraform configuration",
            f"a workflow for GitHub Actions, called {lit(s.name)}, that runs init and plan of"
            f" Terraform",
            pins=[
                documents("[0].name", s.name),
                documents(f"length({commands} | [?contains(@, 'terraform init')]) > `0`"),
                documents(f"length({commands} | [?contains(@, 'terraform plan')]) > `0`"),
            ],
        ),
        (
            one_job("plan"),
            need(
                f"on pull requests to {lit(s.branch)}",
                f"It runs for pull requests to {lit(s.branch)}",
                f"Pull requests against {lit(s.branch)} trigger it",
                pins=[documents("[0].on.pull_request.branches", [s.branch])],
            ),
            need(
                f"checkout, then working directory {lit(s.folder)} (defaults)",
                f"Check the code out; the default working directory of its run steps is"
                f" {lit(s.folder)}",
                f"Begin with a checkout and set {lit(s.folder)} as the default working-directory",
                pins=[
                    checks_out(),
                    documents(
                        '[0].defaults.run."working-directory"'
                        ' || (values([0].jobs)[].defaults.run."working-directory" | [0])',
                        s.folder,
                    ),
                ],
            ),
            need(
                f"Terraform {lit(s.version)} by hashicorp/setup-terraform",
                f"Install Terraform {lit(s.version)} with hashicorp/setup-terraform",
                f"hashicorp/setup-terraform provides version {lit(s.version)}",
                pins=[documents(f"{_SETUP}.with.terraform_version", s.version)],
            ),
            need(
                f"AWS role {lit(s.role)} in {lit(s.region)} by OIDC",
                f"Assume {lit(s.role)} in {lit(s.region)} through OIDC with"
                f" aws-actions/configure-aws-credentials",
                f"aws-actions/configure-aws-credentials assumes {lit(s.role)} (region"
                f" {lit(s.region)}) by OIDC",
                pins=[
                    documents(f'{_AWS}.with."role-to-assume"', s.role),
                    documents(f'{_AWS}.with."aws-region"', s.region),
                    documents(
                        "[0].permissions.\"id-token\" == 'write'"
                        " || contains(values([0].jobs)[].permissions.\"id-token\", 'write')"
                    ),
                ],
            ),
        ),
    )


def _answer(s: TerraformPlan) -> str:
    return f"""\
name: {s.name}
on:
  pull_request:
    branches: [{s.branch}]
permissions:
  contents: read
  id-token: write
defaults:
  run:
    working-directory: {s.folder}
jobs:
  plan:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v6
      - uses: aws-actions/configure-aws-credentials@v6
        with:
          role-to-assume: {s.role}
          aws-region: {s.region}
      - uses: hashicorp/setup-terraform@v3
        with:
          terraform_version: {s.version}
      - run: terraform init
      - run: terraform plan
"""


TOPIC = Topic(
    name="terraform-plan",
    format="github-actions",
    sample=_sample,
    brief=_brief,
    answer=_answer,
)
