"""Jenkins: a build in a container, tests side by side, a release that somebody starts."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, lits, need, num
from datagen.pins import ast, raw
from datagen.topic import Topic
from datagen.vocabulary import BRANCHES, DOMAINS, ORGANISATIONS, service
from rewardsvc.types import Check


def _stage(name: str) -> str:
    return f"(stages[?name=='{name}'] | [0])"


def _runs(stage: str, command: str) -> Check:
    """A stage has a step ``sh`` with that script."""
    steps = f"{stage}.steps[?name=='sh'].arguments.script"
    return ast(f"length({steps} | [?@ == {raw(command)}]) > `0`")


def _option(name: str, *arguments: tuple[str, str | int | bool]) -> Check:
    """The pipeline has an option with these arguments."""
    conditions = [f"name=='{name}'"]
    for key, value in arguments:
        said = raw(value) if isinstance(value, str) else f"`{str(value).lower()}`"
        conditions.append(f"arguments.{key} == {said}")
    return ast(f"length(options[?{' && '.join(conditions)}]) > `0`")


def _step(steps: str, name: str, argument: str, value: str) -> Check:
    """Among steps is one of a name with an argument."""
    found = f"{steps}[?name=='{name}' && arguments.{argument} == {raw(value)}]"
    return ast(f"length({found} || `[]`) > `0`")


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
                pins=[_runs(_stage("Build"), s.build), _runs(_stage("Test"), s.test)],
            ),
            need(
                f"JUnit reports {lit(s.reports)} after {lit('Test')}, always",
                f"After {lit('Test')}, whatever came of it, publish {lit(s.reports)} with junit",
                f"The stage {lit('Test')} always ends with junit {lit(s.reports)}",
                pins=[_step(f"{_stage('Test')}.post.always", "junit", "testResults", s.reports)],
            ),
            need(
                f"archives {lit(s.artifacts)} with fingerprints on success",
                f"On success the pipeline archives {lit(s.artifacts)} with fingerprints",
                f"archiveArtifacts keeps {lit(s.artifacts)}, fingerprinted, once all succeeded",
                pins=[
                    _step("post.success", "archiveArtifacts", "artifacts", s.artifacts),
                    ast(
                        "post.success[?name=='archiveArtifacts'] | [0].arguments.fingerprint", True
                    ),
                ],
            ),
            need(
                f"mail to {lit(s.mailbox)} on failure",
                f"On failure it mails {lit(s.mailbox)}",
                f"Mail {lit(s.mailbox)} when it failed",
                pins=[_step("post.failure", "mail", "to", s.mailbox)],
            ),
            need(
                f"timeout {num(s.hours)} hours, {num(s.kept)} builds kept, no concurrent builds",
                f"It may take {num(s.hours)} hours, keeps {num(s.kept)} builds (buildDiscarder)"
                f" and never runs concurrently",
                f"Options: a timeout of {num(s.hours)} hours, disableConcurrentBuilds, and the"
                f" last {num(s.kept)} builds kept by logRotator",
                pins=[
                    _option("timeout", ("time", s.hours), ("unit", "HOURS")),
                    _option("disableConcurrentBuilds"),
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


@dataclass(frozen=True, slots=True)
class ParallelTests:
    """Tests on two kinds of agents at once, and a stage after both."""

    first: str
    second: str
    first_label: str
    second_label: str
    command: str
    attempts: int
    minutes: int
    after: str
    script: str
    branch: str


def _sample_parallel(rng: Random) -> ParallelTests:
    first, second = rng.sample(("linux", "arm", "large", "gpu", "ubuntu", "debian"), 2)
    return ParallelTests(
        first=rng.choice(("Unit", "Fast", "Small", "API")),
        second=rng.choice(("Integration", "Slow", "Browser", "System")),
        first_label=f"{first} && {rng.choice(('docker', 'x86', 'jdk21', 'node'))}",
        second_label=f"{second} && {rng.choice(('docker', 'podman', 'kvm', 'compose'))}",
        command=rng.choice(("make", "./gradlew", "npm run", "tox -e", "just")),
        attempts=rng.randint(2, 5),
        minutes=rng.choice((10, 15, 20, 30, 45, 60)),
        after=rng.choice(("Publish", "Package", "Report", "Upload")),
        script=rng.choice(
            ("./publish.sh", "./scripts/package.sh", "./ci/upload.sh", "./report.sh")
        ),
        branch=rng.choice(BRANCHES),
    )


def _parallel_brief(s: ParallelTests) -> Brief:
    tests = f"{_stage('Tests')}.parallel"
    pairs = ((s.first, s.first_label), (s.second, s.second_label))

    def branch(name: str) -> str:
        return f"({tests}[?name=='{name}'] | [0])"

    return Brief(
        need(
            f"declarative Jenkinsfile: {lit('Tests')} with {lits((s.first, s.second))} in parallel,"
            f" then {lit(s.after)}",
            f"a declarative Jenkinsfile whose stage {lit('Tests')} runs"
            f" {lits((s.first, s.second))} in parallel, followed by {lit(s.after)}",
            f"a Jenkinsfile (declarative) with the stages {lits(('Tests', s.after))}, where"
            f" {lit('Tests')} has the parallel stages {lits((s.first, s.second))}",
            pins=[
                ast("stages[].name", ["Tests", s.after]),
                ast(f"{tests}[].name", [s.first, s.second]),
            ],
        ),
        (
            need(
                "no agent for the whole pipeline; one failure stops the other tests",
                "The pipeline itself has agent none, and the first failure aborts the other tests"
                " (failFast)",
                "Use agent none at the top, and failFast for the parallel stages",
                pins=[ast("agent.type", "none"), ast(f"{_stage('Tests')}.failFast", True)],
            ),
            need(
                f"agents labelled {lits((s.first_label, s.second_label))}, in that order",
                f"{lit(s.first)} runs on an agent with the label {lit(s.first_label)},"
                f" {lit(s.second)} on {lit(s.second_label)}",
                f"The agents' labels are {lit(s.first_label)} for {lit(s.first)} and"
                f" {lit(s.second_label)} for {lit(s.second)}",
                pins=[
                    ast(f"{branch(name)}.agent.arguments.[label, value][] | [0]", label)
                    for name, label in pairs
                ],
            ),
            need(
                f"{lit(f'{s.command} unit')} in {lit(s.first)},"
                f" {lit(f'{s.command} integration')} in {lit(s.second)}",
                f"{lit(s.first)} runs {lit(f'{s.command} unit')}, and {lit(s.second)} runs"
                f" {lit(f'{s.command} integration')}",
                f"The commands are {lit(f'{s.command} unit')} ({lit(s.first)}) and"
                f" {lit(f'{s.command} integration')} ({lit(s.second)})",
                pins=[
                    _runs(branch(s.first), f"{s.command} unit"),
                    ast(
                        f"length({branch(s.second)}.steps[].[@, steps[]][][]"
                        f" | [?name == 'sh' && arguments.script == '{s.command} integration'])"
                        " > `0`"
                    ),
                ],
            ),
            need(
                f"{lit(s.second)} is tried {num(s.attempts)} times (retry) and may take"
                f" {num(s.minutes)} minutes",
                f"Wrap the command of {lit(s.second)} in a retry of {num(s.attempts)}, and let"
                f" that stage time out after {num(s.minutes)} minutes",
                f"{lit(s.second)} has a timeout of {num(s.minutes)} minutes as an option, and its"
                f" command is retried {num(s.attempts)} times",
                pins=[
                    ast(
                        f"{branch(s.second)}.steps[?name=='retry'] | [0].arguments.[count, value][]"
                        " | [0]",
                        s.attempts,
                    ),
                    ast(
                        f"{branch(s.second)}.options[?name=='timeout' && arguments.unit =="
                        f" 'MINUTES'] | [0].arguments.time",
                        s.minutes,
                    ),
                ],
            ),
            need(
                f"{lit(s.after)} runs {lit(s.script)} on any agent, only on the branch"
                f" {lit(s.branch)}",
                f"{lit(s.after)} runs {lit(s.script)} on any agent when the branch is"
                f" {lit(s.branch)}",
                f"On the branch {lit(s.branch)} only, {lit(s.after)} runs {lit(s.script)}; any"
                f" agent will do",
                pins=[
                    _runs(_stage(s.after), s.script),
                    ast(f"{_stage(s.after)}.agent.type", "any"),
                    ast(
                        f"{_stage(s.after)}.when[?name=='branch'] | [0].arguments.[value,"
                        " pattern][] | [0]",
                        s.branch,
                    ),
                ],
            ),
        ),
    )


def _parallel_answer(s: ParallelTests) -> str:
    return f"""\
pipeline {{
    agent none
    stages {{
        stage('Tests') {{
            failFast true
            parallel {{
                stage('{s.first}') {{
                    agent {{ label '{s.first_label}' }}
                    steps {{
                        sh '{s.command} unit'
                    }}
                }}
                stage('{s.second}') {{
                    agent {{ label '{s.second_label}' }}
                    options {{
                        timeout(time: {s.minutes}, unit: 'MINUTES')
                    }}
                    steps {{
                        retry({s.attempts}) {{
                            sh '{s.command} integration'
                        }}
                    }}
                }}
            }}
        }}
        stage('{s.after}') {{
            agent any
            when {{
                branch '{s.branch}'
            }}
            steps {{
                sh '{s.script}'
            }}
        }}
    }}
}}
"""


PARALLEL = Topic(
    name="jenkins-parallel",
    format="jenkinsfile",
    sample=_sample_parallel,
    brief=_parallel_brief,
    answer=_parallel_answer,
    bench_only=True,
)


@dataclass(frozen=True, slots=True)
class ManualRelease:
    """A version that somebody names, credentials, a question, a tool."""

    application: str
    parameter: str
    default: str
    choices: tuple[str, ...]
    label: str
    credentials: str
    variable: str
    message: str
    ok: str
    submitter: str
    script: str
    cleanup: str


def _sample_release(rng: Random) -> ManualRelease:
    name = service(rng)
    return ManualRelease(
        application=name,
        parameter=rng.choice(("VERSION", "TAG", "RELEASE", "BUILD")),
        default=f"{rng.randint(0, 5)}.{rng.randint(0, 20)}.{rng.randint(0, 9)}",
        choices=rng.choice(
            (("staging", "production"), ("test", "live"), ("dev", "staging", "prod"), ("eu", "us"))
        ),
        label=rng.choice(("deployers", "linux", "release", "bastion", "trusted")),
        credentials=f"{name.partition('-')[0]}-"
        f"{rng.choice(('deploy-key', 'token', 'kubeconfig', 'api-key'))}",
        variable=rng.choice(("DEPLOY_TOKEN", "API_KEY", "RELEASE_KEY", "CLUSTER_TOKEN")),
        message=f"{rng.choice(('Release', 'Deploy', 'Ship', 'Roll out'))} {name}?",
        ok=rng.choice(("Go", "Yes", "Ship it", "Release", "Proceed")),
        submitter=rng.choice(("release-managers", "leads", "ops", "sre", "admins")),
        script=rng.choice(("./deploy.sh", "./release.sh", "./scripts/rollout.sh", "./ci/ship.sh")),
        cleanup=rng.choice(("cleanWs", "deleteDir")),
    )


def _release_brief(s: ManualRelease) -> Brief:
    deploy, ask = _stage("Deploy"), _stage("Approve")
    command = f'{s.script} {s.application} "$' + f'{s.parameter}" "$TARGET"'
    return Brief(
        need(
            f"declarative Jenkinsfile with {lits(('Approve', 'Deploy'))} for"
            f" {lit(s.application)}, started with parameters",
            f"a declarative Jenkinsfile that releases {lit(s.application)} in the stages"
            f" {lits(('Approve', 'Deploy'))} and takes parameters",
            f"a parameterised Jenkinsfile (declarative) with the stages"
            f" {lits(('Approve', 'Deploy'))} that releases {lit(s.application)}",
            pins=[ast("stages[].name", ["Approve", "Deploy"])],
        ),
        (
            need(
                f"parameters: string {lit(s.parameter)}, {lit(s.default)} by default; choice"
                f" {lit('TARGET')} of {lits(s.choices)}",
                f"It has a string parameter {lit(s.parameter)} with the default {lit(s.default)},"
                f" and a choice {lit('TARGET')} of {lits(s.choices)}",
                f"Ask for {lit(s.parameter)} (a string, {lit(s.default)} by default) and"
                f" {lit('TARGET')} (a choice of {lits(s.choices)})",
                pins=[
                    ast(
                        f"parameters[?name=='string' && arguments.name == '{s.parameter}'] | [0]"
                        ".arguments.defaultValue",
                        s.default,
                    ),
                    ast(
                        "parameters[?name=='choice' && arguments.name == 'TARGET'] | [0]"
                        ".arguments.choices",
                        list(s.choices),
                    ),
                ],
            ),
            need(
                f"agent labelled {lit(s.label)}",
                f"It runs on an agent with the label {lit(s.label)}",
                f"The agent's label is {lit(s.label)}",
                pins=[ast("agent.arguments.[label, value][] | [0]", s.label)],
            ),
            need(
                f"{lit('Approve')} asks {lit(s.message)}, button {lit(s.ok)}, only"
                f" {lit(s.submitter)} may answer",
                f"{lit('Approve')} is an input step: {lit(s.message)}, confirmed with"
                f" {lit(s.ok)} by {lit(s.submitter)} only",
                f"In {lit('Approve')}, an input step with the message {lit(s.message)} waits for"
                f" {lit(s.submitter)}; its button reads {lit(s.ok)}",
                pins=[
                    ast(
                        f"{ask}.steps[?name=='input'] | [0].arguments.[message, ok, submitter]",
                        [s.message, s.ok, s.submitter],
                    )
                ],
            ),
            need(
                f"{lit('Deploy')} has the credentials {lit(s.credentials)} as {lit(s.variable)}",
                f"The credentials {lit(s.credentials)} are in the environment of"
                f" {lit('Deploy')}, as {lit(s.variable)}",
                f"Only {lit('Deploy')} gets the credentials {lit(s.credentials)}: as"
                f" {lit(s.variable)} in its environment",
                pins=[
                    ast(f"{deploy}.environment.{s.variable}.arguments.value", s.credentials),
                    ast(f"{deploy}.environment.{s.variable}.name", "credentials"),
                ],
            ),
            need(
                f"{lit('Deploy')} runs {lit(command)}",
                f"{lit('Deploy')} runs {lit(command)} with sh",
                f"The command of {lit('Deploy')} is {lit(command)}",
                pins=[_runs(deploy, command)],
            ),
            need(
                f"{lit(s.cleanup)} at the end, always",
                f"It always ends with {lit(s.cleanup)}",
                f"Whatever happened, call {lit(s.cleanup)} at the end",
                pins=[
                    ast(f"length([post.always, post.cleanup][][] | [?name=='{s.cleanup}']) > `0`")
                ],
            ),
        ),
    )


def _release_answer(s: ManualRelease) -> str:
    choices = ", ".join(f"'{choice}'" for choice in s.choices)
    return f"""\
pipeline {{
    agent {{ label '{s.label}' }}
    parameters {{
        string(name: '{s.parameter}', defaultValue: '{s.default}')
        choice(name: 'TARGET', choices: [{choices}])
    }}
    stages {{
        stage('Approve') {{
            steps {{
                input message: '{s.message}', ok: '{s.ok}', submitter: '{s.submitter}'
            }}
        }}
        stage('Deploy') {{
            environment {{
                {s.variable} = credentials('{s.credentials}')
            }}
            steps {{
                sh '{s.script} {s.application} "${s.parameter}" "$TARGET"'
            }}
        }}
    }}
    post {{
        always {{
            {s.cleanup}()
        }}
    }}
}}
"""


RELEASE = Topic(
    name="jenkins-release",
    format="jenkinsfile",
    sample=_sample_release,
    brief=_release_brief,
    answer=_release_answer,
)
