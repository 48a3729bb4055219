"""Has records asked for, verified and judged, all portions at once.

Portions share the places of what scores and what judges; each teacher has its own, so that who
waits for one keeps nobody else waiting. What one portion gives does not depend on the others.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from datagen.execution import LocalExecutor, Progress, run_waves
from datagen.fate import FATE, fate_of
from datagen.journal import Journal
from datagen.pipeline.wanted import Wanted
from datagen.portion import Portion
from datagen.record import Record
from datagen.sources import RecordSource
from datagen.stages import AnyStage
from datagen.stages.ask import Asking, RawAnswer
from datagen.stages.rating import PanelRater
from datagen.stages.strength import MutationGate
from datagen.stages.verify import Verification
from datagen.teachers import Teacher
from rewardsvc.judge.panel import Panel, open_panel
from rewardsvc.scorer import Scorer, open_scorer
from rewardsvc.settings import Settings


@dataclass(frozen=True, slots=True)
class Generated:
    """How the sources of a portion got on."""

    portion: Portion
    teacher: Teacher
    progress: Sequence[Progress]


async def generate(
    wanted: Wanted,
    sources: Sequence[Sequence[RecordSource]],
    teachers: Mapping[str, Teacher],
    *,
    journal: Journal,
    settings: Settings,
    decided: Callable[[Record], None],
) -> list[Generated]:
    """Work every portion off. ``sources``: of each; ``teachers``: by the names that portions have
    for them.

    Raises:
        DatagenError, rewardsvc.errors.RewardServiceError: nothing more can be done at all; what
            was found so far is in the journal.
    """
    try:
        # Apart from the scorer: there it would be asked about every mutant, and catch it.
        async with (
            open_panel(settings) as panel,
            open_scorer(settings.model_copy(update={"judge": ()}), wanted.server) as scorer,
        ):
            work = _Work(
                wanted, teachers, journal=journal, scorer=scorer, panel=panel, decided=decided
            )
            try:
                async with asyncio.TaskGroup() as group:
                    tasks = [
                        group.create_task(work.on(portion, drawn))
                        for portion, drawn in zip(wanted.portions, sources, strict=True)
                    ]
            except BaseExceptionGroup as errors:
                raise errors.exceptions[0] from errors
            return [task.result() for task in tasks]
    finally:
        for teacher in teachers.values():
            await teacher.aclose()


class _Work:
    """What the portions share."""

    def __init__(
        self,
        wanted: Wanted,
        teachers: Mapping[str, Teacher],
        *,
        journal: Journal,
        scorer: Scorer,
        panel: Panel | None,
        decided: Callable[[Record], None],
    ) -> None:
        self._wanted = wanted
        self._teachers = teachers
        self._journal = journal
        self._scorer = scorer
        self._panel = panel
        self._decided = decided
        self._asked = {name: asyncio.Semaphore(wanted.concurrency) for name in teachers}
        self._verified = asyncio.Semaphore(wanted.concurrency)
        self._judged = asyncio.Semaphore(wanted.concurrency)

    async def on(self, portion: Portion, sources: Sequence[RecordSource]) -> Generated:
        """One portion."""
        teacher = self._teachers[portion.teacher]
        asking = Asking(teacher)
        self._journal.take_over(asking.name, place_of(sources, asking))
        gate = MutationGate(self._scorer, () if teacher.paid else sources)
        phases: list[list[AnyStage]] = [[asking], [Verification(self._scorer), gate]]
        places = [self._asked[portion.teacher], self._verified]
        if self._panel is not None:
            phases.append([PanelRater(self._panel)])
            places.append(self._judged)

        def decided(record: Record) -> None:
            fate = fate_of(record, teacher.name)
            self._journal.note([(record.id, FATE.dump_json(fate).decode())])
            self._decided(record)

        executor = LocalExecutor(
            phases,
            self._journal,
            concurrency=self._wanted.concurrency,
            decided=decided,
            places=places,
        )
        return Generated(portion, teacher, await run_waves(sources, executor, portion.count))


def place_of(
    sources: Sequence[RecordSource], asking: Asking
) -> Callable[[str, str], tuple[str, str, str] | None]:
    """Where an answer belongs that a journal of the former layout has by ``topic/position``."""
    named = {source.name: source for source in sources}

    def place(candidate: str, raw: str) -> tuple[str, str, str] | None:
        name, _, position = candidate.rpartition("/")
        record = named[name].record(int(position)) if name in named else None
        if record is None:
            return None
        answer = asking.written.dump_json(RawAnswer(raw)).decode()
        return record.id, asking.digest(record), answer

    return place
