"""Which files of an answer are built, and what a run of them says of the answer."""

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from rewardsvc.artifact import File
from rewardsvc.formats.python.build import Built, Kind, Raised, build
from rewardsvc.formats.python.libraries import Found, Libraries, own_modules, roots
from rewardsvc.formats.python.reading import Reading
from rewardsvc.means import Lack, LackKind
from rewardsvc.types import Component, Diagnostic, JsonValue, Stage, StageStatus
from rewardsvc.verification.ladder import OVERRUN, gate, shortened, skipped
from rewardsvc.verification.verifier import Workbench

MAX_PLACEHOLDERS, MAX_PLACEHOLDER = 64, 200
"""How many files that an answer mentions are made for it, and how long their paths may be."""

_PLACEHOLDER = re.compile(r"[\w-][\w./-]*\.(?:py|sh|txt)")
_SUBMITS = re.compile(r"(?:Create|Start|Update)\w+")
_ASKS = re.compile(r"Describe|List|Get|Search")
_MISTAKES = frozenset({"NameError", "ImportError", "ParamValidationError", "SyntaxError"})
"""Exceptions that are the answer's own also where our AWS may have led it astray."""


@dataclass(frozen=True, slots=True)
class Made:
    """The ``build`` stage. ``documents``: what checks see, None where nothing was built.

    ``lacking``: the libraries that would be needed to build it and are not here.
    ``refused``: what the libraries do not load, which no schema says.
    """

    stage: Stage
    documents: list[JsonValue] | None = None
    lacking: tuple[Lack, ...] = ()
    refused: tuple[Diagnostic, ...] = ()


async def make(
    files: Sequence[File],
    reading: Reading,
    libraries: Libraries,
    workbench: Workbench,
    companions: Sequence[File] = (),
) -> Made:
    """Build the first file that is of a kind that can be built, beside its ``companions``.

    Raises:
        sandbox.errors.*: a fault of ours.
    """
    for file, facts in zip(files, reading.facts, strict=True):
        kind = kind_of(facts)
        if kind is None:
            continue
        if libraries.folder is None:  # its imports are guarded
            words = f"{kind} is not installed here: run `make python-libraries`"
            stage = skipped("build", Component.CORRECTNESS, words)
            return Made(stage, lacking=(Lack(LackKind.LIBRARY, kind.library),))
        texts = {each.path: each.text for each in (*files, *companions)}
        for path in texts:
            if not texts.keys().isdisjoint(map(str, PurePosixPath(path).parents)):
                built = Built((), (), None, (), f"{path} would lie below a file", 0.0)
                return judge(kind, built, facts, path)
        texts |= dict.fromkeys(beside(texts, facts["placeholders"]), "")
        own = own_modules(list(texts))
        absent = {
            each["module"].partition(".")[0]
            for other in reading.facts
            for each in other["imports"]
            if libraries.find(each["module"], own) is Found.NOT_HERE
        }
        built = await build(
            kind, texts, file.path, libraries.folder, workbench,
            variables=facts["variables"], absent=sorted(absent),
        )  # fmt: skip
        return judge(kind, built, facts, file.path)
    return Made(skipped("build", Component.CORRECTNESS, "nothing here knows how to build it"))


def beside(files: Iterable[str], named: Iterable[str]) -> list[str]:
    """The paths among ``named``, which an answer mentions, that can lie beside its files."""
    taken = {PurePosixPath(path) for path in files}
    folders = {parent for path in taken for parent in path.parents}
    placed: list[str] = []
    for path in map(PurePosixPath, named):
        fits = len(str(path)) <= MAX_PLACEHOLDER and len(placed) < MAX_PLACEHOLDERS
        free = path not in folders | taken and taken.isdisjoint(path.parents)
        if fits and free and ".." not in path.parts and _PLACEHOLDER.fullmatch(str(path)):
            taken.add(path)
            folders.update(path.parents)
            placed.append(str(path))
    return placed


def kind_of(facts: Mapping[str, Any]) -> Kind | None:
    """What a file builds, by what it imports and calls; None for plain Python.

    KFP wins over SageMaker: a pipeline's components may call boto3.
    """
    imported = roots(facts["imports"])
    if "kfp" in imported:
        return Kind.KFP
    if "ray.serve" in imported:
        return Kind.SERVE
    if "sagemaker" in imported or ("boto3" in imported and any(map(_of_sagemaker, _calls(facts)))):
        return Kind.SAGEMAKER
    return None


def judge(kind: Kind, built: Built, facts: Mapping[str, Any], path: str) -> Made:
    """The stage and the documents of a run. Pure."""
    documents = list(_documents(kind, built))
    found = [Diagnostic("info", f"{each} was stood in for", "stand-in") for each in built.stand_ins]
    if built.overrun:
        words = f"it did not run to its end: {built.overrun}"
        return Made(_failed([Diagnostic("error", shortened(words), OVERRUN, path)], built))
    raised = built.raised
    if raised is not None:
        problem = Diagnostic(
            "error", shortened(f"{raised.type}: {raised.message}"), "raised", path, raised.line
        )
        if not _excused(kind, raised, bool(documents)):
            if built.stand_ins:
                words = f"{', '.join(built.stand_ins)} would be needed to build it"
                lacking = tuple(Lack(LackKind.LIBRARY, shortened(each)) for each in built.stand_ins)
                return Made(skipped("build", Component.CORRECTNESS, words), lacking=lacking)
            note = Diagnostic("info", "it does not load", "raised", path, raised.line)
            return Made(_failed([note, *found], built), documents, refused=(problem,))
        found.append(Diagnostic("info", problem.message, "raised", path, raised.line))
    if not documents:
        if not any(call["in"] == "" for call in facts["ast"]["calls"]):
            words = "a library: nothing is built when it runs"
            return Made(skipped("build", Component.CORRECTNESS, words))
        words = {
            Kind.KFP: "no pipeline and no component is defined",
            Kind.SERVE: "no application is bound or run",
            Kind.SAGEMAKER: "nothing is submitted to SageMaker",
        }[kind]
        return Made(_failed([Diagnostic("error", words, "nothing", path), *found], built), [])
    if problem_of := _unlike(kind, documents, facts):
        return Made(_failed([Diagnostic("error", problem_of, "unlike", path)], built), [])
    return Made(gate("build", found, built.seconds, Component.CORRECTNESS), documents)


def _documents(kind: Kind, built: Built) -> Iterator[JsonValue]:
    if kind is Kind.SAGEMAKER:
        submitted = [each for each in built.requests if each["service"] == "sagemaker"]
        if any(_SUBMITS.fullmatch(str(each["operation"])) for each in submitted):
            yield from (each for each in submitted if not _ASKS.match(str(each["operation"])))
    else:
        yield from (each for each in built.made if isinstance(each, dict))


def _excused(kind: Kind, raised: Raised, anything: bool) -> bool:
    """Whether an exception came after what was asked for, and from what is outside the box."""
    if not anything or _MISTAKES & {raised.type, *raised.bases}:
        return False
    outside = {"OSError", "BotoCoreError", "ClientError", "HTTPError", "TimeoutError"}
    return kind is Kind.SAGEMAKER or bool(outside & {raised.type, *raised.bases})


def _unlike(kind: Kind, documents: Sequence[JsonValue], facts: Mapping[str, Any]) -> str:
    """Why what the answer's process wrote cannot come from the answer's text, "" where it can.

    What SageMaker was asked needs no such look: another process recorded it.
    """
    tree = facts["ast"]
    defined = [*tree["functions"], *tree["classes"]]
    names = {each["name"] for each in defined}
    decorated = {d["name"] for each in defined for d in each["decorators"]}
    decorated |= {call["name"] for call in _calls(facts)}
    try:
        if kind is Kind.KFP:
            found = (_no_pipeline(each, names, decorated) for each in documents)
            return next(filter(None, found), "")
        if kind is Kind.SERVE:
            renamed = {
                call["keywords"]["name"]
                for call in _calls(facts)
                if isinstance(call["keywords"].get("name"), str)
            }
            renamed |= {
                d["keywords"]["name"]
                for each in defined
                for d in each["decorators"]
                if isinstance(d["keywords"].get("name"), str)
            }
            made = {each["name"] for document in documents for each in document["deployments"]}
            if not made or not all(document["deployments"] for document in documents):
                return "an application has no deployment"
            if "ray.serve.deployment" not in decorated or made - names - renamed:
                return "its deployments are not those of the file"
    except (TypeError, KeyError, AttributeError):
        return "what was built is of another shape than what can be built"
    return ""


def _no_pipeline(document: Mapping[str, Any], names: set[str], called: set[str]) -> str:
    """Why a compiled document is no pipeline of this file: its functions must be the file's."""
    if not (document["pipelineInfo"]["name"] and document["root"]["dag"]["tasks"]):
        return "what was compiled has no task"
    if not any(name.startswith("kfp.") for name in called):
        return "nothing of kfp is called"
    executors = document.get("deploymentSpec", {}).get("executors", {})
    for executor in executors.values():
        words = executor.get("container", {}).get("args", [])
        for flag, function in itertools.pairwise(words):
            if flag == "--function_to_execute" and function not in names:
                return f"the component {shortened(str(function))} is not a function of the file"
    return ""


def _calls(facts: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    calls: Sequence[Mapping[str, Any]] = facts["ast"]["calls"]
    return calls


def _of_sagemaker(call: Mapping[str, Any]) -> bool:
    if not str(call["name"]).endswith("client"):
        return False
    named = [*call["arguments"], *call["keywords"].values()]
    return any(isinstance(each, str) and each.startswith("sagemaker") for each in named)


def _failed(found: Sequence[Diagnostic], built: Built) -> Stage:
    failed = StageStatus.FAILED
    return Stage("build", Component.CORRECTNESS, failed, 0.0, built.seconds, tuple(found))
