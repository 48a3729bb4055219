"""What mutants are made of manifests: where they define, refer and allow."""

import re
from collections.abc import Iterator, Mapping, Sequence

from rewardsvc.audit.mutation.semantics import Path, YamlSemantics, dotted
from rewardsvc.audit.mutation.yaml_family import yaml_mutations
from rewardsvc.types import JsonValue


class ManifestSemantics(YamlSemantics):
    """Of manifests."""

    references = re.compile(
        r".*(?:serviceName|secretName|claimName|serviceAccountName|serviceAccount|targetPort"
        r"|scaleTargetRef\.name|roleRef\.name|subjects\.\d+\.name|service\.name|selector\.[^.]+"
        r"|matchLabels\.[^.]+|volumeMounts\.\d+\.name|configMap\.name|Ref\.name|KeyRef\.name"
        r"|port\.name|entrypoint|template)"
    )

    growing = re.compile(
        r"subjects|rules|rules\.\d+\.(?:verbs|resources|apiGroups)|.*\.(?:ingress|egress|from|to)"
        r"|.*\.(?:ports|paths|backendRefs|hostnames|hosts|parentRefs|accessModes"
        r"|capabilities\.add)|spec\.(?:rules|rules\.\d+\.(?:matches|backendRefs)|listeners)"
    )

    def more_allowed(self, path: Path, value: JsonValue) -> Iterator[JsonValue]:
        """Privileges, capabilities, a role's reach, whom a network policy admits."""
        key, where = str(path[-1]), dotted(path)
        if key == "securityContext" and "containers" in where and isinstance(value, Mapping):
            yield {**value, "privileged": True}
        elif key == "drop" and value:
            yield []
        elif re.fullmatch(r"rules\.\d+\.(?:verbs|resources|apiGroups)", where) and value != ["*"]:
            yield ["*"]
        elif key == "from" and value:
            yield []  # an empty list of sources admits all of them
        elif key == "kind" and value == "Role":
            yield "ClusterRole"

    def defined(self, documents: Sequence[JsonValue], index: int, path: Path) -> frozenset[str]:
        """Names of objects, ports and volumes, and labels, of all documents."""
        return frozenset(name for document in documents for name in _named_in(document))

    def groups(
        self, documents: Sequence[JsonValue], index: int, path: Path
    ) -> Iterator[Sequence[str]]:
        """Names in one list; objects of one kind; values of one label."""
        if path[-1] == "name" or not {"selector", "matchLabels"} & set(path):
            yield from _lists_of_names(documents[index])
            kinds: dict[str, list[str]] = {}
            for each in documents:
                if isinstance(each, Mapping) and isinstance(each.get("metadata"), Mapping):
                    name = each["metadata"].get("name")
                    if isinstance(name, str):
                        kinds.setdefault(str(each.get("kind")), []).append(name)
            yield from kinds.values()
        else:
            labels = (each for document in documents for each in _labels_in(document))
            yield tuple(dict.fromkeys(value for key, value in labels if key == path[-1]))


def _named_in(document: JsonValue) -> Iterator[str]:
    """Names of objects, ports and volumes, and labels, anywhere in a manifest."""
    if isinstance(document, Mapping):
        for key, value in document.items():
            if key == "name" and isinstance(value, str):
                yield value
            elif key == "labels" and isinstance(value, Mapping):
                yield from (label for label in value.values() if isinstance(label, str))
            else:
                yield from _named_in(value)
    elif isinstance(document, list):
        for value in document:
            yield from _named_in(value)


def _lists_of_names(document: JsonValue) -> Iterator[Sequence[str]]:
    """The names of the entries of each list of a manifest."""
    if isinstance(document, Mapping):
        for value in document.values():
            yield from _lists_of_names(value)
    elif isinstance(document, list):
        names = [each.get("name") for each in document if isinstance(each, Mapping)]
        yield [name for name in names if isinstance(name, str)]
        for value in document:
            yield from _lists_of_names(value)


def _labels_in(document: JsonValue) -> Iterator[tuple[str, str]]:
    """The labels anywhere in a manifest."""
    if isinstance(document, Mapping):
        for key, value in document.items():
            if key == "labels" and isinstance(value, Mapping):
                for label, text in value.items():
                    if isinstance(text, str):
                        yield label, text
            else:
                yield from _labels_in(value)
    elif isinstance(document, list):
        for value in document:
            yield from _labels_in(value)


MUTATIONS = yaml_mutations(ManifestSemantics())
