"""kubeconform: what it printed is read, what it left out is its failure, never a pass.

The real program is used where the toolchain finds it; where it does not, the test that needs it
says so. A script stands in for it only to fail.
"""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from benchmarks.kubeconform import NAME, read_results, written
from benchmarks.second_opinion import OpinionDiffers, disagreements
from rewardsvc.artifact import Artifact, File
from rewardsvc.formats import FORMATS
from rewardsvc.formats.kubernetes.kinds import Kind, Kinds
from rewardsvc.verification.verifier import Workbench
from rewardsvc.yaml12 import load_documents
from sandbox.errors import ToolCrashed
from sandbox.toolchain import Source, Tool

SHARED = Path(__file__).resolve().parents[3] / "shared/data/kubernetes"

POD = """\
apiVersion: v1
kind: Pod
metadata: {name: p}
spec: {containers: [{name: c, image: "nginx:1.27"}]}
"""


def result(number: int, status: str, **more: Any) -> dict[str, Any]:
    """As `kubeconform -verbose -output json` 0.7 prints one."""
    return {
        "filename": f"resources/{number}.json",
        "kind": "Pod",
        "name": "p",
        "version": "v1",
        "status": status,
        "msg": "",
        **more,
    }


def printed(*results: dict[str, Any]) -> bytes:
    return json.dumps({"resources": results, "summary": {"valid": 1, "skipped": 0}}).encode()


INVALID = {
    "msg": "problem validating schema. Check JSON formatting: jsonschema validation failed",
    "validationErrors": [
        {"path": "/spec/containers/0/image", "msg": "got number, want null or string"},
        {"path": "/metadata/annotations/a~1b", "msg": "got number, want null or string"},
    ],
}


def test_each_resource_gets_its_own_objections() -> None:
    output = printed(result(1, "statusInvalid", **INVALID), result(0, "statusValid"))
    found = read_results(output, (0, 1))
    assert found[0] == []
    assert [violation.path for violation in found[1]] == [
        ("spec", "containers", 0, "image"),
        ("metadata", "annotations", "a/b"),
    ]
    assert found[1][0].message == "got number, want null or string"


def test_an_older_release_that_gives_no_places_is_understood() -> None:
    found = read_results(printed(result(0, "INVALID", msg="spec.replicas: wrong")), (0,))
    assert [(violation.path, violation.message) for violation in found[0]] == [
        ((), "spec.replicas: wrong")
    ]


@pytest.mark.parametrize(
    "output",
    [
        b"",
        b"panic: runtime error",
        b"[]",
        b"{}",
        b"[" * 100_000,
        printed(),
        printed(result(0, "statusValid")),
        printed(result(0, "statusValid"), result(1, "statusSkipped")),
        printed(result(0, "statusValid"), result(1, "statusError", msg="could not find schema")),
        printed(result(0, "statusValid"), result(1, "statusFine")),
        printed(result(0, "statusValid"), {"filename": "resources/1.json"}),
        printed(result(0, "statusValid"), result(1, "statusInvalid", filename="other.json")),
        printed(result(0, "statusValid"), result(1, "statusInvalid", validationErrors=[1])),
    ],
)
def test_what_is_no_result_for_each_resource_is_the_tools_failure(output: bytes) -> None:
    with pytest.raises(ToolCrashed):
        read_results(output, (0, 1))


def with_kubeconform(workbench: Workbench, path: Path) -> Workbench:
    tool = Tool(NAME, "0.7.0", Source.PATH, path)
    tools = {**workbench.toolchain.tools, NAME: tool}
    return replace(workbench, toolchain=replace(workbench.toolchain, tools=tools))


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    "body",
    ["exit 2", "kill -SEGV $$", "echo garbage", "echo '{\"resources\": []}'", "exit 0"],
)
async def test_a_kubeconform_that_fails_is_a_line_of_the_comparison_and_no_verdict(
    body: str, tmp_path: Path, workbench: Workbench
) -> None:
    script = tmp_path / NAME
    script.write_text(f"#!/bin/sh\n{body}\n")
    script.chmod(0o755)
    bench = with_kubeconform(workbench, script)
    (failed,) = await compared(POD, bench)
    assert NAME in failed.what and not failed.resource
    file = File("manifest.yaml", "yaml", POD)
    findings = await FORMATS["kubernetes"].verifier.verify(Artifact((file,)), bench)
    assert {stage.score for stage in findings.stages} == {1.0}
    assert NAME not in findings.stages[1].diagnostics[0].message


@pytest.mark.asyncio(loop_scope="module")
async def test_it_is_given_json_in_files_of_their_own_and_their_schemas(
    tmp_path: Path, workbench: Workbench
) -> None:
    """The stand-in answers with what it was given, as a resource that is invalid."""
    script = tmp_path / NAME
    script.write_text(
        "#!/bin/sh\n"
        'told=$(printf "%s " "$@" $(ls schemas) $(cat resources/0.json | tr -d \'" \'))\n'
        'printf \'{"resources": [{"filename": "resources/0.json", "status": "statusInvalid",\'\n'
        'printf \' "msg": "%s"}]}\' "$told"\n'
        "exit 1\n"
    )
    script.chmod(0o755)
    bench = with_kubeconform(workbench, script)
    (said,) = await compared(POD.replace("name: p", "name: yes"), bench)
    assert said.resource == "Pod/yes"
    for part in ("-strict", "-output json", "resources/0.json", "pod_v1_v1.json"):
        assert part in said.what, said
    assert "ignore-missing" not in said.what
    assert "http" not in said.what
    assert "name:yes" in said.what, "a text in YAML 1.2, and in what kubeconform sees"


@pytest.mark.asyncio(loop_scope="module")
async def test_without_a_resource_that_has_a_schema_it_is_not_asked(
    tmp_path: Path, workbench: Workbench
) -> None:
    bench = with_kubeconform(workbench, tmp_path / "not-there")
    assert await compared("kind: Thing\napiVersion: a.b/v1\n", bench) == []


async def compared(text: str, workbench: Workbench) -> list[OpinionDiffers]:
    """What the comparison says of one file."""
    file = File("manifest.yaml", "yaml", text)
    return [one async for one in disagreements([file], kinds_of(workbench), workbench)]


def kinds_of(workbench: Workbench) -> Kinds:
    path = workbench.toolchain.require("kubernetes-schemas").path
    assert path is not None
    return Kinds(path, workbench.toolchain.crd_schemas)


@pytest.mark.parametrize("text", ["\U0001f680 é \x85\u2028\x7f \\ud83d \\\\", "\ufeff", "a\nb\t"])
def test_what_it_is_given_means_the_same_as_json_and_as_yaml(text: str) -> None:
    given = written({"a": text})
    assert json.loads(given) == {"a": text}
    assert [document.value for document in load_documents(given.decode())] == [{"a": text}]
    assert yaml.safe_load(given) == {"a": text}


@pytest.mark.asyncio(loop_scope="module")
async def test_a_property_may_be_called_like_a_keyword(workbench: Workbench) -> None:
    kinds = kinds_of(workbench)
    assert isinstance(kinds.find("apiextensions.k8s.io/v1", "CustomResourceDefinition"), Kind)
    schema = json.loads(kinds.standalone("apiextensions.k8s.io/v1", "CustomResourceDefinition"))
    jsonschema.Draft7Validator.check_schema(schema)
    (named,) = (
        d for name, d in schema["definitions"].items() if name.endswith("v1.JSONSchemaProps")
    )
    assert named["properties"]["default"]["$ref"].startswith("#/definitions/")


SAMPLES = [
    ("v1", "Pod"),
    ("apps/v1", "Deployment"),
    ("networking.k8s.io/v1", "Ingress"),
    ("autoscaling/v2", "HorizontalPodAutoscaler"),
    ("ray.io/v1", "RayCluster"),
]


@pytest.mark.asyncio(loop_scope="module")
async def test_its_schemas_are_whole_and_say_what_ours_say(workbench: Workbench) -> None:
    toolchain = workbench.toolchain
    path = toolchain.require("kubernetes-schemas").path
    assert path is not None
    kinds = Kinds(path, toolchain.crd_schemas)
    for api_version, kind in SAMPLES:
        found = kinds.find(api_version, kind)
        assert isinstance(found, Kind)
        schema = json.loads(kinds.standalone(api_version, kind))
        assert "_definitions.json" not in json.dumps(schema)
        jsonschema.Draft7Validator.check_schema(schema)
        validator = jsonschema.Draft7Validator(schema)
        meta = {"apiVersion": api_version, "kind": kind, "metadata": {"name": "x"}}
        pod = {"containers": [{"name": "c", "image": "i"}]}
        head = {"headGroupSpec": {"template": {"spec": pod}}}
        for spec in (pod, {"x": 1}, {"selector": {}, "template": {"spec": pod}}, {}, head, None):
            body = {**meta, "spec": spec}
            assert validator.is_valid(body) is (not found.schema.violations(body)), (kind, spec)


@pytest.mark.asyncio(loop_scope="module")
async def test_the_real_one_agrees_with_the_schemas_in_process(workbench: Workbench) -> None:
    tool = workbench.toolchain.tools.get(NAME)
    if tool is None or tool.source is Source.MISSING:
        pytest.skip("kubeconform is not on this machine: run `make setup` where GitHub is reached")
    if not SHARED.is_dir():
        pytest.skip("../shared/data is not here")
    paths = sorted(SHARED.glob("ku*/**/*.yaml"))
    files = [File(str(path), "yaml", path.read_text()) for path in paths]
    found = disagreements(files, kinds_of(workbench), workbench)
    assert [one async for one in found] == []
