"""What AWS refuses at apply though the provider plans it: each costs format, as lint does.

A plan does not ask AWS, so these are warnings; `deploy` shows some of them on the emulator.
"""

import json
from typing import Any

from rewardsvc.formats.terraform import aws, networks, services
from rewardsvc.formats.terraform.planned import Planned, in_resources
from rewardsvc.verification.refusals import Refusal

_HEAD = 'provider "aws" {\n  region = "eu-west-1"\n}\n'
_GROUPS = ("aws_security_group",)
_RULES = (
    *_GROUPS,
    "aws_security_group_rule",
    "aws_vpc_security_group_ingress_rule",
    "aws_vpc_security_group_egress_rule",
)
_INSTANCES = ("aws_instance", "aws_launch_template", "aws_spot_instance_request")
_DATABASES = ("aws_db_instance", "aws_rds_cluster")
_IDENTITY = ("aws_iam_policy", "aws_iam_role_policy", "aws_iam_user_policy", "aws_iam_group_policy")
_POLICIES = (*_IDENTITY, "aws_s3_bucket_policy", "aws_sqs_queue_policy", "aws_sns_topic_policy")


def _tf(*blocks: str) -> str:
    return "\n".join((_HEAD, *blocks))


def _resource(type: str, *lines: str) -> str:
    """A resource called main; each line is an argument, or begins or ends a block."""
    body = "".join(f"  {line}".rstrip() + "\n" for line in lines)
    return f'resource "{type}" "main" {{\n{body}}}\n'


def _policy(**statement: Any) -> str:
    """An argument's text with a policy of one statement."""
    version = statement.pop("Version", "2012-10-17")
    return json.dumps(json.dumps({"Version": version, "Statement": [statement]}))


_VPC = _resource("aws_vpc", 'cidr_block = "10.0.0.0/16"')


def _subnet(name: str, cidr: str) -> str:
    return (
        f'resource "aws_subnet" "{name}" {{\n  vpc_id     = aws_vpc.main.id\n'
        f'  cidr_block = "{cidr}"\n}}\n'
    )


def _database(*lines: str) -> str:
    usual = {
        "allocated_storage": "20", "engine": '"postgres"', "identifier": '"main"',
        "instance_class": '"db.t4g.micro"', "skip_final_snapshot": "true",
        "manage_master_user_password": "true", "username": '"app"',
    }  # fmt: skip
    usual |= dict(line.split(" = ", 1) for line in lines)
    if "password" in usual:
        del usual["manage_master_user_password"]
    width = max(map(len, usual))
    return _tf(
        _resource("aws_db_instance", *(f"{key:{width}} = {value}" for key, value in usual.items()))
    )


def _task(cpu: int, memory: int) -> str:
    return _tf(
        _resource(
            "aws_ecs_task_definition",
            'family                   = "web"',
            'network_mode             = "awsvpc"',
            'requires_compatibilities = ["FARGATE"]',
            f"cpu                      = {cpu}",
            f"memory                   = {memory}",
            'container_definitions    = jsonencode([{ name = "web", image = "nginx:1.27" }])',
        )
    )


def _service(*lines: str) -> str:
    return _tf(
        _subnet("main", "10.0.1.0/24"), _VPC,
        _resource(
            "aws_ecs_service",
            'name            = "web"',
            'cluster         = "main"',
            'task_definition = "web:1"',
            'launch_type     = "FARGATE"',
            "desired_count   = 1",
            *lines,
        ),
    )  # fmt: skip


def _group(least: int, most: int, wanted: int) -> str:
    return _tf(
        _resource(
            "aws_autoscaling_group",
            'availability_zones = ["eu-west-1a"]',
            f"min_size           = {least}",
            f"max_size           = {most}",
            f"desired_capacity   = {wanted}",
            "",
            "launch_template {",
            '  id = "lt-0123456789abcdef0"',
            "}",
        )
    )


def _record(kind: str, value: str, name: str = "www.example.com") -> str:
    return _tf(
        _resource("aws_route53_zone", 'name = "example.com"'),
        _resource(
            "aws_route53_record",
            "zone_id = aws_route53_zone.main.zone_id",
            f'name    = "{name}"',
            f'type    = "{kind}"',
            "ttl     = 300",
            f"records = {value}",
        ),
    )


def _instance(type: str = "t3.micro", ami: str = "ami-0123456789abcdef0") -> str:
    return _tf(_resource("aws_instance", f'ami           = "{ami}"', f'instance_type = "{type}"'))


def _security(description: str) -> str:
    return _tf(
        _resource("aws_security_group", 'name        = "web"', f'description = "{description}"')
    )


def _ingress(first: int, last: int, description: str = "web") -> str:
    return _tf(
        _resource(
            "aws_vpc_security_group_ingress_rule",
            'security_group_id = "sg-0123456789abcdef0"',
            f'description       = "{description}"',
            'cidr_ipv4         = "10.0.0.0/16"',
            f"from_port         = {first}",
            f"to_port           = {last}",
            'ip_protocol       = "tcp"',
        )
    )


def _elb(*places: str) -> str:
    return _tf(
        _VPC,
        _subnet("main", "10.0.1.0/24"),
        _resource(
            "aws_elb",
            *places,
            "",
            "listener {",
            "  instance_port     = 80",
            '  instance_protocol = "http"',
            "  lb_port           = 80",
            '  lb_protocol       = "http"',
            "}",
        ),
    )


def _cluster(version: str) -> str:
    return _tf(
        _VPC,
        _subnet("main", "10.0.1.0/24"),
        _resource(
            "aws_eks_cluster",
            'name     = "main"',
            'role_arn = "arn:aws:iam::123456789012:role/cluster"',
            f'version  = "{version}"',
            "",
            "vpc_config {",
            "  subnet_ids = [aws_subnet.main.id]",
            "}",
        ),
    )


def _named(type: str, *lines: str) -> str:
    return _tf(_resource(type, *lines))


def _inline(**statement: Any) -> str:
    return _named("aws_iam_policy", f"policy = {_policy(**statement)}")


def _role(**statement: Any) -> str:
    return _named("aws_iam_role", f"assume_role_policy = {_policy(**statement)}")


_READ = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
_TRUST = {
    "Effect": "Allow",
    "Action": "sts:AssumeRole",
    "Principal": {"Service": "lambda.amazonaws.com"},
}
_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ7e1dNn0qk0o0m7b1cZ3n0i5rW9lq2eG9dC7hB1mQ2x deploy"

_FUNCTION = (
    'function_name = "main"',
    'role          = "arn:aws:iam::123456789012:role/main"',
    'image_uri     = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/a:1"',
    'package_type  = "Image"',
)


def _function(variable: str) -> str:
    block = ("", "environment {", "  variables = {", f'    {variable} = "a"', "  }", "}")
    return _named("aws_lambda_function", *_FUNCTION, *block)


def _zipped(runtime: str) -> str:
    return _named(
        "aws_lambda_function",
        *_FUNCTION[:2],
        's3_bucket     = "acme-code"',
        's3_key        = "main.zip"',
        'handler       = "main.run"',
        f'runtime       = "{runtime}"',
    )


def _table(name: str) -> str:
    return _named(
        "aws_dynamodb_table",
        f'name         = "{name}"',
        'billing_mode = "PAY_PER_REQUEST"',
        'hash_key     = "id"',
        "",
        "attribute {",
        '  name = "id"',
        '  type = "S"',
        "}",
    )


def _opened(last: int) -> str:
    return _named(
        "aws_security_group",
        'name = "web"',
        "",
        "egress {",
        "  from_port   = 0",
        f"  to_port     = {last}",
        '  protocol    = "-1"',
        '  cidr_blocks = ["10.0.0.0/8"]',
        "}",
    )


def _volume(iops: int) -> str:
    return _named(
        "aws_ebs_volume",
        'availability_zone = "eu-west-1a"',
        'type              = "gp3"',
        "size              = 10",
        f"iops              = {iops}",
    )


def _rule(schedule: str) -> str:
    return _named("aws_cloudwatch_event_rule", f'schedule_expression = "{schedule}"')


REFUSALS: tuple[Refusal[Planned], ...] = (
    Refusal(
        code="group-text",
        what="a security group's name and description have letters, digits, blanks and"
        " ._-:/()#,@[]+=&;{}!$*",
        source="Amazon EC2 API Reference, CreateSecurityGroup",
        find=in_resources("group-text", _GROUPS, aws.group_texts),
        refused=_security("The vault's listeners"),
        accepted=_security("Vault listeners (HTTP & TLS); port 80"),
    ),
    Refusal(
        code="rule-text",
        what="a rule's description has the characters of a security group's",
        source="Amazon EC2 API Reference, IpRange",
        find=in_resources("rule-text", _RULES, aws.rule_texts),
        refused=_ingress(80, 80, "auth -> vault"),
        accepted=_ingress(80, 80, "auth to vault"),
    ),
    Refusal(
        code="port-range",
        what="a rule's first port is not behind its last",
        source="Amazon EC2 API Reference, IpPermission",
        find=in_resources("port-range", _RULES, aws.port_ranges),
        refused=_ingress(8080, 80),
        accepted=_ingress(80, 8080),
    ),
    Refusal(
        code="elb-places",
        what="a classic load balancer is in zones or in subnets",
        source="Elastic Load Balancing API Reference 2012-06-01, CreateLoadBalancer",
        find=in_resources("elb-places", ("aws_elb",), aws.elb_places),
        refused=_elb(
            'availability_zones = ["eu-west-1a"]', "subnets            = [aws_subnet.main.id]"
        ),
        accepted=_elb("subnets = [aws_subnet.main.id]"),
    ),
    Refusal(
        code="instance-type",
        what="an instance's size is one that its family has",
        source="Amazon EC2 Instance Types Guide",
        find=in_resources("instance-type", _INSTANCES, aws.instance_type),
        refused=_instance("t1.2xlarge"),
        accepted=_instance("m5.2xlarge"),
    ),
    Refusal(
        code="image-id",
        what="an image's id is ami- and 8 or 17 hexadecimal digits",
        source="Amazon EC2 API Reference, InvalidAMIID.Malformed",
        find=in_resources("image-id", _INSTANCES, aws.image_id),
        refused=_instance(ami="ami-ubuntu2404"),
        accepted=_instance(ami="ami-0abcdef1"),
    ),
    Refusal(
        code="bucket-name",
        what="a bucket's name has 3 to 63 lower-case letters, digits, dots and hyphens",
        source="Amazon S3 User Guide, General purpose bucket naming rules",
        find=in_resources("bucket-name", ("aws_s3_bucket",), aws.bucket_name),
        refused=_named("aws_s3_bucket", 'bucket = "Acme_Logs"'),
        accepted=_named("aws_s3_bucket", 'bucket = "acme-logs.2026"'),
    ),
    Refusal(
        code="public-key",
        what="a key pair's public key is an OpenSSH one, of RSA or ED25519",
        source="Amazon EC2 API Reference, ImportKeyPair",
        find=in_resources("public-key", ("aws_key_pair",), aws.public_key),
        refused=_named("aws_key_pair", 'key_name   = "main"', 'public_key = "ssh-rsa AAAA..."'),
        accepted=_named("aws_key_pair", 'key_name   = "main"', f'public_key = "{_KEY}"'),
    ),
    Refusal(
        code="database-name",
        what="a database's name begins with a letter, and has letters, digits and underscores",
        source="Amazon RDS API Reference, CreateDBInstance DBName",
        find=in_resources("database-name", _DATABASES, aws.database_name),
        refused=_database('db_name = "my-shop"'),
        accepted=_database('db_name = "my_shop"'),
    ),
    Refusal(
        code="master-user",
        what="a master user's name is not one that the engine keeps",
        source="Amazon RDS API Reference, CreateDBInstance MasterUsername",
        find=in_resources("master-user", _DATABASES, aws.master_user),
        refused=_database('username = "admin"'),
        accepted=_database('username = "admin"', 'engine = "mysql"'),
    ),
    Refusal(
        code="database-storage",
        what="an open engine's database on gp2 or gp3 has 20 to 65536 GiB",
        source="Amazon RDS API Reference, CreateDBInstance AllocatedStorage",
        find=in_resources("database-storage", ("aws_db_instance",), aws.database_storage),
        refused=_database("allocated_storage = 10"),
        accepted=_database("allocated_storage = 20"),
    ),
    Refusal(
        code="volume-size",
        what="a volume has as many GiB as its type allows",
        source="Amazon EBS User Guide, Amazon EBS volume types",
        find=in_resources(
            "volume-size",
            ("aws_ebs_volume", "aws_instance", "aws_launch_template"),
            aws.volume_size,
        ),
        refused=_named(
            "aws_ebs_volume",
            'availability_zone = "eu-west-1a"',
            'type              = "st1"',
            "size              = 50",
        ),
        accepted=_named(
            "aws_ebs_volume",
            'availability_zone = "eu-west-1a"',
            'type              = "st1"',
            "size              = 125",
        ),
    ),
    Refusal(
        code="fargate-size",
        what="a task on Fargate has CPU and memory that go together",
        source="Amazon ECS Developer Guide, Task CPU and memory",
        find=in_resources("fargate-size", ("aws_ecs_task_definition",), aws.fargate_size),
        refused=_task(256, 4096),
        accepted=_task(1024, 4096),
    ),
    Refusal(
        code="fargate-network",
        what="a service on Fargate has a network configuration",
        source="Amazon ECS API Reference, CreateService networkConfiguration",
        find=in_resources("fargate-network", ("aws_ecs_service",), aws.fargate_network),
        refused=_service(),
        accepted=_service("", "network_configuration {", "  subnets = [aws_subnet.main.id]", "}"),
    ),
    Refusal(
        code="fargate-task-network",
        what="a task on Fargate has the network mode awsvpc",
        source="Amazon ECS API Reference, RegisterTaskDefinition networkMode",
        find=in_resources(
            "fargate-task-network", ("aws_ecs_task_definition",), services.task_network
        ),
        refused=_task(256, 512).replace('"awsvpc"', '"bridge"'),
        accepted=_task(256, 512),
    ),
    Refusal(
        code="runtime",
        what="a function has a runtime that is not retired",
        source="AWS Lambda Developer Guide, Lambda runtimes: block function create",
        find=in_resources("runtime", ("aws_lambda_function",), services.runtime),
        refused=_zipped("python3.6"),
        accepted=_zipped("python3.13"),
    ),
    Refusal(
        code="reserved-variable",
        what="a function's variables are not those that Lambda sets itself",
        source="AWS Lambda Developer Guide, Defined runtime environment variables",
        find=in_resources("reserved-variable", ("aws_lambda_function",), services.variables),
        refused=_function("AWS_REGION"),
        accepted=_function("TABLE_REGION"),
    ),
    Refusal(
        code="table-name",
        what="a table's name has 3 to 255 letters, digits, underscores, dots and hyphens",
        source="Amazon DynamoDB API Reference, CreateTable TableName",
        find=in_resources("table-name", ("aws_dynamodb_table",), services.table_name),
        refused=_table("a table"),
        accepted=_table("a_table"),
    ),
    Refusal(
        code="repository-name",
        what="a repository's name has small letters, digits, dots, underscores, hyphens, slashes",
        source="Amazon ECR API Reference, CreateRepository repositoryName",
        find=in_resources("repository-name", ("aws_ecr_repository",), services.repository_name),
        refused=_named("aws_ecr_repository", 'name = "My/App"'),
        accepted=_named("aws_ecr_repository", 'name = "my/app_1.2"'),
    ),
    Refusal(
        code="tag-key",
        what="a tag's key does not begin with aws:",
        source="AWS Tagging User Guide, Tag naming limits and requirements",
        find=in_resources("tag-key", (), services.tag_keys),
        refused=_named(
            "aws_vpc", 'cidr_block = "10.0.0.0/16"', 'tags       = { "aws:team" = "a" }'
        ),
        accepted=_named(
            "aws_vpc", 'cidr_block = "10.0.0.0/16"', 'tags       = { "team:aws" = "a" }'
        ),
    ),
    Refusal(
        code="all-protocols",
        what="a rule for all protocols has no ports",
        source="terraform-provider-aws internal/service/ec2/vpc_security_group.go expandIPPerms:"
        " must both be 0 to use the 'ALL' protocol",
        find=in_resources("all-protocols", _GROUPS, services.all_protocols),
        refused=_opened(65535),
        accepted=_opened(0),
    ),
    Refusal(
        code="volume-iops",
        what="a volume has as many IOPS as its type and size allow",
        source="Amazon EBS User Guide, Amazon EBS volume types",
        find=in_resources(
            "volume-iops",
            ("aws_ebs_volume", "aws_instance"),
            services.volume_speed,
        ),
        refused=_volume(20000),
        accepted=_volume(4000),
    ),
    Refusal(
        code="schedule",
        what="a rule's schedule is rate(5 minutes), or cron with six fields",
        source="Amazon EventBridge User Guide, Setting a schedule pattern for scheduled rules",
        find=in_resources("schedule", ("aws_cloudwatch_event_rule",), services.schedule),
        refused=_rule("cron(0 3 * * *)"),
        accepted=_rule("cron(0 3 * * ? *)"),
    ),
    Refusal(
        code="master-password",
        what='a master password has 8 characters or more, and no / " @ or blank',
        source="Amazon RDS API Reference, CreateDBInstance MasterUserPassword",
        find=in_resources("master-password", _DATABASES, services.master_password),
        refused=_database('password = join("", ["a/b", "@c123456"])'),
        accepted=_database('password = join("", ["a_b", "-c123456"])'),
    ),
    Refusal(
        code="group-size",
        what="an Auto Scaling group's desired capacity lies between its sizes",
        source="Amazon EC2 Auto Scaling API Reference, CreateAutoScalingGroup",
        find=in_resources("group-size", ("aws_autoscaling_group",), aws.group_sizes),
        refused=_group(1, 3, 5),
        accepted=_group(1, 3, 3),
    ),
    Refusal(
        code="record-value",
        what="an A record has IPv4 addresses, an AAAA record IPv6 ones, a CNAME record one name",
        source="Amazon Route 53 Developer Guide, Supported DNS record types",
        find=in_resources("record-value", ("aws_route53_record",), aws.record_values),
        refused=_record("A", '["web.example.org"]'),
        accepted=_record("CNAME", '["web.example.org"]'),
    ),
    Refusal(
        code="apex-cname",
        what="a zone's own name is no CNAME",
        source="Amazon Route 53 Developer Guide, CNAME record type",
        find=networks.apex_alias,
        refused=_record("CNAME", '["web.example.org"]', "example.com"),
        accepted=_record("A", '["192.0.2.1"]', "example.com"),
    ),
    Refusal(
        code="parameter-name",
        what="a parameter's name does not begin with aws or ssm",
        source="AWS Systems Manager API Reference, PutParameter Name",
        find=in_resources("parameter-name", ("aws_ssm_parameter",), aws.parameter_name),
        refused=_named(
            "aws_ssm_parameter", 'name  = "/aws/token"', 'type  = "String"', 'value = "a"'
        ),
        accepted=_named(
            "aws_ssm_parameter", 'name  = "/shop/aws"', 'type  = "String"', 'value = "a"'
        ),
    ),
    Refusal(
        code="cluster-version",
        what="an EKS cluster's version is a minor one",
        source="Amazon EKS API Reference, CreateCluster version",
        find=in_resources("cluster-version", ("aws_eks_cluster",), aws.cluster_version),
        refused=_cluster("v1.33.2"),
        accepted=_cluster("1.33"),
    ),
    Refusal(
        code="policy",
        what="a policy has a known Version, and in each statement an Effect and an Action",
        source="IAM User Guide, IAM JSON policy elements reference",
        find=in_resources(
            "policy",
            (*_POLICIES, "aws_iam_role"),
            aws.policy_of("policy", "assume_role_policy"),
        ),
        refused=_inline(**{**_READ, "Effect": "allow"}),
        accepted=_inline(**_READ),
    ),
    Refusal(
        code="identity-policy",
        what="a policy that is attached to an identity has a Resource and no Principal",
        source="IAM User Guide, AWS JSON policy elements: Principal",
        find=in_resources("identity-policy", _IDENTITY, aws.identity_policy),
        refused=_inline(**_READ, Principal="*"),
        accepted=_inline(**{**_READ, "Resource": "arn:aws:s3:::acme-logs/*"}),
    ),
    Refusal(
        code="trust-policy",
        what="a role's trust policy has a Principal and no Resource",
        source="IAM User Guide, Creating a role: trust policy",
        find=in_resources("trust-policy", ("aws_iam_role",), aws.trust_policy),
        refused=_role(**_TRUST, Resource="*"),
        accepted=_role(**_TRUST),
    ),
    Refusal(
        code="subnet-in-vpc",
        what="a subnet lies in its VPC",
        source="Amazon EC2 API Reference, InvalidSubnet.Range",
        find=networks.subnet_in_vpc,
        refused=_tf(_VPC, _subnet("main", "10.1.1.0/24")),
        accepted=_tf(_VPC, _subnet("main", "10.0.1.0/24")),
    ),
    Refusal(
        code="subnet-overlap",
        what="subnets of one VPC do not overlap",
        source="Amazon EC2 API Reference, InvalidSubnet.Conflict",
        find=networks.subnet_overlap,
        refused=_tf(_VPC, _subnet("one", "10.0.0.0/23"), _subnet("two", "10.0.1.0/24")),
        accepted=_tf(_VPC, _subnet("one", "10.0.0.0/24"), _subnet("two", "10.0.1.0/24")),
    ),
    Refusal(
        code="subnet-size",
        what="a subnet is between /16 and /28",
        source="Amazon VPC User Guide, Subnet CIDR blocks",
        find=networks.subnet_size,
        refused=_tf(_VPC, _subnet("main", "10.0.1.0/29")),
        accepted=_tf(_VPC, _subnet("main", "10.0.1.0/28")),
    ),
)
