"""Terraform on AWS: storage, network, access, compute, messaging."""

from datagen.categories.terraform import access, compute, messaging, network, storage
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
    ),
)
