"""Signs that a configuration contradicts itself, or asks for what is not to be had. Pure."""

import re
from collections.abc import Iterator, Mapping

from datagen.sources.documentation.essentials import lacking, same_end
from datagen.sources.documentation.naming import names_another
from datagen.sources.documentation.obsolete import closed, retired
from datagen.sources.documentation.pages import PageBlock, TypePage
from datagen.sources.documentation.regions import offered
from datagen.sources.documentation.values import (
    Body,
    Name,
    Network,
    Ref,
    Value,
    WrittenResource,
    leaves,
)

_MAY_BE_EMPTY = re.compile(
    r"^(?:allow|block|count|none|captcha|challenge|all_\w+|single_\w+|method|uri_path|query_string"
    r"|body|default_action|override_action|filter|.*_match|aws_managed\w*)$"
)
"""Blocks whose being there says all."""
_ACCEPTS = re.compile(r"_accepter$")
_WITHIN_ACCOUNT = frozenset(
    {"aws_networkmanager_attachment_accepter", "aws_vpc_endpoint_connection_accepter"}
)
_OF_TWO_REGIONS = frozenset(
    {
        "aws_kms_replica_key",
        "aws_kms_replica_external_key",
        "aws_dynamodb_table_replica",
        "aws_db_instance_automated_backups_replication",
    }
)
_UNTOLD = re.compile(
    r"aws_(?:appflow_connector_profile|appintegrations_data_integration"
    r"|bedrockagent_(?:knowledge_base|data_source|agent_knowledge_base_association)"
    r"|chimesdkvoice_sip_media_application|cloudformation_type"
    r"|cloudfront_continuous_deployment_policy|codepipeline|cognito_identity_provider"
    r"|cognito_identity_pool_provider_principal_tag|comprehend_document_classifier"
    r"|datasync_location_azure_blob|dms_certificate|dsql_cluster_peering"
    r"|(?:elasticsearch|opensearch)_domain_saml_options|glue_(?:ml_transform|partition_index)"
    r"|guardduty_malware_protection_plan|kms_custom_key_store"
    r"|imagebuilder_(?:container_recipe|image|image_pipeline|image_recipe|workflow)"
    r"|load_balancer_backend_server_policy|networkfirewall_tls_inspection_configuration"
    r"|opensearchserverless_security_config|paymentcryptography_key(?:_alias)?"
    r"|pinpoint_(?:gcm|apns|apns_voip)(?:_sandbox)?_channel"
    r"|quicksight_(?:analysis|dashboard|template|template_alias)|resiliencehub_resiliency_policy"
    r"|route53domains_delegation_signer_record|vpclattice_service_network_resource_association"
    r"|sagemaker_(?:notebook_instance_lifecycle_configuration|pipeline)"
    r"|secretsmanager_secret_version|securitylake_(?:custom_log_source|subscriber_notification)"
    r"|servicecatalog_provisioned_product|storagegateway_upload_buffer"
    r"|verifiedpermissions_(?:policy|schema))$"
)
"""Types whose examples leave out what they are for: a script, a key, a file, a definition."""
_WHITHER = re.compile(r"(?:^|_)(?:log_group|bucket|bucket_name|delivery_stream|alarms)$")
_SUBJECTS: Mapping[str, tuple[str, ...]] = {
    "conditions": ("job_name", "crawler_name", "field", "name", "key", "operator", "regex_match"),
    "criterion": (
        "eq", "eq_exact_match", "equals", "neq", "not_equals", "gt", "gte", "lt", "lte",
        "greater_than", "greater_than_or_equal", "less_than", "less_than_or_equal", "contains",
        "exists", "expression", "prefix",
    ),
    "placement_constraints": ("expression",),
}  # fmt: skip
"""By block: without one of these it says nothing."""
_V4 = re.compile(r"^\d+\.\d+\.\d+\.\d+(?:/\d+)?$")
_TLS = frozenset({"https", "tls", "ssl"})


def contradictory_signs(
    resources: tuple[WrittenResource, ...], pages: Mapping[str, TypePage]
) -> Iterator[str]:
    """What cannot be or cannot work in it, in words."""
    if not offered(resources, pages):
        yield "no region offers all of it"
    yield from lacking(resources, pages)
    yield from same_end(resources)
    yield from _of_another_kind(resources)
    networks: dict[Value, str] = {}
    for each in resources:
        if _UNTOLD.match(each.type):
            yield f"{each.type}: nobody tells what gives it its meaning"
        if each.type in _OF_TWO_REGIONS:
            yield f"{each.type}: stands in another region than what it copies"
        if closed(each.type):
            yield f"{each.type} is of a service that is closed"
        if _ACCEPTS.search(each.type) and each.type not in _WITHIN_ACCOUNT:
            yield f"{each.type}: accepts what the same account made"
        yield from _own_name(each)
        yield from _blocks(each.address, each.body, pages[each.type].schema)
        for way, leaf in leaves(each.body):
            if isinstance(leaf, str) and retired(leaf):
                yield f"{each.address} {way[-1]}: {leaf!r} is retired"
            if isinstance(leaf, Network) and "$json" not in way:
                other = networks.setdefault(leaf, each.type)
                if other != each.type and "aws_vpc" in (other, each.type) and leaf.bits <= 16:
                    yield f"{each.address} {way[-1]}: overlaps the VPC"


def _of_another_kind(resources: tuple[WrittenResource, ...]) -> Iterator[str]:
    """References to a thing that is of another kind than the argument takes."""
    by_address = {each.address: each for each in resources}
    for each in resources:
        for way, leaf in leaves(each.body):
            if isinstance(leaf, Ref) and "stateless_rule_group_reference" in way:
                group = by_address.get(leaf.address)
                if group is not None and group.body.get("type") != "STATELESS":
                    yield f"{each.address} {way[-1]}: {leaf.address} is no stateless group"
        if each.type == "aws_route53_record" and each.body.get("type") == "A":
            records = each.body.get("records") or []
            assert isinstance(records, list)
            if records and "alias" in each.body:
                yield f"{each.address}: records and an alias"
            if any(isinstance(value, str) and not _V4.match(value) for value in records):
                yield f"{each.address}: an A record of something else than addresses"


def _own_name(resource: WrittenResource) -> Iterator[str]:
    """Names that stand for others and are the resource's own."""
    names = [(name, value) for name, value in resource.body.items() if isinstance(value, Name)]
    for argument, value in names:
        if names_another(resource.type, argument) and any(
            other == value and not names_another(resource.type, name) for name, other in names
        ):
            yield f"{resource.address} {argument}: repeats the resource's own name"


def _blocks(address: str, body: Body, block: PageBlock) -> Iterator[str]:
    yield from _together(address, body, block)
    for name, value in body.items():
        if name not in block.blocks or not isinstance(value, list):
            continue
        nested = block.blocks[name].block
        for each in value:
            if not isinstance(each, dict):
                continue
            subjects = _SUBJECTS.get(name, ())
            if subjects and each and not any(subject in each for subject in subjects):
                yield f"{address} {name}: says of nothing that it is so"
            if each == {"enabled": True} and any(_WHITHER.search(n) for n in nested.names):
                yield f"{address} {name}: enabled, and nothing says where to"
            if not each and nested.names and not _MAY_BE_EMPTY.match(name):
                yield f"{address} {name}: an empty block"
            yield from _blocks(f"{address} {name}", each, nested)


def _together(address: str, body: Body, block: PageBlock) -> Iterator[str]:
    """What does not go together in one body."""
    texts = {name: value for name, value in body.items() if isinstance(value, str)}
    if texts.get("type") == "AAAA" and any(_V4.match(value) for value in texts.values()):
        yield f"{address}: an IPv4 address in an AAAA record"
    for name, value in texts.items():
        kind = value.lower()
        if re.search(r"(?:^|_)protocol$", name) and kind in _TLS:
            certificates = [n for n in block.names if "certificate" in n]
            if certificates and not any(n in body for n in certificates):
                yield f"{address} {name}: {value} without a certificate"
        if re.search(r"(?:^|_)type$", name):
            configured = [n for n in block.blocks if n.endswith("_config")]
            own = f"{kind}_config"
            if own in configured and own not in body:
                yield f"{address} {name}: {value} without {own}"
    if (
        texts.get("type") == "namespace"
        and "namespaces" in block.names
        and "namespaces" not in body
    ):
        yield f"{address}: of namespaces, and of none"
    if texts.get("starting_position") == "AT_TIMESTAMP" and not any("timestamp" in n for n in body):
        yield f"{address}: from a time on that nothing says"
    if "sftp_config" in body and str(body.get("url", "")).startswith("http"):
        yield f"{address}: SFTP at a web address"
    if texts.get("cluster_type") == "multi-node" and "number_of_nodes" not in body:
        yield f"{address}: several nodes, and nothing says how many"
    if texts.get("encryption_option") == "AWS_OWNED_CMK" and "kms_key_id" in body:
        yield f"{address}: AWS' own key and another one"
