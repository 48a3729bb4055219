"""Makes plan-prediction rows of verified Terraform rows: configurations, and their real plans."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from rich.console import Console

from datagen.curation import rows_in
from datagen.errors import StageFault, WrongUsage
from datagen.journal import JOURNAL, Journal
from datagen.lock import held
from datagen.outputs import DataSet, TasksFile, write_files
from datagen.outputs.curated import require_place
from datagen.pipeline.deriving import content_digest, too_few_rows
from datagen.pipeline.writing import refuse_fewer
from datagen.planned import (
    AGREES,
    CATEGORY,
    FORMAT,
    Files,
    Form,
    answer_of,
    asked,
    complexity_of,
    formed,
    truth_of,
)
from datagen.sources.edits import files_of
from datagen.sources.verified import kept_of
from datagen.stages.base import SCORING, SYSTEMATIC, digest_of
from rewardsvc.faults import classified
from rewardsvc.means import chosen_fault
from rewardsvc.program import run_until_stopped
from rewardsvc.progress import Advance, progress_on
from rewardsvc.retry import Attempts
from rewardsvc.settings import Settings
from rewardsvc.tasks import TaskRow, row_from_json, row_to_json
from rewardsvc.types import Fault, JsonValue, Means
from sandbox.errors import (
    BeforeLacksProvider,
    BeforeUnusable,
    EmulatorFailed,
    SandboxError,
    TimedOutByUs,
    ToolchainError,
    ToolCrashed,
)
from sandbox.select import open_sandbox
from sandbox.terraform import TerraformEngine, TerraformOutcome, open_engine
from sandbox.toolchain import Toolchain, discover

_TERRAFORM = "terraform"
_STAGE = "plan"
"""Names what is kept in the journal: a row as JSON, null where nothing is planned."""

_BROKEN = (EmulatorFailed, SandboxError, TimedOutByUs, ToolchainError, ToolCrashed)
"""What keeps tools from being found, or an engine from being opened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedPlans:
    """Of which rows, how many (of each row one at most), and where to. ``shrink``: whether fewer
    may replace those that are there."""

    data: Path
    folder: Path
    count: int | None
    seed: int
    shrink: bool = False


@dataclass(frozen=True, slots=True)
class PlanCandidate:
    """A configuration whose plan is asked for; ``before`` is what stands, empty where nothing."""

    row: TaskRow
    form: Form
    files: Files
    before: Files


@dataclass(frozen=True, slots=True)
class MadePlans:
    """``rows``: how many there are; ``unplanned``: of how many nothing is planned. ``undecided``:
    the ids of rows that a fault of ours left out, with the fault. ``missing``: why there are fewer
    than wanted though all were decided, "" where there are not."""

    file: Path
    rows: int
    unplanned: int
    undecided: tuple[str, ...]
    missing: str


def make_plan_rows(wanted: WantedPlans, settings: Settings) -> MadePlans:
    """Make them, or go on with them; words go to stderr. What could not be decided is left out.

    Raises:
        WrongUsage: no row is an answer in Terraform, the rows come from there, or there are others
            than a former run's.
        WouldShrink: there are more of a former run's.
        DatagenError: nothing more can be done.
        rewardsvc.program.Stopped: a signal came.
    """
    console = Console(stderr=True)
    require_place(wanted.folder, wanted.data, JOURNAL)
    usable = list(candidates_of(rows_in(wanted.data), wanted.seed))
    if not usable:
        raise WrongUsage(f"{wanted.data}: no row to plan: none is an answer in Terraform")
    candidates = usable[: wanted.count]
    belongs: dict[str, JsonValue] = {"plans": content_digest(wanted.data), "seed": wanted.seed}
    with held(wanted.folder), Journal(wanted.folder, belongs) as journal:
        with progress_on(console.file, "plans", len(candidates)) as advance:
            planned = run_until_stopped(
                _planned(candidates, settings, wanted.seed, journal, advance)
            )
        made = [each for each in planned if isinstance(each, TaskRow)]
        if not wanted.shrink:
            refuse_fewer(wanted.folder, len(made))
        data = DataSet(
            command="datagen plans",
            categories=(CATEGORY,),
            teachers=tuple(dict.fromkeys(str(row.provenance["teacher"]) for row in made)),
            seed=wanted.seed,
            rows=made,
            accepted=len(made),
        )
        write_files(wanted.folder, data, (TasksFile(),))
    undecided = tuple(
        f"{candidate.row.id}: {each.kind.value}: {each.reason}"
        for candidate, each in zip(candidates, planned, strict=True)
        if isinstance(each, Fault)
    )
    return MadePlans(
        wanted.folder / TasksFile.file,
        len(made),
        planned.count(None),
        undecided,
        too_few_rows(wanted.data, len(usable), wanted.count),
    )


def candidates_of(rows: Iterable[TaskRow], seed: int) -> Iterator[PlanCandidate]:
    """One of each Terraform row, forms taking turns; an edit stays one. Pure."""
    turns = [form for form in Form if form is not Form.EDIT]
    turn = 0
    for row in rows:
        files = files_of(row) if row.format == _TERRAFORM and row.output else None
        if files is None:
            continue
        if row.before:
            yield PlanCandidate(row, Form.EDIT, files, row.before)
            continue
        rng = Random(f"{seed}/{row.id}/form")
        form = turns[turn % len(turns)]
        turn += 1
        texts = list(files.values())
        shaped = formed(form, texts[0], rng) if len(texts) == 1 else None
        if shaped is None:
            form, shaped = Form.PLAIN, files
        yield PlanCandidate(row, form, shaped, {})


async def _planned(
    candidates: Sequence[PlanCandidate],
    settings: Settings,
    seed: int,
    journal: Journal,
    advance: Advance,
) -> list[TaskRow | Fault | None]:
    """What comes of each, in order; of what the journal knows of these tools, without Terraform.

    Raises:
        StageFault: Terraform cannot be run here.
    """
    try:
        toolchain = await asyncio.to_thread(discover, settings.tools, settings.terraform_mirror)
    except _BROKEN as error:
        raise StageFault(f"Terraform cannot be run here: {error}") from error
    digests = [_digest(candidate, seed, toolchain.digest) for candidate in candidates]
    known: dict[str, TaskRow | None] = {}
    for candidate, digest in zip(candidates, digests, strict=True):
        if (found := journal.result(_STAGE, candidate.row.id, digest)) is not None:
            known[digest] = None if found == "null" else row_from_json(found)
            advance(int(known[digest] is not None))
    open_ones = [
        (candidate, digest)
        for candidate, digest in zip(candidates, digests, strict=True)
        if digest not in known
    ]
    decided: Mapping[str, TaskRow | Fault | None] = {}
    if open_ones:
        decided = await _by_terraform(
            open_ones, settings, toolchain, seed, journal, advance=advance
        )
    return [known[digest] if digest in known else decided[digest] for digest in digests]


def _digest(candidate: PlanCandidate, seed: int, toolchain: str) -> str:
    """Names what a row depends on; ``toolchain``: the digest of the tools, whose providers say
    what is planned."""
    given = [candidate.form.value, dict(candidate.files), dict(candidate.before)]
    return digest_of(row_to_json(candidate.row), seed, *given, toolchain)


async def _by_terraform(
    candidates: Sequence[tuple[PlanCandidate, str]],
    settings: Settings,
    toolchain: Toolchain,
    seed: int,
    journal: Journal,
    *,
    advance: Advance,
) -> dict[str, TaskRow | Fault | None]:
    """What comes of each, by its digest; kept in the journal as it comes.

    Raises:
        StageFault: Terraform cannot be run here.
    """
    try:
        async with (
            open_sandbox(settings.sandbox, image=settings.docker_image) as sandbox,
            open_engine(
                settings.terraform, toolchain, sandbox, providers=settings.workers
            ) as engine,
        ):
            room = asyncio.Semaphore(settings.workers)
            return await _each_decided(
                candidates, engine, seed, journal, room=room, advance=advance
            )
    except _BROKEN as error:
        raise StageFault(f"Terraform cannot be run here: {error}") from error


async def _each_decided(
    candidates: Sequence[tuple[PlanCandidate, str]],
    engine: TerraformEngine,
    seed: int,
    journal: Journal,
    *,
    room: asyncio.Semaphore,
    advance: Advance,
) -> dict[str, TaskRow | Fault | None]:
    others = 0

    async def one(candidate: PlanCandidate, digest: str) -> TaskRow | Fault | None:
        nonlocal others
        async with room:
            planned = await _decided(candidate, engine, seed)
        if not isinstance(planned, Fault):
            written = "null" if planned is None else row_to_json(planned)
            journal.keep(_STAGE, candidate.row.id, digest, written, synced=False)
        made = isinstance(planned, TaskRow)
        others += not made
        advance(int(made), f"{others} others" if others else "")
        return planned

    try:
        async with asyncio.TaskGroup() as group:
            tasks = {digest: group.create_task(one(each, digest)) for each, digest in candidates}
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from errors
    return {digest: task.result() for digest, task in tasks.items()}


async def _decided(
    candidate: PlanCandidate, engine: TerraformEngine, seed: int
) -> TaskRow | Fault | None:
    """The row of one, None where nothing is planned, or the fault that stays when it is tried
    again."""
    attempts = Attempts(SCORING)
    while True:
        with attempts.trying(), classified() as broken:
            return await _row(candidate, engine, seed)
        if broken.fault.kind in SYSTEMATIC or not await attempts.pause():
            return broken.fault


async def _row(
    candidate: PlanCandidate, engine: TerraformEngine, seed: int
) -> TaskRow | Fault | None:
    """The row of one, None where it does not plan or nothing is planned, or the fault where that
    is for want of what is not here.

    Raises:
        BeforeLacksProvider: what stands leans on a provider that is not here.
    """
    files, before = (
        {path: text.encode() for path, text in each.items()}
        for each in (candidate.files, candidate.before)
    )
    try:
        outcome = await engine.run(files, before=before)
    except BeforeLacksProvider:
        raise
    except BeforeUnusable:
        return None
    if outcome.plan_json is None:
        return _lacking(outcome)
    if not before:
        return row_of(candidate, truth_of(outcome.plan_json), seed)
    alone = await engine.run(files)
    if alone.plan_json is None:
        return _lacking(alone)
    return row_of(candidate, truth_of(outcome.plan_json, alone.plan_json), seed)


def _lacking(outcome: TerraformOutcome) -> Fault | None:
    """Why nobody can tell here whether something would be planned, None where it does not plan."""
    return chosen_fault(None, outcome.lacking)


def row_of(candidate: PlanCandidate, truth: Mapping[str, Any], seed: int) -> TaskRow | None:
    """The row of a configuration with its truth, None where nothing is planned. Pure."""
    if not truth["resource_changes"]:
        return None
    row = candidate.row
    words = Random(f"{seed}/{row.id}/words")
    instruction, given = asked(candidate.files, candidate.before, words)
    return TaskRow(
        id=f"plan-{row.id}",
        category=CATEGORY,
        format=FORMAT,
        instruction=instruction,
        input=given,
        output=answer_of(truth),
        checks=(AGREES,),
        means=Means(),
        truth=dict(truth),
        split=row.split,
        provenance={
            **kept_of(row),
            "teacher": row.provenance.get("teacher", "unknown"),
            "plan": {
                "form": candidate.form.value,
                "complexity": complexity_of(candidate.files, truth).value,
                "changes": len(truth["resource_changes"]),
            },
        },
    )
