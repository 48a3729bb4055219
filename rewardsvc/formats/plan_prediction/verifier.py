"""Predicted plans: JSON, the form of resource changes. Nothing is planned here: the truth is."""

import json
import time

from rewardsvc.artifact import Artifact, File
from rewardsvc.formats.plan_prediction.changes import SCHEMA, faults_of
from rewardsvc.types import Component, Diagnostic, Target
from rewardsvc.verification.ladder import shortened, skipped, syntax
from rewardsvc.verification.schemas import Schema
from rewardsvc.verification.verifier import Findings, Workbench
from rewardsvc.verification.yaml_files import YamlFile
from rewardsvc.yaml12 import Lines
from sandbox.jsontext import KeyTwice, read_json

_SCHEMA = Schema(SCHEMA)


class PlanPredictionVerifier:
    """Stages: ``parse`` and ``schema`` (syntax). ``documents`` has the answer's object."""

    format = "plan-prediction"
    languages = frozenset({"json"})
    default_path = "plan.json"
    many = False
    companions = False
    tools: tuple[str, ...] = ()
    targets = frozenset({Target.DOCUMENTS})

    async def verify(self, artifact: Artifact, workbench: Workbench) -> Findings:
        """Climb the ladder; see :class:`rewardsvc.verification.verifier.Verifier`."""
        started = time.perf_counter()
        read = [_read(file) for file in artifact.files]
        problems = [each for each in read if isinstance(each, Diagnostic)]
        parse = syntax("parse", problems, time.perf_counter() - started)
        if problems:
            stages = (parse, skipped("schema", Component.SYNTAX, "a file does not parse"))
            return Findings(stages, parsed=False)
        started = time.perf_counter()
        sources = [each for each in read if isinstance(each, YamlFile)]
        objections = [found for source in sources for found in _objections(source)]
        accepted = [] if objections else [source.value for source in sources]
        vacuous = ""
        if any(not document["resource_changes"] for document in accepted):
            vacuous = "it predicts no change"
        schema = syntax("schema", objections, time.perf_counter() - started)
        return Findings(
            (parse, schema), vacuous=vacuous, projections={Target.DOCUMENTS: list(accepted)}
        )


def _read(file: File) -> YamlFile | Diagnostic:
    """A file with its places (JSON is YAML), or why it is none.

    RecursionError goes through: it is a bound of the analysis.
    """
    try:
        return YamlFile(file, 0, read_json(file.text, unique=True), 1, Lines(file.text))
    except json.JSONDecodeError as error:
        return Diagnostic("error", error.msg, "json", file.path, error.lineno)
    except KeyTwice as error:
        line = file.text.count("\n", 0, file.text.rfind(json.dumps(error.key)) + 1) + 1
        return Diagnostic("error", shortened(str(error)), "json", file.path, line)


def _objections(source: YamlFile) -> list[Diagnostic]:
    """What the schema objects to, or what is wrong with changes of its form."""
    violations = _SCHEMA.violations(source.value)
    if violations:
        return [
            source.problem("schema", f"{each.place or 'file'}: {each.message}", each.path)
            for each in violations
        ]
    return [
        source.problem("change", what, ("resource_changes", index, key))
        for index, key, what in faults_of(source.value)
    ]
