"""GitHub Actions that watch over code: a test matrix, and a scheduled job."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, lits, need, num
from datagen.needs import on_push, one_job, reads_the_code
from datagen.pins import documents, runs
from datagen.topic import Topic
from datagen.vocabulary import BRANCHES, DOMAINS, NODES, PYTHONS

_STEPS = "values([0].jobs)[].steps[]"

_LANGUAGES = {
    "python": (
        "python-version",
        PYTHONS,
        "actions/setup-python",
        "v6",
        ("pip install -r requirements.txt", "pip install -e .", "pip install -r dev.txt"),
        ("pytest", "pytest -q", "python -m unittest", "tox"),
    ),
    "node": (
        "node-version",
        NODES,
        "actions/setup-node",
        "v6",
        ("npm ci", "yarn install --frozen-lockfile", "npm install"),
        ("npm test", "npm run test:ci", "npx vitest run", "npx jest --ci"),
    ),
}


@dataclass(frozen=True, slots=True)
class Matrix:
    """Tests on several versions of a language."""

    name: str
    branch: str
    language: str
    versions: tuple[str, ...]
    install: str
    test: str
    timeout: int


def _sample_matrix(rng: Random) -> Matrix:
    language = rng.choice(("python", "node"))
    _, versions, _, _, installs, tests = _LANGUAGES[language]
    first = rng.randint(0, 2)
    return Matrix(
        name=rng.choice(("tests", "test", "ci", "unit-tests", "checks", "verify")),
        branch=rng.choice(BRANCHES),
        language=language,
        versions=versions[first : first + rng.randint(2, 3)],
        install=rng.choice(installs),
        test=rng.choice(tests),
        timeout=rng.choice((5, 10, 15, 20, 30, 45)),
    )


def _matrix_brief(s: Matrix) -> Brief:
    key, _, action, _, _, _ = _LANGUAGES[s.language]
    title = {"python": "Python", "node": "Node.js"}[s.language]
    return Brief(
        need(
            f"GitHub Actions workflow {lit(s.name)} that tests a {title} project",
            f"a GitHub Actions workflow named {lit(s.name)} that tests a {title} project on"
            f" several versions",
            f"a test workflow for GitHub Actions called {lit(s.name)} with a matrix of {title}"
            f" versions",
            pins=[
                documents("[0].name", s.name),
                documents(f"length({_STEPS}.uses | [?starts_with(@, '{action}@')]) > `0`"),
            ],
        ),
        (
            on_push(s.branch),
            reads_the_code(),
            one_job("test"),
            need(
                "also on every pull request",
                "It runs on pull requests, too",
                "Pull requests trigger it as well",
                pins=[documents("contains(keys([0].on), 'pull_request')")],
            ),
            need(
                f"matrix {key}: {lits(s.versions)}",
                f"The matrix has the {key} values {lits(s.versions)}",
                f"Test {title} {lits(s.versions)} (matrix key {key})",
                pins=[
                    documents(
                        f'map(&to_string(@), values([0].jobs)[].strategy.matrix."{key}"[])',
                        list(s.versions),
                    )
                ],
            ),
            need(
                f"install with {lit(s.install)}, test with {lit(s.test)}",
                f"Install by {lit(s.install)} and run {lit(s.test)}",
                f"The steps after the set-up are {lit(s.install)} and {lit(s.test)}",
                pins=[runs(f"{_STEPS}.run", s.install), runs(f"{_STEPS}.run", s.test)],
            ),
            need(
                f"job timeout {num(s.timeout)} minutes",
                f"A job may take {num(s.timeout)} minutes at most",
                f"Time a job out after {num(s.timeout)} minutes",
                pins=[documents('values([0].jobs)[]."timeout-minutes"', [s.timeout])],
            ),
        ),
    )


def _matrix_answer(s: Matrix) -> str:
    key, _, action, version, _, _ = _LANGUAGES[s.language]
    versions = ", ".join(f'"{each}"' for each in s.versions)
    return f"""\
name: {s.name}
on:
  push:
    branches: [{s.branch}]
  pull_request:
permissions:
  contents: read
jobs:
  test:
    runs-on: ubuntu-latest
    timeout-minutes: {s.timeout}
    strategy:
      matrix:
        {key}: [{versions}]
    steps:
      - uses: actions/checkout@v6
      - uses: {action}@{version}
        with:
          {key}: ${{{{ matrix.{key} }}}}
      - run: {s.install}
      - run: {s.test}
"""


MATRIX = Topic(
    name="test-matrix",
    format="github-actions",
    sample=_sample_matrix,
    brief=_matrix_brief,
    answer=_matrix_answer,
)


@dataclass(frozen=True, slots=True)
class Scheduled:
    """A command at a time of the day, with a secret in its environment."""

    name: str
    minute: int
    hour: int
    command: str
    secret: str
    runner: str
    timeout: int


def _sample_scheduled(rng: Random) -> Scheduled:
    purpose = rng.choice(("backup", "cleanup", "report", "sync", "audit", "refresh"))
    return Scheduled(
        name=f"{rng.choice(DOMAINS)}-{purpose}",
        minute=rng.choice((0, 5, 10, 15, 20, 30, 45)),
        hour=rng.randint(0, 23),
        command=f"./scripts/{purpose}.sh{rng.choice(('', ' --all', ' --dry-run', ' prod'))}",
        secret=rng.choice(
            ("API_TOKEN", "DB_PASSWORD", "SLACK_WEBHOOK", "DEPLOY_KEY", "SENTRY_DSN")
        ),
        runner=rng.choice(("ubuntu-latest", "ubuntu-24.04", "ubuntu-22.04")),
        timeout=rng.choice((5, 10, 15, 20, 30, 60)),
    )


def _secret(s: Scheduled) -> str:
    return f"${{{{ secrets.{s.secret} }}}}"


def _as_variable(s: Scheduled) -> str:
    return f'"{s.secret}":"{_secret(s)}"'


def _scheduled_brief(s: Scheduled) -> Brief:
    time, secret = lit(f"{s.hour:02}:{s.minute:02}"), lit(s.secret)
    return Brief(
        need(
            f"scheduled GitHub Actions workflow {lit(s.name)}",
            f"a scheduled GitHub Actions workflow named {lit(s.name)}",
            f"a GitHub Actions workflow called {lit(s.name)} that runs on a schedule",
            pins=[documents("[0].name", s.name)],
        ),
        (
            need(
                f"daily at {time} UTC, and by hand (workflow_dispatch)",
                f"It runs every day at {time} UTC and can be started by hand (workflow_dispatch)",
                f"Schedule it daily for {time} UTC and allow workflow_dispatch",
                pins=[
                    documents("[0].on.schedule[].cron", [f"{s.minute} {s.hour} * * *"]),
                    documents("contains(keys([0].on), 'workflow_dispatch')"),
                ],
            ),
            need(
                f"command {lit(s.command)} after checkout",
                f"Check the code out and run {lit(s.command)}",
                f"After the checkout it executes {lit(s.command)}",
                pins=[runs(f"{_STEPS}.run", s.command)],
            ),
            reads_the_code(),
            one_job("run"),
            need(
                f"environment variable {secret} from the secret of that name",
                f"The step gets the secret {secret} as an environment variable of that name",
                f"Pass the secret {secret} to it in the environment under the same name",
                pins=[documents(f"contains(to_string([0]), '{_as_variable(s)}')")],
            ),
            need(
                f"runner {lit(s.runner)}",
                f"The runner is {lit(s.runner)}",
                f"It runs on {lit(s.runner)}",
                pins=[documents('values([0].jobs)[]."runs-on"', [s.runner])],
            ),
            need(
                f"job timeout {num(s.timeout)} minutes",
                f"The job may take {num(s.timeout)} minutes",
                f"Its timeout is {num(s.timeout)} minutes",
                pins=[documents('values([0].jobs)[]."timeout-minutes"', [s.timeout])],
            ),
        ),
    )


def _scheduled_answer(s: Scheduled) -> str:
    return f"""\
name: {s.name}
on:
  schedule:
    - cron: "{s.minute} {s.hour} * * *"
  workflow_dispatch:
permissions:
  contents: read
jobs:
  run:
    runs-on: {s.runner}
    timeout-minutes: {s.timeout}
    steps:
      - uses: actions/checkout@v6
      - run: {s.command}
        env:
          {s.secret}: {_secret(s)}
"""


SCHEDULED = Topic(
    name="scheduled-job",
    format="github-actions",
    sample=_sample_scheduled,
    brief=_scheduled_brief,
    answer=_scheduled_answer,
)
