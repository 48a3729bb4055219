"""The facts of AWS are a table without dead rows, spelled out the same way each time."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import cfnlint
import pytest

from sandbox.emulated.answers import answer
from sandbox.emulated.facts import Facts, date_in, image_id, spelled

FACTS = Facts.read()
_RULES = Path(cfnlint.__file__).parent / "data/schemas/extensions/aws_rds_dbinstance"


def test_choices_are_spelled_out_in_order() -> None:
    assert [text for text, _ in spelled("a-{1,2}-{x,y}")] == ["a-1-x", "a-1-y", "a-2-x", "a-2-y"]
    assert list(spelled("plain")) == [("plain", ())]
    assert list(spelled("{a}/b")) == [("a/b", ("a",))]


def test_an_image_has_an_id_of_its_own_in_each_region_and_always_the_same() -> None:
    here, there = FACTS.images("us-east-1"), FACTS.images("eu-west-1")
    ids = [image.id for image in (*here, *there)]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"ami-[0-9a-f]{17}", each) for each in ids)
    assert here == FACTS.images("us-east-1")
    assert [image.name for image in here] == [image.name for image in there]


def test_every_image_tells_its_date_but_those_whose_makers_do_not() -> None:
    dateless = [image.name for image in FACTS.images("us-east-1") if image.created is None]
    assert all(name.startswith("bottlerocket-") for name in dateless)


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("ubuntu-noble-24.04-amd64-server-20251212", (2025, 12, 12)),
        ("Windows_Server-2022-English-Full-Base-2026.09.17", (2026, 9, 17)),
        ("debian-12-amd64-20240717-1811", (2024, 7, 17)),
        ("amzn2-ami-hvm-2.0.20260930.0-x86_64-gp2", (2026, 9, 30)),
        ("Deep Learning AMI (Ubuntu 22.04) 2.4", None),
        ("image-20251399", None),
    ],
)
def test_a_name_tells_its_date(name: str, day: tuple[int, int, int] | None) -> None:
    assert date_in(name) == (datetime(*day, tzinfo=UTC) if day else None)


def test_every_row_of_parameters_leads_to_an_image() -> None:
    rows = FACTS._table["parameters"]["of"]
    found = FACTS.parameters("eu-west-1")
    ids = {image.id for image in FACTS.images("eu-west-1")}
    assert set(found) == {name for row in rows for name, _ in spelled(row["name"])}
    assert set(found.values()) <= ids


def test_a_parameter_leads_to_the_image_that_a_lookup_by_name_finds() -> None:
    found = FACTS.parameters("us-east-1")
    root = "/aws/service/canonical/ubuntu/server"
    jammy = image_id("us-east-1", "ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-amd64-server-20251015")
    for release in ("22.04", "jammy"):
        assert found[f"{root}/{release}/stable/current/amd64/hvm/ebs-gp2/ami-id"] == jammy


def _enumerated(file: str, of: str) -> Mapping[str, set[str]]:
    """What cfn-lint lists for each engine."""
    stored: Any = json.loads((_RULES / file).read_text())
    found: dict[str, set[str]] = {}
    for rule in stored.get("us-east-1", stored)["allOf"]:
        engine = rule["if"]["properties"].get("Engine", {}).get("const")
        values = rule["then"]["properties"].get(of, {}).get("enum", ())
        if engine:
            found.setdefault(engine, set()).update(values)
    return found


def test_engines_and_classes_are_what_the_cited_source_has() -> None:
    known = _enumerated("engine_version.json", "EngineVersion")
    classes = _enumerated("dbinstanceclass_enum.json", "DBInstanceClass")
    compared = 0
    for engine, versions in FACTS.engines.items():
        if engine not in known:
            continue
        compared += 1
        assert {each.version for each in versions} <= known[engine]
        offer = FACTS.offer(engine)
        assert offer is not None and set(offer.classes) <= classes[engine]
    assert compared == 5


def test_add_ons_are_told_by_cluster() -> None:
    assert FACTS.addons("kube-proxy", "1.33") == {"kube-proxy": {"v1.33.0-eksbuild.2": ("1.33",)}}
    everywhere = FACTS.addons("metrics-server", "")["metrics-server"]
    assert list(everywhere.values()) == [tuple(FACTS._table["addons"]["clusters"])]
    assert FACTS.addons("kube-proxy", "1.7") == FACTS.addons("nothing", "1.33") == {}


def test_every_part_of_the_table_says_where_it_is_from_and_all_of_it_when() -> None:
    assert isinstance(FACTS.date, date)
    parts = {name: part for name, part in FACTS._table.items() if name != "date"}
    assert all(len(part["source"]) > 20 for part in parts.values())


# --- answers -------------------------------------------------------------------------------------


def _signed(service: str) -> str:
    return (
        f"AWS4-HMAC-SHA256 Credential=x/20261129/us-east-1/{service}/aws4_request, SignedHeaders=a"
    )


def _kinds() -> Iterator[tuple[str, str, str]]:
    for kind in ("cache", "origin-request", "response-headers"):
        for name, row in FACTS.policies(kind).items():
            yield kind, name, row["id"]


@pytest.mark.parametrize(("kind", "name", "id"), list(_kinds()))
def test_a_managed_policy_is_found_by_its_id_and_listed(kind: str, name: str, id: str) -> None:
    path = f"/2020-05-31/{kind}-policy"
    one = answer(FACTS, _signed("cloudfront"), "GET", f"{path}/{id}", {})
    assert one is not None and one.status == 200
    space = "{http://cloudfront.amazonaws.com/doc/2020-05-31/}"
    assert [each.text for each in ElementTree.fromstring(one.text).iter(f"{space}Id")] == [id]
    listed = answer(FACTS, _signed("cloudfront"), "GET", path, {"Type": "managed"})
    assert listed is not None
    assert name in [each.text for each in ElementTree.fromstring(listed.text).iter(f"{space}Name")]


def test_there_are_no_policies_of_ones_own() -> None:
    signed = _signed("cloudfront")
    own = answer(FACTS, signed, "GET", "/2020-05-31/cache-policy", {"Type": "custom"})
    none = answer(FACTS, signed, "GET", "/2020-05-31/cache-policy/no-such-id", {})
    assert own is not None and "<Quantity>0</Quantity>" in own.text
    assert none is not None and (none.status, "NoSuchCachePolicy" in none.text) == (404, True)


@pytest.mark.parametrize(
    ("service", "method", "path"),
    [
        ("s3", "GET", "/addons/supported-versions"),  # an object of a bucket of that name
        ("eks", "POST", "/addons/supported-versions"),
        ("eks", "GET", "/clusters"),
        ("cloudfront", "POST", "/2020-05-31/cache-policy"),
        ("cloudfront", "GET", "/2020-05-31/distribution"),
    ],
)
def test_what_the_facts_do_not_tell_is_left_to_moto(service: str, method: str, path: str) -> None:
    assert answer(FACTS, _signed(service), method, path, {}) is None
    assert answer(FACTS, "", "GET", "/v1/kafka-versions", {}) is None
