"""Helm charts: rendered by the real Helm, judged by what they render, and never by more."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from rewardsvc.artifact import Artifact, File
from rewardsvc.formats import FORMATS
from rewardsvc.formats.helm.comments import without_chart_comments
from rewardsvc.formats.helm.outline import Outline
from rewardsvc.means import Lack, LackKind
from rewardsvc.types import FailureKind, Stage, StageStatus, Target
from rewardsvc.verification.verifier import Findings, Workbench
from sandbox.base import Command, Ended, Result, StepResult, Usage
from sandbox.errors import ToolCrashed, ToolMissing
from sandbox.toolchain import Source

asynchronous = pytest.mark.asyncio(loop_scope="module")

CHART = "apiVersion: v2\nname: web\nversion: 0.1.0\n"
VALUES = "replicas: 2\nimage: {repository: nginx, tag: 1.27.3}\ningress: {enabled: false}\n"
DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}
spec:
  replicas: {{ .Values.replicas }}
  selector:
    matchLabels:
      {{- include "web.labels" . | nindent 6 }}
  template:
    metadata:
      labels:
        {{- include "web.labels" . | nindent 8 }}
    spec:
      containers:
        - name: nginx
          image: "{{ .Values.image.repository }}:{{ .Values.image.tag }}"
"""
HELPERS = '{{- define "web.labels" -}}\napp: {{ .Chart.Name }}\n{{- end }}\n'
GOOD = {
    "Chart.yaml": CHART,
    "values.yaml": VALUES,
    "templates/_helpers.tpl": HELPERS,
    "templates/deployment.yaml": DEPLOYMENT,
}
CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata:\n"
HOOK = (
    "apiVersion: batch/v1\nkind: Job\n"
    'metadata: {name: migrate, annotations: {"helm.sh/hook": %s}}\n'
    "spec: {template: {spec: {restartPolicy: Never, containers: [{name: m, image: m:1}]}}}\n"
)
REDIS = (
    "dependencies:\n  - {name: redis, version: 20.1.0, repository: https://charts.invalid/r%s}\n"
)


def chart(changes: Mapping[str, str] = {}, **more: str) -> dict[str, str]:
    """The good chart with other or further files; one that is "" is left out."""
    return {path: text for path, text in {**GOOD, **changes, **more}.items() if text}


async def verify(files: Mapping[str, str], workbench: Workbench, task_input: str = "") -> Findings:
    artifact = Artifact(tuple(File(path, "yaml", text) for path, text in files.items()))
    bench = replace(workbench, task_input=task_input)
    return await FORMATS["helm"].verifier.verify(artifact, bench)


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
async def test_a_good_chart_passes_and_the_tools_are_named(workbench: Workbench) -> None:
    findings = await verify(GOOD, workbench)
    assert [(each.name, each.status) for each in findings.stages] == [
        (name, StageStatus.PASSED)
        for name in ("parse", "template", "schema", "references", "lint", "helm-lint")
    ]
    assert problems(findings) == [] and findings.vacuous == ""
    assert stage(findings, "template").diagnostics[0].message.startswith("helm ")
    (deployment,) = findings.projections[Target.DOCUMENTS]
    assert deployment["metadata"] == {"name": "release-name"}
    assert deployment["spec"]["replicas"] == 2
    assert findings.projections[Target.AST] == {
        "chart": {"apiVersion": "v2", "name": "web", "version": "0.1.0"},
        "values": {
            "replicas": 2,
            "image": {"repository": "nginx", "tag": "1.27.3"},
            "ingress": {"enabled": False},
        },
        "hooks": [],
        "renderings": {},
    }


@asynchronous
async def test_the_chart_that_helm_creates_is_good_with_all_of_it_switched_on(
    workbench: Workbench, tmp_path: Path
) -> None:
    program = workbench.toolchain.require("helm").path
    made = await asyncio.create_subprocess_exec(
        str(program), "create", "demo", cwd=tmp_path, stdout=asyncio.subprocess.DEVNULL,
        env={"HOME": str(tmp_path / "home")},
    )  # fmt: skip
    assert await made.wait() == 0
    files = {
        file.relative_to(tmp_path).as_posix(): file.read_text()
        for file in (tmp_path / "demo").rglob("*")
        if file.is_file()
    }
    usual = await verify(files, workbench)
    values = files["demo/values.yaml"].replace("enabled: false", "enabled: true")
    values = values.replace("resources: {}", "resources: {requests: {cpu: 100m}}")
    full = await verify({**files, "demo/values.yaml": values}, workbench)
    assert problems(usual) == problems(full) == []
    kinds = {each["kind"] for each in full.projections[Target.DOCUMENTS]}
    assert {"Deployment", "HorizontalPodAutoscaler", "HTTPRoute", "Ingress"} <= kinds
    assert len(usual.projections[Target.DOCUMENTS]) < len(full.projections[Target.DOCUMENTS])


@asynchronous
@pytest.mark.parametrize(
    ("changes", "parsed", "place", "says"),
    [
        ({"Chart.yaml": ""}, False, ("", 0), "there is no Chart.yaml"),
        ({"values.yaml": "a: 1\na: 2\n"}, False, ("values.yaml", 2), "occurs twice"),
        ({"values.yaml": "- a\n"}, False, ("values.yaml", 1), "must hold a mapping"),
        (
            {"templates/deployment.yaml": DEPLOYMENT.replace("replicas }}", "replicas }")},
            False, ("templates/deployment.yaml", 6), "unexpected \"}\" in operand",
        ),
        (
            {"templates/deployment.yaml": DEPLOYMENT.replace("nindent 6", "indentation 6")},
            False, ("templates/deployment.yaml", 9), 'function "indentation" not defined',
        ),
        (
            {"templates/deployment.yaml": DEPLOYMENT.replace("nindent 8", "nindent 2")},
            False, ("templates/deployment.yaml", 0), "mapping values are not allowed",
        ),
        (
            {"templates/c.yaml": CONFIG + "  a: b\n  a: c\n"},
            False, ("templates/c.yaml", 0), "no YAML: the key 'a' occurs twice",
        ),
        (
            {"templates/deployment.yaml": DEPLOYMENT.replace(".replicas", ".replicas.web.count")},
            True, ("templates/deployment.yaml", 6), "can't evaluate field web",
        ),
        (
            {"templates/c.yaml": CONFIG + "  a: {{ required `a port is needed` .Values.port }}\n"},
            True, ("templates/c.yaml", 5), "a port is needed",
        ),
        (
            {"templates/_helpers.tpl": ""},
            True, ("templates/deployment.yaml", 9), 'no template "web.labels"',
        ),
        (
            {"values.schema.json": '{"properties": {"replicas": {"type": "string"}}}'},
            True, ("", 0), "don't meet the specifications of the schema",
        ),
        ({"Chart.yaml": "apiVersion: v2\nname: web\n"}, True, ("", 0), "version is required"),
    ],
)  # fmt: skip
async def test_what_helm_does_not_render_is_the_charts_error(
    changes: Mapping[str, str], parsed: bool, place: tuple[str, int], says: str,
    workbench: Workbench,
) -> None:  # fmt: skip
    findings = await verify(chart(changes), workbench)
    assert findings.parsed is parsed
    ((file, line, message),) = problems(findings, "parse", "template")
    assert (file, line) == place and says in message
    assert stage(findings, "schema").status is StageStatus.SKIPPED
    assert Target.DOCUMENTS not in findings.projections


@asynchronous
async def test_errors_of_manifests_name_the_template_and_its_line(workbench: Workbench) -> None:
    wrong = DEPLOYMENT.replace(
        "          image:", "          imagePullPolicyy: Always\n          image:"
    )
    findings = await verify(
        {f"charts/web/{k}": v for k, v in chart({"templates/deployment.yaml": wrong}).items()},
        workbench,
    )
    ((file, line, message),) = problems(findings)
    assert (file, line) == ("charts/web/templates/deployment.yaml", 17)
    assert "'imagePullPolicyy' was unexpected" in message


@asynchronous
async def test_warnings_of_the_linter_count_for_the_format_alone(workbench: Workbench) -> None:
    old = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: Web_Config}\ndata: {a: b}\n"
    findings = await verify(chart({"templates/c.yaml": old}), workbench)
    linted = stage(findings, "helm-lint")
    assert linted.score == pytest.approx(2 / 3)
    ((file, _, message),) = problems(findings, "helm-lint")
    assert file == "templates/c.yaml" and "does not conform" in message


BEHIND = "{{- if .Values.ingress.enabled }}\n" + DEPLOYMENT + "{{- end }}\n"


@asynchronous
@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"templates/deployment.yaml": ""}, "renders no resource with its default values"),
        ({"templates/deployment.yaml": BEHIND}, "renders no resource with its default values"),
        (
            {"templates/deployment.yaml": "", "templates/NOTES.txt": "kind: Deployment\n"},
            "renders no resource with its default values",
        ),
        (
            {"templates/deployment.yaml": HOOK % "pre-install"},
            "renders nothing but hooks and tests",
        ),
        ({"templates/deployment.yaml": HOOK % "test"}, "renders nothing but hooks and tests"),
        (
            {"templates/deployment.yaml": DEPLOYMENT.replace("Deployment", "WebDeployment")},
            "no schema knows any of its kinds",
        ),
        ({"values.yaml": VALUES.replace("2", "0", 1)}, "all that would is empty or switched off"),
        (
            {"templates/deployment.yaml": "", "Chart.yaml": CHART + REDIS % ""},
            "all is left to other charts",
        ),
        ({"templates/deployment.yaml": CONFIG.replace("data:\n", "data: {}\n")}, "none of its"),
        ({".helmignore": "templates/deployment.yaml\n"}, "renders no resource"),
    ],
)  # fmt: skip
async def test_what_installs_nothing_is_vacuous(
    changes: Mapping[str, str], why: str, workbench: Workbench
) -> None:
    findings = await verify(chart(changes), workbench)
    assert findings.parsed and why in findings.vacuous


BOMBS = {
    "a range without end": "a: {{ range until 2000000000 }}x{{ end }}\n",
    "a range in a range": (
        "a: {{ range until 100000 }}{{ range until 100000 }}{{ end }}{{ end }}\n"
    ),
    "text beyond measure": "a: {{ range until 4000000 }}x{{ end }}\n",
    "a template that includes itself": (
        '{{ define "x" }}{{ include "x" . }}{{ end }}a: {{ include "x" . }}\n'
    ),
    "a template that calls itself": (
        '{{ define "x" }}{{ template "x" . }}{{ end }}a: {{ template "x" . }}\n'
    ),
    "text that doubles": (
        '{{ $x := "x" }}{{ range until 40 }}{{ $x = printf "%s%s" $x $x }}{{ end }}a: {{ $x }}\n'
    ),
    "a thousand resources": (
        "{{ range until 20000 }}\n---\napiVersion: v1\nkind: ConfigMap\n"
        "metadata: {name: c{{ . }}}\ndata: {a: b}\n{{ end }}"
    ),
}


@asynchronous
@pytest.mark.parametrize("name", BOMBS)
async def test_a_template_without_end_is_an_error_and_no_fault(
    name: str, workbench: Workbench
) -> None:
    findings = await verify(chart({"templates/bomb.yaml": BOMBS[name]}), workbench)
    assert findings.fault is None
    assert stage(findings, "template").score == 0.5
    assert problems(findings, "template")


@asynchronous
async def test_a_template_reads_nothing_beside_its_chart(workbench: Workbench) -> None:
    asked = "\n".join(
        f'  k{number}: {{{{ .Files.Get "{path}" | quote }}}}'
        for number, path in enumerate(["/etc/passwd", "../../../etc/passwd", "secret.txt"])
    )
    looked = '\n  l: {{ lookup "v1" "Secret" "a" "b" | toJson | quote }}'
    dns = '\n  d: {{ getHostByName "localhost" | quote }}\n'
    files = chart({"templates/c.yaml": CONFIG + asked + looked + dns, "secret.txt": "ours"})
    findings = await verify(files, workbench)
    data = next(
        each["data"]
        for each in findings.projections[Target.DOCUMENTS]
        if each["kind"] == "ConfigMap"
    )
    assert data == {"k0": "", "k1": "", "k2": "ours\n", "l": "{}", "d": ""} or data["k2"] == "ours"
    assert (data["k0"], data["k1"], data["l"], data["d"]) == ("", "", "{}", "")


@asynchronous
async def test_helm_has_no_home_plugins_or_settings_of_the_answers(workbench: Workbench) -> None:
    plugin = "name: x\nversion: 0.1.0\nplatformCommand: [{command: sh, args: [-c, 'exit 9']}]\n"
    places = (".local/share/helm/plugins/x", "plugins/x", ".config/helm/plugins/x")
    beside = {f"{place}/plugin.yaml": plugin for place in places}
    findings = await verify(
        chart({**beside, ".config/helm/repositories.yaml": "no: [\n"}), workbench
    )
    assert problems(findings) == []


@asynchronous
async def test_a_chart_in_the_chart_is_part_of_it(workbench: Workbench) -> None:
    inner = {
        "charts/cache/Chart.yaml": CHART.replace("web", "cache"),
        "charts/cache/values.yaml": "size: 1\n",
        "charts/cache/templates/c.yaml": CONFIG + "  size: {{ .Values.size | quot }}\n",
    }
    findings = await verify(chart(inner), workbench)
    ((file, line, _),) = problems(findings, "template")
    assert (file, line) == ("charts/cache/templates/c.yaml", 5)
    inner["charts/cache/templates/c.yaml"] = CONFIG + "  size: {{ .Values.size | quote }}\n"
    sized = chart({**inner, "values.yaml": VALUES + "cache: {size: 5}\n"})
    findings = await verify(sized, workbench)
    assert findings.projections[Target.DOCUMENTS][0]["data"] == {"size": "5"}
    ((file, _, message),) = problems(findings, "helm-lint")
    assert file == "Chart.yaml" and "missing these dependencies: cache" in message
    named = CHART + "dependencies: [{name: cache, version: 0.1.0}]\n"
    assert problems(await verify({**sized, "Chart.yaml": named}, workbench)) == []


@asynchronous
async def test_of_several_charts_the_first_one_is_judged(workbench: Workbench) -> None:
    files = {f"web/{path}": text for path, text in GOOD.items()}
    other = {"other/Chart.yaml": "apiVersion: v2\n", "README.md": "# Two charts\n"}
    assert problems(await verify({**files, **other}, workbench)) == []
    assert problems(await verify({**other, **files}, workbench)) != []


@asynchronous
async def test_what_would_be_fetched_is_lacking_and_the_rest_is_judged(
    workbench: Workbench,
) -> None:
    findings = await verify(chart({"Chart.yaml": CHART + REDIS % ""}), workbench)
    wanted = Lack(LackKind.MODULE, "https://charts.invalid/r/redis", "20.1.0")
    assert findings.lacking == (wanted,)
    assert problems(findings) == [] and len(findings.projections[Target.DOCUMENTS]) == 1
    uses = DEPLOYMENT.replace("web.labels", "common.labels")
    findings = await verify(
        chart({"Chart.yaml": CHART + REDIS % "", "templates/deployment.yaml": uses}), workbench
    )
    assert findings.lacking == (wanted,) and findings.parsed


@asynchronous
async def test_what_is_switched_off_or_here_is_not_lacking(workbench: Workbench) -> None:
    off = chart(
        {
            "Chart.yaml": CHART + REDIS % ", condition: redis.enabled",
            "values.yaml": VALUES + "redis: {enabled: false}\n",
        }
    )
    here = chart(
        {
            "Chart.yaml": CHART + REDIS % "",
            "charts/redis/Chart.yaml": "apiVersion: v2\nname: redis\nversion: 20.1.0\n",
            "charts/redis/templates/c.yaml": CONFIG + "  a: b\n",
        }
    )
    for files in (off, here):
        findings = await verify(files, workbench)
        assert findings.lacking == () and problems(findings) == []
    local = CHART + "dependencies: [{name: lib, version: 1.0.0, repository: 'file://../lib'}]\n"
    findings = await verify(chart({"Chart.yaml": local}), workbench)
    assert findings.lacking == ()
    assert "lib" in problems(findings, "template")[0][2]


@asynchronous
async def test_hooks_are_judged_and_shown_apart(workbench: Workbench) -> None:
    findings = await verify(
        chart(
            {
                "templates/a.yaml": HOOK % "pre-upgrade",
                "templates/b.yaml": HOOK.replace("migrate", "b") % "test",
            }
        ),
        workbench,
    )
    assert [each["kind"] for each in findings.projections[Target.DOCUMENTS]] == ["Deployment"]
    hooks = findings.projections[Target.AST]["hooks"]
    assert sorted(each["metadata"]["name"] for each in hooks) == ["b", "migrate"]
    wrong = (HOOK % "pre-upgrade").replace("restartPolicy", "restartpolicy")
    findings = await verify(chart({"templates/a.yaml": wrong}), workbench)
    assert "'restartpolicy' was unexpected" in problems(findings, "schema")[0][2]


GIVEN = "The chart as it is:\n\n" + "\n".join(
    f"```yaml path=web/{path}\n{text}```\n" for path, text in GOOD.items()
)
LARGE = "```yaml path=ci/large-values.yaml\nreplicas: 9\n```\n"


@asynchronous
async def test_an_answer_goes_on_with_the_chart_that_a_task_gives(workbench: Workbench) -> None:
    config = {"web/templates/c.yaml": CONFIG + "  mode: fast\n"}
    findings = await verify(config, workbench, GIVEN)
    assert problems(findings) == []
    kinds = [each["kind"] for each in findings.projections[Target.DOCUMENTS]]
    assert kinds == ["ConfigMap", "Deployment"]
    (idle,) = findings.no_op[Target.DOCUMENTS]
    assert idle["kind"] == "Deployment"
    values = {"web/values.yaml": VALUES.replace("2", "3", 1)}
    findings = await verify(values, workbench, GIVEN)
    assert findings.projections[Target.DOCUMENTS][0]["spec"]["replicas"] == 3
    assert findings.projections[Target.AST]["values"]["replicas"] == 3
    assert findings.no_op[Target.AST]["values"]["replicas"] == 2


@asynchronous
@pytest.mark.parametrize(
    "files",
    [
        {"web/templates/deployment.yaml": DEPLOYMENT},
        {"web/templates/deployment.yaml": "# done\n" + DEPLOYMENT},
        {"web/README.md": "# done\n"},
        {"web/templates/c.yaml": "{{- if false }}\n" + CONFIG + "  a: b\n{{- end }}\n"},
    ],
)
async def test_to_leave_the_given_chart_as_it_is_is_vacuous(
    files: Mapping[str, str], workbench: Workbench
) -> None:
    findings = await verify(files, workbench, GIVEN)
    assert findings.vacuous == "it leaves the task's chart as it is"


@asynchronous
async def test_a_chart_is_rendered_with_the_values_that_a_task_gives_too(
    workbench: Workbench,
) -> None:
    findings = await verify(GOOD, workbench, LARGE)
    (deployment,) = findings.projections[Target.AST]["renderings"]["large"]
    assert deployment["spec"]["replicas"] == 9
    assert findings.projections[Target.DOCUMENTS][0]["spec"]["replicas"] == 2
    assert findings.no_op[Target.AST]["renderings"] == {"large": []}
    fixed = DEPLOYMENT.replace("{{ .Values.replicas }}", "2")
    findings = await verify(chart({"templates/deployment.yaml": fixed}), workbench, LARGE)
    (deployment,) = findings.projections[Target.AST]["renderings"]["large"]
    assert deployment["spec"]["replicas"] == 2
    guarded = '{{ if gt (int .Values.replicas) 5 }}{{ fail "too many" }}{{ end }}' + DEPLOYMENT
    findings = await verify(chart({"templates/deployment.yaml": guarded}), workbench, LARGE)
    ((_, _, message),) = problems(findings, "template")
    assert message.startswith("with the values large: ") and "too many" in message
    assert len(findings.projections[Target.DOCUMENTS]) == 1
    own = await verify(chart({"ci/large-values.yaml": "replicas: 1\n"}), workbench, LARGE)
    (deployment,) = own.projections[Target.AST]["renderings"]["large"]
    assert deployment["spec"]["replicas"] == 9, "the task's values, not the answer's"


@asynchronous
async def test_an_input_that_cannot_be_laid_out_is_the_tasks_fault(workbench: Workbench) -> None:
    findings = await verify(GOOD, workbench, "```yaml path=../x\na: b\n```\n")
    assert findings.fault is not None and findings.fault.kind is FailureKind.INTERNAL


@asynchronous
async def test_what_comments_declare_to_be_there_is_not_missing(workbench: Workbench) -> None:
    uses = DEPLOYMENT.replace(
        "          image:", "          envFrom: [{configMapRef: {name: s}}]\n          image:"
    )
    files = chart({"templates/deployment.yaml": uses})
    assert problems(await verify(files, workbench), "lint")
    files["values.yaml"] = "# external: ConfigMap/s\n" + VALUES
    assert problems(await verify(files, workbench)) == []


@asynchronous
async def test_without_helm_nothing_is_scored(workbench: Workbench) -> None:
    tools = dict(workbench.toolchain.tools)
    tools["helm"] = replace(tools["helm"], source=Source.MISSING, path=None, note="get helm")
    bench = replace(workbench, toolchain=replace(workbench.toolchain, tools=tools))
    with pytest.raises(ToolMissing, match="get helm"):
        await verify(GOOD, bench)


class Broken:
    """A sandbox whose programs all end with one exit code."""

    def __init__(self, code: int, said: bytes) -> None:
        self._code, self._said = code, said

    async def run(self, command: Command) -> Result:
        steps = [StepResult(step.name, self._code, b"", self._said, 0.0) for step in command.steps]
        return Result(Ended.EXITED, tuple(steps), Usage(0.0))


@asynchronous
async def test_a_crash_says_nothing_of_the_chart_but_exhaustion_does(workbench: Workbench) -> None:
    with pytest.raises(ToolCrashed, match="exit code 2: panic: oh"):
        await verify(GOOD, replace(workbench, sandbox=Broken(2, b"panic: oh\n")))
    with pytest.raises(ToolCrashed, match="exit code 139"):
        await verify(GOOD, replace(workbench, sandbox=Broken(139, b"")))
    stack = b"runtime: goroutine stack exceeds 1000000000-byte limit\nfatal error: stack overflow\n"
    findings = await verify(GOOD, replace(workbench, sandbox=Broken(2, stack)))
    assert not findings.parsed and "ran out of memory" in problems(findings, "template")[0][2]


def test_an_outline_tells_where_things_stand_and_what_belongs_to_them() -> None:
    text = (
        "{{- if .Values.on }}\n"
        "kind: Pod\n"
        "spec:\n"
        "  containers:\n"
        "  - name: a\n"
        "    {{- with .Values.env }}\n"
        "    env: {{ toYaml . | nindent 6 }} # comment\n"
        "    {{- end }}\n"
        "  - args:\n"
        "      - |\n"
        "        key: no key\n"
        "      - {{ .x }}: y\n"
        "  restartPolicy: Never\n"
        "{{- end }}\n"
        "---\n"
        '"kind": Service\n'
    )
    found = [(line.number, line.end, line.path) for line in Outline(text).lines]
    containers = ("spec", "containers")
    assert found == [
        (2, 2, ("kind",)),
        (3, 13, ("spec",)),
        (4, 12, containers),
        (5, 5, (*containers, 0, "name")),
        (7, 7, (*containers, 0, "env")),
        (9, 12, (*containers, 1, "args")),
        (10, 11, (*containers, 1, "args", 0)),
        (12, 12, (*containers, 1, "args", 1, "*")),
        (13, 13, ("spec", "restartPolicy")),
        (16, 16, ("kind",)),
    ]
    outline = Outline(text)
    assert outline.line_of((*containers, 0, "image")) == 4
    assert outline.line_of(("spec", "restartPolicy")) == 13
    assert outline.line_of(("nowhere",)) == outline.line_of(()) == 1
    assert all(text[line.at :].startswith(line.value) for line in outline.lines)


@pytest.mark.parametrize(
    ("text", "without"),
    [
        ("a: b # c\n", "a: b \n"),
        ("{{/* a\nb */}}\nx: {{ .y }}\n", "\n\nx: {{ .y }}\n"),
        ("{{- /* a */ -}}x: {{ .y }}\n", " x: {{ .y }}\n"),
        ("x: |\n  {{- /* a */ -}}\n  # b\n", "x: |\n   \n  # b\n"),
        ("x: {{ .y }} # z\n# {{ .w }}\n", "x: {{ .y }}  \n \n"),
        ('x: "# {{ .y }}" # z\n', 'x: "# {{ .y }}"  \n'),
        ("x: |\n  # {{ .y }}\nz: it's # w\n", "x: |\n  # {{ .y }}\nz: it's  \n"),
        ("x: |\n  a\n{{ end }}\n  # b\n# c\n", "x: |\n  a\n{{ end }}\n  # b\n \n"),
        ('x: {{ "/* # */" }}\n', 'x: {{ "/* # */" }}\n'),
        ("x: {{ .y\n# z\n", "x: {{ .y\n# z\n"),
    ],
)
def test_comments_of_templates_and_of_yaml_go(text: str, without: str) -> None:
    assert without_chart_comments(text) == without
