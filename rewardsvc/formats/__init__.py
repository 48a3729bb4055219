"""The formats, by their names. A new one is a folder here and two lines below.

docs/adding-a-format.md shows how.
"""

from collections.abc import Mapping

from rewardsvc.format import Format
from rewardsvc.formats import (
    ansible,
    azure_pipelines,
    bash,
    bitbucket_pipelines,
    circleci,
    cloudformation,
    compose,
    dockerfile,
    github_actions,
    gitlab_ci,
    helm,
    jenkinsfile,
    kubernetes,
    kustomize,
    plan_prediction,
    python,
    terraform,
)

_ALL = (
    terraform,
    cloudformation,
    kubernetes,
    helm,
    kustomize,
    dockerfile,
    compose,
    github_actions,
    gitlab_ci,
    azure_pipelines,
    circleci,
    bitbucket_pipelines,
    jenkinsfile,
    bash,
    python,
    ansible,
    plan_prediction,
)

FORMATS: Mapping[str, Format] = {each.FORMAT.name: each.FORMAT for each in _ALL}
"""In the order in which they are shown."""
