"""Ansible playbooks and roles: parse, what they name, their arguments, Ansible, ansible-lint."""

import time
from collections.abc import Iterator, Sequence

from rewardsvc.artifact import Artifact
from rewardsvc.formats.ansible import arguments, references
from rewardsvc.formats.ansible.documents import Answer, followed, shown
from rewardsvc.formats.ansible.modules import Modules, modules_in
from rewardsvc.formats.ansible.reading import LANGUAGES, OTHERS, project_of, read_files
from rewardsvc.formats.ansible.refusals import REFUSALS
from rewardsvc.formats.ansible.running import ask
from rewardsvc.formats.ansible.vacuity import vacuous
from rewardsvc.types import Component, Diagnostic, Target
from rewardsvc.verification.ladder import lint, skipped, syntax
from rewardsvc.verification.refusals import refusals_in
from rewardsvc.verification.verifier import Findings, Workbench
from rewardsvc.verification.yaml_files import YamlFile, unparsed

_LATER = (
    ("references", Component.SYNTAX),
    ("syntax", Component.SYNTAX),
    ("arguments", Component.SYNTAX),
    ("lint", Component.FORMAT),
)


class AnsibleVerifier:
    """Stages: ``parse``, ``references``, ``syntax``, ``arguments`` (syntax), ``lint`` (format).

    ``documents`` is a list of the plays, each with the tasks and handlers that run; nothing where
    Ansible does not load them.
    """

    format = "ansible"
    languages = LANGUAGES | OTHERS
    default_path = "playbook.yml"
    many = True
    companions = True
    tools: tuple[str, ...] = ("ansible", "bubblewrap")
    targets = frozenset({Target.DOCUMENTS})

    async def verify(self, artifact: Artifact, workbench: Workbench) -> Findings:
        """Climb the ladder; see :class:`rewardsvc.verification.verifier.Verifier`."""
        files = read_files(artifact)
        if not files.parsed:
            return unparsed(files, _LATER)
        tool = workbench.toolchain.require("ansible")
        assert tool.path is not None  # it is a folder
        modules = modules_in(tool.path)
        started = time.perf_counter()
        answer = followed(project_of(artifact, files.sources), modules)
        why = vacuous(answer)
        if why:
            return Findings((files.stage, *(skipped(*each, why) for each in _LATER)), vacuous=why)
        broken = [*_second_documents(files.sources), *references.problems(answer, modules)]
        referring = syntax("references", broken, time.perf_counter() - started)
        started = time.perf_counter()
        outcome = await ask(artifact, answer, workbench)
        note = Diagnostic("info", f"ansible-core {tool.version}, {tool.note}", "toolchain")
        loaded = syntax("syntax", [note, *outcome.refused], time.perf_counter() - started)
        wrong = [*_arguments(answer, modules), *refusals_in(REFUSALS, answer)]
        told = {(each.file, each.line) for each in wrong} | _beginnings(wrong, answer)
        wrong += [each for each in outcome.errors if (each.file, each.line) not in told]
        fitting = syntax("arguments", wrong, 0.0)
        linted = (
            lint("lint", outcome.warnings, 0.0)
            if outcome.linted
            else skipped("lint", Component.FORMAT, "Ansible does not load it")
        )
        accepted = loaded.score == 1.0
        return Findings(
            (files.stage, referring, loaded, fitting, linted),
            projections={Target.DOCUMENTS: shown(answer) if accepted else []},
            lacking=tuple(dict.fromkeys(references.lacks(answer))),
        )


def _second_documents(sources: Sequence[YamlFile]) -> Iterator[Diagnostic]:
    """Ansible reads one document of a file."""
    for source in sources:
        if source.index:
            yield source.problem("documents", "the file may hold one document only")


def _beginnings(found: Sequence[Diagnostic], answer: Answer) -> set[tuple[str, int]]:
    """Where the tasks begin that findings are in, which is where ansible-lint would tell them."""
    steps = {
        step.around.source.place(step.place): step
        for play in (answer.plays if found else ())
        for step in (*play.steps, *play.handlers)
    }
    inside = {
        place[:length] for each in found for place in each.places for length in range(len(place))
    }
    return {
        (step.around.source.file.path, step.around.source.line_of(step.place))
        for place, step in steps.items()
        if place in inside
    }


def _arguments(answer: Answer, modules: Modules) -> Iterator[Diagnostic]:
    for play in answer.plays:
        for step in (*play.steps, *play.handlers):
            found = arguments.problems(step.action, modules, defaults=step.around.defaults)
            for option, words in found:
                yield step.misuse("arguments", words, option)
