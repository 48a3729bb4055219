"""What Bitbucket refuses in a configuration that Atlassian's schema accepts.

The sources are pages of support.atlassian.com/bitbucket-cloud/docs, as of November 2025.
"""

from rewardsvc.formats.bitbucket_pipelines import rules
from rewardsvc.formats.bitbucket_pipelines.config import BitbucketConfig
from rewardsvc.verification.refusals import Refusal


def _steps(*lines: str, more: str = "") -> str:
    """A default pipeline of a step, and of these items."""
    items = "".join(f"    - {line}\n" for line in ("step: {script: [make]}", *lines))
    return f"{more}pipelines:\n  default:\n{items}"


def _services(*names: str, memory: int = 256) -> str:
    """Definitions of services."""
    return "definitions:\n  services:\n" + "".join(
        f"    {name}: {{image: redis:7, memory: {memory}}}\n" for name in names
    )


REFUSALS: tuple[Refusal[BitbucketConfig], ...] = (
    Refusal(
        code="script",
        what="a step has a script",
        source="step-options: script is required",
        find=rules.scripts,
        refused=_steps("step: {name: nothing}"),
        accepted=_steps("step: {name: something, script: [make]}"),
    ),
    Refusal(
        code="caches",
        what="the caches of steps are there",
        source="cache-dependencies: pre-defined and custom caches",
        find=rules.defined("caches"),
        refused=_steps("step: {caches: [cargo], script: [make]}"),
        accepted=_steps(
            "step: {caches: [cargo, pip], script: [make]}",
            more="definitions: {caches: {cargo: ~/.cargo}}\n",
        ),
    ),
    Refusal(
        code="services",
        what="the services of steps are there",
        source="databases-and-service-containers",
        find=rules.defined("services"),
        refused=_steps("step: {services: [cache], script: [make]}"),
        accepted=_steps(
            "step: {services: [cache, docker], script: [make]}", more=_services("cache")
        ),
    ),
    Refusal(
        code="memory",
        what="the services of a step have room beside it",
        source="databases-and-service-containers: service memory limits",
        find=rules.memory_of_services,
        refused=_steps("step: {services: [a], script: [make]}", more=_services("a", memory=4096)),
        accepted=_steps(
            "step: {size: 2x, services: [a], script: [make]}", more=_services("a", memory=4096)
        ),
    ),
    Refusal(
        code="service-image",
        what="a service has an image",
        source="databases-and-service-containers: define a service",
        find=rules.services,
        refused=_steps(more="definitions: {services: {cache: {memory: 256}}}\n"),
        accepted=_steps(more="definitions: {services: {docker: {memory: 2048}}}\n"),
    ),
    Refusal(
        code="deployment",
        what="a pipeline deploys to an environment once",
        source="set-up-and-monitor-deployments: unique within a pipeline",
        find=rules.deployed_twice,
        refused=_steps(
            "step: {deployment: test, script: [make]}", "step: {deployment: test, script: [make]}"
        ),
        accepted=_steps(
            "step: {deployment: test, script: [make]}",
            "step: {deployment: staging, script: [make]}",
        ),
    ),
    Refusal(
        code="environment",
        what="deployment and environment exclude each other",
        source="step-options: deployment, environment",
        find=rules.environments,
        refused=_steps("step: {deployment: test, environment: test, script: [make]}"),
        accepted=_steps("step: {environment: test, script: [make]}"),
    ),
    Refusal(
        code="trigger",
        what="a pipeline begins of itself",
        source="step-options: trigger; the first step cannot be manual",
        find=rules.manual_beginnings,
        refused=_steps().replace("step: {", "step: {trigger: manual, "),
        accepted=_steps("step: {trigger: manual, script: [make]}"),
    ),
    Refusal(
        code="stage-trigger",
        what="a stage is triggered as a whole",
        source="stage-options: steps in a stage cannot be manual",
        find=rules.only("stage-trigger", rules.manual_in_stages),
        refused=_steps("stage: {steps: [{step: {trigger: manual, script: [make]}}]}"),
        accepted=_steps("stage: {trigger: manual, steps: [{step: {script: [make]}}]}"),
    ),
    Refusal(
        code="stage-deployment",
        what="the steps of a stage that deploys are no deployments of their own",
        source="stage-options: deployment",
        find=rules.only("stage-deployment", rules.manual_in_stages),
        refused=_steps(
            "stage: {deployment: test, steps: [{step: {deployment: staging, script: [make]}}]}"
        ),
        accepted=_steps("stage: {deployment: test, steps: [{step: {script: [make]}}]}"),
    ),
    Refusal(
        code="variable",
        what="the default of a variable is one of the values that are allowed",
        source="pipeline-start-conditions: custom pipelines, variables",
        find=rules.variables,
        refused="pipelines:\n  custom:\n    ship:\n"
        "    - variables: [{name: TIER, default: gold, allowed-values: [iron, tin]}]\n"
        "    - step: {script: [make]}\n",
        accepted="pipelines:\n  custom:\n    ship:\n"
        "    - variables: [{name: TIER, default: tin, allowed-values: [iron, tin]}]\n"
        "    - step: {script: [make]}\n",
    ),
    Refusal(
        code="steps",
        what="a pipeline has a hundred steps at most",
        source="limitations-of-bitbucket-pipelines: 100 steps",
        find=rules.many_steps,
        refused=_steps(*("step: {script: [make]}",) * 100),
        accepted=_steps(*("step: {script: [make]}",) * 99),
    ),
)
