"""What mutants are made of CloudFormation templates: where they define, refer and allow."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from rewardsvc.artifact import Artifact, File
from rewardsvc.audit.mutation.mutant import Edit
from rewardsvc.audit.mutation.naming import same_but_for_names
from rewardsvc.audit.mutation.semantics import Path, YamlSemantics, dotted, unordered
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
    growing = re.compile(
        r".*\.(?:Statement|Statement(?:\.\d+)?\.Action|Principal\.(?:Service|AWS)|ManagedPolicyArns|SecurityGroupIngress"
        r"|SecurityGroupEgress|Subscription|PortMappings|AllowedMethods|CacheBehaviors|Aliases"
        r"|(?:Topic|Queue|Lambda)Configurations|AllowOrigins|AllowedOrigins)"
    )

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

    def groups(
        self, documents: Sequence[JsonValue], index: int, path: Path
    ) -> Iterator[Sequence[str]]:
        """Resources of one type; parameters of one type; conditions; mappings."""
        document = documents[index]
        if not isinstance(document, Mapping):
            return
        for section in ("Resources", "Parameters"):
            types: dict[str, list[str]] = {}
            for name, entry in _entries(document, section):
                types.setdefault(str(entry.get("Type")), []).append(name)
            yield from types.values()
        for section in ("Conditions", "Mappings"):
            yield [name for name, _ in _entries(document, section)]

    def same(self, one: Sequence[JsonValue], other: Sequence[JsonValue]) -> bool:
        """Logical ids of resources are names within the template and nowhere else."""
        return super().same(one, other) or (
            len(one) == len(other)
            and all(
                same_but_for_names(_parts(each), _parts(beside))
                for each, beside in zip(one, other, strict=True)
            )
        )

    def reversed_references(
        self, document: JsonValue
    ) -> Iterator[tuple[Path, JsonValue, str, str]]:
        """A property of a resource that refers to another one of its type is that one's."""
        if not isinstance(document, Mapping):
            return
        resources = dict(_entries(document, "Resources"))
        for name, entry in resources.items():
            for key, value in _properties(entry).items():
                for other, beside in resources.items():
                    if other == name or beside.get("Type") != entry.get("Type"):
                        continue
                    turned = _renamed(value, other, name)
                    if turned == value or key in _properties(beside):
                        continue
                    own = {each: held for each, held in _properties(entry).items() if each != key}
                    after = {
                        **resources,
                        name: {**entry, "Properties": own},
                        other: {**beside, "Properties": {**_properties(beside), key: turned}},
                    }
                    yield ("Resources",), after, f"{name}.{key} → {other}", f"{other} → {name}"

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


def _entries(document: JsonValue, section: str) -> Iterator[tuple[str, Mapping[str, JsonValue]]]:
    entries = document.get(section) if isinstance(document, Mapping) else None
    for name, entry in entries.items() if isinstance(entries, Mapping) else ():
        if isinstance(entry, Mapping):
            yield name, entry


def _properties(entry: Mapping[str, JsonValue]) -> Mapping[str, JsonValue]:
    properties = entry.get("Properties")
    return properties if isinstance(properties, Mapping) else {}


def _parts(document: JsonValue) -> dict[str, str]:
    """The resources by their logical ids, and what is beside them, as texts."""
    rest = {**document, "Resources": {}} if isinstance(document, Mapping) else document
    resources = dict(_entries(document, "Resources"))
    texts = {name: json.dumps(unordered(entry)) for name, entry in resources.items()}
    return {**texts, "(beside the resources)": json.dumps(unordered(rest))}


def _renamed(value: JsonValue, name: str, other: str) -> JsonValue:
    """A value with references to one resource leading to another one."""
    if isinstance(value, Mapping):
        if value == {"Ref": name}:
            return {"Ref": other}
        attribute = value.get("Fn::GetAtt")
        if isinstance(attribute, list) and attribute[:1] == [name]:
            return {"Fn::GetAtt": [other, *attribute[1:]]}
        return {key: _renamed(inner, name, other) for key, inner in value.items()}
    return [_renamed(inner, name, other) for inner in value] if isinstance(value, list) else value


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
