"""Arguments of machines, containers, functions and what is built for them."""

from collections.abc import Mapping

from datagen.sources.documentation.values import Body, JsonText, Name, Ref, Template

_CPU = "aws/codebuild/standard:7.0"

MACHINES: Mapping[str, Body] = {
    "aws_appstream_image_builder": {
        "display_name": Name("Images of ", "word", ""),
        "image_name": "AppStream-WinServer2022-06-17-2024",
    },
    "aws_apprunner_service": {"network_configuration": None},
    "aws_autoscaling_group": {"tag": None, "placement_group": None},
    "aws_autoscaling_group_tag": {
        "tag": [{"key": "CostCenter", "value": Name("", "word", ""), "propagate_at_launch": True}]
    },
    "aws_autoscaling_schedule": {
        "start_time": None,
        "end_time": None,
        "recurrence": "0 18 * * 5",
    },
    "aws_codebuild_project": {
        "artifacts": [{"type": "NO_ARTIFACTS"}],
        "environment": [
            {"compute_type": "BUILD_GENERAL1_SMALL", "image": _CPU, "type": "LINUX_CONTAINER"}
        ],
        "source": [
            {"type": "GITHUB", "location": Name("https://github.com/", "word", "-shop/app.git")}
        ],
    },
    "aws_codedeploy_deployment_group": {
        "alarm_configuration": None,
        "ec2_tag_set": None,
        "ec2_tag_filter": [
            {"key": "Service", "type": "KEY_AND_VALUE", "value": Name("", "kebab", "")}
        ],
    },
    "aws_datasync_agent": {"ip_address": "52.28.14.90", "security_group_arns": None},
    "aws_devicefarm_device_pool": {
        "rule": [{"attribute": "PLATFORM", "operator": "EQUALS", "value": '"ANDROID"'}]
    },
    "aws_ec2_tag": {
        "resource_id": Ref("aws_vpc", "main", "id"),
        "key": "CostCenter",
        "value": Name("", "word", ""),
    },
    "aws_ecr_lifecycle_policy": {
        "policy": JsonText(
            {
                "rules": [
                    {
                        "rulePriority": 1,
                        "description": "Expire untagged images",
                        "selection": {
                            "tagStatus": "untagged",
                            "countType": "sinceImagePushed",
                            "countUnit": "days",
                            "countNumber": 14,
                        },
                        "action": {"type": "expire"},
                    }
                ]
            }
        )
    },
    "aws_ecrpublic_repository": {"catalog_data": None},
    "aws_ecs_account_setting_default": {"name": "containerInsights", "value": "enabled"},
    "aws_ecs_service": {
        "placement_constraints": None,
        "load_balancer": [
            {
                "target_group_arn": Ref("aws_lb_target_group", "main", "arn"),
                "container_name": "web",
                "container_port": 8080,
            }
        ],
    },
    "aws_ecs_task_set": {
        "load_balancer": [
            {
                "target_group_arn": Ref("aws_lb_target_group", "main", "arn"),
                "container_name": "web",
                "container_port": 8080,
            }
        ]
    },
    "aws_ecs_tag": {"key": "CostCenter", "value": Name("", "word", "")},
    "aws_ecs_task_definition": {
        "placement_constraints": None,
        "volume": None,
        "family": Name("", "kebab", ""),
        "container_definitions": JsonText(
            [
                {
                    "name": "web",
                    "image": "nginx:1.27",
                    "cpu": 256,
                    "memory": 512,
                    "essential": True,
                    "portMappings": [{"containerPort": 8080}],
                }
            ]
        ),
    },
    "aws_eks_access_entry": {"kubernetes_groups": ["viewers"]},
    "aws_eks_access_policy_association": {
        "principal_arn": Ref("aws_eks_access_entry", "main", "principal_arn"),
        "access_scope": [{"type": "cluster"}],
    },
    "aws_eks_addon": {"addon_name": "vpc-cni"},
    "aws_emrcontainers_job_template": {
        "job_template_data": [
            {
                "execution_role_arn": Ref("aws_iam_role", "main", "arn"),
                "release_label": "emr-7.1.0-latest",
                "job_driver": [
                    {
                        "spark_sql_job_driver": [
                            {"entry_point": Name("s3://", "kebab", "-jobs/report.sql")}
                        ]
                    }
                ],
            }
        ]
    },
    "aws_fis_experiment_template": {
        "action": [
            {
                "name": "terminate",
                "action_id": "aws:ec2:terminate-instances",
                "target": [{"key": "Instances", "value": "one-instance"}],
            }
        ],
        "target": [
            {
                "name": "one-instance",
                "resource_type": "aws:ec2:instance",
                "selection_mode": "COUNT(1)",
                "resource_tag": [{"key": "Environment", "value": "staging"}],
            }
        ],
    },
    "aws_imagebuilder_lifecycle_policy": {
        "resource_selection": [{"tag_map": {"Environment": "staging"}}]
    },
    "aws_lambda_invocation": {"input": JsonText({"action": "refresh"})},
    "aws_lambda_layer_version_permission": {
        "layer_name": Ref("aws_lambda_layer_version", "main", "layer_name")
    },
    "aws_rbin_rule": {"resource_tags": None},
    "aws_sagemaker_app_image_config": {
        "kernel_gateway_image_config": [{"kernel_spec": [{"name": "python3"}]}]
    },
    "aws_sagemaker_feature_group": {
        "record_identifier_feature_name": "customer_id",
        "event_time_feature_name": "updated_at",
        "feature_definition": [
            {"feature_name": "customer_id", "feature_type": "String"},
            {"feature_name": "updated_at", "feature_type": "String"},
            {"feature_name": "basket_value", "feature_type": "Fractional"},
        ],
    },
    "aws_sagemaker_mlflow_tracking_server": {
        "artifact_store_uri": Name("s3://", "kebab", "-data/mlflow")
    },
    "aws_sagemaker_model": {
        "primary_container": [
            {"image": Template((Ref("aws_ecr_repository", "main", "repository_url"), ":latest"))}
        ]
    },
    "aws_spot_fleet_request": {"valid_until": None},
    "aws_ssm_association": {"name": "AWS-UpdateSSMAgent"},
    "aws_ssm_patch_group": {"patch_group": Name("", "kebab", "-servers")},
    "aws_ssm_service_setting": {
        "setting_id": "/ssm/parameter-store/high-throughput-enabled",
        "setting_value": "true",
    },
    "aws_ssmcontacts_plan": {
        "stage": [
            {
                "duration_in_minutes": 5,
                "target": [
                    {
                        "channel_target_info": [
                            {
                                "contact_channel_id": Ref(
                                    "aws_ssmcontacts_contact_channel", "main", "arn"
                                ),
                                "retry_interval_in_minutes": 2,
                            }
                        ]
                    }
                ],
            }
        ]
    },
    "aws_ssmincidents_replication_set": {"region": [{"name": "$region"}]},
    "aws_storagegateway_gateway": {"gateway_ip_address": "52.28.14.90"},
    "aws_synthetics_canary": {
        "s3_bucket": Ref("aws_s3_bucket", "main", "bucket"),
        "s3_key": "canary.zip",
        "schedule": [{"expression": "rate(5 minutes)"}],
    },
}
