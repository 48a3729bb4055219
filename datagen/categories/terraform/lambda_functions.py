"""Terraform, Lambda: a function fed by a queue."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, need, num
from datagen.categories.terraform.pieces import (
    attachment,
    label,
    provider,
    role,
    service_role,
    with_policies,
)
from datagen.needs import in_region
from datagen.pins import all_refer, has, members, planned
from datagen.topic import Topic
from datagen.vocabulary import (
    ORGANISATIONS,
    REGIONS,
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
            with_policies(s.name, _QUEUE_POLICY),
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
