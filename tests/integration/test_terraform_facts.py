"""What answers look up in every account is found: images, parameters, versions, policies."""

from collections.abc import Mapping
from typing import Any

import pytest

from rewardsvc.verification.verifier import Workbench
from sandbox.emulated.facts import image_id
from sandbox.lack import LackKind
from sandbox.terraform import TerraformOutcome

pytestmark = pytest.mark.asyncio(loop_scope="session")

REGION = "eu-west-1"


def _image(owner: str, pattern: str, *filters: str) -> str:
    named = [f"name={pattern}", *filters]
    blocks = "".join(
        f'  filter {{\n    name   = "{name}"\n    values = ["{value}"]\n  }}\n'
        for name, _, value in (each.partition("=") for each in named)
    )
    return f'most_recent = true\n  owners      = ["{owner}"]\n{blocks}'


FOUND: Mapping[str, tuple[str, str, str, object]] = {
    "ubuntu, as its own documentation looks it up": (
        "aws_ami",
        _image(
            "099720109477",
            "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-*",
            "virtualization-type=hvm",
            "root-device-type=ebs",
            "architecture=x86_64",
            "ena-support=true",
        ),
        "id",
        image_id(REGION, "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-20251212"),
    ),
    "the newest of several releases": (
        "aws_ami",
        _image("amazon", "ubuntu/images/hvm-ssd/ubuntu-*-arm64-server-*"),
        "name",
        "ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-arm64-server-20251015",
    ),
    "windows": (
        "aws_ami",
        _image("amazon", "Windows_Server-2022-English-Full-Base-*", "platform=windows"),
        "platform",
        "windows",
    ),
    "an image of amazon, of which moto has one": (
        "aws_ami",
        _image("amazon", "al2023-ami-2023*-kernel-6.1-x86_64"),
        "architecture",
        "x86_64",
    ),
    "nodes of eks": (
        "aws_ami", _image("602401143452", "amazon-eks-node-1.29-v*"), "owner_id", "602401143452"
    ),
    "debian": (
        "aws_ami", _image("136693071363", "debian-12-amd64-*"), "root_device_name", "/dev/xvda"
    ),
    "a parameter of canonical": (
        "aws_ssm_parameter",
        'name = "/aws/service/canonical/ubuntu/server/22.04/stable/current/amd64/hvm/ebs-gp2'
        '/ami-id"',
        "insecure_value",
        image_id(REGION, "ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-amd64-server-20251015"),
    ),
    "a parameter of eks": (
        "aws_ssm_parameter",
        'name = "/aws/service/eks/optimized-ami/1.29/amazon-linux-2/recommended/image_id"',
        "insecure_value",
        image_id(REGION, "amazon-eks-node-1.29-v20240928"),
    ),
    "a parameter of moto's own": (
        "aws_ssm_parameter",
        'name = "/aws/service/global-infrastructure/regions/eu-west-1/longName"',
        "type",
        "String",
    ),
    "an add-on": (
        "aws_eks_addon_version",
        'addon_name = "coredns"\n  kubernetes_version = "1.33"\n  most_recent = true',
        "version",
        "v1.12.1-eksbuild.2",
    ),
    "a database on offer": (
        "aws_rds_orderable_db_instance",
        'engine                     = "mysql"\n  engine_version             = "8.0.35"\n'
        '  storage_type               = "gp3"\n'
        '  preferred_instance_classes = ["db.x9.none", "db.t3.micro"]',
        "instance_class",
        "db.t3.micro",
    ),
    "a version of a database": (
        "aws_rds_engine_version",
        'engine = "aurora-postgresql"\n  version = "16"\n  latest = true',
        "parameter_group_family",
        "aurora-postgresql16",
    ),
    "a version of documentdb": (
        "aws_docdb_engine_version", 'version = "5.0.0"', "parameter_group_family", "docdb5.0"
    ),
    "a version of kafka": (
        "aws_msk_kafka_version", 'preferred_versions = ["9.9.9", "3.5.1"]', "version", "3.5.1"
    ),
    "a cache policy": (
        "aws_cloudfront_cache_policy", 'name = "Managed-CachingOptimized"', "default_ttl", 86400
    ),
    "an origin request policy": (
        "aws_cloudfront_origin_request_policy",
        'id = "b689b0a8-53d0-40ab-baf2-68738e2966ac"',
        "name",
        "Managed-AllViewerExceptHostHeader",
    ),
    "a policy of response headers": (
        "aws_cloudfront_response_headers_policy",
        'name = "Managed-CORS-with-preflight-and-SecurityHeadersPolicy"',
        "id",
        "eaab4381-ed33-4a86-88ca-d9558dc6cd63",
    ),
}  # fmt: skip
"""A data source, its arguments, and what one of its attributes is."""

UNKNOWN: Mapping[str, tuple[str, str]] = {
    "an image that nobody has": ("aws_ami", _image("099720109477", "ubuntu-9.99-*")),
    "ranges of addresses, which another host serves": ("aws_ip_ranges", 'services = ["ec2"]'),
    "a path that the emulator does not have": ("aws_mq_broker_engine_types", ""),
    "a call that the emulator does not have": ("aws_redshift_orderable_cluster", ""),
    "a service with hosts of its own": ("aws_location_map", 'map_name = "here"'),
    "an engine that the table does not have": ("aws_rds_engine_version", 'engine = "oracle-ee"'),
    "a certificate, which the provider waits for": (
        "aws_acm_certificate", 'domain = "example.com"\n  statuses = ["ISSUED"]'
    ),
    "a role of a session, which it waits for too": (
        "aws_iam_session_context",
        'arn = "arn:aws:sts::123456789012:assumed-role/deployer/session"',
    ),
    "a policy that is none of the managed ones": (
        "aws_cloudfront_cache_policy", 'name = "Mine"'
    ),
}  # fmt: skip


def _looking_up(lookups: Mapping[str, tuple[str, str]]) -> Mapping[str, bytes]:
    data = "".join(
        f'data "{type}" "x{number}" {{\n  {arguments}\n}}\n\n'
        for number, (type, arguments) in enumerate(lookups.values())
    )
    queue = 'resource "aws_sqs_queue" "q" {\n  name = "q"\n}\n'
    return {"main.tf": f'provider "aws" {{\n  region = "{REGION}"\n}}\n\n{data}{queue}'.encode()}


def _seen(outcome: TerraformOutcome) -> Mapping[str, Mapping[str, Any]]:
    """What the plan has read, by address."""
    assert outcome.plan_json is not None, (outcome.validate, outcome.plan)
    resources = outcome.plan_json["prior_state"]["values"]["root_module"]["resources"]
    return {each["address"]: each["values"] for each in resources}


async def test_what_every_account_sees_is_found(warm: Workbench) -> None:
    assert warm.terraform is not None
    files = _looking_up({name: row[:2] for name, row in FOUND.items()})
    seen = _seen(await warm.terraform.run(files))
    found = {
        name: seen[f"data.{row[0]}.x{number}"][row[2]]
        for number, (name, row) in enumerate(FOUND.items())
    }
    assert found == {name: row[3] for name, row in FOUND.items()}


@pytest.mark.parametrize("name", UNKNOWN)
async def test_what_is_still_unknown_is_lacking_and_no_fault(name: str, warm: Workbench) -> None:
    """A fault would leave the answer UNSCORED on any task, by its own choice."""
    assert warm.terraform is not None
    outcome = await warm.terraform.run(_looking_up({name: UNKNOWN[name]}))
    assert [(lack.kind, lack.overlooked) for lack in outcome.lacking] == [(LackKind.FACT, False)]


@pytest.mark.slow
async def test_cold_finds_the_same(warm: Workbench, cold: Workbench) -> None:
    assert warm.terraform is not None and cold.terraform is not None
    files = _looking_up({name: row[:2] for name, row in FOUND.items()})
    quick, reference = (
        _seen(await warm.terraform.run(files)),
        _seen(await cold.terraform.run(files)),
    )
    for name, row in FOUND.items():
        address = f"data.{row[0]}.x{list(FOUND).index(name)}"
        assert quick[address][row[2]] == reference[address][row[2]]
