"""What Jenkins refuses in a declarative pipeline that is Groovy.

``plugin`` is github.com/jenkinsci/pipeline-model-definition-plugin 2.2: its ``ModelParser`` and
``ModelValidatorImpl``, by the keys of their Messages.properties; ``syntax`` is
jenkins.io/doc/book/pipeline/syntax. The reader of the model (:mod:`.structure`) notes what it
meets, a code a rule.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from rewardsvc.artifact import File
from rewardsvc.formats.jenkinsfile.structure import Code, Model
from rewardsvc.types import Diagnostic
from rewardsvc.verification.ladder import shortened
from rewardsvc.verification.refusals import Refusal


@dataclass(frozen=True, slots=True)
class JenkinsPipeline:
    """A file and what it came to."""

    file: File
    model: Model


def noted(code: Code) -> Callable[[JenkinsPipeline], Iterator[Diagnostic]]:
    """What the reader noted under a code."""

    def find(pipeline: JenkinsPipeline) -> Iterator[Diagnostic]:
        for found in pipeline.model.objections:
            if found.code == code:
                message = shortened(found.message)
                yield Diagnostic("error", message, code, pipeline.file.path, found.line)

    return find


_STAGES = "  stages {\n    stage('test') {\n      steps {\n        sh 'make'\n      }\n    }\n  }\n"


def _pipeline(*lines: str, agent: str = "agent any", stages: str = _STAGES) -> str:
    """A pipeline that has these lines before its stages."""
    before = "".join(f"  {line}\n" for line in (agent, *lines) if line)
    return f"pipeline {{\n{before}{stages}}}\n"


def _stage(*lines: str) -> str:
    """A pipeline of one stage that has these lines."""
    body = "".join(f"      {line}\n" for line in lines)
    return _pipeline(stages=f"  stages {{\n    stage('test') {{\n{body}    }}\n  }}\n")


def _steps(*lines: str) -> str:
    """A pipeline of one stage that has these steps beside another."""
    body = "".join(f"        {line}\n" for line in ("sh 'make'", *lines))
    return _stage("steps {\n" + body + "      }")


def _matrix(*axes: str) -> str:
    """A pipeline with a matrix of these axes."""
    found = " ".join(f"axis {{ {axis} }}" for axis in axes)
    return _stage(
        f"matrix {{ axes {{ {found} }}\n"
        "        stages { stage('unit') { steps { sh 'make' } } } }"
    )


_WORK = "steps { sh 'make' }"

REFUSALS: tuple[Refusal[JenkinsPipeline], ...] = (
    Refusal(
        code="pipeline",
        what="there is one pipeline block, and it stands alone",
        source="plugin ModelParser.PipelineBlockNotAtTop",
        find=noted("pipeline"),
        refused=_pipeline() + _pipeline(),
        accepted="@Library('shared') _\n" + _pipeline(),
    ),
    Refusal(
        code="required",
        what="a pipeline has agent and stages, a matrix axes and stages",
        source="plugin ModelValidatorImpl.RequiredSection",
        find=noted("required"),
        refused=_pipeline(agent=""),
        accepted=_pipeline(agent="agent none"),
    ),
    Refusal(
        code="section",
        what="sections and directives stand where they may, once",
        source="plugin Parser.UndefinedSection, Parser.MultipleOfSection, UnknownStageSection",
        find=noted("section"),
        refused=_stage("triggers { cron('@daily') }", _WORK),
        accepted=_pipeline("triggers { cron('@daily') }"),
    ),
    Refusal(
        code="block",
        what="sections have a block",
        source="plugin ModelParser.ExpectedBlockFor, PipelineStepWithoutBlock",
        find=noted("block"),
        refused=_pipeline("environment"),
        accepted=_pipeline("environment { TIER = 'test' }"),
    ),
    Refusal(
        code="empty",
        what="sections have something in them",
        source="plugin ModelValidatorImpl.EmptySection, NoEnvVars, NoStages, NoSteps, EmptyWhen",
        find=noted("empty"),
        refused=_pipeline("options { }"),
        accepted=_pipeline("options { timestamps() }"),
    ),
    Refusal(
        code="duplicate",
        what="variables, options, triggers, post conditions and stages beside each other differ",
        source="plugin ModelParser.DuplicateEnvVar, ModelValidatorImpl.DuplicateStageName …",
        find=noted("duplicate"),
        refused=_pipeline("environment { TIER = 'a'\n TIER = 'b' }"),
        accepted=_pipeline("environment { TIER = 'a'\n Tier = 'b' }"),
    ),
    Refusal(
        code="stages",
        what="stages and parallel hold stages only",
        source="plugin ModelParser.ExpectedStage",
        find=noted("stages"),
        refused=_pipeline(stages=f"  stages {{\n    {_WORK}\n{_STAGES[11:]}"),
        accepted=_pipeline(),
    ),
    Refusal(
        code="stage-name",
        what="a stage has a name",
        source="plugin ModelParser.ExpectedStageName, ModelValidatorImpl.NoStageName",
        find=noted("stage-name"),
        refused=_pipeline().replace("stage('test')", "stage('')"),
        accepted=_pipeline().replace("stage('test')", 'stage("test")'),
    ),
    Refusal(
        code="stage-work",
        what="a stage has one of steps, stages, parallel and matrix",
        source="plugin ModelValidatorImpl.NothingForStage, BothStagesAndSteps",
        find=noted("stage-work"),
        refused=_stage(_WORK, f"parallel {{ stage('unit') {{ {_WORK} }} }}"),
        accepted=_stage(f"parallel {{ stage('unit') {{ {_WORK} }} }}"),
    ),
    Refusal(
        code="nested",
        what="parallel and matrix do not stand within each other",
        source="plugin ModelValidatorImpl.NoNestedWithinNestedStages",
        find=noted("nested"),
        refused=_stage(f"parallel {{ stage('a') {{ parallel {{ stage('b') {{ {_WORK} }} }} }} }}"),
        accepted=_stage(f"parallel {{ stage('a') {{ stages {{ stage('b') {{ {_WORK} }} }} }} }}"),
    ),
    Refusal(
        code="parallel-agent",
        what="a stage of parallel stages has neither agent nor tools",
        source="plugin ModelValidatorImpl.AgentInNestedStages, ToolsInNestedStages",
        find=noted("parallel-agent"),
        refused=_stage("agent any", f"parallel {{ stage('unit') {{ {_WORK} }} }}"),
        accepted=_stage(f"parallel {{ stage('unit') {{ agent any\n {_WORK} }} }}"),
    ),
    Refusal(
        code="agent",
        what="an agent is any, none or one type with its arguments",
        source="plugin ModelParser.InvalidAgent, OneAgentMax, ExpectedAgentKeyValue",
        find=noted("agent"),
        refused=_pipeline(agent="agent 'linux'"),
        accepted=_pipeline(agent="agent { label 'linux' }"),
    ),
    Refusal(
        code="agent-field",
        what="an agent of the plugin's own types has their fields",
        source="plugin ModelValidatorImpl.InvalidAgentParameter, MissingAgentParameter",
        find=noted("agent-field"),
        refused=_pipeline(agent="agent { docker { image 'node:22'\n tag 'slim' } }"),
        accepted=_pipeline(agent="agent { docker { image 'node:22'\n args '-u root' } }"),
    ),
    Refusal(
        code="dockerfile",
        what="a Dockerfile's name has no folder",
        source="plugin ModelValidatorImpl.DirSeparatorInDockerfileName",
        find=noted("dockerfile"),
        refused=_pipeline(agent="agent { dockerfile { filename 'build/Dockerfile.ci' } }"),
        accepted=_pipeline(agent="agent { dockerfile { dir 'build'\n filename 'Dockerfile.ci' } }"),
    ),
    Refusal(
        code="environment",
        what="environment has NAME = value, and names of letters, digits and underscores",
        source="plugin ModelParser.ExpectedNVPairs, ModelValidatorImpl.InvalidIdentifierInEnv",
        find=noted("environment"),
        refused=_pipeline("environment { tier 'test' }"),
        accepted=_pipeline("environment { _TIER2 = 'test' }"),
    ),
    Refusal(
        code="environment-value",
        what="a variable is a string, strings joined with +, or a call",
        source="plugin ModelParser.InvalidEnvironmentValue, InvalidEnvironmentOperation",
        find=noted("environment-value"),
        refused=_pipeline("environment { TIER = params.TIER }"),
        accepted=_pipeline("environment { TIER = \"${params.TIER}\" + '-1' }"),
    ),
    Refusal(
        code="bare-dollar",
        what="${X} stands in strings only",
        source="plugin ModelParser.BareDollarCurly",
        find=noted("bare-dollar"),
        refused=_steps("echo ${TIER}"),
        accepted=_steps('echo "${TIER}"'),
    ),
    Refusal(
        code="number",
        what="a whole number fits into 64 bits",
        source="plugin ModelParser.BigIntegerValue",
        find=noted("number"),
        refused=_steps("retry(9223372036854775808) { sh 'make' }"),
        accepted=_steps("retry(2147483647) { sh 'make' }"),
    ),
    Refusal(
        code="tools",
        what="a tool has one version",
        source="plugin ModelParser.ExpectedTool, TooManyArgsForTool",
        find=noted("tools"),
        refused=_pipeline("tools { maven }"),
        accepted=_pipeline("tools { maven 'maven-3.9' }"),
    ),
    Refusal(
        code="directive",
        what="options, triggers, parameters and libraries are calls without blocks",
        source="plugin ModelParser.CannotHaveBlocks, ExpectedOption, ExpectedTrigger",
        find=noted("directive"),
        refused=_pipeline("options { timestamps { } }"),
        accepted=_pipeline("options { timestamps() }"),
    ),
    Refusal(
        code="option",
        what="options are neither parameters, triggers nor steps without a block",
        source="plugin validator ParametersAndTriggersInOptions, Options.getAllowedOptionTypes",
        find=noted("option"),
        refused=_pipeline("options { echo 'begin' }"),
        accepted=_pipeline("options { retry(2) }"),
    ),
    Refusal(
        code="stage-option",
        what="a stage has no options that are a whole pipeline's",
        source="syntax, stage options; plugin DeclarativeOptionDescriptor.canUseInStage",
        find=noted("stage-option"),
        refused=_stage("options { buildDiscarder(logRotator(numToKeepStr: '5')) }", _WORK),
        accepted=_stage("options { timeout(time: 5, unit: 'MINUTES') }", _WORK),
    ),
    Refusal(
        code="library",
        what="libraries are lib('name@version')",
        source="plugin ModelParser.ExpectedLibrary",
        find=noted("library"),
        refused=_pipeline("libraries { library('shared@main') }"),
        accepted=_pipeline("libraries { lib('shared@main') }"),
    ),
    Refusal(
        code="closure-argument",
        what="options, triggers and parameters have no code in their arguments",
        source="plugin ModelParser.MethodCallWithClosure",
        find=noted("closure-argument"),
        refused=_pipeline("triggers { cron(evaluate { '@daily' }) }"),
        accepted=_pipeline("triggers { cron('@daily') }"),
    ),
    Refusal(
        code="cron",
        what="a schedule has five fields, or is @daily and its like",
        source="github.com/jenkinsci/jenkins core/src/main/grammar/crontab.g",
        find=noted("cron"),
        refused=_pipeline("triggers { cron('H 4 * * MON-FRI') }"),
        accepted=_pipeline("triggers { cron('TZ=Europe/Berlin\\nH(0-29)/10 4 * * 1-5') }"),
    ),
    Refusal(
        code="input",
        what="input has a message, and keys with values",
        source="plugin ModelValidatorImpl.MissingInputMessage",
        find=noted("input"),
        refused=_stage("input { ok 'Ship' }", _WORK),
        accepted=_stage("input { message 'Ship?' }", _WORK),
    ),
    Refusal(
        code="input-field",
        what="input has the fields that it may have",
        source="plugin ModelParser.InvalidInputField",
        find=noted("input-field"),
        refused=_stage("input { message 'Ship?'\n cancel 'No' }", _WORK),
        accepted=_stage("input { message 'Ship?'\n submitter 'ops' }", _WORK),
    ),
    Refusal(
        code="flag",
        what="failFast and beforeAgent are true or false",
        source="plugin ModelParser.ExpectedBoolean",
        find=noted("flag"),
        refused=_stage("failFast 'yes'", f"parallel {{ stage('unit') {{ {_WORK} }} }}"),
        accepted=_stage("failFast true", f"parallel {{ stage('unit') {{ {_WORK} }} }}"),
    ),
    Refusal(
        code="post",
        what="post has the conditions that there are",
        source="plugin ModelParser.InvalidBuildCondition",
        find=noted("post"),
        refused=_stage(_WORK, "post { sometimes { sh 'make clean' } }"),
        accepted=_stage(_WORK, "post { cleanup { sh 'make clean' } }"),
    ),
    Refusal(
        code="when",
        what="when has the conditions that there are",
        source="plugin ModelValidatorImpl.UnknownWhenConditional, ModelParser.ExpectedWhen",
        find=noted("when"),
        refused=_stage("when { onBranch 'main' }", _WORK),
        accepted=_stage("when { branch 'main' }", _WORK),
    ),
    Refusal(
        code="when-children",
        what="not has one condition, allOf and anyOf only have such, others none",
        source="plugin ModelValidatorImpl.NestedWhenNoArgs, NestedWhenWrongChildrenCount",
        find=noted("when-children"),
        refused=_stage("when { not { branch 'main'\n tag 'v*' } }", _WORK),
        accepted=_stage("when { not { anyOf { branch 'main'\n tag 'v*' } } }", _WORK),
    ),
    Refusal(
        code="step",
        what="steps are steps; other code stands in script",
        source="plugin ModelParser.ExpectedStep",
        find=noted("step"),
        refused=_steps("if (env.TIER) { sh 'make ship' }"),
        accepted=_steps("script { if (env.TIER) { sh 'make ship' } }"),
    ),
    Refusal(
        code="object-method",
        what="methods of objects are called in script",
        source="plugin ModelParser.ObjectMethodCall",
        find=noted("object-method"),
        refused=_steps("docker.build('shop')"),
        accepted=_steps("script { docker.build('shop') }"),
    ),
    Refusal(
        code="block-step",
        what="stage, properties and a parallel beside others are no steps",
        source="plugin ModelValidatorImpl.BlockedStep; ModelASTStep",
        find=noted("block-step"),
        refused=_steps("properties([disableConcurrentBuilds()])"),
        accepted=_steps("script { properties([disableConcurrentBuilds()]) }"),
    ),
    Refusal(
        code="parallel",
        what="branches of the step parallel are blocks, but for failFast",
        source="plugin ModelParser.ExpectedClosureOrFailFast",
        find=noted("parallel"),
        refused=_stage("steps { parallel(a: { sh 'make' }, failSlow: true) }"),
        accepted=_stage("steps { parallel(a: { sh 'make' }, failFast: true) }"),
    ),
    Refusal(
        code="mixed",
        what="arguments have names or have none",
        source="plugin ModelValidatorImpl.MixedNamedAndUnnamedParameters",
        find=noted("mixed"),
        refused=_steps("sh 'make ship', returnStatus: true"),
        accepted=_steps("sh script: 'make ship', returnStatus: true"),
    ),
    Refusal(
        code="repeated-argument",
        what="an argument is given once",
        source="plugin ValidatorTest.duplicateStepParameter: Duplicate named parameter",
        find=noted("repeated-argument"),
        refused=_steps("timeout(time: 5, time: 6) { sh 'make ship' }"),
        accepted=_steps("timeout(time: 5, unit: 'HOURS') { sh 'make ship' }"),
    ),
    Refusal(
        code="argument",
        what="steps, options, triggers and conditions of Jenkins' own get what they take",
        source="plugin ModelValidatorImpl.MissingRequiredStepParameter, InvalidStepParameter,"
        " InvalidParameterType, WrongNumberOfStepParameters; jenkins.io/doc/pipeline/steps",
        find=noted("argument"),
        refused=_steps("timeout(5, 'MINUTES') { sh 'make ship' }"),
        accepted=_steps("timeout(5) { sh 'make ship' }"),
    ),
    Refusal(
        code="matrix",
        what="axes have one name and values, each once",
        source="syntax, matrix; plugin ModelASTAxis, ModelASTAxisContainer",
        find=noted("matrix"),
        refused=_matrix("name 'OS'\n values 'linux', 'linux'"),
        accepted=_matrix("name 'OS'\n values 'linux', 'mac'"),
    ),
)
