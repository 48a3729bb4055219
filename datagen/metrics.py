"""What Prometheus may know of a run, where it is asked for: how candidates end, what is paid."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Gauge, start_http_server

from datagen.errors import WrongUsage
from datagen.ledger import CallCosts
from datagen.record import Record


class RunMetrics:
    """Counts the candidates of a run, in a registry of its own."""

    def __init__(self, wanted: int, spent: Callable[[], CallCosts]) -> None:
        """``wanted``: pairs. ``spent``: on models, by all runs of the folder; asked when somebody
        asks for the metrics."""
        self.registry = CollectorRegistry()
        self._candidates = Counter(
            "assay_datagen_candidates",
            "Candidates that were decided, or could not be",
            ("format", "outcome"),
            registry=self.registry,
        )
        pairs = Gauge("assay_datagen_wanted_pairs", "Pairs wanted", registry=self.registry)
        pairs.set(wanted)
        tokens = Gauge(
            "assay_datagen_tokens",
            "Tokens of all calls of the folder's runs; those under way count at their most",
            ("direction",),
            registry=self.registry,
        )
        tokens.labels("input").set_function(lambda: spent().tokens.input)
        tokens.labels("output").set_function(lambda: spent().tokens.output)
        dollars = Gauge(
            "assay_datagen_dollars",
            "What they cost; NaN where a price is not known",
            registry=self.registry,
        )
        dollars.set_function(lambda: _number(spent().dollars))

    def decided(self, record: Record) -> None:
        """Count one."""
        self._candidates.labels(record.task.format, record.outcome.value).inc()


def _number(dollars: float | None) -> float:
    return float("nan") if dollars is None else dollars


@contextmanager
def served(metrics: RunMetrics, address: str) -> Iterator[str]:
    """Answer Prometheus at ``host:port``, 0 for a free one; gives the address with its port.

    The library's server has a thread: who asks is answered while the loop waits for tools.

    Raises:
        WrongUsage: the address is none, or is taken.
    """
    host, _, port = address.rpartition(":")
    host = host or "127.0.0.1"
    if not port.isdecimal():
        raise WrongUsage(f"--metrics {address}: must be HOST:PORT, as 127.0.0.1:9105 is")
    try:
        server, thread = start_http_server(int(port), host.strip("[]"), registry=metrics.registry)
    except (OSError, OverflowError) as error:
        raise WrongUsage(f"--metrics {address}: nobody can listen there: {error}") from error
    try:
        yield f"{host}:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
