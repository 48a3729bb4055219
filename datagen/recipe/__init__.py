"""What a data set is to be: a YAML file, read into frozen settings.

``sections`` has every key with its type, default and meaning; ``reading`` reads a file and makes a
plan of it; ``starter.yaml`` is what ``datagen init`` writes.
"""

from datagen.recipe.reading import fingerprint, portions_of, read_recipe, write_starter
from datagen.recipe.sections import CategoryShare, Recipe

__all__ = [
    "CategoryShare",
    "Recipe",
    "fingerprint",
    "portions_of",
    "read_recipe",
    "write_starter",
]
