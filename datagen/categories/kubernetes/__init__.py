"""Kubernetes: workloads, how they are reached, what they may do, and resources of operators."""

from datagen.categories.kubernetes import (
    access,
    argo,
    batch,
    exposure,
    gateway,
    jobs,
    knative,
    limits,
    monitoring,
    nodes,
    stateful,
    workloads,
)
from datagen.topic import Category

CATEGORY = Category(
    name="kubernetes",
    summary="Kubernetes manifests of built-in kinds and of common operators",
    topics=(
        workloads.DEPLOYMENT,
        workloads.CONFIGURED,
        stateful.TOPIC,
        batch.CRON_JOB,
        exposure.INGRESS,
        exposure.AUTOSCALER,
        access.NETWORK_POLICY,
        access.RBAC,
        nodes.DAEMON_SET,
        nodes.PRIORITY,
        jobs.TOPIC,
        limits.CLAIM,
        limits.QUOTA,
        limits.DISRUPTION,
        gateway.ROUTE,
        gateway.CERTIFICATE,
        monitoring.TOPIC,
        argo.TOPIC,
        knative.TOPIC,
    ),
)
