"""The ladder of manifests behind parsing: strict schemas, and whether the resources fit together.

Whatever makes manifests (a file, a chart, an overlay) has them climb it.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from rewardsvc.formats.kubernetes.embedded import embedded
from rewardsvc.formats.kubernetes.kinds import Kind, Kinds, Missing
from rewardsvc.formats.kubernetes.manifests import Manifest, manifests_of
from rewardsvc.formats.kubernetes.references import check_references
from rewardsvc.formats.kubernetes.refusals import RULES
from rewardsvc.formats.kubernetes.vacuity import applied, defined_kinds, why_vacuous
from rewardsvc.formats.kubernetes.well_known import makes_pods
from rewardsvc.means import Lack, LackKind
from rewardsvc.types import Component, Diagnostic, JsonValue, Target
from rewardsvc.verification.ladder import lint, skipped, syntax
from rewardsvc.verification.once import not_said
from rewardsvc.verification.schemas import Violation
from rewardsvc.verification.verifier import Findings, Workbench
from rewardsvc.verification.yaml_files import YamlFile

RUNGS = (
    ("schema", Component.SYNTAX),
    ("references", Component.SYNTAX),
    ("lint", Component.FORMAT),
)
"""The names of its stages, and what they are of."""


MANIFEST_IN_TEXT = "workflow-manifest"
"""The code of what is wrong with a manifest in a string: that of the row about its YAML."""


def _any(_: Manifest) -> bool:
    return True


class ManifestLadder:
    """Judges documents by the schemas of one toolchain at a time, which it keeps."""

    def __init__(self) -> None:
        self._kinds: dict[tuple[Path | None, Path | None], Kinds] = {}

    async def climb(
        self,
        documents: Sequence[YamlFile],
        workbench: Workbench,
        *,
        declared: Sequence[str] = (),
        counts: Callable[[Manifest], bool] = _any,
    ) -> Findings:
        """The stages :data:`RUNGS` of these documents together.

        Args:
            declared: texts beside the documents' own whose comments say what the cluster has.
            counts: which resources are substance, where others are in vain.

        Raises:
            ToolMissing: there are no schemas on this machine.
        """
        kinds = self._kinds_of(workbench)
        tool = workbench.toolchain.require("kubernetes-schemas")
        started = time.perf_counter()
        read = _Read(documents, kinds)
        source = f"schemas of Kubernetes {kinds.release} (kubernetes-validate {tool.version})"
        violations = read.violations()
        seconds = time.perf_counter() - started
        vacuous = read.vacuous(counts)
        return _findings(
            read, violations, vacuous, source=source, seconds=seconds, declared=declared
        )

    def _kinds_of(self, workbench: Workbench) -> Kinds:
        tool = workbench.toolchain.require("kubernetes-schemas")
        key = (tool.path, workbench.toolchain.crd_schemas)
        if key not in self._kinds:
            assert tool.path is not None  # the schemas are a folder
            self._kinds[key] = Kinds(tool.path, workbench.toolchain.crd_schemas)
        return self._kinds[key]


class _Read:
    """The resources of documents, and what is known of their kinds."""

    def __init__(self, documents: Sequence[YamlFile], kinds: Kinds) -> None:
        self.manifests = [one for part in documents for one in manifests_of(part)]
        self.found = [kinds.find(one.api_version, one.kind) for one in self.manifests]
        self.own = defined_kinds(self.manifests)
        self._kinds = kinds

    def violations(self) -> Mapping[int, Sequence[Violation]]:
        """What the schemas and their rules object to, by the resource's number."""
        return {
            number: kind.violations(self.manifests[number].body)
            for number, kind in enumerate(self.found)
            if isinstance(kind, Kind)
        }

    def inside(self) -> Iterator[Diagnostic]:
        """What is wrong with manifests in the strings of others, where those stand."""
        for manifest in self.manifests:
            for path, inner in embedded(manifest):
                kind = self._kinds.find(inner.api_version, inner.kind)
                if not isinstance(kind, Kind):
                    continue
                told = _objections(inner, kind, kind.violations(inner.body), self.own)
                told += RULES.problems(inner, builtin=kind.builtin)
                for each in told:
                    yield manifest.source.problem(MANIFEST_IN_TEXT, each.message, path)

    def vacuous(self, counts: Callable[[Manifest], bool]) -> str:
        """Why there is nothing of substance among those that count."""
        pairs = zip(self.manifests, self.found, strict=True)
        counting = [(one, kind) for one, kind in pairs if counts(one)]
        return why_vacuous([one for one, _ in counting], [kind for _, kind in counting])


def _findings(
    read: _Read,
    violations: Mapping[int, Sequence[Violation]],
    vacuous: str,
    *,
    source: str,
    seconds: float,
    declared: Sequence[str],
) -> Findings:
    problems = [Diagnostic("info", source, "toolchain")]
    accepted: list[Manifest] = []
    for number, (manifest, kind) in enumerate(zip(read.manifests, read.found, strict=True)):
        objections = _objections(manifest, kind, violations.get(number, ()), read.own)
        problems.extend(objections)
        if not objections and isinstance(kind, Kind):
            accepted.append(manifest)
    schema = syntax("schema", problems, seconds)

    if vacuous:
        references = skipped("references", Component.SYNTAX, vacuous)
        fit = skipped("lint", Component.FORMAT, vacuous)
    else:
        started = time.perf_counter()
        custom = any(
            makes_pods(manifest.group, manifest.kind)
            for manifest, kind in zip(read.manifests, read.found, strict=True)
            if not (isinstance(kind, Kind) and kind.builtin)
        )
        refused = [
            problem
            for manifest, kind in zip(read.manifests, read.found, strict=True)
            if isinstance(kind, Kind)
            for problem in RULES.problems(manifest, builtin=kind.builtin)
        ]
        refused += read.inside()
        found = list(check_references(read.manifests, custom, declared))
        wrong = [problem for problem in found if problem.severity == "error"]
        doubtful = [problem for problem in found if problem.severity != "error"]
        refused = not_said(refused, *problems)
        wrong = not_said(wrong, *problems, *refused)
        doubtful = not_said(doubtful, *problems, *refused, *wrong)
        seconds = time.perf_counter() - started
        before = sum(problem.severity == "error" for problem in problems)
        references = syntax("references", [*refused, *wrong], seconds, after=before)
        fit = lint("lint", doubtful, 0.0)
    documents: list[JsonValue] = [dict(manifest.body) for manifest in applied(accepted)]
    return Findings(
        (schema, references, fit),
        vacuous=vacuous,
        projections={Target.DOCUMENTS: documents},
        lacking=_lacking(read),
    )


def _objections(
    manifest: Manifest,
    kind: Kind | Missing,
    violations: Sequence[Violation],
    own: frozenset[tuple[str, str]],
) -> list[Diagnostic]:
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
        called = f"{manifest.api_version} {manifest.kind}"
        if (manifest.group, manifest.kind) in own:
            message = f"{called} is a kind of this answer's own: nobody has checked it"
            return [source.problem("own-kind", message, ("kind",), "info")]
        return [source.problem("unknown-kind", f"no schema knows {called}", ("kind",))]
    return [
        source.problem(
            "schema",
            f"{manifest.called}: {violation.place or 'manifest'}: {violation.message}",
            violation.path,
        )
        for violation in violations
    ]


def _lacking(read: _Read) -> tuple[Lack, ...]:
    """The schemas of well-known kinds that are not installed."""
    absent = {
        f"{manifest.api_version}/{manifest.kind}"
        for manifest, kind in zip(read.manifests, read.found, strict=True)
        if kind is Missing.NOT_INSTALLED
    }
    return tuple(Lack(LackKind.CRD, name) for name in sorted(absent))
