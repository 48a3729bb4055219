"""A run tells Prometheus how it gets on."""

import asyncio
import math
import re
import socket
import sys
from pathlib import Path
from urllib.request import urlopen

import pytest
from prometheus_client.parser import text_string_to_metric_families

from datagen.errors import WrongUsage
from datagen.ledger import CallCosts
from datagen.metrics import RunMetrics, served
from rewardsvc.llm import Tokens


def told(address: str) -> dict[str, dict[str, float]]:
    """The samples, by their names and labels."""
    with urlopen(f"http://{address}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    samples: dict[str, dict[str, float]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = ",".join(sample.labels.values())
            samples.setdefault(sample.name, {})[labels] = sample.value
    return samples


async def test_a_run_is_watched_while_it_is_under_way(tmp_path: Path) -> None:
    run = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "datagen", "synth", "--category", "kubernetes", "--count", "400"),
        *("--out", str(tmp_path), "--metrics", "127.0.0.1:0"),
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        assert run.stderr is not None
        async with asyncio.timeout(120):
            while not (found := re.search(rb"http://(\S+)/metrics", await run.stderr.readline())):
                assert run.returncode is None
            while "assay_datagen_candidates_total" not in (  # noqa: ASYNC110 - it is asked
                samples := await asyncio.to_thread(told, found[1].decode())
            ):
                await asyncio.sleep(0.05)
    finally:
        run.terminate()
        await run.communicate()
    assert samples["assay_datagen_candidates_total"]["kubernetes,accepted"] > 0
    assert samples["assay_datagen_wanted_pairs"][""] == 400


def test_money_is_what_the_ledger_says_when_it_is_asked() -> None:
    costs = CallCosts(Tokens(3, 4), None)
    with served(RunMetrics(1, lambda: costs), "127.0.0.1:0") as address:
        assert math.isnan(told(address)["assay_datagen_dollars"][""])
        costs = CallCosts(Tokens(30, 40), 0.5)
        samples = told(address)
    assert samples["assay_datagen_dollars"][""] == 0.5
    assert samples["assay_datagen_tokens"] == {"input": 30, "output": 40}


def test_an_address_that_nobody_can_listen_at_is_wrong_usage() -> None:
    metrics = RunMetrics(1, lambda: CallCosts(Tokens(), 0.0))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        for address in (f"127.0.0.1:{taken.getsockname()[1]}", "9105/", "nowhere.invalid:0"):
            with pytest.raises(WrongUsage, match="--metrics"), served(metrics, address):
                pass
