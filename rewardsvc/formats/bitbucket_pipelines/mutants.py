"""What mutants are made of Bitbucket pipelines: where they define, refer and allow."""

import re
from collections.abc import Mapping, Sequence

from rewardsvc.audit.mutation.semantics import Path, YamlSemantics
from rewardsvc.audit.mutation.yaml_family import yaml_mutations
from rewardsvc.types import JsonValue


class _BitbucketSemantics(YamlSemantics):
    references = re.compile(r".*\b(?:caches|services)\b.*")

    def defined(self, documents: Sequence[JsonValue], index: int, path: Path) -> frozenset[str]:
        """What ``definitions`` has."""
        document = documents[index]
        if not isinstance(document, Mapping):
            return frozenset()
        definitions = document.get("definitions")
        sections = definitions.values() if isinstance(definitions, Mapping) else ()
        own = {name for each in sections if isinstance(each, Mapping) for name in each}
        return super().defined(documents, index, path) | own


MUTATIONS = yaml_mutations(_BitbucketSemantics())
