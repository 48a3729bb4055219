"""CloudFormation: templates of storage, messaging, functions, networks."""

from datagen.categories.cloudformation import access, compute, messaging, network, storage
from datagen.topic import Category

CATEGORY = Category(
    name="cloudformation",
    summary="CloudFormation templates",
    topics=(
        storage.BUCKET,
        storage.TABLE,
        messaging.QUEUE,
        messaging.ALARM,
        compute.FUNCTION,
        compute.FIREWALL,
        network.TOPIC,
        access.TOPIC,
    ),
)
