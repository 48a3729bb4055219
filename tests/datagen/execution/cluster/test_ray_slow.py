"""A real Ray cluster of two nodes on this machine makes data sets (``make test-ray``)."""

import asyncio
import importlib
import os
import signal
import sqlite3
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from benchmarks.kills import FILES, PRICES_GIVEN, held_to, paid_recipe
from benchmarks.teacher_service import TeacherService, served
from datagen.errors import ClusterUnusable
from datagen.execution.cluster import WorkerLost
from datagen.execution.cluster.ray import RayCluster, RayWorker
from datagen.journal import JOURNAL
from tests.rewardsvc.trainers.served import RewardServer

pytestmark = pytest.mark.slow
os.environ |= {"RAY_USAGE_STATS_ENABLED": "0", "RAY_raylet_start_wait_time_s": "300"}
cluster_utils: Any = pytest.importorskip(
    "ray.cluster_utils", reason="Ray is not installed here: make test-ray"
)

ray: Any = importlib.import_module("ray")

NODE = {"num_cpus": 1, "object_store_memory": 80 * 2**20}
BUILTIN = ("synth", "--category", "docker", "--seed", "5")
RECIPE = """
count: 8
categories: {docker: {topics: [go-static]}}
teachers: {builtin: 1}
concurrency: 4
"""


SAYING_NOTHING = {"ActorDiedError", "LocalRayletDiedError", "WorkerCrashedError"}


async def failed_by(error: Exception) -> object:
    raise error


@pytest.mark.parametrize(
    "name",
    [
        *("OutOfMemoryError", "NodeDiedError", "ActorUnschedulableError", "LocalRayletDiedError"),
        *("OutOfDiskError", "WorkerCrashedError", "RaySystemError", "ActorDiedError"),
    ],
)
async def test_each_way_for_a_worker_to_go_is_a_worker_lost(name: str) -> None:
    error = getattr(ray.exceptions, name)
    said = () if name in SAYING_NOTHING else ("it is gone",)
    worker = RayWorker(ray, actor=None)
    with pytest.raises(WorkerLost):
        await worker._came(failed_by(error(*said)))


async def test_a_head_that_is_gone_is_no_cluster() -> None:
    def cluster_resources() -> object:
        raise ray.exceptions.RpcError("the head is gone")

    gone = SimpleNamespace(
        exceptions=ray.exceptions, remote=ray.remote, cluster_resources=cluster_resources
    )
    with pytest.raises(ClusterUnusable, match=r"the head is gone .*ray start --head"):
        await RayCluster(gone).processors()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    # Its readers see the packages of its own environment alone, and Ray's lies above another.
    python = Path(__file__).parents[4] / ".venv/bin/python"
    with RewardServer(tmp_path_factory.mktemp("server"), python) as running:
        yield running.grpc


@pytest.fixture
def cluster() -> Iterator[Any]:
    """Of two nodes."""
    started = cluster_utils.Cluster(
        initialize_head=True, head_node_args={**NODE, "include_dashboard": False}
    )
    started.add_node(**NODE)
    yield started
    started.shutdown()


@asynccontextmanager
async def command(*arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    environment = {
        **{name: value for name, value in os.environ.items() if not name.endswith("_PROXY")},
        **PRICES_GIVEN,
        "OPENAI_API_KEY": "sk-right",
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", "from datagen.cli import main; main()", *arguments),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        env=environment,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def ended(*arguments: str) -> tuple[int, str]:
    async with command(*arguments) as process:
        _, said = await process.communicate()
    return process.returncode or 0, said.decode()


def on(cluster: Any, server: str) -> tuple[str, ...]:
    return ("--engine", "ray", "--ray-address", cluster.address, "--server", server)


def verified(folder: Path) -> int:
    """How many verdicts a folder's journal has."""
    if not (folder / JOURNAL).is_file():
        return 0
    with closing(sqlite3.connect(folder / JOURNAL)) as database:
        try:
            (count,) = database.execute(
                "SELECT count(*) FROM results WHERE stage = 'verify'"
            ).fetchone()
        except sqlite3.OperationalError:  # the run is just making it
            return 0
    return int(count)


async def until(holds: Callable[[], bool], seconds: float = 600.0) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        await asyncio.sleep(0.02)


def same_bytes(folder: Path, other: Path) -> None:
    files = [name for name in FILES if (folder / name).is_file()]
    assert "tasks.jsonl" in files
    for name in files:
        assert (folder / name).read_bytes() == (other / name).read_bytes(), name


async def test_a_node_killed_in_the_middle_changes_no_byte(
    cluster: Any, server: str, tmp_path: Path
) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    wanted = (*BUILTIN, "--count", "60", "--concurrency", "8")
    code, said = await ended(*wanted, "--server", server, "--out", str(here))
    assert code == 0, said
    async with command(*wanted, *on(cluster, server), "--out", str(there)) as process:
        saying = asyncio.ensure_future(process.communicate())
        await until(lambda: verified(there) >= 15)
        cluster.remove_node(cluster.worker_nodes.copy().pop(), allow_graceful=False)
        _, heard = await saying
    assert process.returncode == 0, heard.decode()
    assert "a worker was lost" in heard.decode()
    same_bytes(here, there)


async def test_a_node_that_joins_later_works_too(server: str, tmp_path: Path) -> None:
    started = cluster_utils.Cluster(
        initialize_head=True,
        head_node_args={**NODE, "num_cpus": 0, "include_dashboard": False},
    )
    try:
        wanted = (*BUILTIN, "--count", "12", *on(started, server), "--out", str(tmp_path / "a"))
        async with command(*wanted) as process:
            saying = asyncio.ensure_future(process.communicate())
            await asyncio.sleep(5)
            assert not verified(tmp_path / "a") and process.returncode is None
            started.add_node(**NODE)
            _, heard = await saying
        assert process.returncode == 0, heard.decode()
    finally:
        started.shutdown()


async def test_of_a_paid_run_nothing_is_paid_twice_but_what_was_under_way_at_a_lost_worker(
    cluster: Any, server: str, tmp_path: Path
) -> None:
    recipe, here, there = tmp_path / "r.yaml", tmp_path / "here", tmp_path / "there"
    recipe.write_text(RECIPE)
    async with served(TeacherService({}, seconds=0.5, faulty=False)) as service:
        paid_recipe(recipe, service, budget=10)
        code, said = await ended("run", str(recipe), "--server", server, "--out", str(here))
        assert code == 0, said
        undisturbed = len(service.ledger)
        service.forget()
        arguments = ("run", str(recipe), *on(cluster, server), "--out", str(there))
        async with command(*arguments) as process:
            saying = asyncio.ensure_future(process.communicate())
            await service.asked(3)
            cluster.remove_node(cluster.worker_nodes.copy().pop(), allow_graceful=False)
            _, heard = await saying
        assert process.returncode == 0, heard.decode()
        assert undisturbed <= len(service.ledger) <= undisturbed + 4
        held_to(service, there, kills=1, concurrency=4)
        same_bytes(here, there)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
async def test_a_run_that_is_stopped_goes_on(
    cluster: Any, server: str, tmp_path: Path, number: signal.Signals
) -> None:
    recipe, folder = tmp_path / "r.yaml", tmp_path / "a"
    recipe.write_text(RECIPE)
    async with served(TeacherService({}, seconds=0.5, faulty=False)) as service:
        paid_recipe(recipe, service, budget=10)
        arguments = ("run", str(recipe), *on(cluster, server), "--out", str(folder))
        async with command(*arguments) as process:
            saying = asyncio.ensure_future(process.communicate())
            await service.asked(3)
            process.send_signal(number)
            _, heard = await saying
        assert process.returncode == 128 + number, heard.decode()
        assert "run the same command again" in heard.decode()
        code, said = await ended(*arguments)
        assert code == 0, said
        held_to(service, folder, kills=0)
        asked = [call.took for call in service.ledger]
        assert len(asked) == len(set(asked)), "what was under way was waited for"


async def test_where_no_cluster_is_the_command_says_what_to_do(tmp_path: Path) -> None:
    code, said = await ended(
        *(*BUILTIN, "--out", str(tmp_path / "a"), "--engine", "ray"),
        *("--ray-address", "127.0.0.1:1", "--server", "127.0.0.1:2"),
    )
    assert code == 1
    assert "--ray-address 127.0.0.1:1" in said and "ray start --head" in said
    assert "Traceback" not in said


async def test_where_the_nodes_reach_no_server_the_command_says_so(
    cluster: Any, tmp_path: Path
) -> None:
    code, said = await ended(*(*BUILTIN, "--out", str(tmp_path / "a"), *on(cluster, "127.0.0.1:2")))
    assert code == 1
    assert "127.0.0.1:2" in said and "Traceback" not in said
