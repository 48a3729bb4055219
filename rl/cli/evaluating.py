"""From options to an evaluation of its own: what is asked, of whom, and the page about it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rl.cli.held_out import RUN_CONFIG, RUN_FILE, rows_to_evaluate, runs_of
from rl.cli.opening import need_training_packages
from rl.cli.options import RunOptions
from rl.cli.subjects import folder_of, opened_model, subjects_of
from rl.errors import InvalidConfig, InvalidTasks, QuantizationMissing

if TYPE_CHECKING:
    from rl.configs.sections import Config
    from rl.evaluation.evaluation import EvaluationFolder, EvaluationPlan, SubjectFacts
    from rl.evaluation.subject import Subject
    from rl.reward.scoring import ScoringThread

_QUICK_TASKS = 20
_MAX_TOKENS = 2048
_SAMPLING_TEMPERATURE = 1.0

PROMPTED = "qwen2.5-0.5b"
"""The packaged configuration whose prompt models get that were not trained here: it says how an
answer is to be written."""


@dataclass(frozen=True, slots=True)
class EvaluationOptions:
    """What ``rl eval`` is told besides :class:`RunOptions`; ``configured``: --config was given."""

    models: tuple[str, ...] = ()
    matrix: Path | None = None
    examples: int = 0
    examples_from: Path | None = None
    samples: int = 0
    temperature: float | None = None
    no_temperature: bool = False
    max_tokens: int | None = None
    count: int | None = None
    quick: bool = False
    concurrency: int = 8
    requests_per_minute: int | None = None
    configured: bool = False
    judge: tuple[str, ...] = ()

    @property
    def asks_for_more(self) -> bool:
        """Whether it is more than the models of a run on its held-out tasks."""
        from rl.evaluation.subject import NEAREST, STAGES

        return any(
            (
                self.matrix is not None,
                self.examples,
                self.examples_from is not None,
                self.samples,
                self.temperature is not None,
                self.no_temperature,
                self.max_tokens is not None,
                self.count is not None,
                self.quick,
                self.judge,
                any(name not in (*STAGES, NEAREST) for name in self.models),
            )
        )


def of_its_own(options: RunOptions, asked: EvaluationOptions) -> bool:
    """Whether an evaluation of its own is meant, and not the held-out tasks of a run: also where
    the tasks have nothing to train on, as a benchmark's have not, and where the folder has one."""
    out = options.out
    if asked.asks_for_more or (out is not None and (out / "evaluation.json").is_file()):
        return True
    if options.tasks is None:
        return False
    from rl.data import rows_of

    return all(row.split == "test" for row in rows_of(_file(options.tasks)))


def evaluate_models(options: RunOptions, asked: EvaluationOptions) -> Path:
    """Evaluate what the options name; gives the page.

    Raises:
        TrainingError: what is asked for cannot be done; says why.
    """
    from rl.cli.opening import scoring
    from rl.evaluation.evaluation import open_evaluation
    from rl.evaluation.identity import identity_of
    from rl.evaluation.reporting import write_evaluation

    run = options.out if options.out is not None and (options.out / RUN_FILE).is_file() else None
    config = _configuration(options, asked, run)
    subjects = subjects_of(asked, run)
    _refuse_without_effect(asked, subjects)
    plan = _plan(config, asked, subjects, run)
    lacking = [subject.label for subject in subjects if subject.examples and not plan.examples]
    if lacking:
        raise InvalidConfig(
            f"{', '.join(lacking)}: there are no training answers to show as examples: name some "
            "with --examples-from"
        )
    if any(subject.api is None for subject in subjects):
        need_training_packages()
    else:
        _need_endpoint_packages()
    out = (run / "evaluation" if run is not None else options.out) or Path("runs") / "evaluation"
    opened = open_evaluation(out, plan)
    base = config.model.model_dump_json()
    identities = {
        subject: identity_of(
            subject, folder_of(subject, run), base, sends_temperature=not asked.no_temperature
        )
        for subject in subjects
    }
    for subject, identity in identities.items():
        opened.refuse_another(subject, identity)
    with scoring(config) as thread:
        for subject, identity in identities.items():
            opened.begin(subject, identity)
            facts = _evaluated(opened, subject, config, asked=asked, thread=thread, run=run)
            opened.note(subject.label, facts)
    if asked.judge:
        _rate(opened, asked.judge)
    written = write_evaluation(out)
    click.echo(written.table)
    click.echo()
    click.echo(f"page: {written.html}")
    _tell_missing(opened.facts())
    return written.html


def _evaluated(
    folder: "EvaluationFolder",
    subject: "Subject",
    config: "Config",
    *,
    asked: EvaluationOptions,
    thread: "ScoringThread",
    run: Path | None,
) -> "SubjectFacts":
    from rl.evaluation.endpoint import EndpointLimits

    limits = EndpointLimits(asked.concurrency, asked.requests_per_minute)
    try:
        return folder.run(
            subject,
            thread,
            opened=lambda one: opened_model(one, config, folder.plan.examples, run),
            deadline_seconds=config.reward.deadline_seconds,
            limits=limits,
            sends_temperature=not asked.no_temperature,
        )
    except QuantizationMissing as error:
        if asked.matrix is None:
            raise
        click.echo(f"{subject.label}: left out: {error}", err=True)
        return replace(folder.facts()[subject.label], left_out=str(error))


def _rate(folder: "EvaluationFolder", judges: tuple[str, ...]) -> None:
    """Have the judges rate every model's greedy answers."""
    import sys

    from rewardsvc.errors import InvalidFile, InvalidSetting
    from rewardsvc.extras import needing
    from rewardsvc.program import run_until_stopped
    from rewardsvc.progress import progress_on
    from rewardsvc.settings import load_settings
    from rl.evaluation.quality import ratings_file, write_ratings
    from rl.evaluation.suite import Decoding

    with needing("server"):
        from rl.evaluation.judging import rate
    try:
        settings = load_settings(judge=judges)
    except (InvalidSetting, InvalidFile) as error:
        raise InvalidConfig(f"--judge: {error}") from error
    for label, by in folder.answers().items():
        given = by.get(Decoding.GREEDY, [])
        with progress_on(sys.stderr, f"judging {label}", len(given)) as advance:
            rated = run_until_stopped(rate(folder.plan.tasks, given, settings, advance))
        write_ratings(ratings_file(folder.folder, label), rated)


def _configuration(options: RunOptions, asked: EvaluationOptions, run: Path | None) -> "Config":
    from rl.cli.opening import configuration

    source = options.source
    if not asked.configured:
        source = str(run / RUN_CONFIG) if run is not None else PROMPTED
    config = configuration(replace(options, source=source))
    if config.data.tasks is None:
        raise InvalidTasks("no tasks: name a file with --tasks or in data.tasks")
    length = asked.max_tokens
    if length is None and not asked.configured and run is None:
        length = _MAX_TOKENS
    if length is None:
        return config
    update = {"max_completion_length": length}
    return config.model_copy(update={"eval": config.eval.model_copy(update=update)})


def _refuse_without_effect(asked: EvaluationOptions, subjects: Sequence["Subject"]) -> None:
    """Refuse options that would change nothing.

    Raises:
        InvalidConfig: names the option and what it goes with.
    """
    from rl.evaluation.subject import NEAREST

    if asked.quick and asked.samples:
        raise InvalidConfig("--quick asks greedily: leave --samples out")
    if asked.temperature is not None and not asked.samples:
        raise InvalidConfig("--temperature is that of sampled answers: give --samples as well")
    if asked.no_temperature and all(subject.api is None for subject in subjects):
        raise InvalidConfig("--no-temperature is for models behind an API, and none is named")
    shown = any(subject.examples or subject.model == NEAREST for subject in subjects)
    if asked.examples_from is not None and not shown:
        raise InvalidConfig(
            "--examples-from: no model is shown examples: give --examples as well, or name nearest"
        )


def _plan(
    config: "Config", asked: EvaluationOptions, subjects: Sequence["Subject"], run: Path | None
) -> "EvaluationPlan":
    from rl.data import rows_of, spread
    from rl.evaluation.evaluation import EvaluationPlan
    from rl.evaluation.suite import Suite

    assert config.data.tasks is not None  # looked at before
    file = _file(config.data.tasks)
    tasks, learnt = rows_to_evaluate(file, runs_of(subjects, run), run)
    if asked.examples_from is not None:
        learnt = tuple(row for row in rows_of(_file(asked.examples_from)) if row.split != "test")
    held_out = {row.id for row in tasks}
    examples = tuple(row for row in learnt if row.output and row.id not in held_out)
    count = min(asked.count or len(tasks), _QUICK_TASKS if asked.quick else len(tasks))
    if count < len(tasks):
        tasks = tuple(spread(tasks, count, config.seed))
    greedy = Suite(
        held_out=tuple(tasks),
        prompt=config.prompt,
        samples_per_task=1,
        seed=config.seed,
        temperature=0.0,
        max_completion_length=config.eval.max_completion_length,
        batch_size=config.eval.batch_size,
    )
    suites = [greedy]
    if asked.samples and not asked.quick:
        temperature = asked.temperature or config.eval.temperature or _SAMPLING_TEMPERATURE
        sampled = replace(greedy, samples_per_task=asked.samples, temperature=temperature)
        suites.append(sampled)
    version, bench_only = _bench(file)
    return EvaluationPlan(tuple(suites), examples, bench_only, version)


def _bench(tasks: Path) -> tuple[str, Mapping[str, Sequence[str]] | None]:
    """The version of the benchmark that a file is of, and its topics that are never trained on."""
    file = tasks.with_name("bench.json")
    try:
        said = json.loads(file.read_text(encoding="utf-8"))
        categories = said["categories"].items()
        return str(said["version"]), {name: one.get("bench_only", ()) for name, one in categories}
    except (OSError, ValueError, KeyError, AttributeError):
        return "", None  # tasks of somebody's own


def _tell_missing(subjects: Mapping[str, "SubjectFacts"]) -> None:
    """Say which questions have no answer.

    Raises:
        AnswersMissing: there are such.
    """
    from rl.errors import AnswersMissing

    for label, facts in subjects.items():
        if facts.missing:
            reason = max(facts.missing, key=lambda each: facts.missing[each])
            raise AnswersMissing(
                f"{label}: {sum(facts.missing.values())} questions have no answer, most often: "
                f"{reason}. The same command again asks these, and no other"
            )


def _file(tasks: Path) -> Path:
    return tasks / "tasks.jsonl" if tasks.is_dir() else tasks


def _need_endpoint_packages() -> None:
    from rewardsvc.extras import needing

    with needing("rl"):
        import jinja2  # noqa: F401
        import scipy  # noqa: F401
        import yaml  # noqa: F401
    with needing("teachers"):
        import anthropic  # noqa: F401
        import openai  # noqa: F401
