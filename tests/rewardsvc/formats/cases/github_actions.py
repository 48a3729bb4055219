"""Workflows of GitHub Actions: what the tests of all formats try on them."""

from collections.abc import Callable, Mapping

from tests.rewardsvc.formats.format_cases import FormatCases, Words
from tests.rewardsvc.formats.growth import around, many

_ANSWER = """
name: ci
on:
  push:
    branches: [main, release]
  pull_request:
jobs:
  test:
    runs-on: ubuntu-latest
    timeout-minutes: 10
    steps:
      - uses: actions/checkout@v5
      - run: |
          pip install -e .
          pytest -q
  ship:
    needs: [test]
    runs-on: ubuntu-latest
    steps:
      - run: make ship
"""

_ACTIONS = "on: push\njobs:\n"

_ACTION = "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n"

_GITHUB: Mapping[str, Callable[[int], str]] = {
    "jobs": around(_ACTIONS, many("  j{i}: {runs-on: ubuntu-latest, steps: [{run: make}]}\n")),
    "jobs that wait": lambda size: (
        _ACTIONS
        + "  j0: {runs-on: a, if: false, steps: [{run: a}]}\n"
        + "".join(
            f"  j{i}: {{runs-on: a, needs: j{i - 1}, steps: [{{run: make}}]}}\n"
            for i in range(1, size // 50)
        )
    ),
    "jobs that wait backwards": lambda size: (
        _ACTIONS
        + "".join(
            f"  j{i}: {{runs-on: a, needs: j{i + 1}, steps: [{{run: make}}]}}\n"
            for i in range(size // 50)
        )
        + f"  j{size // 50}: {{runs-on: a, if: false, steps: [{{run: a}}]}}\n"
    ),
    "steps": around(_ACTION, many("      - run: echo {i}\n")),
    "steps that are off": around(_ACTION, many("      - {if: false, run: echo {i}}\n")),
    "conditions": around(_ACTION, many("      - {if: \"github.ref == 'x' && false\", run: a}\n")),
    "a long condition": around(_ACTION + "      - if: ", "a && ", "a\n        run: a\n"),
    "signs of a condition": lambda size: (
        _ACTION
        + f'      - if: "{"!" * min(size, 3900)}a"\n        run: a\n'
        + many("      - run: echo {i}\n")(size)
    ),
    "python": around(_ACTION, many("      - {shell: python, run: 'print({i})'}\n")),
    "expressions": around(_ACTION + "      - shell: python\n        run: ", "${{ ", "\n"),
    "a matrix": around(
        "on: push\njobs:\n  a:\n    runs-on: a\n    strategy:\n      matrix:\n",
        many("        k{i}: [1, 2]\n"),
        "    steps: [{run: a}]\n",
    ),
    "labels": around(
        "on: push\njobs:\n  a:\n    steps: [{run: a}]\n    runs-on: [self-hosted, ", "a, ", "a]\n"
    ),
    "pragmas": around(_ACTION + "      - run: |\n", many("          # shellcheck disable=SC{i}\n")),
    "pragma spaces": around(_ACTION + "      - run: '", "# ", "'\n"),
}

_WORDS: Words = [
    ("job_needs", [
        ({"job": "ship", "needs": ["test"]}, True),
        ({"job": "ship", "needs": ["test", "lint"]}, False),
        ({"job": "test", "needs": ["ship"]}, False),
    ]),
    ("job_has", [
        ({"job": "test", "path": "timeout-minutes", "value": 10}, True),
        ({"job": "ship", "path": "timeout-minutes", "value": 10}, False),
    ]),
    ("job_runs", [
        ({"job": "test", "command": "pytest -q"}, True),
        ({"job": "test", "command": "pip install -e ."}, True),
        ({"job": "ship", "command": "make ship"}, True),
        ({"job": "test", "command": "pytest"}, False),
        ({"job": "ship", "command": "make"}, False),
    ]),
    ("job_uses", [
        ({"job": "test", "action": "actions/checkout"}, True),
        ({"job": "test", "action": "actions/check"}, False),
    ]),
    ("triggered_by", [
        ({"event": "push", "branches": ["release", "main"]}, True),
        ({"event": "pull_request", "branches": []}, True),
        ({"event": "push", "branches": ["main"]}, False),
        ({"event": "schedule", "branches": []}, False),
    ]),
]  # fmt: skip

CASES = FormatCases(
    growing=_GITHUB,
    telling=(
        "a long condition",
        "expressions",
        "jobs that wait",
        "jobs that wait backwards",
        "pragma spaces",
        "python",
        "signs of a condition",
    ),
    answer=_ANSWER,
    words=_WORDS,
)
