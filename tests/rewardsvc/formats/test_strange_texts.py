"""What is in a text never decides that nobody scores it: any character, any number, any nesting.

Real tools judge these; a task with means is asked, so that no answer has an excuse.
"""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from rewardsvc.formats import FORMATS
from rewardsvc.local import LocalScorer
from rewardsvc.settings import Settings
from rewardsvc.types import Check, Means, ScoreRequest, Status, Target, Task

pytestmark = pytest.mark.asyncio(loop_scope="module")

DIGITS = "9" * 6000
CHARACTERS = "\U0001f600 \u2028 \u0085 \ufeff \u200b \x0c"

_JOB = "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n"
_AZURE = "pool: {vmImage: ubuntu-latest}\nsteps:\n"
_CIRCLE = (
    "version: 2.1\nworkflows: {w: {jobs: [build]}}\njobs:\n  build:\n    docker: [{image: a}]\n"
)
_PLAY = "- hosts: a\n  tasks:\n    - name: B\n      apt: "
_STACK = "Resources:\n  R:\n    Type: AWS::SQS::Queue\n"
_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"
_CHART = "apiVersion: v2\nname: a\nversion: 0.1.0\n```\n```yaml path=templates/a.yaml\n" + _MAP
_BESIDE = "\n```\n```yaml path=a.yaml\n" + _MAP + "data: {a: b}\n"
_STEPS = "pipeline {{\n agent any\n stages {{ stage('a') {{ steps {{ {} }} }} }}\n}}"

TEXTS: dict[str, dict[str, str]] = {
    "dockerfile": {
        "characters": f"FROM a:1\nRUN make {CHARACTERS}",
        "a NUL": "FROM a:1\nRUN make \x00 x",
        "a lone surrogate": 'FROM a:1\nRUN make\nCMD ["\\ud800"]',
        "a superscript as a stage": "FROM a:1\nCOPY --from=\u00b2 a b\nRUN make",
        "thousands of digits as a stage": f"FROM a:1\nCOPY --from={DIGITS} a b\nRUN make",
        "thousands of digits in a list": f"FROM a:1\nRUN make\nCMD [{DIGITS}]",
    },
    "compose": {
        "characters": 'services:\n  a\U0001f600:\n    image: "\\U0001F600 \\L\\P\\0\\x01"',
        "a lone surrogate": 'services:\n  a:\n    image: "\\uD800"',
        "a superscript as a port": (
            "services: {a: {image: b, ports: [{target: 8, published: \u00b2}]}}"
        ),
        "thousands of digits as a port": (
            f"services: {{a: {{image: b, ports: [{{target: 8, published: '{DIGITS}'}}]}}}}"
        ),
        "nesting": "[" * 5000,
    },
    "kubernetes": {
        "characters": _MAP + 'data: {a\U0001f600: "\U0001f600\\0\\x01", b: "\\L"}',
        "a NUL": _MAP + "data: \x00",
        "a pair of surrogates": _MAP + 'data: {a: "\\ud83d\\ude00"}',
        "a long kind": f"apiVersion: v1\nkind: {'A' * 300}\nmetadata: {{name: a}}",
        "thousands of digits": (
            "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n"
            "spec: {containers: [{name: a, image: b, "
            f"resources: {{limits: {{cpu: {DIGITS}, memory: '{DIGITS}'}}}}}}]}}"
        ),
    },
    "ansible": {
        "characters": _PLAY + '{name: "\U0001f600\\0\\x01 \\L", state: present}',
        "a NUL": _PLAY + "{name: \x00}",
        "a lone surrogate": _PLAY + '{name: "\\uD800"}',
        "thousands of digits": _PLAY + f"{{name: a, cache_valid_time: {DIGITS}}}",
        "thousands of digits as a text": _PLAY + f"{{name: a, cache_valid_time: '-{DIGITS}'}}",
        "signs before a number": _PLAY + "{name: a, cache_valid_time: '--5'}",
        "a superscript as a number": _PLAY + "{name: a, cache_valid_time: '\u00b2'}",
        "a module that is a path": "- hosts: a\n  tasks: [{../../x.y.z: a}, {'a\\0.b.c': d}]",
        "a role that is a path": "- hosts: a\n  roles: [../../../etc, 'a\\0', {role: [b]}, ~]",
        "a condition of digits": _PLAY + f"{{name: a}}\n      when: {DIGITS} == 1",
        "a condition of brackets": _PLAY + f"{{name: a}}\n      when: '{'(' * 1900}'",
        "an index of digits": (
            "- hosts: a\n  vars: {b: [c]}\n  tasks: [{apt: {name: '{{ b[9999] }}'}}]"
        ),
        "keys that are no texts": "- hosts: a\n  tasks: [{1: a, ~: b, [c]: d, true: e}]",
        "lists for everything": (
            "- hosts: [[a], {b: c}, ~]\n  vars: [a]\n  roles: {a: b}\n  tasks: {a: b}\n"
            "  handlers: a\n  vars_files: {a: b}\n  tags: {a: b}\n  collections: [[a]]"
        ),
        "a task of oddities": (
            "- hosts: a\n  tasks:\n    - {apt: [a], when: {b: c}, notify: {d: e}, loop: 5, vars: f,"
            " args: [g], tags: 7, changed_when: [], failed_when: {}, check_mode: [], block: h}\n"
            "    - {include_tasks: {file: [a], apply: b}}\n    - {import_role: {name: {a: b}}}\n"
            "    - {action: {module: [a]}}\n    - {local_action: 5}"
        ),
        "an imported list": "- import_playbook: [a]\n  when: {b: c}\n- import_playbook: 'a\\0'",
        "a file that is encrypted": "$ANSIBLE_VAULT;1.1;AES256\n3030",
    },
    "cloudformation": {
        "characters": _STACK + '    Properties: {QueueName: "\U0001f600\\0\\x01 \\L"}',
        "a NUL": _STACK + "    Properties: \x00",
        "a lone surrogate": _STACK + '    Properties: {QueueName: "\\uD800"}',
        "thousands of digits": _STACK + f"    Properties: {{VisibilityTimeout: {DIGITS}}}",
        "digits as an index": (
            f"Conditions: {{C: !Equals [a, !Select ['{DIGITS}', [a]]]}}\n{_STACK}    Condition: C"
        ),
        "a superscript as an index": (
            f"Conditions: {{C: !Equals [a, !Select [\u00b2, [a]]]}}\n{_STACK}    Condition: C"
        ),
        "metadata of none": _STACK + "    Metadata: ~",
        "a type of many": "Resources: {R: {Type: [AWS::SQS::Queue]}}",
        "a function of functions": _STACK + f"    Properties: {'{Fn::Sub: ' * 90}a{'}' * 90}",
    },
    "helm": {
        "characters": f'apiVersion: v2\nname: "{CHARACTERS} \\0 \\ud800"\nversion: 0.1.0',
        "digits": f"apiVersion: v2\nname: a\nversion: {DIGITS}",
        "characters that a template makes": (
            _CHART + 'data: {a: {{ printf "%c%c%c%c" 0 55296 8232 65534 | quote }}}'
        ),
        "a NUL that a template makes": _CHART + 'data:\n  a: {{ "\\x00" }}',
        "bytes that are no text": _CHART + 'data:\n  a: {{ b64dec "gP/+" }}',
        "digits that a template makes": _CHART + f"data: {{a: {{{{ {DIGITS} }}}}}}",
        "nesting": _CHART + "data: " + "{{ (" * 3000,
        "parentheses": _CHART + "data: {{ " + "(" * 5000 + "1" + ")" * 5000 + " }}",
        "a document that is a list": _CHART + "data: {a: b}\n---\n- a\n",
        "a metadata that is a text": _CHART + "data: {a: b}\n---\nkind: A\nmetadata: b\n",
    },
    "kustomize": {
        "characters": f'resources: [a.yaml]\nnamePrefix: "{CHARACTERS} \\0 \\ud800"' + _BESIDE,
        "a NUL": "resources: [a.yaml]\nnamePrefix: a\x00" + _BESIDE,
        "a NUL in a path": 'resources: ["a\\0.yaml", a.yaml]' + _BESIDE,
        "a lone surrogate in a path": 'resources: ["\\ud800", a.yaml]' + _BESIDE,
        "a path of many letters": f"resources: [{'a' * 5000}, a.yaml]" + _BESIDE,
        "digits": f"resources: [a.yaml]\nreplicas: [{{name: a, count: {DIGITS}}}]" + _BESIDE,
        "nesting": "resources: [a.yaml]\nx: " + "[" * 5000 + _BESIDE,
        "a list of lists": "resources: [[a.yaml]]\npatches: {a: b}\nhelmCharts: [1]" + _BESIDE,
        "a kustomization that is a text": "resources" + _BESIDE,
    },
    "github-actions": {
        "characters": _JOB + '      - run: "echo \U0001f600 \\0 \\x01 \\uFEFF \\L"',
        "characters in Python": _JOB + '      - {shell: python, run: "print(1)\\0 \U0001f600"}',
        "signs": _JOB + f'      - {{if: "{"!" * 3000}a", run: make}}',
        "digits": _JOB + f'      - {{if: "{"9" * 3900} == 1", run: make}}',
    },
    "gitlab-ci": {
        "characters": 'j\U0001f600:\n  script: ["echo \U0001f600 \\0 $x"]',
        "signs": 'j:\n  script: make\n  rules: [{if: "' + "!" * 3000 + 'a"}]',
        "a reference to nothing": "j:\n  script: !reference [[a], {b: c}]",
    },
    "azure-pipelines": {
        "characters": _AZURE + '  - script: "echo \U0001f600 \\0 $x"',
        "calls": _AZURE + f'  - {{script: a, condition: "{"not(" * 900}a{")" * 900}"}}',
        "a letter that is two when small": _AZURE + "  - {script: a, \u0130: 1}",
    },
    "circleci": {
        "characters": _CIRCLE + '    steps: [{run: "echo \U0001f600 \\0 $x"}]',
        "negations": (
            "version: 2.1\njobs: {build: {docker: [{image: a}], steps: [{run: a}]}}\n"
            f"workflows: {{w: {{when: {'{not: ' * 90}true{'}' * 90}, jobs: [build]}}}}"
        ),
    },
    "bitbucket-pipelines": {
        "characters": 'pipelines: {default: [{step: {script: ["echo \U0001f600 \\0 $x"]}}]}',
    },
    "jenkinsfile": {
        "characters": _STEPS.format("sh 'echo \U0001f600 \\u0000 \\ud800'"),
        "a NUL": "pipeline {\x00}",
        "digits": _STEPS.format(f"sleep {DIGITS}; sleep 0x{DIGITS}; sleep 1e99999; sh 'make'"),
        "signs": _STEPS.format("script { a = " + "!" * 5000 + "a }"),
        "choices": _STEPS.format("script { a = " + "b ? c : " * 3000 + "d }"),
        "members": _STEPS.format("script { a" + ".b" * 9000 + " }"),
    },
    "python": {
        "characters": 'import os\nos.system("\U0001f600")',
        "a NUL": "x = 1\x00\nf()",
        "a lone surrogate": 'x = "\\ud800"\nf(x)',
        "digits": f"x = {'9' * 4000}\ny = 0x{DIGITS}\nf(x, y, 1e999)",
        "a long module": f"import {'a' * 300}\nf()",
        "nesting": "x = " + "-" * 5000 + "1\nf()",
    },
    "bash": {
        "characters": f"echo '{CHARACTERS}' > a",
        "a NUL": "echo a\x00b > c",
        "names that are no text": "touch $'\\xff' ; mkdir $'\\xfe'",
        "output that is no text": "printf '\\xff\\xed\\xa0\\x80\\0'",
        "a line beyond all lines": "echo 'x: line 99999999999: a: command not found' >&2; make > a",
        "a line of thousands of digits": (
            f"echo 'x: line {DIGITS[:5000]}: a: command not found' >&2; make > a"
        ),
        "a condition of thousands of digits": f"if (({DIGITS})); then make > a; fi",
    },
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scorer() -> AsyncIterator[LocalScorer]:
    async with LocalScorer(Settings.load()) as opened:
        yield opened


@pytest.mark.parametrize(
    ("format_name", "text"),
    [
        pytest.param(format_name, text, id=f"{format_name}-{name}")
        for format_name, texts in TEXTS.items()
        for name, text in texts.items()
    ],
)
async def test_no_text_keeps_an_answer_from_being_scored(
    format_name: str, text: str, scorer: LocalScorer
) -> None:
    verifier = FORMATS[format_name].verifier
    target = Target.DOCUMENTS if Target.DOCUMENTS in verifier.targets else Target.AST
    label = sorted(verifier.languages)[0]
    task = Task(
        category="", format=format_name, instruction="Write it.", means=Means(),
        checks=(Check(on=target, expr="@", expect="never"),),
    )  # fmt: skip
    request = ScoreRequest(task=task, completion=f"```{label}\n{text}\n```\n")
    (verdict,) = await scorer.score([request])
    assert verdict.status is Status.SCORED, verdict.failure_reason
