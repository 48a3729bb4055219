"""GitLab's pipelines: what the tests of all formats try on them."""

from collections.abc import Callable, Mapping

from tests.rewardsvc.formats.format_cases import FormatCases, Words
from tests.rewardsvc.formats.growth import around, both, many

_ANSWER = """
stages: [build, test]
image: {name: "python:3.12"}
.base:
  stage: test
  tags: [linux]
lint:
  extends: .base
  script: [make lint]
build:
  stage: build
  script: [make]
test:
  stage: test
  needs: [{job: build, artifacts: true}]
  script:
    - pip install -e .
    - pytest
"""

_GITLAB: Mapping[str, Callable[[int], str]] = {
    "jobs": many("j{i}:\n  script: make\n"),
    "extends": lambda size: (
        ".j0:\n  script: a\n"
        + "".join(f".j{i}:\n  extends: .j{i - 1}\n" for i in range(1, size // 24))
        + "j:\n  extends: .j1\n  script: a\n"
    ),
    "jobs that extend far": lambda size: (
        ".j0:\n  script: a\n"
        + "".join(
            f"j{i}:\n  extends: {'.j0' if i == 1 else f'j{i - 1}'}\n" for i in range(1, size // 24)
        )
    ),
    "extends in a circle": lambda size: "".join(
        f"j{i}:\n  script: a\n  extends: j{(i + 1) % (size // 30)}\n" for i in range(size // 30)
    ),
    "extends of many": lambda size: (
        many(".j{i}:\n  script: a\n")(size)
        + "j:\n  script: a\n  extends: ["
        + ", ".join(f".j{i}" for i in range(size // 20))
        + "]\n"
    ),
    "needs": lambda size: (
        "j0:\n  script: a\n"
        + "".join(f"j{i}:\n  script: a\n  needs: [j{i - 1}, j0]\n" for i in range(1, size // 36))
    ),
    "needs that are not there": many("j{i}:\n  script: a\n  needs: [k{i}]\n"),
    "stages": lambda size: (
        "stages: ["
        + ", ".join(f"s{i}" for i in range(size // 12))
        + "]\n"
        + many("j{i}:\n  stage: s{i}\n  script: a\n")(size)
    ),
    "references": around("j:\n  script:\n", many("    - !reference [k{i}, script]\n")),
    "references to references": lambda size: (
        "".join(
            f".j{i}:\n  script:\n    - !reference [.j{i + 1}, script]\n" for i in range(size // 40)
        )
        + "j:\n  script: a\n"
    ),
    "rules": around("j:\n  script: a\n  rules:\n", many("    - if: $A == 'b' && false\n")),
    "workflow rules and jobs": both(
        around("workflow:\n  rules:\n", many("    - if: $A == 'b'\n      when: never\n")),
        many("j{i}:\n  script: a\n"),
    ),
    "inherited rules and jobs": both(
        around(".a:\n  script: a\n  rules:\n", many("    - if: 'false'\n")),
        many("j{i}:\n  extends: .a\n"),
    ),
    "excepted refs and jobs": both(
        around(".a:\n  script: a\n  except:\n", many("    - r{i}\n")),
        many("j{i}:\n  extends: .a\n"),
    ),
    "scripts": around("j:\n  script:\n", many("    - echo {i} && make\n")),
    "a long name in many objections": lambda size: (
        "? " + "a" * (size // 3) + "\n:\n  script: a\n  needs:\n" + many("    - t{i}\n")(size)
    ),
}

_WORDS: Words = [
    ("job_stage", [
        ({"job": "test", "stage": "test"}, True),
        ({"job": "build", "stage": "test"}, False),
        ({"job": "lint", "stage": "test"}, True),
        ({"job": "lint", "stage": "build"}, False),
    ]),
    ("job_has", [
        ({"job": "test", "path": "stage", "value": "test"}, True),
        ({"job": "build", "path": "stage", "value": "test"}, False),
    ]),
    ("job_needs", [
        ({"job": "test", "needs": ["build"]}, True),
        ({"job": "build", "needs": ["test"]}, False),
    ]),
    ("job_runs", [
        ({"job": "test", "command": "pytest"}, True),
        ({"job": "build", "command": "make test"}, False),
    ]),
]  # fmt: skip

CASES = FormatCases(
    growing=_GITLAB,
    telling=(
        "a long name in many objections",
        "extends",
        "inherited rules and jobs",
        "needs",
        "references to references",
        "stages",
        "workflow rules and jobs",
    ),
    answer=_ANSWER,
    words=_WORDS,
)
