"""Azure Pipelines: parse, Microsoft's schema, whether jobs and stages are there, shellcheck."""

import re
from collections.abc import Iterator, Mapping
from functools import partial

from rewardsvc.formats.azure_pipelines.pipeline import AzurePipeline
from rewardsvc.formats.azure_pipelines.refusals import REFUSALS
from rewardsvc.formats.azure_pipelines.schema import AzureSchema
from rewardsvc.formats.azure_pipelines.units import (
    EXPRESSION,
    MACRO,
    AzureUnit,
    expressed,
    jobs_of,
    stages_of,
    steps_of,
    templated,
)
from rewardsvc.types import Diagnostic, JsonValue
from rewardsvc.verification.pipelines.constant import never
from rewardsvc.verification.pipelines.scripts import Script
from rewardsvc.verification.pipelines.values import Silent, mapping
from rewardsvc.verification.pipelines.verifier import Objecting, PipelineVerifier
from rewardsvc.verification.refusals import refusals_in
from rewardsvc.verification.schemas import Violation
from rewardsvc.verification.yaml_files import YamlFile

_WORK = ("script", "bash", "pwsh", "powershell", "task", "template", "publish")
"""Steps that do something; ``checkout`` and ``download`` only bring it."""
_SCRIPT_TASK = re.compile(r"Bash@\d+", re.IGNORECASE)
_SHELLED = re.compile(r"ubuntu|macos|linux", re.IGNORECASE)
_LOOKED_AT = frozenset(
    {"condition", "dependsOn", "deployment", "enabled", "extends", "inputs", "job", "jobs", "on"}
    | {"pool", "repositories", "resources", "stage", "stages", "steps", "strategy", "vmImage"}
    | {"checkout", "containers", "cron", "default", "displayName", "download", "matrix", "name"}
    | {"cancelTimeoutInMinutes", "timeoutInMinutes"}
    | {"packages", "parameters", "pipelines", "repository", "schedules", "type", "values"}
    | {*_WORK}
)
_KEYS: dict[str, str] = {key.lower(): key for key in _LOOKED_AT}
"""Keys that are looked at, for Azure reads them in any case."""


class AzurePipelinesVerifier(PipelineVerifier):
    """See :class:`rewardsvc.verification.pipelines.verifier.PipelineVerifier`."""

    format = "azure-pipelines"
    languages = frozenset({"yaml", "yml", "azure-pipelines", "azure"})
    default_path = "azure-pipelines.yml"
    schema = "azure-pipelines.json"
    advised = "inputs"

    def compiled(self, schema: JsonValue) -> Objecting:
        """Microsoft's schema, read as Azure reads pipelines."""
        return AzureSchema(schema)

    def unfolded(self, pipeline: JsonValue) -> JsonValue:
        """Template expressions as keys (``${{ if … }}:``) opened: their content stands for them,
        as in Microsoft's own language server."""
        return _unfold(pipeline)

    def live(self, pipeline: JsonValue) -> JsonValue:
        """The pipeline without the stages, jobs and steps that are switched off."""
        return _without_off(pipeline)

    def forgiven(self, violation: Violation, value: JsonValue) -> bool:
        """Where an expression stands, the schema cannot know what will stand there; and nothing
        may stand there where ``${{ each }}`` or ``${{ if }}`` left it. Templates may have their
        parameters as a mapping of defaults (learn.microsoft.com, "Template parameters")."""
        if violation.path == ("parameters",):
            return isinstance(value, dict)
        return expressed(value) or "${{" in violation.message

    def vacuous(self, pipeline: JsonValue) -> str:
        """Nothing runs where every step, job or stage is switched off, or there is none."""
        root = mapping(pipeline)
        if "extends" in root:
            return ""
        stages = stages_of(root)
        if any(templated(stage) for stage in stages):
            return ""
        silent = Silent()
        for stage in stages:
            if _off(stage.value):
                continue
            for job in jobs_of(stage):
                if not _off(job.value) and ("template" in job.value or _works(job.value, silent)):
                    return ""
        return "no job has a step that runs" if stages else "there is no job in it"

    def references(self, source: YamlFile) -> Iterator[Diagnostic]:
        """What :mod:`rewardsvc.formats.azure_pipelines.refusals` lists."""
        return refusals_in(REFUSALS, AzurePipeline.of(source))

    def advice(self, source: YamlFile, schema: Objecting) -> Iterator[Diagnostic]:
        """What :mod:`rewardsvc.formats.azure_pipelines.inputs` says of the inputs of tasks."""
        assert isinstance(schema, AzureSchema)  # it compiled it
        for steps in AzurePipeline.of(source).steps:
            for step, path in steps:
                for words in schema.inputs.objections(step):
                    yield source.problem("inputs", words, (*path, "inputs"), "warning")

    def scripts(self, source: YamlFile) -> Iterator[Script]:
        """``bash`` steps, and ``script`` steps where the pool's image is known to have a shell."""
        for stage in stages_of(mapping(source.value)):
            for job in jobs_of(stage):
                image = str(mapping(job.pool).get("vmImage", ""))
                for step, path in steps_of(job):
                    text = step.get("bash")
                    if text is None and _SHELLED.search(image):
                        text = step.get("script")
                    if text is None and _SCRIPT_TASK.fullmatch(str(step.get("task"))):
                        text = mapping(step.get("inputs")).get("script")
                    if isinstance(text, str):
                        plain = MACRO.sub("x", EXPRESSION.sub("x", text))
                        yield Script(plain, source.file.path, partial(source.line_of, path))


def _unfold(value: JsonValue) -> JsonValue:
    if isinstance(value, list):
        found: list[JsonValue] = []
        for item in value:
            if isinstance(item, dict) and item and all(map(_is_expression, item)):
                for inner in item.values():
                    opened = _unfold(inner)
                    found.extend(opened if isinstance(opened, list) else [opened])
            else:
                found.append(_unfold(item))
        return found
    if not isinstance(value, dict):
        return value
    keys: dict[str, JsonValue] = {}
    for key, inner in value.items():
        opened = _unfold(inner)
        if not _is_expression(key):
            canonical: str = _KEYS.get(str(key).lower()) or key
            keys[canonical] = opened
        elif isinstance(opened, dict):
            for name, one in opened.items():
                keys.setdefault(name, one)
        elif isinstance(opened, list) and len(value) == 1:
            return opened
    return keys


def _is_expression(key: str) -> bool:
    return key.startswith("${{") and key.rstrip().endswith("}}")


def _works(job: Mapping[str, JsonValue], silent: Silent) -> bool:
    return any(
        not silent.holds_of(*map(step.get, _WORK)) and not _off(step)
        for step, _ in steps_of(AzureUnit(job, ()))
    )


def _without_off(value: JsonValue) -> JsonValue:
    if not isinstance(value, dict):
        return value
    kept: dict[str, JsonValue] = dict(value)
    for key in ("stages", "jobs", "steps"):
        if isinstance(value.get(key), list):
            kept[key] = [_without_off(one) for one in value[key] if not _off(mapping(one))]
    return kept


def _off(value: Mapping[str, JsonValue]) -> bool:
    """Whether it can never run."""
    return any(never(value.get(key)) for key in ("condition", "enabled"))
