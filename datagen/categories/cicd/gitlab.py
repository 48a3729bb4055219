"""GitLab CI: tests with a cache, and an image built with Docker."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, need
from datagen.pins import documents, raw, runs
from datagen.topic import Topic
from datagen.vocabulary import BRANCHES, NODES, PYTHONS


@dataclass(frozen=True, slots=True)
class Test:
    """A test job with an image, a cache and a report."""

    job: str
    image: str
    install: str
    test: str
    cache: str
    report: str
    expiry: str
    timeout: int


def _sample_test(rng: Random) -> Test:
    install, test, image, cache = rng.choice(
        (
            (
                "pip install -r requirements.txt",
                "pytest --junitxml=",
                f"python:{rng.choice(PYTHONS)}-slim",
                ".cache/pip",
            ),
            (
                "npm ci",
                "npm test -- --output=",
                f"node:{rng.choice(NODES)}-alpine",
                "node_modules",
            ),
        )
    )
    report = rng.choice(("report.xml", "junit.xml", "out/junit.xml", "results/tests.xml"))
    return Test(
        job=rng.choice(("test", "unit-tests", "unit", "tests", "check")),
        image=image,
        install=install,
        test=f"{test}{report}",
        cache=cache,
        report=report,
        expiry=rng.choice(("1 day", "3 days", "1 week", "2 weeks", "30 days")),
        timeout=rng.choice((5, 10, 15, 20, 30, 45, 60)),
    )


def _test_brief(s: Test) -> Brief:
    job = f'[0]."{s.job}"'
    return Brief(
        need(
            f"GitLab CI pipeline with the stage test and the job {lit(s.job)}",
            f"a GitLab CI pipeline with one stage, test, and the job {lit(s.job)} in it",
            f"a .gitlab-ci.yml whose only stage is test, with a job called {lit(s.job)}",
            pins=[documents("[0].stages", ["test"]), documents(f"{job}.stage", "test")],
        ),
        (
            need(
                f"image {lit(s.image)}",
                f"The job's image is {lit(s.image)}",
                f"It runs in {lit(s.image)}",
                pins=[documents(f"{job}.image.name || {job}.image || [0].image", s.image)],
            ),
            need(
                f"script: {lit(s.install)}, then {lit(s.test)}",
                f"The script is {lit(s.install)} followed by {lit(s.test)}",
                f"It runs {lit(s.install)} and then {lit(s.test)}",
                pins=[runs(f"{job}.script", s.install), runs(f"{job}.script", s.test)],
            ),
            need(
                f"cache {lit(s.cache)}",
                f"Cache the path {lit(s.cache)}",
                f"Its cache keeps {lit(s.cache)}",
                pins=[documents(f"contains({job}.cache.paths, '{s.cache}')")],
            ),
            need(
                f"timeout {s.timeout} minutes",
                f"The job's timeout is {s.timeout} minutes",
                f"Stop the job after {s.timeout} minutes (timeout: {s.timeout} minutes)",
                pins=[
                    documents(
                        f"{job}.timeout == '{s.timeout} minutes'"
                        f" || {job}.timeout == '{s.timeout}m'"
                        f" || {job}.timeout == '{s.timeout}min'"
                    )
                ],
            ),
            need(
                f"JUnit report {lit(s.report)}, kept for {lit(s.expiry)}",
                f"Report {lit(s.report)} as JUnit and let the artifacts expire in {lit(s.expiry)}",
                f"The JUnit report is {lit(s.report)}; artifacts expire in {lit(s.expiry)}",
                pins=[
                    documents(f"[{job}.artifacts.reports.junit][]", [s.report]),
                    documents(f"{job}.artifacts.expire_in", s.expiry),
                ],
            ),
        ),
    )


def _test_answer(s: Test) -> str:
    return f"""\
stages: [test]

{s.job}:
  stage: test
  image: {s.image}
  timeout: {s.timeout} minutes
  cache:
    paths: [{s.cache}]
  script:
    - {s.install}
    - {s.test}
  artifacts:
    expire_in: {s.expiry}
    reports:
      junit: {s.report}
"""


TEST = Topic(
    name="gitlab-test",
    format="gitlab-ci",
    sample=_sample_test,
    brief=_test_brief,
    answer=_test_answer,
)


@dataclass(frozen=True, slots=True)
class Image:
    """An image that Docker-in-Docker builds on one branch."""

    job: str
    docker: str
    branch: str
    dockerfile: str
    tag: str
    retries: int


def _sample_image(rng: Random) -> Image:
    return Image(
        job=rng.choice(("build-image", "package", "docker-build", "build", "container")),
        docker=rng.choice(("26.1", "27.0", "27.2", "27.3", "28.0")),
        branch=rng.choice(BRANCHES),
        dockerfile=rng.choice(("Dockerfile", "docker/Dockerfile", "ci.Dockerfile")),
        tag=rng.choice(("latest", "$CI_COMMIT_SHORT_SHA", "$CI_COMMIT_REF_SLUG", "stable")),
        retries=rng.randint(1, 2),
    )


def _image_commands(s: Image) -> tuple[str, str, str]:
    image = f"$CI_REGISTRY_IMAGE:{s.tag}"
    return (
        'echo "$CI_REGISTRY_PASSWORD" | docker login -u "$CI_REGISTRY_USER" --password-stdin'
        ' "$CI_REGISTRY"',
        f'docker build -f {s.dockerfile} -t "{image}" .',
        f'docker push "{image}"',
    )


def _has_word(word: str) -> str:
    """Expression: a command has a word, bare or in quotes."""
    quoted, inside, last = raw(f'"{word}"'), raw(f"{word} "), raw(word)
    return f"(contains(@, {quoted}) || contains(@, {inside}) || ends_with(@, {last}))"


def _image_brief(s: Image) -> Brief:
    job = f'[0]."{s.job}"'
    image, docker = lit(f"$CI_REGISTRY_IMAGE:{s.tag}"), lit(f"docker:{s.docker}")
    script = f"join(' ', {job}.script)"
    return Brief(
        need(
            f"GitLab CI job {lit(s.job)} that logs in, builds and pushes an image in the only"
            f" stage, build",
            f"a GitLab CI pipeline with one stage, build, and a job {lit(s.job)} in it that logs"
            f" in to the registry, builds and pushes a Docker image",
            f"a .gitlab-ci.yml whose only stage is build, in which the job {lit(s.job)} logs in,"
            f" builds an image and pushes it",
            pins=[
                documents(f"{job}.stage", "build"),
                documents("[0].stages", ["build"]),
                documents(f"contains({script}, 'docker build ')"),
                documents(f"contains({script}, 'docker login ')"),
            ],
        ),
        (
            need(
                f"image {docker} with the service docker:{s.docker}-dind",
                f"It runs in {docker} beside the service docker:{s.docker}-dind",
                f"Use the image {docker} and docker:{s.docker}-dind as a service",
                pins=[
                    documents(f"{job}.image.name || {job}.image", f"docker:{s.docker}"),
                    documents(
                        f"[{job}.services[0].name, {job}.services[0]] | [?@] | [0]",
                        f"docker:{s.docker}-dind",
                    ),
                ],
            ),
            need(
                f"Dockerfile {lit(s.dockerfile)}",
                f"Build from {lit(s.dockerfile)} (docker build -f)",
                f"docker build gets {lit(s.dockerfile)} with -f",
                pins=[documents(f"contains({script}, '-f {s.dockerfile} ')")],
            ),
            need(
                f"tag {image}, pushed",
                f"Tag the image {image} and push that tag",
                f"It is tagged and pushed as {image}",
                pins=[
                    documents(
                        f"length({job}.script[] | [?contains(@, 'docker {verb}')"
                        f" && {_has_word(f'$CI_REGISTRY_IMAGE:{s.tag}')}]) > `0`"
                    )
                    for verb in ("build", "push")
                ],
            ),
            need(
                f"only on the branch {lit(s.branch)} (rules)",
                f"A rule restricts it to the branch {lit(s.branch)}",
                f"It runs for the branch {lit(s.branch)} only, by rules on $CI_COMMIT_BRANCH",
                pins=[
                    documents(f"{job}.rules[].if", [f'$CI_COMMIT_BRANCH == "{s.branch}"']),
                ],
            ),
            need(
                f"retry: {s.retries}",
                f"Set retry to {s.retries}",
                f"Failed jobs are tried again, with retry {s.retries}",
                pins=[documents(f"{job}.retry.max || {job}.retry", s.retries)],
            ),
        ),
    )


def _image_answer(s: Image) -> str:
    login, build, push = _image_commands(s)
    return f"""\
stages: [build]

{s.job}:
  stage: build
  image: docker:{s.docker}
  services: [docker:{s.docker}-dind]
  retry: {s.retries}
  rules:
    - if: $CI_COMMIT_BRANCH == "{s.branch}"
  script:
    - {login}
    - {build}
    - {push}
"""


IMAGE = Topic(
    name="gitlab-image",
    format="gitlab-ci",
    sample=_sample_image,
    brief=_image_brief,
    answer=_image_answer,
)
