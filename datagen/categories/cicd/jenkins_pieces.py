"""Jenkins: what checks look for in a declarative pipeline, shared by its topics."""

from datagen.pins import ast, raw
from rewardsvc.types import Check


def stage(name: str) -> str:
    """Expression: the stage of a name, among those of the pipeline itself."""
    return f"(stages[?name=='{name}'] | [0])"


def runs(where: str, command: str) -> Check:
    """The stage at an expression has a step ``sh`` with that script."""
    steps = f"{where}.steps[?name=='sh'].arguments.script"
    return ast(f"length({steps} | [?@ == {raw(command)}]) > `0`")


def option(name: str, *arguments: tuple[str, str | int | bool]) -> Check:
    """The pipeline has an option with these arguments."""
    conditions = [f"name=='{name}'"]
    for key, value in arguments:
        said = raw(value) if isinstance(value, str) else f"`{str(value).lower()}`"
        conditions.append(f"arguments.{key} == {said}")
    return ast(f"length(options[?{' && '.join(conditions)}]) > `0`")


def step(steps: str, name: str, argument: str, value: str) -> Check:
    """Among steps is one of a name with an argument."""
    found = f"{steps}[?name=='{name}' && arguments.{argument} == {raw(value)}]"
    return ast(f"length({found} || `[]`) > `0`")
