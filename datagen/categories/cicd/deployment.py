"""GitHub Actions that deploy: one environment after the other."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, need
from datagen.needs import on_push, reads_the_code, workflow
from datagen.pins import documents, runs
from datagen.topic import Topic
from datagen.vocabulary import BRANCHES, service


@dataclass(frozen=True, slots=True)
class StagedDeploy:
    """Two environments, one after the other, with one script."""

    name: str
    branch: str
    first: str
    second: str
    script: str
    group: str


def _sample_deploy(rng: Random) -> StagedDeploy:
    return StagedDeploy(
        name=rng.choice(("deploy", "delivery", "rollout", "cd", "ship")),
        branch=rng.choice(BRANCHES),
        first=rng.choice(("staging", "test", "qa", "preview", "dev")),
        second=rng.choice(("production", "prod", "live")),
        script=rng.choice(("./deploy.sh", "./scripts/deploy.sh", "make deploy", "bin/deploy")),
        group=f"{rng.choice(('deploy', 'rollout', 'release'))}-{service(rng)}",
    )


def _deploy_brief(s: StagedDeploy) -> Brief:
    first, second = lit(s.first), lit(s.second)
    return Brief(
        workflow(s.name, f"deploys to {first}, then to {second}"),
        (
            on_push(s.branch),
            reads_the_code(),
            need(
                f"jobs {first} and {second}, each with the environment of its name",
                f"There are two jobs, {first} and {second}, each in the GitHub environment of the"
                f" same name",
                f"The job {first} uses the environment {first}, the job {second} the environment"
                f" {second}",
                pins=[
                    documents(
                        f'[0].jobs."{name}".environment.name || [0].jobs."{name}".environment',
                        name,
                    )
                    for name in (s.first, s.second)
                ],
            ),
            need(
                f"{second} needs {first}",
                f"{second} starts only when {first} has succeeded (needs)",
                f"The job {second} needs the job {first}",
                pins=[documents(f'[[0].jobs."{s.second}".needs][]', [s.first])],
            ),
            need(
                f"each runs {lit(s.script)} with the environment's name as argument",
                f"Both call {lit(s.script)} with the name of the environment as its argument",
                pins=[
                    runs(f'[0].jobs."{name}".steps[].run', f"{s.script} {name}")
                    for name in (s.first, s.second)
                ],
            ),
            need(
                f"concurrency group {lit(s.group)}, runs in progress are not cancelled",
                f"The concurrency group is {lit(s.group)} and cancel-in-progress is false",
                f"Use the concurrency group {lit(s.group)} without cancelling runs in progress"
                f" (cancel-in-progress: false)",
                pins=[
                    documents("[0].concurrency.group", s.group),
                    documents('[0].concurrency."cancel-in-progress"', False),
                ],
            ),
        ),
    )


def _deploy_answer(s: StagedDeploy) -> str:
    return f"""\
name: {s.name}
on:
  push:
    branches: [{s.branch}]
permissions:
  contents: read
concurrency:
  group: {s.group}
  cancel-in-progress: false
jobs:
  {s.first}:
    runs-on: ubuntu-latest
    environment: {s.first}
    steps:
      - uses: actions/checkout@v6
      - run: {s.script} {s.first}
  {s.second}:
    needs: {s.first}
    runs-on: ubuntu-latest
    environment: {s.second}
    steps:
      - uses: actions/checkout@v6
      - run: {s.script} {s.second}
"""


TOPIC = Topic(
    name="deploy-environments",
    format="github-actions",
    sample=_sample_deploy,
    brief=_deploy_brief,
    answer=_deploy_answer,
)
