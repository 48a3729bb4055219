"""What a run keeps, drops, retries and remembers, whatever the scorer or the teacher does."""

import asyncio
import json
import signal
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from datagen.categories import CATEGORIES
from datagen.errors import StageFault, TeacherUnavailable, TeacherUseless, WrongUsage
from datagen.execution import LocalExecutor, Progress, run_waves
from datagen.execution.waves import MAX_REJECTED
from datagen.fate import fate_of, note_decided
from datagen.journal import Journal
from datagen.pipeline import Wanted
from datagen.pipeline.generation import Generated, _asked_next
from datagen.pipeline.writing import curated_of, write
from datagen.portion import Portion
from datagen.record import Record
from datagen.sources import TopicSource
from datagen.stages.ask import MAX_USELESS, Asking, UselessAnswers
from datagen.stages.base import SCORING, AnyStage
from datagen.stages.repair import Repair
from datagen.stages.strength import MutationGate
from datagen.stages.verify import Verification
from datagen.teachers import Reply, Teacher
from datagen.teachers.base import pair_as_json, read_pair
from datagen.teachers.builtin import BuiltinTeacher
from rewardsvc.audit.mutation.strength import Strength
from rewardsvc.program import Stopped, run_until_stopped
from rewardsvc.tasks import read_tasks
from rewardsvc.types import FailureKind, JsonValue, ScoreRequest, Verdict
from tests.datagen.faults import Answer, FaultyScorer, scored, unscored

TOPICS = CATEGORIES["mlops"].topics[2:5]
CONFIGURATION = {"category": "mlops", "seed": 7}
SCORE_TRIES = SCORING.tries or 0


def sources_of() -> list[TopicSource]:
    return [TopicSource("mlops", topic, 7) for topic in TOPICS]


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    quick = replace(SCORING, first_pause_seconds=0.001)
    for stage in (Verification, MutationGate):
        monkeypatch.setattr(stage, "retries", quick)


def run(
    folder: Path,
    answer: Answer = lambda request, _: scored(request),
    *,
    count: int = 12,
    teacher: Teacher | None = None,
    gates: Sequence[AnyStage] = (),
    concurrency: int = 4,
    decided: Callable[[Record], None] = lambda _: None,
) -> tuple[list[Progress], FaultyScorer]:
    """A run; where no gate is given, nobody tests the checks: most tests are about all else."""
    scorer = FaultyScorer(answer)
    teacher = teacher or BuiltinTeacher()
    with Journal(folder, CONFIGURATION) as journal:

        def noted(record: Record) -> None:
            note_decided(journal, fate_of(record, teacher.name))
            decided(record)

        executor = LocalExecutor(
            [[Asking(teacher)], [Verification(scorer), *gates]],
            journal,
            concurrency=concurrency,
            decided=noted,
        )
        progress = run_until_stopped(run_waves(sources_of(), executor, count))
        portion = Portion(category="mlops", teacher=teacher.name, count=count)
        wanted = Wanted(
            command="datagen synth", portions=[portion], seed=7, folder=folder, belongs={}
        )
        generated = [Generated(portion, teacher, progress, count)]
        with curated_of(wanted, generated) as stays:
            write(wanted, generated, stays, journal)
    return progress, scorer


def topic_of(request: ScoreRequest) -> str:
    return request.id.rpartition("-")[0]


def test_topics_take_turns_and_rows_can_be_read(tmp_path: Path) -> None:
    run(tmp_path)
    rows = list(read_tasks(tmp_path / "tasks.jsonl"))
    topics = [row.provenance["topic"] for row in rows]
    assert topics == [topic.name for topic in TOPICS] * 4
    assert {row.split for row in rows} == {"train", "test"}
    assert len({row.id for row in rows}) == 12
    assert sorted(path.name for path in tmp_path.glob("*")) == [
        ".state",
        "README.md",
        "rejected.jsonl",
        "tasks.jsonl",
    ]


def test_same_seed_same_bytes_whatever_the_concurrency(tmp_path: Path) -> None:
    def reject_some(request: ScoreRequest, _: int) -> Verdict:
        return scored(request, 0.5 if request.id[-1] in "02468" else 1.0)

    for name, concurrency in (("a", 1), ("b", 9)):
        run(tmp_path / name, reject_some, concurrency=concurrency)
    for file in ("tasks.jsonl", "rejected.jsonl", "README.md"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()
    assert (tmp_path / "a" / "rejected.jsonl").read_bytes()


def test_a_run_with_a_higher_count_goes_on(tmp_path: Path) -> None:
    run(tmp_path / "a", count=6)
    first = (tmp_path / "a" / "tasks.jsonl").read_bytes()
    _, scorer = run(tmp_path / "a", count=12)
    assert sum(scorer.asked.values()) == 6
    run(tmp_path / "b", count=12)
    whole = (tmp_path / "a" / "tasks.jsonl").read_bytes()
    assert whole.startswith(first)
    assert whole == (tmp_path / "b" / "tasks.jsonl").read_bytes()


def test_what_is_rejected_is_written_remembered_and_made_up_for(tmp_path: Path) -> None:
    def reject_first(request: ScoreRequest, _: int) -> Verdict:
        return scored(request, 0.5 if request.id in rejected else 1.0)

    rejected: set[str] = set()
    progress, _ = run(tmp_path / "probe", count=3)
    rejected = {each.records[0].id for each in progress}
    progress, _ = run(tmp_path / "a", reject_first, count=3)
    assert [len(each.accepted) for each in progress] == [1, 1, 1]
    lines = (tmp_path / "a" / "rejected.jsonl").read_text().splitlines()
    assert {json.loads(line)["id"] for line in lines} == rejected
    assert json.loads(lines[0])["reason"] == "syntax 1.00, correctness 0.50"
    _, scorer = run(tmp_path / "a", reject_first, count=3)
    assert not scorer.asked


def test_a_passing_fault_is_tried_again(tmp_path: Path) -> None:
    def stumble(request: ScoreRequest, before: int) -> Verdict:
        if before < SCORE_TRIES - 1:
            return unscored(request, FailureKind.TOOL_CRASHED, "it fell")
        return scored(request)

    progress, _ = run(tmp_path, stumble)
    assert sum(len(each.accepted) for each in progress) == 12


def test_a_lasting_fault_is_neither_accepted_nor_rejected_and_heals(tmp_path: Path) -> None:
    def broken(request: ScoreRequest, _: int) -> Verdict:
        if topic_of(request) == "ray-job":
            return unscored(request, FailureKind.SANDBOX_FAILED, "no cgroup")
        return scored(request)

    progress, scorer = run(tmp_path, broken)
    assert [len(each.accepted) for each in progress] == [4, 4, 0]
    assert not (tmp_path / "rejected.jsonl").read_text()
    assert progress[2].fault and "no cgroup" in progress[2].fault.ruling.reason
    assert max(scorer.asked.values()) == SCORE_TRIES
    run(tmp_path)
    run(tmp_path / "whole")
    assert (tmp_path / "tasks.jsonl").read_bytes() == (
        tmp_path / "whole" / "tasks.jsonl"
    ).read_bytes()


class Wordy(MutationGate):
    """A gate that finds the checks of some topics weak, or cannot tell."""

    def __init__(self, found: Strength | StageFault, topic: str) -> None:
        super().__init__(FaultyScorer(lambda request, _: scored(request)))
        self.found = found
        self.topic = topic

    async def run(self, record: Record) -> Strength:
        if record.source != self.topic:
            return Strength(10, ("one",))
        if isinstance(self.found, StageFault):
            raise self.found
        return self.found


def test_a_pair_whose_checks_let_wrong_answers_pass_is_rejected_with_them(tmp_path: Path) -> None:
    weak = Strength(20, ("change-number a.yaml:3 x: 3 → 4",) * 3)
    progress, _ = run(tmp_path, gates=[Wordy(weak, "ray-job")])
    assert [len(each.accepted) for each in progress] == [6, 6, 0]
    row = json.loads((tmp_path / "rejected.jsonl").read_text().splitlines()[0])
    assert row["reason"] == "the checks let 3 of 20 wrong answers pass"
    assert row["diagnostics"][0] == "survives: change-number a.yaml:3 x: 3 → 4"


def test_a_gate_that_cannot_tell_is_no_rejection(tmp_path: Path) -> None:
    fault = StageFault("SANDBOX_FAILED: no cgroup")
    progress, _ = run(tmp_path, gates=[Wordy(fault, "ray-job")])
    assert [len(each.accepted) for each in progress] == [4, 4, 0]
    assert not (tmp_path / "rejected.jsonl").read_text()
    assert progress[2].fault and "no cgroup" in progress[2].fault.ruling.reason
    run(tmp_path)
    assert (tmp_path / "tasks.jsonl").read_text().count("\n") == 12


def test_other_topics_make_up_for_a_missing_tool(tmp_path: Path) -> None:
    def no_tool(request: ScoreRequest, _: int) -> Verdict:
        if topic_of(request) == "ray-job":
            return unscored(request, FailureKind.TOOL_MISSING, "terraform was not found")
        return scored(request)

    progress, scorer = run(tmp_path, no_tool)
    assert [len(each.accepted) for each in progress] == [6, 6, 0]
    assert progress[2].fault and "terraform was not found" in progress[2].fault.ruling.reason
    assert all(n == 1 for id, n in scorer.asked.items() if id.startswith("ray-job"))


def test_a_topic_that_is_always_rejected_is_given_up(tmp_path: Path) -> None:
    def never_jobs(request: ScoreRequest, _: int) -> Verdict:
        return scored(request, 0.0 if topic_of(request) == "ray-job" else 1.0)

    progress, _ = run(tmp_path, never_jobs)
    assert [len(each.accepted) for each in progress] == [6, 6, 0]
    assert MAX_REJECTED <= len(progress[2].rejected) <= MAX_REJECTED + 4


def test_another_configuration_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    run(tmp_path, count=3)
    before = (tmp_path / "tasks.jsonl").read_bytes()
    with pytest.raises(WrongUsage, match="seed was 7, now 8"):
        Journal(tmp_path, {**CONFIGURATION, "seed": 8})
    assert (tmp_path / "tasks.jsonl").read_bytes() == before


class Scripted:
    """A paid teacher whose raw answers a test writes."""

    name = "scripted"
    paid = True

    def __init__(self, write: Callable[[Record], str]) -> None:
        self.write = write
        self.asked = 0

    def told(self, record: Record) -> str:
        return record.task.instruction

    async def ask(self, record: Record) -> str:
        self.asked += 1
        return self.write(record)

    def read(self, raw: str) -> Reply:
        pair = read_pair(raw)
        return Reply(pair.instruction, pair.answer, 10, 20, tuple(pair.checks))

    async def aclose(self) -> None:
        return None


def honest(record: Record) -> str:
    return pair_as_json(f"{record.task.instruction} Thanks.", record.reference)


def test_a_paid_answer_that_cannot_be_read_is_kept_and_not_paid_again(tmp_path: Path) -> None:
    first: set[str] = set()

    def sometimes(record: Record) -> str:
        if record.source not in first:
            first.add(record.source)
            return "{ not json"
        return honest(record)

    teacher = Scripted(sometimes)
    run(tmp_path, teacher=teacher, count=3)
    assert teacher.asked == 6
    again = Scripted(honest)
    run(tmp_path, teacher=again, count=3)
    assert again.asked == 0
    rejected = [json.loads(line) for line in (tmp_path / "rejected.jsonl").open()]
    assert len(rejected) == 3
    assert all("answer unusable" in row["reason"] for row in rejected)


def test_a_teacher_that_says_nothing_usable_is_not_paid_on_and_on(tmp_path: Path) -> None:
    teacher = Scripted(lambda record: "{ not json")
    with pytest.raises(TeacherUseless, match=r"none of its last 2. answers can be used"):
        run(tmp_path, teacher=teacher, count=60)
    assert 20 <= teacher.asked <= 20 + 4
    assert not (tmp_path / "tasks.jsonl").exists()
    with closing(sqlite3.connect(tmp_path / ".state" / "journal.sqlite3")) as journal:
        (kept,) = journal.execute("SELECT count(*) FROM results WHERE stage = 'ask'").fetchone()
    assert kept == teacher.asked


def test_an_answer_is_kept_before_it_is_read_and_patience_is_with_the_teacher(
    tmp_path: Path,
) -> None:
    class Puzzling(Scripted):
        def read(self, raw: str) -> Reply:
            raise KeyError("what no reader thought of")

    teacher = Puzzling(honest)
    with pytest.raises(KeyError):
        run(tmp_path / "puzzling", teacher=teacher, count=1)
    with Journal(tmp_path / "puzzling", CONFIGURATION) as journal:
        record = sources_of()[0].record(0)
        assert kept_answer(journal, Asking(teacher), record) is not None

    async def asked(record: Record) -> int:
        answers = UselessAnswers(useless)
        for number in range(60):
            try:
                await (Repair(useless, 1, answers) if number % 2 else Asking(useless, answers)).run(
                    record
                )
            except TeacherUseless:
                return number
        return -1

    useless = Scripted(lambda record: "{ not json")
    assert record is not None
    assert asyncio.run(asked(record)) == MAX_USELESS == useless.asked


def test_an_instruction_that_hides_what_the_checks_pin_is_rejected(tmp_path: Path) -> None:
    teacher = Scripted(lambda record: pair_as_json("Write something nice.", record.reference))
    progress, scorer = run(tmp_path, teacher=teacher, count=3)
    assert not scorer.asked
    assert "does not say" in progress[0].records[0].ruling.reason
    assert not (tmp_path / "tasks.jsonl").read_text()


def test_the_wording_of_a_teacher_comes_once(tmp_path: Path) -> None:
    everything: dict[str, list[str]] = {}

    def repeat(record: Record) -> str:
        texts = everything.setdefault(record.source, [])
        texts.append(record.task.instruction)
        return pair_as_json("  ".join(texts[:2]).upper() if len(texts) < 3 else texts[-1], "x")

    run(tmp_path, teacher=Scripted(repeat), count=9, concurrency=1)
    words: dict[JsonValue, list[str]] = {}
    for row in read_tasks(tmp_path / "tasks.jsonl"):
        words.setdefault(row.provenance["topic"], []).append(row.instruction)
    assert all(len(said) == len(set(said)) == 3 for said in words.values())


def test_tokens_are_in_the_provenance(tmp_path: Path) -> None:
    run(tmp_path, teacher=Scripted(honest), count=3)
    row = next(read_tasks(tmp_path / "tasks.jsonl"))
    assert row.provenance["input_tokens"] == 10
    assert row.provenance["teacher"] == "scripted"
    assert row.instruction.endswith("Thanks.")


def test_a_teacher_that_is_away_stops_the_topic_not_the_run(tmp_path: Path) -> None:
    class Away(Scripted):
        async def ask(self, record: Record) -> str:
            if record.source == "ray-job":
                raise TeacherUnavailable("scripted: 503")
            return await super().ask(record)

    progress, _ = run(tmp_path, teacher=Away(honest))
    assert [len(each.accepted) for each in progress] == [4, 4, 0]
    assert progress[2].fault and progress[2].fault.ruling.reason == "scripted: 503"


def test_an_interrupted_run_keeps_what_it_paid_for(tmp_path: Path) -> None:
    def stop_after_five(*_: object) -> None:
        seen.append(1)
        if len(seen) == 5:
            signal.raise_signal(signal.SIGINT)

    seen: list[int] = []
    teacher = Scripted(honest)
    with pytest.raises(Stopped):
        run(tmp_path, teacher=teacher, decided=stop_after_five)
    assert not (tmp_path / "tasks.jsonl").exists()
    again = Scripted(honest)
    run(tmp_path, teacher=again)
    assert teacher.asked + again.asked == 12
    run(tmp_path / "whole", teacher=Scripted(honest))
    assert (tmp_path / "tasks.jsonl").read_bytes() == (
        tmp_path / "whole" / "tasks.jsonl"
    ).read_bytes()


def test_answers_on_their_way_are_waited_for_when_a_run_is_cancelled(tmp_path: Path) -> None:
    class Slow(Scripted):
        async def ask(self, record: Record) -> str:
            raw = await super().ask(record)
            await asyncio.sleep(0.2)
            return raw

    async def cancelled(journal: Journal) -> None:
        stages: list[list[AnyStage]] = [
            [asking],
            [Verification(FaultyScorer(lambda request, _: scored(request)))],
        ]
        executor = LocalExecutor(stages, journal, concurrency=3, decided=lambda _: None)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await run_waves(sources, executor, 12)

    teacher, sources = Slow(honest), sources_of()
    asking = Asking(teacher)
    with Journal(tmp_path, CONFIGURATION) as journal:
        asyncio.run(cancelled(journal))
        kept = [kept_answer(journal, asking, source.record(0)) for source in sources]
    assert teacher.asked == 3
    assert None not in kept


def kept_answer(journal: Journal, asking: Asking, record: Record | None) -> str | None:
    assert record is not None
    return journal.result(asking.name, record.id, asking.digest(record))


def test_what_one_process_asked_another_verifies(tmp_path: Path) -> None:
    class Gone(Scripted):
        async def ask(self, record: Record) -> str:
            raise AssertionError("it was answered already")

    records = [record for source in sources_of() if (record := source.record(0))]
    with Journal(tmp_path / "a", CONFIGURATION) as journal:
        asker = LocalExecutor(
            [[Asking(Scripted(honest))]], journal, concurrency=2, decided=lambda _: None
        )
        asyncio.run(asker.carry(records))
        answered = list(map(asker.recalled, records))
        assert not asker._locks  # nobody waits for a result any more
    assert all(record.completion for record in answered)
    run(tmp_path / "a", teacher=Gone(honest), count=3)
    run(tmp_path / "whole", teacher=Scripted(honest), count=3)
    for file in ("tasks.jsonl", "rejected.jsonl", "README.md"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "whole" / file).read_bytes()


@pytest.mark.parametrize(
    ("asked", "stays", "next"),
    [(10, 10, 10), (10, 8, 12), (10, 0, 20), (28, 1, 30), (30, 1, 30), (30, 12, 30)],
)
def test_what_does_not_stay_is_made_up_for_with_up_to_three_times_as_many(
    asked: int, stays: int, next: int
) -> None:
    assert _asked_next(10, asked, stays) == next


def test_a_result_of_another_version_is_found_anew(tmp_path: Path) -> None:
    run(tmp_path, count=3)
    before = (tmp_path / "tasks.jsonl").read_bytes()
    with closing(sqlite3.connect(tmp_path / ".state" / "journal.sqlite3")) as journal:
        journal.execute("""UPDATE results SET result = '{"grade": "A"}' WHERE stage = 'verify'""")
        journal.commit()
    _, scorer = run(tmp_path, count=3)
    assert sum(scorer.asked.values()) == 3
    assert (tmp_path / "tasks.jsonl").read_bytes() == before


def with_checks(record: Record, *checks: Any) -> str:
    pair = json.loads(honest(record))
    return json.dumps({**pair, "checks": checks})


def test_what_a_teacher_adds_is_checked_and_stays_in_the_row(tmp_path: Path) -> None:
    seen: list[ScoreRequest] = []

    def watched(request: ScoreRequest, _: int) -> Verdict:
        seen.append(request)
        return scored(request)

    added = {"check": "kind_count", "kind": "PodDisruptionBudget", "count": 1}
    run(tmp_path, watched, teacher=Scripted(lambda record: with_checks(record, added)), count=3)
    rows = list(read_tasks(tmp_path / "tasks.jsonl"))
    said = "there are 1 of kind PodDisruptionBudget"
    assert len(rows) == 3
    assert all(row.checks[-1].description == said for row in rows)
    assert all(request.task.checks[-1].description == said for request in seen)
    run(tmp_path, watched, teacher=Scripted(honest), count=3)
    assert list(read_tasks(tmp_path / "tasks.jsonl")) == rows


@pytest.mark.parametrize(
    ("checks", "says"),
    [
        ([{"check": "looks_nice"}], "not one of kubernetes's"),
        ([{"check": "kind_count", "kind": "Pod", "count": 1}] * 4, "at most 3"),
    ],
)
def test_a_check_that_is_none_rejects_the_pair(
    tmp_path: Path, checks: list[Any], says: str
) -> None:
    first: set[str] = set()

    def once(record: Record) -> str:
        if record.source in first:
            return honest(record)
        first.add(record.source)
        return with_checks(record, *checks)

    run(tmp_path, teacher=Scripted(once), count=3)
    rejected = [json.loads(line) for line in (tmp_path / "rejected.jsonl").open()]
    assert len(rejected) == 3
    assert all(says in row["reason"] for row in rejected)
