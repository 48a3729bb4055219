"""CircleCI: tests with a cache and a service beside them, and a release that a person approves."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, lits, need, num
from datagen.pins import documents, runs, word_in
from datagen.topic import Topic
from datagen.vocabulary import BRANCHES, ORGANISATIONS, service

_COMMANDS = "steps[].[run.command, run][] | [?type(@) == 'string']"


@dataclass(frozen=True, slots=True)
class CachedTest:
    """A job in a primary container with a database beside it."""

    job: str
    workflow: str
    image: str
    database: str
    lock: str
    cached: str
    install: str
    test: str
    size: str
    parallelism: int
    results: str


def _sample_cached(rng: Random) -> CachedTest:
    image, lock, cached, install, test = rng.choice(
        (
            ("python:3.12", "requirements.txt", "~/.cache/pip", "pip install -r requirements.txt",
             "pytest --junitxml=results/junit.xml"),
            ("python:3.13", "poetry.lock", "~/.cache/pypoetry", "poetry install",
             "poetry run pytest -q --junitxml=results/junit.xml"),
            ("node:20.18", "package-lock.json", "~/.npm", "npm ci", "npm test"),
            ("node:22.11", "yarn.lock", "~/.cache/yarn", "yarn install --immutable", "yarn test"),
            ("go:1.23", "go.sum", "~/go/pkg/mod", "go mod download", "go test ./..."),
            ("ruby:3.3", "Gemfile.lock", "vendor/bundle", "bundle install", "bundle exec rspec"),
        )
    )  # fmt: skip
    return CachedTest(
        job=rng.choice(("test", "unit", "tests", "verify", "check")),
        workflow=rng.choice(("ci", "main", "build", "pull-request", "quality")),
        image=f"cimg/{image}",
        database=rng.choice(("cimg/postgres:16.4", "cimg/postgres:15.8", "cimg/redis:7.2",
                             "cimg/mysql:8.0")),
        lock=lock,
        cached=cached,
        install=install,
        test=test,
        size=rng.choice(("small", "medium", "large", "xlarge")),
        parallelism=rng.randint(2, 6),
        results=rng.choice(("results", "test-results", "reports", "out/tests")),
    )  # fmt: skip


def _cached_brief(s: CachedTest) -> Brief:
    job = f'[0].jobs."{s.job}"'
    key = f'deps-{{{{ checksum "{s.lock}" }}}}'
    return Brief(
        need(
            f"CircleCI configuration with the workflow {lit(s.workflow)} of one job {lit(s.job)}",
            f"a CircleCI configuration (2.1) whose workflow {lit(s.workflow)} runs one job,"
            f" {lit(s.job)}",
            f"a .circleci/config.yml of version 2.1 with the job {lit(s.job)} in the workflow"
            f" {lit(s.workflow)}",
            pins=[
                documents("keys([0].jobs)", [s.job]),
                documents(f'[0].workflows."{s.workflow}".jobs', [s.job]),
            ],
        ),
        (
            need(
                f"runs in {lit(s.image)} with {lit(s.database)} beside it",
                f"The job runs in {lit(s.image)}; a second container is {lit(s.database)}",
                f"Use {lit(s.image)} as the primary image and {lit(s.database)} as the service"
                f" next to it",
                pins=[documents(f"{job}.docker[].image", [s.image, s.database])],
            ),
            need(
                f"resource class {lit(s.size)}, parallelism {num(s.parallelism)}",
                f"The resource class is {lit(s.size)} and the parallelism {num(s.parallelism)}",
                f"Run it {num(s.parallelism)} times in parallel on the resource class"
                f" {lit(s.size)}",
                pins=[
                    documents(f"{job}.resource_class", s.size),
                    documents(f"{job}.parallelism", s.parallelism),
                ],
            ),
            need(
                f"{lit(s.cached)} cached under {lit(key)}, restored before the installation",
                f"Cache {lit(s.cached)} under the key {lit(key)}, and restore it before"
                f" dependencies are installed",
                f"Dependencies in {lit(s.cached)} are restored and saved with the cache key"
                f" {lit(key)}",
                pins=[
                    documents(
                        f"{job}.steps[].restore_cache.[keys, key][][] | contains(@, '{key}')"
                    ),
                    documents(f"{job}.steps[].save_cache.key", [key]),
                    documents(f"{job}.steps[].save_cache.paths[]", [s.cached]),
                ],
            ),
            need(
                f"checkout, then {lit(s.install)} and {lit(s.test)}",
                f"Check out first; run {lit(s.install)}, then {lit(s.test)}",
                f"After the checkout it runs {lit(s.install)} and {lit(s.test)}",
                pins=[
                    documents(f"{job}.steps[0]", "checkout"),
                    runs(f"{job}.{_COMMANDS}", s.install),
                    runs(f"{job}.{_COMMANDS}", s.test),
                ],
            ),
            need(
                f"test results and artifacts from {lit(s.results)}",
                f"Store {lit(s.results)} both as test results and as artifacts",
                f"{lit(s.results)} is stored: as test results, and as artifacts",
                pins=[
                    documents(f"{job}.steps[].store_test_results.path", [s.results]),
                    documents(f"{job}.steps[].store_artifacts.path", [s.results]),
                ],
            ),
        ),
    )


def _cached_answer(s: CachedTest) -> str:
    return f"""\
version: 2.1

jobs:
  {s.job}:
    docker:
      - image: {s.image}
      - image: {s.database}
    resource_class: {s.size}
    parallelism: {s.parallelism}
    steps:
      - checkout
      - restore_cache:
          keys:
            - deps-{{{{ checksum "{s.lock}" }}}}
      - run: {s.install}
      - save_cache:
          key: deps-{{{{ checksum "{s.lock}" }}}}
          paths: [{s.cached}]
      - run: {s.test}
      - store_test_results:
          path: {s.results}
      - store_artifacts:
          path: {s.results}

workflows:
  {s.workflow}:
    jobs: [{s.job}]
"""


TEST = Topic(
    name="circleci-test",
    format="circleci",
    sample=_sample_cached,
    brief=_cached_brief,
    answer=_cached_answer,
)


@dataclass(frozen=True, slots=True)
class ApprovedRelease:
    """An image is built; once a person agrees, a branch's is deployed."""

    workflow: str
    executor: str
    image: str
    name: str
    hold: str
    deploy: str
    context: str
    branch: str
    script: str
    variable: tuple[str, str]
    tags: tuple[str, ...]


def _sample_release(rng: Random) -> ApprovedRelease:
    return ApprovedRelease(
        workflow=rng.choice(("release", "deliver", "ship", "deployment")),
        executor=rng.choice(("default", "docker", "base", "tools")),
        image=f"cimg/{rng.choice(('base:2024.10', 'deploy:2024.08', 'aws:2024.03', 'go:1.23'))}",
        name=f"{rng.choice(ORGANISATIONS)}/{service(rng)}",
        hold=rng.choice(("approve", "hold", "sign-off", "confirm")),
        deploy=rng.choice(("deploy", "rollout", "publish", "promote")),
        context=rng.choice(("production", "aws-prod", "live", "release-secrets")),
        branch=rng.choice(BRANCHES),
        script=rng.choice(("./deploy.sh", "make release", "./scripts/ship.sh", "./ci/rollout.sh")),
        variable=rng.choice(
            (("STAGE", "prod"), ("TARGET", "live"), ("APP_ENV", "production"), ("DRY_RUN", "no"))
        ),
        tags=tuple(
            sorted(rng.sample(("latest", "$CIRCLE_SHA1", "$CIRCLE_BUILD_NUM", "stable"), 2))
        ),
    )


def _release_brief(s: ApprovedRelease) -> Brief:
    job, deploy = "[0].jobs.build", f'[0].jobs."{s.deploy}"'
    jobs = f'[0].workflows."{s.workflow}".jobs'
    images = [f"{s.name}:{tag}" for tag in s.tags]
    key, value = s.variable

    def of(name: str) -> str:
        return f'({jobs}[]."{name}" | [0])'

    return Brief(
        need(
            f"CircleCI workflow {lit(s.workflow)}: {lit('build')}, approval {lit(s.hold)}, then"
            f" {lit(s.deploy)}",
            f"a CircleCI configuration (2.1) with the workflow {lit(s.workflow)}, in which"
            f" {lit('build')} is followed by the approval {lit(s.hold)} and that by"
            f" {lit(s.deploy)}",
            f"a .circleci/config.yml (2.1): the workflow {lit(s.workflow)} runs {lit('build')},"
            f" waits for the approval {lit(s.hold)}, and runs {lit(s.deploy)}",
            pins=[
                documents(f"{of(s.hold)}.type", "approval"),
                documents(f"{of(s.hold)}.requires", ["build"]),
                documents(f"{of(s.deploy)}.requires", [s.hold]),
            ],
        ),
        (
            need(
                f"executor {lit(s.executor)} with {lit(s.image)}, for both jobs",
                f"Both jobs use the executor {lit(s.executor)}, which has the image {lit(s.image)}",
                f"Declare an executor {lit(s.executor)} with {lit(s.image)}, and let both jobs use"
                f" it",
                pins=[
                    documents(f'[0].executors."{s.executor}".docker[0].image', s.image),
                    documents(f"{job}.executor.name || {job}.executor", s.executor),
                    documents(f"{deploy}.executor.name || {deploy}.executor", s.executor),
                ],
            ),
            need(
                f"{lit('build')}: checkout, setup_remote_docker, docker build and push of"
                f" {lits(images)}",
                f"{lit('build')} checks out, calls setup_remote_docker, and builds and pushes with"
                f" docker, tagged {lits(images)}",
                f"In {lit('build')}, after checkout and setup_remote_docker, docker build tags the"
                f" image {lits(images)}, and docker push uploads both",
                pins=[
                    documents(f"{job}.steps[0]", "checkout"),
                    documents(f"contains({job}.steps, 'setup_remote_docker')"),
                    *(
                        documents(
                            f"length({job}.{_COMMANDS} | [?contains(@, 'docker build')"
                            f" && {word_in('@', image)}]) > `0`"
                        )
                        for image in images
                    ),
                    *(
                        documents(
                            f"length({job}.{_COMMANDS} | [?contains(@, 'docker push')"
                            f" && {word_in('@', image)}]) > `0`"
                        )
                        for image in images
                    ),
                ],
            ),
            need(
                f"{lit(s.deploy)} runs {lit(s.script)} with {lit(f'{key}={value}')} after a"
                f" checkout",
                f"{lit(s.deploy)} checks out and runs {lit(s.script)}; its environment has"
                f" {lit(f'{key}={value}')}",
                f"The job {lit(s.deploy)} has {lit(f'{key}={value}')} in its environment, checks"
                f" out and runs {lit(s.script)}",
                pins=[
                    documents(f"{deploy}.steps[0]", "checkout"),
                    runs(f"{deploy}.{_COMMANDS}", s.script),
                    documents(f"{deploy}.environment.{key}", value),
                ],
            ),
            need(
                f"approval and {lit(s.deploy)} only on {lit(s.branch)}, {lit(s.deploy)} with the"
                f" context {lit(s.context)}",
                f"Only the branch {lit(s.branch)} gets to {lits((s.hold, s.deploy))};"
                f" {lit(s.deploy)} has the context {lit(s.context)}",
                f"Filter {lits((s.hold, s.deploy))} to the branch {lit(s.branch)}, and give"
                f" {lit(s.deploy)} the context {lit(s.context)}",
                pins=[
                    *(
                        documents(f"[{of(name)}.filters.branches.only][]", [s.branch])
                        for name in (s.hold, s.deploy)
                    ),
                    documents(f"[{of(s.deploy)}.context][]", [s.context]),
                ],
            ),
        ),
    )


def _release_answer(s: ApprovedRelease) -> str:
    tags = " ".join(f'-t "{s.name}:{tag}"' for tag in s.tags)
    key, value = s.variable
    filters = f"""\
          filters:
            branches:
              only: {s.branch}
"""
    return f"""\
version: 2.1

executors:
  {s.executor}:
    docker:
      - image: {s.image}

jobs:
  build:
    executor: {s.executor}
    steps:
      - checkout
      - setup_remote_docker
      - run: docker build {tags} .
      - run: docker push "{s.name}:{s.tags[0]}"
      - run: docker push "{s.name}:{s.tags[1]}"

  {s.deploy}:
    executor: {s.executor}
    environment:
      {key}: "{value}"
    steps:
      - checkout
      - run: {s.script}

workflows:
  {s.workflow}:
    jobs:
      - build
      - {s.hold}:
          type: approval
          requires: [build]
{filters}      - {s.deploy}:
          requires: [{s.hold}]
          context: [{s.context}]
{filters}"""


RELEASE = Topic(
    name="circleci-release",
    format="circleci",
    sample=_sample_release,
    brief=_release_brief,
    answer=_release_answer,
    bench_only=True,
)
