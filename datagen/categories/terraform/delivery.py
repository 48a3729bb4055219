"""Terraform, delivery: a CodeBuild project."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, need, num
from datagen.categories.terraform.pieces import label, provider, role, service_role, switch
from datagen.needs import in_region
from datagen.pins import PolicyGrant, all_refer, count_of, grants, has, planned, planned_true
from datagen.topic import Topic
from datagen.vocabulary import DOMAINS, ORGANISATIONS, REGIONS, account

_LOGS = ("logs:CreateLogStream", "logs:PutLogEvents")


@dataclass(frozen=True, slots=True)
class BuildProject:
    """A build of a GitHub repository in a Linux container."""

    region: str
    name: str
    description: str
    organisation: str
    repository: str
    branch: str
    buildspec: str
    size: str
    image: str
    privileged: bool
    timeout: int
    variable: tuple[str, str]
    account: str
    retention: int


def _sample_build(rng: Random) -> BuildProject:
    domain = rng.choice(DOMAINS)
    return BuildProject(
        region=rng.choice(REGIONS),
        name=f"{domain}-{rng.choice(('build', 'ci', 'image', 'package'))}",
        description=f"{rng.choice(('Builds', 'Tests', 'Packages'))} the {domain} service",
        organisation=rng.choice(ORGANISATIONS),
        repository=f"{domain}-{rng.choice(('service', 'api', 'web', 'backend'))}",
        branch=rng.choice(("main", "develop", "release", "trunk")),
        buildspec=rng.choice(("ci/buildspec.yml", "build/aws.yml", ".aws/buildspec.yaml")),
        size=rng.choice(("BUILD_GENERAL1_SMALL", "BUILD_GENERAL1_MEDIUM", "BUILD_GENERAL1_LARGE")),
        image=rng.choice(
            ("aws/codebuild/standard:7.0", "aws/codebuild/amazonlinux-x86_64-standard:5.0")
        ),
        privileged=rng.random() < 0.5,
        timeout=rng.choice((10, 15, 20, 30, 45, 90)),
        variable=rng.choice(
            (("STAGE", "prod"), ("STAGE", "test"), ("TARGET", "release"), ("LOG_LEVEL", "debug"))
        ),
        account=account(rng),
        retention=rng.choice((3, 7, 14, 30, 60, 90)),
    )


def _build_brief(s: BuildProject) -> Brief:
    kind, logs, policy = "aws_codebuild_project", "aws_cloudwatch_log_group", "aws_iam_role_policy"
    url = f"https://github.com/{s.organisation}/{s.repository}.git"
    group, (key, value) = f"/codebuild/{s.name}", s.variable
    arn = f"arn:aws:logs:{s.region}:{s.account}:log-group:{group}:*"
    privileged = "on" if s.privileged else "off"
    return Brief(
        need(
            f"CodeBuild project {lit(s.name)} for {lit(url)}, branch {lit(s.branch)}",
            f"a Terraform configuration for a CodeBuild project {lit(s.name)} that builds the"
            f" branch {lit(s.branch)} of {lit(url)}",
            f"Terraform code for the CodeBuild project {lit(s.name)}: source {lit(url)} on GitHub,"
            f" branch {lit(s.branch)}",
            pins=[
                has(
                    kind,
                    {
                        "name": s.name,
                        "source[0].type": "GITHUB",
                        "source[0].location": url,
                        "source_version": s.branch,
                    },
                )
            ],
        ),
        (
            in_region(s.region),
            need(
                f"description {lit(s.description)}, build timeout {num(s.timeout)} minutes",
                f"It is described as {lit(s.description)} and stops a build after"
                f" {num(s.timeout)} minutes",
                f"Builds take {num(s.timeout)} minutes at most; describe it as"
                f" {lit(s.description)}",
                pins=[has(kind, {"description": s.description, "build_timeout": s.timeout})],
            ),
            need(
                f"buildspec {lit(s.buildspec)}, clone depth 1, no artifacts",
                f"The buildspec is {lit(s.buildspec)}, the clone has depth 1, and there are no"
                f" artifacts (NO_ARTIFACTS)",
                f"Clone with depth 1, take {lit(s.buildspec)} as the buildspec and keep"
                f" NO_ARTIFACTS",
                pins=[
                    has(
                        kind,
                        {
                            "source[0].buildspec": s.buildspec,
                            "source[0].git_clone_depth": 1,
                            "artifacts[0].type": "NO_ARTIFACTS",
                        },
                    )
                ],
            ),
            need(
                f"{lit(s.size)} LINUX_CONTAINER of {lit(s.image)}, privileged mode {privileged}",
                f"Build in a LINUX_CONTAINER of {lit(s.image)}, compute type {lit(s.size)};"
                f" privileged mode is explicitly {privileged}",
                f"The environment is {lit(s.image)} as LINUX_CONTAINER on {lit(s.size)}, with"
                f" privileged mode explicitly {privileged}",
                pins=[
                    has(
                        kind,
                        {
                            "environment[0].type": "LINUX_CONTAINER",
                            "environment[0].compute_type": s.size,
                            "environment[0].image": s.image,
                            "environment[0].privileged_mode": s.privileged,
                        },
                    )
                ],
            ),
            need(
                f"environment variable {lit(f'{key}={value}')}",
                f"Set the environment variable {lit(f'{key}={value}')}",
                f"Its builds see {lit(f'{key}={value}')}",
                pins=[
                    planned_true(
                        kind,
                        f"environment[0].environment_variable[?name == '{key}' && value =="
                        f" '{value}'] | [0]",
                    )
                ],
            ),
            need(
                f"logs to the new log group {lit(group)}, kept {num(s.retention)} days",
                f"It logs to {lit(group)}, a new log group that keeps {num(s.retention)} days",
                f"Create the log group {lit(group)} ({num(s.retention)} days) for its logs",
                pins=[
                    has(logs, {"name": group, "retention_in_days": s.retention}),
                    all_refer(kind, "logs_config[0].cloudwatch_logs[0].group_name", logs),
                ],
            ),
            service_role(f"{s.name}-role", "codebuild", kind, "service_role"),
            need(
                f"inline policy for the role: {_LOGS[0]} and {_LOGS[1]} on {lit(arn)}",
                f"An inline policy of the role allows {_LOGS[0]} and {_LOGS[1]} on {lit(arn)},"
                f" nothing else",
                f"All the role may do is {_LOGS[0]} and {_LOGS[1]} on {lit(arn)} (inline policy)",
                pins=[
                    planned_true(policy, grants("policy", PolicyGrant(_LOGS, arn))),
                    count_of(policy, 1),
                    all_refer(policy, "role", "aws_iam_role"),
                    planned("aws_iam_role", "name", f"{s.name}-role"),
                ],
            ),
        ),
    )


def _build_answer(s: BuildProject) -> str:
    called, (key, value) = label(s.name), s.variable
    return f"""\
{provider(s.region)}
resource "aws_cloudwatch_log_group" "{called}" {{
  name              = "/codebuild/{s.name}"
  retention_in_days = {s.retention}
}}
{role(called, f"{s.name}-role", "codebuild")}
resource "aws_iam_role_policy" "{called}" {{
  name = "records"
  role = aws_iam_role.{called}.id

  policy = jsonencode({{
    Version = "2012-10-17"
    Statement = [{{
      Effect   = "Allow"
      Action   = ["{_LOGS[0]}", "{_LOGS[1]}"]
      Resource = "arn:aws:logs:{s.region}:{s.account}:log-group:/codebuild/{s.name}:*"
    }}]
  }})
}}

resource "aws_codebuild_project" "{called}" {{
  name           = "{s.name}"
  description    = "{s.description}"
  service_role   = aws_iam_role.{called}.arn
  build_timeout  = {s.timeout}
  source_version = "{s.branch}"

  source {{
    type            = "GITHUB"
    location        = "https://github.com/{s.organisation}/{s.repository}.git"
    buildspec       = "{s.buildspec}"
    git_clone_depth = 1
  }}

  artifacts {{
    type = "NO_ARTIFACTS"
  }}

  environment {{
    type            = "LINUX_CONTAINER"
    compute_type    = "{s.size}"
    image           = "{s.image}"
    privileged_mode = {switch(s.privileged)}

    environment_variable {{
      name  = "{key}"
      value = "{value}"
    }}
  }}

  logs_config {{
    cloudwatch_logs {{
      group_name = aws_cloudwatch_log_group.{called}.name
    }}
  }}
}}
"""


BUILD = Topic(
    name="codebuild-project",
    format="terraform",
    sample=_sample_build,
    brief=_build_brief,
    answer=_build_answer,
    bench_only=True,
)
