"""Manifests in the strings of others: what a workflow's template applies to the cluster.

A string is judged where nothing is filled in first, and where its template makes the whole resource
(``create``, ``apply``, ``replace``); what is found stands where the string does, and names the
place in it.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from rewardsvc.formats.kubernetes.answer import Path
from rewardsvc.formats.kubernetes.manifests import Manifest, manifests_of, mapping, sequence
from rewardsvc.verification.yaml_files import YamlFile
from rewardsvc.yaml12 import YamlError, load_documents

_GROUP = "argoproj.io"
_SPECS: Mapping[str, Path] = {
    "ClusterWorkflowTemplate": ("spec",),
    "CronWorkflow": ("spec", "workflowSpec"),
    "Workflow": ("spec",),
    "WorkflowTemplate": ("spec",),
}
_WHOLE = frozenset({"apply", "create", "replace"})
MAX_CHARACTERS = 100_000


def embedded(manifest: Manifest) -> Iterator[tuple[Path, Manifest]]:
    """The resources in a workflow's templates, each with the way to the string that holds it."""
    place = _SPECS.get(manifest.kind) if manifest.group == _GROUP else None
    if place is None:
        return
    spec: Any = manifest.body
    for key in place:
        spec = mapping(spec).get(str(key))
    for index, template in enumerate(sequence(mapping(spec).get("templates"))):
        resource = mapping(mapping(template).get("resource"))
        text, action = resource.get("manifest"), resource.get("action")
        if not isinstance(text, str) or not isinstance(action, str) or action not in _WHOLE:
            continue
        if "{{" in text or len(text) > MAX_CHARACTERS:
            continue
        for inner in _read(text, manifest.source):
            yield (*place, "templates", index, "resource", "manifest"), inner


def _read(text: str, source: YamlFile) -> list[Manifest]:
    try:
        documents = load_documents(text)
    except YamlError:
        return []  # the row `workflow-manifest` says so
    return [
        one
        for document in documents
        for one in manifests_of(
            YamlFile(source.file, source.index, document.value, source.line, source.lines)
        )
    ]
