"""Whose fault it is where a deployment fails: the configuration's, or the emulator's. Pure.

moto is not AWS. A resource type whose emulation was tried (:data:`TRIED`) is trusted: what it
refuses counts, and a difference between what was applied and what it shows counts, but for known
quirks. Of any other type a success counts and a failure says nothing. So nothing is held against a
configuration that nobody has seen the emulator do right.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.terraform import output
from sandbox.terraform.base import Problem

_TRIED = (
    "acm_certificate api_gateway_deployment api_gateway_integration api_gateway_method "
    "api_gateway_resource api_gateway_rest_api api_gateway_stage apigatewayv2_api "
    "apigatewayv2_integration apigatewayv2_route apigatewayv2_stage autoscaling_group "
    "batch_compute_environment cloudfront_distribution cloudtrail cloudwatch_event_rule "
    "cloudwatch_event_target cloudwatch_log_group cloudwatch_metric_alarm cognito_user_pool "
    "cognito_user_pool_client db_subnet_group dynamodb_table ebs_volume "
    "ecr_lifecycle_policy ecr_repository ecs_cluster ecs_service ecs_task_definition "
    "efs_file_system eip eks_cluster eks_node_group flow_log glue_catalog_database "
    "iam_group iam_group_membership iam_instance_profile iam_openid_connect_provider "
    "iam_policy iam_role iam_role_policy iam_role_policy_attachment iam_user instance "
    "internet_gateway key_pair kinesis_firehose_delivery_stream kinesis_stream kms_alias "
    "kms_key lambda_event_source_mapping lambda_function lambda_permission launch_template "
    "lb lb_listener lb_target_group nat_gateway network_acl route route53_record "
    "route53_zone route_table route_table_association s3_bucket "
    "s3_bucket_cors_configuration s3_bucket_lifecycle_configuration "
    "s3_bucket_ownership_controls s3_bucket_policy s3_bucket_public_access_block "
    "s3_bucket_server_side_encryption_configuration s3_bucket_versioning "
    "s3_bucket_website_configuration s3_object sagemaker_endpoint "
    "sagemaker_endpoint_configuration sagemaker_model scheduler_schedule "
    "secretsmanager_secret secretsmanager_secret_version security_group security_group_rule "
    "sfn_state_machine sns_topic sns_topic_policy sns_topic_subscription sqs_queue "
    "sqs_queue_policy ssm_parameter subnet vpc vpc_endpoint vpc_security_group_egress_rule "
    "vpc_security_group_ingress_rule wafv2_web_acl "
)

TRIED = frozenset(f"aws_{name}" for name in _TRIED.split())
"""Types that apply, plan empty and are destroyed on moto 5.2 in the tests, each in a usual form."""


@dataclass(frozen=True, slots=True)
class Quirk:
    """An attribute (dotted, without indices) of a type that the emulator does not keep."""

    type: str
    attribute: str
    why: str


QUIRKS = (
    Quirk(
        "aws_cloudfront_distribution",
        "viewer_certificate.ssl_support_method",
        "moto names a method where the certificate is CloudFront's own and has none",
    ),
    Quirk(
        "aws_ecs_service",
        "availability_zone_rebalancing",
        "moto does not keep it, and the provider has a default",
    ),
    Quirk(
        "aws_eks_node_group", "remote_access", "moto shows a block where the node group has none"
    ),
)
"""Differences that do not count, beside those of :func:`_means_the_same`."""

_NOT_OURS_TO_JUDGE = (
    # It failed, or did not answer.
    re.compile(
        r"StatusCode: 5\d\d|StatusCode: 0\b|deserialization failed|connection re(?:set|fused)"
    ),
    # It does not know the call.
    re.compile(r"UnknownOperation|InvalidAction\b|Unknown(?:Error)?:|UnsupportedOperation"),
    # The account is empty: what the configuration takes as there is not. Or it forgot.
    re.compile(
        r"NotFound|NoSuch|DoesNotExist|does not exist|couldn't find resource|empty result"
        r"|no matching|query returned no results"
    ),
    # It knows no rights worth the name, and policies that forbid what is not TLS forbid all of it.
    re.compile(r"StatusCode: 403|AccessDenied|Forbidden|UnauthorizedOperation"),
    # Its lists of names are older than the provider's, which has accepted the value.
    re.compile(r"enum value set"),
    # It never got to the state that the provider waits for.
    re.compile(r"timeout while waiting|context (?:canceled|deadline exceeded)|unexpected state"),
    # It does not show what it was told.
    re.compile(
        r"Provider produced inconsistent|Root object was present|unexpected new value"
        r"|produced an (?:unexpected|invalid)"
    ),
)
_PROVISIONER = re.compile(r"provisioner")
_CONSEQUENCE = "execution halted"


@dataclass(frozen=True, slots=True)
class Drift:
    """What a second plan would do, in words.

    ``own``: the configuration's doing. ``excused``: the emulator's, by a known quirk. ``unsure``:
    of types that were not tried.
    """

    own: tuple[str, ...]
    excused: tuple[str, ...]
    unsure: tuple[str, ...]


def gap_in(problems: Iterable[Problem], *, stuck: bool) -> str:
    """Why the problems of an ``apply`` or ``destroy`` say nothing of the configuration, in words;
    "" where at least one is its own doing. ``stuck``: it was interrupted."""
    errors = [
        item
        for item in problems
        if item.severity == "error" and not item.summary.startswith(_CONSEQUENCE)
    ]
    own = [item for item in errors if item.address and _is_own(item)]
    if not stuck:
        own += [item for item in errors if not item.address and not _is_of_emulator(item)]
    if own or not errors:
        return ""
    first = errors[0]
    what = f"{first.summary}: {first.detail}" if first.detail else first.summary
    return f"{first.address}: {what}" if first.address else what


def drift_of(plan: Mapping[str, Any]) -> Drift:
    """What a second plan (``terraform show -json``) would do, sorted by whose doing it is."""
    own: list[str] = []
    excused: list[str] = []
    unsure: list[str] = []
    only_unknown: list[str] = []
    gone = {
        item["address"]
        for item in plan.get("resource_drift") or ()
        if "delete" in item["change"]["actions"]
    }
    for item in plan.get("resource_changes") or ():
        actions = item["change"]["actions"]
        if item.get("mode") != "managed" or actions in (["no-op"], ["read"], ["forget"]):
            continue
        address, type = str(item["address"]), str(item["type"])
        words = f"{address}: {' and '.join(actions)}"
        if address in gone:
            unsure.append(f"{address} is gone")
            continue
        if actions in (["create"], ["delete"]):
            own.append(words)  # another number of instances, or other keys
            continue
        found = list(_differences(item["change"]))
        counting = [each for each in found if not _is_excused(type, each)]
        words += f" ({', '.join(dict.fromkeys(each.attribute for each in counting or found))})"
        if counting:
            (own if _is_tried(type) else unsure).append(words)
        elif found:
            excused.append(words)
        else:
            only_unknown.append(f"{address}: {' and '.join(actions)} (values known after apply)")
    # A value that is not known yet may be another resource's, which is changed for a quirk.
    (excused if excused or unsure else own).extend(only_unknown)
    if not (own or excused or unsure):
        own.extend(
            f"output {name}"
            for name, change in (plan.get("output_changes") or {}).items()
            if change["actions"] != ["no-op"]
        )
    return Drift(tuple(own), tuple(excused), tuple(unsure))


@dataclass(frozen=True, slots=True)
class _Difference:
    attribute: str
    before: Any
    after: Any


def _differences(change: Mapping[str, Any]) -> Iterator[_Difference]:
    """Where what is there and what is wanted differ, as far as both are known."""
    return _between("", change.get("before"), change.get("after"), change.get("after_unknown"))


def _between(name: str, before: Any, after: Any, unknown: Any) -> Iterator[_Difference]:
    if unknown is True or before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        of = unknown if isinstance(unknown, dict) else {}
        for key in sorted(before.keys() | after.keys()):
            inner = f"{name}.{key}" if name else key
            yield from _between(inner, before.get(key), after.get(key), of.get(key))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        some = unknown if isinstance(unknown, list) else []
        for at, (left, right) in enumerate(zip(before, after, strict=True)):
            yield from _between(name, left, right, some[at] if at < len(some) else None)
    else:
        yield _Difference(name, before, after)


def _is_excused(type: str, difference: _Difference) -> bool:
    return _means_the_same(difference.before, difference.after) or any(
        quirk.type == type
        and (
            difference.attribute == quirk.attribute
            or difference.attribute.startswith(f"{quirk.attribute}.")
        )
        for quirk in QUIRKS
    )


def _means_the_same(left: Any, right: Any) -> bool:
    """Empty where nothing is wanted, or the other way round; and JSON in another lay-out."""
    if _is_empty(left) and _is_empty(right):
        return True
    if isinstance(left, str) and isinstance(right, str):
        try:
            return bool(json.loads(left) == json.loads(right))
        except (ValueError, RecursionError):
            return False
    return False


def _is_empty(value: Any) -> bool:
    if isinstance(value, dict):
        return all(map(_is_empty, value.values()))
    if isinstance(value, list):
        return all(map(_is_empty, value))
    return value in (None, "", 0, False)


def _is_own(problem: Problem) -> bool:
    if _PROVISIONER.search(problem.summary):
        return True
    return not _is_of_emulator(problem) and _is_tried(_type_of(problem.address))


def _is_of_emulator(problem: Problem) -> bool:
    text = f"{problem.summary}: {problem.detail}"
    return bool(output.emulator_gap([problem]) or output.emulator_fault([problem])) or any(
        pattern.search(text) for pattern in _NOT_OURS_TO_JUDGE
    )


def _is_tried(type: str) -> bool:
    """Types of other providers than AWS do not depend on the emulator."""
    return type in TRIED or not type.startswith("aws_")


def _type_of(address: str) -> str:
    """The type in ``module.a["x.y"].aws_vpc.main[0]``."""
    plain = re.sub(r"\[[^\]]*+\]?", "", address)
    parts = re.sub(r"^(?:module\.[^.]+\.)+", "", plain).split(".")
    return parts[1] if parts[0] == "data" and len(parts) > 1 else parts[0]
