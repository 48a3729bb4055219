"""CI/CD: GitHub Actions workflows and GitLab CI pipelines."""

from datagen.categories.cicd import (
    delivery,
    deployment,
    gitlab,
    gitlab_deployment,
    infrastructure,
    quality,
)
from datagen.topic import Category

CATEGORY = Category(
    name="cicd",
    summary="GitHub Actions workflows and GitLab CI pipelines",
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
    ),
)
