"""Arguments of identities, keys, findings and audits."""

from collections.abc import Mapping

from datagen.sources.documentation.values import Body, Name, Ref

EC_P256 = (
    "-----BEGIN PUBLIC KEY-----\n"
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEA7usYhfgCvDsSpNGr+KPp+bLur7+\n"
    "WvezZOYExBxg0Kcul0u8ImJ3t24rSTy26nZdwpUUDBL0kC41Pl+PagzRnQ==\n"
    "-----END PUBLIC KEY-----\n"
)
EC_P384 = (
    "-----BEGIN PUBLIC KEY-----\n"
    "MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEDFkfyaEWa47apClhymONwtDTgedPi5C1\n"
    "vtBAQcEqGXd6BR7U2pV+QW9fDD5E4CIpn188/jGhxUJDlwliup23pay4DuNrS52j\n"
    "GG19Xt4yuV+KVNP8kYJiA4Ojmn/i1ysS\n"
    "-----END PUBLIC KEY-----\n"
)
"""Nobody has their other halves."""

SECURITY: Mapping[str, Body] = {
    "aws_acmpca_certificate_authority": {"type": "ROOT"},
    "aws_cloudfront_public_key": {"encoded_key": EC_P256},
    "aws_ivs_playback_key_pair": {"public_key": EC_P384},
    "aws_computeoptimizer_recommendation_preferences": {
        "scope": [{"name": "AccountId", "value": "418302917744"}]
    },
    "aws_config_conformance_pack": {
        "template_s3_uri": Name("s3://", "kebab", "-data/conformance.yaml")
    },
    "aws_config_organization_conformance_pack": {
        "template_s3_uri": Name("s3://", "kebab", "-data/conformance.yaml")
    },
    "aws_config_organization_managed_rule": {"rule_identifier": "IAM_PASSWORD_POLICY"},
    "aws_config_remediation_configuration": {
        "parameter": [
            {
                "name": "AutomationAssumeRole",
                "static_value": Ref("aws_iam_role", "main", "arn"),
            },
            {"name": "BucketName", "resource_value": "RESOURCE_ID"},
            {"name": "SSEAlgorithm", "static_value": "AES256"},
        ]
    },
    "aws_cognito_risk_configuration": {
        "risk_exception_configuration": [{"blocked_ip_range_list": ["52.28.14.0/24"]}]
    },
    "aws_guardduty_filter": {
        "finding_criteria": [
            {
                "criterion": [
                    {"field": "region", "equals": ["$region"]},
                    {"field": "severity", "less_than": "4"},
                ]
            }
        ]
    },
    "aws_iam_group_policy_attachments_exclusive": {
        "policy_arns": [Ref("aws_iam_policy", "main", "arn")]
    },
    "aws_iam_openid_connect_provider": {
        "url": "https://token.actions.githubusercontent.com",
        "client_id_list": ["sts.amazonaws.com"],
    },
    "aws_iam_user_policy_attachments_exclusive": {
        "policy_arns": [Ref("aws_iam_policy", "main", "arn")]
    },
    "aws_kms_alias": {"name": Name("alias/", "kebab", "")},
    "aws_macie2_findings_filter": {
        "name": Name("", "kebab", "-filter"),
        "finding_criteria": [{"criterion": [{"field": "region", "eq": ["$region"]}]}],
    },
    "aws_macie2_classification_job": {
        "name": Name("", "kebab", "-job"),
        "s3_job_definition": [
            {
                "bucket_definitions": [
                    {
                        "account_id": "418302917744",
                        "buckets": [Ref("aws_s3_bucket", "main", "bucket")],
                    }
                ]
            }
        ],
    },
    "aws_securityhub_automation_rule": {
        "rule_name": Name("", "kebab", "-critical"),
        "actions": [
            {
                "type": "FINDING_FIELDS_UPDATE",
                "finding_fields_update": [{"severity": [{"label": "CRITICAL"}]}],
            }
        ],
        "criteria": [
            {"resource_tags": [{"comparison": "EQUALS", "key": "Environment", "value": "prod"}]}
        ],
    },
    "aws_securityhub_insight": {
        "filters": [{"severity_label": [{"comparison": "EQUALS", "value": "CRITICAL"}]}]
    },
    "aws_shield_proactive_engagement": {
        "emergency_contact": [
            {
                "contact_notes": "On call, around the clock",
                "email_address": Name("oncall@", "word", ".io"),
                "phone_number": "+12065550142",
            },
            {
                "contact_notes": "Head of operations, in office hours",
                "email_address": Name("ops@", "word", ".io"),
                "phone_number": "+12065550187",
            },
        ]
    },
    "aws_verifiedaccess_trust_provider": {
        "trust_provider_type": "user",
        "user_trust_provider_type": "iam-identity-center",
        "device_trust_provider_type": None,
        "policy_reference_name": Name("", "plain", "staff"),
    },
    "aws_xray_encryption_config": {
        "type": "KMS",
        "key_id": Ref("aws_kms_key", "main", "arn"),
    },
    "aws_xray_sampling_rule": {"attributes": None},
    "aws_iot_authorizer": {"signing_disabled": True, "token_key_name": None},
    "aws_iot_domain_configuration": {
        "server_certificate_arns": [Ref("aws_acm_certificate", "main", "arn")]
    },
    "aws_iot_indexing_configuration": {
        "thing_indexing_configuration": [{"thing_indexing_mode": "REGISTRY"}]
    },
    "aws_iot_thing_group": {
        "properties": [
            {
                "attribute_payload": [{"attributes": {"site": "warehouse"}}],
                "description": Name("Things of the ", "word", " service"),
            }
        ]
    },
}
