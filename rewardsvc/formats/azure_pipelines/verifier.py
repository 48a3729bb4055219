"""Azure Pipelines: parse, Microsoft's schema, whether jobs and stages are there, shellcheck."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from rewardsvc.formats.azure_pipelines.schema import AzureSchema
from rewardsvc.types import Diagnostic, JsonValue
from rewardsvc.verification.pipelines.constant import never
from rewardsvc.verification.pipelines.scripts import Script
from rewardsvc.verification.pipelines.values import Silent, cycle, listing, mapping, texts
from rewardsvc.verification.pipelines.verifier import Objecting, PipelineVerifier
from rewardsvc.verification.schemas import Violation
from rewardsvc.verification.yaml_files import YamlFile

_EXPRESSION = re.compile(r"\$\{\{.{0,500}?\}\}", re.DOTALL)
_MACRO = re.compile(r"\$\([A-Za-z_][\w.\-]*\)")
_WORK = ("script", "bash", "pwsh", "powershell", "task", "template", "publish")
"""Steps that do something; ``checkout`` and ``download`` only bring it."""
_SCRIPT_TASK = re.compile(r"Bash@\d+", re.IGNORECASE)
_SHELLED = re.compile(r"ubuntu|macos|linux", re.IGNORECASE)
_TEMPLATE = re.compile(r".+@(?P<alias>[^@/\\]+)")
_WHOLE = ("trigger", "pr", "schedules", "resources", "pool")
"""Keys that only a whole pipeline has, a template has not."""

_LOOKED_AT = frozenset(
    {"condition", "dependsOn", "deployment", "enabled", "extends", "inputs", "job", "jobs", "on"}
    | {"pool", "repositories", "resources", "stage", "stages", "steps", "strategy", "vmImage"}
    | {*_WORK}
)
_KEYS: dict[str, str] = {key.lower(): key for key in _LOOKED_AT}
"""Keys that are looked at, for Azure reads them in any case."""

_Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class _Unit:
    """A stage or a job. ``pool``: of the nearest that names one."""

    value: Mapping[str, JsonValue]
    path: _Path
    pool: JsonValue = None

    @property
    def name(self) -> str:
        """Lower case, for names differ by more than that; "" where it has none."""
        for key in ("stage", "job", "deployment"):
            if isinstance(self.value.get(key), str):
                return str(self.value[key]).lower()
        return ""


class AzurePipelinesVerifier(PipelineVerifier):
    """See :class:`rewardsvc.verification.pipelines.verifier.PipelineVerifier`."""

    format = "azure-pipelines"
    languages = frozenset({"yaml", "yml", "azure-pipelines", "azure"})
    default_path = "azure-pipelines.yml"
    schema = "azure-pipelines.json"

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
        return _expressed(value) or "${{" in violation.message

    def vacuous(self, pipeline: JsonValue) -> str:
        """Nothing runs where every step, job or stage is switched off, or there is none."""
        root = mapping(pipeline)
        if "extends" in root:
            return ""
        stages = _stages(root)
        if any(_templated(stage) for stage in stages):
            return ""
        silent = Silent()
        for stage in stages:
            if _off(stage.value):
                continue
            for job in _jobs(stage):
                if not _off(job.value) and ("template" in job.value or _works(job.value, silent)):
                    return ""
        return "no job has a step that runs" if stages else "there is no job in it"

    def references(self, source: YamlFile) -> Iterator[Diagnostic]:
        """Stages and jobs that are waited for, and repositories that templates come from."""
        root = mapping(source.value)
        stages = _stages(root)
        folded = _folded(source)
        if "stages" in root:
            yield from _waiting(source, stages, "stage", folded)
        for stage in stages:
            yield from _waiting(source, _jobs(stage), "job", folded)
        if any(key in root for key in _WHOLE):
            yield from _repositories(source, root)

    def scripts(self, source: YamlFile) -> Iterator[Script]:
        """``bash`` steps, and ``script`` steps where the pool's image is known to have a shell."""
        for stage in _stages(mapping(source.value)):
            for job in _jobs(stage):
                image = str(mapping(job.pool).get("vmImage", ""))
                for step, path in _steps(job):
                    text = step.get("bash")
                    if text is None and _SHELLED.search(image):
                        text = step.get("script")
                    if text is None and _SCRIPT_TASK.fullmatch(str(step.get("task"))):
                        text = mapping(step.get("inputs")).get("script")
                    if isinstance(text, str):
                        plain = _MACRO.sub("x", _EXPRESSION.sub("x", text))
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


def _expressed(value: JsonValue) -> bool:
    """Whether an expression stands in for a value or for part of it."""
    if isinstance(value, str):
        return "${{" in value or "$[" in value or bool(_MACRO.search(value))
    return False


def _stages(root: Mapping[str, JsonValue]) -> list[_Unit]:
    """The stages; a pipeline without any is one stage."""
    pool = root.get("pool")
    if "stages" in root:
        return [
            _Unit(stage, ("stages", index), stage.get("pool", pool))
            for index, stage in enumerate(listing(root["stages"]))
            if isinstance(stage, dict)
        ]
    return [_Unit(root, (), pool)] if "jobs" in root or "steps" in root else []


def _jobs(stage: _Unit) -> list[_Unit]:
    """The jobs; a pipeline with nothing but steps is one job."""
    if "jobs" in stage.value:
        return [
            _Unit(job, (*stage.path, "jobs", index), job.get("pool", stage.pool))
            for index, job in enumerate(listing(stage.value["jobs"]))
            if isinstance(job, dict)
        ]
    return [stage] if "steps" in stage.value else []


def _templated(unit: _Unit) -> bool:
    return "template" in unit.value


def _steps(job: _Unit) -> Iterator[tuple[Mapping[str, JsonValue], _Path]]:
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


def _works(job: Mapping[str, JsonValue], silent: Silent) -> bool:
    return any(
        not silent.holds_of(*map(step.get, _WORK)) and not _off(step)
        for step, _ in _steps(_Unit(job, ()))
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


def _waiting(
    source: YamlFile, units: Sequence[_Unit], kind: str, folded: bool
) -> Iterator[Diagnostic]:
    names = Counter(unit.name for unit in units if unit.name and "$" not in unit.name)
    open_ended = any(_templated(unit) or "$" in unit.name for unit in units)
    seen: set[str] = set()
    for unit in units:
        if unit.name in seen and names[unit.name] > 1 and not folded:
            yield source.problem("duplicate", f"two {kind}s are called {unit.name!r}", unit.path)
        seen.add(unit.name)
        for other in texts(unit.value.get("dependsOn")):
            if other and "$" not in other and other.lower() not in names and not open_ended:
                yield source.problem(
                    "dependsOn",
                    f"{unit.name or kind} depends on the {kind} {other!r}, which is not there",
                    (*unit.path, "dependsOn"),
                )
    waiting = {
        unit.name: [other.lower() for other in texts(unit.value.get("dependsOn"))]
        for unit in units
        if unit.name
    }
    if circle := cycle(waiting):
        yield source.problem("cycle", f"{kind}s wait in a circle: {' → '.join(circle[:20])}")


def _folded(source: YamlFile) -> bool:
    """Whether the file has alternatives (``${{ if }}``, ``${{ else }}``), of which one counts."""
    return bool(_EXPRESSION.search(source.file.text)) and "${{" in source.file.text


def _repositories(source: YamlFile, root: Mapping[str, JsonValue]) -> Iterator[Diagnostic]:
    declared = {"self", "none"} | {
        str(mapping(entry).get("repository"))
        for entry in listing(mapping(root.get("resources")).get("repositories"))
    }
    for template, path in _templates(root):
        match = _TEMPLATE.fullmatch(template)
        if match and "$" not in match["alias"] and match["alias"] not in declared:
            yield source.problem(
                "repository",
                f"the template {template!r} is of a repository that resources do not declare",
                path,
            )


def _templates(value: JsonValue, path: _Path = ()) -> Iterator[tuple[str, _Path]]:
    if isinstance(value, dict):
        if isinstance(value.get("template"), str):
            yield value["template"], (*path, "template")
        for key, inner in value.items():
            yield from _templates(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _templates(inner, (*path, index))
