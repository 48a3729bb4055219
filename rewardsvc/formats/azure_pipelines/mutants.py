"""What mutants are made of Azure pipelines: where they define, refer and allow."""

import re
from collections.abc import Iterator, Mapping, Sequence

from rewardsvc.audit.mutation.semantics import Path, YamlSemantics
from rewardsvc.audit.mutation.yaml_family import yaml_mutations
from rewardsvc.types import JsonValue


class _AzureSemantics(YamlSemantics):
    references = re.compile(r".*\b(?:dependsOn|stage|job)\b.*")

    def defined(self, documents: Sequence[JsonValue], index: int, path: Path) -> frozenset[str]:
        """Stages, jobs and deployments; not for where they are named."""
        document = documents[index]
        if not isinstance(document, Mapping) or path[-1] in ("stage", "job"):
            return frozenset()
        named = {
            str(value) for key, value in _scalars(document) if key in ("stage", "job", "deployment")
        }
        return super().defined(documents, index, path) | named


def _scalars(value: JsonValue) -> Iterator[tuple[str, JsonValue]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if isinstance(inner, Mapping | list):
                yield from _scalars(inner)
            else:
                yield key, inner
    elif isinstance(value, list):
        for inner in value:
            yield from _scalars(inner)


MUTATIONS = yaml_mutations(_AzureSemantics())
