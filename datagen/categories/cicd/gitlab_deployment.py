"""GitLab CI: a build, then a deployment that somebody starts."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, lits, need
from datagen.pins import documents, runs
from datagen.topic import Topic
from datagen.vocabulary import DOMAINS


@dataclass(frozen=True, slots=True)
class Deploy:
    """A build, then a deployment that somebody starts."""

    build: str
    paths: tuple[str, ...]
    image: str
    environment: str
    url: str
    script: str


def _sample_deploy(rng: Random) -> Deploy:
    environment = rng.choice(("production", "staging", "preview", "live"))
    return Deploy(
        build=rng.choice(("make build", "npm run build", "./gradlew build", "hugo --minify")),
        paths=rng.choice((("dist/",), ("build/",), ("public/",), ("dist/", "docs/"))),
        image=rng.choice(("alpine:3.20", "alpine:3.21", "debian:12-slim", "ubuntu:24.04")),
        environment=environment,
        url=f"https://{rng.choice(DOMAINS)}.example.com",
        script=f"./{rng.choice(('deploy.sh', 'ci/deploy.sh', 'bin/release', 'scripts/ship.sh'))}",
    )


def _deploy_brief(s: Deploy) -> Brief:
    return Brief(
        need(
            "GitLab CI pipeline with the stages build and deploy and one job of each name",
            "a GitLab CI pipeline with the stages build and deploy, and one job named like each",
            "a .gitlab-ci.yml with two stages, build and deploy, and the jobs build and deploy",
            pins=[
                documents("[0].stages", ["build", "deploy"]),
                documents("[0].build.stage", "build"),
                documents("[0].deploy.stage", "deploy"),
            ],
        ),
        (
            need(
                f"default image {lit(s.image)}",
                f"The default image of all jobs is {lit(s.image)}",
                f"Set {lit(s.image)} as the default image",
                pins=[documents("[0].default.image || [0].image", s.image)],
            ),
            need(
                f"build runs {lit(s.build)} and keeps {lits(s.paths)}",
                f"The build job runs {lit(s.build)} and keeps {lits(s.paths)} as artifacts",
                f"build: {lit(s.build)}, with the artifact paths {lits(s.paths)}",
                pins=[
                    runs("[0].build.script", s.build),
                    documents("[0].build.artifacts.paths", list(s.paths)),
                ],
            ),
            need(
                f"deploy runs {lit(s.script)} by hand (when: manual)",
                f"The deploy job runs {lit(s.script)} and is started by hand (when: manual)",
                f"deploy: {lit(s.script)}, manual",
                pins=[
                    runs("[0].deploy.script", s.script),
                    documents("[0].deploy.when || [0].deploy.rules[0].when", "manual"),
                ],
            ),
            need(
                f"environment {lit(s.environment)} with URL {lit(s.url)}",
                f"It deploys to the environment {lit(s.environment)}, whose URL is {lit(s.url)}",
                f"The deployment's environment is {lit(s.environment)} at {lit(s.url)}",
                pins=[
                    documents("[0].deploy.environment.name", s.environment),
                    documents("[0].deploy.environment.url", s.url),
                ],
            ),
        ),
    )


def _deploy_answer(s: Deploy) -> str:
    return f"""\
stages: [build, deploy]

default:
  image: {s.image}

build:
  stage: build
  script:
    - {s.build}
  artifacts:
    paths: [{", ".join(s.paths)}]

deploy:
  stage: deploy
  when: manual
  environment:
    name: {s.environment}
    url: {s.url}
  script:
    - {s.script}
"""


TOPIC = Topic(
    name="gitlab-deploy",
    format="gitlab-ci",
    sample=_sample_deploy,
    brief=_deploy_brief,
    answer=_deploy_answer,
)
