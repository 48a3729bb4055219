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


MUTATIONS = yaml_mutations(ManifestSemantics())
