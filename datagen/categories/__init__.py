"""The categories: one sub-package for each, named here."""

from collections.abc import Mapping
from typing import Final

from datagen.categories import (
    ansible,
    bash,
    cicd,
    cloudformation,
    docker,
    helm,
    kubernetes,
    kustomize,
    mlops,
    terraform,
)
from datagen.topic import Category

CATEGORIES: Final[Mapping[str, Category]] = {
    module.CATEGORY.name: module.CATEGORY
    for module in (
        mlops,
        terraform,
        kubernetes,
        docker,
        cicd,
        helm,
        kustomize,
        cloudformation,
        ansible,
        bash,
    )
}
