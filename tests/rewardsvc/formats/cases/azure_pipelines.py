"""Azure's pipelines: what the tests of all formats try on them."""

from collections.abc import Callable, Mapping

from tests.rewardsvc.formats.format_cases import FormatCases
from tests.rewardsvc.formats.growth import around, many

_AZURE = "pool: {vmImage: ubuntu-latest}\n"

_AZURE_CASES: Mapping[str, Callable[[int], str]] = {
    "steps": around(_AZURE + "steps:\n", many("  - script: echo {i}\n")),
    "jobs": around(_AZURE + "jobs:\n", many("  - {job: j{i}, steps: [{script: a}]}\n")),
    "jobs that wait": around(
        _AZURE + "jobs:\n", many("  - {job: j{i}, dependsOn: [j0], steps: [{script: a}]}\n")
    ),
    "jobs of one name": around(_AZURE + "jobs:\n", many("  - {job: j, steps: [{script: a}]}\n")),
    "jobs of one name in a template": around(
        _AZURE + "jobs:\n", many("  - {job: j, steps: [{script: a}]}\n"), "# ${{ if a }}\n"
    ),
    "jobs of one name and open expressions": around(
        _AZURE + "jobs:\n", many("  - {job: j, steps: [{script: a}]}\n  # ${{ a\n")
    ),
    "stages": around(
        _AZURE + "stages:\n", many("  - {stage: s{i}, jobs: [{job: a, steps: [{script: a}]}]}\n")
    ),
    "templates": around(_AZURE + "steps:\n", many("  - template: t{i}.yml@r\n")),
    "a long template": around(_AZURE + "steps:\n  - template: ", "a@", "b\n"),
    "expressions as keys": around(
        _AZURE + "steps:\n", many("  - ${{ if a{i} }}:\n    - script: a\n")
    ),
    "expressions in expressions": lambda size: (
        _AZURE
        + "steps:\n"
        + "".join("  " * i + "- ${{ if a }}:\n" for i in range(1, 45))
        + "  " * 45
        + "- script: a\n"
        + many("# comment {i}\n")(size)
    ),
    "keys of expressions": around(_AZURE + "variables:\n", many("  ${{ if a{i} }}: {b{i}: c}\n")),
    "wrong steps": around(_AZURE + "steps:\n", many("  - scrip{i}: echo\n")),
    "wrong steps of jobs": around(
        _AZURE + "jobs:\n", many("  - {job: j{i}, steps: [{scrip: a}]}\n")
    ),
    "keys in any case": around(_AZURE + "steps:\n", many("  - {SCRIPT: a, K{i}: b}\n")),
    "keys in any case that are wrong": around(
        _AZURE, many("KEY{i}: a\n"), "steps: [{script: a}]\n"
    ),
    "conditions": around(
        _AZURE + "steps:\n", many("  - {script: a, condition: \"and(false, eq(a, '{i}'))\"}\n")
    ),
    "macros": around(_AZURE + "steps:\n  - script: '", "$(a", "'\n"),
    "tasks": around(_AZURE + "steps:\n", many("  - {task: Bash@3, inputs: {script: a{i}}}\n")),
    "unknown tasks": around(_AZURE + "steps:\n", many("  - {task: Mine{i}@1}\n")),
    "a long task": around(_AZURE + "steps:\n  - task: ", "a", "\n"),
    "booleans": around(_AZURE + "steps:\n", many("  - {script: a, enabled: yes}\n")),
}

CASES = FormatCases(
    growing=_AZURE_CASES,
    telling=(
        "expressions in expressions",
        "jobs of one name and open expressions",
        "jobs that wait",
        "keys in any case that are wrong",
        "wrong steps",
    ),
)
