"""Terraform on AWS: from a bucket to a service with its database, queue and alarms."""

from datagen.categories.terraform import (
    access,
    balancing,
    compute,
    containers,
    databases,
    events,
    messaging,
    network,
    serverless,
    storage,
)
from datagen.topic import Category

CATEGORY = Category(
    name="terraform",
    summary="Terraform configurations for AWS",
    topics=(
        storage.BUCKET,
        storage.TABLE,
        network.VPC,
        network.SECURITY_GROUP,
        access.TOPIC,
        compute.INSTANCE,
        compute.ALARM,
        messaging.TOPIC,
        databases.INSTANCE,
        databases.AURORA,
        databases.CACHE,
        containers.CLUSTER,
        containers.FARGATE,
        containers.REPOSITORY,
        serverless.CONSUMER,
        serverless.API,
        serverless.STATE_MACHINE,
        balancing.APPLICATION,
        balancing.NETWORK,
        balancing.SCALING,
        events.RULE,
        events.FANOUT,
    ),
)
