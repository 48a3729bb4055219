"""CI/CD: GitHub Actions, GitLab CI, Azure Pipelines, CircleCI, Bitbucket and Jenkins pipelines."""

from datagen.categories.cicd import (
    azure,
    bitbucket,
    circleci,
    delivery,
    deployment,
    gitlab,
    gitlab_deployment,
    infrastructure,
    jenkins_build,
    jenkins_parallel,
    jenkins_release,
    quality,
)
from datagen.topic import Category

CATEGORY = Category(
    name="cicd",
    summary="GitHub Actions, GitLab CI, Azure Pipelines, CircleCI, Bitbucket and Jenkins pipelines",
    topics=(
        quality.MATRIX,
        quality.SCHEDULED,
        delivery.PUBLISH,
        delivery.RELEASE,
        deployment.TOPIC,
        infrastructure.TOPIC,
        gitlab.TEST,
        gitlab.IMAGE,
        gitlab_deployment.TOPIC,
        azure.MATRIX,
        azure.STAGES,
        circleci.TEST,
        circleci.RELEASE,
        bitbucket.REQUESTS,
        bitbucket.ENVIRONMENTS,
        jenkins_build.BUILD,
        jenkins_parallel.PARALLEL,
        jenkins_release.RELEASE,
    ),
)
