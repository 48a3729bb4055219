"""What Prometheus may know of a scorer."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from rewardsvc.llm.prices import TokenUsage
from rewardsvc.types import Status
from rewardsvc.wire.answers import Encoded

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)

_TRUTH = {True: "true", False: "false"}


class Metrics:
    """Counters of one scorer, in a registry of its own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._verdicts = Counter(
            "assay_verdicts",
            "Verdicts given",
            ("format", "status", "failure_kind", "chosen", "cached"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "assay_score_seconds",
            "Time from request to verdict",
            ("format",),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._reward = Histogram(
            "assay_reward",
            "Rewards given",
            ("format",),
            buckets=[tenth / 10 for tenth in range(1, 11)],
            registry=self._registry,
        )
        self.waiting = Gauge(
            "assay_waiting", "Completions that wait for a worker", registry=self._registry
        )
        self._store_failures = Counter(
            "assay_cache_store_failures",
            "Reads and writes of the store of verdicts that failed",
            ("store", "operation"),
            registry=self._registry,
        )
        self._store_dropped = Counter(
            "assay_cache_store_dropped",
            "Verdicts that were not written to the store",
            ("store",),
            registry=self._registry,
        )
        self._restarts = Counter(
            "assay_restarts",
            "Parts kept running that died or hung and were started anew",
            ("part",),
            registry=self._registry,
        )
        self._votes = Counter(
            "assay_judge_votes",
            "Judgements that were asked for, by whether the judge voted",
            ("judge", "voted"),
            registry=self._registry,
        )
        self._tokens = Counter(
            "assay_judge_tokens",
            "Tokens that were paid for",
            ("judge", "direction"),
            registry=self._registry,
        )
        self._dollars = Counter(
            "assay_judge_dollars",
            "US dollars that were paid, of the judges whose price is known",
            ("judge",),
            registry=self._registry,
        )
        self._of_verdicts: dict[tuple[str, ...], tuple[Counter, Histogram, Histogram | None]] = {}

    def observe(self, format: str, verdict: Encoded, seconds: float) -> None:
        """Count one verdict."""
        kind = verdict.failure_kind.value if verdict.failure_kind else ""
        self._count(
            (format, verdict.status.value, kind, _TRUTH[verdict.chosen], _TRUTH[verdict.cached]),
            verdict.reward,
            seconds,
        )

    def recalled(self, format: str, reward: float) -> None:
        """Count one cached verdict that was given at once."""
        self._count((format, Status.SCORED.value, "", "false", "true"), reward, 0.0)

    def _count(self, labels: tuple[str, ...], reward: float | None, seconds: float) -> None:
        counted = self._of_verdicts.get(labels)
        if counted is None:
            # Looking up labels takes longer than counting, and this is the hot path.
            counted = self._of_verdicts[labels] = (
                self._verdicts.labels(*labels),
                self._seconds.labels(labels[0]),
                self._reward.labels(labels[0]) if reward is not None else None,
            )
        verdicts, took, rewards = counted
        verdicts.inc()
        took.observe(seconds)
        if rewards is not None and reward is not None:
            rewards.observe(reward)

    def voted(self, judge: str, *, rated: bool, usage: TokenUsage) -> None:
        """Count one judge's vote, or its absence, and what was paid."""
        self._votes.labels(judge, str(rated).lower()).inc()
        if usage.paid:
            self._tokens.labels(judge, "input").inc(usage.input_tokens)
            self._tokens.labels(judge, "output").inc(usage.output_tokens)
            if usage.dollars is not None:
                self._dollars.labels(judge).inc(usage.dollars)

    def restarted(self, part: str) -> None:
        """Count a provider, emulator, formatter, evaluator or reader that was started anew."""
        self._restarts.labels(part).inc()

    def store_failed(self, store: str, operation: str) -> None:
        """Count a read or write of the store of verdicts that failed."""
        self._store_failures.labels(store, operation).inc()

    def store_dropped(self, store: str, verdicts: int) -> None:
        """Count verdicts that were not written to the store."""
        self._store_dropped.labels(store).inc(verdicts)

    def exposition(self) -> bytes:
        """The metrics in Prometheus' text format."""
        return generate_latest(self._registry)
