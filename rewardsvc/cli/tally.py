"""What became of the requests, in one line. Pure."""

from collections import Counter
from dataclasses import dataclass, field

from rewardsvc.types import FailureKind, Status, Verdict


@dataclass(slots=True)
class Tally:
    """Counts verdicts; ``refused`` counts lines of which nobody could make a request."""

    scored: int = 0
    rewards: float = 0.0
    """The sum of the rewards of what is SCORED."""
    unscored: Counter[FailureKind] = field(default_factory=Counter)
    chosen: Counter[FailureKind] = field(default_factory=Counter)
    """UNSCORED because the answer leans on what is not installed; not among ``unscored``."""
    refused: int = 0

    def count(self, verdict: Verdict) -> None:
        """Count a verdict."""
        if verdict.status is Status.SCORED and verdict.reward is not None:
            self.add(verdict.reward)
        elif verdict.failure_kind is not None:
            (self.chosen if verdict.chosen else self.unscored)[verdict.failure_kind] += 1

    def add(self, reward: float) -> None:
        """Count something SCORED."""
        self.scored += 1
        self.rewards += reward

    @property
    def requests(self) -> int:
        """How many there were, refused lines included."""
        return self.scored + self.unscored.total() + self.chosen.total() + self.refused

    @property
    def mean(self) -> float | None:
        """The mean reward of what is SCORED; None where nothing is."""
        return self.rewards / self.scored if self.scored else None

    def words(self) -> str:
        """``4 requests: 2 SCORED, mean reward 0.8500; 1 UNSCORED (TOOL_MISSING 1); …``."""
        requests = "1 request" if self.requests == 1 else f"{self.requests} requests"
        scored = f"{requests}: {self.scored} SCORED"
        if self.mean is not None:
            scored += f", mean reward {self.mean:.4f}"
        parts = [scored]
        if self.unscored:
            parts.append(f"{self.unscored.total()} UNSCORED ({_by_kind(self.unscored)})")
        if self.chosen:
            parts.append(
                f"{self.chosen.total()} UNSCORED by the answer's own choice "
                f"({_by_kind(self.chosen)})"
            )
        if self.refused:
            parts.append(f"{self.refused} refused")
        return "; ".join(parts)


def _by_kind(counts: Counter[FailureKind]) -> str:
    return ", ".join(f"{kind} {count}" for kind, count in counts.most_common())
