"""A Bitbucket configuration as rules look at it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rewardsvc.formats.bitbucket_pipelines.units import Path, pipelines_of, steps_of
from rewardsvc.types import Diagnostic, JsonValue
from rewardsvc.verification.pipelines.values import mapping
from rewardsvc.verification.yaml_files import YamlFile

Step = tuple[Mapping[str, Any], Path]


@dataclass(frozen=True, slots=True)
class BitbucketConfig:
    """``pipelines``: the items of each, and where they stand. ``steps``: those of all pipelines;
    a pipeline that others share (an anchor) is looked at once."""

    source: YamlFile
    definitions: Mapping[str, Any]
    pipelines: Sequence[tuple[JsonValue, Path]]
    steps: Sequence[Step]

    @classmethod
    def of(cls, source: YamlFile) -> "BitbucketConfig":
        """The configuration of a file that the schema accepts."""
        root = mapping(source.value)
        pipelines = list(pipelines_of(root))
        once: dict[int, tuple[JsonValue, Path]] = {}
        for items, place in pipelines:
            once.setdefault(id(items), (items, place))
        steps = [step for items, place in once.values() for step in steps_of(items, place)]
        return cls(source, mapping(root.get("definitions")), pipelines, steps)

    def problem(self, code: str, words: str, path: Path) -> Diagnostic:
        """An error at a place."""
        return self.source.problem(code, words, path)
