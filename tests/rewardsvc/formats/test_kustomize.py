"""Kustomize overlays: built by the real kubectl, judged by what they build, and never by more."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from rewardsvc.artifact import Artifact, File
from rewardsvc.formats import FORMATS
from rewardsvc.formats.kustomize.folders import Folders
from rewardsvc.means import Lack, LackKind
from rewardsvc.types import FailureKind, Stage, StageStatus, Target
from rewardsvc.verification.verifier import Findings, Workbench
from sandbox.base import Command, Ended, Result, StepResult, Usage
from sandbox.errors import ToolCrashed, ToolMissing
from sandbox.toolchain import Source

asynchronous = pytest.mark.asyncio(loop_scope="module")

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 1
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
        - name: nginx
          image: nginx:1.27.3
"""
BASE = {
    "base/kustomization.yaml": "resources: [deployment.yaml]\n",
    "base/deployment.yaml": DEPLOYMENT,
}
PATCH = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 3
"""
OVERLAY = {
    "overlays/prod/kustomization.yaml": (
        "namespace: prod\nresources:\n  - ../../base\npatches:\n  - path: replicas.yaml\n"
    ),
    "overlays/prod/replicas.yaml": PATCH,
}
GOOD = {**BASE, **OVERLAY}
CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a: b}\n"


def top(body: str, **files: str) -> dict[str, str]:
    """One kustomization with a Deployment beside it."""
    return {"kustomization.yaml": body, "deployment.yaml": DEPLOYMENT, **files}


async def verify(files: Mapping[str, str], workbench: Workbench, task_input: str = "") -> Findings:
    artifact = Artifact(tuple(File(path, "yaml", text) for path, text in files.items()))
    bench = replace(workbench, task_input=task_input)
    return await FORMATS["kustomize"].verifier.verify(artifact, bench)


def stage(findings: Findings, name: str) -> Stage:
    return next(each for each in findings.stages if each.name == name)


def problems(findings: Findings, *names: str) -> list[tuple[str, int, str]]:
    return [
        (found.file, found.line, found.message)
        for each in findings.stages
        for found in each.diagnostics
        if found.severity != "info" and (not names or each.name in names)
    ]


@asynchronous
async def test_a_good_overlay_passes_and_the_tools_are_named(workbench: Workbench) -> None:
    findings = await verify(GOOD, workbench)
    assert [(each.name, each.status) for each in findings.stages] == [
        (name, StageStatus.PASSED)
        for name in ("parse", "build", "schema", "references", "lint", "kustomize-lint")
    ]
    assert problems(findings) == [] and findings.vacuous == ""
    assert stage(findings, "build").diagnostics[0].message.startswith("kubectl ")
    (deployment,) = findings.projections[Target.DOCUMENTS]
    assert deployment["metadata"] == {"name": "web", "namespace": "prod"}
    assert deployment["spec"]["replicas"] == 3
    assert findings.projections[Target.AST] == {
        "kustomizations": {
            "base": {"resources": ["deployment.yaml"]},
            "overlays/prod": {
                "namespace": "prod",
                "resources": ["../../base"],
                "patches": [{"path": "replicas.yaml"}],
            },
        },
        "overlays": {"overlays/prod": [deployment]},
    }


@asynchronous
@pytest.mark.parametrize(
    ("files", "kinds"),
    [
        (top("resources: [deployment.yaml]\nimages: [{name: nginx, newTag: 1.28.0}]\n"), 1),
        (
            top(
                "resources: [deployment.yaml]\n"
                "labels: [{pairs: {team: a}, includeSelectors: true}]\n"
                "configMapGenerator: [{name: c, literals: [a=b], files: [app.conf]}]\n"
                "secretGenerator:\n"
                "  - {name: s, envs: [s.env], options: {disableNameSuffixHash: true}}\n",
                **{"app.conf": "a = 1\n", "s.env": "TOKEN=x\n"},
            ),
            3,
        ),
        (
            {
                **GOOD,
                "components/debug/kustomization.yaml": (
                    "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n"
                    "resources: [c.yaml]\n"
                ),
                "components/debug/c.yaml": CONFIG,
                "overlays/prod/kustomization.yaml": OVERLAY["overlays/prod/kustomization.yaml"]
                + "components: [../../components/debug]\n",
            },
            2,
        ),
        (
            top(
                "resources: [deployment.yaml, c.yaml]\nreplacements:\n"
                "  - source: {kind: ConfigMap, fieldPath: data.a}\n"
                "    targets: [{select: {kind: Deployment}, fieldPaths: [metadata.labels.a],"
                " options: {create: true}}]\n",
                **{"c.yaml": CONFIG},
            ),
            2,
        ),
        (
            top(
                "resources: [deployment.yaml]\ntransformers: [t.yaml]\n",
                **{
                    "t.yaml": "apiVersion: builtin\nkind: PrefixTransformer\n"
                    "metadata: {name: p}\nprefix: a-\nfieldSpecs: [{path: metadata/name}]\n"
                },
            ),
            1,
        ),
        ({"Kustomization": "resources: [deployment.yaml]\n", "deployment.yaml": DEPLOYMENT}, 1),
    ],
)  # fmt: skip
async def test_what_people_write_is_built(
    files: Mapping[str, str], kinds: int, workbench: Workbench
) -> None:
    findings = await verify(files, workbench)
    assert problems(findings) == []
    assert len(findings.projections[Target.DOCUMENTS]) == kinds


@asynchronous
@pytest.mark.parametrize(
    ("files", "parsed", "place", "says"),
    [
        ({"deployment.yaml": DEPLOYMENT}, False, ("", 0), "there is no kustomization.yaml"),
        ({"kustomization.yaml": "- a\n"}, False, ("", 0), "that holds a mapping"),
        (
            top("resources: [deployment.yaml]\nresources: []\n"),
            False, ("kustomization.yaml", 2), "occurs twice",
        ),
        (
            top("resources: [a: [\n"), False, ("kustomization.yaml", 2), "",
        ),
        (
            top("resources:\n  - deployment.yaml\n  - nowhere.yaml\n"),
            True, ("kustomization.yaml", 3), "evalsymlink failure on 'nowhere.yaml'",
        ),
        (
            top("resource: [deployment.yaml]\n"),
            True, ("kustomization.yaml", 0), 'unknown field "resource"',
        ),
        (
            top("resources: [deployment.yaml]\npatches: [{path: no.yaml}]\n"),
            True, ("kustomization.yaml", 2), "no.yaml",
        ),
        (
            top("resources: [deployment.yaml]\npatches:\n  - patch: |\n      "
                + PATCH.replace("name: web", "name: api").replace("\n", "\n      ").strip() + "\n"),
            True, ("kustomization.yaml", 0), "no matches for Id Deployment",
        ),
        (
            top("resources: [deployment.yaml]\nhelmCharts: []\nconfigMapGenerator:\n"
                "  - {name: c, files: [/etc/passwd]}\n"),
            True, ("kustomization.yaml", 4), "'/etc/passwd' is not in or below",
        ),
        (
            {**GOOD, "overlays/prod/kustomization.yaml": "resources: [../../base/deployment.yaml]"},
            True, ("overlays/prod/kustomization.yaml", 1), "is not in or below",
        ),
        (
            {
                "a/kustomization.yaml": "resources: [../b]\n",
                "b/kustomization.yaml": "resources: [../a]\n",
            },
            True, ("a/kustomization.yaml", 1), "cycle detected",
        ),
        (
            top("resources: [deployment.yaml]\ngenerators: [g.yaml]\n",
                **{"g.yaml": "apiVersion: a.example/v1\nkind: Made\nmetadata: {name: g, "
                   "annotations: {config.kubernetes.io/function: 'exec: {path: /bin/sh}'}}\n"}),
            True, ("kustomization.yaml", 0), "",
        ),
    ],
)  # fmt: skip
async def test_what_kubectl_does_not_build_is_the_answers_error(
    files: Mapping[str, str], parsed: bool, place: tuple[str, int], says: str,
    workbench: Workbench,
) -> None:  # fmt: skip
    findings = await verify(files, workbench)
    assert findings.parsed is parsed and findings.lacking == ()
    ((file, line, message),) = problems(findings, "parse", "build")
    assert (file, line) == place and says in message and "/work" not in message
    assert stage(findings, "schema").status is StageStatus.SKIPPED
    assert Target.DOCUMENTS not in findings.projections


@asynchronous
async def test_errors_of_manifests_name_the_file_that_they_come_from(workbench: Workbench) -> None:
    wrong = {
        **GOOD,
        "base/deployment.yaml": DEPLOYMENT.replace("          image:", "          img:"),
    }
    wrong["overlays/prod/kustomization.yaml"] += "namePrefix: my-\n"
    findings = await verify(
        {
            **wrong,
            "base/deployment.yaml": wrong["base/deployment.yaml"] + "          image: nginx:1\n",
        },
        workbench,
    )
    ((file, line, message),) = problems(findings)
    assert (file, line) == ("base/deployment.yaml", 15) and "'img' was unexpected" in message
    made = top(
        "resources: [deployment.yaml]\nconfigMapGenerator: [{name: c, literals: [a=b]}]\npatches:\n"
        "  - target: {kind: ConfigMap}\n"
        "    patch: |\n      - {op: add, path: /datum, value: {a: b}}\n"
    )
    ((file, _, message),) = problems(await verify(made, workbench))
    assert file == "kustomization.yaml" and "'datum' was unexpected" in message


@asynchronous
async def test_what_kustomize_calls_deprecated_costs_the_format_alone(workbench: Workbench) -> None:
    files = {
        **GOOD,
        "overlays/prod/kustomization.yaml": "bases: [../../base]\ncommonLabels: {a: b}\n",
    }
    findings = await verify(files, workbench)
    assert stage(findings, "kustomize-lint").score == 0.5
    assert [message[:20] for _, _, message in problems(findings)] == [
        "'bases' is deprecate", "'commonLabels' is de",
    ]  # fmt: skip


@asynchronous
@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({"kustomization.yaml": "namePrefix: a-\n"}, "it builds no resource"),
        ({"kustomization.yaml": "resources: []\npatches: []\n"}, "it builds no resource"),
        (top("resources: [deployment.yaml]\nreplicas: [{name: web, count: 0}]\n"), "switched off"),
        (
            {
                "kustomization.yaml": "resources: [deployment.yaml]\n",
                "deployment.yaml": DEPLOYMENT.replace("Deployment", "WebDeployment"),
            },
            "no schema knows",
        ),
        (
            {"kustomization.yaml": "resources: ['https://github.com/acme/shop//base?ref=v1']\n"},
            "all is left to what would be fetched",
        ),
        (
            top("resources: [deployment.yaml]\npatches:\n  - patch: |\n      $patch: delete\n"
                "      apiVersion: apps/v1\n      kind: Deployment\n      metadata: {name: web}\n"),
            "it builds no resource",
        ),
        ({"kustomization.yaml": "configMapGenerator: [{name: c}]\n"}, "none of its resources"),
        (top("resources: []\n"), "it builds no resource"),
    ],
)  # fmt: skip
async def test_what_builds_nothing_is_vacuous(
    files: Mapping[str, str], why: str, workbench: Workbench
) -> None:
    findings = await verify(files, workbench)
    assert findings.parsed and why in findings.vacuous


@asynchronous
@pytest.mark.parametrize(
    ("entry", "source"),
    [
        ("https://github.com/acme/shop//base?ref=v1.2.0", ""),
        ("github.com/acme/shop/base?ref=v1.2.0", ""),
        ("git@github.com:acme/shop.git//base", ""),
        ("https://raw.example.com/acme/shop/main/install.yaml", ""),
        ("git::https://a.example/shop.git", ""),
    ],
)
async def test_what_would_be_fetched_is_lacking_and_the_rest_is_judged(
    entry: str, source: str, workbench: Workbench
) -> None:
    files = top(f"resources: [deployment.yaml, '{entry}']\n")
    findings = await verify(files, workbench)
    assert findings.lacking == (Lack(LackKind.MODULE, entry),)
    assert problems(findings) == [] and len(findings.projections[Target.DOCUMENTS]) == 1


@asynchronous
async def test_charts_are_not_inflated(workbench: Workbench) -> None:
    body = (
        "resources: [deployment.yaml]\nhelmCharts:\n"
        "  - {name: redis, repo: 'https://charts.example.com/r/', version: 20.1.0}\n"
    )
    findings = await verify(top(body), workbench)
    wanted = Lack(LackKind.MODULE, "https://charts.example.com/r/redis", "20.1.0")
    assert findings.lacking == (wanted,) and problems(findings) == []


BOTH = {
    **GOOD,
    "overlays/dev/kustomization.yaml": "namespace: dev\nresources: [../../base]\n",
}


@asynchronous
async def test_every_overlay_is_built_and_the_first_one_is_what_documents_show(
    workbench: Workbench,
) -> None:
    findings = await verify(BOTH, workbench)
    overlays = findings.projections[Target.AST]["overlays"]
    assert [each["spec"]["replicas"] for each in overlays["overlays/dev"]] == [1]
    assert findings.projections[Target.DOCUMENTS] == overlays["overlays/prod"]
    turned = await verify({path: BOTH[path] for path in sorted(BOTH)}, workbench)
    assert turned.projections[Target.DOCUMENTS] == overlays["overlays/dev"]
    shared = {**BOTH, "base/deployment.yaml": DEPLOYMENT.replace("replicas:", "replica:")}
    shared["overlays/prod/replicas.yaml"] = PATCH.replace("replicas", "paused").replace(
        "3", "false"
    )
    findings = await verify(shared, workbench)
    assert len(problems(findings, "schema")) == 1, "what overlays share is told once"
    own = {**BOTH, "overlays/dev/kustomization.yaml": "resources: [../../bases]\n"}
    findings = await verify(own, workbench)
    ((file, line, _),) = problems(findings)
    assert (file, line) == ("overlays/dev/kustomization.yaml", 1)
    assert len(findings.projections[Target.DOCUMENTS]) == 1


@asynchronous
async def test_an_overlay_that_misses_its_base_is_not_judged_by_the_base(
    workbench: Workbench,
) -> None:
    files = {**GOOD, "overlays/prod/kustomization.yaml": "resources: [../../bse]\n"}
    findings = await verify(files, workbench)
    assert Target.DOCUMENTS not in findings.projections
    assert problems(findings, "build")


GIVEN = "The base:\n\n" + "\n".join(
    f"```yaml path={path}\n{text}```\n" for path, text in BASE.items()
)


@asynchronous
async def test_an_overlay_builds_on_the_base_that_a_task_gives(workbench: Workbench) -> None:
    findings = await verify(OVERLAY, workbench, GIVEN)
    assert problems(findings) == []
    (deployment,) = findings.projections[Target.DOCUMENTS]
    assert deployment["spec"]["replicas"] == 3
    (idle,) = findings.no_op[Target.DOCUMENTS]
    assert idle["spec"]["replicas"] == 1
    assert list(findings.no_op[Target.AST]["overlays"]) == ["base"]


@asynchronous
@pytest.mark.parametrize(
    "files",
    [
        {"overlays/prod/kustomization.yaml": "resources: [../../base]\n"},
        {"overlays/prod/kustomization.yaml": "resources: [../../base]\npatches: []\n"},
        {"base/deployment.yaml": "# done\n" + DEPLOYMENT},
        {"README.yaml": "done: true\n"},
    ],
)
async def test_to_build_what_the_task_gives_is_vacuous(
    files: Mapping[str, str], workbench: Workbench
) -> None:
    findings = await verify(files, workbench, GIVEN)
    assert findings.vacuous == "it builds nothing but what the task gives"


@asynchronous
async def test_a_change_of_the_given_base_shows_in_the_given_overlay(workbench: Workbench) -> None:
    given = GIVEN + "".join(f"```yaml path={path}\n{text}```\n" for path, text in OVERLAY.items())
    changed = {"base/deployment.yaml": DEPLOYMENT.replace("1.27.3", "1.28.0")}
    findings = await verify(changed, workbench, given)
    (deployment,) = findings.projections[Target.DOCUMENTS]
    assert deployment["spec"]["replicas"] == 3
    assert deployment["spec"]["template"]["spec"]["containers"][0]["image"] == "nginx:1.28.0"
    assert findings.vacuous == ""


@asynchronous
async def test_files_that_are_no_yaml_are_part_of_an_answer(workbench: Workbench) -> None:
    body = "configMapGenerator: [{name: c, files: [a.yaml, b.conf]}]\n"
    artifact = Artifact(
        (
            File("kustomization.yaml", "yaml", body),
            File("a.yaml", "conf", "no: [yaml\n"),
            File("b.conf", "ini", "[b]\n"),
        )
    )
    findings = await FORMATS["kustomize"].verifier.verify(artifact, workbench)
    (config,) = findings.projections[Target.DOCUMENTS]
    assert config["data"] == {"a.yaml": "no: [yaml\n", "b.conf": "[b]\n"}


@asynchronous
async def test_what_doubles_at_each_level_is_an_error_and_no_fault(workbench: Workbench) -> None:
    files = {"l0x/kustomization.yaml": "resources: [c.yaml]\n", "l0x/c.yaml": CONFIG}
    files["l0y/kustomization.yaml"] = "resources: [../l0x]\nnamePrefix: y-\n"
    for level in range(1, 30):
        for name in "xy":
            below = f"l{level - 1}"
            files[f"l{level}{name}/kustomization.yaml"] = (
                f"resources: [../{below}x, ../{below}y]\nnamePrefix: {name}{level}-\n"
            )
    findings = await verify(files, workbench)
    assert findings.fault is None and problems(findings, "build")


@asynchronous
async def test_what_comments_declare_to_be_there_is_not_missing(workbench: Workbench) -> None:
    uses = DEPLOYMENT + "          envFrom: [{configMapRef: {name: s}}]\n"
    files = {"kustomization.yaml": "resources: [deployment.yaml]\n", "deployment.yaml": uses}
    assert problems(await verify(files, workbench), "lint")
    files["kustomization.yaml"] = "# external: ConfigMap/s\nresources: [deployment.yaml]\n"
    assert problems(await verify(files, workbench)) == []


@asynchronous
async def test_an_input_that_cannot_be_laid_out_is_the_tasks_fault(workbench: Workbench) -> None:
    findings = await verify(GOOD, workbench, "```yaml path=../x\na: b\n```\n")
    assert findings.fault is not None and findings.fault.kind is FailureKind.INTERNAL


@asynchronous
async def test_without_kubectl_nothing_is_scored(workbench: Workbench) -> None:
    tools = dict(workbench.toolchain.tools)
    tools["kubectl"] = replace(tools["kubectl"], source=Source.MISSING, path=None, note="get it")
    bench = replace(workbench, toolchain=replace(workbench.toolchain, tools=tools))
    with pytest.raises(ToolMissing, match="get it"):
        await verify(GOOD, bench)


class Broken:
    """A sandbox whose programs all end with one exit code."""

    async def run(self, command: Command) -> Result:
        steps = [StepResult(step.name, 2, b"", b"panic: oh\n", 0.0) for step in command.steps]
        return Result(Ended.EXITED, tuple(steps), Usage(0.0))


@asynchronous
async def test_a_crash_says_nothing_of_the_overlay(workbench: Workbench) -> None:
    with pytest.raises(ToolCrashed, match="exit code 2: panic: oh"):
        await verify(GOOD, replace(workbench, sandbox=Broken()))


@pytest.mark.parametrize(
    ("files", "touched", "roots"),
    [
        (GOOD, GOOD, ["overlays/prod"]),
        (BOTH, BOTH, ["overlays/prod", "overlays/dev"]),
        (BOTH, ["overlays/dev/kustomization.yaml"], ["overlays/dev"]),
        (BOTH, ["base/deployment.yaml"], ["overlays/prod", "overlays/dev"]),
        (BOTH, ["README.md"], ["overlays/prod", "overlays/dev"]),
        (top("resources: [deployment.yaml]\n"), ["deployment.yaml"], [""]),
        (
            {
                "lone/kustomization.yaml": "resources: [a.yaml]\n",
                "lone/a.yaml": CONFIG,
                "over/kustomization.yml": "resources: [../gone]\n",
                "part/kustomization.yaml": "kind: Component\n",
            },
            ["lone/a.yaml", "over/kustomization.yml", "part/kustomization.yaml"],
            ["over", "lone"],
        ),
        ({"a/kustomization.yaml": "resources: [.]\n"}, ["a/kustomization.yaml"], ["a"]),
    ],
)
def test_what_is_built_is_what_no_other_refers_to(
    files: Mapping[str, str], touched: list[str], roots: list[str]
) -> None:
    assert [root.folder for root in Folders(files).roots(touched)] == roots


def test_an_entry_that_is_here_is_not_fetched() -> None:
    here = Folders({"kustomization.yaml": "resources: [a@b:c/d.yaml]\n", "a@b:c/d.yaml": CONFIG})
    assert here.remote == {} and here.lacks == ()
