"""What mutants are made of Azure pipelines: where they define, refer and allow."""

import re
from collections.abc import Iterator, Mapping, Sequence

from rewardsvc.audit.mutation.semantics import Path, YamlSemantics
from rewardsvc.audit.mutation.yaml_family import yaml_mutations
from rewardsvc.types import JsonValue


class _AzureSemantics(YamlSemantics):
    references = re.compile(r".*\b(?:dependsOn|stage|job)\b.*")
    growing = re.compile(r"(?:trigger|pr)(?:\.(?:branches|tags|paths)\.include)?")

    def defined(self, documents: Sequence[JsonValue], index: int, path: Path) -> frozenset[str]:
        """Stages, jobs and deployments; not for where they are named."""
        document = documents[index]
        if not isinstance(document, Mapping) or path[-1] in ("stage", "job"):
            return frozenset()
        named = {
            str(value) for key, value in _scalars(document) if key in ("stage", "job", "deployment")
        }
        return super().defined(documents, index, path) | named

    def groups(
        self, documents: Sequence[JsonValue], index: int, path: Path
    ) -> Iterator[Sequence[str]]:
        """Stages, or jobs."""
        scalars = list(_scalars(documents[index]))
        yield [str(value) for key, value in scalars if key == "stage"]
        yield [str(value) for key, value in scalars if key in ("job", "deployment")]


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
