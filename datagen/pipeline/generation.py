"""Has records asked for, verified and judged, all portions at once.

Portions share the places of what scores and what judges; each teacher has its own, so that who
waits for one keeps nobody else waiting. What one portion gives does not depend on the others.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial

from datagen.balance import Precedence
from datagen.batches.teacher import BatchTeacher
from datagen.execution import (
    BatchedExecutor,
    Executor,
    LocalExecutor,
    Progress,
    SharedResults,
    StageRunner,
    run_waves,
    taken,
)
from datagen.execution.batched import deciding
from datagen.execution.cluster import ClusterWorkers, ScoredElsewhere
from datagen.execution.code import code_that_tests
from datagen.fate import fate_of, note_decided
from datagen.journal import Journal
from datagen.ledger import Ledger, judges_account
from datagen.pipeline.wanted import Wanted
from datagen.portion import Portion
from datagen.record import Record
from datagen.sources import RecordSource
from datagen.sources.documentation import DocumentedSource
from datagen.sources.documentation.store import KeptStrengths
from datagen.stages import AnyStage
from datagen.stages.ask import Asking, RawAnswer, UselessAnswers
from datagen.stages.novelty import Novelty
from datagen.stages.rating import PanelRater
from datagen.stages.repair import Repair
from datagen.stages.strength import MutationGate
from datagen.stages.verify import Verification
from datagen.teachers import DOCUMENTATION, Teacher
from rewardsvc.judge.panel import Panel, open_panel
from rewardsvc.llm import open_model
from rewardsvc.scorer import Scorer, open_scorer
from rewardsvc.settings import Settings

_MOST = 3
"""Times as many pairs as a portion wants are asked for at most, where others do not stay."""


@dataclass(frozen=True, slots=True)
class Generated:
    """How the sources of a portion got on. ``asked``: the pairs that were asked for in the end,
    more than the portion's where some do not stay."""

    portion: Portion
    teacher: Teacher
    progress: list[Progress]
    asked: int

    @property
    def taken(self) -> Iterator[tuple[Record, int]]:
        """What may become rows, in order, each with its position among those of its source."""
        return taken(self.progress, self.asked)

    @property
    def available(self) -> int:
        """How many these are."""
        return min(self.asked, sum(len(each.accepted) for each in self.progress))


async def generate(
    wanted: Wanted,
    sources: Sequence[Sequence[RecordSource]],
    teachers: Mapping[str, Teacher],
    *,
    precedences: Sequence[Sequence[Precedence]] = (),
    journal: Journal,
    settings: Settings,
    ledger: Ledger,
    decided: Callable[[Record], None],
    staying: Callable[[Sequence[Generated]], Sequence[int]],
    workers: ClusterWorkers | None = None,
) -> list[Generated]:
    """Work every portion off. ``sources``: of each; ``teachers``: by the names that portions have
    for them; ``precedences``: of the sources' shares, equal without; ``ledger``: of what models
    cost; ``staying``: how many rows stay of each. What does not stay is made up for.
    ``workers``: of a cluster, who score and ask; this process where None.

    Raises:
        DatagenError, rewardsvc.errors.RewardServiceError: nothing more can be done at all; what
            was found so far is in the journal.
    """
    try:
        # Apart from the scorer: there it would be asked about every mutant, and catch it.
        async with (
            workers or nullcontext(),
            open_panel(
                settings,
                account=partial(judges_account, ledger),
                opening=workers.open_model if workers else open_model,
            ) as panel,
            _opened_scorer(wanted, settings, elsewhere=workers is not None) as scorer,
        ):
            work = _Work(
                wanted,
                teachers,
                journal=journal,
                scorer=scorer,
                panel=panel,
                decided=decided,
                runner=workers,
                strengths=KeptStrengths(settings.tools_folder, code_that_tests()),
            )
            drawn = list(zip(sources, precedences or [()] * len(sources), strict=True))
            generated = await work.on_all(drawn, [each.count for each in wanted.portions], None)
            while more := _more(generated, staying(generated)):
                generated = await work.on_all(drawn, more, generated)
            return generated
    finally:
        for teacher in teachers.values():
            await teacher.aclose()


def _opened_scorer(wanted: Wanted, settings: Settings, *, elsewhere: bool) -> Scorer:
    """Who scores, in this process: nobody where that is done elsewhere."""
    if elsewhere:
        return ScoredElsewhere()
    return open_scorer(settings.model_copy(update={"judge": ()}), wanted.server)


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
        runner: StageRunner | None,
        strengths: SharedResults,
    ) -> None:
        self._strengths = strengths
        self._wanted = wanted
        self._runner = runner
        self._teachers = teachers
        self._journal = journal
        self._scorer = scorer
        self._panel = panel
        self._decided = decided
        self._useless_answers = {name: UselessAnswers(each) for name, each in teachers.items()}
        self._asked = {name: asyncio.Semaphore(wanted.concurrency) for name in teachers}
        self._verified = asyncio.Semaphore(wanted.concurrency)
        self._judged = asyncio.Semaphore(wanted.concurrency)
        self._novelty: list[AnyStage] = []
        if wanted.evolved is not None:
            pool = [(row.id, row.instruction) for row in wanted.evolved.rows]
            self._novelty = [Novelty(pool)]

    async def on_all(
        self,
        drawn: Sequence[tuple[Sequence[RecordSource], Sequence[Precedence]]],
        counts: Sequence[int],
        before: Sequence[Generated] | None,
    ) -> list[Generated]:
        """So many of each portion, of its sources with their precedences; ``before``: how far they
        came already."""
        progress = [each.progress for each in before] if before else [None for _ in counts]
        given = zip(self._wanted.portions, drawn, counts, progress, strict=True)
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._on(*each)) for each in given]
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from errors
        return [task.result() for task in tasks]

    async def _on(
        self,
        portion: Portion,
        drawn: tuple[Sequence[RecordSource], Sequence[Precedence]],
        count: int,
        before: list[Progress] | None,
    ) -> Generated:
        sources, precedences = drawn
        teacher = self._teachers[portion.teacher]
        if isinstance(teacher, BatchTeacher):
            teacher = teacher.part()
        useless = self._useless_answers[portion.teacher]
        asking = Asking(teacher, useless)
        self._journal.take_over(asking.name, place_of(sources, asking))
        gate = MutationGate(
            self._scorer,
            () if teacher.paid else [_tested(source) for source in sources],
            most_surviving=self._wanted.most_surviving,
        )
        verified: list[AnyStage] = [*self._novelty, Verification(self._scorer)]
        asked = self._asked[portion.teacher]
        phases: list[list[AnyStage]] = [[asking], [*verified]]
        places = [asked, self._verified]
        if teacher.paid:
            for turn in range(1, self._wanted.repair_turns + 1):
                phases += [[Repair(teacher, turn, useless)], [*verified]]
                places += [asked, self._verified]
        phases[-1].append(gate)
        if self._panel is not None:
            phases.append([PanelRater(self._panel)])
            places.append(self._judged)

        def decided(record: Record) -> None:
            note_decided(self._journal, fate_of(record, teacher.name))
            self._decided(record)

        executor: Executor = LocalExecutor(
            phases,
            self._journal,
            concurrency=self._wanted.concurrency,
            decided=deciding(teacher, decided) if isinstance(teacher, BatchTeacher) else decided,
            places=places,
            runner=self._runner,
            shared={gate.name: self._strengths} if portion.teacher == DOCUMENTATION else {},
        )
        if isinstance(teacher, BatchTeacher):
            executor = BatchedExecutor(executor, teacher)
        progress = await run_waves(sources, executor, count, before, precedences)
        return Generated(portion, teacher, progress, count)


def _tested(source: RecordSource) -> RecordSource:
    """The source whose records' checks are tested for those of a source."""
    return source.standing_for if isinstance(source, DocumentedSource) else source


def _more(generated: Sequence[Generated], staying: Sequence[int]) -> list[int] | None:
    """How many to ask for of each portion so that enough stay; None where that is so, or where
    those that are short can give no more."""
    more = []
    for each, stays in zip(generated, staying, strict=True):
        used_up = each.available < each.asked
        more.append(each.asked if used_up else _asked_next(each.portion.count, each.asked, stays))
    return None if more == [each.asked for each in generated] else more


def _asked_next(count: int, asked: int, stays: int) -> int:
    """How many to ask for where so many stay of those that were: never fewer, and no more than
    :data:`_MOST` times the count. Pure."""
    return max(asked, min(asked + max(0, count - stays), _MOST * count))


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
