"""``datagen evolve``: how it is called. ``datagen/evolution.py`` has the operators."""

from pathlib import Path

import click

from datagen.cli.curating import data_argument
from datagen.cli.endings import ended_as_command, ended_with
from datagen.cli.options import (
    budget_option,
    concurrency_option,
    judge_option,
    metrics_option,
    repair_turns_option,
    server_option,
    shrink_option,
    teacher_timeout_option,
)


@click.command(
    short_help="Have a model make new tasks of verified rows.",
    epilog="For example: datagen evolve data/k8s --teacher openai:gpt-5-mini --out data/k8s-new",
)
@data_argument
@click.option(
    "--teacher",
    required=True,
    metavar="openai:MODEL|anthropic:MODEL[@URL]",
    help="The model that makes them; @URL is another address.",
)
@teacher_timeout_option
@click.option(
    "--operators",
    metavar="A,B",
    default="",
    help="Make only by these: add-constraint, deepen, concretize, combine, simplify, invent.",
)
@click.option(
    "--count",
    type=click.IntRange(min=1),
    default=100,
    show_default=True,
    help="Verified pairs that are wanted.",
)
@click.option(
    "--seed", type=int, default=0, show_default=True, help="The same seed draws the same rows."
)
@click.option(
    "--out",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Folder of the data set.",
)
@server_option
@concurrency_option
@judge_option
@repair_turns_option
@budget_option
@metrics_option
@shrink_option
@click.pass_obj
def evolve(
    config: Path | None,
    data: Path,
    *,
    teacher: str,
    teacher_timeout: float,
    operators: str,
    count: int,
    seed: int,
    out: Path,
    server: str | None,
    concurrency: int,
    judge: tuple[str, ...],
    repair_turns: int,
    budget: float | None,
    metrics: str,
    shrink: bool,
) -> None:
    """Have a model make new tasks of the pairs in DATA (a folder with tasks.jsonl, or such a file).

    Each operator is tried on each pair once at most. What is made is verified as any answer is,
    must differ from all instructions of DATA, and has the split of the pair that it was made of.
    Interrupted and run again, it goes on.
    """
    with ended_as_command(resumable=True):
        from datagen.curation import Deduplication, Measure
        from datagen.journal import JOURNAL
        from datagen.outputs.curated import require_place
        from datagen.pipeline import Wanted, make
        from datagen.pipeline.curating import Curation
        from datagen.pipeline.evolving import evolved_from, evolved_portions
        from datagen.teachers import teacher_named
        from rewardsvc.settings import load_settings
        from rewardsvc.types import JsonValue

        teacher_named(teacher)
        require_place(out, data, JOURNAL)
        named = [name.strip() for name in operators.split(",") if name.strip()]
        origin = evolved_from(data, named)
        settings = load_settings(config, judge=judge or None)
        belongs: dict[str, JsonValue] = {"teacher": teacher, "seed": seed, **origin.belongs}
        if settings.judge:
            belongs["judge"] = list(settings.judge)
        if repair_turns:
            belongs["repair turns"] = repair_turns
        made = make(
            Wanted(
                command="datagen evolve",
                portions=evolved_portions(origin, teacher, count),
                evolved=origin,
                seed=seed,
                folder=out,
                belongs=belongs,
                server=server,
                concurrency=concurrency,
                teacher_timeout=teacher_timeout,
                shrink=shrink,
                metrics=metrics,
                repair_turns=repair_turns,
                budget=budget,
                curation=Curation(
                    deduplicate=Deduplication(by=(Measure.ARTIFACT, Measure.INSTRUCTION))
                ),
            ),
            settings,
        )
        ended_with(made)
