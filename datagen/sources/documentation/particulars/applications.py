"""Arguments of what accounts, mail, messages and integrations are made of."""

from collections.abc import Mapping

from datagen.sources.documentation.values import Body, JsonText, Name, Ref

_PRIVACY = JsonText(
    {
        "Name": "mask-addresses",
        "Version": "2021-06-01",
        "Statement": [
            {
                "Sid": "deny-addresses",
                "DataDirection": "Inbound",
                "Principal": ["*"],
                "DataIdentifier": ["arn:aws:dataprotection::aws:data-identifier/EmailAddress"],
                "Operation": {"Deny": {}},
            }
        ],
    }
)

APPLICATIONS: Mapping[str, Body] = {
    "aws_account_primary_contact": {
        "address_line_1": "410 Terry Avenue North",
        "phone_number": "+12065550142",
        "website_url": Name("https://www.", "word", "-shop.com"),
    },
    "aws_appstream_stack": {
        "application_settings": None,
        "redirect_url": Name("https://www.", "word", "-shop.com"),
    },
    "aws_appsync_api_key": {"expires": None},
    "aws_bedrock_inference_profile": {
        "name": Name("", "kebab", "-sonnet"),
        "model_source": [
            {
                "copy_from": "arn:aws:bedrock:$region::foundation-model/"
                "anthropic.claude-3-5-sonnet-20241022-v2:0"
            }
        ],
    },
    "aws_bedrockagent_agent_action_group": {"parent_action_group_signature": "AMAZON.UserInput"},
    "aws_bedrockagent_agent_collaborator": {
        "collaboration_instruction": "Ask this agent about bills and refunds."
    },
    "aws_budgets_budget": {
        "budget_type": "COST",
        "limit_amount": "1200",
        "limit_unit": "USD",
        "time_unit": "MONTHLY",
        "time_period_start": None,
        "time_period_end": None,
    },
    "aws_chime_voice_connector_origination": {
        "route": [
            {"host": "52.28.14.90", "port": 5061, "protocol": "TCP", "priority": 1, "weight": 1},
            {"host": "52.28.14.91", "port": 5061, "protocol": "TCP", "priority": 2, "weight": 1},
        ]
    },
    "aws_codeartifact_repository": {"repository": Name("", "kebab", "-packages")},
    "aws_config_aggregate_authorization": {"region": "$region"},
    "aws_connect_hours_of_operation": {"name": Name("", "kebab", "-office")},
    "aws_customerprofiles_profile": {
        "first_name": "Alex",
        "last_name": "Morgan",
        "email_address": Name("alex@", "word", ".io"),
    },
    "aws_glue_user_defined_function": {
        "class_name": "com.shop.NormalizeAddress",
        "owner_name": "analytics",
    },
    "aws_lexv2models_bot_locale": {"locale_id": "en_US"},
    "aws_pinpoint_email_template": {
        "email_template": [{"subject": "An order is on its way", "text_part": "It was sent today."}]
    },
    "aws_resourcegroups_group": {
        "resource_query": [
            {
                "query": JsonText(
                    {
                        "ResourceTypeFilters": ["AWS::EC2::Instance"],
                        "TagFilters": [{"Key": "Environment", "Values": ["staging"]}],
                    }
                )
            }
        ]
    },
    "aws_scheduler_schedule": {"group_name": None},
    "aws_servicecatalog_budget_resource_association": {
        "budget_name": Ref("aws_budgets_budget", "main", "name"),
        "resource_id": Ref("aws_servicecatalog_portfolio", "main", "id"),
    },
    "aws_servicecatalog_tag_option": {"key": "CostCenter", "value": Name("", "word", "")},
    "aws_servicecatalog_tag_option_resource_association": {
        "tag_option_id": Ref("aws_servicecatalog_tag_option", "main", "id"),
        "resource_id": Ref("aws_servicecatalog_portfolio", "main", "id"),
    },
    "aws_ses_active_receipt_rule_set": {
        "rule_set_name": Ref("aws_ses_receipt_rule_set", "main", "rule_set_name")
    },
    "aws_ses_event_destination": {
        "cloudwatch_destination": [
            {"default_value": "none", "dimension_name": "campaign", "value_source": "messageTag"}
        ]
    },
    "aws_ses_receipt_rule": {
        "enabled": True,
        "recipients": [Name("support@", "word", "-shop.com")],
        "s3_action": [{"bucket_name": Ref("aws_s3_bucket", "main", "bucket"), "position": 1}],
    },
    "aws_ses_template": {
        "subject": "An order is on its way",
        "text": "It was sent today.",
    },
    "aws_sesv2_dedicated_ip_assignment": {
        "ip": "52.28.14.90",
        "destination_pool_name": Ref("aws_sesv2_dedicated_ip_pool", "main", "pool_name"),
    },
    "aws_sns_topic_data_protection_policy": {"policy": _PRIVACY},
    "aws_ssm_parameter": {"type": "String", "value": "info"},
    "aws_transcribe_vocabulary_filter": {"words": ["damn", "hell"]},
    "aws_workspaces_directory": {"workspace_directory_name": Name("", "kebab", "-desktops")},
}
