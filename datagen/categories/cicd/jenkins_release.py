"""Jenkins: a release that somebody starts."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, lits, need
from datagen.categories.cicd.jenkins_pieces import runs, stage
from datagen.pins import ast
from datagen.topic import Topic
from datagen.vocabulary import service


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
    deploy, ask = stage("Deploy"), stage("Approve")
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
                f"{lit('Approve')} waits for an input: {lit(s.message)}, confirmed with"
                f" {lit(s.ok)} by {lit(s.submitter)} only",
                f"In {lit('Approve')}, an input with the message {lit(s.message)} waits for"
                f" {lit(s.submitter)}; its button reads {lit(s.ok)}",
                pins=[
                    ast(
                        f"[({ask}.steps[?name=='input'] | [0].arguments), {ask}.input][?@]"
                        " | [0].[message, ok, submitter]",
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
                pins=[runs(deploy, command)],
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
