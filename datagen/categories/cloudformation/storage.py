"""CloudFormation, what keeps data: a private bucket, a table."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, need, num
from datagen.categories.cloudformation.templates import (
    HEAD,
    gives,
    kept,
    named_with,
    parameter_is,
    pascal,
    property_is,
    switched_on,
    tagged,
    typed,
)
from datagen.pins import documents
from datagen.topic import Topic
from datagen.vocabulary import DOMAINS, ENVIRONMENTS, named
from rewardsvc.types import Check

_BLOCKS = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")


@dataclass(frozen=True, slots=True)
class StackBucket:
    """A private bucket that keeps old versions for some days."""

    resource: str
    algorithm: str
    days: int
    uploads: int
    team: str


def _sample_bucket(rng: Random) -> StackBucket:
    purpose = rng.choice(("logs", "backups", "assets", "uploads", "exports", "reports", "archive"))
    return StackBucket(
        resource=pascal(f"{rng.choice(DOMAINS)}-{purpose}"),
        algorithm=rng.choice(("AES256", "aws:kms")),
        days=rng.choice((7, 14, 30, 45, 60, 90, 120, 180, 365)),
        uploads=rng.choice((1, 2, 3, 5)),
        team=rng.choice(("data", "platform", "payments", "growth", "search", "logistics")),
    )


def _bucket_brief(s: StackBucket) -> Brief:
    bucket = lit(s.resource)
    encryption = "BucketEncryption.ServerSideEncryptionConfiguration[0]"
    rules = f"[0].Resources.{s.resource}.Properties.LifecycleConfiguration.Rules"
    enabled = f"{rules}[?Status=='Enabled']"
    return Brief(
        need(
            f"CloudFormation template for a private, versioned S3 bucket {bucket}",
            f"a CloudFormation template with a private, versioned S3 bucket, logical id {bucket}",
            f"a template for CloudFormation that makes the S3 bucket {bucket} (its logical id),"
            " versioned and with all public access blocked",
            pins=[
                typed(s.resource, "AWS::S3::Bucket"),
                property_is(s.resource, "VersioningConfiguration.Status", "Enabled"),
                *(
                    switched_on(s.resource, f"PublicAccessBlockConfiguration.{block}")
                    for block in _BLOCKS
                ),
            ],
        ),
        (
            need(
                f"encrypted with {lit(s.algorithm)} by default",
                f"Objects are encrypted with {lit(s.algorithm)} by default",
                f"Its default encryption is {lit(s.algorithm)}",
                pins=[
                    property_is(
                        s.resource,
                        f"{encryption}.ServerSideEncryptionByDefault.SSEAlgorithm",
                        s.algorithm,
                    )
                ],
            ),
            need(
                f"noncurrent versions expire after {num(s.days)} days",
                f"Noncurrent versions expire after {num(s.days)} days",
                f"A lifecycle rule removes noncurrent versions after {num(s.days)} days",
                pins=[
                    documents(
                        f"to_string({enabled}.[NoncurrentVersionExpiration.NoncurrentDays,"
                        f" NoncurrentVersionExpirationInDays][][] | [0]) == '{s.days}'"
                    )
                ],
            ),
            need(
                f"unfinished multipart uploads removed after {num(s.uploads)}"
                f" {'day' if s.uploads == 1 else 'days'}",
                f"Multipart uploads that are unfinished after {num(s.uploads)}"
                f" {'day' if s.uploads == 1 else 'days'} are aborted",
                pins=[
                    documents(
                        f"to_string({enabled}.AbortIncompleteMultipartUpload"
                        f".DaysAfterInitiation | [0]) == '{s.uploads}'"
                    )
                ],
            ),
            need(
                "retained when the stack is deleted or replaces it",
                "Deleting the stack or replacing the bucket must not delete it (Retain)",
                "It is retained when it is deleted from the stack or replaced",
                pins=[kept(s.resource)],
            ),
            need(
                f"tag team = {lit(s.team)}",
                f"Tag it with team {lit(s.team)}",
                f"The tag team is {lit(s.team)}",
                pins=[tagged(s.resource, "team", s.team)],
            ),
            gives("BucketName", s.resource),
            gives("BucketArn", s.resource, "Arn"),
        ),
    )


def _bucket_answer(s: StackBucket) -> str:
    return f"""\
{HEAD}\
Resources:
  {s.resource}:
    Type: AWS::S3::Bucket
    DeletionPolicy: Retain
    UpdateReplacePolicy: Retain
    Properties:
      VersioningConfiguration:
        Status: Enabled
      PublicAccessBlockConfiguration:
        BlockPublicAcls: true
        BlockPublicPolicy: true
        IgnorePublicAcls: true
        RestrictPublicBuckets: true
      BucketEncryption:
        ServerSideEncryptionConfiguration:
          - ServerSideEncryptionByDefault:
              SSEAlgorithm: {s.algorithm}
      LifecycleConfiguration:
        Rules:
          - Status: Enabled
            NoncurrentVersionExpiration:
              NoncurrentDays: {s.days}
            AbortIncompleteMultipartUpload:
              DaysAfterInitiation: {s.uploads}
      Tags:
        - Key: team
          Value: {s.team}
Outputs:
  BucketName:
    Value: !Ref {s.resource}
  BucketArn:
    Value: !GetAtt {s.resource}.Arn
"""


BUCKET = Topic(
    name="cfn-private-bucket",
    format="cloudformation",
    sample=_sample_bucket,
    brief=_bucket_brief,
    answer=_bucket_answer,
)


@dataclass(frozen=True, slots=True)
class StackTable:
    """A table with its keys and an index, named after the environment."""

    resource: str
    name: str
    hash_key: str
    range_key: str
    index_key: str
    ttl: str
    environment: str


def _sample_table(rng: Random) -> StackTable:
    name = named(rng, "events", "sessions", "items", "state", "entries")
    hash_key, index_key = rng.sample(("tenantId", "userId", "orderId", "deviceId", "accountId"), 2)
    return StackTable(
        resource=f"{pascal(name)}Table",
        name=name,
        hash_key=hash_key,
        range_key=rng.choice(("createdAt", "version", "timestamp", "sequence")),
        index_key=index_key,
        ttl=rng.choice(("expiresAt", "ttl", "deleteAfter")),
        environment=rng.choice(ENVIRONMENTS),
    )


def _table_brief(s: StackTable) -> Brief:
    table = lit(s.resource)
    types = f"[0].Resources.{s.resource}.Properties.AttributeDefinitions"
    index = f"[0].Resources.{s.resource}.Properties.GlobalSecondaryIndexes[0]"
    by = f"{lit(s.index_key)} (S)"
    return Brief(
        need(
            f"CloudFormation template for a DynamoDB table {table}",
            f"a CloudFormation template with a DynamoDB table, logical id {table}",
            f"a template for CloudFormation that makes the DynamoDB table {table} (its logical id)",
            pins=[
                typed(s.resource, "AWS::DynamoDB::Table"),
                property_is(s.resource, "BillingMode", "PAY_PER_REQUEST"),
            ],
        ),
        (
            need(
                f"TableName {lit(s.name)}-ENVIRONMENT, from a parameter Environment (default"
                f" {lit(s.environment)})",
                f"The table's name is {lit(s.name)}, a hyphen and the parameter Environment, whose"
                f" default is {lit(s.environment)}",
                f"A parameter Environment, {lit(s.environment)} by default, is put behind"
                f" {lit(s.name)} and a hyphen as the table's name",
                pins=[
                    parameter_is("Environment", "Default", s.environment),
                    parameter_is("Environment", "Type", "String"),
                    named_with(s.resource, "TableName", s.name, "Environment"),
                ],
            ),
            need(
                f"partition key {lit(s.hash_key)} (S), sort key {lit(s.range_key)} (N)",
                f"Its partition key is {lit(s.hash_key)}, a string, its sort key"
                f" {lit(s.range_key)}, a number",
                f"Items are found by {lit(s.hash_key)} (partition key, S) and sorted by"
                f" {lit(s.range_key)} (sort key, N)",
                pins=[
                    _keys(f"[0].Resources.{s.resource}.Properties.KeySchema", s.hash_key, "HASH"),
                    _keys(f"[0].Resources.{s.resource}.Properties.KeySchema", s.range_key, "RANGE"),
                    documents(f"{types}[?AttributeName=='{s.hash_key}'].AttributeType", ["S"]),
                    documents(f"{types}[?AttributeName=='{s.range_key}'].AttributeType", ["N"]),
                ],
            ),
            need(
                f"global secondary index by {by}, all attributes",
                f"A global secondary index finds items by {by} and projects all attributes",
                f"One global secondary index, partition key {by}, projects everything (ALL)",
                pins=[
                    _keys(f"{index}.KeySchema", s.index_key, "HASH"),
                    documents(f"length({index}.KeySchema)", 1),
                    documents(f"{index}.Projection.ProjectionType", "ALL"),
                    documents(f"{types}[?AttributeName=='{s.index_key}'].AttributeType", ["S"]),
                ],
            ),
            need(
                f"on-demand billing, items expire by {lit(s.ttl)}",
                f"Billing is on demand, and items expire by the attribute {lit(s.ttl)} (TTL)",
                f"It is paid per request; its time to live is the attribute {lit(s.ttl)}",
                pins=[
                    property_is(s.resource, "TimeToLiveSpecification.AttributeName", s.ttl),
                    switched_on(s.resource, "TimeToLiveSpecification.Enabled"),
                ],
            ),
            need(
                "point-in-time recovery on, retained when deleted from the stack or replaced",
                "Point-in-time recovery is on, and the table is retained when it is deleted from"
                " the stack or replaced",
                pins=[
                    switched_on(
                        s.resource, "PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled"
                    ),
                    kept(s.resource),
                ],
            ),
            gives("TableName", s.resource),
        ),
    )


def _keys(schema: str, name: str, kind: str) -> Check:
    """The attribute that a schema has as its key of a kind."""
    return documents(f"{schema}[?KeyType=='{kind}'].AttributeName", [name])


def _table_answer(s: StackTable) -> str:
    return f"""\
{HEAD}\
Parameters:
  Environment:
    Type: String
    Default: {s.environment}
Resources:
  {s.resource}:
    Type: AWS::DynamoDB::Table
    DeletionPolicy: Retain
    UpdateReplacePolicy: Retain
    Properties:
      TableName: !Sub {s.name}-${{Environment}}
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions:
        - AttributeName: {s.hash_key}
          AttributeType: S
        - AttributeName: {s.range_key}
          AttributeType: N
        - AttributeName: {s.index_key}
          AttributeType: S
      KeySchema:
        - AttributeName: {s.hash_key}
          KeyType: HASH
        - AttributeName: {s.range_key}
          KeyType: RANGE
      GlobalSecondaryIndexes:
        - IndexName: lookup
          KeySchema:
            - AttributeName: {s.index_key}
              KeyType: HASH
          Projection:
            ProjectionType: ALL
      TimeToLiveSpecification:
        AttributeName: {s.ttl}
        Enabled: true
      PointInTimeRecoverySpecification:
        PointInTimeRecoveryEnabled: true
Outputs:
  TableName:
    Value: !Ref {s.resource}
"""


TABLE = Topic(
    name="cfn-dynamodb-table",
    format="cloudformation",
    sample=_sample_table,
    brief=_table_brief,
    answer=_table_answer,
)
