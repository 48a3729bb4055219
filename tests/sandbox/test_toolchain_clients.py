"""Schemas out of operators' clients and transcriptions: in any dialect the same, nothing run."""

import json
import zipfile
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from sandbox.errors import ToolchainError
from sandbox.toolchain.crds import INDEX, extract
from sandbox.toolchain.differences import Differences
from sandbox.toolchain.kubernetes_types import KubernetesTypes
from sandbox.toolchain.openapi_client import read_client
from sandbox.toolchain.strict_schema import strict_schema
from sandbox.toolchain.table import ClientPackage
from sandbox.toolchain.transcribed import transcriptions

CLIENT = ClientPackage(
    distribution="shop-client",
    version="1.0",
    sha256="",
    cited="this test",
    licence="Apache-2.0",
    models="shop/models/",
    prefixes={"V1": "shop.example/v1"},
    any_scalar=frozenset({"level"}),
    lists={"V1Rows": "V1Shelf"},
    texts=frozenset({"V1Url"}),
)
LEGACY = """
class V1Widget(object):
    openapi_types = {'api_version': 'str', 'kind': 'str', 'spec': 'V1WidgetSpec'}
    attribute_map = {'api_version': 'apiVersion', 'kind': 'kind', 'spec': 'spec'}

class V1WidgetSpec(object):
    openapi_types = {
        'size': 'int', 'shelf_list': 'list[V1Shelf]', 'labels': 'dict(str, str)', 'level': 'str',
        'pod': 'V1PodSpec', 'url': 'V1Url', 'rows': 'list[V1Rows]', 'other': 'V9Unknown',
        'colour': 'str',
    }
    attribute_map = {
        'size': 'size', 'shelf_list': 'shelfList', 'labels': 'labels', 'level': 'level',
        'pod': 'pod', 'url': 'url', 'rows': 'rows', 'other': 'other', 'colour': 'colour',
    }
    def __init__(self, size=None, shelf_list=None, colour=None, local_vars_configuration=None):
        self._size = None
        self.size = size
        self.colour = colour
        if shelf_list is not None:
            self.shelf_list = shelf_list

class V1Shelf(object):
    openapi_types = {'height': 'float'}
    attribute_map = {'height': 'height'}
"""
PRIOR = """
class V1Widget(ModelNormal):
    @cached_property
    def openapi_types():
        lazy_import()
        return {'api_version': (str,), 'kind': (str,), 'spec': (V1WidgetSpec,)}
    attribute_map = {'api_version': 'apiVersion', 'kind': 'kind', 'spec': 'spec'}

class V1WidgetSpec(ModelNormal):
    @cached_property
    def openapi_types():
        return {
            'size': (int,), 'shelf_list': ([V1Shelf],), 'labels': ({str: (str,)},),
            'level': (str,), 'pod': (PodSpec,), 'url': (V1Url,), 'rows': ([V1Rows],),
            'other': (bool, dict, str, none_type,), 'colour': (str,),
        }
    attribute_map = {
        'size': 'size', 'shelf_list': 'shelfList', 'labels': 'labels', 'level': 'level',
        'pod': 'pod', 'url': 'url', 'rows': 'rows', 'other': 'other', 'colour': 'colour',
    }
    def _from_openapi_data(cls, size, colour, *args, **kwargs):
        pass

class V1Shelf(ModelNormal):
    @cached_property
    def openapi_types():
        return {'height': (float,)}
    attribute_map = {'height': 'height'}
"""
PYDANTIC = """
class V1Widget(BaseModel):
    api_version: Optional[StrictStr] = Field(default=None, alias="apiVersion")
    kind: Optional[StrictStr] = None
    spec: Optional[V1WidgetSpec] = Field(default=None, description="what it is")
    __properties: ClassVar[List[str]] = ["apiVersion", "kind", "spec"]

class V1WidgetSpec(BaseModel):
    size: StrictInt = Field(description="how large")
    shelf_list: Optional[List[V1Shelf]] = Field(default=None, alias="shelfList")
    labels: Optional[Dict[str, StrictStr]] = None
    level: Optional[Union[StrictStr, StrictInt, StrictBool]] = None
    pod: Optional[IoK8sApiCoreV1PodSpec] = None
    url: Optional[V1Url] = None
    rows: Optional[List[V1Rows]] = None
    other: Optional[Any] = None
    colour: StrictStr

class V1Shelf(BaseModel):
    height: Optional[Union[Annotated[float, Field(ge=0)], StrictInt]] = None
"""
POD = {"type": "object", "properties": {"host": {"type": "string"}}}
TYPES = KubernetesTypes(
    "1.0",
    {"io.k8s.api.core.v1.PodSpec": POD},
    {
        name: "io.k8s.api.core.v1.PodSpec"
        for name in ("PodSpec", "V1PodSpec", "IoK8sApiCoreV1PodSpec")
    },
)


def widget(spec: Any) -> dict[str, Any]:
    return {"apiVersion": "shop.example/v1", "kind": "Widget", "metadata": {}, "spec": spec}


@pytest.fixture(
    scope="module", params=[LEGACY, PRIOR, PYDANTIC], ids=["legacy", "prior", "pydantic"]
)
def client_schema(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> jsonschema.protocols.Validator:
    wheel = tmp_path_factory.mktemp("wheel") / "shop_client-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as made:
        made.writestr("shop/models/all.py", request.param)
        made.writestr("shop/api.py", "raise SystemExit('never run')")
    resources, definitions = read_client(wheel, CLIENT, TYPES)
    assert [(one.group, one.version, one.kind) for one in resources] == [
        ("shop.example", "v1", "Widget")
    ]
    listed = wheel.with_name("differences.yaml")
    listed.write_text(
        "[{of: shop-client, types: {V1WidgetSpec: {optional: [colour], why: it has a default}}}]"
    )
    differences = Differences(listed).applied("shop-client", definitions, TYPES)
    return jsonschema.Draft7Validator(strict_schema(resources[0], differences))


@pytest.mark.parametrize(
    ("spec", "valid"),
    [
        ({"size": 3}, True),
        ({"size": 3, "shelfList": [{"height": 1.5}], "labels": {"a": "b"}}, True),
        ({"size": 3, "level": 2}, True),
        ({"size": 3, "level": "high"}, True),
        ({"size": 3, "pod": {"host": "a"}, "url": "http://a", "other": [1]}, True),
        ({"size": 3, "rows": [[{"height": 1}], []]}, True),
        ({}, False),
        ({"size": "3"}, False),
        ({"size": 3, "shelf_list": []}, False),
        ({"size": 3, "shelfList": [{"depth": 1}]}, False),
        ({"size": 3, "labels": {"a": 1}}, False),
        ({"size": 3, "level": {}}, False),
        ({"size": 3, "pod": {"hots": "a"}}, False),
        ({"size": 3, "url": {}}, False),
        ({"size": 3, "rows": [{"height": 1}]}, False),
        ({"size": 3, "colour": 1}, False),
    ],
)
def test_a_client_in_any_dialect_gives_the_same_schema(
    client_schema: jsonschema.protocols.Validator, spec: Any, valid: bool
) -> None:
    assert client_schema.is_valid(widget(spec)) is valid


def test_what_is_no_wheel_is_said_so(tmp_path: Path) -> None:
    wheel = tmp_path / "shop_client-1.0-py3-none-any.whl"
    wheel.write_bytes(b"no wheel")
    with pytest.raises(ToolchainError, match="not the package we know"):
        read_client(wheel, CLIENT, TYPES)
    with zipfile.ZipFile(wheel, "w") as made:
        made.writestr("shop/models/all.py", "class (")
    with pytest.raises(ToolchainError, match="not the package we know"):
        read_client(wheel, CLIENT, TYPES)


def test_a_transcription_names_types_that_exist(tmp_path: Path) -> None:
    text = """
- group: shop.example
  source: this test
  resources: {v1: {Widget: WidgetSpec}}
  types:
    WidgetSpec: {size!: integer, pods: "[PodSpec]", labels: "{string}", mode: on | off, free: any}
"""
    file = tmp_path / "transcribed.yaml"
    file.write_text(text)
    (part,) = transcriptions(TYPES, file)
    validator = jsonschema.Draft7Validator(strict_schema(part.resources[0], part.definitions))
    good = {"size": 1, "pods": [{"host": "a"}], "labels": {"a": "b"}, "mode": "on", "free": [1]}
    assert validator.is_valid(widget(good))
    for wrong in ({}, {**good, "mode": "up"}, {**good, "pods": [{"x": 1}]}, {**good, "more": 1}):
        assert not validator.is_valid(widget(wrong)), wrong
    file.write_text(text.replace("PodSpec", "PotSpec"))
    with pytest.raises(ToolchainError, match="PotSpec"):
        list(transcriptions(TYPES, file))


def test_an_operators_client_counts_before_a_transcription(tmp_path: Path) -> None:
    wheel = tmp_path / "shop_client-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as made:
        made.writestr("shop/models/all.py", LEGACY)
    file = tmp_path / "transcribed.yaml"
    kinds = "{v1: {Widget: WidgetSpec, Gadget: WidgetSpec}}"
    types = "{WidgetSpec: {size!: integer}}"
    file.write_text(
        f"[{{group: shop.example, source: a book, resources: {kinds}, types: {types}}}]"
    )
    assert extract([(wheel, CLIENT)], TYPES, tmp_path / "crds", file) == 2
    index = json.loads((tmp_path / "crds" / INDEX).read_text())
    assert index["sources"] == {
        "gadget_shop.example_v1.json": "a book",
        "widget_shop.example_v1.json": "shop-client 1.0",
    }
