"""Arguments that hold a document: a definition, a policy, a dashboard, a query; and what stands
beside them."""

from collections.abc import Mapping

from datagen.sources.documentation.values import Body, JsonText, Name, Ref, Template, Value

_VERSION = "2012-10-17"


def _allowed(principal: Mapping[str, str], action: str | list[str], resource: Value) -> JsonText:
    statement: dict[str, Value] = {
        "Sid": "AllowIt",
        "Effect": "Allow",
        "Principal": dict(principal),
        "Action": action,
        "Resource": resource,
    }
    return JsonText({"Version": _VERSION, "Statement": [statement]})


_ACCOUNT = {"AWS": "arn:aws:iam::418302917744:root"}

DOCUMENTS: Mapping[str, Body] = {
    "aws_account_alternate_contact": {
        "alternate_contact_type": "BILLING",
        "name": "Alex Morgan",
        "title": "Head of Finance",
        "email_address": Name("billing@", "word", ".io"),
        "phone_number": "+12065550142",
    },
    "aws_api_gateway_rest_api_policy": {
        "policy": _allowed(
            _ACCOUNT,
            "execute-api:Invoke",
            Template((Ref("aws_api_gateway_rest_api", "main", "execution_arn"), "/*")),
        )
    },
    "aws_apigatewayv2_vpc_link": {
        "subnet_ids": [Ref("aws_subnet", "a", "id"), Ref("aws_subnet", "b", "id")],
        "security_group_ids": [Ref("aws_security_group", "main", "id")],
    },
    "aws_cloudwatch_composite_alarm": {
        "alarm_name": Name("", "kebab", "-overloaded"),
        "alarm_rule": Template(
            ("ALARM(", Ref("aws_cloudwatch_metric_alarm", "main", "alarm_name"), ")")
        ),
        "alarm_actions": [Ref("aws_sns_topic", "main", "arn")],
    },
    "aws_cloudwatch_dashboard": {
        "dashboard_name": Name("", "kebab", "-overview"),
        "dashboard_body": JsonText(
            {
                "widgets": [
                    {
                        "type": "metric",
                        "x": 0,
                        "y": 0,
                        "width": 12,
                        "height": 6,
                        "properties": {
                            "metrics": [["AWS/EC2", "CPUUtilization"]],
                            "period": 300,
                            "stat": "Average",
                            "region": "$region",
                            "title": "CPU",
                        },
                    }
                ]
            }
        ),
    },
    "aws_cloudwatch_event_bus_policy": {
        "event_bus_name": Ref("aws_cloudwatch_event_bus", "main", "name"),
        "policy": _allowed(
            _ACCOUNT, "events:PutEvents", Ref("aws_cloudwatch_event_bus", "main", "arn")
        ),
    },
    "aws_cloudwatch_log_resource_policy": {
        "policy_name": Name("", "kebab", "-delivery"),
        "policy_document": _allowed(
            {"Service": "delivery.logs.amazonaws.com"},
            ["logs:CreateLogStream", "logs:PutLogEvents"],
            "*",
        ),
    },
    "aws_cloudwatch_query_definition": {
        "name": Name("", "kebab", "-errors"),
        "query_string": "fields @timestamp, @message | filter @message like /ERROR/ | limit 50",
        "log_group_names": [Ref("aws_cloudwatch_log_group", "main", "name")],
    },
    "aws_opensearchserverless_security_policy": {
        "name": Name("", "kebab", ""),
        "type": "encryption",
        "policy": JsonText(
            {
                "Rules": [{"ResourceType": "collection", "Resource": ["collection/search"]}],
                "AWSOwnedKey": True,
            }
        ),
    },
    "aws_rds_cluster_instance": {
        "cluster_identifier": Ref("aws_rds_cluster", "main", "id"),
        "engine": Ref("aws_rds_cluster", "main", "engine"),
        "instance_class": "db.r6g.large",
    },
    "aws_ses_identity_notification_topic": {
        "identity": Ref("aws_ses_domain_identity", "main", "domain"),
        "notification_type": "Bounce",
        "topic_arn": Ref("aws_sns_topic", "main", "arn"),
    },
    "aws_sfn_state_machine": {
        "name": Name("", "kebab", "-flow"),
        "role_arn": Ref("aws_iam_role", "main", "arn"),
        "definition": JsonText(
            {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 5, "End": True}}}
        ),
    },
    "aws_sns_sms_preferences": {"monthly_spend_limit": 50, "default_sms_type": "Transactional"},
    "aws_ssm_document": {
        "name": Name("", "kebab", "-disk-usage"),
        "document_type": "Command",
        "document_format": None,
        "content": JsonText(
            {
                "schemaVersion": "2.2",
                "description": "Shows how full disks are",
                "mainSteps": [
                    {
                        "action": "aws:runShellScript",
                        "name": "usage",
                        "inputs": {"runCommand": ["df -h"]},
                    }
                ],
            }
        ),
    },
    "aws_vpc_endpoint_service_allowed_principal": {
        "vpc_endpoint_service_id": Ref("aws_vpc_endpoint_service", "main", "id"),
        "principal_arn": "arn:aws:iam::418302917744:root",
    },
    "aws_wafv2_web_acl_association": {
        "resource_arn": Ref("aws_lb", "main", "arn"),
        "web_acl_arn": Ref("aws_wafv2_web_acl", "main", "arn"),
    },
}
