"""The schemas of custom resources are strict, complete, and agree with upstream's CRDs."""

import gzip
import io
import json
import tarfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import jsonschema_rs
import pytest
import yaml

from sandbox.errors import ToolchainError
from sandbox.toolchain import discover
from sandbox.toolchain.crds import INDEX, add, extract
from sandbox.toolchain.kubernetes_types import KubernetesTypes
from sandbox.toolchain.strict_schema import Resource, schema_name, strict_schema
from sandbox.toolchain.table import CRD_PACKAGES, SchemaPackage
from tests.needs import lacks
from tests.sandbox.upstream import DATA, upstream_schemas

PACKAGE = SchemaPackage(
    distribution="carrier",
    version="1.0",
    sha256="",
    cited="this test",
    licence="Apache-2.0",
    resources="schema/resources.json.gz",
    definitions="schema/definitions.json",
    groups=("shop.example",),
)


def gvk(group: str, kind: str, version: str = "v1") -> list[dict[str, str]]:
    return [{"group": group, "kind": kind, "version": version}]


WIDGET: dict[str, Any] = {
    "type": "object",
    "description": "A widget.",
    "x-kubernetes-group-version-kind": gvk("shop.example", "Widget"),
    "properties": {
        "apiVersion": {"type": "string"},
        "kind": {"type": "string"},
        "metadata": {"$ref": "#/components/schemas/Meta"},
        "spec": {
            "type": "object",
            "required": ["size", "colour"],
            "properties": {
                "size": {"x-kubernetes-int-or-string": True, "pattern": "^[0-9]+$"},
                "labels": {"type": "object", "additionalProperties": {"type": "string"}},
                "free": {
                    "type": "object",
                    "x-kubernetes-preserve-unknown-fields": True,
                    "properties": {"a": {"type": "string"}},
                },
                "colour": {"type": "string", "default": "red"},
                "maybe": {"type": "string", "nullable": True},
                "goPattern": {"type": "string", "pattern": "^a(?i)b$"},
                "description": {"type": "string", "description": "a property of that name"},
                "nested": {"type": "object", "properties": {"x": {"type": "integer"}}},
                "shape": {
                    "type": "object",
                    "properties": {
                        "kind": {"type": "string", "default": "round"},
                        "radius": {"type": "integer"},
                        "side": {"type": "integer"},
                    },
                    "oneOf": [
                        {
                            "properties": {"kind": {"enum": ["round"]}, "radius": {"minimum": 1}},
                            "required": ["radius"],
                        },
                        {
                            "properties": {"kind": {"not": {"enum": ["round"]}}},
                            "required": ["side"],
                        },
                    ],
                },
            },
        },
    },
}
DEFINITIONS = {
    "Meta": {
        "type": "object",
        "properties": {"name": {"type": "string"}, "owner": {"$ref": "#/definitions/Owner"}},
    },
    "Owner": {"type": "object", "properties": {"uid": {"type": "string"}}},
    "Unused": {"type": "object"},
}


def archive(folder: Path, resources: Mapping[str, Any]) -> Path:
    path = folder / "carrier-1.0.tar.gz"
    members = {
        "carrier-1.0/schema/resources.json.gz": gzip.compress(json.dumps(resources).encode()),
        "carrier-1.0/schema/definitions.json": json.dumps({"definitions": DEFINITIONS}).encode(),
    }
    with tarfile.open(path, "w:gz") as tar:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return path


NO_TYPES = KubernetesTypes("1.0", {}, {})


def extracted(source: Path, folder: Path) -> int:
    """The carrier's schemas alone, without transcriptions."""
    nothing = source.parent / ".transcribed.yaml"
    nothing.write_text("[]")
    try:
        return extract([(source, PACKAGE)], NO_TYPES, folder, nothing)
    finally:
        nothing.unlink()


def widget(spec: Any, **more: Any) -> dict[str, Any]:
    return {
        "apiVersion": "shop.example/v1",
        "kind": "Widget",
        "metadata": {"name": "w"},
        "spec": spec,
        **more,
    }


@pytest.fixture(scope="module")
def widget_schema() -> jsonschema.protocols.Validator:
    schema = strict_schema(Resource("shop.example", "v1", "Widget", WIDGET), DEFINITIONS)
    jsonschema.Draft7Validator.check_schema(schema)
    return jsonschema.Draft7Validator(schema)


@pytest.mark.parametrize(
    ("document", "valid"),
    [
        (widget({"size": 3}), True),
        (widget({"size": 3, "colour": 1}), False),
        (widget({"size": "3"}), True),
        (widget({"size": 3, "description": "kept as a property"}), True),
        (widget({"size": 3, "labels": {"any": "thing"}}), True),
        (widget({"size": 3, "free": {"anything": [1]}}), True),
        (widget({"size": 3, "maybe": None}), True),
        (widget({"size": 3, "goPattern": "aB"}), True),
        (widget({"size": 3, "nested": {"x": 1}}), True),
        (widget({"size": 3, "shape": {"kind": "round", "radius": 2}}), True),
        (widget({"size": 3, "shape": {"kind": "square", "side": 2, "radius": 2}}), True),
        (widget({"size": 3, "shape": {"radius": 2, "side": 2}}), True),
        (widget({"size": 3, "shape": {"side": 2}}), False),
        (widget({"size": 3, "shape": {"radius": 2, "edges": 2}}), False),
        (widget({"size": 3.5}), False),
        (widget({"size": "big"}), False),
        (widget({}), False),
        (widget({"size": 3, "sise": 4}), False),
        (widget({"size": 3, "nested": {"y": 1}}), False),
        (widget({"size": 3, "labels": {"any": 1}}), False),
        (widget({"size": 3}, extra=1), False),
        (widget({"size": 3}) | {"metadata": {"name": "w", "owner": {"uid": 1}}}, False),
        (widget({"size": 3}) | {"metadata": {"nam": "w"}}, False),
        (widget({"size": 3}) | {"apiVersion": "shop.example/v2"}, False),
        (widget({"size": 3}) | {"kind": "Gadget"}, False),
        ({"apiVersion": "shop.example/v1", "kind": "Widget", "spec": {"size": 3}}, False),
    ],
)
def test_a_schema_takes_what_the_resource_takes_and_nothing_else(
    widget_schema: jsonschema.protocols.Validator, document: Any, valid: bool
) -> None:
    assert widget_schema.is_valid(document) is valid


def test_a_schema_carries_what_it_refers_to_and_no_more() -> None:
    schema = strict_schema(Resource("shop.example", "v1", "Widget", WIDGET), DEFINITIONS)
    assert sorted(schema["definitions"]) == ["Meta", "Owner"]


def test_only_kinds_of_the_named_groups_with_a_known_spec_are_extracted(tmp_path: Path) -> None:
    open_spec = {
        **WIDGET,
        "properties": {"spec": {"type": "object"}},
        "x-kubernetes-group-version-kind": gvk("shop.example", "Open"),
    }
    a_list = {**WIDGET, "x-kubernetes-group-version-kind": gvk("shop.example", "WidgetList")}
    other = {**WIDGET, "x-kubernetes-group-version-kind": gvk("elsewhere.example", "Widget")}
    source = archive(tmp_path, {"widget": [WIDGET, other], "open": [open_spec], "l": [a_list]})
    assert extracted(source, tmp_path / "crds") == 1
    names = sorted(path.name for path in (tmp_path / "crds").iterdir())
    assert names == [INDEX, "widget_shop.example_v1.json"]
    index = json.loads((tmp_path / "crds" / INDEX).read_text())
    assert index["packages"] == {
        "carrier": {"version": "1.0", "sha256": "", "licence": "Apache-2.0"}
    }
    assert index["sources"] == {"widget_shop.example_v1.json": "carrier 1.0"}


def test_an_archive_that_is_not_the_package_leaves_the_old_schemas_alone(tmp_path: Path) -> None:
    extracted(archive(tmp_path, {"widget": [WIDGET]}), tmp_path / "crds")
    for broken in (b"not an archive", gzip.compress(b"no tar")):
        (tmp_path / "carrier-1.0.tar.gz").write_bytes(broken)
        with pytest.raises(ToolchainError, match="not the package we know"):
            extracted(tmp_path / "carrier-1.0.tar.gz", tmp_path / "crds")
    with pytest.raises(ToolchainError, match="no schema"):
        extracted(archive(tmp_path, {}), tmp_path / "crds")
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == ["carrier-1.0.tar.gz", "crds"]
    assert (tmp_path / "crds/widget_shop.example_v1.json").is_file()


CRD = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.shop.example}
spec:
  group: shop.example
  names: {kind: Widget}
  versions:
    - name: v1
      schema:
        openAPIV3Schema:
          type: object
          properties: {spec: {type: object, properties: {colour: {type: string}}}}
    - {name: v0}
"""


def test_a_crd_of_ones_own_takes_the_place_of_the_packages_and_survives_the_next_set_up(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "crds"
    manifest = tmp_path / "widget.yaml"
    manifest.write_text(f"kind: ConfigMap\n---{CRD}")
    with pytest.raises(ToolchainError, match="set-up first"):
        add([manifest], folder)
    source = archive(tmp_path, {"widget": [WIDGET]})
    extracted(source, folder)
    before = (folder / INDEX).read_text()
    assert add([manifest], folder) == ("widget_shop.example_v1.json",)
    assert (folder / INDEX).read_text() != before, "the digest of the toolchain follows the index"
    for _ in range(2):
        schema = json.loads((folder / "widget_shop.example_v1.json").read_text())
        validator = jsonschema.Draft7Validator(schema)
        assert validator.is_valid(widget({"colour": "red"}))
        assert not validator.is_valid(widget({"size": 3}))
        assert json.loads((folder / INDEX).read_text())["added"] == {
            "widget_shop.example_v1.json": "widget.yaml"
        }
        extracted(source, folder)


@pytest.mark.parametrize(
    "text",
    ["", "kind: Pod\n", "a: [", "kind: CustomResourceDefinition\n", CRD.replace("properties", "x")],
)
def test_what_is_no_crd_changes_nothing(tmp_path: Path, text: str) -> None:
    folder = tmp_path / "crds"
    extracted(archive(tmp_path, {"widget": [WIDGET]}), folder)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text(CRD)
    bad.write_text(text)
    with pytest.raises(ToolchainError, match=r"bad\.yaml"):
        add([good, bad], folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


@pytest.fixture(scope="module")
def crds() -> Path:
    folder = discover().crd_schemas
    if folder is None:
        lacks("crds", "the schemas of custom resources are not here: run `make setup`")
    return folder


@pytest.mark.parametrize(
    ("api_version", "kind"),
    [
        ("ray.io/v1", "RayCluster"),
        ("ray.io/v1", "RayJob"),
        ("ray.io/v1", "RayService"),
        ("ray.io/v1", "RayCronJob"),
        ("kubeflow.org/v1", "PyTorchJob"),
        ("kubeflow.org/v1", "MPIJob"),
        ("kubeflow.org/v1beta1", "Experiment"),
        ("trainer.kubeflow.org/v1alpha1", "TrainJob"),
        ("trainer.kubeflow.org/v1alpha1", "ClusterTrainingRuntime"),
        ("pipelines.kubeflow.org/v2beta1", "PipelineVersion"),
        ("argoproj.io/v1alpha1", "Workflow"),
        ("argoproj.io/v1alpha1", "CronWorkflow"),
        ("serving.knative.dev/v1", "Service"),
        ("cert-manager.io/v1", "Certificate"),
        ("gateway.networking.k8s.io/v1", "HTTPRoute"),
        ("networking.istio.io/v1", "VirtualService"),
        ("networking.istio.io/v1", "Gateway"),
        ("security.istio.io/v1", "AuthorizationPolicy"),
        ("eventing.knative.dev/v1", "Trigger"),
        ("messaging.knative.dev/v1", "Subscription"),
        ("sources.knative.dev/v1", "PingSource"),
        ("serving.knative.dev/v1", "Route"),
        ("serving.kserve.io/v1alpha2", "LLMInferenceService"),
        ("serving.kserve.io/v1alpha1", "ClusterServingRuntime"),
        ("serving.kserve.io/v1beta1", "InferenceService"),
        ("serving.kserve.io/v1alpha1", "ServingRuntime"),
        ("kueue.x-k8s.io/v1beta1", "LocalQueue"),
        ("monitoring.coreos.com/v1", "ServiceMonitor"),
    ],
)
def test_there_are_schemas_of_the_kinds_that_tasks_are_about(
    crds: Path, api_version: str, kind: str
) -> None:
    schema = json.loads((crds / schema_name(api_version, kind)).read_text())
    jsonschema.Draft7Validator.check_schema(schema)
    assert schema["properties"]["apiVersion"] == {"const": api_version}
    spec = schema["properties"]["spec"]
    if "$ref" in spec:
        spec = schema["definitions"][spec["$ref"].rpartition("/")[2]]
    assert spec["properties"]
    assert spec["additionalProperties"] is False


def test_every_extracted_schema_is_a_schema(crds: Path) -> None:
    index = json.loads((crds / INDEX).read_text())
    versions = {name: pin["version"] for name, pin in index["packages"].items()}
    assert versions == {package.distribution: package.version for package in CRD_PACKAGES}
    older = "llminferenceservice_serving.kserve.io_v1alpha1.json"
    assert index["sources"][older].startswith("KServe's"), (
        "the package's own is of an older release"
    )
    for name in index["schemas"]:
        jsonschema.Draft7Validator.check_schema(json.loads((crds / name).read_text()))


PYTORCHJOB: dict[str, Any] = yaml.safe_load("""
apiVersion: kubeflow.org/v1
kind: PyTorchJob
metadata: {name: train, namespace: ml}
spec:
  runPolicy: {cleanPodPolicy: None, backoffLimit: 2}
  pytorchReplicaSpecs:
    Master:
      replicas: 1
      restartPolicy: OnFailure
      template:
        spec:
          containers:
            - name: pytorch
              image: registry.example/train:1
              args: ["--epochs", "3"]
              resources: {limits: {nvidia.com/gpu: 1, memory: 16Gi}}
""")


def change(document: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    copy: dict[str, Any] = json.loads(json.dumps(document))
    *steps, last = path.split("/")
    node: Any = copy
    for step in steps:
        node = node[int(step)] if step.isdigit() else node[step]
    node[last] = value
    return copy


REPLICA = "spec/pytorchReplicaSpecs/Master"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("spec/pytorchReplicaSpec", {}),
        ("spec/runPolicy/cleanPods", "None"),
        ("spec/runPolicy/backoffLimit", "two"),
        (f"{REPLICA}/replicas", "one"),
        (f"{REPLICA}/template/spec/container", []),
        (f"{REPLICA}/template/spec/containers/0/imagePullpolicy", "Always"),
        (f"{REPLICA}/template/spec/containers/0/resources/limits/memory", [1]),
    ],
)
def test_a_pytorchjob_with_one_mistake_is_rejected(crds: Path, path: str, value: Any) -> None:
    schema = json.loads((crds / schema_name("kubeflow.org/v1", "PyTorchJob")).read_text())
    validator = jsonschema.Draft7Validator(schema)
    assert validator.is_valid(PYTORCHJOB)
    spec = {"pytorchReplicaSpecs": PYTORCHJOB["spec"]["pytorchReplicaSpecs"]}
    assert validator.is_valid({**PYTORCHJOB, "spec": spec}), "a run policy is optional"
    assert not validator.is_valid(change(PYTORCHJOB, path, value))


TAKEN_NULL = ("ray-operator__config__samples__ray-service.high-throughput-gemma4.yaml",)
"""``template.metadata`` is empty there: upstream's CRD does not take null, ours takes it as absent
as Kubernetes does in its own pod templates."""


def is_valid(schema: Any) -> Callable[[Any], bool]:
    return jsonschema_rs.validator_for(schema).is_valid


def test_our_schemas_and_upstreams_crds_say_the_same_of_upstreams_samples(crds: Path) -> None:
    if not DATA.is_dir():
        pytest.skip("../shared/data is not here")
    upstream = {key: is_valid(schema) for key, schema in upstream_schemas().items()}
    own = {
        key: is_valid(json.loads((crds / schema_name(*key)).read_text()))
        for key in upstream
        if (crds / schema_name(*key)).is_file()
    }
    compared, rejected, disputed = 0, 0, []
    folders = ("argo", "kserve", "kuberay")
    for path in sorted(path for folder in folders for path in (DATA / folder).glob("*.y*ml")):
        try:
            documents = list(yaml.safe_load_all(path.read_text()))
        except yaml.YAMLError:
            continue
        for document in json.loads(json.dumps(documents, default=str)):
            if not isinstance(document, dict):
                continue
            key = (document.get("apiVersion", ""), document.get("kind", ""))
            if key not in own:
                continue
            ours = own[key](document)
            compared += 1
            rejected += not ours
            if ours != upstream[key](document):
                disputed.append(path.name)
    assert compared >= 200
    assert rejected >= 5
    assert sorted(disputed) == sorted(TAKEN_NULL)
