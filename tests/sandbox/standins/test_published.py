"""Stand-ins have the arguments of the providers that they stand in for, as those are published.

``published.json`` was read out of the bindings that are generated from each provider's own schema
(``cdktf-cdktf-provider-NAME`` on PyPI, of the release named in it): independent of our tables.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.standins import STANDINS
from sandbox.standins.kinds import provider_kind
from sandbox.standins.schema import DataKind, ResourceKind
from sandbox.toolchain.table import PROVIDERS

PUBLISHED: dict[str, Any] = json.loads(Path(__file__).with_name("published.json").read_text())

KINDS = [
    (name, what, kind)
    for name, found in PUBLISHED.items()
    for what in ("resources", "data")
    for kind in found[what]
]


def _arguments(kind: ResourceKind | DataKind) -> dict[str, list[str]]:
    attributes = kind.attributes.items()
    return {
        "required": sorted(name for name, each in attributes if each.required),
        "optional": sorted([*(n for n, each in attributes if each.optional), *kind.blocks]),
        "computed": sorted(n for n, each in attributes if each.computed and not each.optional),
    }


@pytest.mark.parametrize(("name", "what", "type_name"), KINDS)
def test_takes_what_the_real_one_takes(name: str, what: str, type_name: str) -> None:
    kind = getattr(provider_kind(name), what)[type_name]
    assert _arguments(kind) == PUBLISHED[name][what][type_name]


@pytest.mark.parametrize("standin", STANDINS.values(), ids=lambda each: each.name)
def test_has_the_types_of_its_version_and_no_others(standin: Any) -> None:
    kind, published = provider_kind(standin.name), PUBLISHED[standin.name]
    assert standin.version == published["version"]
    assert kind.resources.keys() == published["resources"].keys()
    assert kind.data.keys() == published["data"].keys()


def test_stands_in_for_the_versions_that_set_up_would_bring() -> None:
    pins = {pin.source.partition("/")[2]: pin.version for pin in PROVIDERS}
    assert {name: each.version for name, each in STANDINS.items()}.items() <= pins.items()
