"""Makes verified instruction pairs for infrastructure code: sources, stages, outputs.

These names make a data set, or are what a topic of one's own is made of, with the categories that
come with the package; what else there is may change. ``examples/make_a_data_set.py`` and
``examples/a_category.py`` have them at work:

>>> from datagen import CATEGORIES
>>> "docker" in CATEGORIES
True

The command line is ``datagen --help``.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datagen.brief import Brief, lit, need, num
    from datagen.categories import CATEGORIES
    from datagen.making import create_dataset
    from datagen.topic import Category, Topic

__all__ = [
    "CATEGORIES",
    "Brief",
    "Category",
    "Topic",
    "create_dataset",
    "lit",
    "need",
    "num",
]

if not TYPE_CHECKING:
    # Loaded when first named: `datagen --help` must not wait for the categories.
    def __getattr__(name: str) -> Any:
        if name in __all__:
            from rewardsvc.extras import needing

            for room in ("brief", "topic", "categories", "making"):
                with needing("datagen"):
                    found = vars(import_module(f"datagen.{room}"))
                if name in found:
                    return found[name]
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
