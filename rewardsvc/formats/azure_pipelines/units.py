"""The stages, jobs and steps of an Azure pipeline, with where they stand."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rewardsvc.types import JsonValue
from rewardsvc.verification.pipelines.values import listing, mapping

EXPRESSION = re.compile(r"\$\{\{.{0,500}?\}\}", re.DOTALL)
MACRO = re.compile(r"\$\([A-Za-z_][\w.\-]*\)")

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class AzureUnit:
    """A stage or a job. ``pool``: of the nearest that names one."""

    value: Mapping[str, JsonValue]
    path: Path
    pool: JsonValue = None

    @property
    def name(self) -> str:
        """Lower case, for names differ by more than that; "" where it has none."""
        for key in ("stage", "job", "deployment"):
            if isinstance(self.value.get(key), str):
                return str(self.value[key]).lower()
        return ""


def expressed(value: JsonValue) -> bool:
    """Whether an expression stands in for a value or for part of it."""
    if isinstance(value, str):
        return "${{" in value or "$[" in value or bool(MACRO.search(value))
    return False


def stages_of(root: Mapping[str, JsonValue]) -> list[AzureUnit]:
    """The stages; a pipeline without any is one stage."""
    pool = root.get("pool")
    if "stages" in root:
        return [
            AzureUnit(stage, ("stages", index), stage.get("pool", pool))
            for index, stage in enumerate(listing(root["stages"]))
            if isinstance(stage, dict)
        ]
    return [AzureUnit(root, (), pool)] if "jobs" in root or "steps" in root else []


def jobs_of(stage: AzureUnit) -> list[AzureUnit]:
    """The jobs; a pipeline with nothing but steps is one job."""
    if "jobs" in stage.value:
        return [
            AzureUnit(job, (*stage.path, "jobs", index), job.get("pool", stage.pool))
            for index, job in enumerate(listing(stage.value["jobs"]))
            if isinstance(job, dict)
        ]
    return [stage] if "steps" in stage.value else []


def templated(unit: AzureUnit) -> bool:
    """Whether a template stands for it."""
    return "template" in unit.value


def steps_of(job: AzureUnit) -> Iterator[tuple[Mapping[str, JsonValue], Path]]:
    """The steps of a job, those of a deployment's hooks included."""
    for index, step in enumerate(listing(job.value.get("steps"))):
        if isinstance(step, dict):
            yield step, (*job.path, "steps", index)
    for kind, strategy in mapping(job.value.get("strategy")).items():
        hooks = mapping(strategy)
        for hook, value in (*hooks.items(), *mapping(hooks.get("on")).items()):
            for index, step in enumerate(listing(mapping(value).get("steps"))):
                if isinstance(step, dict):
                    yield step, (*job.path, "strategy", kind, hook, "steps", index)
