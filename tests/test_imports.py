"""Who imports whom: the walls between packages hold in every statement, early or late."""

import pytest

from tests.imports import import_graph, reached


@pytest.mark.parametrize("outside", ["rewardsvc.audit"])
def test_what_judges_does_not_know_who_looks_at_it_from_outside(outside: str) -> None:
    graph = {name: found - {"rewardsvc"} for name, found in import_graph().items()}
    judging = reached(graph, ["rewardsvc.local", "rewardsvc.server", "rewardsvc.client"])
    assert {"rewardsvc.pipeline", "rewardsvc.verifiers", "sandbox.terraform"} <= judging
    assert not {name for name in judging if f"{name}.".startswith(f"{outside}.")}
