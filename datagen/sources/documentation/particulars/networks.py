"""Arguments of networks, load balancers, domains and firewalls."""

from collections.abc import Mapping

from datagen.sources.documentation.values import Body, Name, Network, Ref, Template, Value

_SUBNETS: list[Value] = [Ref("aws_subnet", "a", "id"), Ref("aws_subnet", "b", "id")]
_HOST = Name("www.", "word", "-shop.com")
_REGEX = ["/admin/.*", "\\.php$"]
_TLS: list[Value] = [
    {"name": "Reference-Security-Policy", "value": "ELBSecurityPolicy-TLS-1-2-2017-01"}
]
_LISTENER: Body = {
    "port": 443,
    "protocol": "HTTPS",
    "certificate_arn": Ref("aws_acm_certificate", "main", "arn"),
    "default_action": [
        {"type": "forward", "target_group_arn": Ref("aws_lb_target_group", "main", "arn")}
    ],
}

NETWORKS: Mapping[str, Body] = {
    "aws_apprunner_vpc_connector": {
        "subnets": _SUBNETS,
        "security_groups": [Ref("aws_security_group", "main", "id")],
    },
    "aws_ec2_availability_zone_group": {"group_name": "$region-wl1"},
    "aws_ec2_client_vpn_endpoint": {
        "server_certificate_arn": Ref("aws_acm_certificate", "main", "arn"),
        "authentication_options": [
            {
                "type": "certificate-authentication",
                "root_certificate_chain_arn": Ref("aws_acm_certificate", "clients", "arn"),
            }
        ],
        "connection_log_options": [
            {
                "enabled": True,
                "cloudwatch_log_group": Ref("aws_cloudwatch_log_group", "main", "name"),
            }
        ],
    },
    "aws_ec2_managed_prefix_list": {"name": Name("", "kebab", "-networks")},
    "aws_ec2_network_insights_path": {
        "source": Ref("aws_instance", "main", "id"),
        "destination": Ref("aws_internet_gateway", "main", "id"),
        "protocol": "tcp",
        "destination_port": 443,
    },
    "aws_ec2_subnet_cidr_reservation": {"cidr_block": Network(1, 28)},
    "aws_ec2_transit_gateway_multicast_group_member": {"group_ip_address": "239.10.20.30"},
    "aws_ec2_transit_gateway_multicast_group_source": {"group_ip_address": "239.10.20.30"},
    "aws_globalaccelerator_accelerator": {"ip_addresses": None},
    "aws_globalaccelerator_custom_routing_accelerator": {"ip_addresses": None},
    "aws_ec2_transit_gateway_connect_peer": {"peer_address": "192.168.10.15"},
    "aws_lb_listener": _LISTENER,
    "aws_alb_listener": _LISTENER,
    "aws_network_acl_rule": {"cidr_block": "52.28.14.0/24"},
    "aws_route53_resolver_endpoint": {
        "ip_address": [{"subnet_id": _SUBNETS[0]}, {"subnet_id": _SUBNETS[1]}]
    },
    "aws_security_group": {
        "name": Name("", "kebab", "-sg"),
        "description": None,
        "vpc_id": Ref("aws_vpc", "main", "id"),
    },
    "aws_lb_ssl_negotiation_policy": {"attribute": _TLS},
    "aws_load_balancer_policy": {
        "policy_name": Name("", "kebab", "-tls"),
        "policy_type_name": "SSLNegotiationPolicyType",
        "policy_attribute": _TLS,
    },
    "aws_networkfirewall_firewall_policy": {
        "firewall_policy": [
            {
                "stateless_default_actions": ["aws:forward_to_sfe"],
                "stateless_fragment_default_actions": ["aws:forward_to_sfe"],
                "stateful_rule_group_reference": [
                    {"resource_arn": Ref("aws_networkfirewall_rule_group", "main", "arn")}
                ],
            }
        ]
    },
    "aws_networkfirewall_rule_group": {
        "type": "STATEFUL",
        "rule_group": [
            {
                "rules_source": [
                    {
                        "rules_source_list": [
                            {
                                "generated_rules_type": "DENYLIST",
                                "target_types": ["HTTP_HOST", "TLS_SNI"],
                                "targets": [".torproject.org"],
                            }
                        ]
                    }
                ]
            }
        ],
    },
    "aws_route53_delegation_set": {"reference_name": Name("", "kebab", "-domains")},
    "aws_route53_record": {
        "name": _HOST,
        "type": "A",
        "ttl": 300,
        "records": ["52.28.14.90"],
        "alias": None,
    },
    "aws_route53_records_exclusive": {
        "resource_record_set": [
            {
                "name": _HOST,
                "type": "A",
                "ttl": 300,
                "resource_records": [{"value": "52.28.14.90"}],
            }
        ]
    },
    "aws_vpc_endpoint_service": {
        "network_load_balancer_arns": [Ref("aws_lb", "main", "arn")],
        "gateway_load_balancer_arns": None,
    },
    "aws_vpclattice_target_group_attachment": {
        "target": [{"id": Ref("aws_instance", "main", "id"), "port": 443}]
    },
    "aws_waf_regex_pattern_set": {"regex_pattern_strings": _REGEX},
    "aws_wafregional_regex_pattern_set": {"regex_pattern_strings": _REGEX},
    "aws_wafv2_regex_pattern_set": {
        "regular_expression": [{"regex_string": each} for each in _REGEX]
    },
    "aws_wafv2_ip_set": {
        "name": Name("", "kebab", "-office"),
        "scope": "REGIONAL",
        "ip_address_version": "IPV4",
        "addresses": ["52.28.14.0/24"],
    },
    "aws_wafv2_web_acl": {
        "name": Name("", "kebab", "-acl"),
        "scope": "REGIONAL",
        "default_action": [{"allow": [{}]}],
    },
    "aws_wafv2_rule_group": {
        "name": Name("", "kebab", "-rules"),
        "scope": "REGIONAL",
        "rule": [
            {
                "name": "blocked-countries",
                "priority": 1,
                "action": [{"block": [{}]}],
                "statement": [{"geo_match_statement": [{"country_codes": ["KP", "IR"]}]}],
                "visibility_config": [
                    {
                        "cloudwatch_metrics_enabled": True,
                        "metric_name": "countries",
                        "sampled_requests_enabled": True,
                    }
                ],
            }
        ],
    },
    "aws_waf_byte_match_set": {
        "byte_match_tuples": [
            {
                "text_transformation": "LOWERCASE",
                "target_string": "sqlmap",
                "positional_constraint": "CONTAINS",
                "field_to_match": [{"type": "HEADER", "data": "user-agent"}],
            }
        ]
    },
    "aws_wafregional_byte_match_set": {
        "byte_match_tuples": [
            {
                "text_transformation": "LOWERCASE",
                "target_string": "sqlmap",
                "positional_constraint": "CONTAINS",
                "field_to_match": [{"type": "HEADER", "data": "user-agent"}],
            }
        ]
    },
    "aws_api_gateway_method_settings": {
        "method_path": "*/*",
        "settings": [{"metrics_enabled": True, "logging_level": "ERROR"}],
    },
    "aws_apigatewayv2_integration": {
        "integration_type": "HTTP_PROXY",
        "integration_method": "GET",
        "integration_uri": Name("https://api.", "word", "-shop.com"),
    },
    "aws_lightsail_certificate": {"subject_alternative_names": [_HOST]},
    "aws_lightsail_domain_entry": {"name": "www"},
    "aws_ses_receipt_filter": {"cidr": "52.28.14.0/24"},
    "aws_rum_app_monitor": {"domain": _HOST},
    "aws_service_discovery_instance": {
        "attributes": {"AWS_INSTANCE_IPV4": "52.28.14.90", "AWS_INSTANCE_PORT": "8080"}
    },
    "aws_transfer_connector": {"url": Name("sftp://sftp.", "word", "-shop.com")},
    "aws_transfer_tag": {
        "key": "transfer:customHostname",
        "value": Name("sftp.", "word", "-shop.com"),
    },
    "aws_cloudfront_cache_policy": {
        "parameters_in_cache_key_and_forwarded_to_origin": [
            {
                "cookies_config": [{"cookie_behavior": "none"}],
                "headers_config": [{"header_behavior": "none"}],
                "query_strings_config": [{"query_string_behavior": "all"}],
            }
        ]
    },
    "aws_cloudfront_origin_request_policy": {
        "cookies_config": [{"cookie_behavior": "none"}],
        "headers_config": [{"header_behavior": "allViewer"}],
        "query_strings_config": [{"query_string_behavior": "all"}],
    },
    "aws_amplify_domain_association": {
        "sub_domain": [
            {"branch_name": Ref("aws_amplify_branch", "main", "branch_name"), "prefix": "www"}
        ]
    },
    "aws_amplify_app": {"custom_rule": None},
    "aws_appautoscaling_target": {
        "min_capacity": 1,
        "max_capacity": 4,
        "resource_id": Template(("service/", Ref("aws_ecs_cluster", "main", "name"), "/web")),
        "scalable_dimension": "ecs:service:DesiredCount",
        "service_namespace": "ecs",
    },
    "aws_appautoscaling_policy": {
        "name": Name("", "kebab", "-cpu"),
        "target_tracking_scaling_policy_configuration": [
            {
                "predefined_metric_specification": [
                    {"predefined_metric_type": "ECSServiceAverageCPUUtilization"}
                ],
                "target_value": 70,
            }
        ],
    },
    "aws_appautoscaling_scheduled_action": {
        "schedule": "cron(0 20 * * ? *)",
        "scalable_target_action": [{"min_capacity": "1", "max_capacity": "2"}],
    },
}
