"""Inputs of the tasks that Microsoft's schema knows: what it objects to is likely a mistake.

It is no refusal. The agent hands to a task whatever inputs a step gives (TaskRunner.cs of
microsoft/azure-pipelines-agent: defaults, then the step's, unchecked), and the task asks for those
that it wants when it runs: AzureWebApp@1 reads ``appType`` as one that may be missing, which the
schema and the task's own page call required (AzureWebAppV1 of microsoft/azure-pipelines-tasks).
Several of Microsoft's own starter templates have inputs that the schema does not know.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import jsonschema_rs

from rewardsvc.types import JsonValue
from rewardsvc.verification.pipelines.values import mapping

_NAMED = re.compile(r"\^([\w.-]+@\d+)\$")
_QUOTED = re.compile(r"""['"]([\w.-]+)['"]""")


class TaskInputs:
    """``schemas``: of the inputs of each task, by its name in small letters. ``names``: of inputs
    by that and their form in small letters; ``choices``: their values likewise."""

    def __init__(
        self,
        schemas: Mapping[str, JsonValue],
        names: Mapping[tuple[str, str], str],
        choices: Mapping[tuple[str, str], Sequence[JsonValue]],
    ) -> None:
        self._schemas = schemas
        self._names = names
        self._choices = choices
        self._compiled: dict[str, Any] = {}

    @classmethod
    def of(cls, schema: JsonValue, relaxed: JsonValue) -> "TaskInputs":
        """Those of Microsoft's schema, as Azure reads names and values of them."""
        schemas: dict[str, JsonValue] = {}
        names: dict[tuple[str, str], str] = {}
        choices: dict[tuple[str, str], Sequence[JsonValue]] = {}
        branches = zip(
            schema["definitions"]["task"]["anyOf"],
            relaxed["definitions"]["task"]["anyOf"],
            strict=True,
        )
        for written, branch in branches:
            named = _NAMED.fullmatch(str(written["properties"]["task"].get("pattern")))
            if named is None:
                continue
            schemas[named[1].lower()] = branch["properties"]["inputs"]
            for name, said in written["properties"]["inputs"]["properties"].items():
                names[named[1].lower(), name.lower()] = name
                if "enum" in said:
                    choices[named[1].lower(), name.lower()] = said["enum"]
        return cls(schemas, names, choices)

    def objections(self, step: Mapping[str, JsonValue]) -> Iterator[str]:
        """What the schema says of the inputs of a step with a task that it knows."""
        task, given = step.get("task"), mapping(step.get("inputs"))
        if not isinstance(task, str) or any("$" in name for name in given):
            return
        validator = self._validator(task.lower())
        if validator is None:
            return
        own = {name.lower(): name for name in given}

        def written(name: str) -> str:
            return own.get(name) or self._names.get((task.lower(), name), name)

        for error in validator.iter_errors(lowered(given)):
            name = "".join(map(str, error.instance_path[:1]))
            choices = self._choices.get((task.lower(), name))
            if choices:
                words = f"{error.instance!r} is not one of {', '.join(map(str, choices[:10]))}"
            else:
                words = _QUOTED.sub(lambda quoted: f"'{written(quoted[1])}'", error.message)
            yield f"{task}: {f'{written(name)}: ' if name else ''}{words}"

    def _validator(self, task: str) -> Any:
        if task not in self._compiled and task in self._schemas:
            self._compiled[task] = jsonschema_rs.validator_for(self._schemas[task], offline=True)
        return self._compiled.get(task)


def lowered(value: JsonValue) -> JsonValue:
    """A value with its keys in small letters, as far as Azure reads them in any case."""
    if isinstance(value, dict):
        return {key.lower(): lowered(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [lowered(inner) for inner in value]
    return value
