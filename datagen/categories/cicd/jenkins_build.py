"""Jenkins: a build in a container."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, lits, need, num
from datagen.categories.cicd.jenkins_pieces import option, runs, stage, step
from datagen.pins import ast
from datagen.topic import Topic
from datagen.vocabulary import DOMAINS, ORGANISATIONS


@dataclass(frozen=True, slots=True)
class ContainerBuild:
    """Build and test in one image, keep what came out, tell who asked."""

    image: str
    build: str
    test: str
    reports: str
    artifacts: str
    hours: int
    kept: int
    hour: int
    variable: tuple[str, str]
    mailbox: str


def _sample_build(rng: Random) -> ContainerBuild:
    image, build, test, reports, artifacts = rng.choice(
        (
            ("maven:3.9-eclipse-temurin-21", "mvn -B -DskipTests package", "mvn -B verify",
             "target/surefire-reports/*.xml", "target/*.jar"),
            ("gradle:8.10-jdk17", "gradle assemble", "gradle check",
             "build/test-results/**/*.xml", "build/libs/*.jar"),
            ("node:22", "npm ci", "npm run test:ci", "reports/junit.xml", "dist/**"),
            ("python:3.12", "pip install -e .[test]", "pytest --junitxml=out/junit.xml",
             "out/junit.xml", "out/**"),
            ("golang:1.23", "make build", "make test", "out/report.xml", "bin/*"),
        )
    )  # fmt: skip
    return ContainerBuild(
        image=image,
        build=build,
        test=test,
        reports=reports,
        artifacts=artifacts,
        hours=rng.randint(2, 6),
        kept=rng.choice((10, 15, 20, 25, 30, 50)),
        hour=rng.randint(0, 23),
        variable=rng.choice(
            (("CI", "true"), ("LOG_LEVEL", "debug"), ("STAGE", "ci"), ("REGION", "eu"))
        ),
        mailbox=f"{rng.choice(DOMAINS)}@{rng.choice(ORGANISATIONS)}.com",
    )


def _build_brief(s: ContainerBuild) -> Brief:
    key, value = s.variable
    return Brief(
        need(
            f"declarative Jenkinsfile with the stages {lits(('Build', 'Test'))} in {lit(s.image)}",
            f"a declarative Jenkinsfile that runs the stages {lits(('Build', 'Test'))} in the"
            f" Docker image {lit(s.image)}",
            f"a Jenkinsfile (declarative) with a Docker agent of {lit(s.image)} and the stages"
            f" {lits(('Build', 'Test'))}",
            pins=[
                ast("agent.type", "docker"),
                ast("agent.arguments.image || agent.arguments.value", s.image),
                ast("stages[].name", ["Build", "Test"]),
            ],
        ),
        (
            need(
                f"{lit('Build')} runs {lit(s.build)}, {lit('Test')} runs {lit(s.test)}",
                f"{lit('Build')} is {lit(s.build)} and {lit('Test')} is {lit(s.test)}",
                f"Run {lit(s.build)} in {lit('Build')} and {lit(s.test)} in {lit('Test')}",
                pins=[runs(stage("Build"), s.build), runs(stage("Test"), s.test)],
            ),
            need(
                f"JUnit reports {lit(s.reports)} after {lit('Test')}, always",
                f"After {lit('Test')}, whatever came of it, publish {lit(s.reports)} with junit",
                f"The stage {lit('Test')} always ends with junit {lit(s.reports)}",
                pins=[step(f"{stage('Test')}.post.always", "junit", "testResults", s.reports)],
            ),
            need(
                f"archives {lit(s.artifacts)} with fingerprints on success",
                f"On success the pipeline archives {lit(s.artifacts)} with fingerprints",
                f"archiveArtifacts keeps {lit(s.artifacts)}, fingerprinted, once all succeeded",
                pins=[
                    step("post.success", "archiveArtifacts", "artifacts", s.artifacts),
                    ast(
                        "post.success[?name=='archiveArtifacts'] | [0].arguments.fingerprint", True
                    ),
                ],
            ),
            need(
                f"mail to {lit(s.mailbox)} on failure",
                f"On failure it mails {lit(s.mailbox)}",
                f"Mail {lit(s.mailbox)} when it failed",
                pins=[step("post.failure", "mail", "to", s.mailbox)],
            ),
            need(
                f"timeout {num(s.hours)} hours, {num(s.kept)} builds kept, no concurrent builds",
                f"It may take {num(s.hours)} hours, keeps {num(s.kept)} builds (buildDiscarder)"
                f" and never runs concurrently",
                f"Options: a timeout of {num(s.hours)} hours, disableConcurrentBuilds, and the"
                f" last {num(s.kept)} builds kept by logRotator",
                pins=[
                    option("timeout", ("time", s.hours), ("unit", "HOURS")),
                    option("disableConcurrentBuilds"),
                    ast(
                        "options[?name=='buildDiscarder'] | [0] | to_string(@) | contains(@,"
                        f" 'numToKeepStr') && contains(@, '\"{s.kept}\"')"
                    ),
                ],
            ),
            need(
                f"every day in the hour {num(s.hour)} (cron with H)",
                f"A cron trigger starts it every day in the hour {num(s.hour)}, at a minute that"
                f" Jenkins chooses (H)",
                f"Start it daily in the hour {num(s.hour)} by cron; leave the minute to Jenkins"
                f" (H)",
                pins=[ast("triggers[?name=='cron'] | [0].arguments.value", f"H {s.hour} * * *")],
            ),
            need(
                f"environment {lit(f'{key}={value}')}",
                f"Set {lit(f'{key}={value}')} in the pipeline's environment",
                f"All stages see {lit(f'{key}={value}')}",
                pins=[ast(f"environment.{key}", value)],
            ),
        ),
    )


def _build_answer(s: ContainerBuild) -> str:
    key, value = s.variable
    return f"""\
pipeline {{
    agent {{
        docker {{ image '{s.image}' }}
    }}
    triggers {{
        cron('H {s.hour} * * *')
    }}
    options {{
        timeout(time: {s.hours}, unit: 'HOURS')
        disableConcurrentBuilds()
        buildDiscarder(logRotator(numToKeepStr: '{s.kept}'))
    }}
    environment {{
        {key} = '{value}'
    }}
    stages {{
        stage('Build') {{
            steps {{
                sh '{s.build}'
            }}
        }}
        stage('Test') {{
            steps {{
                sh '{s.test}'
            }}
            post {{
                always {{
                    junit '{s.reports}'
                }}
            }}
        }}
    }}
    post {{
        success {{
            archiveArtifacts artifacts: '{s.artifacts}', fingerprint: true
        }}
        failure {{
            mail to: '{s.mailbox}',
                 subject: "Failed: ${{currentBuild.fullDisplayName}}",
                 body: "See ${{env.BUILD_URL}}"
        }}
    }}
}}
"""


BUILD = Topic(
    name="jenkins-build",
    format="jenkinsfile",
    sample=_sample_build,
    brief=_build_brief,
    answer=_build_answer,
)
