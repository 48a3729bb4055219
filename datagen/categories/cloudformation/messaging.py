"""CloudFormation, what carries messages: a queue, a topic with an alarm."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, need, num
from datagen.categories.cloudformation.templates import (
    HEAD,
    gives,
    number_is,
    parameter_is,
    pascal,
    property_is,
    refers_to,
    switched_on,
    typed,
)
from datagen.pins import documents
from datagen.topic import Topic
from datagen.vocabulary import named


@dataclass(frozen=True, slots=True)
class StackQueue:
    """A queue with a dead-letter queue, and what it does with messages."""

    resource: str
    dead: str
    visibility: int
    retention: int
    dead_retention: int
    wait: int
    receives: int


def _sample_queue(rng: Random) -> StackQueue:
    name = pascal(named(rng, "jobs", "tasks", "events", "mails", "imports"))
    return StackQueue(
        resource=f"{name}Queue",
        dead=f"{name}{rng.choice(('DeadLetters', 'DeadLetterQueue', 'Failed'))}",
        visibility=rng.choice((45, 60, 90, 120, 180, 300, 600)),
        retention=rng.choice((43200, 86400, 172800, 345600)),
        dead_retention=rng.choice((604800, 864000, 1209600)),
        wait=rng.choice((5, 10, 15, 20)),
        receives=rng.randint(2, 9),
    )


def _queue_brief(s: StackQueue) -> Brief:
    queue, dead = lit(s.resource), lit(s.dead)
    return Brief(
        need(
            f"CloudFormation template for the SQS queue {queue} with the dead-letter queue {dead}",
            f"a CloudFormation template with two SQS queues: {queue}, and {dead} for its dead"
            " letters (logical ids)",
            f"a template for CloudFormation that makes an SQS queue {queue} and a second one,"
            f" {dead}, as its dead-letter queue; the names are logical ids",
            pins=[
                typed(s.resource, "AWS::SQS::Queue"),
                typed(s.dead, "AWS::SQS::Queue"),
                refers_to(s.resource, "RedrivePolicy.deadLetterTargetArn", s.dead, "Arn"),
            ],
        ),
        (
            need(
                f"visibility timeout {num(s.visibility)} seconds",
                f"A received message of the main queue is hidden for {num(s.visibility)} seconds",
                f"The main queue's visibility timeout is {num(s.visibility)} seconds",
                pins=[number_is(s.resource, "VisibilityTimeout", s.visibility)],
            ),
            need(
                f"messages kept {num(s.retention)} seconds, dead letters {num(s.dead_retention)}",
                f"The main queue keeps messages for {num(s.retention)} seconds, the other one for"
                f" {num(s.dead_retention)} seconds",
                pins=[
                    number_is(s.resource, "MessageRetentionPeriod", s.retention),
                    number_is(s.dead, "MessageRetentionPeriod", s.dead_retention),
                ],
            ),
            need(
                f"long polling for {num(s.wait)} seconds",
                f"Receivers wait up to {num(s.wait)} seconds for a message of the main queue",
                f"The main queue has long polling of {num(s.wait)} seconds",
                pins=[number_is(s.resource, "ReceiveMessageWaitTimeSeconds", s.wait)],
            ),
            need(
                f"dead letter after {num(s.receives)} receives",
                f"After {num(s.receives)} receives a message is a dead letter (maxReceiveCount)",
                f"maxReceiveCount is {num(s.receives)}",
                pins=[number_is(s.resource, "RedrivePolicy.maxReceiveCount", s.receives)],
            ),
            need(
                "both encrypted with SQS's own keys",
                "Both queues are encrypted by SQS itself (SqsManagedSseEnabled)",
                pins=[switched_on(each, "SqsManagedSseEnabled") for each in (s.resource, s.dead)],
            ),
            gives("QueueUrl", s.resource),
            gives("QueueArn", s.resource, "Arn"),
        ),
    )


def _queue_answer(s: StackQueue) -> str:
    return f"""\
{HEAD}\
Resources:
  {s.dead}:
    Type: AWS::SQS::Queue
    Properties:
      MessageRetentionPeriod: {s.dead_retention}
      SqsManagedSseEnabled: true
  {s.resource}:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: {s.visibility}
      MessageRetentionPeriod: {s.retention}
      ReceiveMessageWaitTimeSeconds: {s.wait}
      SqsManagedSseEnabled: true
      RedrivePolicy:
        deadLetterTargetArn: !GetAtt {s.dead}.Arn
        maxReceiveCount: {s.receives}
Outputs:
  QueueUrl:
    Value: !Ref {s.resource}
  QueueArn:
    Value: !GetAtt {s.resource}.Arn
"""


QUEUE = Topic(
    name="cfn-queue-dead-letter",
    format="cloudformation",
    sample=_sample_queue,
    brief=_queue_brief,
    answer=_queue_answer,
)


@dataclass(frozen=True, slots=True)
class StackAlarm:
    """An alarm on a metric of something that a parameter names, which mails somebody."""

    topic: str
    alarm: str
    namespace: str
    metric: str
    dimension: str
    parameter: str
    statistic: str
    threshold: int
    period: int
    periods: int
    comparison: str


_METRICS = (
    ("AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", "Maximum", (300, 600, 1800)),
    ("AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", "Average", (100, 500, 1000)),
    ("AWS/Lambda", "Errors", "FunctionName", "Sum", (1, 5, 10, 25)),
    ("AWS/Lambda", "Throttles", "FunctionName", "Sum", (1, 10, 50)),
    ("AWS/RDS", "CPUUtilization", "DBInstanceIdentifier", "Average", (70, 75, 80, 85, 90)),
    ("AWS/RDS", "DatabaseConnections", "DBInstanceIdentifier", "Maximum", (80, 150, 400)),
    ("AWS/EC2", "CPUUtilization", "InstanceId", "Average", (75, 80, 90)),
    ("AWS/ElastiCache", "EngineCPUUtilization", "CacheClusterId", "Average", (70, 80, 90)),
)


def _sample_alarm(rng: Random) -> StackAlarm:
    namespace, metric, dimension, statistic, thresholds = rng.choice(_METRICS)
    name = pascal(named(rng, "alerts", "oncall", "pages", "incidents"))
    return StackAlarm(
        topic=f"{name}Topic",
        alarm=f"{metric}Alarm",
        namespace=namespace,
        metric=metric,
        dimension=dimension,
        parameter=dimension,
        statistic=statistic,
        threshold=rng.choice(thresholds),
        period=rng.choice((60, 120, 300, 900)),
        periods=rng.randint(2, 6),
        comparison=rng.choice(("GreaterThanThreshold", "GreaterThanOrEqualToThreshold")),
    )


def _alarm_brief(s: StackAlarm) -> Brief:
    topic, alarm = lit(s.topic), lit(s.alarm)
    dimension = f"[0].Resources.{s.alarm}.Properties.Dimensions"
    subscriptions = "values([0].Resources)[?Type=='AWS::SNS::Subscription'].Properties"
    inline = f"[0].Resources.{s.topic}.Properties.Subscription"
    email = '`{"Ref": "Email"}`'
    return Brief(
        need(
            f"CloudFormation template for the alarm {alarm} that notifies the SNS topic {topic}",
            f"a CloudFormation template with the CloudWatch alarm {alarm} and the SNS topic {topic}"
            " that it notifies (logical ids)",
            f"a template for CloudFormation in which a CloudWatch alarm, {alarm}, tells an SNS"
            f" topic, {topic}, of it; the names are logical ids",
            pins=[
                typed(s.alarm, "AWS::CloudWatch::Alarm"),
                typed(s.topic, "AWS::SNS::Topic"),
                refers_to(s.alarm, "AlarmActions[0]", s.topic),
            ],
        ),
        (
            need(
                f"metric {lit(s.metric)} of {lit(s.namespace)}, {lit(s.dimension)} from a parameter"
                " of that name",
                f"It watches {lit(s.metric)} in the namespace {lit(s.namespace)}; the dimension"
                f" {lit(s.dimension)} is a parameter of the same name, without a default",
                f"The metric is {lit(s.metric)} of {lit(s.namespace)} for the {lit(s.dimension)}"
                " that a parameter of that name (a String) gives",
                pins=[
                    property_is(s.alarm, "MetricName", s.metric),
                    property_is(s.alarm, "Namespace", s.namespace),
                    documents(f"{dimension}[0].Name", s.dimension),
                    documents(f"{dimension}[0].Value.Ref", s.parameter),
                    parameter_is(s.parameter, "Type", "String"),
                ],
            ),
            need(
                f"{lit(s.statistic)} over {num(s.period)} seconds, {num(s.periods)} periods",
                f"It looks at the {lit(s.statistic)} over {num(s.period)} seconds, {num(s.periods)}"
                " periods in a row",
                pins=[
                    property_is(s.alarm, "Statistic", s.statistic),
                    number_is(s.alarm, "Period", s.period),
                    number_is(s.alarm, "EvaluationPeriods", s.periods),
                ],
            ),
            need(
                f"{lit(s.comparison)} {s.threshold}, missing data is no breach (notBreaching)",
                f"The threshold is {s.threshold} ({lit(s.comparison)}), and data that is"
                " missing counts as notBreaching",
                pins=[
                    property_is(s.alarm, "ComparisonOperator", s.comparison),
                    number_is(s.alarm, "Threshold", s.threshold),
                    property_is(s.alarm, "TreatMissingData", "notBreaching"),
                ],
            ),
            need(
                "mails to the address in the parameter Email",
                "The topic sends mail to the address that a parameter Email gives",
                "Subscribe the parameter Email, an address, to the topic",
                pins=[
                    parameter_is("Email", "Type", "String"),
                    documents(
                        f"length([{inline}[], {subscriptions}][][]"
                        f" | [?Protocol=='email' && Endpoint=={email}]) == `1`"
                    ),
                ],
            ),
            gives("TopicArn", s.topic),
        ),
    )


def _alarm_answer(s: StackAlarm) -> str:
    return f"""\
{HEAD}\
Parameters:
  Email:
    Type: String
  {s.parameter}:
    Type: String
Resources:
  {s.topic}:
    Type: AWS::SNS::Topic
    Properties:
      Subscription:
        - Protocol: email
          Endpoint: !Ref Email
  {s.alarm}:
    Type: AWS::CloudWatch::Alarm
    Properties:
      Namespace: {s.namespace}
      MetricName: {s.metric}
      Dimensions:
        - Name: {s.dimension}
          Value: !Ref {s.parameter}
      Statistic: {s.statistic}
      Period: {s.period}
      EvaluationPeriods: {s.periods}
      ComparisonOperator: {s.comparison}
      Threshold: {s.threshold}
      TreatMissingData: notBreaching
      AlarmActions:
        - !Ref {s.topic}
Outputs:
  TopicArn:
    Value: !Ref {s.topic}
"""


ALARM = Topic(
    name="cfn-metric-alarm",
    format="cloudformation",
    sample=_sample_alarm,
    brief=_alarm_brief,
    answer=_alarm_answer,
)
