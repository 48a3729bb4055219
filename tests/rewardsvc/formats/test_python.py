"""Python answers: what is vacuous, where imports lead, what is built, and what hostile ones earn.

Tests that build something need the libraries of ``make python-libraries`` and skip without them.
"""

from dataclasses import replace
from pathlib import Path

import pytest

from rewardsvc.artifact import Artifact, File
from rewardsvc.formats import FORMATS
from rewardsvc.formats.python import build, mlproject, reader
from rewardsvc.formats.python.libraries import Found, Libraries
from rewardsvc.formats.python.mlproject import problems
from rewardsvc.means import Lack, LackKind
from rewardsvc.types import Stage, StageStatus, Target
from rewardsvc.verification.verifier import Findings, Workbench
from sandbox.base import MIB
from sandbox.errors import ToolMissing
from sandbox.toolchain import Source, discover
from sandbox.toolchain.python_folder import INDEX, python_tag
from sandbox.toolchain.python_libraries import NAME, PINNED, PYTHON_LIBRARIES

in_a_box = pytest.mark.asyncio(loop_scope="module")
LIBRARIES = discover().tools[NAME].path
built = pytest.mark.skipif(LIBRARIES is None, reason="run `make python-libraries`")


async def _verify(text: str, workbench: Workbench, *others: File) -> Findings:
    artifact = Artifact((File("main.py", "python", text), *others))
    return await FORMATS["python"].verifier.verify(artifact, workbench)


def _stage(findings: Findings, name: str) -> Stage:
    return next(stage for stage in findings.stages if stage.name == name)


def _without(workbench: Workbench, name: str) -> Workbench:
    tools = dict(workbench.toolchain.tools)
    tools[name] = replace(tools[name], source=Source.MISSING, path=None)
    return replace(workbench, toolchain=replace(workbench.toolchain, tools=tools))


@in_a_box
@pytest.mark.parametrize(
    "text",
    [
        "",
        '"""Trains."""\n',
        "import os\nfrom kfp import dsl\n",
        "A = 1\nB = 'text'\nC = [1, {'a': 2}]\n",
        "pass\n...\n",
        "def f():\n    pass\n",
        "def f():\n    '''Train.'''\n    return None\n",
        "def f():\n    raise NotImplementedError\n",
        "class A:\n    '''Nothing.'''\n",
        "if False:\n    open('a')\n",
        "if 0 == 1:\n    open('a')\n",
        "if not True:\n    open('a')\n",
        "while 0:\n    open('a')\n",
        "for _ in []:\n    open('a')\n",
        "print('PASS')\n",
        "import sys\nsys.exit(0)\nopen('a')\n",
        "try:\n    pass\nexcept Exception:\n    pass\n",
        "assert True\n",
    ],
)
async def test_what_does_nothing_is_vacuous(text: str, workbench: Workbench) -> None:
    findings = await _verify(text, workbench)
    assert findings.parsed
    assert findings.vacuous
    assert _stage(findings, "build").status is StageStatus.SKIPPED


@in_a_box
@pytest.mark.parametrize(
    "text",
    [
        "open('a')\n",
        "print(open('a').read())\n",
        "def f(x):\n    return x * 2\n",
        "f = lambda x: x + 1\n",
        "for i in range(3):\n    print(i)\n",
        "import sys\nprint(sys.argv[1])\n",
        "if __name__ == '__main__':\n    open('a')\n",
        "from dataclasses import dataclass\n@dataclass\nclass A:\n    x: int\n",
        "async def f(a):\n    return await a\n",
    ],
)
async def test_what_does_something_is_not(text: str, workbench: Workbench) -> None:
    assert not (await _verify(text, workbench)).vacuous


@in_a_box
@pytest.mark.parametrize(
    "text",
    [
        "def f(:\n",
        "return 1\n",
        "x = " + "(" * 5000 + "1" + ")" * 5000,
        "x = " + "-" * 100_000 + "1",
        "x = " + "+".join(["a"] * 50_000),
        "\0",
        "await f()\nx = 1 = 2\n",
        "f(a=1, a=2)\n",
        "print 'hello'\n",
    ],
)
async def test_what_does_not_compile_stops_the_ladder(text: str, workbench: Workbench) -> None:
    findings = await _verify(text, workbench)
    assert not findings.parsed
    assert findings.fault is None
    assert _stage(findings, "parse").score < 1.0


@in_a_box
async def test_a_missing_linter_is_an_error_of_ours(workbench: Workbench) -> None:
    with pytest.raises(ToolMissing, match="ruff"):
        await _verify("open('a')\n", _without(workbench, "ruff"))


@in_a_box
async def test_pragmas_buy_nothing(workbench: Workbench) -> None:
    text = "# ruff: noqa\nimport os  # noqa: F401\nopen(path)  # noqa\n"
    codes = {found.code for found in _stage(await _verify(text, workbench), "lint").diagnostics}
    assert {"F401", "F821"} <= codes


@in_a_box
@pytest.mark.parametrize(
    ("text", "score"),
    [
        ("import json, os.path\njson.dumps(os.path.sep)\n", 1.0),
        ("import own.module\nown.module.f()\n", 1.0),
        ("from . import sibling\nsibling.f()\n", 1.0),
        ("import torch.nn as nn\nnn.Linear(1, 2)\n", 1.0),
        ("try:\n    import nobody_knows\nexcept ImportError:\n    nobody_knows = open('a')\n", 1.0),
        ("import nobody_knows\nnobody_knows.f()\n", 0.5),
        ("def f():\n    import nobody_knows\n    return nobody_knows.f()\n", 0.5),
        ("import nobody_knows, neither_this\nnobody_knows.f(neither_this)\n", 1 / 3),
    ],
)
async def test_imports_lead_somewhere(text: str, score: float, workbench: Workbench) -> None:
    own = File("own/module.py", "python", "def f():\n    open('a')\n")
    stage = _stage(await _verify(text, workbench, own), "imports")
    assert stage.score == pytest.approx(score), stage.diagnostics


@in_a_box
@pytest.mark.parametrize("module", ["kfp", "sagemaker", "boto3", "ray", "mlflow.pyfunc"])
async def test_without_the_libraries_what_needs_them_is_not_decided(
    module: str, workbench: Workbench
) -> None:
    text = f"import {module}\n{module}.f()\n"
    findings = await _verify(text, _without(workbench, NAME))
    assert findings.lacking == (Lack(LackKind.LIBRARY, module.partition(".")[0]),)


@in_a_box
async def test_without_the_libraries_what_is_vacuous_is_still_scored(workbench: Workbench) -> None:
    findings = await _verify("import kfp\nX = 1\n", _without(workbench, NAME))
    assert findings.vacuous
    assert findings.fault is None


def test_modules_are_found_as_files(tmp_path: Path) -> None:
    for path in ("kfp/__init__.py", "kfp/dsl/__init__.py", "kfp/local.py", "numpy/__init__.py"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    libraries = Libraries(tmp_path)
    none: frozenset[str] = frozenset()
    assert libraries.find("kfp.dsl", none) is Found.YES
    assert libraries.find("kfp.local", none) is Found.YES
    assert libraries.find("kfp.v2", none) is Found.NO
    assert libraries.find("kfp.kubernetes", none) is Found.TOOL_MISSING
    assert libraries.find("numpy.anything", none) is Found.YES
    assert libraries.find("torch.nn", none) is Found.NOT_HERE
    assert libraries.find("ray.serve", none) is Found.TOOL_MISSING
    assert libraries.find("nobody", none) is Found.NO
    assert libraries.find("nobody.here", frozenset({"nobody"})) is Found.YES


def test_libraries_of_other_pins_are_not_taken(tmp_path: Path) -> None:
    index = tmp_path / INDEX
    index.write_text(f'{{"python": "{python_tag()}", "pinned": ["kfp==1.8"]}}')
    assert PYTHON_LIBRARIES.find(tmp_path)[0].source is Source.MISSING
    pinned = ", ".join(f'"{each}"' for each in PINNED)
    index.write_text(f'{{"python": "{python_tag()}", "pinned": [{pinned}]}}')
    (tmp_path / "kfp-2.17.0.dist-info").mkdir()
    tool, digest = PYTHON_LIBRARIES.find(tmp_path)
    assert tool.source is Source.FETCHED
    (tmp_path / "other-1.dist-info").mkdir()
    assert PYTHON_LIBRARIES.find(tmp_path)[1] != digest


def test_the_tree_has_resolved_names_and_literals(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_text(
        "from kfp import dsl as d\nimport boto3\n"
        "@d.component(base_image='x', packages=['a', 1, True, None, -2.5])\n"
        "def train(rows: int, *, rate=0.1) -> float:\n"
        "    boto3.client('s3').put_object(Bucket=rows, Big=10**400, **{})\n"
        "names = {'a': [1, (2, 3)], 'b': float('nan')}\n"
    )
    tree = reader.facts(file)["ast"]
    (function,) = tree["functions"]
    assert function["decorators"] == [
        {
            "name": "kfp.dsl.component",
            "arguments": [],
            "keywords": {"base_image": "x", "packages": ["a", 1, True, None, -2.5]},
        }
    ]
    assert [each["default"] for each in function["parameters"]] == [None, 0.1]
    assert function["returns"] == "float"
    calls = {call["name"]: call for call in tree["calls"]}
    assert calls["boto3.client"]["arguments"] == ["s3"]
    assert calls["boto3.client"]["in"] == "train"
    assert calls["?.put_object"]["keywords"] == {
        "Bucket": {"code": "rows"},
        "Big": {"code": "10 ** 400"},
    }
    (assigned,) = tree["assignments"]
    assert assigned["value"] == {"a": [1, [2, 3]], "b": {"code": "float('nan')"}}


def test_comments_are_blanked_where_they_stand() -> None:
    text = "# ruff: noqa\nx = '# not one'  # noqa\n\tif y:  # c\n"
    assert reader.without_comments("a = 1 # b\r\n# c\n") == "a = 1\r\n\n"
    assert reader.without_comments("x = '#'  # noqa\n") == "x = '#'\n"
    assert reader.without_comments(text).count("\n") == text.count("\n")


@pytest.mark.parametrize(
    ("text", "files", "says"),
    [
        ("entry_points: {main: {command: python a.py}}", {"a.py"}, ""),
        ("entry_points: {main: {command: python a.py}}", {"b.py"}, "a.py is not there"),
        ("entry_points: {main: {command: 'x {a}'}}", set(), "{a}, which is no parameter"),
        ("entry_points: {main: {parameters: {a: float}, command: 'x {a}'}}", set(), ""),
        ("entry_points: {main: {parameters: {a: int}, command: 'x {a}'}}", set(), "type 'int'"),
        ("entry_points: {main: {command: [python, a.py]}}", set(), "has no command"),
        ("entry_points: {main: {}}", set(), "has no command"),
        ("conda_env: c.yaml", {"c.yaml"}, ""),
        ("conda_env: c.yaml", {"d.yaml"}, "c.yaml is not there"),
        ("docker_env: {image: a}", set(), ""),
        ("entry_points: {main: {command: 'x {'}}", set(), "cannot be read"),
    ],
)
def test_what_a_project_names_is_there(text: str, files: set[str], says: str) -> None:
    project, _ = mlproject.parse(File("MLproject", "yaml", text))
    assert project is not None
    found = [each.message for each in problems(project, frozenset(files | {"MLproject"}))]
    assert bool(found) is bool(says), found
    assert all(says in message for message in found)


@in_a_box
async def test_a_project_without_a_command_is_vacuous(workbench: Workbench) -> None:
    project = File("MLproject", "yaml", "name: a\nentry_points: {}\n")
    findings = await FORMATS["python"].verifier.verify(Artifact((project,)), workbench)
    assert findings.vacuous
    assert mlproject.is_project(project)


@in_a_box
async def test_what_mlflow_does_not_load_costs_syntax_once_at_its_line(
    workbench: Workbench,
) -> None:
    text = "entry_points:\n  main:\n    parameters:\n    command: python train.py\n"
    artifact = Artifact((File("MLproject", "yaml", text),))
    findings = await FORMATS["python"].verifier.verify(artifact, workbench)
    (found,) = [each for one in findings.stages for each in one.diagnostics]
    assert (_stage(findings, "project").score, found.line) == (0.5, 3)
    assert _stage(findings, "build").score == 1.0


@in_a_box
async def test_a_command_with_a_parameter_that_there_is_not_costs_syntax(
    workbench: Workbench,
) -> None:
    text = "entry_points: {main: {parameters: {a: float}, command: 'python t.py {b}'}}\n"
    artifact = Artifact((File("MLproject", "yaml", text),))
    findings = await FORMATS["python"].verifier.verify(artifact, workbench)
    assert (_stage(findings, "load").score, _stage(findings, "build").score) == (0.5, 0.5)


@in_a_box
@built
@pytest.mark.parametrize(
    ("made", "used", "refused"),
    [
        ("@ray.remote\nclass A: ...", "A.options(lifetime='detached').remote()", False),
        ("@ray.remote\nclass A: ...", "A.options(max_calls=1).remote()", True),
        ("@ray.remote(max_retries=1)\nclass A: ...", "A.remote()", True),
        ("@ray.remote\nclass A: ...", "A()", True),
        ("@ray.remote\ndef f(n):\n    return n\n\ndef g(f):\n    return f(1)", "g(print)", False),
    ],
)
async def test_how_ray_makes_and_calls_what_is_remote(
    made: str, used: str, refused: bool, workbench: Workbench
) -> None:
    findings = await _verify(f"import ray\n\n\n{made}\n\n\nray.init()\n{used}\n", workbench)
    found = [each.code for one in findings.stages if one.name == "load" for each in one.diagnostics]
    assert bool(found) is refused, found


@in_a_box
async def test_a_type_that_mlflow_does_not_know_is_a_habit(workbench: Workbench) -> None:
    text = "entry_points: {main: {parameters: {n: int}, command: 'python t.py {n}'}}\n"
    artifact = Artifact((File("MLproject", "yaml", text),))
    findings = await FORMATS["python"].verifier.verify(artifact, workbench)
    assert [one.name for one in findings.stages if one.score < 1.0] == ["lint"]


@in_a_box
@built
@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            "from kfp import dsl\n\n@dsl.component\ndef f(n) -> int:\n    return 1\n\nf(n=1)\n",
            3,
        ),
        (
            "from ray import serve\n\n@serve.deployment(num_replicas=0)\nclass M:\n"
            "    def __call__(self, r):\n        return 1\n\napp = M.bind()\n",
            3,
        ),
    ],
)
async def test_what_a_library_does_not_load_costs_syntax(
    text: str, line: int, workbench: Workbench
) -> None:
    findings = await _verify(text, workbench)
    (found,) = _stage(findings, "load").diagnostics
    assert (_stage(findings, "load").score, found.line) == (0.5, line)
    assert _stage(findings, "build").score == 0.0


@in_a_box
@built
async def test_files_of_other_languages_can_be_read(workbench: Workbench) -> None:
    text = (
        "import json\nfrom ray import serve\n\nn = json.load(open('conf/serve.json'))['n']\n\n"
        "@serve.deployment(num_replicas=n)\nclass M:\n    def __call__(self, r):\n"
        "        return 1\n\napp = M.bind()\n"
    )
    findings = await _verify(text, workbench, File("conf/serve.json", "json", '{"n": 3}'))
    (application,) = findings.projections[Target.DOCUMENTS]
    assert application["deployments"][0]["num_replicas"] == 3


KFP = """\
from kfp import dsl

@dsl.component
def train(rows: int) -> int:
    return rows * 2

@dsl.pipeline(name="p")
def pipeline(rows: int = 1):
    train(rows=rows)
"""


@in_a_box
@built
async def test_a_pipeline_inside_main_that_is_submitted_is_found(workbench: Workbench) -> None:
    head, _, body = KFP.partition("@dsl.pipeline")
    inner = "".join(f"    {line}\n" for line in ("@dsl.pipeline" + body).splitlines())
    text = (
        f"import os\nimport kfp\n{head}\ndef main():\n{inner}"
        "    client = kfp.Client(host=os.environ['KFP_HOST'])\n"
        "    run = client.create_run_from_pipeline_func(pipeline, arguments={})\n"
        "    print(run.run_id)\n\nmain()\n"
    )
    findings = await _verify(text, workbench)
    assert _stage(findings, "build").score == 1.0, _stage(findings, "build").diagnostics
    assert findings.projections[Target.DOCUMENTS][0]["pipelineInfo"]["name"] == "p"


_FORGED = (
    '{"documents": [{"pipelineInfo": {"name": "x"}, "root": {"dag": {"tasks": {"a": {}}}}, '
    '"deploymentSpec": {"executors": {"e": {"container": {"args": '
    '["--function_to_execute", "other"]}}}}}], "error": null, "stand_ins": []}'
)


@in_a_box
@built
@pytest.mark.parametrize(
    "attack",
    [
        "os._exit(0)",
        "os.kill(-1, 9)",
        f"open(sys.argv[0], 'w').write('x'); print({_FORGED!r}); os._exit(0)",
        "words = open('/proc/self/cmdline').read().split('\\0')\n"
        "name = next(w for w in words if w.endswith('.json'))\n"
        f"open(name, 'w').write({_FORGED!r})\nos._exit(0)",
        "x = [0]\nwhile True:\n    x = x * 2",
        "[os.fork() for _ in range(1000)]",
        "sys.stdout.write('x' * 10**8)\nsys.exit(1)",
    ],
)
async def test_hostile_answers_have_built_nothing(
    attack: str, workbench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = replace(build.BUILD_LIMITS, processes=32, memory_bytes=400 * MIB, cpu_seconds=20.0)
    monkeypatch.setattr(build, "BUILD_LIMITS", small)
    findings = await _verify(f"import os\nimport sys\n{KFP}\n{attack}\n", workbench)
    assert findings.fault is None
    assert _stage(findings, "build").score == 0.0


@in_a_box
@built
async def test_a_signal_to_who_watches_an_answer_builds_it_nothing_else(
    workbench: Workbench,
) -> None:
    """Who watches is the first process of its box, which no signal from inside ends: the answer
    goes on, and has built what it says."""
    attacked = await _verify(f"import os\n{KFP}\nos.kill(os.getppid(), 9)\n", workbench)
    assert attacked.fault is None
    if _stage(attacked, "build").score:
        honest = await _verify(f"import os\n{KFP}\n", workbench)
        assert attacked.projections[Target.DOCUMENTS] == honest.projections[Target.DOCUMENTS]


@in_a_box
@built
async def test_what_was_asked_of_aws_is_recorded_elsewhere(workbench: Workbench) -> None:
    """An answer that overwrites its own client has not submitted anything."""
    text = (
        "import boto3\nimport botocore.client\n"
        "botocore.client.BaseClient._make_api_call = lambda *a, **k: {'TrainingJobArn': 'x'}\n"
        "boto3.client('sagemaker').create_training_job(TrainingJobName='a')\n"
    )
    stage = _stage(await _verify(text, workbench), "build")
    assert stage.score == 0.0
    assert "nothing is submitted" in stage.diagnostics[0].message


@in_a_box
@built
async def test_a_library_that_submits_when_it_is_called_is_legitimate(workbench: Workbench) -> None:
    text = (
        "import boto3\n\n\ndef stop(name: str) -> None:\n"
        "    boto3.client('sagemaker').stop_training_job(TrainingJobName=name)\n"
    )
    findings = await _verify(text, workbench)
    assert _stage(findings, "build").status is StageStatus.SKIPPED
    assert findings.fault is None


@in_a_box
@built
async def test_a_module_of_another_release_is_not_decided(workbench: Workbench) -> None:
    text = "from sagemaker.train import ModelTrainer\nModelTrainer(training_image='a').train()\n"
    findings = await _verify(text, workbench)
    assert [lack.kind for lack in findings.lacking] == [LackKind.LIBRARY] * len(findings.lacking)
    assert "sagemaker.train" in {lack.name for lack in findings.lacking}
