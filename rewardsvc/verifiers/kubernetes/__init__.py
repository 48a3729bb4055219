"""Kubernetes manifests: parse, strict schemas, and whether the resources fit together."""

import asyncio
import time
from pathlib import Path

from rewardsvc.artifact import Artifact
from rewardsvc.types import Component, Diagnostic, FailureKind, Fault, JsonValue, Target
from rewardsvc.verifiers.base import Findings, Workbench
from rewardsvc.verifiers.kubernetes.kinds import Kind, Kinds, Missing
from rewardsvc.verifiers.kubernetes.manifests import Manifest, manifests_of, substance
from rewardsvc.verifiers.kubernetes.references import check_references
from rewardsvc.verifiers.kubernetes.well_known import KINDS
from rewardsvc.verifiers.ladder import lint, skipped, syntax
from rewardsvc.verifiers.yaml_files import parse_files, unparsed

__all__ = ["KubernetesVerifier"]


class KubernetesVerifier:
    """Stages: ``parse`` and ``schema`` (syntax), ``lint`` (format; selectors, ports, volumes).

    ``documents`` holds the resources that their schema accepted, items of a List one by one.
    """

    format = "kubernetes"
    languages = frozenset({"yaml", "yml", "kubernetes", "k8s", "json"})
    default_path = "manifest.yaml"
    many = True
    tools: tuple[str, ...] = ("kubernetes-schemas",)
    targets = frozenset({Target.DOCUMENTS})

    def __init__(self) -> None:
        self._kinds: dict[tuple[Path | None, Path | None], Kinds] = {}

    async def verify(self, artifact: Artifact, workbench: Workbench) -> Findings:
        """Climb the ladder; see :class:`rewardsvc.verifiers.base.Verifier`."""
        tool = workbench.toolchain.require("kubernetes-schemas")
        key = (tool.path, workbench.toolchain.crd_schemas)
        if key not in self._kinds:
            assert tool.path is not None  # the schemas are a folder
            self._kinds[key] = Kinds(tool.path, workbench.toolchain.crd_schemas)
        # Parsing and schemas keep a core busy for milliseconds, and for longer on hostile texts:
        # in a thread, so that the event loop keeps answering.
        return await asyncio.to_thread(
            self._verify, artifact, self._kinds[key], f"kubernetes-validate {tool.version}"
        )

    def _verify(self, artifact: Artifact, kinds: Kinds, source: str) -> Findings:
        files = parse_files(artifact, self.languages)
        if not files.parsed:
            return unparsed(files, (("schema", Component.SYNTAX), ("lint", Component.FORMAT)))
        started = time.perf_counter()
        manifests = [manifest for part in files.sources for manifest in manifests_of(part)]
        found = [kinds.find(manifest.api_version, manifest.kind) for manifest in manifests]
        note = Diagnostic("info", f"schemas of Kubernetes {kinds.release} ({source})", "toolchain")
        problems = [note]
        accepted: list[Manifest] = []
        for manifest, kind in zip(manifests, found, strict=True):
            objections = _objections(manifest, kind)
            problems.extend(objections)
            if not objections and isinstance(kind, Kind):
                accepted.append(manifest)
        schema = syntax("schema", problems, time.perf_counter() - started)

        vacuous = _vacuous(manifests, found)
        if vacuous:
            fit = skipped("lint", Component.FORMAT, vacuous)
        else:
            started = time.perf_counter()
            custom = any(not (isinstance(kind, Kind) and kind.builtin) for kind in found)
            fit = lint(
                "lint", list(check_references(manifests, custom)), time.perf_counter() - started
            )
        documents: list[JsonValue] = [manifest.body for manifest in accepted]
        return Findings(
            (files.stage, schema, fit),
            vacuous=vacuous,
            projections={Target.DOCUMENTS: documents},
            fault=None if vacuous else _fault(manifests, found),
        )


def _objections(manifest: Manifest, kind: Kind | Missing) -> list[Diagnostic]:
    source = manifest.source
    if not isinstance(source.value, dict):
        return [source.problem("manifest", "a manifest is a mapping")]
    absent = [
        field
        for field, value in (("apiVersion", manifest.api_version), ("kind", manifest.kind))
        if not value
    ]
    if absent:
        return [source.problem("manifest", f"{' and '.join(absent)} must be given as text")]
    if kind is Missing.UNKNOWN:
        message = f"no schema knows {manifest.api_version} {manifest.kind}"
        return [source.problem("unknown-kind", message, ("kind",))]
    if isinstance(kind, Missing):
        return []  # our gap: a fault, no objection
    return [
        source.problem(
            "schema",
            f"{manifest.called}: {violation.place or 'manifest'}: {violation.message}",
            violation.path,
        )
        for violation in kind.schema.violations(manifest.body)
    ]


def _vacuous(manifests: list[Manifest], found: list[Kind | Missing]) -> str:
    if not manifests:
        return "there is no resource in it"
    if all(kind is Missing.UNKNOWN for kind in found):
        return "no schema knows any of its kinds"
    for manifest, kind in zip(manifests, found, strict=True):
        if kind is Missing.NOT_INSTALLED and substance(manifest, manifest.group in KINDS):
            return ""
        if isinstance(kind, Kind) and substance(manifest, kind.has_spec):
            return ""
    return "none of its resources says what to run or to hold"


def _fault(manifests: list[Manifest], found: list[Kind | Missing]) -> Fault | None:
    absent = sorted(
        {
            f"{manifest.api_version} {manifest.kind}"
            for manifest, kind in zip(manifests, found, strict=True)
            if kind is Missing.NOT_INSTALLED
        }
    )
    if not absent:
        return None
    return Fault(
        FailureKind.TOOL_MISSING,
        f"the schema of {', '.join(absent)} is not installed: run `make setup`, or put it into "
        "the toolchain's folder of custom resource schemas",
    )
