"""Terraform, Auto Scaling: a launch template, a group and its policy."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, need, num
from datagen.categories.terraform.pieces import (
    in_groups,
    in_subnets,
    label,
    provider,
    quoted,
)
from datagen.needs import in_region
from datagen.pins import all_refer, has, planned, planned_true
from datagen.topic import Topic
from datagen.vocabulary import (
    ENVIRONMENTS,
    REGIONS,
    identifier,
    identifiers,
    named,
)


@dataclass(frozen=True, slots=True)
class ScalingGroup:
    """Instances from a launch template, as many as their CPU needs."""

    region: str
    name: str
    template: str
    ami: str
    type: str
    volume: int
    least: int
    most: int
    grace: int
    warmup: int
    share: int
    cpu: int
    environment: str
    subnets: tuple[str, ...]
    groups: tuple[str, ...]


def _sample_scaling(rng: Random) -> ScalingGroup:
    name, least = named(rng, "asg", "fleet", "workers", "web", "nodes"), rng.randint(1, 4)
    return ScalingGroup(
        region=rng.choice(REGIONS),
        name=name,
        template=f"{name}-{rng.choice(('template', 'lt', 'launch'))}",
        ami=identifier(rng, "ami"),
        type=rng.choice(
            ("t3.small", "t3.medium", "m6i.large", "m7i.xlarge", "c6i.large", "c7i.xlarge")
        ),
        volume=rng.choice((16, 20, 30, 40, 50, 80, 100)),
        least=least,
        most=least + rng.randint(2, 12),
        grace=rng.choice((60, 90, 120, 180, 240)),
        warmup=rng.choice((30, 45, 75, 100, 150)),
        share=rng.choice((50, 65, 75, 80)),
        cpu=rng.choice((40, 45, 55, 60, 70)),
        environment=rng.choice(ENVIRONMENTS),
        subnets=identifiers(rng, "subnet", rng.choice((2, 3))),
        groups=identifiers(rng, "sg", rng.choice((1, 2))),
    )


def _scaling_brief(s: ScalingGroup) -> Brief:
    kind, template, policy = (
        "aws_autoscaling_group",
        "aws_launch_template",
        "aws_autoscaling_policy",
    )
    tracking, disk = "target_tracking_configuration[0]", "block_device_mappings[0]"
    return Brief(
        need(
            f"Auto Scaling group {lit(s.name)} with the launch template {lit(s.template)}",
            f"a Terraform configuration for the Auto Scaling group {lit(s.name)} and its launch"
            f" template {lit(s.template)}",
            f"Terraform code for an Auto Scaling group {lit(s.name)} that starts instances from"
            f" a launch template {lit(s.template)}",
            pins=[
                planned(kind, "name", s.name),
                planned(template, "name", s.template),
                all_refer(kind, "launch_template[0].id", template),
            ],
        ),
        (
            in_region(s.region),
            need(
                f"{lit(s.type)} instances of {lit(s.ami)}, IMDSv2 required",
                f"Its instances are {lit(s.type)} from the AMI {lit(s.ami)} and require IMDSv2",
                f"Start {lit(s.type)} instances of {lit(s.ami)}; IMDSv2 tokens are required",
                pins=[
                    has(
                        template,
                        {
                            "image_id": s.ami,
                            "instance_type": s.type,
                            "metadata_options[0].http_tokens": "required",
                        },
                    )
                ],
            ),
            need(
                f"root device /dev/xvda: encrypted gp3, {num(s.volume)} GB",
                f"The root device /dev/xvda is {num(s.volume)} GB of encrypted gp3",
                f"Map /dev/xvda to an encrypted gp3 volume of {num(s.volume)} GB",
                pins=[
                    planned_true(
                        template,
                        f"{disk}.device_name == '/dev/xvda'"
                        f" && {disk}.ebs[0].volume_size == `{s.volume}`"
                        f" && {disk}.ebs[0].volume_type == 'gp3'"
                        f" && to_string({disk}.ebs[0].encrypted) == 'true'",
                    )
                ],
            ),
            need(
                f"{num(s.least)} to {num(s.most)} instances, ELB health checks after"
                f" {num(s.grace)} seconds",
                f"It has between {num(s.least)} and {num(s.most)} instances; their health is that"
                f" of the load balancer (ELB), with {num(s.grace)} seconds of grace",
                f"Size: at least {num(s.least)}, at most {num(s.most)}. The health check is of the"
                f" type ELB, and its grace period {num(s.grace)} seconds",
                pins=[
                    has(
                        kind,
                        {
                            "min_size": s.least,
                            "max_size": s.most,
                            "health_check_type": "ELB",
                            "health_check_grace_period": s.grace,
                        },
                    )
                ],
            ),
            need(
                "the version is the template's latest_version",
                "The group takes the template's latest_version by reference, so that a new version"
                " starts a refresh",
                "Refer to the template's latest_version, for $Latest hides that it changed",
                pins=[all_refer(kind, "launch_template[0].version", template)],
            ),
            need(
                f"rolling instance refresh with {num(s.share)} percent healthy",
                f"A change rolls through by instance refresh, with at least {num(s.share)} percent"
                f" healthy",
                f"Instance refresh: strategy Rolling, minimum healthy percentage {num(s.share)}",
                pins=[
                    has(
                        kind,
                        {
                            "instance_refresh[0].strategy": "Rolling",
                            "instance_refresh[0].preferences[0].min_healthy_percentage": s.share,
                        },
                    )
                ],
            ),
            need(
                f"target tracking of {num(s.cpu)} percent average CPU, warm-up {num(s.warmup)}"
                f" seconds",
                f"It scales to an average CPU utilization of {num(s.cpu)} percent by target"
                f" tracking; instances warm up for {num(s.warmup)} seconds",
                f"A target tracking policy holds the average CPU (ASGAverageCPUUtilization) at"
                f" {num(s.cpu)} percent, with an estimated warm-up of {num(s.warmup)} seconds",
                pins=[
                    has(
                        policy,
                        {
                            "policy_type": "TargetTrackingScaling",
                            "estimated_instance_warmup": s.warmup,
                            f"{tracking}.target_value": s.cpu,
                            f"{tracking}.predefined_metric_specification[0]"
                            ".predefined_metric_type": "ASGAverageCPUUtilization",
                        },
                    ),
                    all_refer(policy, "autoscaling_group_name", kind),
                ],
            ),
            need(
                f"instances tagged Environment = {lit(s.environment)} (propagated at launch)",
                f"The tag Environment with the value {lit(s.environment)} is propagated to the"
                f" instances at launch",
                f"Tag the group with Environment {lit(s.environment)}, and its instances at launch"
                f" as well",
                pins=[
                    planned_true(
                        kind,
                        f"tag[?key == 'Environment' && value == '{s.environment}'"
                        f" && propagate_at_launch] | [0]",
                    )
                ],
            ),
            in_subnets(kind, "vpc_zone_identifier", s.subnets, "the group"),
            in_groups(template, "vpc_security_group_ids", s.groups, "the instances"),
        ),
    )


def _scaling_answer(s: ScalingGroup) -> str:
    called = label(s.name)
    return f"""\
{provider(s.region)}
resource "aws_launch_template" "{called}" {{
  name                   = "{s.template}"
  image_id               = "{s.ami}"
  instance_type          = "{s.type}"
  vpc_security_group_ids = [{quoted(s.groups)}]

  metadata_options {{
    http_tokens = "required"
  }}

  block_device_mappings {{
    device_name = "/dev/xvda"

    ebs {{
      volume_size = {s.volume}
      volume_type = "gp3"
      encrypted   = true
    }}
  }}
}}

resource "aws_autoscaling_group" "{called}" {{
  name                      = "{s.name}"
  min_size                  = {s.least}
  max_size                  = {s.most}
  vpc_zone_identifier       = [{quoted(s.subnets)}]
  health_check_type         = "ELB"
  health_check_grace_period = {s.grace}

  launch_template {{
    id      = aws_launch_template.{called}.id
    version = aws_launch_template.{called}.latest_version
  }}

  instance_refresh {{
    strategy = "Rolling"

    preferences {{
      min_healthy_percentage = {s.share}
    }}
  }}

  tag {{
    key                 = "Environment"
    value               = "{s.environment}"
    propagate_at_launch = true
  }}
}}

resource "aws_autoscaling_policy" "{called}" {{
  name                      = "{s.name}-cpu"
  autoscaling_group_name    = aws_autoscaling_group.{called}.name
  policy_type               = "TargetTrackingScaling"
  estimated_instance_warmup = {s.warmup}

  target_tracking_configuration {{
    target_value = {s.cpu}

    predefined_metric_specification {{
      predefined_metric_type = "ASGAverageCPUUtilization"
    }}
  }}
}}
"""


SCALING = Topic(
    name="autoscaling-group",
    format="terraform",
    sample=_sample_scaling,
    brief=_scaling_brief,
    answer=_scaling_answer,
)
