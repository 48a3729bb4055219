"""Companions: resources that others need, as an engineer would write them.

Each template is one resource with its least arguments; a reference to a type that has a template
brings that, too. A role's trust is of the service that uses it.
"""

from collections.abc import Mapping

from datagen.sources.documentation.naming import PUBLIC_KEY
from datagen.sources.documentation.particulars.networks import NETWORKS
from datagen.sources.documentation.trust import open_policy
from datagen.sources.documentation.values import Body, JsonText, Name, Network, Ref

LABEL = "main"


def _ref(type: str, attribute: str, label: str = LABEL) -> Ref:
    return Ref(type, label, attribute)


def _name(noun: str) -> Name:
    return Name("", "kebab", f"-{noun}")


_VPC = _ref("aws_vpc", "id")
_SUBNETS: list[Ref] = [_ref("aws_subnet", "id", "a"), _ref("aws_subnet", "id", "b")]

TEMPLATES: Mapping[str, Body] = {
    "aws_vpc": {"cidr_block": Network(0, 16)},
    "aws_security_group": {"name": _name("sg"), "vpc_id": _VPC},
    "aws_internet_gateway": {"vpc_id": _VPC},
    "aws_route_table": {"vpc_id": _VPC},
    "aws_network_acl": {"vpc_id": _VPC},
    "aws_eip": {"domain": "vpc"},
    "aws_network_interface": {"subnet_id": _SUBNETS[0]},
    "aws_db_subnet_group": {"name": _name("db"), "subnet_ids": [*_SUBNETS]},
    "aws_elasticache_subnet_group": {"name": _name("cache"), "subnet_ids": [*_SUBNETS]},
    "aws_redshift_subnet_group": {"name": _name("dw"), "subnet_ids": [*_SUBNETS]},
    "aws_s3_bucket": {"bucket": _name("data")},
    "aws_kms_key": {"description": Name("Key of the ", "word", " service")},
    "aws_sns_topic": {"name": _name("alerts")},
    "aws_sqs_queue": {"name": _name("jobs")},
    "aws_cloudwatch_log_group": {"name": Name("/", "kebab", "/logs")},
    "aws_kinesis_stream": {"name": _name("events"), "shard_count": 1},
    "aws_dynamodb_table": {
        "name": _name("table"),
        "billing_mode": "PAY_PER_REQUEST",
        "hash_key": "id",
        "attribute": [{"name": "id", "type": "S"}],
    },
    "aws_ecs_cluster": {"name": _name("cluster")},
    "aws_ecr_repository": {"name": _name("app")},
    "aws_lambda_function": {
        "function_name": _name("handler"),
        "role": _ref("aws_iam_role", "arn"),
        "runtime": "python3.12",
        "handler": "app.handler",
        "s3_bucket": _ref("aws_s3_bucket", "bucket"),
        "s3_key": "app.zip",
    },
    "aws_lb": {"name": _name("lb"), "load_balancer_type": "application", "subnets": [*_SUBNETS]},
    "aws_lb_target_group": {
        "name": _name("tg"),
        "port": 8080,
        "protocol": "HTTP",
        "vpc_id": _VPC,
    },
    "aws_secretsmanager_secret": {"name": _name("secret")},
    "aws_route53_zone": {"name": Name("", "word", "-shop.com")},
    "aws_api_gateway_rest_api": {"name": _name("api")},
    "aws_apigatewayv2_api": {"name": _name("api"), "protocol_type": "HTTP"},
    "aws_cognito_user_pool": {"name": _name("users")},
    "aws_efs_file_system": {"encrypted": True},
    "aws_glue_catalog_database": {"name": Name("", "snake", "_catalog")},
    "aws_athena_workgroup": {"name": _name("queries")},
    "aws_ec2_transit_gateway": {"description": Name("Transit of ", "word", "")},
    "aws_cloudwatch_event_bus": {"name": _name("bus")},
    "aws_cloudwatch_event_rule": {"name": _name("nightly"), "schedule_expression": "rate(1 day)"},
    "aws_sfn_state_machine": {
        "name": _name("flow"),
        "role_arn": _ref("aws_iam_role", "arn"),
        "definition": JsonText(
            {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 5, "End": True}}}
        ),
    },
    "aws_backup_vault": {"name": _name("vault")},
    "aws_codecommit_repository": {"repository_name": _name("code")},
    "aws_eks_cluster": {
        "name": _name("eks"),
        "role_arn": _ref("aws_iam_role", "arn"),
        "vpc_config": [{"subnet_ids": [*_SUBNETS]}],
    },
    "aws_iam_user": {"name": _name("ci")},
    "aws_iam_group": {"name": _name("team")},
    "aws_iam_instance_profile": {"name": _name("profile"), "role": _ref("aws_iam_role", "name")},
    "aws_ssm_parameter": {"name": Name("/", "kebab", "/mode"), "type": "String", "value": "on"},
    "aws_launch_template": {
        "name": _name("nodes"),
        "image_id": "ami-0c2b8ca1dad447f8a",
        "instance_type": "t3.micro",
    },
    "aws_instance": {
        "ami": "ami-0c2b8ca1dad447f8a",
        "instance_type": "t3.micro",
        "subnet_id": _SUBNETS[0],
    },
    "aws_autoscaling_group": {
        "name": _name("workers"),
        "min_size": 1,
        "max_size": 3,
        "availability_zones": ["$zone-a", "$zone-b"],
        "launch_template": [{"id": _ref("aws_launch_template", "id")}],
    },
    "aws_batch_compute_environment": {
        "compute_environment_name": _name("batch"),
        "type": "UNMANAGED",
    },
    "aws_customer_gateway": {"bgp_asn": "65000", "ip_address": "52.28.14.90", "type": "ipsec.1"},
    "aws_pinpoint_app": {"name": _name("campaigns")},
    "aws_glue_job": {
        "name": _name("etl"),
        "role_arn": _ref("aws_iam_role", "arn"),
        "command": [{"script_location": Name("s3://", "kebab", "-jobs/etl.py")}],
    },
    "aws_key_pair": {"key_name": _name("key"), "public_key": PUBLIC_KEY},
    "aws_db_instance": {
        "identifier": _name("db"),
        "engine": "postgres",
        "instance_class": "db.t3.medium",
        "allocated_storage": 20,
        "username": "dbadmin",
        "manage_master_user_password": True,
    },
    "aws_rds_cluster": {
        "cluster_identifier": _name("db"),
        "engine": "aurora-postgresql",
        "master_username": "dbadmin",
        "manage_master_user_password": True,
    },
    "aws_docdb_cluster": {
        "cluster_identifier": _name("docs"),
        "master_username": "dbadmin",
        "manage_master_user_password": True,
    },
    "aws_neptune_cluster": {"cluster_identifier": _name("graph"), "engine": "neptune"},
    "aws_redshift_cluster": {
        "cluster_identifier": _name("dw"),
        "node_type": "ra3.large",
        "cluster_type": "single-node",
        "master_username": "dwadmin",
        "manage_master_password": True,
    },
    "aws_ebs_volume": {"availability_zone": "$zone-a", "size": 40},
    "aws_wafv2_ip_set": {
        "name": _name("office"),
        "scope": "REGIONAL",
        "ip_address_version": "IPV4",
        "addresses": ["52.28.14.0/24"],
    },
    "aws_acm_certificate": {
        "domain_name": Name("", "word", "-shop.com"),
        "validation_method": "DNS",
    },
    "aws_connect_instance": {
        "instance_alias": _name("calls"),
        "identity_management_type": "CONNECT_MANAGED",
        "inbound_calls_enabled": True,
        "outbound_calls_enabled": True,
    },
    "aws_service_discovery_http_namespace": {"name": _name("services")},
    "aws_appconfig_application": {"name": _name("config")},
    "aws_codeartifact_domain": {"domain": _name("packages")},
    "aws_vpclattice_service_network": {"name": _name("network")},
    "aws_ec2_transit_gateway_vpc_attachment": {
        "subnet_ids": [_SUBNETS[0]],
        "transit_gateway_id": _ref("aws_ec2_transit_gateway", "id"),
        "vpc_id": _VPC,
    },
    "aws_ec2_transit_gateway_multicast_domain": {
        "transit_gateway_id": _ref("aws_ec2_transit_gateway", "id")
    },
    "aws_ec2_transit_gateway_multicast_domain_association": {
        "subnet_id": _SUBNETS[0],
        "transit_gateway_attachment_id": _ref("aws_ec2_transit_gateway_vpc_attachment", "id"),
        "transit_gateway_multicast_domain_id": _ref(
            "aws_ec2_transit_gateway_multicast_domain", "id"
        ),
    },
    "aws_acmpca_certificate_authority": {
        "type": "ROOT",
        "certificate_authority_configuration": [
            {
                "key_algorithm": "RSA_4096",
                "signing_algorithm": "SHA512WITHRSA",
                "subject": [{"common_name": Name("", "word", "-shop.com")}],
            }
        ],
    },
    "aws_iam_policy": {
        "name": _name("policy"),
        "policy": JsonText(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {"Effect": "Allow", "Action": ["s3:ListAllMyBuckets"], "Resource": "*"}
                ],
            }
        ),
    },
    "aws_servicecatalog_portfolio": {"name": _name("portfolio"), "provider_name": "Platform"},
    "aws_servicecatalog_tag_option": {"key": "CostCenter", "value": Name("", "word", "")},
    "aws_cloudwatch_metric_alarm": {
        "alarm_name": _name("cpu"),
        "namespace": "AWS/EC2",
        "metric_name": "CPUUtilization",
        "statistic": "Average",
        "comparison_operator": "GreaterThanThreshold",
        "threshold": 80,
        "period": 300,
        "evaluation_periods": 2,
    },
    "aws_wafv2_web_acl": {
        **NETWORKS["aws_wafv2_web_acl"],
        "visibility_config": [
            {
                "cloudwatch_metrics_enabled": True,
                "metric_name": _name("acl"),
                "sampled_requests_enabled": True,
            }
        ],
    },
    "aws_db_proxy": {
        "name": _name("proxy"),
        "engine_family": "POSTGRESQL",
        "role_arn": _ref("aws_iam_role", "arn"),
        "vpc_subnet_ids": [*_SUBNETS],
        "auth": [
            {"auth_scheme": "SECRETS", "secret_arn": _ref("aws_secretsmanager_secret", "arn")}
        ],
    },
    "aws_memorydb_user": {
        "user_name": _name("user"),
        "access_string": "on ~* &* +@all",
        "authentication_mode": [{"type": "iam"}],
    },
    "aws_lambda_layer_version": {
        "layer_name": _name("layer"),
        "s3_bucket": _ref("aws_s3_bucket", "bucket"),
        "s3_key": "layer.zip",
    },
    "aws_networkfirewall_rule_group": {
        "name": _name("rules"),
        "capacity": 100,
        **NETWORKS["aws_networkfirewall_rule_group"],
    },
    "aws_networkmanager_global_network": {"description": Name("Network of ", "word", "")},
}
"""By type. ``$zone-a`` stands for a zone of the provider's region."""

SUBNETS: Mapping[str, Body] = {
    "a": {"vpc_id": _VPC, "cidr_block": Network(1, 24), "availability_zone": "$zone-a"},
    "b": {"vpc_id": _VPC, "cidr_block": Network(2, 24), "availability_zone": "$zone-b"},
}

LABELLED: Mapping[tuple[str, str], Body] = {
    ("aws_acm_certificate", "clients"): {
        "domain_name": Name("clients.", "word", "-shop.com"),
        "certificate_authority_arn": _ref("aws_acmpca_certificate_authority", "arn"),
    },
}
"""Companions beside others of their type: of certificates, those that clients have."""


def role() -> Body:
    """A role that the service which it is given to may assume."""
    return {"name": _name("role"), "assume_role_policy": open_policy()}
