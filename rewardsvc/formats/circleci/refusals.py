"""What CircleCI refuses in a configuration that its schema accepts.

``reference`` is circleci.com/docs/configuration-reference, ``reuse``
circleci.com/docs/reusing-config, ``orbs`` circleci.com/docs/orb-intro, as of November 2025.
"""

from rewardsvc.formats.circleci import parameters, references
from rewardsvc.formats.circleci.config import CircleConfig
from rewardsvc.verification.refusals import Refusal

_IMAGE = 'docker: [{image: "cimg/base:2025.10"}]'


def _config(
    *invoked: str, test: str = "", steps: str = "[checkout, {run: make}]", more: str = ""
) -> str:
    """A configuration with the jobs test and ship, and a workflow that runs these."""
    jobs = "".join(f"      - {line}\n" for line in invoked or ("test", "ship"))
    return (
        f"version: 2.1\n{more}jobs:\n"
        f"  test:\n    {_IMAGE}\n{test}    steps: {steps}\n"
        f"  ship:\n    {_IMAGE}\n    steps: [checkout, {{run: make ship}}]\n"
        f"workflows:\n  main:\n    jobs:\n{jobs}"
    )


_TIER = "    parameters: {tier: {type: enum, enum: [iron, tin], default: tin}}\n"

REFUSALS: tuple[Refusal[CircleConfig], ...] = (
    Refusal(
        code="job",
        what="a workflow runs jobs that are there",
        source="reference, workflows: cannot find a definition for job",
        find=references.jobs,
        refused=_config("test", "deploy"),
        accepted=_config("test", "hold: {type: approval}"),
    ),
    Refusal(
        code="requires",
        what="what is required is in the workflow, by its name there",
        source="reference, requires: requires job, which is not part of this workflow",
        find=references.required,
        refused=_config("test: {name: test_one}", "ship: {requires: [test]}"),
        accepted=_config("test: {name: test_one}", "ship: {requires: [test_one]}"),
    ),
    Refusal(
        code="job-name",
        what="a name is given once in a workflow",
        source="reference, name: two jobs of a workflow have the same name",
        find=references.repeated_names,
        refused=_config("test: {name: one}", "ship: {name: one}"),
        accepted=_config("test: {name: one}", "ship: {name: two}"),
    ),
    Refusal(
        code="cycle",
        what="jobs do not require each other in a circle, nor do commands call each other",
        source="reference, requires: circular dependency",
        find=references.circles,
        refused=_config("test: {requires: [ship]}", "ship: {requires: [test]}"),
        accepted=_config("test", "ship: {requires: [test]}"),
    ),
    Refusal(
        code="orb",
        what="jobs, commands and executors of orbs are of orbs that are declared",
        source="orbs: cannot find orb",
        find=references.orbs,
        refused=_config(steps="[checkout, node/install, {run: make}]"),
        accepted=_config(
            steps="[checkout, node/install, {run: make}]",
            more="orbs: {node: circleci/node@7.1.0}\n",
        ),
    ),
    Refusal(
        code="executor",
        what="a job's executor is there",
        source="reuse, executors: cannot find a definition for executor",
        find=references.executors,
        refused=_config().replace(_IMAGE, "executor: box", 1),
        accepted=_config(more=f"executors:\n  box:\n    {_IMAGE}\n").replace(
            f"test:\n    {_IMAGE}", "test:\n    executor: box"
        ),
    ),
    Refusal(
        code="executors",
        what="a job runs in one way",
        source="reference, jobs: one executor type should be specified per job, if more than one"
        " is set you will receive an error; also executor: github.com/pytorch/pytorch/issues/40786",
        find=parameters.executors,
        refused=_config(test="    executor: box\n", more=f"executors:\n  box:\n    {_IMAGE}\n"),
        accepted=_config(more=f"executors:\n  box:\n    {_IMAGE}\n"),
    ),
    Refusal(
        code="command",
        what="a step is of a kind that there is, or calls a command that is there",
        source="reuse, commands: cannot find a definition for command",
        find=references.commands,
        refused=_config(steps="[checkout, prepare, {run: make}]"),
        accepted=_config(
            steps="[checkout, prepare, {run: make}]",
            more="commands: {prepare: {steps: [{run: make deps}]}}\n",
        ),
    ),
    Refusal(
        code="parameter",
        what="what a job or a command needs is given, what is given or used is declared",
        source="reuse, parameters: missing required argument, unexpected argument",
        find=parameters.given,
        refused=_config("test: {level: 3}", "ship"),
        accepted=_config(
            "test: {level: 3}", "ship", test="    parameters: {level: {type: integer}}\n"
        ),
    ),
    Refusal(
        code="parameter-default",
        what="the default of a parameter is of its type",
        source="reuse, parameter types: type error for default value",
        find=parameters.defaults,
        refused=_config(test=_TIER.replace("default: tin", "default: gold")),
        accepted=_config(test=_TIER),
    ),
    Refusal(
        code="parameter-value",
        what="what is given for a parameter is of its type",
        source="reuse, parameter types: type error for argument",
        find=parameters.values,
        refused=_config("test: {tier: gold}", "ship", test=_TIER),
        accepted=_config("test: {tier: iron}", "ship", test=_TIER),
    ),
    Refusal(
        code="matrix",
        what="a matrix makes 128 jobs at most",
        source="reference, matrix: expands to over 128 jobs",
        find=parameters.matrices,
        refused=_config(
            f"test: {{matrix: {{parameters: {{level: {list(range(129))}}}}}}}",
            test="    parameters: {level: {type: integer}}\n",
        ),
        accepted=_config(
            f"test: {{matrix: {{parameters: {{level: {list(range(128))}}}}}}}",
            test="    parameters: {level: {type: integer}}\n",
        ),
    ),
    Refusal(
        code="schedule",
        what="a schedule says for which branches it is",
        source="reference, schedule: filters, required",
        find=parameters.schedules,
        refused=_config() + "    triggers: [{schedule: {cron: 0 3 * * 1-5}}]\n",
        accepted=_config()
        + "    triggers: [{schedule: {cron: 0 3 * * 1-5, filters: {branches: {only: main}}}}]\n",
    ),
    Refusal(
        code="cron",
        what="a schedule has five fields",
        source="reference, schedule, cron",
        find=parameters.crons,
        refused=_config()
        + "    triggers: [{schedule: {cron: 0 25 * * *, filters: {branches: {only: [main]}}}}]\n",
        accepted=_config()
        + "    triggers: [{schedule: {cron: 0 3 * * 1-5, filters: {branches: {only: [main]}}}}]\n",
    ),
)
