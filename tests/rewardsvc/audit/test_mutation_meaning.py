"""Which mutants have to be caught: those of which the instruction says something."""

import pytest

from rewardsvc.audit.mutation.meaning import Meaning, meaning_of, named
from rewardsvc.audit.mutation.mutant import Kind
from rewardsvc.types import Task
from tests.rewardsvc.audit.references import READY, mutants


@pytest.mark.parametrize(
    ("value", "said", "expected"),
    [
        ("3", "three replicas", True),
        ("3", "run 3 of them", True),
        ("3", "port 3000 and version 1.3", False),
        ("512Mi", "512 MiB of memory", True),
        ("512Mi", "1512 MiB of memory", False),
        ("3600", "for one hour", True),
        ("86400", "keep it a day", True),
        ("30s", "every 30 seconds", True),
        ("30 5 * * *", "daily at 5:30", True),
        ("500m", "half a core", False),
        ("500m", "0.5 CPU", True),
        ("80%", "80 percent", True),
        ("web", "the website", False),
        ("web", "named `web`.", True),
        ("READ_ONLY", "read only", True),
        (".", "build it. now", False),
        (".", "the context `.`", True),
        ("a.b", "axb", False),
    ],
)
def test_a_value_is_named_in_the_ways_people_write_it(
    value: str, said: str, expected: bool
) -> None:
    assert named(value, said.lower()) is expected


def test_what_the_instruction_leaves_open_is_free_and_what_it_names_counts() -> None:
    task = Task(format="kubernetes", instruction="A Deployment web with three replicas")
    by_place = {
        (mutant.kind, mutant.path): meaning_of(mutant, task) for mutant in mutants("kubernetes")
    }
    assert by_place[Kind.CHANGE_NUMBER, "Deployment: spec.replicas"] is Meaning.COUNTED
    assert by_place[Kind.CHANGE_PORT, "Service: spec.ports[0].port"] is Meaning.FREE


@pytest.mark.parametrize("format", READY)
def test_switches_references_policies_and_steps_count_whatever_is_said(format: str) -> None:
    silent = Task(format=format, instruction="Do it.")
    for mutant in mutants(format):
        if mutant.kind in (
            Kind.DROP_RESOURCE, Kind.FLIP_BOOLEAN, Kind.BREAK_REFERENCE, Kind.WEAKEN_POLICY,
        ):  # fmt: skip
            assert meaning_of(mutant, silent) is Meaning.COUNTED
    kept = [each for each in mutants("dockerfile") if each.before in ("COPY . .", "EXPOSE 8080")]
    meanings = {
        each.before: meaning_of(each, Task(format="dockerfile", instruction="Do it."))
        for each in kept
        if each.kind is Kind.DROP_ATTRIBUTE
    }
    assert meanings == {"COPY . .": Meaning.COUNTED, "EXPOSE 8080": Meaning.FREE}
