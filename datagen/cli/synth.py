"""``datagen synth``: a data set of one category, with one teacher."""

from pathlib import Path

import click

from datagen.cli.endings import ended_as_command, ended_with
from datagen.cli.options import (
    CATEGORY_NAMES,
    batch_option,
    budget_option,
    cluster_of,
    concurrency_option,
    coverage_option,
    engine_option,
    focus_option,
    judge_option,
    metrics_option,
    ray_address_option,
    repair_turns_option,
    server_option,
    shrink_option,
    teacher_timeout_option,
)


@click.command(
    short_help="Make pairs and keep what the tools accept.",
    epilog="For example: datagen synth --category kubernetes --count 50 --seed 7 --out data/k8s",
)
@click.option(
    "--category",
    "name",
    required=True,
    type=click.Choice(CATEGORY_NAMES),
    help="What the pairs are about.",
)
@click.option(
    "--count",
    type=click.IntRange(min=1),
    default=100,
    show_default=True,
    help="Verified pairs that are wanted.",
)
@click.option(
    "--teacher",
    "teacher_name",
    default="builtin",
    show_default=True,
    metavar="builtin|docs|openai:MODEL|anthropic:MODEL[@URL]",
    help="Who writes the pairs; builtin and docs (of every Terraform type) need no network and no"
    " key, @URL is another address.",
)
@teacher_timeout_option
@click.option(
    "--seed", type=int, default=0, show_default=True, help="The same seed gives the same pairs."
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Folder of the data set.  [default: data/CATEGORY]",
)
@click.option("--topics", "only", metavar="A,B", help="Only these topics of the category.")
@click.option(
    "--taxonomy/--no-taxonomy",
    "drawn",
    default=True,
    show_default=True,
    help="Draw who asks a model, and how hard it is to be (docs/diversity.md).",
)
@focus_option
@coverage_option
@server_option
@engine_option
@ray_address_option
@concurrency_option
@judge_option
@repair_turns_option
@budget_option
@batch_option
@metrics_option
@shrink_option
@click.pass_obj
def synth(
    config: Path | None,
    *,
    name: str,
    count: int,
    teacher_name: str,
    teacher_timeout: float,
    seed: int,
    out: Path | None,
    only: str | None,
    drawn: bool,
    focus: Path | None,
    coverage: Path | None,
    server: str | None,
    engine: str,
    ray_address: str | None,
    concurrency: int,
    judge: tuple[str, ...],
    repair_turns: int,
    budget: float | None,
    batch: bool | None,
    metrics: str,
    shrink: bool,
) -> None:
    """Synthesize instruction pairs and keep those that the tools verified.

    Writes tasks.jsonl, rejected.jsonl and README.md (the data-set card) into DIR. Interrupted
    and run again, it goes on; run again with a higher --count, it adds to what is there.
    """
    with ended_as_command(resumable=True):
        from datagen.diversity import Taxonomy
        from datagen.pipeline import Wanted, make
        from datagen.pipeline.planning import chosen_topics
        from datagen.pipeline.wanted import focus_belongs
        from datagen.portion import Portion
        from datagen.recipe.sections import Coverage
        from datagen.teachers import OWN
        from rewardsvc.focus import NO_FOCUS, read_focus
        from rewardsvc.settings import load_settings
        from rewardsvc.types import JsonValue

        settings = load_settings(config, judge=judge or None)
        topics = chosen_topics(name, only, teacher=teacher_name, tools=settings.tools_folder)
        belongs: dict[str, JsonValue] = {
            "category": name,
            "teacher": teacher_name,
            "seed": seed,
        }
        if settings.judge:
            belongs["judge"] = list(settings.judge)
        if repair_turns:
            belongs["repair turns"] = repair_turns
        taxonomy = Taxonomy() if drawn and teacher_name not in OWN else None
        if taxonomy is not None:
            belongs["taxonomy"] = taxonomy.model_dump(mode="json")
        aimed = NO_FOCUS if focus is None else read_focus(focus)
        belongs |= focus_belongs(aimed)
        portion = Portion(category=name, topics=topics, teacher=teacher_name, count=count)
        made = make(
            Wanted(
                command="datagen synth",
                portions=[portion],
                seed=seed,
                folder=out or Path("data") / name,
                belongs=belongs,
                formerly={"topics": list(topics)},
                server=server,
                concurrency=concurrency,
                teacher_timeout=teacher_timeout,
                shrink=shrink,
                metrics=metrics,
                cluster=cluster_of(engine, ray_address, server),
                repair_turns=repair_turns,
                budget=budget,
                taxonomy=taxonomy,
                focus=aimed,
                coverage=None if coverage is None else Coverage(ledger=coverage),
                batch=bool(batch),
            ),
            settings,
        )
        ended_with(made)
