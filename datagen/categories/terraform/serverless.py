"""Terraform, serverless: a function fed by a queue, an HTTP API, a state machine."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, lits, need, num
from datagen.categories.terraform.pieces import (
    attachment,
    label,
    provider,
    role,
    service_role,
    with_policies,
)
from datagen.needs import in_region
from datagen.pins import all_refer, count_of, has, members, planned, planned_all, spells
from datagen.topic import Topic
from datagen.vocabulary import (
    DOMAINS,
    ORGANISATIONS,
    REGIONS,
    account,
    named,
)

_RUNTIMES = (
    ("python3.12", "app.handler"),
    ("python3.13", "main.handler"),
    ("python3.11", "handler.run"),
    ("nodejs20.x", "index.handler"),
    ("nodejs22.x", "dist/index.handler"),
    ("java21", "com.example.Handler::handleRequest"),
    ("provided.al2023", "bootstrap"),
)
_VARIABLES = (
    ("LOG_LEVEL", "info"),
    ("LOG_LEVEL", "warning"),
    ("STAGE", "prod"),
    ("STAGE", "staging"),
    ("TABLE_NAME", "events"),
    ("FEATURE_FLAGS", "strict"),
)
_QUEUE_POLICY = ("service-role/AWSLambdaSQSQueueExecutionRole",)


@dataclass(frozen=True, slots=True)
class QueueConsumer:
    """A function whose package lies in a bucket, and the queue that it reads."""

    region: str
    name: str
    queue: str
    runtime: tuple[str, str]
    bucket: str
    key: str
    memory: int
    timeout: int
    batch: int
    window: int
    concurrency: int
    variable: tuple[str, str]
    retention: int


def _sample_consumer(rng: Random) -> QueueConsumer:
    name = named(rng, "worker", "consumer", "processor", "handler")
    return QueueConsumer(
        region=rng.choice(REGIONS),
        name=name,
        queue=f"{name.partition('-')[0]}-{rng.choice(('events', 'jobs', 'queue', 'messages'))}",
        runtime=rng.choice(_RUNTIMES),
        bucket=f"{rng.choice(ORGANISATIONS)}-{rng.choice(('artifacts', 'lambda', 'builds'))}",
        key=f"{name}/{rng.randint(1, 9)}.{rng.randint(0, 20)}.{rng.randint(0, 9)}.zip",
        memory=rng.choice((128, 256, 512, 768, 1024, 1536, 2048)),
        timeout=rng.choice((10, 15, 20, 30, 45, 60, 90)),
        batch=rng.choice((1, 2, 5, 8, 10)),
        window=rng.choice((1, 2, 3, 5, 10, 20)),
        concurrency=rng.choice((2, 4, 5, 8, 10, 20, 50)),
        variable=rng.choice(_VARIABLES),
        retention=rng.choice((3, 7, 14, 30, 60, 90)),
    )


def _consumer_brief(s: QueueConsumer) -> Brief:
    kind, queue, mapping = "aws_lambda_function", "aws_sqs_queue", "aws_lambda_event_source_mapping"
    logs = "aws_cloudwatch_log_group"
    runtime, handler = s.runtime
    key, value = s.variable
    group = f"/aws/lambda/{s.name}"
    return Brief(
        need(
            f"Lambda function {lit(s.name)} that the new SQS queue {lit(s.queue)} triggers",
            f"a Terraform configuration for the Lambda function {lit(s.name)} and the SQS queue"
            f" {lit(s.queue)} that triggers it",
            f"Terraform code for an SQS queue {lit(s.queue)} whose messages the Lambda function"
            f" {lit(s.name)} works off",
            pins=[
                planned(kind, "function_name", s.name),
                planned(queue, "name", s.queue),
                all_refer(mapping, "event_source_arn", queue),
                all_refer(mapping, "function_name", kind),
            ],
        ),
        (
            in_region(s.region),
            need(
                f"runtime {lit(runtime)}, handler {lit(handler)}",
                f"The runtime is {lit(runtime)} and the handler {lit(handler)}",
                f"It runs {lit(handler)} on {lit(runtime)}",
                pins=[has(kind, {"runtime": runtime, "handler": handler})],
            ),
            need(
                f"package {lit(s.key)} in the existing bucket {lit(s.bucket)}",
                f"Its package is the object {lit(s.key)} in the existing S3 bucket {lit(s.bucket)}",
                f"Take the code from {lit(s.key)} in the bucket {lit(s.bucket)}, which exists",
                pins=[has(kind, {"s3_bucket": s.bucket, "s3_key": s.key})],
            ),
            need(
                f"{num(s.memory)} MB, timeout {num(s.timeout)} seconds",
                f"Give it {num(s.memory)} MB of memory and {num(s.timeout)} seconds",
                f"Its timeout is {num(s.timeout)} seconds and its memory {num(s.memory)} MB",
                pins=[has(kind, {"memory_size": s.memory, "timeout": s.timeout})],
            ),
            need(
                f"environment {lit(f'{key}={value}')}",
                f"Set {lit(f'{key}={value}')} in its environment",
                f"The environment has {lit(f'{key}={value}')}",
                pins=[planned(kind, f"environment[0].variables.{key}", value)],
            ),
            need(
                f"visibility timeout of the queue {num(6 * s.timeout)} seconds",
                f"The queue's visibility timeout is six times the function's:"
                f" {num(6 * s.timeout)} seconds",
                f"Hide a received message for {num(6 * s.timeout)} seconds",
                pins=[planned(queue, "visibility_timeout_seconds", 6 * s.timeout)],
            ),
            need(
                f"batches of {num(s.batch)}, waiting {num(s.window)} seconds for more; at most"
                f" {num(s.concurrency)} at once; failed messages reported one by one",
                f"Batches have {num(s.batch)} messages or what arrived in {num(s.window)} seconds;"
                f" at most {num(s.concurrency)} invocations run at once, and the function reports"
                f" single failures (ReportBatchItemFailures)",
                f"Event source mapping: batch size {num(s.batch)}, batching window"
                f" {num(s.window)} seconds, maximum concurrency {num(s.concurrency)}, response"
                f" type ReportBatchItemFailures",
                pins=[
                    has(
                        mapping,
                        {
                            "batch_size": s.batch,
                            "maximum_batching_window_in_seconds": s.window,
                            "scaling_config[0].maximum_concurrency": s.concurrency,
                        },
                    ),
                    members(mapping, "function_response_types", ["ReportBatchItemFailures"]),
                ],
            ),
            need(
                f"log group {lit(group)}, kept {num(s.retention)} days",
                f"Create its log group {lit(group)} with a retention of {num(s.retention)} days",
                f"Its logs in {lit(group)}, a log group of this configuration, are kept"
                f" {num(s.retention)} days",
                pins=[has(logs, {"name": group, "retention_in_days": s.retention})],
            ),
            service_role(s.name, "lambda", kind, "role", whose="the function's"),
            with_policies(_QUEUE_POLICY),
        ),
    )


def _consumer_answer(s: QueueConsumer) -> str:
    called = label(s.name)
    (runtime, handler), (key, value) = s.runtime, s.variable
    return f"""\
{provider(s.region)}
resource "aws_sqs_queue" "{label(s.queue)}" {{
  name                       = "{s.queue}"
  visibility_timeout_seconds = {6 * s.timeout}
}}
{role(called, s.name, "lambda")}{attachment(called, called, _QUEUE_POLICY[0])}
resource "aws_cloudwatch_log_group" "{called}" {{
  name              = "/aws/lambda/{s.name}"
  retention_in_days = {s.retention}
}}

resource "aws_lambda_function" "{called}" {{
  function_name = "{s.name}"
  role          = aws_iam_role.{called}.arn
  runtime       = "{runtime}"
  handler       = "{handler}"
  s3_bucket     = "{s.bucket}"
  s3_key        = "{s.key}"
  memory_size   = {s.memory}
  timeout       = {s.timeout}

  environment {{
    variables = {{
      {key} = "{value}"
    }}
  }}
}}

resource "aws_lambda_event_source_mapping" "{called}" {{
  event_source_arn                   = aws_sqs_queue.{label(s.queue)}.arn
  function_name                      = aws_lambda_function.{called}.arn
  batch_size                         = {s.batch}
  maximum_batching_window_in_seconds = {s.window}
  function_response_types            = ["ReportBatchItemFailures"]

  scaling_config {{
    maximum_concurrency = {s.concurrency}
  }}
}}
"""


CONSUMER = Topic(
    name="lambda-sqs-trigger",
    format="terraform",
    sample=_sample_consumer,
    brief=_consumer_brief,
    answer=_consumer_answer,
)

_METHODS = ("GET", "POST", "PUT", "DELETE")


@dataclass(frozen=True, slots=True)
class HttpApi:
    """An HTTP API with some routes to a function that exists."""

    region: str
    name: str
    account: str
    function: str
    routes: tuple[str, ...]
    origin: str
    stage: str
    burst: int
    rate: int


def _sample_api(rng: Random) -> HttpApi:
    domain = rng.choice(DOMAINS)
    paths = (f"/{domain}", f"/{domain}/{{id}}", "/health", "/status", f"/v1/{domain}")
    routes = [f"{method} {path}" for method in _METHODS for path in paths]
    return HttpApi(
        region=rng.choice(REGIONS),
        name=f"{domain}-{rng.choice(('api', 'gateway', 'http', 'public'))}",
        account=account(rng),
        function=f"{domain}-{rng.choice(('backend', 'handler', 'function', 'service'))}",
        routes=tuple(sorted(rng.sample(routes, rng.randint(2, 4)))),
        origin=f"https://{rng.choice(('app', 'www', 'admin', 'portal', 'my'))}"
        f".{rng.choice(ORGANISATIONS)}.com",
        stage=rng.choice(("$default", "v1", "live", "prod")),
        burst=rng.choice((50, 100, 200, 500, 1000)),
        rate=rng.choice((25, 40, 60, 80, 150, 250)),
    )


def _api_brief(s: HttpApi) -> Brief:
    kind, integration, route = (
        "aws_apigatewayv2_api",
        "aws_apigatewayv2_integration",
        "aws_apigatewayv2_route",
    )
    stage, permission = "aws_apigatewayv2_stage", "aws_lambda_permission"
    arn = f"arn:aws:lambda:{s.region}:{s.account}:function:{s.function}"
    return Brief(
        need(
            f"API Gateway HTTP API {lit(s.name)} in front of the existing Lambda function"
            f" {lit(arn)}",
            f"a Terraform configuration for an API Gateway HTTP API {lit(s.name)} in front of the"
            f" existing Lambda function {lit(arn)}",
            f"Terraform code for the HTTP API {lit(s.name)} (API Gateway v2); the function"
            f" {lit(arn)} exists and answers its requests",
            pins=[
                has(kind, {"name": s.name, "protocol_type": "HTTP"}),
                planned(integration, "integration_uri", arn),
                *(all_refer(type, "api_id", kind) for type in (integration, route, stage)),
            ],
        ),
        (
            in_region(s.region),
            need(
                f"routes {lits(s.routes)}",
                f"Its routes are {lits(s.routes)}, in one resource with for_each",
                f"Route {lits(s.routes)} to the function; one route resource with for_each does",
                pins=[
                    planned_all(route, "route_key", s.routes),
                    all_refer(route, "target", integration),
                ],
            ),
            need(
                "proxy integration (AWS_PROXY) with payload format 2.0",
                "The integration is of the type AWS_PROXY with the payload format version 2.0",
                "Use the payload format 2.0 and AWS_PROXY for the integration",
                pins=[
                    has(
                        integration,
                        {"integration_type": "AWS_PROXY", "payload_format_version": "2.0"},
                    )
                ],
            ),
            need(
                f"CORS for {lit(s.origin)} with the methods GET and POST",
                f"Allow CORS from {lit(s.origin)} for the methods GET and POST",
                f"Browsers at {lit(s.origin)} may send GET and POST (CORS)",
                pins=[
                    members(kind, "cors_configuration[0].allow_origins", [s.origin]),
                    members(kind, "cors_configuration[0].allow_methods", ["GET", "POST"]),
                ],
            ),
            need(
                f"stage {lit(s.stage)}, deployed automatically, throttled to {num(s.rate)} requests"
                f" a second and bursts of {num(s.burst)}",
                f"The stage {lit(s.stage)} deploys by itself and is throttled: {num(s.rate)}"
                f" requests a second, bursts of {num(s.burst)}",
                f"Auto-deploy the stage {lit(s.stage)}; by default its routes take {num(s.rate)}"
                f" requests a second and bursts of {num(s.burst)}",
                pins=[
                    has(
                        stage,
                        {
                            "name": s.stage,
                            "auto_deploy": True,
                            "default_route_settings[0].throttling_rate_limit": s.rate,
                            "default_route_settings[0].throttling_burst_limit": s.burst,
                        },
                    )
                ],
            ),
            need(
                f"apigateway.amazonaws.com may invoke {lit(s.function)}, from this API only",
                f"Allow apigateway.amazonaws.com to invoke {lit(s.function)}, and only from this"
                f" API (source_arn)",
                f"A permission lets apigateway.amazonaws.com invoke {lit(s.function)}; its source"
                f" is this API's execution ARN",
                pins=[
                    has(
                        permission,
                        {
                            "function_name": s.function,
                            "principal": "apigateway.amazonaws.com",
                            "action": "lambda:InvokeFunction",
                        },
                    ),
                    all_refer(permission, "source_arn", kind),
                ],
            ),
        ),
    )


def _api_answer(s: HttpApi) -> str:
    called = label(s.name)
    routes = "\n".join(f'    "{route}",' for route in s.routes)
    return f"""\
{provider(s.region)}
resource "aws_apigatewayv2_api" "{called}" {{
  name          = "{s.name}"
  protocol_type = "HTTP"

  cors_configuration {{
    allow_origins = ["{s.origin}"]
    allow_methods = ["GET", "POST"]
  }}
}}

resource "aws_apigatewayv2_integration" "{label(s.function)}" {{
  api_id                 = aws_apigatewayv2_api.{called}.id
  integration_type       = "AWS_PROXY"
  integration_uri        = "arn:aws:lambda:{s.region}:{s.account}:function:{s.function}"
  payload_format_version = "2.0"
}}

resource "aws_apigatewayv2_route" "{called}" {{
  for_each = toset([
{routes}
  ])

  api_id    = aws_apigatewayv2_api.{called}.id
  route_key = each.value
  target    = "integrations/${{aws_apigatewayv2_integration.{label(s.function)}.id}}"
}}

resource "aws_apigatewayv2_stage" "{called}" {{
  api_id      = aws_apigatewayv2_api.{called}.id
  name        = "{s.stage}"
  auto_deploy = true

  default_route_settings {{
    throttling_rate_limit  = {s.rate}
    throttling_burst_limit = {s.burst}
  }}
}}

resource "aws_lambda_permission" "{called}" {{
  function_name = "{s.function}"
  action        = "lambda:InvokeFunction"
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${{aws_apigatewayv2_api.{called}.execution_arn}}/*/*"
}}
"""


API = Topic(
    name="http-api-lambda",
    format="terraform",
    sample=_sample_api,
    brief=_api_brief,
    answer=_api_answer,
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
                    spells(
                        policy,
                        "policy",
                        ('"lambda:InvokeFunction"', f'"{arn}"', '"Allow"'),
                        without=('"Deny"', '"*"', "lambda:*"),
                    ),
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
