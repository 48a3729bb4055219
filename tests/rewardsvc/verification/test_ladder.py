"""Rungs of a ladder: more findings never earn more, and none are hidden by being too much."""

from rewardsvc.types import Diagnostic
from rewardsvc.verification.ladder import OVERRUN, lint

FINDING = Diagnostic("error", "a finding", "SC1000")
GAVE_UP = Diagnostic("error", "it ran out of time", OVERRUN)


def test_more_findings_earn_less() -> None:
    scores = [lint("lint", [FINDING] * number, 0.0).score for number in range(4)]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] == 1.0 and len(set(scores)) == 4


def test_what_a_linter_gave_up_on_earns_no_more_than_any_number_of_findings() -> None:
    assert lint("lint", [GAVE_UP], 0.0).score == 0.0
    assert lint("lint", [GAVE_UP, FINDING], 0.0).score == 0.0
