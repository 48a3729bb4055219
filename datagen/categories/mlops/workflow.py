"""GitHub Actions: a workflow that trains a model and keeps it as an artifact."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, need, num
from datagen.needs import on_push, reads_the_code
from datagen.pins import documents, runs
from datagen.topic import Topic
from datagen.vocabulary import BRANCHES, PYTHONS, model

_STEPS = "values([0].jobs)[].steps[]"


@dataclass(frozen=True, slots=True)
class TrainingWorkflow:
    """When it trains, with what, and what it keeps."""

    name: str
    branch: str
    hour: int
    python: str
    script: str
    epochs: int
    artifact: str
    timeout: int


def _sample(rng: Random) -> TrainingWorkflow:
    return TrainingWorkflow(
        name=f"train-{model(rng)}",
        branch=rng.choice(BRANCHES),
        hour=rng.randint(0, 23),
        python=rng.choice(PYTHONS),
        script=rng.choice(("train.py", "src/train.py", "scripts/train.py", "fit.py", "ml/fit.py")),
        epochs=rng.randint(1, 30),
        artifact=rng.choice(("model", "weights", "checkpoint", "trained-model", "run")),
        timeout=rng.choice((30, 45, 60, 90, 120, 180, 240)),
    )


def _brief(s: TrainingWorkflow) -> Brief:
    command = f"python {s.script} --epochs {s.epochs}"
    return Brief(
        need(
            f"GitHub Actions workflow {lit(s.name)} that trains a model",
            f"a GitHub Actions workflow named {lit(s.name)} that trains a model",
            f"a model-training workflow for GitHub Actions called {lit(s.name)}",
            pins=[documents("[0].name", s.name)],
        ),
        (
            on_push(s.branch),
            reads_the_code(),
            need(
                f"also daily at {num(s.hour)}:00 UTC",
                f"It also runs every day at {num(s.hour)}:00 UTC",
                f"Schedule it daily at {num(s.hour)}:00 UTC, too",
                pins=[documents("[0].on.schedule[].cron", [f"0 {s.hour} * * *"])],
            ),
            need(
                f"Python {lit(s.python)}, dependencies from requirements.txt",
                f"Set up Python {lit(s.python)} and install requirements.txt with pip",
                f"It uses Python {lit(s.python)} and installs requirements.txt",
                pins=[
                    documents(f'{_STEPS}.with."python-version" | to_string([0])', s.python),
                    runs(f"{_STEPS}.run", "-r requirements.txt"),
                ],
            ),
            need(
                f"runs {lit(command)}",
                f"Train with {lit(command)}",
                f"The training command is {lit(command)}",
                pins=[runs(f"{_STEPS}.run", command)],
            ),
            need(
                f"uploads the folder outputs/ as artifact {lit(s.artifact)}",
                f"Upload the folder outputs/ as an artifact called {lit(s.artifact)}",
                f"Keep outputs/ as the artifact {lit(s.artifact)}",
                pins=[
                    documents(
                        f"{_STEPS} | [?starts_with(uses || '', 'actions/upload-artifact@')]"
                        " | [0].with.name",
                        s.artifact,
                    ),
                    documents(
                        f"{_STEPS} | [?starts_with(uses || '', 'actions/upload-artifact@')]"
                        " | [0].with.path | @ == 'outputs' || starts_with(@, 'outputs/')"
                    ),
                ],
            ),
            need(
                f"job timeout {num(s.timeout)} minutes",
                f"Stop the job after {num(s.timeout)} minutes",
                f"The job's timeout is {num(s.timeout)} minutes",
                pins=[documents('values([0].jobs)[]."timeout-minutes"', [s.timeout])],
            ),
        ),
    )


def _answer(s: TrainingWorkflow) -> str:
    return f"""\
name: {s.name}
on:
  push:
    branches: [{s.branch}]
  schedule:
    - cron: "0 {s.hour} * * *"
permissions:
  contents: read
jobs:
  train:
    runs-on: ubuntu-latest
    timeout-minutes: {s.timeout}
    steps:
      - uses: actions/checkout@v6
      - uses: actions/setup-python@v6
        with:
          python-version: "{s.python}"
      - run: pip install -r requirements.txt
      - run: python {s.script} --epochs {s.epochs}
      - uses: actions/upload-artifact@v6
        with:
          name: {s.artifact}
          path: outputs/
"""


TOPIC = Topic(
    name="training-workflow",
    format="github-actions",
    sample=_sample,
    brief=_brief,
    answer=_answer,
)
