"""When two JSON values are equal: with their types, so that true is not 1; 3 equals 3.0."""

from rewardsvc.types import JsonValue


def json_equal(left: JsonValue, right: JsonValue) -> bool:
    """Whether two JSON values are equal; objects whatever the order of their keys."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, int | float) and isinstance(right, int | float):
        return left == right
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(
            json_equal(value, right[key]) for key, value in left.items()
        )
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        return len(left) == len(right) and all(map(json_equal, left, right))
    return type(left) is type(right) and bool(left == right)
