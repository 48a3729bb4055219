"""What holds for every test: none touches the verdicts that the user keeps, and Ctrl-C is heard.

A shell without job control starts what runs in its background with SIGINT ignored, and programs
inherit that. The summary says what was not run on this machine, and why.
"""

import itertools
import signal
from collections import Counter
from collections.abc import Iterator

import pytest

_NUMBERS = itertools.count()


def pytest_configure() -> None:
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """A line for each reason, in place of pytest's own for each place that skips."""
    skipped = terminalreporter.stats.get("skipped", [])
    if "s" not in terminalreporter.reportchars or not skipped:
        return
    terminalreporter.reportchars = terminalreporter.reportchars.replace("s", "")
    terminalreporter.section("not run on this machine")
    for reason, count in Counter(map(_reason, skipped)).most_common():
        terminalreporter.write_line(f"{count} skipped: {reason}")


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    words = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longreprtext
    return " ".join(words.removeprefix("Skipped: ").split())


def _fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    file = tmp_path_factory.getbasetemp() / f"verdicts-{next(_NUMBERS)}.sqlite"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ASSAY_CACHE_FILE", str(file))
        patch.delenv("ASSAY_REDIS", raising=False)
        yield


@pytest.fixture(scope="module", autouse=True)
def cache_of_the_module(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A cache of their own for the servers and scorers that a module's tests share."""
    yield from _fresh(tmp_path_factory)


@pytest.fixture(autouse=True)
def cache_of_the_test(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A cache of its own for each test: equal requests of two tests are not one."""
    yield from _fresh(tmp_path_factory)
