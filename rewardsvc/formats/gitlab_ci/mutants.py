"""What mutants are made of GitLab pipelines: where they define, refer and allow."""

import re
from collections.abc import Iterator, Mapping, Sequence

from rewardsvc.audit.mutation.semantics import Path, YamlSemantics
from rewardsvc.audit.mutation.yaml_family import yaml_mutations
from rewardsvc.types import JsonValue

_SETTINGS = frozenset(
    {"after_script", "before_script", "cache", "default", "image", "include", "pages", "services",
     "spec", "stages", "variables", "workflow"}
)  # fmt: skip


class _GitlabSemantics(YamlSemantics):
    unlisted = frozenset({"stages"})
    references = re.compile(r"[^.]+\.(?:needs|dependencies|stage|extends)\b.*")

    growing = re.compile(r"[^.]+\.(?:only|only\.refs)")

    def is_resource(self, path: Path, document: JsonValue) -> bool:
        """Jobs stand at the top, beside the settings."""
        if len(path) == 1 and isinstance(document, Mapping):
            return path[0] not in _SETTINGS and isinstance(document[str(path[0])], Mapping)
        return super().is_resource(path, document)

    def defined(self, documents: Sequence[JsonValue], index: int, path: Path) -> frozenset[str]:
        """Jobs and stages."""
        document = documents[index]
        if not isinstance(document, Mapping):
            return frozenset()
        stages = {stage for stage in document.get("stages") or () if isinstance(stage, str)}
        jobs = set(document) - _SETTINGS
        return super().defined(documents, index, path) | jobs | stages

    def groups(
        self, documents: Sequence[JsonValue], index: int, path: Path
    ) -> Iterator[Sequence[str]]:
        """Stages, or jobs; hidden ones are templates of others."""
        document = documents[index]
        if not isinstance(document, Mapping):
            return
        yield [stage for stage in document.get("stages") or () if isinstance(stage, str)]
        jobs = [name for name in document if name not in _SETTINGS]
        yield [name for name in jobs if not name.startswith(".")]
        yield [name for name in jobs if name.startswith(".")]


MUTATIONS = yaml_mutations(_GitlabSemantics())
