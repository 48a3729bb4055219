"""What mutants are made of GitHub Actions workflows: where they define, refer and allow."""

import re
from collections.abc import Iterator, Sequence

from rewardsvc.audit.mutation.semantics import Path, YamlSemantics
from rewardsvc.audit.mutation.yaml_family import yaml_mutations
from rewardsvc.types import JsonValue

_EXPRESSION = re.compile(r"(\$\{\{[^}]*?\b(?:needs|steps|matrix|inputs|env|jobs)\.)([\w-]+)")


class _WorkflowSemantics(YamlSemantics):
    sections = frozenset({"jobs"})
    references = re.compile(r"jobs\.[^.]+\.needs\b.*")
    growing = re.compile(r"on|on\.[^.]+\.(?:branches|tags|types|paths)")

    def broken(
        self, path: Path, value: str, documents: Sequence[JsonValue], index: int
    ) -> Iterator[str]:
        """A job that is needed, or what an expression names."""
        if self.refers(path, value, documents, index):
            yield from super().broken(path, value, documents, index)
            return
        for match in _EXPRESSION.finditer(value):
            yield value[: match.end(2)] + "_missing" + value[match.end(2) :]


MUTATIONS = yaml_mutations(_WorkflowSemantics())
