"""All scenes of the catalogue."""

from rewardsvc.audit.gaming import (
    azure_pipelines,
    bash,
    bitbucket_pipelines,
    circleci,
    compose,
    dockerfile,
    github_actions,
    gitlab_ci,
    jenkinsfile,
    kubernetes,
    python,
    terraform,
)
from rewardsvc.audit.gaming.catalogue import Scene

SCENES: tuple[Scene, ...] = tuple(
    scene
    for module in (
        terraform, kubernetes, dockerfile, compose, github_actions, gitlab_ci, azure_pipelines,
        circleci, bitbucket_pipelines, jenkinsfile, python, bash,
    )
    for scene in module.SCENES
)  # fmt: skip
