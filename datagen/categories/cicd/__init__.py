"""CI/CD: GitHub Actions workflows and GitLab CI pipelines."""

from datagen.categories.cicd import delivery, gitlab, infrastructure, quality
from datagen.topic import Category

CATEGORY = Category(
    name="cicd",
    summary="GitHub Actions workflows and GitLab CI pipelines",
    topics=(
        quality.MATRIX,
        quality.SCHEDULED,
        delivery.PUBLISH,
        delivery.RELEASE,
        delivery.DEPLOY,
        infrastructure.TOPIC,
        gitlab.TEST,
        gitlab.IMAGE,
        gitlab.DEPLOY,
    ),
)
