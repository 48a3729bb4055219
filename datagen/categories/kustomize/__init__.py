"""Kustomize: overlays on bases that are there, bases with overlays, components."""

from datagen.categories.kustomize import environments, overlays, patches
from datagen.topic import Category

CATEGORY = Category(
    name="kustomize",
    summary="Kustomize bases, overlays and components",
    topics=(
        overlays.RELEASE,
        overlays.SETTINGS,
        overlays.RESOURCES,
        overlays.INGRESS,
        environments.TWO,
        environments.COMPONENT,
        patches.HOST,
        patches.LABELLED,
    ),
)
