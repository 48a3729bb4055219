"""Docker: Dockerfiles and compose files."""

from datagen.categories.docker import built, java, metrics, served, stacks
from datagen.topic import Category

CATEGORY = Category(
    name="docker",
    summary="Dockerfiles and compose files",
    topics=(
        served.PYTHON_API,
        served.STATIC_SITE,
        built.NODE,
        built.GO,
        stacks.WEB_DATABASE,
        stacks.WORKER,
        java.TOPIC,
        metrics.TOPIC,
    ),
)
