"""What holds for every test: none touches the verdicts that the user keeps, and Ctrl-C is heard.

A shell without job control starts what runs in its background with SIGINT ignored, and programs
inherit that.
"""

import itertools
import signal
from collections.abc import Iterator

import pytest

_NUMBERS = itertools.count()


def pytest_configure() -> None:
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


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
