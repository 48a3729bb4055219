"""What GitLab, CircleCI and Azure refuse: more of each kind than a row shows, and what is near."""

import pytest

from rewardsvc.types import Diagnostic
from rewardsvc.verification.verifier import Workbench
from tests.rewardsvc.formats.verified import verified

pytestmark = pytest.mark.asyncio(loop_scope="module")

_DOCKER = "docker: [{image: x}], steps: [{run: make}]"
_JOBS = f"a: {{{_DOCKER}}}, b: {{{_DOCKER}}}"
_VARIED = f"a: {{parameters: {{v: {{type: string}}}}, {_DOCKER}}}, b: {{{_DOCKER}}}"
_INLINE = (
    "orbs: {my: {commands: {hi: {steps: [{run: make}]}}, executors: {e: {docker: [{image: x}]}}}}\n"
)


def _chain(count: int) -> str:
    return "".join(f".c{n}: {{extends: .c{n + 1}}}\n" for n in range(count)) + f".c{count}: {{}}\n"


def _circle(jobs: str, flow: str, more: str = "") -> str:
    return f"version: 2.1\n{more}jobs: {{{jobs}}}\nworkflows: {{w: {{jobs: [{flow}]}}}}\n"


async def _refused(format: str, text: str, workbench: Workbench) -> list[Diagnostic]:
    findings = await verified(format, text, workbench)
    stages = {stage.name: stage for stage in findings.stages}
    assert findings.parsed and stages["schema"].score == 1.0, stages["schema"].diagnostics
    return [found for found in stages["references"].diagnostics if found.severity == "error"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a: {script: [x], only: ['/^(?!main).*$/']}", "pattern"),
        ("a: {script: [x], except: {refs: ['/(?<=a)b/']}}", "pattern"),
        (r"a: {script: [x], coverage: '/(\d+)%.*\1/'}", "pattern"),
        (r"a: {script: [x], coverage: '/total (\d+\.\d+)%/'}", ""),
        ("a: {script: [x], only: ['/^release-.*$/i', main]}", ""),
        ("a: {script: [x]}\nb: {script: [x], needs: [a, a]}", "needs-duplicate"),
        ("a: {script: [x]}\nb: {script: [x], needs: [a, {pipeline: $P, job: a}]}", ""),
        (_chain(10) + "a: {extends: .c0, script: [x]}", "extends-depth"),
        (_chain(9) + "a: {extends: .c0, script: [x]}", ""),
        ("a: {script: [x], rules: [{if: $A, when: delayed, start_in: 8 days}]}", "start-in-long"),
        ("a: {script: [x], when: delayed, start_in: 169 hours}", "start-in-long"),
        ("a: {script: [x], when: delayed, start_in: 1 week}", ""),
        ("a: {script: [x], when: delayed, start_in: '90'}", ""),
        ("a: {script: [x], start_in: 5 minutes}", "start-in"),
        (
            "spec: {inputs: {l: {type: array, default: [], options: [a]}}}\n---\na: {script: [x]}",
            "",
        ),
        (".b: {when: delayed}\na: {script: [x], extends: .b, start_in: 5 minutes}", ""),
        ("include: [{local: b.yml}]\na: {script: [x], extends: .b, start_in: 5 minutes}", ""),
        ("spec: {inputs: {a: }}\n---\na: {script: ['$[[ inputs.b ]]']}", "input"),
        ("spec: {include: [{local: i.yml}]}\n---\na: {script: ['$[[ inputs.b ]]']}", ""),
        ("spec: {inputs: {n: {type: number, default: x}}}\n---\na: {script: [x]}", "input-default"),
        (
            "spec: {inputs: {n: {type: boolean, default: no}}}\n---\na: {script: [x]}",
            "input-default",
        ),
        (
            "spec: {inputs: {n: {default: 5}, l: {type: array, default: [a]}}}\n---\n"
            "a: {script: [x]}",
            "",
        ),
        ("a: {script: [x], environment: {name: 'a:b'}}", "environment-name"),
        ("a: {script: [x], environment: review/}", "environment-name"),
        ("a: {script: [x], environment: {name: review/$CI_COMMIT_REF_SLUG}}", ""),
        ("spec: {inputs: {e: {}}}\n---\na: {script: [x], environment: 'r/$[[ inputs.e ]]'}", ""),
    ],
)
async def test_what_gitlab_refuses(text: str, code: str, workbench: Workbench) -> None:
    found = await _refused("gitlab-ci", text + "\n", workbench)
    assert [each.code for each in found] == ([code] if code else [])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (_circle(_JOBS, "{a: {matrix: {parameters: {v: ['1']}}}}"), "has no parameter 'v'"),
        (_circle(_VARIED, "{a: {matrix: {parameters: {v: ['1']}}}}"), ""),
        (_circle("a: {executor: e, steps: [my/bye]}", "a", _INLINE), "no 'bye' among its commands"),
        (
            _circle("a: {executor: my/f, steps: [my/hi]}", "a", _INLINE),
            "no 'f' among its executors",
        ),
        (
            _circle("a: {executor: my/e, steps: [my/hi]}", "a, my/j", _INLINE),
            "no 'j' among its jobs",
        ),
        (_circle("a: {executor: my/e, steps: [my/hi]}", "a", _INLINE), ""),
        (
            _circle(
                "a: {executor: e, steps: [{run: make}]}",
                "a",
                "executors: {e: {parameters: {t: {type: string}}, docker: [{image: x}]}}\n",
            ),
            "needs the parameter 't'",
        ),
        (
            _circle(
                "a: {executor: {name: e, t: '1'}, steps: [{run: make}]}",
                "a",
                "executors: {e: {docker: [{image: x}]}}\n",
            ),
            "has no parameter 't'",
        ),
        (
            _circle(
                "a: {executor: {name: e, t: '1'}, steps: [{run: make}]}",
                "a",
                "executors: {e: {parameters: {t: {type: string}}, docker: [{image: x}]}}\n",
            ),
            "",
        ),
        (
            _circle(
                "a: {parameters: {on: {type: executor}}, executor: << parameters.on >>,"
                " steps: [{run: make}]}",
                "{a: {on: zz}}",
            ),
            "the executor 'zz' is not there",
        ),
    ],
)
async def test_what_circleci_refuses(text: str, says: str, workbench: Workbench) -> None:
    found = await _refused("circleci", text, workbench)
    assert any(says in each.message for each in found) if says else not found, found


def _condition(text: str) -> str:
    return f"steps: [{{script: make, condition: {text!r}}}]\n"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (_condition("equals(variables.a, 'b')"), "no function equals"),
        (_condition("eq(variables.a)"), "eq takes 2 arguments, not 1"),
        (_condition("and(succeeded())"), "and takes 2 arguments or more, not 1"),
        (_condition("always(1)"), "always takes no arguments, not 1"),
        (_condition('eq(variables.a, "b")'), "single quotes"),
        (_condition("not(eq(variables['a, b'], 'c)'), true)"), "not takes 1 argument, not 2"),
        (_condition("and(succeeded('A', 'B'), in(variables['x(1)'], 'it''s', '('))"), ""),
        (_condition("NOTIN(dependencies.A.result, 'Failed')"), ""),
        (_condition("eq(counter(), iif(true, 1, lower('A')))"), ""),
        ('steps:\n- ${{ if eq(variables.a, "b") }}:\n  - script: make\n', "single quotes"),
        ("steps:\n- script: make ${{ upperr('a') }}\n", "no function upperr"),
        ("steps:\n# ${{ upperr('a') }}\n- script: make # ${{ nothing(1) }}\n", ""),
        (
            "parameters: [{name: p, type: object, default: []}]\nsteps:\n"
            "- ${{ each x in split(join(',', parameters.p), ',') }}:\n"
            "  - script: make ${{ x }} ${{ format('{0}-{1}', 'a', length(parameters.p)) }}\n",
            "",
        ),
        ("jobs: [{job: a, TimeoutInMinutes: soon, steps: [{script: make}]}]\n", "no number"),
        ("jobs: [{job: a, timeoutInMinutes: '90', steps: [{script: make}]}]\n", ""),
        ("steps: [{script: make, timeoutInMinutes: 5 min}]\n", "no number of minutes"),
    ],
)
async def test_what_azure_refuses(text: str, says: str, workbench: Workbench) -> None:
    found = await _refused("azure-pipelines", text, workbench)
    assert any(says in each.message for each in found) if says else not found, found
