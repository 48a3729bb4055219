"""Which service a role trusts: the one of the resource that is given the role. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from datagen.sources.documentation.values import (
    JsonText,
    Value,
    Way,
    WrittenResource,
    leaves,
    mapped,
    references,
)

OPEN = "$principal"
"""Stands in a policy of trust for the service that is found out at the end."""
_SERVICES: Mapping[str, str] = {
    "cloudwatch": "events", "cfg": "config", "ecs": "ecs-tasks", "sfn": "states",
    "iam": "ec2", "msk": "kafkaconnect", "mwaa": "airflow", "opensearch": "opensearchservice",
    "elasticsearch": "es", "cognito": "cognito-idp", "appautoscaling": "application-autoscaling",
    "emr": "elasticmapreduce", "mskconnect": "kafkaconnect", "apigatewayv2": "apigateway",
    "sesv2": "ses", "timestreaminfluxdb": "timestream", "synthetics": "lambda",
    "kinesisanalyticsv2": "kinesisanalytics", "bedrockagent": "bedrock", "bedrockmodel": "bedrock",
    "amplify": "amplify", "chime": "chime", "chimesdkvoice": "voiceconnector.chime",
    "chimesdkmediapipelines": "mediapipelines.chime", "docdb": "rds", "neptune": "rds",
    "ssmincidents": "ssm-incidents", "timestreamquery": "timestream", "lex": "lexv2",
    "pinpoint": "pinpoint", "redshiftserverless": "redshift-serverless", "verifiedaccess": "ec2",
    "workspaces": "workspaces", "ec2transitgateway": "ec2", "storagegateway": "storagegateway",
    "emrserverless": "emr-serverless", "kinesis": "kinesis", "opensearchingest": "osis-pipelines",
    "serverlessrepository": "serverlessrepo", "directoryservice": "ds", "ssmcontacts": "ssm",
    "vpc": "ec2", "networkfirewall": "network-firewall", "devopsguru": "devops-guru",
    "customerprofiles": "profile", "resourcegroups": "resource-groups",
}  # fmt: skip
"""The names that services have in policies, where the documentation has others."""
_TYPES: Mapping[str, str] = {
    "aws_iot_role_alias": "credentials.iot",
    "aws_flow_log": "vpc-flow-logs",
    "aws_kinesis_analytics_application": "kinesisanalytics",
    "aws_cloudwatch_log_subscription_filter": "logs",
    "aws_cloudwatch_log_destination": "logs", "aws_cloudwatch_metric_stream":
    "streams.metrics.cloudwatch", "aws_kinesis_firehose_delivery_stream": "firehose",
    "aws_api_gateway_account": "apigateway", "aws_spot_fleet_request": "spotfleet",
    "aws_ec2_fleet": "ec2", "aws_dlm_lifecycle_policy": "dlm", "aws_batch_job_definition":
    "ecs-tasks", "aws_eks_node_group": "ec2", "aws_eks_fargate_profile": "eks-fargate-pods",
    "aws_eks_pod_identity_association": "pods.eks", "aws_ecs_service": "ecs",
    "aws_db_proxy": "rds", "aws_iam_instance_profile": "ec2", "aws_appsync_datasource": "appsync",
    "aws_s3_bucket_replication_configuration": "s3", "aws_ssm_activation": "ssm",
    "aws_lex_bot": "lex", "aws_lex_bot_alias": "lex", "aws_lex_intent": "lex",
    "aws_vpc_ipam": "ipam", "aws_cloudwatch_event_target": "events",
    "aws_scheduler_schedule": "scheduler", "aws_emr_instance_group": "elasticmapreduce",
    "aws_opensearch_domain": "es", "aws_dms_endpoint": "dms", "aws_lakeformation_resource":
    "lakeformation", "aws_autoscaling_lifecycle_hook": "autoscaling", "aws_cognito_user_pool":
    "cognito-idp", "aws_cognito_identity_pool_roles_attachment": "cognito-identity",
    "aws_s3control_access_grants_location": "access-grants.s3", "aws_rds_export_task": "export.rds",
    "aws_vpc_peering_connection": "ec2", "aws_codestarnotifications_notification_rule":
    "codestar-notifications", "aws_grafana_workspace": "grafana", "aws_s3control_job":
    "batchoperations.s3", "aws_transfer_server": "transfer", "aws_backup_selection": "backup",
}  # fmt: skip
_ARGUMENTS: Mapping[str, str] = {
    "monitoring_role_arn": "monitoring.rds", "performance_insights_role": "rds",
    "autoscaling_role": "application-autoscaling", "task_role_arn": "ecs-tasks",
    "execution_role_arn": "", "event_destination_role": "", "instance_role": "ec2",
    "spot_iam_fleet_role": "spotfleet", "lambda_role": "lambda",
}  # fmt: skip
"""By the argument that is given the role; "" for what its type or service says."""
_BY_TYPE: Mapping[tuple[str, str], str] = {
    ("aws_ecs_task_definition", "execution_role_arn"): "ecs-tasks",
    ("aws_sagemaker_domain", "execution_role"): "sagemaker",
}


def principal(type: str, service: str, argument: str = "") -> str:
    """What a service is called that takes a role: ``lambda.amazonaws.com``.

    Args:
        type: of the resource that is given the role.
        service: that the documentation names for it.
        argument: that the role stands at; "" where it is not known.
    """
    name = (
        _BY_TYPE.get((type, argument))
        or _ARGUMENTS.get(argument)
        or _TYPES.get(type)
        or _SERVICES.get(service, service)
    )
    return f"{name}.amazonaws.com"


def trusting(
    resources: Sequence[WrittenResource], services: Mapping[str, str]
) -> list[WrittenResource]:
    """The resources with each role that was left open trusting what it is given to.

    Args:
        services: the documentation's, by type.
    """
    return [
        replace(each, body=_closed(each, _users(each, resources, services)))
        if any(leaf == OPEN for _, leaf in leaves(each.body))
        else each
        for each in resources
    ]


def _users(
    role: WrittenResource, resources: Iterable[WrittenResource], services: Mapping[str, str]
) -> list[str]:
    found = []
    for each in resources:
        if each.type.startswith("aws_iam_") and each.type != "aws_iam_instance_profile":
            continue
        for way, leaf in leaves(each.body):
            if "$json" not in way and any(ref.address == role.address for ref in references(leaf)):
                names = [step for step in way if isinstance(step, str)]
                found.append(principal(each.type, services.get(each.type, ""), names[-1]))
    return list(dict.fromkeys(found))


def _closed(role: WrittenResource, users: list[str]) -> dict[str, Value]:
    service: Value = users[0] if len(users) == 1 else [*users] or "ec2.amazonaws.com"

    def change(_: Way, leaf: Value) -> Value:
        return service if leaf == OPEN else leaf

    body = mapped(role.body, change)
    assert isinstance(body, dict)
    return body


def open_policy() -> JsonText:
    """The policy of a role whose user is found out at the end."""
    return JsonText(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Principal": {"Service": OPEN}, "Action": "sts:AssumeRole"}
            ],
        }
    )
