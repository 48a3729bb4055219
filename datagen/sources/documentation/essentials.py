"""What a resource cannot work without although its schema demands none of it. Pure."""

import re
from collections.abc import Iterator, Mapping

from datagen.sources.documentation.pages import PageBlock, TypePage
from datagen.sources.documentation.values import (
    Body,
    JsonText,
    Name,
    Ref,
    Value,
    WrittenResource,
    references,
)

ONE_OF: Mapping[str, tuple[str, ...]] = {
    "aws_vpc_endpoint": ("service_name",),
    "aws_connect_contact_flow": ("content", "filename"),
    "aws_connect_contact_flow_module": ("content", "filename"),
    "aws_fsx_windows_file_system": ("active_directory_id", "self_managed_active_directory"),
    "aws_autoscaling_group": ("launch_template", "launch_configuration", "mixed_instances_policy"),
    "aws_elb": ("availability_zones", "subnets"),
    "aws_lb": ("subnets", "subnet_mapping"),
    "aws_kinesisanalyticsv2_application": ("application_configuration",),
    "aws_medialive_multiplex_program": ("multiplex_program_settings",),
    "aws_elasticache_user": ("no_password_required", "authentication_mode"),
    "aws_wafv2_web_acl_association": ("web_acl_arn",),
    "aws_lambda_event_source_mapping": ("event_source_arn", "self_managed_event_source"),
    "aws_codepipeline_webhook": ("filter",),
    "aws_codestarconnections_connection": ("provider_type", "host_arn"),
    "aws_imagebuilder_component": ("data", "uri"),
    "aws_ec2_traffic_mirror_target": (
        "network_load_balancer_arn", "network_interface_id", "gateway_load_balancer_endpoint_id",
    ),
    "aws_sagemaker_human_task_ui": ("ui_template",),
    "aws_connect_user_hierarchy_structure": ("hierarchy_structure",),
    "aws_glue_crawler": (
        "s3_target", "jdbc_target", "dynamodb_target", "catalog_target", "delta_target",
        "mongodb_target", "iceberg_target", "hudi_target",
    ),
}  # fmt: skip
"""By type: one of these must be written."""

VALUES: Mapping[tuple[str, str], Value] = {
    ("aws_vpc_endpoint", "service_name"): "com.amazonaws.$region.s3",
    ("aws_elb", "availability_zones"): ["$zone-a", "$zone-b"],
    ("aws_codestarconnections_connection", "provider_type"): "GitHub",
    ("aws_imagebuilder_component", "data"): JsonText(
        {
            "schemaVersion": "1.0",
            "phases": [{"name": "build", "steps": [{"name": "update", "action": "UpdateOS"}]}],
        }
    ),
    ("aws_elasticache_user", "no_password_required"): True,
    ("aws_medialive_multiplex_program", "multiplex_program_settings"): [
        {"program_number": 1, "preferred_channel_pipeline": "CURRENTLY_ACTIVE"}
    ],
    ("aws_sagemaker_human_task_ui", "ui_template"): [
        {"content": "Does {{ task.input.text }} read as {{ task.input.label }}?"}
    ],
    ("aws_connect_user_hierarchy_structure", "hierarchy_structure"): [
        {"level_one": [{"name": "Division"}], "level_two": [{"name": "Team"}]}
    ],
    **{
        (type, "content"): JsonText(
            {
                "Version": "2019-10-30",
                "StartAction": "end",
                "Actions": [
                    {"Identifier": "end", "Type": end, "Parameters": {}, "Transitions": {}}
                ],
            }
        )
        for type, end in (
            ("aws_connect_contact_flow", "DisconnectParticipant"),
            ("aws_connect_contact_flow_module", "EndFlowModuleExecution"),
        )
    },
}
"""What it is given where none is."""

REFERENCES: Mapping[tuple[str, tuple[str, ...]], tuple[str, str]] = {
    ("aws_api_gateway_base_path_mapping", ("api_id",)): ("aws_api_gateway_rest_api", "id"),
    ("aws_db_instance_role_association", ("db_instance_identifier",)): (
        "aws_db_instance",
        "identifier",
    ),
    ("aws_organizations_organizational_unit", ("parent_id",)): (
        "aws_organizations_organization",
        "roots[0].id",
    ),
    ("aws_ec2_traffic_mirror_target", ("network_load_balancer_arn",)): ("aws_lb", "arn"),
    ("aws_shield_protection", ("resource_arn",)): ("aws_eip", "arn"),
}
"""What arguments refer to that no example tells."""

_DOMAIN_ASSOCIATION = "aws_ec2_transit_gateway_multicast_domain_association"

BESIDE: Mapping[str, str] = {
    "aws_vpc_ipam_pool_cidr_allocation": "aws_vpc_ipam_pool_cidr",
    "aws_vpc_route_server_propagation": "aws_vpc_route_server_vpc_association",
    "aws_vpc_route_server_endpoint": "aws_vpc_route_server_vpc_association",
    "aws_ec2_transit_gateway_multicast_group_member": _DOMAIN_ASSOCIATION,
    "aws_ec2_transit_gateway_multicast_group_source": _DOMAIN_ASSOCIATION,
}
"""By type: a type without which it has nothing to work on."""

_INTERFACE: Body = {
    "vpc_endpoint_type": "Interface",
    "service_name": "com.amazonaws.$region.secretsmanager",
}
_WEBSOCKET: Body = {
    "protocol_type": "WEBSOCKET",
    "route_selection_expression": "$request.body.action",
}
_STREAM: Body = {"stream_enabled": True, "stream_view_type": "NEW_AND_OLD_IMAGES"}
_MULTICAST: Body = {"multicast_support": "enable"}

TOGETHER: Mapping[str, Mapping[str, Body]] = {
    "aws_lambda_event_source_mapping": {"aws_dynamodb_table": _STREAM},
    "aws_memorydb_multi_region_cluster": {"aws_memorydb_cluster": {"node_type": "db.r7g.xlarge"}},
    "aws_dataexchange_revision_assets": {
        "aws_dataexchange_data_set": {"asset_type": "S3_DATA_ACCESS"}
    },
    "aws_ec2_transit_gateway_multicast_domain": {"aws_ec2_transit_gateway": _MULTICAST},
    "aws_ec2_transit_gateway_multicast_group_source": {
        "aws_ec2_transit_gateway_multicast_domain": {"static_sources_support": "enable"}
    },
    "aws_vpc_endpoint_security_group_association": {"aws_vpc_endpoint": _INTERFACE},
    "aws_vpc_endpoint_subnet_association": {"aws_vpc_endpoint": _INTERFACE},
    "aws_vpc_endpoint_private_dns": {"aws_vpc_endpoint": _INTERFACE},
    "aws_vpc_endpoint_service": {"aws_lb": {"load_balancer_type": "network"}},
    "aws_vpc_endpoint_connection_accepter": {
        "aws_vpc_endpoint_service": {"acceptance_required": True}
    },
    "aws_apigatewayv2_integration_response": {"aws_apigatewayv2_api": _WEBSOCKET},
    "aws_apigatewayv2_route_response": {"aws_apigatewayv2_api": _WEBSOCKET},
    "aws_apigatewayv2_authorizer": {"aws_apigatewayv2_api": _WEBSOCKET},
    "aws_eip_domain_name": {
        "aws_route53_record": {"records": [Ref("aws_eip", "main", "public_ip")]}
    },
    "aws_ec2_traffic_mirror_target": {"aws_lb": {"load_balancer_type": "network"}},
    "aws_dx_macsec_key_association": {
        "aws_dx_connection": {"bandwidth": "10Gbps", "request_macsec": True}
    },
}
"""By type: what others must be beside it."""


def with_essentials(
    resource: WrittenResource, schema: PageBlock, beside: frozenset[str]
) -> WrittenResource:
    """The resource with what it cannot work without, where that is known.

    Args:
        beside: the types of the configuration.
    """
    body = dict(resource.body)
    for argument in ONE_OF.get(resource.type, ())[:1]:
        value = VALUES.get((resource.type, argument))
        missing = not any(body.get(name, [{}]) != [{}] for name in ONE_OF[resource.type])
        if missing and value is not None:
            body[argument] = value
    for type in beside:
        for argument, each in TOGETHER.get(type, {}).get(resource.type, {}).items():
            body[argument] = each
    if resource.type == "aws_autoscaling_group" and "vpc_zone_identifier" not in body:
        body.setdefault("availability_zones", ["$zone-a", "$zone-b"])
    login = next((name for name in ("master_username", "username") if name in body), "")
    managed = next(
        (
            n
            for n in schema.attributes
            if n in ("manage_master_user_password", "manage_master_password")
        ),
        "",
    )
    if login and managed and managed not in body:
        body[managed] = True
    return WrittenResource(resource.type, resource.label, body, resource.companion)


def lacking(resources: tuple[WrittenResource, ...], pages: Mapping[str, TypePage]) -> Iterator[str]:
    """What resources cannot work without and do not have."""
    there = {each.type for each in resources}
    for each in resources:
        alternatives = ONE_OF.get(each.type, ())
        if alternatives and not any(name in each.body for name in alternatives):
            yield f"{each.address}: works with none of {', '.join(alternatives)}"
        if BESIDE.get(each.type, each.type) not in there:
            yield f"{each.address}: has nothing to work on without {BESIDE[each.type]}"


def told_apart(resources: list[WrittenResource]) -> list[WrittenResource]:
    """Resources of one type that are called the same get names of their own."""
    seen: dict[tuple[str, str], set[Value]] = {}
    made = []
    for each in resources:
        body = dict(each.body)
        for argument, value in each.body.items():
            stem = re.sub(r"_(?:name|identifier|id)$", "", argument)
            if argument not in ("name", "bucket", "identifier") and not each.type.endswith(stem):
                continue
            if not isinstance(value, Name):
                continue
            taken = seen.setdefault((each.type, argument), set())
            number = 2
            chosen = value
            dash = (
                "_" if value.style == "snake" else "" if value.style in ("camel", "plain") else "-"
            )
            while chosen in taken:
                chosen = (
                    Name(f"zone{number}.{value.before}", value.style, value.after)
                    if "." in value.after
                    else Name(value.before, value.style, f"{value.after}{dash}{number}")
                )
                number += 1
            taken.add(chosen)
            body[argument] = chosen
        made.append(WrittenResource(each.type, each.label, body, each.companion))
    return made


def same_end(resources: tuple[WrittenResource, ...]) -> Iterator[str]:
    """A thing that something leads from and, over another resource, to."""
    by_address = {each.address: each for each in resources}
    for each in resources:
        for ref in references(each.body):
            other = by_address.get(ref.address)
            if other is None or other is each:
                continue
            own = [(name, value) for name, value in each.body.items() if _is_end(value)]
            for name, value in other.body.items():
                if _is_end(value) and (name, value) in own:
                    yield f"{each.address}: {name} is the {name} of {other.address}, too"


def unencrypted(resource: WrittenResource, schema: PageBlock) -> Iterator[tuple[str, int, str]]:
    """Blocks that speak TLS and have no certificate: the block, which of its kind, the argument."""
    for name, value in resource.body.items():
        if name not in schema.blocks or not isinstance(value, list):
            continue
        names = schema.blocks[name].block.names
        argument = next((n for n in ("ssl_certificate_id", "certificate_arn") if n in names), "")
        for number, each in enumerate(value):
            kinds = [v for n, v in each.items() if n.endswith("protocol") and isinstance(v, str)]
            speaks = any(kind.lower() in ("https", "ssl", "tls") for kind in kinds)
            if argument and speaks and argument not in each:
                yield name, number, argument


def _is_end(value: Value) -> bool:
    return isinstance(value, Ref) and value.type in ("aws_network_interface", "aws_instance")
