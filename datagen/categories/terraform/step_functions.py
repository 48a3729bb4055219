"""Terraform, Step Functions: a state machine."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, need, num
from datagen.categories.terraform.pieces import (
    label,
    provider,
    role,
    service_role,
)
from datagen.needs import in_region
from datagen.pins import PolicyGrant, all_refer, count_of, grants, has, planned_true, spells
from datagen.topic import Topic
from datagen.vocabulary import (
    REGIONS,
    account,
    named,
)


@dataclass(frozen=True, slots=True)
class StateMachine:
    """Three states: work that is retried, a wait, an end; an alias leads to its version."""

    region: str
    name: str
    type: str
    role: str
    account: str
    function: str
    attempts: int
    backoff: int
    pause: int
    alias: str


def _sample_machine(rng: Random) -> StateMachine:
    name = named(rng, "flow", "workflow", "pipeline", "saga", "process")
    return StateMachine(
        region=rng.choice(REGIONS),
        name=name,
        type=rng.choice(("STANDARD", "EXPRESS")),
        role=f"{name}-{rng.choice(('states', 'role', 'execution', 'sfn'))}",
        account=account(rng),
        function=f"{name.partition('-')[0]}-{rng.choice(('charge', 'import', 'notify', 'check'))}",
        attempts=rng.randint(2, 7),
        backoff=rng.choice((2, 3, 4)),
        pause=rng.choice((5, 10, 15, 20, 30, 45, 60, 90, 120)),
        alias=rng.choice(("live", "stable", "current", "prod", "blue")),
    )


def _machine_brief(s: StateMachine) -> Brief:
    kind, alias, policy = "aws_sfn_state_machine", "aws_sfn_alias", "aws_iam_role_policy"
    arn = f"arn:aws:lambda:{s.region}:{s.account}:function:{s.function}"
    return Brief(
        need(
            f"Step Functions state machine {lit(s.name)} of type {lit(s.type)}, its definition by"
            f" jsonencode",
            f"a Terraform configuration for a Step Functions state machine {lit(s.name)} of the"
            f" type {lit(s.type)}; write its definition with jsonencode",
            f"Terraform code for the {lit(s.type)} state machine {lit(s.name)} in Step Functions"
            f" (definition in jsonencode)",
            pins=[has(kind, {"name": s.name, "type": s.type}), count_of(kind, 1)],
        ),
        (
            in_region(s.region),
            need(
                f"starts with the task {lit('Run')}, which is {lit(arn)}; then {lit('Pause')}",
                f"It starts at {lit('Run')}, a Task that is the function {lit(arn)}, and goes on"
                f" with {lit('Pause')}",
                f"The first state {lit('Run')} is a Task with the resource {lit(arn)}; the next"
                f" one is {lit('Pause')}",
                pins=[
                    spells(
                        kind,
                        "definition",
                        (
                            '"StartAt":"Run"',
                            '"Run":{"Next":"Pause","Resource":"' + arn + '","Retry":',
                            '}],"Type":"Task"}',
                        ),
                    )
                ],
            ),
            need(
                f"retries {lit('States.TaskFailed')} {num(s.attempts)} times, after 2 seconds at"
                f" first, with a backoff rate of {num(s.backoff)}",
                f"On {lit('States.TaskFailed')} it tries {num(s.attempts)} times again, first"
                f" after 2 seconds, with a backoff rate of {num(s.backoff)}",
                f"Retry of the task: {lit('States.TaskFailed')}, interval 2 seconds,"
                f" {num(s.attempts)} attempts, backoff rate {num(s.backoff)}",
                pins=[
                    spells(
                        kind,
                        "definition",
                        (
                            f'"Retry":[{{"BackoffRate":{s.backoff},"ErrorEquals":'
                            f'["States.TaskFailed"],"IntervalSeconds":2,"MaxAttempts":{s.attempts}}}]',
                        ),
                    )
                ],
            ),
            need(
                f"{lit('Pause')} waits {num(s.pause)} seconds, then {lit('Done')} succeeds",
                f"{lit('Pause')} is a Wait of {num(s.pause)} seconds, and {lit('Done')} a Succeed"
                f" after it",
                f"After a Wait of {num(s.pause)} seconds ({lit('Pause')}) comes {lit('Done')},"
                f" a Succeed state",
                pins=[
                    spells(
                        kind,
                        "definition",
                        (
                            f'"Pause":{{"Next":"Done","Seconds":{s.pause},"Type":"Wait"}}',
                            '"Done":{"Type":"Succeed"}',
                        ),
                    )
                ],
            ),
            service_role(s.role, "states", kind, "role_arn"),
            need(
                f"the role may call {lit('lambda:InvokeFunction')} on that function and nothing"
                f" else (inline policy)",
                f"An inline policy lets the role do {lit('lambda:InvokeFunction')} on that"
                f" function, and nothing else",
                f"The role's inline policy allows {lit('lambda:InvokeFunction')} on that one"
                f" function only",
                pins=[
                    planned_true(
                        policy, grants("policy", PolicyGrant(("lambda:InvokeFunction",), arn))
                    ),
                    count_of(policy, 1),
                    all_refer(policy, "role", "aws_iam_role"),
                ],
            ),
            need(
                f"published (publish = true); the alias {lit(s.alias)} gives what is published all"
                f" the traffic (weight 100)",
                f"Publish it, and let the alias {lit(s.alias)} route all traffic (weight 100) to"
                f" what is published",
                f"It is published, and an alias {lit(s.alias)} points there with the weight 100",
                pins=[
                    has(kind, {"publish": True}),
                    has(alias, {"name": s.alias, "routing_configuration[0].weight": 100}),
                    all_refer(alias, "routing_configuration[0].state_machine_version_arn", kind),
                ],
            ),
        ),
    )


def _machine_answer(s: StateMachine) -> str:
    called = label(s.name)
    arn = f"arn:aws:lambda:{s.region}:{s.account}:function:{s.function}"
    return f"""\
{provider(s.region)}{role(called, s.role, "states")}
resource "aws_iam_role_policy" "{called}" {{
  name = "invoke-{s.function}"
  role = aws_iam_role.{called}.id

  policy = jsonencode({{
    Version = "2012-10-17"
    Statement = [{{
      Effect   = "Allow"
      Action   = "lambda:InvokeFunction"
      Resource = "{arn}"
    }}]
  }})
}}

resource "aws_sfn_state_machine" "{called}" {{
  name     = "{s.name}"
  type     = "{s.type}"
  role_arn = aws_iam_role.{called}.arn
  publish  = true

  definition = jsonencode({{
    StartAt = "Run"
    States = {{
      Run = {{
        Type     = "Task"
        Resource = "{arn}"
        Retry = [{{
          ErrorEquals     = ["States.TaskFailed"]
          IntervalSeconds = 2
          MaxAttempts     = {s.attempts}
          BackoffRate     = {s.backoff}
        }}]
        Next = "Pause"
      }}
      Pause = {{
        Type    = "Wait"
        Seconds = {s.pause}
        Next    = "Done"
      }}
      Done = {{
        Type = "Succeed"
      }}
    }}
  }})
}}

resource "aws_sfn_alias" "{s.alias}" {{
  name = "{s.alias}"

  routing_configuration {{
    state_machine_version_arn = aws_sfn_state_machine.{called}.state_machine_version_arn
    weight                    = 100
  }}
}}
"""


STATE_MACHINE = Topic(
    name="step-functions",
    format="terraform",
    sample=_sample_machine,
    brief=_machine_brief,
    answer=_machine_answer,
    bench_only=True,
)
