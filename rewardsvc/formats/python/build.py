"""Building what a Python answer defines: a run in a box, and what is made of its end."""

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from rewardsvc.formats.python.child import example
from rewardsvc.formats.python.stub import sound
from rewardsvc.types import JsonValue
from rewardsvc.verification.boxed import isolated, watching
from rewardsvc.verification.verifier import Workbench
from sandbox.base import MIB, WORK, Bind, Limits

BUILD_LIMITS = Limits(
    wall_seconds=60.0,
    cpu_seconds=60.0,
    memory_bytes=1536 * MIB,
    processes=256,
    file_bytes=64 * MIB,
    output_bytes=16 * MIB,
)
"""Importing kfp or sagemaker takes 2 to 5 seconds of a core, ray about as long."""

FOLDER = f"{WORK}/answer"
LIBRARIES = "/libraries"
RESULT_BYTES = 512 * 1024

_HERE = Path(__file__).parent
_WORKSHOP, _CHILD, _STUB = (_HERE / f"{name}.py" for name in ("workshop", "child", "stub"))
_VARIABLE = re.compile(r"[A-Za-z_]\w{0,127}", re.ASCII)
"""What is given a value: Linux starts no program with a longer environment than some megabytes."""


class Kind(StrEnum):
    """What an answer builds, by what it imports."""

    KFP = "kfp"
    SERVE = "serve"
    SAGEMAKER = "sagemaker"

    @property
    def library(self) -> str:
        """What it is built with."""
        return "ray" if self is Kind.SERVE else self.value


@dataclass(frozen=True, slots=True)
class Raised:
    """The exception that ended an answer's run."""

    type: str
    bases: tuple[str, ...]
    message: str
    line: int
    module: str
    """Of an ImportError: what could not be imported."""


@dataclass(frozen=True, slots=True)
class Built:
    """What came of a run. ``overrun``: why there is nothing to tell, "" otherwise.

    ``made`` is what the answer's own process wrote down; ``requests`` what our AWS was asked.
    ``stand_ins``: modules that something else stood in for.
    """

    made: Sequence[JsonValue]
    requests: Sequence[Mapping[str, Any]]
    raised: Raised | None
    stand_ins: tuple[str, ...]
    overrun: str
    seconds: float


async def build(
    kind: Kind,
    files: Mapping[str, str],
    main: str,
    libraries: Path,
    workbench: Workbench,
    *,
    variables: Sequence[str] = (),
    absent: Sequence[str] = (),
) -> Built:
    """Run the file ``main`` of an answer.

    ``variables`` are given examples as values; ``absent`` modules are stood in for.

    Raises:
        ToolCrashed: our workshop failed.
        SandboxError: the isolation failed.
    """
    written = f".{secrets.token_hex(8)}.json"
    order = {
        "argv": list(isolated(f"{WORK}/{_CHILD.name}", kind, LIBRARIES, main, written, *absent)),
        "env": {
            "HOME": FOLDER,
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "LC_ALL": "C.UTF-8",
            "AWS_ACCESS_KEY_ID": "box",
            "AWS_SECRET_ACCESS_KEY": "box",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_MAX_ATTEMPTS": "1",
            "KFP_DISABLE_EXECUTION_CACHING_BY_DEFAULT": "false",
            "RAY_USAGE_STATS_ENABLED": "0",
            **{name: example(name) for name in filter(_VARIABLE.fullmatch, variables)},
        },
        "folder": FOLDER,
        "stdin": "",
        "executable": [],
        "links": {},
        "endpoint": kind is Kind.SAGEMAKER,
        "result": written,
        "result_bytes": RESULT_BYTES,
    }
    command = watching.command(
        order,
        {f"answer/{path}": text for path, text in files.items()},
        BUILD_LIMITS,
        programs=(_WORKSHOP, _CHILD, _STUB, watching.SUPERVISOR),
        binds=(Bind(libraries, LIBRARIES),),
    )
    return read_report(await watching.watch(workbench.sandbox, command))


def read_report(watched: watching.Watched) -> Built:
    """What the workshop told."""
    answer = watched.report
    if answer is None:
        return Built((), (), None, (), watched.overrun, watched.seconds)
    requests = answer["requests"]
    written = _written(answer["result"])
    if written is None:
        said = str(answer["stderr"]).strip()[-200:]
        words = f"it left before it was through (exit code {answer['exit_code']}) {said}".strip()
        return Built((), requests, None, (), words, watched.seconds)
    made, raised, stand_ins = written
    return Built(made, requests, raised, stand_ins, "", watched.seconds)


def _written(text: str | None) -> tuple[list[JsonValue], Raised | None, tuple[str, ...]] | None:
    """What the answer's process wrote, which may be anything; None where it is not usable."""
    try:
        told = sound(text or "")
        documents, error, stand_ins = told["documents"], told["error"], told["stand_ins"]
        raised = None
        if error is not None:
            raised = Raised(
                str(error["type"]),
                tuple(map(str, error.get("bases", ()))),
                str(error["message"]),
                int(error["line"]),
                str(error.get("module", "")),
            )
        return list(documents), raised, tuple(map(str, stand_ins))
    except (ValueError, TypeError, KeyError, AttributeError, ArithmeticError, RecursionError):
        return None
