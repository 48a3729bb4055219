"""What the documentation teacher asks for is plausible: each kind of fault that readers named."""

import json
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Any

import botocore
import pytest

from datagen.sources.documentation.completion import (
    Completion,
    Configuration,
)
from datagen.sources.documentation.essentials import told_apart, with_essentials
from datagen.sources.documentation.fallbacks import fallback, options_in
from datagen.sources.documentation.learnt import Learnt, meant
from datagen.sources.documentation.lint import silly_signs
from datagen.sources.documentation.naming import (
    SILLY,
    Spot,
    invented,
    is_name,
    name_for,
    names_another,
    sensible,
)
from datagen.sources.documentation.obsolete import closed, retired, successor
from datagen.sources.documentation.pages import PageBlock, Pages, TypePage
from datagen.sources.documentation.regions import offered
from datagen.sources.documentation.rendering import Setting, filled
from datagen.sources.documentation.topics import Built, topic_of
from datagen.sources.documentation.trust import OPEN, open_policy, principal, trusting
from datagen.sources.documentation.values import (
    Choice,
    JsonText,
    Name,
    Network,
    Ref,
    WrittenResource,
    leaves,
)
from datagen.sources.documentation.variation import with_choices
from datagen.sources.documentation.wording import Teller, kind_of
from datagen.vocabulary import REGIONS

TEXT = {"type": "string", "optional": True}
NEEDED = {"type": "string", "required": True}
NUMBER = {"type": "number", "optional": True}
ID = {"type": "string", "optional": True, "computed": True}
ARN = {"type": "string", "computed": True}


def page(
    type: str,
    cls: str,
    attributes: Mapping[str, Any],
    *,
    blocks: Mapping[str, Any] | None = None,
    texts: Mapping[str, str] | None = None,
    examples: tuple[str, ...] = (),
) -> TypePage:
    schema = PageBlock.of({"attributes": {"id": ID, **attributes}, "block_types": blocks or {}})
    return TypePage(type, cls, "Provides a resource.", texts or {}, examples, schema)


def block(attributes: Mapping[str, Any], least: int = 0) -> dict[str, Any]:
    return {
        "nesting_mode": "list",
        "min_items": least,
        "max_items": 1,
        "block": {"attributes": attributes, "block_types": {}},
    }


def example(cls: str, arguments: str) -> str:
    return f'import pulumi_aws as aws\n\nexample = aws.{cls}("example", {arguments})\n'


ALL = [
    page("aws_vpc", "ec2.Vpc", {"cidr_block": TEXT, "arn": ARN}),
    page("aws_network_interface", "ec2.NetworkInterface", {"subnet_id": NEEDED}),
    page("aws_acm_certificate", "acm.Certificate", {"domain_name": TEXT, "arn": ARN}),
    page("aws_iam_role", "iam.Role", {"name": TEXT, "assume_role_policy": NEEDED, "arn": ARN}),
    page(
        "aws_ses_receipt_rule_set",
        "ses.ReceiptRuleSet",
        {"rule_set_name": NEEDED},
        examples=(example("ses.ReceiptRuleSet", 'rule_set_name="primary-rules"'),),
    ),
    page(
        "aws_ses_receipt_rule",
        "ses.ReceiptRule",
        {"name": NEEDED, "rule_set_name": NEEDED},
        examples=(example("ses.ReceiptRule", 'name="store", rule_set_name="default-rule-set"'),),
    ),
    page(
        "aws_lambda_function",
        "lambda.Function",
        {"function_name": NEEDED, "role": NEEDED, "arn": ARN, "runtime": TEXT},
    ),
    page("aws_worklink_fleet", "worklink.Fleet", {"name": NEEDED}),
    page("aws_devicefarm_project", "devicefarm.Project", {"name": NEEDED, "arn": ARN}),
    page("aws_apprunner_connection", "apprunner.Connection", {"connection_name": NEEDED}),
    page("aws_dx_connection", "directconnect.Connection", {"name": TEXT, "location": TEXT}),
    page("aws_ram_resource_share_accepter", "ram.ResourceShareAccepter", {"share_arn": NEEDED}),
    page("aws_route53_record", "route53.Record", {"name": TEXT, "type": TEXT, "target": TEXT}),
    page(
        "aws_connect_quick_connect",
        "connect.QuickConnect",
        {"name": TEXT},
        blocks={
            "quick_connect_config": {
                "nesting_mode": "list",
                "block": {
                    "attributes": {"quick_connect_type": TEXT},
                    "block_types": {"queue_config": block({"queue_id": TEXT})},
                },
            }
        },
    ),
    page(
        "aws_elb",
        "elb.LoadBalancer",
        {"name": TEXT, "availability_zones": {"type": ["set", "string"], "optional": True}},
        blocks={
            "listener": block({"lb_port": NUMBER, "lb_protocol": TEXT, "ssl_certificate_id": TEXT})
        },
    ),
    page("aws_vpc_endpoint", "ec2.VpcEndpoint", {"vpc_id": NEEDED, "service_name": TEXT}),
    page(
        "aws_rds_cluster",
        "rds.Cluster",
        {
            "master_username": TEXT,
            "manage_master_user_password": {"type": "bool", "optional": True},
        },
    ),
    page(
        "aws_ec2_traffic_mirror_target", "ec2.TrafficMirrorTarget", {"network_interface_id": TEXT}
    ),
    page(
        "aws_ec2_traffic_mirror_session",
        "ec2.TrafficMirrorSession",
        {"network_interface_id": NEEDED, "traffic_mirror_target_id": NEEDED},
    ),
    page(
        "aws_ce_cost_allocation_tag",
        "costexplorer.CostAllocationTag",
        {"tag_key": NEEDED},
    ),
    page(
        "aws_ecr_repository",
        "ecr.Repository",
        {"name": NEEDED, "image_tag_mutability": TEXT, "status": TEXT, "port": NUMBER},
        texts={
            "image_tag_mutability": "Valid values are `MUTABLE` and `IMMUTABLE`.",
            "status": "Valid values are `ENABLED` and `DISABLED`.",
        },
    ),
]
PAGES = Pages({each.type: each for each in ALL}, {each.cls: each.type for each in ALL}, "", "x")


def one(type: str, body: dict[str, Any], label: str = "main") -> WrittenResource:
    return WrittenResource(type, label, body)


def signs(*resources: WrittenResource) -> str:
    return "; ".join(silly_signs(Configuration(resources), PAGES.pages))


def completed(type: str) -> Configuration:
    found = PAGES.pages[type]
    text = found.examples[0] if found.examples else ""
    return Completion(PAGES, Learnt.of(PAGES), found).configuration(text)


@pytest.mark.parametrize(
    ("type", "argument", "text", "target", "does"),
    [
        ("aws_dms_endpoint", "certificate_arn", "ARN for the certificate.",
         "aws_acm_certificate", False),
        ("aws_lb_listener", "certificate_arn", "ARN of the ACM certificate.",
         "aws_acm_certificate", True),
        ("aws_serverlessapplicationrepository_cloudformation_stack", "application_id",
         "The ARN of the application.", "aws_pinpoint_app", False),
        ("aws_route53recoverycontrolconfig_control_panel", "cluster_arn", "ARN of the cluster.",
         "aws_msk_cluster", False),
        ("aws_msk_scram_secret_association", "cluster_arn", "", "aws_msk_cluster", True),
        ("aws_dms_endpoint", "kms_key_arn", "", "aws_kms_key", True),
        ("aws_batch_job_queue", "role_arn", "", "aws_iam_role", True),
    ],
)  # fmt: skip
def test_an_argument_refers_to_what_it_names(
    type: str, argument: str, text: str, target: str, does: bool
) -> None:
    assert meant(type, argument, text, target) is does


def test_a_setting_is_not_read_from_a_resource_that_an_example_has_it_of() -> None:
    learnt = Learnt({("aws_rds_cluster", ("engine",)): ("aws_rds_global_cluster", "engine")}, {})
    assert learnt.target(PAGES.pages["aws_rds_cluster"], ("engine",)) is None


@pytest.mark.parametrize(
    ("type", "service", "argument", "expected"),
    [
        ("aws_batch_compute_environment", "batch", "service_role", "batch"),
        ("aws_lambda_function", "lambda", "role", "lambda"),
        ("aws_flow_log", "ec2", "iam_role_arn", "vpc-flow-logs"),
        ("aws_rds_cluster", "rds", "monitoring_role_arn", "monitoring.rds"),
    ],
)
def test_a_role_trusts_the_service_that_is_given_it(
    type: str, service: str, argument: str, expected: str
) -> None:
    role = one("aws_iam_role", {"assume_role_policy": open_policy()})
    user = one(type, {argument: Ref("aws_iam_role", "main", "arn")})
    (trusted, _) = trusting([role, user], {type: service})
    found = [leaf for way, leaf in leaves(trusted.body) if way[-1] == "Service"]
    assert found == [f"{expected}.amazonaws.com"]
    assert principal(type, service, argument) == found[0]


def test_a_role_without_a_user_is_closed_and_a_written_policy_stays() -> None:
    alone = one("aws_iam_role", {"assume_role_policy": open_policy()})
    (closed_role,) = trusting([alone], {})
    assert OPEN not in [leaf for _, leaf in leaves(closed_role.body)]
    policy = JsonText({"Statement": [{"Principal": {"Service": "config.amazonaws.com"}}]})
    written = one("aws_iam_role", {"assume_role_policy": policy})
    assert trusting([written], {}) == [written]


def test_a_companion_s_own_role_trusts_the_companion_s_service() -> None:
    found = completed("aws_lambda_function")
    role = next(each for each in found.resources if each.type == "aws_iam_role")
    assert "lambda.amazonaws.com" in [leaf for _, leaf in leaves(role.body)]


def test_a_name_that_stands_for_another_thing_refers_to_it() -> None:
    found = completed("aws_ses_receipt_rule")
    rule = next(each for each in found.resources if each.type == "aws_ses_receipt_rule")
    assert rule.body["rule_set_name"] == Ref("aws_ses_receipt_rule_set", "main", "rule_set_name")


@pytest.mark.parametrize(
    ("type", "argument", "another"),
    [
        ("aws_ses_receipt_rule", "rule_set_name", True),
        ("aws_lex_bot_alias", "bot_name", True),
        ("aws_medialive_multiplex_program", "multiplex_id", True),
        ("aws_backup_vault_notifications", "backup_vault_name", True),
        ("aws_lambda_function", "function_name", False),
        ("aws_rds_cluster", "cluster_identifier", False),
        ("aws_rds_cluster", "database_name", False),
        ("aws_sqs_queue", "name", False),
    ],
)
def test_whose_name_an_argument_is(type: str, argument: str, another: bool) -> None:
    assert names_another(type, argument) is another


def test_no_name_is_made_up_for_an_id_that_aws_gives() -> None:
    blueprint = ("environment_blueprint_identifier",)
    assert (
        fallback(Spot("aws_datazone_environment_profile", blueprint, "", ""), "string", "") is None
    )
    own = Spot("aws_dms_endpoint", ("endpoint_id",), "", "")
    assert isinstance(fallback(own, "string", "dms"), Name)


def test_a_name_of_another_thing_is_called_for_that_thing() -> None:
    space = ("space_name",)
    names = {
        name_for(Spot(type, space, "a-b", ""))
        for type in ("aws_codecatalyst_project", "aws_codecatalyst_dev_environment")
    }
    assert names == {Name("", "kebab", "-space")}


def test_a_repeated_own_name_is_told() -> None:
    name = Name("", "kebab", "-rule")
    rule = one("aws_ses_receipt_rule", {"name": name, "rule_set_name": name})
    assert "repeats the resource's own name" in signs(rule)


@pytest.mark.parametrize(
    "text",
    ["Custom-Header", "Added by SES", "NAME OF CUSTOM DATA IDENTIFIER", "keyword", "ignore",
     "testUserId", "OrderFlowers", "dxcon-zzzzzzzz", "ssh-rsa AAAAB3NYourKeysHere", "nyckel",
     "tfWAFRule", "stack display name", "ENTITY_1"],
)  # fmt: skip
def test_documentation_s_leftovers_are_silly(text: str) -> None:
    assert SILLY.search(text)


@pytest.mark.parametrize(
    "text", ["orders-prod-key", "user-events", "X-Request-Id", "mysql", "latest", "KEYWORDS_ONLY"]
)
def test_words_that_somebody_means_are_not(text: str) -> None:
    assert not SILLY.search(text)


def test_what_is_one_of_several_is_no_name() -> None:
    said = "Name of the setting. One of `serviceLongArnFormat`, `containerInsights`."
    assert not is_name(
        Spot("aws_ecs_account_setting_default", ("name",), "containerInsights", said)
    )
    assert is_name(Spot("aws_ecs_cluster", ("name",), "white-hart", "Name of the cluster."))


def test_ids_that_aws_gave_somebody_are_invented() -> None:
    assert invented("2N8w6XJCwZf")
    assert invented("aaaaaaaa-bbbb-cccc-dddd-111111111111")
    assert not invented("AmazonLinux2023")
    assert not invented("HmacSHA256")
    assert not invented("PowerUserAccess")


@pytest.mark.parametrize(
    ("value", "following"),
    [
        ("dc1.large", "ra3.large"),
        ("64bit Amazon Linux 2015.09 v2.0.8 running Go 1.4",
         "64bit Amazon Linux 2023 v4.3.0 running Python 3.11"),
        ("FLINK-1_8", "FLINK-1_20"),
        ("nodejs12.x", "nodejs20.x"),
        ("db.t2.micro", "db.t3.medium"),
        ("ami-12345678", "ami-0c2b8ca1dad447f8a"),
    ],
)  # fmt: skip
def test_what_is_retired_has_a_successor(value: str, following: str) -> None:
    assert successor(value) == following
    assert not retired(following)
    assert successor(following) == following


def test_services_that_are_shut_down_are_closed() -> None:
    assert closed("aws_worklink_fleet")
    assert closed("aws_lex_bot")
    assert not closed("aws_lexv2models_bot")
    assert "closed" in signs(one("aws_worklink_fleet", {"name": "fleet"}))


@pytest.mark.parametrize(
    ("resources", "sign"),
    [
        ([one("aws_route53_record", {"type": "AAAA", "target": "127.0.0.1"})], "IPv4"),
        ([one("aws_ram_resource_share_accepter", {"share_arn": "x"})], "same account"),
        (
            [one("aws_connect_quick_connect", {"quick_connect_config": [{"quick_connect_type":
             "QUEUE"}]})],
            "QUEUE without queue_config",
        ),
        ([one("aws_connect_quick_connect", {"quick_connect_config": [{}]})], "an empty block"),
        ([one("aws_elb", {"availability_zones": ["a"], "listener": [{"lb_protocol": "https"}]})],
         "https without a certificate"),
        ([one("aws_elb", {"listener": [{"lb_protocol": "http"}]})], "works with none of"),
        (
            [
                one("aws_ec2_traffic_mirror_target",
                    {"network_interface_id": Ref("aws_network_interface", "main", "id")}),
                one("aws_ec2_traffic_mirror_session", {
                    "network_interface_id": Ref("aws_network_interface", "main", "id"),
                    "traffic_mirror_target_id": Ref("aws_ec2_traffic_mirror_target", "main", "id"),
                }),
            ],
            "network_interface_id of",
        ),
        (
            [one("aws_vpc", {"cidr_block": Network(0, 16)}),
             one("aws_route53_record", {"target": Network(0, 16)})],
            "overlaps the VPC",
        ),
    ],
)  # fmt: skip
def test_contradictions_are_told(resources: list[WrittenResource], sign: str) -> None:
    assert sign in signs(*resources)


def test_what_goes_together_is_not_told() -> None:
    quick = {"quick_connect_type": "QUEUE", "queue_config": [{"queue_id": "x"}]}
    assert not signs(one("aws_connect_quick_connect", {"quick_connect_config": [quick]}))
    record = {"type": "AAAA", "target": "2001:db8::1"}
    assert not signs(one("aws_route53_record", record))


def test_a_listener_that_speaks_tls_gets_a_certificate() -> None:
    page_of = PAGES.pages["aws_elb"]
    listener = 'listeners=[{"lb_port": 443, "lb_protocol": "https"}]'
    found = Completion(PAGES, Learnt.of(PAGES), page_of).configuration(
        example("elb.LoadBalancer", listener)
    )
    assert "aws_acm_certificate" in {each.type for each in found.resources}
    assert not silly_signs(found, PAGES.pages)


def test_what_nothing_works_without_is_added() -> None:
    endpoint = one("aws_vpc_endpoint", {"vpc_id": "x"})
    made = with_essentials(endpoint, PAGES.pages["aws_vpc_endpoint"].schema, frozenset())
    assert filled(made.body["service_name"], Setting()) == "com.amazonaws.eu-central-1.s3"
    database = one("aws_rds_cluster", {"master_username": "orders"})
    made = with_essentials(database, PAGES.pages["aws_rds_cluster"].schema, frozenset())
    assert made.body["manage_master_user_password"] is True


def test_two_of_a_type_are_called_differently() -> None:
    twins = [one("aws_ecr_repository", {"name": Name("", "kebab", "-a")}, x) for x in "ab"]
    assert [each.body["name"] for each in told_apart(twins)] == [
        Name("", "kebab", "-a"), Name("", "kebab", "-a-2"),
    ]  # fmt: skip


def test_a_client_s_network_is_none_of_the_vpc_s() -> None:
    spot = Spot("aws_ec2_client_vpn_endpoint", ("client_cidr_block",), "10.0.0.0/16", "")
    assert sensible(spot) == "172.16.0.0/22"


def test_a_service_is_asked_for_where_it_is_offered() -> None:
    assert offered([one("aws_devicefarm_project", {"name": "x"})], PAGES.pages) == ["us-west-2"]
    assert "eu-north-1" not in offered([one("aws_apprunner_connection", {})], PAGES.pages)
    assert offered([one("aws_dx_connection", {"location": "EqDC2"})], PAGES.pages) == ["us-east-1"]
    both = [one("aws_devicefarm_project", {}), one("aws_dx_connection", {"location": "EqDC2"})]
    assert "no region offers all of it" in signs(*both)
    assert list(offered([one("aws_vpc", {})], PAGES.pages)) == list(REGIONS)


def test_a_task_s_region_is_one_of_them() -> None:
    built = Built("aws_devicefarm_project", 0, Configuration((one("aws_devicefarm_project", {}),)))
    topic = topic_of(built, PAGES.pages)
    assert {topic.sample(Random(seed)).region for seed in range(8)} == {"us-west-2"}


@pytest.mark.parametrize(
    ("service", "endpoint"),
    [("apprunner", "apprunner"), ("connect", "connect"), ("devicefarm", "devicefarm"),
     ("kendra", "kendra"), ("lex", "models.lex"), ("simpledb", "sdb"), ("ivs", "ivs"),
     ("workspacesweb", "workspaces-web"), ("codegurureviewer", "codeguru-reviewer"),
     ("grafana", "grafana"), ("cleanrooms", "cleanrooms"), ("auditmanager", "auditmanager")],
)  # fmt: skip
def test_the_regions_are_those_of_the_service_s_endpoints(service: str, endpoint: str) -> None:
    path = Path(botocore.__file__).parent / "data" / "endpoints.json"
    (aws, *_) = json.loads(path.read_text())["partitions"]
    there = set(aws["services"][endpoint]["endpoints"])
    type = f"aws_{service}_thing"
    pages = {type: page(type, f"{service}.Thing", {})}
    assert set(offered([one(type, {})], pages)) == there & set(REGIONS)


def test_a_choice_that_decides_what_else_is_there_does_not_vary() -> None:
    body = {"image_tag_mutability": "MUTABLE", "status": "ENABLED", "port": 5432}
    found = with_choices(
        Configuration((one("aws_ecr_repository", body),)), PAGES, numbers=True, texts=True
    )
    (varied,) = found.resources
    assert isinstance(varied.body["image_tag_mutability"], Choice)
    assert varied.body["status"] == "ENABLED"
    assert varied.body["port"] == 5432


def test_a_number_that_a_text_repeats_does_not_vary() -> None:
    body = {"port": 8000, "status": "HTTP:8000/"}
    found = with_choices(
        Configuration((one("aws_ecr_repository", body),)), PAGES, numbers=True, texts=True
    )
    assert found.resources[0].body["port"] == 8000


def test_an_invented_id_that_nothing_replaces_refuses_the_example() -> None:
    page_of = PAGES.pages["aws_ecr_repository"]
    program = example("ecr.Repository", 'name="apps", status="2N8w6XJCwZf"')
    found = Completion(PAGES, Learnt.of(PAGES), page_of).configuration(program)
    assert any("an invented id" in sign for sign in silly_signs(found, PAGES.pages))


def test_a_member_is_another_account() -> None:
    page_of = page("aws_ecr_member", "ecr.Member", {"account_id": NEEDED})
    pages = Pages({**PAGES.pages, page_of.type: page_of}, PAGES.types, "", "x")
    (member,) = Completion(pages, Learnt.of(pages), page_of).configuration("").resources
    assert member.body["account_id"] == "418302917744"


def test_what_must_stand_beside_is_there() -> None:
    pool = page("aws_vpc_ipam_pool", "ec2.VpcIpamPool", {"address_family": TEXT})
    cidr = page(
        "aws_vpc_ipam_pool_cidr", "ec2.VpcIpamPoolCidr",
        {"ipam_pool_id": NEEDED, "cidr": TEXT},
        examples=(example("ec2.VpcIpamPoolCidr", 'ipam_pool_id=pool["id"], cidr="172.20.0.0/16"'),),
    )  # fmt: skip
    taken = page(
        "aws_vpc_ipam_pool_cidr_allocation", "ec2.VpcIpamPoolCidrAllocation",
        {"ipam_pool_id": NEEDED, "cidr": TEXT},
        examples=(
            "import pulumi_aws as aws\n\n"
            'pool = aws.ec2.VpcIpamPool("pool", address_family="ipv4")\n'
            'taken = aws.ec2.VpcIpamPoolCidrAllocation("taken", ipam_pool_id=pool.id,'
            ' cidr="172.20.0.0/24")\n',
        ),
    )  # fmt: skip
    own = {each.type: each for each in (pool, cidr, taken)}
    pages = Pages(own, {each.cls: each.type for each in own.values()}, "", "x")
    found = Completion(pages, Learnt.of(pages), taken).configuration(taken.examples[0])
    assert own.keys() == {each.type for each in found.resources}
    assert not silly_signs(found, own)


def test_a_parameter_hands_on_an_arn_and_no_id_that_repeats_what_is_known() -> None:
    for type, joined in (("aws_devicefarm_project", True), ("aws_ce_cost_allocation_tag", False)):
        completion = Completion(PAGES, Learnt.of(PAGES), PAGES.pages[type])
        assert (completion.joined(Configuration((one(type, {}),))) is not None) is joined


def test_no_link_to_another_page_is_an_option() -> None:
    assert options_in("Valid values are `securityhub.ProductSubscription` and `ONE`.") == ["ONE"]


def test_the_page_counts_the_readers_noes_by_kind() -> None:
    docs = Path(__file__).parents[3] / "docs"
    rows = [
        line.split("\t")
        for line in (docs / "documentation-teacher-noes.tsv").read_text().splitlines()[1:]
    ]
    table = (docs / "documentation-teacher.md").read_text().partition("| kind | tasks |")[2]
    counted = {
        kind: int(count) for kind, count in re.findall(r"^\| ([a-z ]+) \| (\d+) \|", table, re.M)
    }
    assert counted == Counter(kind for _, _, _, kind, _ in rows)
    assert all(became for *_, became in rows)


def test_words_can_be_read() -> None:
    said = Teller([], PAGES.pages).said("disabled", False)
    assert said == "not disabled"
    introduction = "Provides an ECS  resource tag for a thing."
    assert "  " not in kind_of(TypePage("aws_ecs_tag", "", introduction, {}, (), PageBlock({}, {})))
