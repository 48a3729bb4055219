"""What a script does to the files of its task: one run in a box, told by our supervisor."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from rewardsvc.formats.bash.fixtures import Fixtures
from rewardsvc.types import JsonValue
from rewardsvc.verification.boxed import watching
from rewardsvc.verification.verifier import Workbench
from sandbox.alternatives import alternatives
from sandbox.base import MIB, WORK, Command, Limits

SCRIPT_LIMITS = Limits(
    wall_seconds=10.0,
    cpu_seconds=10.0,
    memory_bytes=256 * MIB,
    processes=64,
    file_bytes=16 * MIB,
    output_bytes=8 * MIB,
)
"""The supervisor's answer, of at most 1 MiB of files and 128 KiB of output, fits in as JSON."""

RUNS_SECONDS = 30.0
"""Of wall time, that all runs of one answer have together. Without it, a script that sleeps a while
on each of many fixtures outlasts whoever waits for its verdict."""

LEAST_SECONDS = 1.0
"""That a run has also when those are used up: what the runs before took may have been the machine's
doing. As ever, what the machine gave little of a core is run again, for longer."""

SHELL = "/bin/bash"
FOLDER = f"{WORK}/task"
"""Where a script starts, among the files of its task."""

_SYSTEM = f"{WORK}/system"
_SEARCH_PATH = f"{FOLDER}/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin:{_SYSTEM}"
"""A task can bring stand-ins for programs that a box lacks, under ``bin/``. Last come links to the
programs that Debian reaches through ``/etc/alternatives`` (``awk``), which a box does not have."""


@dataclass(frozen=True, slots=True)
class Execution:
    """What a script did. ``overrun``: why there is no more to tell, "" where it ended by itself.

    ``document`` is what checks see; docs/bash.md describes it.
    """

    document: Mapping[str, JsonValue] | None
    overrun: str
    seconds: float


def wall_seconds(used: float) -> float:
    """What one more run of an answer has, whose runs used so much. Pure."""
    return min(SCRIPT_LIMITS.wall_seconds, max(LEAST_SECONDS, RUNS_SECONDS - used))


async def execute(
    scripts: Mapping[str, str],
    main: str,
    fixtures: Fixtures,
    workbench: Workbench,
    *,
    used: float = 0.0,
) -> Execution:
    """Run the script called ``main`` beside the others, in a folder with the fixtures.

    ``used``: seconds of wall time that the answer's runs before took.

    Raises:
        ToolCrashed: our supervisor failed.
        SandboxError: the isolation failed.
    """
    if clash := _clash(scripts, fixtures):
        return Execution(None, clash, 0.0)
    run = command(scripts, main, fixtures)
    limits = replace(run.limits, wall_seconds=wall_seconds(used))
    watched = await watching.watch(workbench.sandbox, replace(run, limits=limits))
    document = None if watched.report is None else _document(watched.report, frozenset(scripts))
    return Execution(document, watched.overrun, watched.seconds)


def no_op(fixtures: Fixtures) -> dict[str, JsonValue]:
    """The document of a script that does nothing: it ends well and leaves the files as they are."""
    folders = sorted(
        {
            str(parent)
            for path in fixtures.files
            for parent in PurePosixPath(path).parents
            if parent.name
        }
    )
    return {
        "exit_code": 0,
        "stdout": "",
        "stderr": "",
        "output_cut": False,
        "files": dict(fixtures.files),
        "modes": {
            **{path: "755" for path in folders},
            **{
                path: "755" if text.startswith("#!") else "666"
                for path, text in fixtures.files.items()
            },
        },
        "links": {},
        "folders": folders,
        "files_cut": False,
    }


def command(scripts: Mapping[str, str], main: str, fixtures: Fixtures) -> Command:
    """The command of a run."""
    laid_out = {**fixtures.files, **scripts}
    order = {
        "argv": [SHELL, main, *fixtures.arguments],
        "env": {
            "HOME": FOLDER,
            "PATH": _SEARCH_PATH,
            "LC_ALL": "C.UTF-8",
            "USER": "box",
            **fixtures.environment,
        },
        "folder": FOLDER,
        "stdin": fixtures.stdin,
        "links": {f"{_SYSTEM}/{name}": target for name, target in alternatives()},
        "executable": [
            path for path, text in laid_out.items() if path in scripts or text.startswith("#!")
        ],
    }
    files = {f"task/{path}": text for path, text in laid_out.items()}
    return watching.command(order, files, SCRIPT_LIMITS)


def _clash(scripts: Mapping[str, str], fixtures: Fixtures) -> str:
    """Why the answer's files cannot lie beside those of the task; "" where they can."""
    for path in scripts:
        if any(str(parent) in fixtures.files for parent in PurePosixPath(path).parents):
            return f"{path} would lie below a file of the task"
        if any(PurePosixPath(path) in PurePosixPath(each).parents for each in fixtures.files):
            return f"{path} is a folder of the task"
    return ""


def _document(answer: Mapping[str, JsonValue], own: frozenset[str]) -> dict[str, JsonValue]:
    """What checks see: without ``own``, the answer's files."""
    document = dict(answer)
    for name in ("files", "modes"):
        document[name] = {path: kept for path, kept in answer[name].items() if path not in own}
    return document
