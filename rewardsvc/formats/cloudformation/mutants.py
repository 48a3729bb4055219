"""What mutants are made of CloudFormation templates: where they define, refer and allow."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from rewardsvc.artifact import Artifact, File
from rewardsvc.audit.mutation.mutant import Edit
from rewardsvc.audit.mutation.semantics import Path, YamlSemantics, dotted
from rewardsvc.audit.mutation.yaml_family import yaml_mutations
from rewardsvc.formats.cloudformation.conditions import Conditions
from rewardsvc.formats.cloudformation.template import TAGS, uniform
from rewardsvc.types import JsonValue, Target
from rewardsvc.yaml12 import YamlError, load_documents

_REFERRING = re.compile(
    r".*\.(?:Ref|Fn::GetAtt\.0|Fn::If\.0|Fn::FindInMap\.0|Condition|DependsOn(?:\.\d+)?)"
    r"|Resources\.[^.]+\.Condition"
)
_WITHIN_SUB = re.compile(r"(\$\{)(\w+)")
_KIND = re.compile(r"Resources\.[^.]+\.Type|AWSTemplateFormatVersion|.*\.Version")
"""What every schema refuses another value of: it would only flatter the figures."""

_OF_POLICY = re.compile(r".*\.(?:Action|Resource)(?:\.\d+)?")


class _TemplateSemantics(YamlSemantics):
    sections = frozenset({"Resources", "Parameters", "Outputs", "Conditions", "Mappings"})
    references = _REFERRING

    def is_resource(self, path: Path, document: JsonValue) -> bool:
        """Entries of the sections, and no list."""
        return len(path) == 2 and path[0] in self.sections

    def broken(
        self, path: Path, value: str, documents: Sequence[JsonValue], index: int
    ) -> Iterator[str]:
        """What a function refers to, or a name within the text of a ``Fn::Sub``."""
        yield from super().broken(path, value, documents, index)
        if "Fn::Sub" in path:
            known = self.defined(documents, index, path)
            for match in _WITHIN_SUB.finditer(value):
                if match[2] in known:
                    yield value[: match.end(2)] + "Missing" + value[match.end(2) :]

    def more_allowed(self, path: Path, value: JsonValue) -> Iterator[JsonValue]:
        """A statement about everything, a bucket that everybody reads."""
        if isinstance(value, str) and value != "*" and _OF_POLICY.fullmatch(dotted(path)):
            yield "*"
        if path[-1] == "Principal" and value != "*":
            yield "*"

    def defined(self, documents: Sequence[JsonValue], index: int, path: Path) -> frozenset[str]:
        """Logical ids, and the names of parameters, conditions and mappings."""
        document = documents[index]
        if not isinstance(document, Mapping):
            return frozenset()
        sections = (document.get(name) for name in self.sections)
        return frozenset(name for each in sections if isinstance(each, Mapping) for name in each)


def _read(text: str) -> list[JsonValue]:
    documents = load_documents(text, tags=TAGS)
    return [uniform(each.value) for each in documents if each.value is not None]


_OF_YAML = yaml_mutations(_TemplateSemantics(), read=_read)


def _edits(file: File) -> Iterable[Edit]:
    return (edit for edit in _OF_YAML.edits(file) if not _KIND.fullmatch(edit.path))


def _live(text: str) -> list[JsonValue]:
    """What checks see: a property of ``AWS::NoValue`` is as good as none."""
    documents = _read(text)
    return [Conditions(each).live(each) for each in documents if isinstance(each, Mapping)]


def _shown(text: str) -> Mapping[Target, JsonValue] | None:
    try:
        return {Target.DOCUMENTS: _live(text)}
    except YamlError:
        return None


def _made(artifact: Artifact) -> JsonValue:
    return {file.path: _live(file.text) for file in artifact.files}


MUTATIONS = replace(_OF_YAML, edits=_edits, projection=_made, shown=_shown)
