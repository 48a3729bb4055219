"""Reading an answer takes time in proportion to its length, whatever stands in it.

Each text is doubled three times. The least processor time of up to five runs counts, and may not
grow faster than by :data:`RATIO` from one size to the next; where time grows with the square of
the length it does so by 4. What takes less than :data:`LEAST` counts as that.
"""

import gc
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial

import pytest

from rewardsvc.formats import FORMATS
from tests.rewardsvc.hostile_texts import CASES, Growth
from tests.rewardsvc.measured import Bench, uncommenting

SIZES = (4_000, 8_000, 16_000, 32_000)
RUNS = 5
RATIO = 2.6
LEAST = 4e-3
"""Seconds; below, the clock and the interpreter's own work are most of it."""


@pytest.fixture(scope="module")
def bench() -> Bench:
    made = Bench()
    gc.freeze()  # what is loaded is not looked through again and again
    return made


def grows(seconds: Callable[[str], float], growth: Growth) -> str:
    """How a text's time grows, where that is faster than its length; "" where it is not.

    Seen twice in a row: on a busy machine once may be chance.
    """
    return _grows(seconds, growth) and _grows(seconds, growth)


def _grows(seconds: Callable[[str], float], growth: Growth) -> str:
    texts = [growth(size) for size in SIZES]
    least = [float("inf")] * len(texts)
    for _ in range(RUNS):
        for at, text in enumerate(texts):
            least[at] = min(least[at], seconds(text))
        counted = [max(LEAST, each) for each in least]
        if all(after <= RATIO * before for before, after in itertools.pairwise(counted)):
            return ""
    return ", ".join(f"{1000 * each:.1f} ms" for each in least)


def test_there_are_texts_for_every_format() -> None:
    assert CASES.keys() == FORMATS.keys()


TELLING: Mapping[str, Sequence[str]] = {
    "kubernetes": (
        "a metric each", "a selector of many values", "an ingress and a service", "closed thoughts",
        "containers and claims", "fences", "keys of one map", "laughs", "longer fences",
        "merges of merges", "nested flow lists", "resources", "special tokens",
        "thoughts in fences", "unseen characters",
    ),
    "compose": (
        "a circle", "a long name in many objections", "closed interpolation", "extends", "merges",
        "ports of services", "volumes and services",
    ),
    "github-actions": (
        "a long condition", "expressions", "jobs that wait", "jobs that wait backwards",
        "pragma spaces", "python", "signs of a condition",
    ),
    "gitlab-ci": (
        "a long name in many objections", "extends", "inherited rules and jobs", "needs",
        "references to references", "stages", "workflow rules and jobs",
    ),
    "azure-pipelines": (
        "expressions in expressions", "jobs of one name and open expressions", "jobs that wait",
        "keys in any case that are wrong", "wrong steps",
    ),
    "circleci": (
        "called commands and parameters", "commands in a circle", "commands that call each other",
        "invoked and required", "invoked jobs and parameters", "matrices", "open parameters",
        "workflows of one long job",
    ),
    "bitbucket-pipelines": (
        "caches and definitions", "deployments", "parallel in parallel", "parallel steps", "steps",
    ),
    "cloudformation": (
        "a choice among many", "branches in branches", "conditions of conditions",
        "joined texts", "loops in loops", "resources under conditions", "tabs in JSON",
    ),
    "dockerfile": (
        "assignments", "copies from stages", "digits", "heredocs of one line", "open quotes",
        "quoted flags", "stages and mounts", "stages that come later",
        "variables and instructions", "variables and stages", "variables that repeat",
        "work directories",
    ),
    "bash": (
        "comparisons", "functions", "lists", "many comparisons", "nested conditions",
        "nested substitutions", "prefixes", "templates",
    ),
    "terraform": (
        "a wide version", "an open item", "JSON: backends", "keys", "nested templates", "one item",
        "providers of another version", "remote states", "requirements of another version",
        "used variables",
    ),
    "jenkinsfile": (
        "conditions before lines", "dotted interpolation", "dotted types", "generics",
        "interpolated code", "many u", "nested blocks", "slashy strings",
    ),
    "python": (
        "a project", "comments behind code", "fences",
        "letters of two bytes and strings of one line", "MLproject: nested placeholders",
        "MLproject: parameters", "names", "strings of one line",
    ),
    "helm": (
        "conditions", "dependencies", "templates: a block of text",
        "templates: a key that is wrong many times", "templates: comments and quotes",
        "templates: items in items", "templates: open actions and quotes",
        "templates: open comments in actions", "templates: resources with an unknown key",
    ),
    "kustomize": (
        "a long host", "a long query", "a long scheme", "a long way up", "charts",
        "folders in a row", "resources that would be fetched",
        "resources: resources of one kind", "resources: resources of one name",
        "resources: resources with an unknown key",
    ),
}  # fmt: skip
"""Texts that took seconds, hours or for ever, and what is likeliest to do so again."""


BOUNDED = frozenset({("python", "dotted imports")})
"""What a library takes longer for when comments are taken out, and ``judge/prompt.py`` bounds."""


def slow(bench: Bench, format_name: str, names: Iterable[str]) -> Iterator[str]:
    """The texts whose time grows faster than their length, and how."""
    for name in names:
        growth = CASES[format_name][name]
        if how := grows(partial(bench.reading, format_name), growth):
            yield f"{name}: {how}"
        if (format_name, name) in BOUNDED:
            continue
        if how := grows(partial(uncommenting, format_name), growth):
            yield f"comments of {name}: {how}"


@pytest.mark.parametrize("format_name", CASES)
def test_what_was_slow_takes_time_in_proportion(format_name: str, bench: Bench) -> None:
    assert list(slow(bench, format_name, TELLING[format_name])) == []


@pytest.mark.slow
@pytest.mark.parametrize("format_name", CASES)
def test_time_grows_with_the_length_of_an_answer(format_name: str, bench: Bench) -> None:
    assert list(slow(bench, format_name, CASES[format_name])) == []


@pytest.mark.slow
@pytest.mark.parametrize("format_name", CASES)
def test_no_growth_is_a_fault_of_ours(format_name: str, bench: Bench) -> None:
    found = {
        name: examined.fault
        for name, growth in CASES[format_name].items()
        if (examined := bench.examine(format_name, growth(SIZES[0]))).fault and not examined.chosen
    }
    assert found == {}
