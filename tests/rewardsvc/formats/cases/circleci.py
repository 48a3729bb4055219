# ruff: noqa: E501 - a table of texts
"""CircleCI's pipelines: what the tests of all formats try on them."""

from collections.abc import Callable, Mapping

from tests.rewardsvc.formats.format_cases import FormatCases
from tests.rewardsvc.formats.growth import around, many

_CIRCLE = (
    "version: 2.1\njobs:\n  build:\n    docker: [{image: a}]\n    steps: [checkout, c0]\n"
    "workflows: {w: {jobs: [build]}}\ncommands:\n"
)

_CIRCLE_JOB = "version: 2.1\njobs:\n  build:\n    docker: [{image: a}]\n    steps:\n"

_CIRCLE_FLOW = (
    "version: 2.1\njobs:\n  build: {docker: [{image: a}], steps: [{run: a}]}\n"
    "workflows:\n  w:\n    jobs:\n"
)

_CIRCLECI: Mapping[str, Callable[[int], str]] = {
    "commands that call each other": lambda size: (
        _CIRCLE
        + "".join(f"  c{i}: {{steps: [c{i + 1}, c{i + 1}, c{i + 1}]}}\n" for i in range(size // 40))
        + f"  c{size // 40}: {{steps: [checkout]}}\n"
    ),
    "commands in a circle": lambda size: (
        _CIRCLE
        + "".join(f"  c{i}: {{steps: [c{(i + 1) % (size // 30)}]}}\n" for i in range(size // 30))
    ),
    "steps": around(
        _CIRCLE_JOB, many("      - run: echo {i}\n"), "workflows: {w: {jobs: [build]}}\n"
    ),
    "steps that carry": around(
        _CIRCLE_JOB, "      - checkout\n", "workflows: {w: {jobs: [build]}}\n"
    ),
    "conditions": lambda size: (
        _CIRCLE_JOB
        + "".join(
            f"{' ' * (6 + 4 * i)}- when:\n{' ' * (10 + 4 * i)}condition: a\n{' ' * (10 + 4 * i)}steps:\n"
            for i in range(20)
        )
        + " " * 90
        + "- checkout\n"
        + "workflows: {w: {jobs: [build]}}\n"
        + many("# comment {i}\n")(size)
    ),
    "invoked": around(_CIRCLE_FLOW, many("      - build: {name: b{i}}\n")),
    "invoked and required": lambda size: (
        _CIRCLE_FLOW
        + "      - build: {name: b0}\n"
        + "".join(
            f"      - build: {{name: b{i}, requires: [b{i - 1}, b0]}}\n"
            for i in range(1, size // 50)
        )
    ),
    "required and not there": around(
        _CIRCLE_FLOW, many("      - build: {name: b{i}, requires: [n{i}]}\n")
    ),
    "matrices": around(
        _CIRCLE_FLOW,
        many(
            "      - build: {name: m{i}-<< matrix.a >>, matrix: {parameters: {a: [1]}}, requires: [n{i}]}\n"
        ),
    ),
    "invoked jobs and parameters": lambda size: (
        "version: 2.1\njobs:\n  build:\n    docker: [{image: a}]\n    steps: [{run: a}]\n"
        "    parameters:\n"
        + many("      p{i}: {type: string, default: a}\n")(size)
        + "workflows:\n  w:\n    jobs:\n"
        + "      - build\n" * (size // 14)
    ),
    "invoked jobs and needed parameters": lambda size: (
        "version: 2.1\njobs:\n  build:\n    docker: [{image: a}]\n    steps: [{run: a}]\n"
        "    parameters:\n"
        + many("      p{i}: {type: string}\n")(size)
        + "workflows:\n  w:\n    jobs:\n"
        + "      - build\n" * (size // 14)
    ),
    "invoked jobs with parameters": lambda size: (
        "version: 2.1\njobs:\n  build:\n    docker: [{image: a}]\n    steps: [{run: a}]\n"
        "    parameters:\n"
        + many("      p{i}: {type: string, default: a}\n")(size)
        + "workflows:\n  w:\n    jobs:\n"
        + "      - build: {p0: a}\n" * (size // 22)
    ),
    "called commands and parameters": lambda size: (
        _CIRCLE_JOB
        + "      - c: {p0: a}\n" * (size // 20)
        + "workflows: {w: {jobs: [build]}}\ncommands:\n  c:\n    steps: [{run: a}]\n    parameters:\n"
        + many("      p{i}: {type: string, default: a}\n")(size)
    ),
    "called commands and needed parameters": lambda size: (
        _CIRCLE_JOB
        + "      - c\n" * (size // 10)
        + "workflows: {w: {jobs: [build]}}\ncommands:\n  c:\n    steps: [{run: a}]\n    parameters:\n"
        + many("      p{i}: {type: string}\n")(size)
    ),
    "workflows": lambda size: (
        "version: 2.1\njobs:\n  build: {docker: [{image: a}], steps: [checkout]}\nworkflows:\n"
        + many("  w{i}: {jobs: [build]}\n")(size)
    ),
    "workflows of one long job": lambda size: (
        "version: 2.1\njobs:\n  build:\n    docker: [{image: a}]\n    steps:\n"
        + "      - checkout\n" * (size // 17)
        + "workflows:\n"
        + many("  w{i}: {jobs: [build]}\n")(size)
    ),
    "logic": lambda size: (
        _CIRCLE_FLOW
        + "      - build\n    when: "
        + "{not: " * 90
        + "true"
        + "}" * 90
        + "\n"
        + many("# comment {i}\n")(size)
    ),
    "wide logic": around(_CIRCLE_FLOW + "      - build\n    when: {and: [", "true, ", "true]}\n"),
    "parameters": around(
        _CIRCLE_JOB + "      - run: '", "<< parameters.a >>", "'\nworkflows: {w: {jobs: [build]}}\n"
    ),
    "open parameters": around(
        _CIRCLE_JOB + "      - run: '", "<< ", "'\nworkflows: {w: {jobs: [build]}}\n"
    ),
    "wide parameters": around(
        _CIRCLE_JOB + "      - run: '<<", " ", "'\nworkflows: {w: {jobs: [build]}}\n"
    ),
    "orbs": around(_CIRCLE_JOB, many("      - o{i}/c\n"), "workflows: {w: {jobs: [build]}}\n"),
    "executors": lambda size: (
        "version: 2.1\nexecutors:\n"
        + many("  e{i}: {docker: [{image: a}]}\n")(size)
        + "jobs:\n"
        + many("  j{i}: {executor: e{i}, steps: [{run: a}]}\n")(size)
        + "workflows: {w: {jobs: [j0]}}\n"
    ),
    "a long name in many objections": lambda size: (
        "version: 2.1\njobs:\n  build: {docker: [{image: a}], steps: [{run: a}]}\nworkflows:\n  ? "
        + "a" * (size // 3)
        + "\n  :\n    jobs:\n      - build\n"
        + many("      - t{i}\n")(size)
    ),
}

CASES = FormatCases(
    growing=_CIRCLECI,
    telling=(
        "called commands and parameters",
        "commands in a circle",
        "commands that call each other",
        "invoked and required",
        "invoked jobs and parameters",
        "matrices",
        "open parameters",
        "workflows of one long job",
    ),
)
