"""Helm: whole charts, and changes of charts that are there."""

from datagen.categories.helm import added, changes, jobs, services
from datagen.topic import Category

CATEGORY = Category(
    name="helm",
    summary="Helm charts: whole ones, and changes of given ones",
    topics=(
        services.WEB,
        services.SETTINGS,
        jobs.SCHEDULED,
        added.INGRESS,
        added.AUTOSCALER,
        jobs.MIGRATION,
        changes.FIXED,
        changes.ACCOUNT,
    ),
)
