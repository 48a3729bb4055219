"""Jenkinsfiles: what Groovy's compiler accepts, the declarative model, and hostile texts."""

import contextlib
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rewardsvc.artifact import Artifact, File
from rewardsvc.formats import FORMATS
from rewardsvc.formats.jenkinsfile.groovy import GroovyError, parse
from rewardsvc.formats.jenkinsfile.groovy.nodes import Closure, descendants
from rewardsvc.formats.jenkinsfile.refusals import REFUSALS
from rewardsvc.formats.jenkinsfile.structure import Code, read_model
from rewardsvc.formats.jenkinsfile.structure.cron import is_cron
from rewardsvc.types import StageStatus, Target
from rewardsvc.verification.pipelines.scripts import STAGE as SHELLCHECK
from rewardsvc.verification.verifier import Findings, Workbench
from tests.imports import ROOT

SHARED = ROOT.parent / "shared/data/jenkinsfile"
_CASES = Path(__file__).with_name("groovy_cases.txt")
_STAGE = "stage('a') { steps { sh 'make' } }"


def _cases() -> Iterator[tuple[bool, str]]:
    """Texts, and whether the compiler of Groovy 2.4.21 takes them (phase CONVERSION)."""
    for block in _CASES.read_text(encoding="utf-8").split("--- ")[1:]:
        verdict, _, text = block.partition("\n")
        yield verdict == "accepted", text


CASES = list(_cases())


def _parses(text: str) -> bool:
    try:
        parse(text)
    except GroovyError:
        return False
    return True


def test_it_takes_what_groovys_compiler_takes_and_nothing_else() -> None:
    wrong = [text for accepted, text in CASES if _parses(text) is not accepted]
    assert wrong == []
    assert sum(accepted for accepted, _ in CASES) > 250
    assert sum(not accepted for accepted, _ in CASES) > 100


@pytest.mark.skipif(shutil.which("groovy") is None, reason="no groovy on PATH to compare with")
def test_the_cases_say_what_the_compiler_on_this_machine_says(tmp_path: Path) -> None:
    script = tmp_path / "check.groovy"
    script.write_text(
        "import org.codehaus.groovy.control.*\n"
        "args.each { f -> try { def u = new CompilationUnit(); u.addSource(f, new File(f).text)\n"
        "  u.compile(Phases.CONVERSION); println 'accepted' }\n"
        "  catch (CompilationFailedException e) { println 'refused' } }\n"
    )
    files = []
    for number, (_, text) in enumerate(CASES):
        files.append(tmp_path / f"{number}.txt")
        files[-1].write_text(text)
    run = subprocess.run(
        ["groovy", str(script), *map(str, files)], capture_output=True, text=True, check=True
    )
    told = [line == "accepted" for line in run.stdout.split()]
    assert told == [accepted for accepted, _ in CASES]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a\nb\n'c", 3),
        ("pipeline {\n  agent any\n", 3),
        ('x = "a\\d"', 1),
        ("/* a\n\n", 1),
        ("a\nfoo(b c)", 2),
        ("sh '''\n\n'''\n}", 4),
        ('echo "${a\n}" )', 2),
    ],
)
def test_an_error_names_its_line(text: str, line: int) -> None:
    with pytest.raises(GroovyError) as caught:
        parse(text)
    assert caught.value.line == line


def test_nodes_know_where_they_stand() -> None:
    text = "a {\n  sh 'x' // no\n  b(c: 1) { d }\n}\n"
    nodes = [one for node in parse(text) for one in descendants(node)]
    closures = [text[one.start : one.end] for one in nodes if isinstance(one, Closure)]
    assert closures == ["{\n  sh 'x' // no\n  b(c: 1) { d }\n}", "{ d }"]
    assert max(one.line for one in nodes) == 3


def _pipeline(body: str) -> str:
    return f"pipeline {{\n  agent any\n  stages {{ {_STAGE} }}\n{body}\n}}\n"


def _stages(body: str) -> str:
    return f"pipeline {{\n  agent any\n  stages {{\n{body}\n}} }}\n"


def _in_stage(body: str) -> str:
    return _stages(f"stage('a') {{ {body}\n }}")


_MATRIX = (
    "matrix {{ axes {{ axis {{ {} }}\n axis {{ {} }} }}\n"
    " stages {{ stage('b') {{ steps {{ sh 'c' }} }} }} }}"
)


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    ("text", "says"),
    [
        (f"pipeline {{ agnt any\n stages {{ {_STAGE} }} }}", "'agnt' is no section"),
        (f"pipeline {{ agent any stages {{ {_STAGE} }} }}", "not a valid section"),
        (f"pipeline {{ agent any\n {_STAGE} }}", "'stage' is no section"),
        (_in_stage("steps { sh 'a' } post { always { sh 'b' } }"), "not a valid section"),
        (_in_stage("sh 'a'"), "'sh' is no section"),
        (_in_stage(f"matrix {{ axs {{ }}\n stages {{ {_STAGE} }} }}"), "'axs' is no section"),
        (
            _in_stage(f"matrix {{ axes {{ axis {{ nam 'A'\n values 'b' }} }}\n"
                      f" stages {{ {_STAGE} }} }}"),
            "'nam' is no section",
        ),
        (_in_stage(f"matrix {{ axes {{ axis {{ }} }}\n stages {{ {_STAGE} }} }}"), "axis is empty"),
        (_in_stage("agent { docker { imag 'a' } }\n steps { sh 'b' }"), "has no 'imag'"),
        (_in_stage("input { mesage 'a' }\n steps { sh 'b' }"), "has no 'mesage'"),
        (_in_stage("steps { timeout(tim: 5) { sh 'a' } }"), "no parameter 'tim'"),
    ],
)  # fmt: skip
async def test_one_mistake_costs_once(text: str, says: str, workbench: Workbench) -> None:
    findings = await _verify(text, workbench)
    (found,) = (one for one in findings.stages[1].diagnostics if one.severity == "error")
    assert says in found.message


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("pipeline { }", "pipeline is empty"),
        ("pipeline", "needs a block"),
        ("pipeline { agent any }", "missing required section 'stages'"),
        (f"pipeline {{ agent\n stages {{ {_STAGE} }} }}", "only 'agent any'"),
        (f"pipeline {{ agent 'linux'\n stages {{ {_STAGE} }} }}", "only 'agent any'"),
        (f"pipeline {{ agent {{ }}\n stages {{ {_STAGE} }} }}", "agent is empty"),
        (_pipeline("agent none"), "has 'agent' twice"),
        (_pipeline("environment { A = 'b'\n A = 'c' }"), "sets 'A' twice"),
        (_pipeline("environment { a 'b' }"), "expected NAME = value"),
        (_pipeline("environment { A = ['b'] }"), "expected a string or a call"),
        (_pipeline("environment { }"), "environment is empty"),
        (_pipeline("options { timestamps { } }"), "expected the call of a option"),
        (_pipeline("options { retry(1)\n retry(2) }"), "has 'retry' twice"),
        (_pipeline("tools { maven }"), "expected someTool"),
        (_pipeline("post { always { } }"), "always is empty"),
        (_pipeline("post { always { sh 'a' }\n always { sh 'b' } }"), "has 'always' twice"),
        (_pipeline("post { sometimes { sh 'a' } }"), "post may only have"),
        (_pipeline("notifications { sh 'a' }"), "'notifications' is no section"),
        (_pipeline("def x = 1"), "not a valid section"),
        (_pipeline("") * 2, "a second pipeline block"),
        (f"node {{ {_pipeline('')} }}", "must not stand within another block"),
        (_stages(""), "stages is empty"),
        (_stages("steps { sh 'a' }"), "may only have stages"),
        (_stages("stage { steps { sh 'a' } }"), "a stage needs a name"),
        (_stages("stage('') { steps { sh 'a' } }"), "a stage needs a name"),
        (_stages("stage('a')"), "stage needs a block"),
        (_in_stage("agent any"), "needs exactly one of"),
        (_in_stage(f"steps {{ sh 'a' }}\n stages {{ {_STAGE} }}"), "needs exactly one of"),
        (_in_stage("steps { }"), "steps is empty"),
        (_in_stage("steps { sh 'a' }\n triggers { cron('x') }"), "'triggers' is no section"),
        (_in_stage(f"agent any\n parallel {{ {_STAGE} }}"), "'agent' is not allowed"),
        (
            _in_stage(f"parallel {{ stage('b') {{ parallel {{ {_STAGE} }} }} }}"),
            "cannot be nested",
        ),
        (_in_stage("steps { x = 1 }"), "expected a step"),
        (_in_stage("steps { if (a) { sh 'b' } }"), "expected a step"),
        (_in_stage("steps { docker.build('a') }"), "a method of an object"),
        (_in_stage("steps { dir('a') { def b = 1 } }"), "expected a step"),
        (_in_stage("steps { sh 'a', returnStdout: true }"), "cannot be mixed"),
        (_in_stage("steps { stage('b') { sh 'c' } }"), "cannot be used in a declarative"),
        (_in_stage("steps { script }"), "script needs a block"),
        (_in_stage("when { }\n steps { sh 'a' }"), "when is empty"),
        (_in_stage("when { beforeAgent true }\n steps { sh 'a' }"), "needs a condition"),
        (_in_stage("when { on 'main' }\n steps { sh 'a' }"), "unknown condition 'on'"),
        (_in_stage("when { allOf { } }\n steps { sh 'a' }"), "allOf is empty"),
        (_in_stage("when { expression true }\n steps { sh 'a' }"), "expression needs a block"),
        (_in_stage("input { ok 'a' }\n steps { sh 'a' }"), "input needs a message"),
        (_in_stage("agent { docker { args '-v' } }\n steps { sh 'a' }"), "needs 'image'"),
        (_in_stage("agent { docker { image 'a'\n tag 'b' } }\n steps { sh 'a' }"), "no 'tag'"),
        (_in_stage("agent { label 'a'\n label 'b' }\n steps { sh 'a' }"), "only one type"),
        (_in_stage("failFast 'yes'\n steps { sh 'a' }"), "takes true or false"),
        (_in_stage(f"matrix {{ stages {{ {_STAGE} }} }}"), "a matrix needs axes"),
        (_in_stage("matrix { axes { axis { name 'A'\n values 'b' } } }"), "a matrix needs stages"),
        (
            _in_stage(f"matrix {{ axes {{ axis {{ name 'A' }} }}\n stages {{ {_STAGE} }} }}"),
            "an axis needs values",
        ),
        (_in_stage(_MATRIX.format("name 'A'\n values 'a'", "name 'A'\n values 'b'")), "called 'A'"),
        (_in_stage(_MATRIX.format("name 'A'\n values 'b', 'b'", "name 'B'\n values 'c'")), "twice"),
        (_pipeline("environment { A = B }"), "goes into a string"),
        (_pipeline("environment { A = env.B }"), "goes into a string"),
        (_pipeline("environment { A = b ? 'c' : 'd' }"), "goes into a string"),
        (_pipeline("environment { A = ${B} }"), "stands in a string only"),
        (_pipeline("environment { A = 'b' - 'c' }"), "joined together with '+'"),
        (_pipeline("environment { A = 'b' + env.C }"), "strings in quotes"),
        (_pipeline("environment { $a = 'b' }"), "no name of a variable"),
        (_pipeline("parameters { string(name: ${B}) }"), "stands in a string only"),
        (_pipeline("parameters { string(name: 'A', default: 'b') }"), "no parameter 'default'"),
        (_pipeline("parameters { string(name: 'A', defaultValue: 5) }"), "expected a text, not 5"),
        (_pipeline("parameters { string('A', name: 'b') }"), "cannot be mixed"),
        (_pipeline("triggers { cron('0 25 * * *') }"), "no schedule"),
        (_pipeline("triggers { cron('* * * *') }"), "no schedule"),
        (_pipeline("triggers { cron('@reboot') }"), "no schedule"),
        (_pipeline("triggers { cron('5-2 * * * *') }"), "no schedule"),
        (_pipeline("triggers { pollSCM('every day') }"), "no schedule"),
        (_pipeline("options { timeout(1, 'HOURS') }"), "takes 1 unnamed"),
        (_pipeline("options { timeout(unit: 'HOURS') }"), "needs the parameter 'time'"),
        (_pipeline("options { retry('3') }"), "expected a whole number"),
        (_pipeline("options { sh 'make' }"), "only a step that takes a block"),
        (_pipeline("options { pipelineTriggers([]) }"), "triggers are a directive"),
        (_pipeline("libraries { library 'a' }"), "expected lib("),
        (_in_stage("options { disableConcurrentBuilds() }\n steps { sh 'a' }"), "whole pipeline"),
        (_in_stage("input { message 'a'\n name 'b' }\n steps { sh 'a' }"), "input has no 'name'"),
        (_in_stage("agent { dockerfile { filename 'a/b' } }\n steps { sh 'a' }"), "into dir"),
        (_in_stage("when { branch 4 }\n steps { sh 'a' }"), "expected a text, not 4"),
        (
            _in_stage("when { environment name: 'A' }\n steps { sh 'a' }"),
            "needs the parameter 'value'",
        ),
        (_in_stage("when { branch { tag 'a' } }\n steps { sh 'a' }"), "takes no conditions"),
        (_in_stage("when { anyOf('a') { branch 'b' } }\n steps { sh 'a' }"), "conditions only"),
        (_in_stage("steps { retry('3') { sh 'a' } }"), "expected a whole number, not '3'"),
        (
            _in_stage("steps { timeout(time: true) { sh 'a' } }"),
            "expected a whole number, not true",
        ),
        (_in_stage("steps { echo 5 }"), "expected a text, not 5"),
        (_in_stage("steps { sh 'a', 'b' }"), "takes 1 unnamed arguments (script)"),
        (_in_stage("steps { sh() }"), "takes 1 unnamed arguments (script)"),
        (_in_stage("steps { sh command: 'a' }"), "no parameter 'command'"),
        (_in_stage("steps { git branch: 'main' }"), "needs the parameter 'url'"),
        (_in_stage("steps { writeFile 'a', 'b', 'c' }"), "takes 2 unnamed arguments"),
        (_in_stage("steps { dir('a') { stash includes: 'b' } }"), "needs the parameter 'name'"),
        (_in_stage("steps { deleteDir('a') }"), "takes 0 unnamed"),
        (_in_stage("steps { sh ${A} }"), "stands in a string only"),
        (_in_stage("steps { sleep 99999999999999999999 }"), "too large"),
        (_in_stage("steps { parallel() }"), "no branches"),
    ],
)
def test_what_jenkins_refuses_is_an_objection(text: str, says: str) -> None:
    model = read_model(parse(text), text)
    messages = [found.message for found in model.objections]
    assert any(says in message for message in messages), messages
    assert all(found.line >= 1 for found in model.objections)


@pytest.mark.parametrize(
    "body",
    [
        "steps { parallel(a: { sh 'b' }, c: { sh 'd' }) }",
        "steps { script { stage('b') { def c = sh(script: 'd', returnStdout: true).trim() } } }",
        "steps { checkout scm\n sh 'a' }",
        "steps { myLibraryStep a: 1, b: [2, 3]\n sh 'x' }",
        "options { timeout(time: 1, unit: 'HOURS')\n skipDefaultCheckout() }\n steps { sh 'a' }",
        "agent { docker 'node:22' }\n steps { sh 'a' }",
        "agent { dockerfile true }\n steps { sh 'a' }",
        "agent { dockerfile { filename 'D'\n dir 'build' } }\n steps { sh 'a' }",
        "agent { ecs { inheritFrom 'base' } }\n steps { sh 'a' }",
        "tools { jdk 'jdk21' }\n environment { A = \"${B}/c\" + 'd' }\n steps { sh 'a' }",
        "when { not { changeRequest() }\n environment name: 'A', value: 'b' }\n steps { sh 'a' }",
        "when { beforeAgent true\n equals expected: 1, actual: currentBuild.number }"
        "\n steps { sh 'a' }",
        "when { buildingTag() }\n steps { sh 'a' }",
        "stages { stage('b') { steps { sh 'a' } }\n stage('c') { steps { sh 'a' } } }",
        "environment { A = 'b' + \"${C}\" + 'd'\n E = credentials('f')\n G = 1\n H = ('i') }"
        "\n steps { sh 'a' }",
        "environment { A = sh(script: 'b', returnStdout: true).trim() }\n steps { sh 'a' }",
        "options { retry(2)\n skipDefaultCheckout(true)\n ansiColor('xterm') }\n steps { sh 'a' }",
        "input { message 'a'\n parameters { string(name: 'B', defaultValue: 'c') } }"
        "\n steps { sh 'a' }",
        "when { changeset '**/*.js'\n changeRequest target: 'main'\n tag pattern: 'v*',"
        " comparator: 'GLOB' }\n steps { sh 'a' }",
        "when { triggeredBy cause: 'UserIdCause', detail: 'b'\n isRestartedRun() }"
        "\n steps { sh 'a' }",
        "steps { sh 'a'\n retry(count: 3) { sh 'b' }\n timeout(time: env.T as int) { sh 'c' } }",
        "steps { sh([script: 'a', label: 'b'])\n writeFile file: 'c', text: \"${d}\" }",
        "steps { sh 'a'\n echo \"${1}\"\n error('b')\n sleep(time: 5, unit: 'SECONDS') }",
        "steps { sh 'a'\n build job: 'b', parameters: [string(name: 'C', value: 'd')], new: 1 }",
        "steps { git 'https://example.com/a.git'\n sh 'a'\n script { retry('3') { sh 'b' } } }",
        "steps { withEnv(['A=b']) { sh 'a' }\n archiveArtifacts 'b'\n deleteDir() }",
    ],
)
def test_what_jenkins_takes_is_none(body: str) -> None:
    text = _in_stage(body)
    model = read_model(parse(text), text)
    assert model.objections == []
    assert model.works


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("H 4 * * 1-5", True),
        ("TZ=Europe/Berlin\n# at night\nH(0-29)/10 2,4 * * 0-7/2\n\n@midnight", True),
        ("*/15\t*\t1,15 * *", True),
        ("", True),
        ("5/15 * * * *", False),
        ("* * * * * *", False),
        ("60 * * * *", False),
        ("* * 0 * *", False),
        ("* * * JAN *", False),
        ("*/0 * * * *", False),
        ("H(9-5) * * * *", False),
        ("@Daily", False),
    ],
)
def test_a_schedule_is_what_jenkins_grammar_takes(text: str, right: bool) -> None:
    assert is_cron(text) is right


def test_each_code_of_an_objection_has_a_row() -> None:
    assert {rule.code for rule in REFUSALS} == set(get_args(Code))


BEYOND = {
    "agentMissingRequiredParam", "unknownAgentType",  # agents, options, parameters and tools
    "invalidParameterType", "invalidPropertiesType",  # that any plugin may bring
    "tooManyUnnamedParameters", "unlistedToolType",
    "optionValidatorContributor", "postValidatorContributor",  # what upstream's tests install
}  # fmt: skip
"""What upstream's tests refuse for what is installed on their Jenkins."""


@pytest.mark.skipif(not SHARED.is_dir(), reason="../shared/data is not here")
def test_what_upstreams_tests_refuse_is_refused() -> None:
    accepted = set()
    for path in sorted((SHARED / "bad").glob("*.groovy")):
        text = path.read_text()
        if _parses(text) and not read_model(parse(text), text).objections:
            accepted.add(path.stem.removeprefix("errors__"))
    assert accepted == BEYOND


@pytest.mark.parametrize(
    ("steps", "works"),
    [
        ("echo 'a'", False),
        ("echo 'a'\n sleep 5\n println 'b'", False),
        ("sh 'echo hello'", False),
        ("sh 'true'", False),
        ("sh '''\n# make\necho a\n:\n'''", False),
        ("script { echo 'a'; [1, 2].each { println it } }", False),
        ("script { def a = 'b'.trim().split(',') }", False),
        ("timeout(5) { retry(3) { echo 'a' } }", False),
        ("sh 'echo a > b'", True),
        ("sh 'echo a && make'", True),
        ("script { docker.build('a') }", True),
        ("retry(3) { sh './a.sh' }", True),
        ("junit '*.xml'", True),
        ("library_step()", True),
    ],
)
def test_a_pipeline_that_only_says_something_does_nothing(steps: str, works: bool) -> None:
    text = _in_stage(f"steps {{ {steps} }}")
    assert read_model(parse(text), text).works is works


@pytest.mark.parametrize(
    ("when", "works"),
    [
        ("expression { false }", False),
        ("expression { return false }", False),
        ("expression { return (false) }", False),
        ("allOf { branch 'a'\n expression { false } }", False),
        ("not { expression { true } }", False),
        ("anyOf { expression { false } }", False),
        ("equals expected: 'a', actual: 'b'", False),
        ("anyOf { branch 'a'\n expression { false } }", True),
        ("expression { params.A }", True),
        ("branch 'main'", True),
    ],
)
def test_a_stage_that_never_runs_does_nothing(when: str, works: bool) -> None:
    for text in (
        _in_stage(f"when {{ {when} }}\n steps {{ sh 'make' }}"),
        _in_stage(f"when {{ {when} }}\n stages {{ {_STAGE} }}"),
        _in_stage(f"when {{ {when} }}\n parallel {{ {_STAGE} }}"),
    ):
        assert read_model(parse(text), text).works is works


async def _verify(text: str, workbench: Workbench) -> Findings:
    return await FORMATS["jenkinsfile"].verifier.verify(
        Artifact((File("Jenkinsfile", "groovy", text),)), workbench
    )


@pytest.mark.asyncio(loop_scope="module")
async def test_the_ast_has_the_documented_shape(workbench: Workbench) -> None:
    text = """
pipeline {
  agent { label 'linux' }
  options { timeout(time: 1, unit: 'HOURS') }
  stages {
    stage('Build') {
      when { branch 'main'; not { tag 'v*' } }
      steps {
        sh(script: "make ${env.A}", label: 'Make')
        withEnv(['A=b']) { sh 'c' }
        script { def x = readFile('d'); sh "echo ${x} > e" }
      }
    }
  }
  post { always { junit 'r/*.xml' } }
}
"""
    findings = await _verify(text, workbench)
    tree = findings.projections[Target.AST]
    assert tree["agent"] == {"type": "label", "arguments": {"label": "linux"}}
    assert tree["options"] == [{"name": "timeout", "arguments": {"time": 1, "unit": "HOURS"}}]
    (stage,) = tree["stages"]
    assert stage["when"] == [
        {"name": "branch", "arguments": {"value": "main"}},
        {"name": "not", "conditions": [{"name": "tag", "arguments": {"value": "v*"}}]},
    ]
    make, wrapped, script = stage["steps"]
    assert make == {
        "name": "sh",
        "arguments": {"script": "make ${env.A}", "label": "Make"},
        "steps": [],
        "line": 9,
    }
    assert wrapped["arguments"] == {"overrides": ["A=b"]}
    assert wrapped["steps"][0]["arguments"] == {"script": "c"}
    assert [step["name"] for step in script["steps"]] == ["readFile", "sh"]
    assert tree["post"]["always"][0]["arguments"] == {"testResults": "r/*.xml"}
    assert tree["environment"] == {} and tree["parameters"] == []


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("// nothing\n", "nothing but comments"),
        ("node { sh 'make' }\n", "not a declarative one"),
        ("def x = 1\n", "not a declarative one"),
        (_in_stage("steps { echo 'a' }"), "more than echo"),
    ],
)
async def test_nothing_of_substance_is_vacuous(text: str, why: str, workbench: Workbench) -> None:
    findings = await _verify(text, workbench)
    assert findings.parsed
    assert why in findings.vacuous
    assert findings.stages[-1].status is StageStatus.SKIPPED


@pytest.mark.asyncio(loop_scope="module")
async def test_scripts_go_through_shellcheck(workbench: Workbench) -> None:
    text = _in_stage("steps { sh '''\nfor f in $(ls *.txt); do rm $f; done\n[ $a = ]\n''' }")
    findings = await _verify(text, workbench)
    stage = findings.stages[-1]
    assert stage.name == SHELLCHECK
    problems = {found.code for found in stage.diagnostics if found.severity != "info"}
    assert problems, stage.diagnostics
    assert all(found.line == 4 for found in stage.diagnostics if found.code.startswith("SC"))


@pytest.mark.parametrize(
    "text",
    [
        "(" * 100_000,
        "{" * 100_000,
        "[" * 44 + "]" * 44,
        "a " * 50_000,
        "a." * 50_000,
        "a?b:" * 20_000,
        "!" * 50_000,
        "(a)" * 20_000,
        "if(a)" * 20_000,
        "a:" * 20_000,
        "@A " * 20_000,
        "final " * 20_000,
        "a=" * 20_000,
        "a{" * 44 + "}" * 44,
        '"${' * 44 + '}"' * 44,
        "x=" + "1" * 100_000,
        "x=1e99999",
        "'" * 50_001,
        "/*" * 50_000,
        "a<" * 40_000,
        "$" * 50_000,
        "\\\n" * 50_000,
        "a" * 500_000,
        "x = " + "a ? b : " * 200 + "c",
        "else if (a) { b } " * 1_000,
        "pipeline { agent any; stages { " + "stage('a') { steps { sh 'x' } }\n" * 8_000 + "} }",
        "x = " + "[a || [b && c | [d ^ e & [f =~ [g == [h < [i << [j + [k * [l ** [" * 4,
    ],
    ids=range(27),
)
def test_a_hostile_text_ends_soon(text: str) -> None:
    started = time.process_time()
    with contextlib.suppress(GroovyError):
        read_model(parse(text), text)
    assert time.process_time() - started < 10


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from([text for accepted, text in CASES if accepted]),
    st.integers(0, 400),
    st.integers(0, 8),
    st.text("a{}[]()'\"$/\\.,:;=?*&|!<>@#\n \x00é", max_size=6),
)
def test_a_damaged_text_never_crashes(text: str, start: int, length: int, put: str) -> None:
    start = min(start, len(text))
    damaged = text[:start] + put + text[start + length :]
    try:
        script = parse(damaged)
    except GroovyError as error:
        assert 1 <= error.line <= damaged.count("\n") + 2
        return
    for node in script:
        assert 0 <= node.start <= node.end <= len(damaged)
    read_model(script, damaged)
