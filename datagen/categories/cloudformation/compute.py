"""CloudFormation, what runs and who reaches it: a scheduled function, a security group."""

import json
from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, lits, need, num
from datagen.categories.cloudformation.templates import (
    HEAD,
    gives,
    number_is,
    parameter_is,
    pascal,
    property_is,
    refers_to,
    typed,
)
from datagen.pins import documents
from datagen.topic import Topic
from datagen.vocabulary import named
from rewardsvc.types import Check

_LOGGING = "service-role/AWSLambdaBasicExecutionRole"


@dataclass(frozen=True, slots=True)
class ScheduledFunction:
    """A function that runs by the clock, with its role, out of an archive in a bucket."""

    function: str
    role: str
    rule: str
    runtime: str
    handler: str
    memory: int
    timeout: int
    schedule: str
    key: str
    value: str


_RUNTIMES = (
    ("python3.12", ("app.handler", "main.handler", "handler.run")),
    ("python3.13", ("app.handler", "jobs.main", "index.handler")),
    ("nodejs22.x", ("index.handler", "dist/index.handler")),
)


def _sample_function(rng: Random) -> ScheduledFunction:
    name = pascal(named(rng, "cleanup", "report", "sync", "export", "digest"))
    runtime, handlers = rng.choice(_RUNTIMES)
    key, values = rng.choice(
        (
            ("LOG_LEVEL", ("DEBUG", "INFO", "WARNING")),
            ("BATCH_SIZE", ("50", "100", "500")),
            ("RETENTION_DAYS", ("14", "30", "60", "90")),
            ("TARGET", ("warehouse", "archive", "reporting")),
        )
    )
    return ScheduledFunction(
        function=f"{name}Function",
        role=f"{name}Role",
        rule=f"{name}Schedule",
        runtime=runtime,
        handler=rng.choice(handlers),
        memory=rng.choice((256, 512, 1024, 2048)),
        timeout=rng.choice((30, 60, 120, 300, 600)),
        schedule=rng.choice(
            (
                "rate(5 minutes)",
                "rate(15 minutes)",
                "rate(6 hours)",
                f"cron({rng.choice((0, 15, 30))} {rng.randint(1, 22)} * * ? *)",
                f"cron(0 {rng.randint(1, 8)} ? * MON-FRI *)",
            )
        ),
        key=key,
        value=rng.choice(values),
    )


def _function_brief(s: ScheduledFunction) -> Brief:
    function, role, rule = lit(s.function), lit(s.role), lit(s.rule)
    permission = "values([0].Resources)[?Type=='AWS::Lambda::Permission'].Properties | [0]"
    return Brief(
        need(
            f"CloudFormation template for the Lambda function {function}, run by the EventBridge"
            f" rule {rule}",
            f"a CloudFormation template with a Lambda function, {function}, that an EventBridge"
            f" rule, {rule}, runs (logical ids)",
            f"a template for CloudFormation with the Lambda function {function} and the EventBridge"
            f" rule {rule} that calls it; the names are logical ids",
            pins=[
                typed(s.function, "AWS::Lambda::Function"),
                typed(s.rule, "AWS::Events::Rule"),
                refers_to(s.rule, "Targets[0].Arn", s.function, "Arn"),
            ],
        ),
        (
            need(
                f"{lit(s.runtime)}, handler {lit(s.handler)}, {num(s.memory)} MB, timeout"
                f" {num(s.timeout)} seconds",
                f"The runtime is {lit(s.runtime)}, the handler {lit(s.handler)}; it may use"
                f" {num(s.memory)} MB and run for {num(s.timeout)} seconds",
                pins=[
                    property_is(s.function, "Runtime", s.runtime),
                    property_is(s.function, "Handler", s.handler),
                    number_is(s.function, "MemorySize", s.memory),
                    number_is(s.function, "Timeout", s.timeout),
                ],
            ),
            need(
                "code from S3, bucket and key in the parameters CodeBucket and CodeKey",
                "Its code lies in S3: the parameters CodeBucket and CodeKey say where",
                "Take the code from the bucket CodeBucket, object CodeKey, both parameters",
                pins=[
                    parameter_is("CodeBucket", "Type", "String"),
                    parameter_is("CodeKey", "Type", "String"),
                    refers_to(s.function, "Code.S3Bucket", "CodeBucket"),
                    refers_to(s.function, "Code.S3Key", "CodeKey"),
                ],
            ),
            need(
                f"environment {lit(f'{s.key}={s.value}')}",
                f"Set {lit(f'{s.key}={s.value}')} in its environment",
                f"Its environment has {lit(f'{s.key}={s.value}')}",
                pins=[
                    documents(
                        f"to_string([0].Resources.{s.function}.Properties.Environment.Variables"
                        f".{s.key})",
                        s.value,
                    )
                ],
            ),
            need(
                f"schedule {lit(s.schedule)}",
                f"The rule's schedule is {lit(s.schedule)}",
                f"It runs by the expression {lit(s.schedule)}",
                pins=[
                    property_is(s.rule, "ScheduleExpression", s.schedule),
                    documents(
                        f"[0].Resources.{s.rule} | Type && (Properties.State || 'ENABLED') =="
                        " 'ENABLED'"
                    ),
                ],
            ),
            need(
                f"role {role}: the managed policy AWSLambdaBasicExecutionRole, nothing else",
                f"Its role, {role}, has the managed policy AWSLambdaBasicExecutionRole and nothing"
                " else",
                f"{role} is its role, which may write logs by the managed policy"
                " AWSLambdaBasicExecutionRole and do nothing more",
                pins=[
                    typed(s.role, "AWS::IAM::Role"),
                    refers_to(s.function, "Role", s.role, "Arn"),
                    _only_logs(s.role),
                    _trusted(s.role),
                ],
            ),
            need(
                "permission for that rule only to invoke it",
                "Only that rule gets the permission to invoke it (events.amazonaws.com)",
                "Let the rule, and no other, invoke it",
                pins=[
                    documents(f"({permission}).Action", "lambda:InvokeFunction"),
                    documents(f"({permission}).Principal", "events.amazonaws.com"),
                    documents(
                        f'({permission}).SourceArn."Fn::GetAtt" == `{json.dumps([s.rule, "Arn"])}`'
                    ),
                    documents(
                        f"({permission}).FunctionName"
                        f" | Ref == '{s.function}' || \"Fn::GetAtt\"[0] == '{s.function}'"
                    ),
                ],
            ),
        ),
    )


def _only_logs(role: str) -> Check:
    """A role has one managed policy, that for logs, in whatever partition, and no other."""
    properties = f"[0].Resources.{role}.Properties"
    policy = f'({properties}.ManagedPolicyArns[0]."Fn::Sub" || {properties}.ManagedPolicyArns[0])'
    return documents(
        f"length({properties}.ManagedPolicyArns || `[]`) == `1` && !({properties}.Policies)"
        f" && type({policy}) == 'string' && ends_with({policy}, ':iam::aws:policy/{_LOGGING}')"
    )


def _trusted(role: str) -> Check:
    """Lambda, and nobody else, may assume a role."""
    statements = f"[0].Resources.{role}.Properties.AssumeRolePolicyDocument.Statement[]"
    service, action = "lambda.amazonaws.com", "sts:AssumeRole"
    return documents(
        f"{statements} | length(@) == `1` && [0].Effect == 'Allow'"
        f" && [[0].Principal.Service][] == `{json.dumps([service])}`"
        f" && [[0].Action][] == `{json.dumps([action])}`"
    )


def _function_answer(s: ScheduledFunction) -> str:
    return f"""\
{HEAD}\
Parameters:
  CodeBucket:
    Type: String
  CodeKey:
    Type: String
Resources:
  {s.role}:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Principal:
              Service: lambda.amazonaws.com
            Action: sts:AssumeRole
      ManagedPolicyArns:
        - !Sub arn:${{AWS::Partition}}:iam::aws:policy/{_LOGGING}
  {s.function}:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: {s.runtime}
      Handler: {s.handler}
      MemorySize: {s.memory}
      Timeout: {s.timeout}
      Role: !GetAtt {s.role}.Arn
      Code:
        S3Bucket: !Ref CodeBucket
        S3Key: !Ref CodeKey
      Environment:
        Variables:
          {s.key}: "{s.value}"
  {s.rule}:
    Type: AWS::Events::Rule
    Properties:
      ScheduleExpression: {s.schedule}
      Targets:
        - Id: worker
          Arn: !GetAtt {s.function}.Arn
  {s.rule}Permission:
    Type: AWS::Lambda::Permission
    Properties:
      Action: lambda:InvokeFunction
      FunctionName: !Ref {s.function}
      Principal: events.amazonaws.com
      SourceArn: !GetAtt {s.rule}.Arn
"""


FUNCTION = Topic(
    name="cfn-scheduled-function",
    format="cloudformation",
    sample=_sample_function,
    brief=_function_brief,
    answer=_function_answer,
)


@dataclass(frozen=True, slots=True)
class StackFirewall:
    """Security groups of a load balancer, an application and its database."""

    front: str
    app: str
    database: str
    networks: tuple[str, ...]
    app_port: int
    database_port: int


def _sample_firewall(rng: Random) -> StackFirewall:
    name = pascal(named(rng, "portal", "shop", "backend", "console", "intranet"))
    second = rng.randint(0, 250)
    return StackFirewall(
        front=f"{name}LoadBalancerGroup",
        app=f"{name}AppGroup",
        database=f"{name}DatabaseGroup",
        networks=tuple(
            rng.choice(
                (
                    ("0.0.0.0/0",),
                    (f"10.{second}.0.0/16",),
                    (f"10.{second}.0.0/16", f"192.168.{rng.randint(0, 250)}.0/24"),
                    (f"172.16.{second}.0/24", f"10.{rng.randint(0, 250)}.0.0/16"),
                )
            )
        ),
        app_port=rng.choice((3000, 5000, 8000, 8080, 8443, 9000)),
        database_port=rng.choice((5432, 3306, 1433, 27017, 6379)),
    )


def _firewall_brief(s: StackFirewall) -> Brief:
    groups = (s.front, s.app, s.database)
    said = "the world" if s.networks == ("0.0.0.0/0",) else lits(s.networks)
    where = f"{said} ({lit(s.networks[0])})" if said == "the world" else said
    return Brief(
        need(
            f"CloudFormation template for the security groups {lits(groups)}",
            f"a CloudFormation template with three security groups, {lits(groups)} (logical ids)",
            f"a template for CloudFormation that makes the security groups {lits(groups)}, which"
            " are their logical ids",
            pins=[typed(group, "AWS::EC2::SecurityGroup") for group in groups],
        ),
        (
            need(
                "all in the VPC that the parameter VpcId (AWS::EC2::VPC::Id) names",
                "A parameter VpcId of the type AWS::EC2::VPC::Id says which VPC they are in",
                pins=[
                    parameter_is("VpcId", "Type", "AWS::EC2::VPC::Id"),
                    *(refers_to(group, "VpcId", "VpcId") for group in groups),
                ],
            ),
            need(
                f"{lit(s.front)}: HTTPS (443) from {where}",
                f"{lit(s.front)} lets in HTTPS (TCP 443) from {where}, nothing else",
                f"TCP 443 from {where} may reach {lit(s.front)}, and nothing else may",
                pins=[
                    _lets_in(s.front, 443, len(s.networks)),
                    documents(
                        f"sort([0].Resources.{s.front}.Properties.SecurityGroupIngress[].CidrIp)",
                        sorted(s.networks),
                    ),
                ],
            ),
            *(
                need(
                    f"{lit(group)}: TCP {num(port)} from {lit(source)} only",
                    f"{lit(group)} lets in TCP {num(port)} from {lit(source)} only",
                    f"Only {lit(source)} may reach {lit(group)}, on TCP port {num(port)}",
                    pins=[
                        _lets_in(group, port, 1),
                        documents(
                            f"[0].Resources.{group}.Properties.SecurityGroupIngress[0]"
                            f".SourceSecurityGroupId | Ref == '{source}'"
                            f' || "Fn::GetAtt" == `{json.dumps([source, "GroupId"])}`'
                        ),
                    ],
                )
                for group, port, source in (
                    (s.app, s.app_port, s.front),
                    (s.database, s.database_port, s.app),
                )
            ),
            gives("AppGroupId", s.app, "GroupId"),
        ),
    )


def _lets_in(group: str, port: int, rules: int) -> Check:
    """All that a group lets in is TCP on one port, by so many rules."""
    ingress = f"[0].Resources.{group}.Properties.SecurityGroupIngress"
    right = (
        f"IpProtocol == 'tcp' && to_string(FromPort) == '{port}' && to_string(ToPort) == '{port}'"
    )
    return documents(
        f"length({ingress} || `[]`) == `{rules}` && length({ingress}[?{right}]) == `{rules}`"
    )


def _firewall_answer(s: StackFirewall) -> str:
    networks = "".join(
        f"""\
        - IpProtocol: tcp
          FromPort: 443
          ToPort: 443
          CidrIp: {network}
"""
        for network in s.networks
    )
    return f"""\
{HEAD}\
Parameters:
  VpcId:
    Type: AWS::EC2::VPC::Id
Resources:
  {s.front}:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: HTTPS to the load balancer
      VpcId: !Ref VpcId
      SecurityGroupIngress:
{networks}\
  {s.app}:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: from the load balancer to the application
      VpcId: !Ref VpcId
      SecurityGroupIngress:
        - IpProtocol: tcp
          FromPort: {s.app_port}
          ToPort: {s.app_port}
          SourceSecurityGroupId: !GetAtt {s.front}.GroupId
  {s.database}:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: from the application to the database
      VpcId: !Ref VpcId
      SecurityGroupIngress:
        - IpProtocol: tcp
          FromPort: {s.database_port}
          ToPort: {s.database_port}
          SourceSecurityGroupId: !GetAtt {s.app}.GroupId
Outputs:
  AppGroupId:
    Value: !GetAtt {s.app}.GroupId
"""


FIREWALL = Topic(
    name="cfn-security-groups",
    format="cloudformation",
    sample=_sample_firewall,
    brief=_firewall_brief,
    answer=_firewall_answer,
)
