"""CloudFormation templates: parse, cfn-lint's errors, its warnings."""

import time
from collections.abc import Iterator, Sequence

from rewardsvc.artifact import Artifact
from rewardsvc.formats.cloudformation.conditions import Conditions
from rewardsvc.formats.cloudformation.linting import linted
from rewardsvc.formats.cloudformation.template import FOR_EACH, LANGUAGES, read_templates, section
from rewardsvc.formats.cloudformation.vacuity import vacuous
from rewardsvc.types import Component, Diagnostic, JsonValue, Target
from rewardsvc.verification.ladder import skipped, syntax
from rewardsvc.verification.verifier import Findings, Workbench
from rewardsvc.verification.yaml_files import YamlFile, unparsed

_SECTIONS = frozenset(
    {"Conditions", "Globals", "Mappings", "Outputs", "Parameters", "Resources", "Rules"}
)
_LATER = (("validate", Component.SYNTAX), ("lint", Component.FORMAT))


class CloudformationVerifier:
    """Stages: ``parse``, ``validate`` (syntax), ``lint`` (format).

    ``documents`` is a list of the templates that cfn-lint finds no error in, their functions in
    long form, without what is never made.
    """

    format = "cloudformation"
    languages = LANGUAGES
    default_path = "template.yaml"
    many = False
    companions = False
    tools: tuple[str, ...] = ("cfn-lint", "bubblewrap")
    targets = frozenset({Target.DOCUMENTS})

    async def verify(self, artifact: Artifact, workbench: Workbench) -> Findings:
        """Climb the ladder; see :class:`rewardsvc.verification.verifier.Verifier`."""
        files = read_templates(artifact)
        started = time.perf_counter()
        if not files.parsed:
            return unparsed(files, _LATER)
        why = vacuous([source.value for source in files.sources])
        misshapen = list(_misshapen(files.sources))
        if why:
            return Findings((files.stage, *(skipped(*each, why) for each in _LATER)), vacuous=why)
        if misshapen:
            validated = syntax("validate", misshapen, time.perf_counter() - started)
            return Findings((files.stage, validated, skipped(*_LATER[1], "it is no template")))
        validated, style = await linted(files.sources, workbench)
        accepted = files.sources if validated.score == 1.0 else ()
        shown = [Conditions(source.value).live(source.value) for source in accepted]
        return Findings((files.stage, validated, style), projections={Target.DOCUMENTS: shown})


def _misshapen(sources: Sequence[YamlFile]) -> Iterator[Diagnostic]:
    """What is no template by its shape, and cfn-lint need not be asked about: it is one mapping,
    whose sections and resources are mappings."""
    seen: set[str] = set()
    for source in sources:
        if source.file.path in seen:
            yield source.problem("documents", "the file may hold one template only")
        seen.add(source.file.path)
        template = source.value
        if not isinstance(template, dict):
            yield source.problem("template", "a template is a mapping")
            continue
        for name in _SECTIONS & template.keys():
            if not isinstance(template[name], dict):
                yield source.problem("template", f"{name} is no mapping", (name,))
        holders: dict[tuple[str, ...], JsonValue] = {(): template}
        for name, resource in section(template, "Resources").items():
            holders["Resources", name] = resource
        for path, holder in holders.items():
            if not isinstance(holder, dict):
                if not path[-1].startswith(FOR_EACH):
                    yield source.problem("template", f"{path[-1]} is no mapping", path)
                continue
            if path and not isinstance(holder.get("Type"), str):
                yield source.problem("template", f"{path[-1]} has no Type", path)
            if "Metadata" in holder and not isinstance(holder["Metadata"], dict):
                place = (*path, "Metadata")
                yield source.problem("template", "Metadata is no mapping", place)
