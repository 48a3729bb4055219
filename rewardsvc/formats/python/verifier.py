"""Python for machine learning: parsed and its imports resolved without running it, then built."""

import time
from collections.abc import Mapping, Sequence

from rewardsvc.artifact import Artifact, File
from rewardsvc.formats.python import mlproject, remote
from rewardsvc.formats.python.libraries import Found, Libraries, own_modules
from rewardsvc.formats.python.making import Made, make
from rewardsvc.formats.python.mlproject import Project
from rewardsvc.formats.python.reading import Reading, read
from rewardsvc.formats.python.refusals import REFUSALS
from rewardsvc.means import Lack, LackKind
from rewardsvc.types import (
    Component,
    Diagnostic,
    JsonValue,
    Stage,
    Target,
)
from rewardsvc.verification.ladder import gate, lint, shortened, skipped, syntax
from rewardsvc.verification.refusals import refusals_in
from rewardsvc.verification.verifier import Findings, Workbench
from sandbox.toolchain import Source

__all__ = ["PythonVerifier"]

_LATER = (
    ("imports", Component.SYNTAX),
    ("lint", Component.FORMAT),
    ("build", Component.CORRECTNESS),
)


class PythonVerifier:
    """Stages: ``parse``, ``imports``, of an MLflow project ``project`` (syntax), ``lint`` (format;
    ruff), where a library does not load it ``load`` (syntax), ``build`` (correctness).

    ``ast`` is the first Python file; ``documents`` what was built. docs/python.md describes both.
    """

    format = "python"
    languages = frozenset({"python", "py", "python3"})
    default_path = "main.py"
    many = True
    companions = True
    tools: tuple[str, ...] = ("ruff", "bubblewrap")
    targets = frozenset({Target.AST, Target.DOCUMENTS})

    async def verify(self, artifact: Artifact, workbench: Workbench) -> Findings:
        """Climb the ladder; see :class:`rewardsvc.verification.verifier.Verifier`."""
        started = time.perf_counter()
        modules = [file for file in artifact.files if _is_python(file)]
        projects, broken = _projects(artifact.files)
        reading = await read(modules, workbench)
        problems = [*broken, *reading.errors]
        parse = syntax("parse", problems, time.perf_counter() - started)
        if problems or not (modules or projects):
            return _stopped(parse, "a file does not parse", parsed=False)
        why = _vacuous(reading, projects)
        projections: dict[Target, JsonValue] = {}
        if reading.facts:
            projections[Target.AST] = reading.facts[0]["ast"]
        if why:
            return _stopped(parse, why, vacuous=why, projections=projections)
        paths = frozenset(file.path for file in artifact.files)
        tool = workbench.toolchain.tools.get("python-libraries")
        here = tool.path if tool is not None and tool.source is not Source.MISSING else None
        libraries = Libraries(here)
        imports, lacking = _imports(reading, libraries, paths)
        resolved = [each for project in projects for each in mlproject.problems(project, paths)]
        warnings = [each for each in resolved if each.severity != "error"]
        linted = lint("lint", [*reading.findings, *warnings], 0.0)
        read_so_far = (parse, imports, *_loaded(projects), linted)
        if lacking:
            return Findings(read_so_far, projections=projections, lacking=lacking)
        wrong = [each for each in resolved if each.severity == "error"]
        made = _project_stage(projects, wrong)
        if not projects:
            if imports.score < 1.0:
                stage = skipped("build", Component.CORRECTNESS, "an import leads nowhere")
                return Findings((*read_so_far, stage), projections=projections)
            others = [file for file in artifact.files if file not in modules]
            made = await make(modules, reading, libraries, workbench, others)
        if made.documents is not None:
            projections[Target.DOCUMENTS] = made.documents
        refused = made.refused or _refused_by_ray(reading)
        loaded = (syntax("load", refused, 0.0),) if refused else ()
        stages = (*read_so_far, *loaded, made.stage)
        return Findings(stages, projections=projections, lacking=made.lacking)


def _is_python(file: File) -> bool:
    if mlproject.is_project(file):
        return False
    return file.language.lower() in PythonVerifier.languages or file.path.endswith(".py")


def _projects(files: Sequence[File]) -> tuple[list[Project], list[Diagnostic]]:
    """The MLflow projects, and what keeps others from being one."""
    projects: list[Project] = []
    broken: list[Diagnostic] = []
    for file in filter(mlproject.is_project, files):
        project, problem = mlproject.parse(file)
        if project is not None:
            projects.append(project)
        elif problem is not None:
            broken.append(problem)
    return projects, broken


def _loaded(projects: Sequence[Project]) -> tuple[Stage, ...]:
    """Whether MLflow loads the projects; no stage where there is none."""
    found = [each for project in projects for each in refusals_in(REFUSALS, project)]
    return (syntax("project", found, 0.0),) if projects else ()


def _refused_by_ray(reading: Reading) -> list[Diagnostic]:
    """What Ray does not decorate or call."""
    return [
        found
        for file, facts in zip(reading.files, reading.facts, strict=True)
        for found in refusals_in(remote.REFUSALS, remote.Module(file.path, facts["ast"]))
    ]


def _vacuous(reading: Reading, projects: Sequence[Project]) -> str:
    if projects and not any(project.runs for project in projects):
        return "no entry point of the project has a command"
    if projects or any(facts["effects"] for facts in reading.facts):
        return ""
    return "nothing in it does anything: only comments, constants, imports, what is never reached"


def _imports(
    reading: Reading, libraries: Libraries, paths: frozenset[str]
) -> tuple[Stage, tuple[Lack, ...]]:
    """The stage, and what is not here to decide it."""
    started = time.perf_counter()
    own = own_modules(sorted(paths))
    found: list[Diagnostic] = []
    lacking: list[Lack] = []
    for file, facts in zip(reading.files, reading.facts, strict=True):
        seen: set[str] = set()
        for each in facts["imports"]:
            # `from a import b` may import the module a.b; that it is one of these counts.
            names = [each["module"], f"{each['module']}.{each['name']}"] if each["name"] else []
            for module in names or [each["module"]]:
                answer = libraries.find(module, own)
                is_name = module != each["module"]
                if each["guarded"] or module in seen or (is_name and answer is Found.NO):
                    continue
                seen.add(module)
                if answer is Found.TOOL_MISSING:
                    lacking.append(_lack(module, libraries))
                elif answer is not Found.YES and not is_name:
                    found.append(_unresolved(module, answer, libraries, file, each["line"]))
    stage = syntax("imports", found, time.perf_counter() - started)
    return stage, tuple(lacking)


def _lack(module: str, libraries: Libraries) -> Lack:
    root = module.partition(".")[0]
    if libraries.folder is None:
        return Lack(LackKind.LIBRARY, root)
    return Lack(LackKind.LIBRARY, shortened(module), f"of another release of {root}")


def _unresolved(
    module: str, answer: Found, libraries: Libraries, file: File, line: int
) -> Diagnostic:
    if answer is Found.NOT_HERE:
        words = f"{module} is well known, and is not looked into"
        return Diagnostic("info", words, "not-here", file.path, line)
    version = libraries.version(module)
    words = f"there is no module {shortened(module)}" + (f" in {version}" if version else "")
    return Diagnostic("error", words, "no-module", file.path, line)


def _project_stage(projects: Sequence[Project], wrong: Sequence[Diagnostic]) -> Made:
    stage = gate("build", wrong, 0.0, Component.CORRECTNESS)
    return Made(stage, [project.value for project in projects], refused=tuple(wrong))


def _stopped(
    parse: Stage,
    why: str,
    *,
    parsed: bool = True,
    vacuous: str = "",
    projections: Mapping[Target, JsonValue] | None = None,
) -> Findings:
    later = (skipped(name, component, why) for name, component in _LATER)
    return Findings((parse, *later), parsed=parsed, vacuous=vacuous, projections=projections or {})
