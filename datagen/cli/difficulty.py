"""``datagen difficulty``: how it is called. ``datagen/pipeline/measuring.py`` does what it says."""

import json
from pathlib import Path

import click

from datagen.cli.curating import curated_option, data_argument
from datagen.cli.endings import ended_as_command
from datagen.cli.options import concurrency_option, server_option


@click.command(
    short_help="Tell how hard rows are for a model.",
    epilog="For example: datagen difficulty data/k8s --student openai:qwen@http://gpu:8000/v1 -n 8"
    " --out data/k8s-rated",
)
@data_argument
@click.option(
    "--student",
    required=True,
    metavar="openai:MODEL|anthropic:MODEL[@URL]",
    help="The model that does the tasks; @URL is another address.",
)
@click.option(
    "-n",
    "--samples",
    type=click.IntRange(1, 1000),
    default=8,
    show_default=True,
    help="Answers to each task; with more than before, only those that are lacking are asked for.",
)
@click.option(
    "--temperature",
    type=click.FloatRange(0, 2),
    default=1.0,
    show_default=True,
    help="Of the answers.",
)
@click.option(
    "--no-temperature", is_flag=True, help="Send no temperature, for models that take none."
)
@click.option(
    "--max-tokens",
    type=click.IntRange(min=1),
    default=4096,
    show_default=True,
    help="Of an answer; one that is cut off is judged as it stands.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=120.0,
    show_default=True,
    help="Seconds that one answer may take.",
)
@click.option(
    "--budget",
    type=click.FloatRange(min=0, min_open=True),
    metavar="DOLLARS",
    help="What the student may cost at most, over all runs in the folder; needs prices.",
)
@click.option(
    "--least",
    type=click.FloatRange(0, 1),
    default=0.0,
    show_default=True,
    help="Leave out rows that are passed less often.",
)
@click.option(
    "--most",
    type=click.FloatRange(0, 1),
    default=1.0,
    show_default=True,
    help="Leave out rows that are passed more often.",
)
@server_option
@concurrency_option
@curated_option
@click.pass_obj
def difficulty(
    config: Path | None,
    data: Path,
    *,
    student: str,
    samples: int,
    temperature: float,
    no_temperature: bool,
    max_tokens: int,
    timeout: float,
    budget: float | None,
    least: float,
    most: float,
    server: str | None,
    concurrency: int,
    out: Path | None,
) -> None:
    """Have a model do the tasks of DATA (a folder with tasks.jsonl, or such a file) several times.

    A line of JSON for each row says how often the tools found the answer fully right; with --out,
    rows say it in their provenance, and a run that was stopped goes on. An answer that could not be
    scored counts neither way.
    """
    with ended_as_command(resumable=out is not None):
        from datagen.errors import WrongUsage
        from datagen.pipeline.measuring import WantedPassRates, measured
        from rewardsvc.llm import ModelName
        from rewardsvc.settings import load_settings

        try:
            ModelName.parse(student)
        except ValueError as error:
            raise WrongUsage(f"--student: {error}") from error
        if least > most:
            raise WrongUsage(f"--least {least:g}: is more than --most {most:g}")
        found = measured(
            WantedPassRates(
                data=data,
                folder=out,
                student=student,
                samples=samples,
                temperature=None if no_temperature else temperature,
                max_tokens=max_tokens,
                timeout_seconds=timeout,
                budget=budget,
                server=server,
                concurrency=concurrency,
                least=least,
                most=most,
            ),
            load_settings(config),
        )
        for id, rate in found.rates.items() if out is None else ():
            click.echo(json.dumps({"id": id, **rate.to_json()}, ensure_ascii=False))
        passed, of = found.step.found["passed"], found.step.found["of"]
        words = f"{passed} of {of} answers to {found.step.rows} rows are fully right"
        if found.unscored:
            words += f"; {found.unscored} could not be scored and count neither way"
        if found.spent.in_words:
            words += f"; {found.spent.in_words}"
        click.echo(words, err=True)
        if found.unasked:
            raise click.ClickException(
                f"{found.unasked}; what was answered so far is kept: run the same command again to "
                "go on"
                if out is not None
                else found.unasked
            )
        if out is not None:
            click.echo(out)
