"""Arguments of stores, databases, streams and of what works on data."""

from collections.abc import Mapping

from datagen.sources.documentation.values import Body, JsonText, Name, Ref

_VALKEY_USER: Body = {
    "user_id": Name("", "kebab", "-user"),
    "user_name": Name("", "kebab", "-user"),
    "engine": "valkey",
}

DATA: Mapping[str, Body] = {
    "aws_backup_logically_air_gapped_vault": {"min_retention_days": 7, "max_retention_days": 30},
    "aws_backup_selection": {"resources": ["*"]},
    "aws_cleanrooms_configured_table": {
        "allowed_columns": ["customer_id", "country", "spend"],
        "table_reference": [
            {"database_name": Name("", "snake", "_catalog"), "table_name": "purchases"}
        ],
    },
    "aws_cloudfrontkeyvaluestore_key": {"key": "maintenance", "value": "off"},
    "aws_datasync_location_hdfs": {
        "name_node": [{"hostname": Ref("aws_instance", "main", "private_dns"), "port": 8020}]
    },
    "aws_datasync_location_nfs": {"subdirectory": "/exports/media"},
    "aws_db_instance_role_association": {"feature_name": "s3Import"},
    "aws_db_proxy_endpoint": {"db_proxy_name": Ref("aws_db_proxy", "main", "name")},
    "aws_dms_replication_instance": {"engine_version": "3.5.4"},
    "aws_docdb_global_cluster": {"engine_version": "5.0.0"},
    "aws_dynamodb_global_table": {
        "replica": [{"region_name": "$region"}, {"region_name": "$elsewhere"}]
    },
    "aws_dynamodb_table": {
        "billing_mode": "PAY_PER_REQUEST",
        "read_capacity": None,
        "write_capacity": None,
        "hash_key": "id",
        "range_key": None,
        "attribute": [{"name": "id", "type": "S"}],
        "global_secondary_index": None,
        "local_secondary_index": None,
        "ttl": None,
        "replica": None,
    },
    "aws_efs_replication_configuration": {"destination": [{"region": "$elsewhere"}]},
    "aws_elasticache_parameter_group": {
        "family": "redis7",
        "parameter": [{"name": "maxmemory-policy", "value": "allkeys-lru"}],
    },
    "aws_elasticache_user": _VALKEY_USER,
    "aws_elasticache_user_group": {
        "engine": "valkey",
        "user_group_id": Name("", "kebab", "-group"),
    },
    "aws_fsx_data_repository_association": {"file_system_path": "/data"},
    "aws_glue_catalog_table": {
        "retention": None,
        "table_type": None,
        "view_expanded_text": None,
        "view_original_text": None,
        "partition_keys": None,
        "storage_descriptor": [
            {
                "location": Name("s3://", "kebab", "-data/events"),
                "columns": [{"name": "id", "type": "string"}, {"name": "event", "type": "string"}],
            }
        ],
    },
    "aws_glue_connection": {
        "connection_type": "NETWORK",
        "physical_connection_requirements": [
            {
                "availability_zone": "$zone-a",
                "subnet_id": Ref("aws_subnet", "a", "id"),
                "security_group_id_list": [Ref("aws_security_group", "main", "id")],
            }
        ],
    },
    "aws_glue_crawler": {"dynamodb_target": [{"path": Ref("aws_dynamodb_table", "main", "name")}]},
    "aws_glue_data_catalog_encryption_settings": {
        "data_catalog_encryption_settings": [
            {
                "connection_password_encryption": [
                    {
                        "return_connection_password_encrypted": True,
                        "aws_kms_key_id": Ref("aws_kms_key", "main", "arn"),
                    }
                ],
                "encryption_at_rest": [
                    {
                        "catalog_encryption_mode": "SSE-KMS",
                        "sse_aws_kms_key_id": Ref("aws_kms_key", "main", "arn"),
                    }
                ],
            }
        ]
    },
    "aws_kinesisanalyticsv2_application": {
        "application_configuration": [
            {
                "application_code_configuration": [
                    {
                        "code_content": [
                            {
                                "s3_content_location": [
                                    {
                                        "bucket_arn": Ref("aws_s3_bucket", "main", "arn"),
                                        "file_key": "app.jar",
                                    }
                                ]
                            }
                        ],
                        "code_content_type": "ZIPFILE",
                    }
                ]
            }
        ]
    },
    "aws_kinesisanalyticsv2_application_snapshot": {"snapshot_name": Name("", "kebab", "-nightly")},
    "aws_lakeformation_lf_tag": {"key": "department", "values": ["sales", "finance", "logistics"]},
    "aws_lakeformation_resource_lf_tag": {
        "lf_tag": [{"key": Ref("aws_lakeformation_lf_tag", "main", "key"), "value": "sales"}]
    },
    "aws_lakeformation_resource_lf_tags": {
        "lf_tag": [{"key": Ref("aws_lakeformation_lf_tag", "main", "key"), "value": "sales"}]
    },
    "aws_msk_cluster": {"kafka_version": "3.6.0"},
    "aws_memorydb_acl": {"user_names": [Ref("aws_memorydb_user", "main", "user_name")]},
    "aws_memorydb_user": {"authentication_mode": [{"type": "iam"}]},
    "aws_quicksight_data_source": {
        "parameters": [
            {
                "s3": [
                    {
                        "manifest_file_location": [
                            {
                                "bucket": Ref("aws_s3_bucket", "main", "bucket"),
                                "key": "manifest.json",
                            }
                        ]
                    }
                ]
            }
        ]
    },
    "aws_quicksight_refresh_schedule": {
        "data_set_id": Ref("aws_quicksight_data_set", "main", "data_set_id")
    },
    "aws_rds_certificate": {"certificate_identifier": "rds-ca-rsa2048-g1"},
    "aws_rds_cluster_role_association": {"feature_name": "s3Import"},
    "aws_redshift_partner": {"partner_name": "Informatica"},
    "aws_redshift_parameter_group": {
        "parameter": [
            {"name": "require_ssl", "value": "true"},
            {"name": "enable_user_activity_logging", "value": "true"},
        ]
    },
    "aws_redshift_snapshot_copy": {"destination_region": "$elsewhere"},
    "aws_redshiftdata_statement": {"sql": "CREATE GROUP analysts;"},
    "aws_redshiftserverless_namespace": {"namespace_name": Name("", "kebab", "-analytics")},
    "aws_redshiftserverless_workgroup": {
        "namespace_name": Ref("aws_redshiftserverless_namespace", "main", "namespace_name")
    },
    "aws_s3_bucket_lifecycle_configuration": {
        "rule": [
            {
                "id": "expire-old-versions",
                "status": "Enabled",
                "filter": [{"prefix": "logs/"}],
                "expiration": [{"days": 90}],
            }
        ]
    },
    "aws_s3_directory_bucket": {
        "bucket": Name("", "kebab", "--use1-az4--x-s3"),
        "location": [{"name": "use1-az4"}],
    },
    "aws_s3control_access_grant": {
        "grantee": [
            {
                "grantee_type": "IAM",
                "grantee_identifier": Ref("aws_iam_user", "main", "arn"),
            }
        ]
    },
    "aws_s3control_multi_region_access_point": {
        "details": [
            {
                "name": Name("", "kebab", "-everywhere"),
                "region": [{"bucket": Ref("aws_s3_bucket", "main", "id")}],
            }
        ]
    },
    "aws_s3control_access_grants_instance": {"identity_center_arn": None},
    "aws_s3tables_table_bucket_policy": {
        "resource_policy": JsonText(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"AWS": "arn:aws:iam::418302917744:root"},
                        "Action": ["s3tables:GetTable", "s3tables:GetTableData"],
                        "Resource": "*",
                    }
                ],
            }
        )
    },
    "aws_timestreamwrite_table": {"table_name": Name("", "kebab", "-metrics")},
    "aws_kendra_query_suggestions_block_list": {
        "source_s3_path": [
            {"bucket": Ref("aws_s3_bucket", "main", "id"), "key": "suggestions/blocked.txt"}
        ]
    },
}
