"""Kubernetes: workloads, how they are reached, and what they may do."""

from datagen.categories.kubernetes import access, batch, exposure, stateful, workloads
from datagen.topic import Category

CATEGORY = Category(
    name="kubernetes",
    summary="Kubernetes manifests of built-in kinds",
    topics=(
        workloads.DEPLOYMENT,
        workloads.CONFIGURED,
        stateful.TOPIC,
        batch.CRON_JOB,
        exposure.INGRESS,
        exposure.AUTOSCALER,
        access.NETWORK_POLICY,
        access.RBAC,
    ),
)
