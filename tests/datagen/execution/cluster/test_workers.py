"""What a run on a cluster gives and asks again, whatever becomes of the workers."""

import asyncio
import pickle
from dataclasses import replace
from pathlib import Path

import pytest

from datagen.categories import CATEGORIES
from datagen.errors import ClusterUnusable, StageFault, TeacherUnavailable
from datagen.execution import LocalExecutor, run_waves
from datagen.execution.base import Settled
from datagen.execution.cluster import ClusterWorkers, ScoredElsewhere, WorkerLost
from datagen.execution.cluster.ray import require_listener
from datagen.execution.cluster.workers import LOST_AT_IT
from datagen.execution.cluster.workplace import Workplace
from datagen.journal import Journal
from datagen.record import Record
from datagen.sources import TopicSource
from datagen.stages.ask import Asking
from datagen.stages.verify import Verification
from datagen.teachers import BUILTIN, Teacher, open_teacher
from rewardsvc.errors import InvalidRequest
from rewardsvc.llm import ModelName, RateLimit
from tests.datagen.execution.cluster.losing import EQUIPMENT, LosingCluster

CONFIGURATION = {"category": "mlops", "seed": 7}
VERIFYING = Verification(ScoredElsewhere())


def records(count: int) -> list[Record]:
    source = TopicSource("mlops", CATEGORIES["mlops"].topics[2], 7)
    return [record for index in range(count) if (record := source.record(index))]


def answered(record: Record) -> Record:
    return replace(record, completion=record.reference)


async def settled(
    folder: Path, cluster: LosingCluster, count: int = 24, *, teacher: Teacher | None = None
) -> list[list[Settled]]:
    """How far the records of two topics get on a cluster."""
    sources = [TopicSource("mlops", topic, 7) for topic in CATEGORIES["mlops"].topics[2:4]]
    async with ClusterWorkers(cluster, EQUIPMENT, most=4) as workers:
        with Journal(folder, CONFIGURATION) as journal:
            executor = LocalExecutor(
                [[Asking(teacher or open_teacher(BUILTIN))], [VERIFYING]],
                journal,
                concurrency=8,
                decided=lambda _: None,
                runner=workers,
            )
            progress = await run_waves(sources, executor, count)
    assert all(worker.ended for worker in cluster.workers)
    return [each.records for each in progress]


async def test_equal_rows_whatever_the_workers_number_and_fate(tmp_path: Path) -> None:
    def correctness(record: str) -> float:
        return 0.5 if record[-1] in "01234567" else 1.0

    quiet = await settled(tmp_path / "one", LosingCluster(1, correctness=correctness))
    lost: set[int] = set()

    def loses(number: int, record: str) -> bool:
        if number <= 3 and record[-1] in "8ace":  # the first three, each at its first such record
            lost.add(number)
            return True
        return False

    cluster = LosingCluster(3, correctness=correctness, loses=loses)
    assert await settled(tmp_path / "three", cluster) == quiet
    assert lost
    assert len(cluster.workers) > 3, "others came in their place"
    assert sorted(cluster.asked) == sorted(set(cluster.asked)), "nothing that was found is redone"


async def test_no_more_is_under_way_than_was_allowed(tmp_path: Path) -> None:
    cluster = LosingCluster(4)
    await settled(tmp_path, cluster)
    assert 1 < cluster.most_at_once <= 8


async def test_a_record_that_every_worker_is_lost_at_is_a_fault_and_no_answer() -> None:
    (poison, other) = map(answered, records(2))
    cluster = LosingCluster(1, loses=lambda _, record: record == poison.id)
    async with ClusterWorkers(cluster, EQUIPMENT, most=1) as workers:
        with pytest.raises(StageFault, match=f"{LOST_AT_IT} workers were lost"):
            await workers.run(VERIFYING, poison)
        verdict = await workers.run(VERIFYING, other)
    assert verdict.id == other.id


async def test_a_paid_question_is_not_asked_again_behind_the_back_of_who_pays() -> None:
    """A teacher that is lost with a worker was perhaps paid: its own policy says whether again."""
    asked: list[str] = []

    def loses(_: int, prompt: str) -> bool:
        asked.append(prompt)
        return True

    cluster = LosingCluster(1, loses=loses)
    async with ClusterWorkers(cluster, EQUIPMENT, most=1) as workers:
        teacher = open_teacher(
            "openai:m@http://127.0.0.1:1/v1",
            retries=0,
            limit=RateLimit(None, 1),
            opening=workers.open_model,
        )
        (record,) = records(1)
        with pytest.raises(TeacherUnavailable, match="the worker that asked was lost"):
            await teacher.ask(record)
    assert len(asked) == 1


async def test_where_nobody_can_work_the_reason_is_told_at_once() -> None:
    said: list[str] = []
    cluster = LosingCluster(2, refuses=lambda _: True)
    async with ClusterWorkers(cluster, EQUIPMENT, most=2, told=said.append) as workers:
        with pytest.raises(ClusterUnusable, match="another version"):
            await workers.run(VERIFYING, answered(records(1)[0]))
    assert len(said) == 2


async def test_one_of_no_use_leaves_the_work_to_the_others() -> None:
    cluster = LosingCluster(2, refuses=lambda number: number == 1)
    async with ClusterWorkers(cluster, EQUIPMENT, most=2) as workers:
        verdict = await workers.run(VERIFYING, answered(records(1)[0]))
    assert verdict.reward == 1.0
    assert len(cluster.workers) == 2


async def test_what_nobody_foresaw_at_a_workers_beginning_is_told_and_takes_no_place() -> None:
    said: list[str] = []
    cluster = LosingCluster(2, breaks=lambda number: number == 1)
    async with ClusterWorkers(cluster, EQUIPMENT, most=2, told=said.append) as workers:
        assert (await workers.run(VERIFYING, answered(records(1)[0]))).reward == 1.0
    assert said == ["a worker cannot work: OSError: no room for worker 1"]
    cluster = LosingCluster(2, breaks=lambda _: True)
    async with ClusterWorkers(cluster, EQUIPMENT, most=2) as workers, asyncio.timeout(5):
        with pytest.raises(ClusterUnusable, match="no room for worker"):
            await workers.run(VERIFYING, answered(records(1)[0]))
    assert all(worker.ended for worker in cluster.workers)


async def test_a_cluster_that_goes_away_is_told_to_all_who_wait_and_come() -> None:
    class GoneCluster(LosingCluster):
        async def processors(self) -> int:
            raise ClusterUnusable("the cluster does not answer any more")

    async with ClusterWorkers(GoneCluster(), EQUIPMENT, most=2) as workers, asyncio.timeout(5):
        for _ in range(2):
            with pytest.raises(ClusterUnusable, match="does not answer any more"):
                await workers.run(VERIFYING, answered(records(1)[0]))


async def test_a_cluster_without_a_free_processor_is_not_waited_for_without_end() -> None:
    cluster = LosingCluster(0)
    async with ClusterWorkers(cluster, EQUIPMENT, most=2, longest_wait_seconds=0.05) as workers:
        with pytest.raises(ClusterUnusable, match="each takes one CPU"):
            await workers.run(VERIFYING, answered(records(1)[0]))


async def test_a_cancelled_run_lets_its_workers_go() -> None:
    cluster = LosingCluster(1)
    with pytest.raises(TimeoutError):
        async with ClusterWorkers(cluster, EQUIPMENT, most=1), asyncio.timeout(0.05):
            await asyncio.sleep(5)
    assert [worker.ended for worker in cluster.workers] == [True]


async def test_a_stage_that_scores_nothing_stays_here() -> None:
    async with ClusterWorkers(LosingCluster(0), EQUIPMENT, most=1) as workers:
        (record,) = records(1)
        answer = await workers.run(Asking(open_teacher(BUILTIN)), record)
    assert record.reference.strip().splitlines()[1] in answer.text.encode().decode("unicode_escape")


async def test_a_worker_with_other_code_cannot_work() -> None:
    with pytest.raises(ClusterUnusable, match="another version of assay"):
        await Workplace().prepare(EQUIPMENT)


@pytest.mark.parametrize("address", ["127.0.0.1:1", "ray://127.0.0.1:1", "127.0.0.1:99999"])
def test_an_address_where_nobody_is_is_refused_at_once(address: str) -> None:
    with pytest.raises(ClusterUnusable, match=r"--ray-address .*ray start --head"):
        require_listener(address)


def test_what_is_no_address_is_left_to_ray() -> None:
    require_listener("auto")
    require_listener("")


@pytest.mark.parametrize("name", sorted(CATEGORIES))
def test_what_travels_arrives_as_it_was(name: str) -> None:
    source = TopicSource(name, CATEGORIES[name].taught[0], 7)
    record = source.record(0)
    assert record is not None
    assert pickle.loads(pickle.dumps(record)) == record


@pytest.mark.parametrize(
    "error",
    [InvalidRequest("task.checks[0]", "no"), StageFault("x", missing=True), WorkerLost("gone")],
)
def test_errors_travel_as_they_were(error: Exception) -> None:
    arrived = pickle.loads(pickle.dumps(error))
    assert (type(arrived), str(arrived), vars(arrived)) == (type(error), str(error), vars(error))


def test_a_model_keeps_its_name_where_others_ask_it() -> None:
    workers = ClusterWorkers(LosingCluster(0), EQUIPMENT, most=1)
    name = ModelName.parse("openai:m@http://127.0.0.1:1/v1")
    model = workers.open_model(name, timeout_seconds=1.0)
    assert (model.name, model.address) == (name, "http://127.0.0.1:1/v1/")
