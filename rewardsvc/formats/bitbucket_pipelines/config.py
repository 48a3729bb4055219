"""A Bitbucket configuration as rules look at it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rewardsvc.formats.bitbucket_pipelines.units import Path, pipelines_of, steps_of
from rewardsvc.types import Diagnostic, JsonValue
from rewardsvc.verification.pipelines.values import mapping
from rewardsvc.verification.yaml_files import YamlFile

Step = tuple[Mapping[str, Any], Path]


@dataclass(frozen=True, slots=True)
class BitbucketConfig:
    """``pipelines``: the items of each, and where they stand."""

    source: YamlFile
    definitions: Mapping[str, Any]
    pipelines: Sequence[tuple[JsonValue, Path]]

    @classmethod
    def of(cls, source: YamlFile) -> "BitbucketConfig":
        """The configuration of a file that the schema accepts."""
        root = mapping(source.value)
        return cls(source, mapping(root.get("definitions")), list(pipelines_of(root)))

    def problem(self, code: str, words: str, path: Path) -> Diagnostic:
        """An error at a place."""
        return self.source.problem(code, words, path)

    @property
    def steps(self) -> Iterator[Step]:
        """Those of all pipelines; a pipeline that others share (an anchor) is looked at once."""
        seen: set[int] = set()
        for items, place in self.pipelines:
            if id(items) not in seen:
                seen.add(id(items))
                yield from steps_of(items, place)
