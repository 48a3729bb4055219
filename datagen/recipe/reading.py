"""From a file to a recipe, and from a recipe to what is worked off."""

from collections.abc import Iterator
from importlib import resources
from pathlib import Path

from datagen.balance import shared_out
from datagen.errors import OutputUnusable, WrongUsage
from datagen.portion import Portion
from datagen.recipe.sections import CategoryShare, Recipe, teachers_of
from datagen.teachers import DOCUMENTATION, OWN
from datagen.teachers.prompt import SYSTEM
from rewardsvc.focus import NO_FOCUS, Focus
from rewardsvc.types import JsonValue
from rewardsvc.yaml_file import read_yaml_mapping, validated

_SIZES = frozenset(
    {"count", "batch", "budget", "concurrency", "teacher_timeout", "export", "coverage"}
)
"""Keys that may change from run to run in a folder: how much is wanted, and how it is worked off,
not which pairs. What coverage comes to is kept with the folder instead."""

_ON_ROWS = frozenset({"deduplicate", "decontaminate", "split"})
"""Keys that may change, too: what is done with rows follows from the journal, each time anew."""


def read_recipe(path: Path) -> Recipe:
    """The recipe in a YAML file.

    Raises:
        rewardsvc.errors.InvalidFile: names the file, the key, the line, and the nearest right one.
    """
    return validated(Recipe, read_yaml_mapping(path))


def write_starter(path: Path) -> None:
    """Write a recipe with comments, to begin with.

    Raises:
        WrongUsage: there is a file.
        OutputUnusable: it cannot be written.
    """
    text = (resources.files("datagen.recipe") / "starter.yaml").read_text(encoding="utf-8")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError as error:
        raise WrongUsage(f"{path}: is there already, and is left as it is") from error
    except OSError as error:
        raise OutputUnusable(f"{path}: cannot be written: {error.strerror}") from error


def portions_of(recipe: Recipe, focus: Focus = NO_FOCUS) -> list[Portion]:
    """How many pairs of which category each teacher writes; categories in the recipe's order.

    ``focus``: multiplies the shares of categories without a count of their own.

    Raises:
        WrongUsage: it leaves none of these.
    """
    open_ended = [name for name, each in recipe.categories.items() if each.count is None]
    fixed = sum(each.count or 0 for each in recipe.categories.values())
    left = (recipe.count or fixed) - fixed
    weights = [recipe.categories[name].share * focus.of_category(name) for name in open_ended]
    if left and not any(weights):
        raise WrongUsage(
            f"focus: {', '.join(open_ended)} all have the weight 0, so that nobody is left for "
            f"{left} pairs"
        )
    shares = shared_out(left, weights) if left else [0] * len(weights)
    counts = dict(zip(open_ended, shares, strict=True))
    return [
        portion
        for name, wanted in recipe.categories.items()
        for portion in _of_category(name, wanted, counts.get(name, wanted.count or 0), recipe)
    ]


def _of_category(name: str, wanted: CategoryShare, count: int, recipe: Recipe) -> Iterator[Portion]:
    weights = teachers_of(name, recipe.teachers)
    # The documentation's topics are its own; the others are dealt those of the category.
    dealt = [teacher for teacher in weights if teacher != DOCUMENTATION]
    for teacher, part in zip(weights, shared_out(count, list(weights.values())), strict=True):
        if teacher == DOCUMENTATION:
            yield Portion(category=name, teacher=teacher, count=part)
        else:
            yield Portion(
                category=name,
                topics=wanted.topics,
                teacher=teacher,
                count=part,
                weights=tuple(weights[each] for each in dealt),
                place=dealt.index(teacher),
            )


def fingerprint(recipe: Recipe) -> dict[str, JsonValue]:
    """What a folder's rows depend on, by name. Teachers' addresses are part of their names."""
    said = recipe.model_dump(mode="json", exclude={*_SIZES, *_ON_ROWS})
    categories = {
        name: {key: value for key, value in each.items() if key != "count"}
        for name, each in said.pop("categories").items()
    }
    models = any(name not in OWN for name in recipe.teachers)
    if not models or recipe.taxonomy is None:  # nothing is drawn, as before there were any
        del said["taxonomy"]
    return {
        **{f"categories.{name}": each for name, each in categories.items()},
        **said,
        **({"system prompt": SYSTEM} if models else {}),
    }
