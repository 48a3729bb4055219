"""``rl eval``: models on held-out tasks, a benchmark, or any tasks."""

from functools import partial
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from rl.cli.evaluating import EvaluationOptions, evaluate_models, of_its_own
from rl.cli.opening import opened, scoring, show
from rl.cli.options import RunOptions, reported, run_options, server_option


@click.command(
    "eval",
    short_help="Evaluate models on held-out tasks, or on any.",
    epilog="For example: rl eval --tasks data/bench --model openai:gpt-5-mini --out runs/bench",
)
@run_options
@server_option
@click.option(
    "--model",
    "chosen",
    multiple=True,
    help="base, sft, dpo or grpo of the run directory, a model folder or a name of the hub, "
    "nearest (the nearest training answer, no model), openai:NAME[@URL] or anthropic:NAME[@URL]. "
    "Repeatable; all that the run has where not given.",
)
@click.option(
    "--matrix",
    type=click.Path(path_type=Path),
    help="A YAML file of models, each with quantizations and numbers of examples "
    "(docs/evaluation.md).",
)
@click.option(
    "--examples",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Evaluate each model a second time with so many training answers shown before a question, "
    "the nearest ones.",
)
@click.option(
    "--examples-from",
    type=click.Path(path_type=Path),
    help="The tasks.jsonl to take these out of; the train rows of --tasks where not given.",
)
@click.option(
    "--samples",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Answers to sample for each task beside the greedy one: right at 1 and at so many.",
)
@click.option(
    "--temperature",
    type=click.FloatRange(min=0, min_open=True),
    help="Of these; eval.temperature of the configuration, or 1, where not given.",
)
@click.option(
    "--no-temperature",
    is_flag=True,
    help="Send models behind an API no temperature: some take none.",
)
@click.option(
    "--max-tokens",
    type=click.IntRange(min=1),
    help="Of an answer; 2048, or eval.max_completion_length with --config or a run.",
)
@click.option(
    "--count", type=click.IntRange(min=1), help="So many tasks at most, spread over all topics."
)
@click.option(
    "--judge",
    multiple=True,
    help="Have this model rate greedy answers beside the tools, openai:NAME[@URL] or "
    "anthropic:NAME[@URL]. Repeatable: a panel.",
)
@click.option("--quick", is_flag=True, help="20 tasks at most, greedily: for CI.")
@click.option(
    "--concurrency",
    type=click.IntRange(min=1),
    default=8,
    show_default=True,
    help="Questions to one service at the same time.",
)
@click.option(
    "--requests-per-minute",
    type=click.IntRange(min=1),
    help="Questions to one service in a minute.",
)
def evaluate(options: RunOptions, chosen: tuple[str, ...], **more: Any) -> None:
    """Evaluate models on the held-out tasks of a run, on a benchmark, or on any tasks.

    The models of a run directory are evaluated as `rl run` does. With any other model,
    --matrix, --examples, --samples and the like, or tasks with nothing to train on, an evaluation
    of its own is made in --out (runs/evaluation where not given), with one page, eval.html.
    Stopped, the same command goes on, and no answer is paid for twice.
    """
    with reported("eval"):
        configured = (
            click.get_current_context().get_parameter_source("source")
            is not ParameterSource.DEFAULT
        )
        asked = EvaluationOptions(models=chosen, configured=configured, **more)
        if of_its_own(options, asked):
            evaluate_models(options, asked)
            return
        run = opened(options)

        from rl.evaluation.subject import NEAREST, STAGES

        trained = tuple(name for name in STAGES if name == "base" or run.done(name))
        evaluations = {}
        with scoring(run.config) as thread:
            for name in chosen or (NEAREST, *trained):
                if name == NEAREST:
                    evaluations[name] = run.nearest(thread)
                else:
                    evaluations[name] = run.evaluated(name, partial(run.model, name), thread)
        show(run.folder, run.report(evaluations))
