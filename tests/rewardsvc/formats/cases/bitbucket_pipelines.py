"""Bitbucket's pipelines: what the tests of all formats try on them."""

from collections.abc import Callable, Mapping

from tests.rewardsvc.formats.format_cases import FormatCases
from tests.rewardsvc.formats.growth import around, many

_BITBUCKET = "image: a\npipelines:\n  default:\n"

_BITBUCKET_CASES: Mapping[str, Callable[[int], str]] = {
    "steps": around(_BITBUCKET, many("    - step: {script: [make {i}]}\n")),
    "lines": around(
        _BITBUCKET + "    - step:\n        script:\n", many("          - make {i} && a\n")
    ),
    "parallel steps": around(
        _BITBUCKET + "    - parallel:\n", many("        - step: {script: [a{i}]}\n")
    ),
    "stages": around(
        _BITBUCKET, many("    - stage: {steps: [{step: {script: [a]}}], deployment: d{i}}\n")
    ),
    "deployments": around(_BITBUCKET, many("    - step: {script: [a], deployment: d}\n")),
    "caches": around(_BITBUCKET, many("    - step: {script: [a], caches: [c{i}]}\n")),
    "caches and definitions": lambda size: (
        "definitions:\n  caches:\n"
        + many("    c{i}: /a\n")(size)
        + _BITBUCKET
        + many("    - step: {script: [a], caches: [c{i}]}\n")(size)
    ),
    "branches": around(
        "pipelines:\n  branches:\n", many("    b{i}:\n      - step: {script: [a]}\n")
    ),
    "parallel in parallel": lambda size: (
        _BITBUCKET
        + "    - "
        + "parallel: [{" * 40
        + "step: {script: [a]}"
        + "}]" * 40
        + "\n"
        + many("# comment {i}\n")(size)
    ),
}

CASES = FormatCases(
    growing=_BITBUCKET_CASES,
    telling=(
        "caches and definitions",
        "deployments",
        "parallel in parallel",
        "parallel steps",
        "steps",
    ),
)
