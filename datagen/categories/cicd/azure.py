"""Azure Pipelines: a matrix of tests, and an image that goes through environments."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, lits, need, num
from datagen.pins import documents, runs
from datagen.topic import Topic
from datagen.vocabulary import BRANCHES, ORGANISATIONS, PYTHONS, service

_POOLS = ("ubuntu-latest", "ubuntu-24.04", "ubuntu-22.04")


@dataclass(frozen=True, slots=True)
class MatrixTest:
    """Tests under several versions of Python, with their results published."""

    branches: tuple[str, ...]
    job: str
    pool: str
    versions: tuple[str, ...]
    parallel: int
    install: str
    folder: str
    results: str
    title: str
    timeout: int


def _sample_matrix(rng: Random) -> MatrixTest:
    versions = tuple(sorted(rng.sample(PYTHONS, rng.choice((2, 3)))))
    return MatrixTest(
        branches=tuple(sorted(rng.sample((*BRANCHES, "hotfix/*", "feature/*"), 2))),
        job=rng.choice(("test", "unit", "tests", "check", "verify")),
        pool=rng.choice(_POOLS),
        versions=versions,
        parallel=rng.choice((2, 3, 4, 5)),
        install=rng.choice(
            (
                "pip install -r requirements.txt",
                "pip install -e .[test]",
                "pip install -r dev-requirements.txt",
                "pip install poetry && poetry install",
            )
        ),
        folder=rng.choice(("tests", "tests/unit", "src/tests", "test")),
        results=rng.choice(("junit.xml", "results.xml", "out/tests.xml", "reports/junit.xml")),
        title=rng.choice(("Unit tests", "Test results", "Python tests", "Pytest")),
        timeout=rng.choice((10, 15, 20, 25, 30, 45)),
    )


def _entry(version: str) -> str:
    return f"py{version.replace('.', '')}"


def _matrix_brief(s: MatrixTest) -> Brief:
    job = "([0].jobs[0])"
    steps = f"({job}.steps)"
    entries = [_entry(version) for version in s.versions]
    command = f"pytest {s.folder} --junitxml={s.results}"
    publish = f"{steps} | [?task == 'PublishTestResults@2'] | [0]"
    return Brief(
        need(
            f"Azure pipeline with one job {lit(s.job)} that tests several versions of Python",
            f"an Azure Pipelines file (azure-pipelines.yml) whose one job {lit(s.job)} runs tests"
            f" under several versions of Python",
            f"an azure-pipelines.yml that tests a Python project in a matrix, in one job called"
            f" {lit(s.job)}",
            pins=[documents("[0].jobs[].job", [s.job])],
        ),
        (
            need(
                f"on pushes to {lits(s.branches)}",
                f"It runs on pushes to {lits(s.branches)}",
                f"Trigger it by {lits(s.branches)}",
                pins=[
                    documents("sort([0].trigger.branches.include || [0].trigger)", list(s.branches))
                ],
            ),
            need(
                f"image {lit(s.pool)}, timeout {num(s.timeout)} minutes",
                f"The job runs on {lit(s.pool)} (vmImage) for {num(s.timeout)} minutes at most",
                f"Use the vmImage {lit(s.pool)} and a timeout of {num(s.timeout)} minutes",
                pins=[
                    documents(f"{job}.pool.vmImage || [0].pool.vmImage", s.pool),
                    documents(f"{job}.timeoutInMinutes", s.timeout),
                ],
            ),
            need(
                f"matrix entries {lits(entries)} with the variable pythonVersion ="
                f" {lits(s.versions)}, {num(s.parallel)} at a time",
                f"Its matrix has the entries {lits(entries)}, whose variable pythonVersion is"
                f" {lits(s.versions)}; maxParallel is {num(s.parallel)}",
                f"Set pythonVersion to {lits(s.versions)} in the matrix entries {lits(entries)},"
                f" with at most {num(s.parallel)} in parallel",
                pins=[
                    *(
                        documents(f"{job}.strategy.matrix.{_entry(version)}.pythonVersion", version)
                        for version in s.versions
                    ),
                    documents(f"length({job}.strategy.matrix)", len(s.versions)),
                    documents(f"{job}.strategy.maxParallel", s.parallel),
                ],
            ),
            need(
                "UsePythonVersion@0 with that variable",
                "UsePythonVersion@0 takes the version from that variable: $(pythonVersion)",
                "Select $(pythonVersion) with the task UsePythonVersion@0",
                pins=[
                    documents(
                        f"{steps} | [?task == 'UsePythonVersion@0'] | [0].inputs.versionSpec",
                        "$(pythonVersion)",
                    )
                ],
            ),
            need(
                f"scripts {lit(s.install)}, then {lit(command)}",
                f"It runs {lit(s.install)} and then {lit(command)}",
                f"The scripts are {lit(s.install)} followed by {lit(command)}",
                pins=[
                    runs(f"{steps}[].[script, bash][]", s.install),
                    runs(f"{steps}[].[script, bash][]", command),
                ],
            ),
            need(
                f"PublishTestResults@2 with {lit(s.results)}, titled {lit(s.title)}, even after a"
                f" failure",
                f"PublishTestResults@2 publishes {lit(s.results)} (JUnit) as {lit(s.title)}, also"
                f" where tests failed: condition succeededOrFailed()",
                f"Publish {lit(s.results)} as JUnit with PublishTestResults@2, run title"
                f" {lit(s.title)}, on the condition succeededOrFailed()",
                pins=[
                    documents(f"{publish}.inputs.testResultsFiles", s.results),
                    documents(f"{publish}.inputs.testRunTitle", s.title),
                    documents(
                        f"{publish} | task != null"
                        " && (inputs.testResultsFormat || 'JUnit') == 'JUnit'"
                    ),
                    documents(
                        f"{publish}.condition | @ == 'succeededOrFailed()' || @ == 'always()'"
                    ),
                ],
            ),
        ),
    )


def _matrix_answer(s: MatrixTest) -> str:
    entries = "\n".join(
        f'        {_entry(version)}:\n          pythonVersion: "{version}"'
        for version in s.versions
    )
    branches = "\n".join(f"      - {branch}" for branch in s.branches)
    return f"""\
trigger:
  branches:
    include:
{branches}

jobs:
  - job: {s.job}
    timeoutInMinutes: {s.timeout}
    pool:
      vmImage: {s.pool}
    strategy:
      maxParallel: {s.parallel}
      matrix:
{entries}
    steps:
      - task: UsePythonVersion@0
        inputs:
          versionSpec: $(pythonVersion)
      - script: {s.install}
      - script: pytest {s.folder} --junitxml={s.results}
      - task: PublishTestResults@2
        condition: succeededOrFailed()
        inputs:
          testResultsFormat: JUnit
          testResultsFiles: {s.results}
          testRunTitle: {s.title}
"""


MATRIX = Topic(
    name="azure-matrix",
    format="azure-pipelines",
    sample=_sample_matrix,
    brief=_matrix_brief,
    answer=_matrix_answer,
)


@dataclass(frozen=True, slots=True)
class StagedDelivery:
    """An image is built, then rolled out to one environment after the other."""

    branch: str
    repository: str
    connection: str
    dockerfile: str
    pool: str
    first: str
    second: str
    script: str
    timeout: int


def _sample_staged(rng: Random) -> StagedDelivery:
    name = service(rng)
    first, second = rng.choice(
        (("staging", "production"), ("test", "prod"), ("dev", "live"), ("qa", "production"))
    )
    return StagedDelivery(
        branch=rng.choice(BRANCHES),
        repository=f"{rng.choice(ORGANISATIONS)}/{name}",
        connection=rng.choice(("registry", "acr", "container-registry", "docker-hub", "images")),
        dockerfile=rng.choice(("Dockerfile", "docker/Dockerfile", "build/app.Dockerfile")),
        pool=rng.choice(_POOLS),
        first=f"{name.partition('-')[0]}-{first}",
        second=f"{name.partition('-')[0]}-{second}",
        script=rng.choice(
            ("./deploy.sh", "./scripts/rollout.sh", "make deploy", "./ci/release.sh")
        ),
        timeout=rng.choice((10, 15, 20, 30, 40)),
    )


def _staged_brief(s: StagedDelivery) -> Brief:
    build = "[0].stages[?stage == 'Build'] | [0]"
    push = f"({build}).jobs[0].steps | [?task == 'Docker@2'] | [0]"

    def deployment(stage: str) -> str:
        return f"([0].stages[?stage == '{stage}'] | [0]).jobs[0]"

    return Brief(
        need(
            f"Azure pipeline with the stages {lits(('Build', 'First', 'Second'))}",
            f"an Azure Pipelines file with the stages {lits(('Build', 'First', 'Second'))} that"
            f" delivers an image",
            f"an azure-pipelines.yml that builds an image and rolls it out, in the stages"
            f" {lits(('Build', 'First', 'Second'))}",
            pins=[documents("[0].stages[].stage", ["Build", "First", "Second"])],
        ),
        (
            need(
                f"on pushes to {lit(s.branch)}, on {lit(s.pool)}",
                f"It runs on pushes to {lit(s.branch)}, with the vmImage {lit(s.pool)} for all"
                f" jobs",
                f"Pushes to {lit(s.branch)} trigger it; the pool of the pipeline is {lit(s.pool)}",
                pins=[
                    documents("[0].trigger.branches.include || [0].trigger", [s.branch]),
                    documents("[0].pool.vmImage", s.pool),
                ],
            ),
            need(
                f"Docker@2 builds and pushes {lit(s.repository)} from {lit(s.dockerfile)} with the"
                f" service connection {lit(s.connection)}, tag $(Build.BuildId)",
                f"{lit('Build')} runs Docker@2 with buildAndPush: repository {lit(s.repository)},"
                f" {lit(s.dockerfile)}, service connection {lit(s.connection)}, tag"
                f" $(Build.BuildId)",
                f"Build and push (Docker@2, buildAndPush) {lit(s.repository)} from"
                f" {lit(s.dockerfile)} through the service connection {lit(s.connection)}, tagged"
                f" $(Build.BuildId)",
                pins=[
                    documents(f"{push}.inputs.{key}", value)
                    for key, value in (
                        ("command", "buildAndPush"),
                        ("repository", s.repository),
                        ("containerRegistry", s.connection),
                        ("tags", "$(Build.BuildId)"),
                    )
                ]
                + [
                    documents(
                        f"{push}.inputs.[dockerfile, Dockerfile][] | [?ends_with(@,"
                        f" '{s.dockerfile}')] | length(@) == `1`"
                    )
                ],
            ),
            need(
                f"{lit('First')} waits for {lit('Build')} and deploys to the environment"
                f" {lit(s.first)}",
                f"{lit('First')} depends on {lit('Build')} and is a deployment to the environment"
                f" {lit(s.first)}",
                f"After {lit('Build')}, {lit('First')} deploys to the environment {lit(s.first)}",
                pins=[
                    documents("[0].stages[1].dependsOn", "Build"),
                    documents(f"{deployment('First')}.environment", s.first),
                ],
            ),
            need(
                f"{lit('Second')} waits for {lit('First')} and deploys to {lit(s.second)}, only"
                f" when it succeeded and the branch is {lit(f'refs/heads/{s.branch}')}",
                f"{lit('Second')} depends on {lit('First')} and deploys to the environment"
                f" {lit(s.second)}, on the condition that all before succeeded and"
                f" Build.SourceBranch is {lit(f'refs/heads/{s.branch}')}",
                f"{lit('Second')}, after {lit('First')}, deploys to {lit(s.second)} where that"
                f" succeeded and Build.SourceBranch is {lit(f'refs/heads/{s.branch}')}",
                pins=[
                    documents("[0].stages[2].dependsOn", "First"),
                    documents(f"{deployment('Second')}.environment", s.second),
                    documents(
                        "[0].stages[2].condition | contains(@, 'succeeded()') && contains(@,"
                        f" 'refs/heads/{s.branch}\\'') && contains(@, 'Build.SourceBranch')"
                        " && contains(@, 'and(') && contains(@, 'eq(')"
                    ),
                ],
            ),
            need(
                "a deployment checks the repository out first",
                "A deployment begins with checkout: self, for it gets no code by itself",
                "Check the repository out (checkout: self) at the beginning of each deployment",
                pins=[
                    documents(
                        f"{deployment(stage)}.strategy.runOnce.deploy.steps[0].checkout", "self"
                    )
                    for stage in ("First", "Second")
                ],
            ),
            need(
                f"both deployments run {lit(s.script)} with their environment's name, by runOnce,"
                f" {num(s.timeout)} minutes at most",
                f"A deployment runs once (runOnce): {lit(s.script)} with the name of its"
                f" environment as the argument, for {num(s.timeout)} minutes at most",
                f"Both are runOnce deployments with a timeout of {num(s.timeout)} minutes that run"
                f" {lit(s.script)} followed by their environment's name",
                pins=[
                    *(
                        runs(
                            f"{deployment(stage)}.strategy.runOnce.deploy.steps[].[script, bash][]",
                            f"{s.script} {environment}",
                        )
                        for stage, environment in (("First", s.first), ("Second", s.second))
                    ),
                    documents("[0].stages[1:].jobs[].timeoutInMinutes", [s.timeout, s.timeout]),
                ],
            ),
        ),
    )


def _staged_answer(s: StagedDelivery) -> str:
    def deployment(environment: str) -> str:
        return f"""\
      - deployment: rollout
        timeoutInMinutes: {s.timeout}
        environment: {environment}
        strategy:
          runOnce:
            deploy:
              steps:
                - checkout: self
                - script: {s.script} {environment}
"""

    return f"""\
trigger:
  branches:
    include: [{s.branch}]

pool:
  vmImage: {s.pool}

stages:
  - stage: Build
    jobs:
      - job: publish
        steps:
          - task: Docker@2
            inputs:
              command: buildAndPush
              containerRegistry: {s.connection}
              repository: {s.repository}
              dockerfile: {s.dockerfile}
              tags: $(Build.BuildId)

  - stage: First
    dependsOn: Build
    jobs:
{deployment(s.first)}
  - stage: Second
    dependsOn: First
    condition: and(succeeded(), eq(variables['Build.SourceBranch'], 'refs/heads/{s.branch}'))
    jobs:
{deployment(s.second)}"""


STAGES = Topic(
    name="azure-stages",
    format="azure-pipelines",
    sample=_sample_staged,
    brief=_staged_brief,
    answer=_staged_answer,
    bench_only=True,
)
