"""The verifiers, by the name of their format. A new format is one module here and one line below.

docs/adding-a-format.md shows how.
"""

from collections.abc import Mapping

from rewardsvc.verifiers.azure_pipelines import AzurePipelinesVerifier
from rewardsvc.verifiers.base import Verifier
from rewardsvc.verifiers.bash import BashVerifier
from rewardsvc.verifiers.bitbucket_pipelines import BitbucketPipelinesVerifier
from rewardsvc.verifiers.circleci import CircleciVerifier
from rewardsvc.verifiers.compose import ComposeVerifier
from rewardsvc.verifiers.dockerfile import DockerfileVerifier
from rewardsvc.verifiers.github_actions import GithubActionsVerifier
from rewardsvc.verifiers.gitlab_ci import GitlabCiVerifier
from rewardsvc.verifiers.jenkinsfile import JenkinsfileVerifier
from rewardsvc.verifiers.kubernetes import KubernetesVerifier
from rewardsvc.verifiers.python import PythonVerifier
from rewardsvc.verifiers.terraform import TerraformVerifier

_ALL: tuple[Verifier, ...] = (
    TerraformVerifier(),
    KubernetesVerifier(),
    DockerfileVerifier(),
    ComposeVerifier(),
    GithubActionsVerifier(),
    GitlabCiVerifier(),
    AzurePipelinesVerifier(),
    CircleciVerifier(),
    BitbucketPipelinesVerifier(),
    JenkinsfileVerifier(),
    BashVerifier(),
    PythonVerifier(),
)

VERIFIERS: Mapping[str, Verifier] = {verifier.format: verifier for verifier in _ALL}
