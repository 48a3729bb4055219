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

from rewardsvc.artifact import Artifact, File
from rewardsvc.formats import FORMATS
from rewardsvc.formats.kubernetes.kinds import Kind, Kinds
from rewardsvc.formats.kubernetes.kubeconform import NAME, read_results
from rewardsvc.verification.verifier import Workbench
from sandbox.errors import ToolCrashed
from sandbox.toolchain import Source, Tool

SHARED = Path(__file__).resolve().parents[4] / "shared/data/kubernetes"

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
async def test_a_kubeconform_that_fails_is_our_fault(
    body: str, tmp_path: Path, workbench: Workbench
) -> None:
    script = tmp_path / NAME
    script.write_text(f"#!/bin/sh\n{body}\n")
    script.chmod(0o755)
    artifact = Artifact((File("manifest.yaml", "yaml", POD),))
    with pytest.raises(ToolCrashed, match=NAME):
        await FORMATS["kubernetes"].verifier.verify(artifact, with_kubeconform(workbench, script))


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
    artifact = Artifact((File("manifest.yaml", "yaml", POD.replace("name: p", "name: yes")),))
    findings = await FORMATS["kubernetes"].verifier.verify(
        artifact, with_kubeconform(workbench, script)
    )
    schema = findings.stages[1]
    assert schema.score == 0.5
    said = schema.diagnostics[-1].message
    for part in ("-strict", "-output json", "resources/0.json", "pod_v1_v1.json"):
        assert part in said, said
    assert "ignore-missing" not in said
    assert "http" not in said
    assert "name:yes" in said, "a text in YAML 1.2, and in what kubeconform sees"


@pytest.mark.asyncio(loop_scope="module")
async def test_without_a_resource_that_has_a_schema_it_is_not_asked(
    tmp_path: Path, workbench: Workbench
) -> None:
    bench = with_kubeconform(workbench, tmp_path / "not-there")
    artifact = Artifact((File("manifest.yaml", "yaml", "kind: Thing\napiVersion: a.b/v1\n"),))
    findings = await FORMATS["kubernetes"].verifier.verify(artifact, bench)
    assert findings.vacuous
    assert "kubeconform 0.7.0" in findings.stages[1].diagnostics[0].message


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
    missing = replace(tool, source=Source.MISSING, path=None)
    tools = {**workbench.toolchain.tools, NAME: missing}
    without = replace(workbench, toolchain=replace(workbench.toolchain, tools=tools))
    verifier = FORMATS["kubernetes"].verifier
    for path in sorted(SHARED.glob("ku*/**/*.yaml")):
        artifact = Artifact((File("manifest.yaml", "yaml", path.read_text()),))
        theirs = await verifier.verify(artifact, workbench)
        ours = await verifier.verify(artifact, without)
        assert theirs.projections == ours.projections, path.name
