"""What the documentation teacher asks for is plausible: the second readers' kinds of faults."""

from collections.abc import Mapping
from random import Random
from typing import Any

import pytest

from datagen.brief import CLOSE, OPEN
from datagen.sources.documentation.companions import LABELLED, TEMPLATES
from datagen.sources.documentation.completion import Completion, Configuration
from datagen.sources.documentation.essentials import TOGETHER, told_apart, with_essentials
from datagen.sources.documentation.fallbacks import fallback
from datagen.sources.documentation.instruction import instruct
from datagen.sources.documentation.labels import connected, one_region
from datagen.sources.documentation.learnt import Learnt
from datagen.sources.documentation.lint import silly_signs
from datagen.sources.documentation.naming import (
    ACCOUNT,
    SILLY,
    Spot,
    documented_address,
    invented,
    past,
    sensible,
)
from datagen.sources.documentation.obsolete import closed, retired, successor
from datagen.sources.documentation.pages import PageBlock, Pages, TypePage
from datagen.sources.documentation.particulars import PARTICULARS
from datagen.sources.documentation.regions import offered
from datagen.sources.documentation.rendering import Setting, elsewhere, filled
from datagen.sources.documentation.topics import Built, topic_of
from datagen.sources.documentation.trust import principal
from datagen.sources.documentation.values import (
    Body,
    JsonText,
    Name,
    Ref,
    Template,
    Value,
    WrittenResource,
    leaves,
    references,
)
from datagen.sources.documentation.variation import with_choices
from datagen.sources.documentation.wording import Teller
from datagen.vocabulary import REGIONS

TEXT = {"type": "string", "optional": True}
NEEDED = {"type": "string", "required": True}
ARN = {"type": "string", "computed": True}
MAP = {"type": ["map", "string"], "optional": True}
LIST = {"type": ["list", "string"], "optional": True}


def block(attributes: Mapping[str, Any], inner: Mapping[str, Any] | None = None) -> dict[str, Any]:
    return {
        "nesting_mode": "list",
        "block": {"attributes": attributes, "block_types": inner or {}},
    }


def page(
    type: str,
    attributes: Mapping[str, Any],
    blocks: Mapping[str, Any] | None = None,
    text: str = "",
) -> TypePage:
    schema = PageBlock.of(
        {
            "attributes": {"id": {"type": "string", "computed": True}, **attributes},
            "block_types": blocks or {},
        }
    )
    cls = "x." + type.removeprefix("aws_").title().replace("_", "")
    return TypePage(type, cls, "Provides a thing.", {}, (text,) if text else (), schema)


ALL = [
    page("aws_vpc", {"cidr_block": TEXT}),
    page("aws_subnet", {"vpc_id": TEXT, "cidr_block": TEXT, "availability_zone": TEXT}),
    page("aws_s3_bucket", {"bucket": TEXT, "arn": ARN}),
    page("aws_acm_certificate", {
        "domain_name": TEXT, "validation_method": TEXT, "certificate_authority_arn": TEXT,
        "arn": ARN,
    }),
    page("aws_acmpca_certificate_authority", {"type": TEXT, "arn": ARN}, {
        "certificate_authority_configuration": block({"key_algorithm": TEXT}),
    }),
    page("aws_cloudwatch_log_group", {"name": TEXT}),
    page("aws_ec2_client_vpn_endpoint", {"server_certificate_arn": NEEDED}, {
        "authentication_options": block({"type": TEXT, "root_certificate_chain_arn": TEXT}),
        "connection_log_options": block({"enabled": TEXT, "cloudwatch_log_group": TEXT}),
    }),
    page("aws_sqs_queue", {"name": TEXT}),
    page(
        "aws_sqs_queue_policy",
        {"queue_url": NEEDED, "policy": TEXT},
        text='import pulumi_aws as aws\nspare = aws.x.S3Bucket("spare", bucket="files")\n'
        'queue = aws.x.SqsQueue("queue", name="jobs")\n'
        'policy = aws.x.SqsQueuePolicy("policy", queue_url=queue.id, policy="{}")\n',
    ),
    page("aws_networkfirewall_rule_group", {"name": TEXT, "type": TEXT, "arn": ARN}),
    page("aws_networkfirewall_firewall_policy", {"name": TEXT}, {
        "firewall_policy": block({}, {
            "stateless_rule_group_reference": block({"resource_arn": TEXT}),
        }),
    }),
    page("aws_route53_record", {"name": TEXT, "type": TEXT, "records": LIST}, {
        "alias": block({"name": TEXT}),
    }),
    page("aws_glue_trigger", {"name": TEXT}, {
        "predicate": block({}, {"conditions": block({"job_name": TEXT, "state": TEXT})}),
    }),
    page("aws_eks_access_policy_association", {"cluster_name": TEXT}, {
        "access_scope": block({"type": TEXT, "namespaces": LIST}),
    }),
    page("aws_xray_sampling_rule", {"rule_name": TEXT, "attributes": MAP}),
    page("aws_kms_replica_key", {"primary_key_arn": TEXT}),
    page("aws_kms_custom_key_store", {"name": TEXT}),
    page("aws_lambda_event_source_mapping", {"starting_position": TEXT}),
    page("aws_dynamodb_table", {"name": TEXT}),
]  # fmt: skip
PAGES = Pages({each.type: each for each in ALL}, {each.cls: each.type for each in ALL}, "", "x")


def one(type: str, body: Body, label: str = "main") -> WrittenResource:
    return WrittenResource(type, label, body)


def signs(*resources: WrittenResource) -> str:
    return "; ".join(silly_signs(Configuration(resources), PAGES.pages))


def completed(type: str) -> Configuration:
    found = PAGES.pages[type]
    text = found.examples[0] if found.examples else ""
    return Completion(PAGES, Learnt.of(PAGES), found).configuration(text)


def said(argument: str, value: str, *, type: str = "aws_x") -> Value:
    return sensible(Spot(type, tuple(argument.split(".")), value, ""))


@pytest.mark.parametrize(
    "placeholder",
    [
        "path/to/file", "subnet1", "sg2", "key1", "Value1", "KeyA", "one", "filtervalue2",
        "NAME OF THE CLASSIFICATION JOB", "S3 BUCKET NAME", "tag_key", "column3", "luffield",
        "Notes", "Notes 2", "another-threat", "dataset-id", "PROPERTY-GROUP-1", "YourNamespace",
        "MyHostedZoneId", "we are testing things", "https://myaccount.blob.core.windows.net",
        "12345",
    ],
)  # fmt: skip
def test_placeholders_are_words_of_documentation(placeholder: str) -> None:
    assert SILLY.search(placeholder)


@pytest.mark.parametrize(
    "meant",
    [
        "GITHUB", "SAP HANA on Amazon EC2", "EC2 instances of the shop", "Key of the shop service",
        "monkey-1", "subnet-a", "latest", "ONE", "us-east-1", "contest", "Office hours",
    ],
)  # fmt: skip
def test_what_somebody_writes_is_none(meant: str) -> None:
    assert not SILLY.search(meant)


def test_keys_of_maps_are_looked_at_too() -> None:
    rule = one("aws_xray_sampling_rule", {"rule_name": "a", "attributes": {"key1": "checkout"}})
    assert "documentation's words 'key1'" in signs(rule)
    named = one("aws_xray_sampling_rule", {"rule_name": "a", "attributes": {"site": "checkout"}})
    assert not signs(named)


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("account_id", "12345678"), ("principal", "111111111111"), ("accounts", "234567890123"),
        ("filters.aws_account_id.value", "09876543210"), ("principal_id", "012128675309"),
        ("admin_account_id", "ID OF THE ADMIN ACCOUNT"),
    ],
)  # fmt: skip
def test_an_account_has_twelve_digits(argument: str, value: str) -> None:
    assert said(argument, value) == ACCOUNT
    assert len(ACCOUNT) == 12


def test_a_number_elsewhere_is_no_account() -> None:
    assert said("size_in_bytes", "5368709120") == "5368709120"


def test_mail_goes_to_the_project_and_an_attribute_s_name_is_no_address() -> None:
    assert isinstance(said("email_address", "EMAIL"), Name)
    assert isinstance(said("notification_email", "notification@email.com"), Name)
    assert said("attribute_mapping.email", "email") == "email"


@pytest.mark.parametrize(
    ("argument", "place"),
    [
        ("callback_url", "https://www.orders-shop.com/callback"),
        ("repository", "https://github.com/orders-shop/app"),
        ("provider_endpoint", "https://github.orders-shop.com"),
        ("idp_metadata_url", "https://login.orders-shop.com/metadata.xml"),
        ("allowed_origins", "https://www.orders-shop.com"),
        ("server", "https://api.orders-shop.com"),
    ],
)
def test_an_address_on_the_web_is_of_what_its_argument_asks_for(argument: str, place: str) -> None:
    assert filled(said(argument, "https://example.com/x"), Setting()) == place


def test_moments_that_are_over_are_left_out_and_refused() -> None:
    assert said("expires", "2018-05-03T04:00:00Z") is None
    assert past("2017-07-01_00:00")
    assert not past("2087-06-15_00:00")
    assert not past("2012-10-17")  # the version of a policy's language
    assert "is over" in signs(one("aws_sqs_queue", {"name": "until 2019-11-04T20:44:20Z"}))


def test_addresses_for_documentation_are_none() -> None:
    for value in ("1.2.3.4", "127.0.0.2", "203.0.113.7", "192.0.2.44/32", "0.0.0.0"):
        assert documented_address(value)
        assert not documented_address(str(said("host_address", value)))
    assert not documented_address("0.0.0.0/0")
    assert said("ip_addresses", "1.2.3.4") is None  # one has none before they are brought


def test_nothing_is_called_standard() -> None:
    assert fallback(Spot("aws_x", ("scope", "value"), "", ""), "string", "x") is None
    of_tag = fallback(Spot("aws_x", ("tag", "value"), "", ""), "string", "x")
    assert of_tag == Name("", "word", "")


def test_a_least_size_is_below_the_greatest() -> None:
    least = fallback(Spot("aws_x", ("min_size",), "", ""), "number", "x")
    most = fallback(Spot("aws_x", ("max_size",), "", ""), "number", "x")
    assert isinstance(least, int)
    assert isinstance(most, int)
    assert least < most


def test_a_service_s_machines_have_its_own_names() -> None:
    broker = Spot("aws_msk_cluster", ("broker_node_group_info", "instance_type"), "", "")
    assert fallback(broker, "string", "msk") == "kafka.m5.large"


def test_a_description_is_no_option_of_its_text() -> None:
    text = "Cannot be empty. Valid values are `tags`."
    assert isinstance(fallback(Spot("aws_x", ("description",), "", text), "string", "x"), Name)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("cache.m4.large", "cache.m5.large"), ("db.r4.large", "db.r5.large"),
        ("r4.large.search", "r5.large.search"), ("default.redis3.2", "default.redis7"),
        ("docdb3.6", "docdb5.0"), ("ami-1234", "ami-0c2b8ca1dad447f8a"),
        ("EKS_RUNTIME_MONITORING", "RUNTIME_MONITORING"), ("ubuntu_20_04", "ubuntu_22_04"),
    ],
)  # fmt: skip
def test_what_is_retired_has_a_successor(old: str, new: str) -> None:
    assert successor(old) == new
    assert successor(new) == new
    assert not retired(new)


def test_a_deprecated_type_is_asked_for_no_more() -> None:
    assert closed("aws_s3_bucket_object")
    assert not closed("aws_s3_bucket_object_lock_configuration")


def test_the_provider_of_credentials_assumes_a_thing_s_role() -> None:
    assert principal("aws_iot_role_alias", "iot") == "credentials.iot.amazonaws.com"


def test_a_client_s_certificate_is_of_an_authority_and_the_log_has_a_group() -> None:
    found = completed("aws_ec2_client_vpn_endpoint")
    endpoint = next(each for each in found.resources if "vpn" in each.type)
    assert Ref("aws_acm_certificate", "clients", "arn") in list(references(endpoint.body))
    assert any(ref.type == "aws_cloudwatch_log_group" for ref in references(endpoint.body))
    clients = next(each for each in found.resources if each.label == "clients")
    assert [ref.type for ref in references(clients.body)] == ["aws_acmpca_certificate_authority"]


def test_what_hangs_together_with_nothing_is_left_out() -> None:
    found = completed("aws_sqs_queue_policy")
    assert [each.type for each in found.resources] == ["aws_sqs_queue", "aws_sqs_queue_policy"]
    alone = [one("aws_sqs_queue", {}), one("aws_s3_bucket", {})]
    assert connected(alone, "aws_sqs_queue") == alone[:1]
    assert connected(alone, "aws_sqs_queue", ("aws_s3_bucket",)) == alone


def test_a_global_cluster_has_the_members_of_one_region() -> None:
    parts = [
        one("aws_rds_global_cluster", {}),
        one("aws_rds_cluster", {"of": Ref("aws_rds_global_cluster", "main", "id")}, "near"),
        one("aws_rds_cluster", {"of": Ref("aws_rds_global_cluster", "main", "id")}, "far"),
        one("aws_rds_cluster_instance", {"of": Ref("aws_rds_cluster", "far", "id")}, "far"),
        one("aws_rds_cluster_instance", {"of": Ref("aws_rds_cluster", "near", "id")}, "near"),
    ]
    assert [each.label for each in one_region(parts)] == ["main", "near", "near"]
    assert one_region(parts[1:2]) == parts[1:2]


def test_a_copy_is_in_another_region() -> None:
    for region in REGIONS:
        assert elsewhere(region) != region
        assert elsewhere(region) in REGIONS
        assert filled("$elsewhere", Setting(region=region)) == elsewhere(region)
    assert "another region" in signs(one("aws_kms_replica_key", {"primary_key_arn": "a"}))


def test_things_of_another_kind_are_refused() -> None:
    group = one("aws_networkfirewall_rule_group", {"name": "a", "type": "STATEFUL"})
    ref = Ref("aws_networkfirewall_rule_group", "main", "arn")
    reference: list[Value] = [{"stateless_rule_group_reference": [{"resource_arn": ref}]}]
    policy = one("aws_networkfirewall_firewall_policy", {"firewall_policy": reference})
    assert "is no stateless group" in signs(group, policy)
    stateless = one("aws_networkfirewall_rule_group", {"name": "a", "type": "STATELESS"})
    assert not signs(stateless, policy)


def test_a_record_has_addresses_or_an_alias() -> None:
    record: Body = {"name": "www", "type": "A", "records": ["52.28.14.90"]}
    assert not signs(one("aws_route53_record", record))
    both = one("aws_route53_record", {**record, "alias": [{"name": "a"}]})
    assert "records and an alias" in signs(both)
    spf: Body = {"type": "A", "records": ["v=spf1 include:amazonses.com ~all"]}
    assert "something else than addresses" in signs(one("aws_route53_record", spf))


@pytest.mark.parametrize(
    ("type", "body", "sign"),
    [
        ("aws_glue_trigger", {"predicate": [{"conditions": [{"state": "SUCCEEDED"}]}]},
         "says of nothing"),
        ("aws_ec2_client_vpn_endpoint", {"connection_log_options": [{"enabled": True}]},
         "where to"),
        ("aws_eks_access_policy_association", {"access_scope": [{"type": "namespace"}]},
         "of namespaces, and of none"),
        ("aws_lambda_event_source_mapping", {"starting_position": "AT_TIMESTAMP"},
         "from a time on"),
        ("aws_kms_custom_key_store", {"name": "a"}, "nobody tells"),
        ("aws_sqs_queue", {"name": "<arn of \ue000ljobs\ue001>"}, "documentation's words"),
    ],
)  # fmt: skip
def test_what_lacks_its_meaning_is_refused(type: str, body: Body, sign: str) -> None:
    assert sign in signs(one(type, body))


def test_a_position_that_takes_a_time_is_no_alternative() -> None:
    mapping = one("aws_lambda_event_source_mapping", {"starting_position": "LATEST"})
    found = TypePage(
        mapping.type, "", "", {"starting_position": "Must be `LATEST` or `AT_TIMESTAMP`."}, (),
        PAGES.pages[mapping.type].schema,
    )  # fmt: skip
    pages = Pages({mapping.type: found}, {}, "", "x")
    configuration = Configuration((mapping,))
    assert with_choices(configuration, pages, numbers=True, texts=True) == configuration


def test_a_port_that_two_speak_of_does_not_vary() -> None:
    listens = one("aws_x", {"definition": JsonText([{"containerPort": 8080}])})
    sends = one("aws_y", {"container_port": 8080})
    kinds = [page("aws_x", {"definition": TEXT}), page("aws_y", {"container_port": TEXT})]
    pages = Pages({each.type: each for each in kinds}, {}, "", "x")
    both = Configuration((listens, sends))
    assert with_choices(both, pages, numbers=True, texts=True) == both
    alone = Configuration((sends,))
    assert with_choices(alone, pages, numbers=True, texts=True) != alone


def test_an_id_in_the_form_of_aws_is_nobody_s_before_it_is_there() -> None:
    assert invented("b3gb108f-ea6f-45a5-baab-9d112d8b4037")
    assert not invented("orders-prod-instance")


def test_what_stands_beside_another_fits_it() -> None:
    table = with_essentials(
        one("aws_dynamodb_table", {"name": "a"}),
        PAGES.pages["aws_dynamodb_table"].schema,
        frozenset({"aws_lambda_event_source_mapping"}),
    )
    assert table.body["stream_enabled"] is True
    member = TOGETHER["aws_memorydb_multi_region_cluster"]["aws_memorydb_cluster"]
    assert member == {"node_type": "db.r7g.xlarge"}


def test_ids_and_domains_are_told_apart_too() -> None:
    user: Body = {"user_id": Name("", "kebab", "-user"), "user_name": Name("", "kebab", "-user")}
    first, second = told_apart([one("aws_x_user", user, "a"), one("aws_x_user", user, "b")])
    assert first.body["user_id"] == first.body["user_name"]
    assert second.body["user_id"] == second.body["user_name"] == Name("", "kebab", "-user-2")
    zone: Body = {"name": Name("", "word", "-shop.com")}
    zones = told_apart([one("aws_route53_zone", zone, "a"), one("aws_route53_zone", zone, "b")])
    assert len({str(filled(each.body, Setting())) for each in zones}) == 2


def test_a_request_can_be_read_where_a_policy_speaks_of_one_of_several() -> None:
    queues = [one("aws_sqs_queue", {"name": name}, name) for name in ("jobs", "dead")]
    policy = JsonText({"Resource": Ref("aws_sqs_queue", "jobs", "arn")})
    teller = Teller(queues, PAGES.pages)
    assert OPEN not in teller.text(policy)
    assert CLOSE not in teller.text(policy)
    assert "jobs" in teller.text(policy)
    built = Built(
        "aws_sqs_queue_policy",
        0,
        Configuration((*queues, one("aws_sqs_queue_policy", {"queue_url": "x", "policy": policy}))),
    )
    topic = topic_of(built, PAGES.pages)
    for seed in range(12):
        rng = Random(seed)
        said_whole = instruct(topic.request(topic.sample(rng)), rng)
        assert not any("\ue000" <= letter <= "\uf8ff" for letter in said_whole)
        assert "ue000" not in said_whole


def test_a_zone_by_its_id_fixes_the_region() -> None:
    bucket = one("aws_s3_bucket", {"bucket": "a", "location": [{"name": "use1-az4"}]})
    assert offered([bucket], PAGES.pages) == ["us-east-1"]


def test_particulars_are_themselves_plausible() -> None:
    for table in (PARTICULARS, TEMPLATES, {type: body for (type, _), body in LABELLED.items()}):
        for type, body in table.items():
            for _, leaf in leaves(filled(body, Setting())):
                texts = leaf.parts if isinstance(leaf, Template) else (leaf,)
                for text in texts:
                    if isinstance(text, str):
                        assert not SILLY.search(text), (type, text)
                        assert not documented_address(text), (type, text)
                        assert not past(text), (type, text)
                        assert successor(text) == text, (type, text)


def test_particulars_take_the_place_of_what_an_example_has() -> None:
    zone = page(
        "aws_xray_encryption_config",
        {"type": TEXT, "key_id": TEXT},
        text='import pulumi_aws as aws\nx = aws.x.XrayEncryptionConfig("x", type="NONE")\n',
    )
    key = page("aws_kms_key", {"description": TEXT, "arn": ARN})
    pages = Pages({each.type: each for each in (zone, key)}, {zone.cls: zone.type}, "", "x")
    found = Completion(pages, Learnt.of(pages), zone).configuration(zone.examples[0])
    config = next(each for each in found.resources if each.type == zone.type)
    assert config.body == {"type": "KMS", "key_id": Ref("aws_kms_key", "main", "arn")}
