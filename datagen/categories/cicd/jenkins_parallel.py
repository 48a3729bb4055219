"""Jenkins: tests side by side, and a stage after both."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, lits, need, num
from datagen.categories.cicd.jenkins_pieces import runs, stage
from datagen.pins import ast
from datagen.topic import Topic
from datagen.vocabulary import BRANCHES


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
    tests = f"{stage('Tests')}.parallel"
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
                pins=[ast("agent.type", "none"), ast(f"{stage('Tests')}.failFast", True)],
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
                    runs(branch(s.first), f"{s.command} unit"),
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
                    runs(stage(s.after), s.script),
                    ast(f"{stage(s.after)}.agent.type", "any"),
                    ast(
                        f"{stage(s.after)}.when[?name=='branch'] | [0].arguments.[value,"
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
