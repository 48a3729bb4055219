"""Chooses the engine: warm for speed, cold for reference."""

from functools import partial
from pathlib import Path
from typing import Literal

from sandbox.base import Restarted, Sandbox, uncounted
from sandbox.terraform.base import TerraformEngine
from sandbox.terraform.cold import ColdEngine
from sandbox.terraform.warm import WarmEngine
from sandbox.toolchain import Toolchain


def open_engine(
    kind: Literal["warm", "cold"],
    toolchain: Toolchain,
    sandbox: Sandbox,
    *,
    providers: int = 2,
    emulator: Path | None = None,
    restarted: Restarted = uncounted,
) -> TerraformEngine:
    """The engine of that kind; ``async with`` starts what stays warm.

    ``providers`` are kept warm; ``emulator`` is the socket of one that somebody else runs;
    ``restarted`` is told of each part that is kept warm and died or hung.

    Raises:
        ToolMissing: there is no terraform.
    """
    if kind == "cold":
        return ColdEngine(toolchain, sandbox, partial(WarmEngine, toolchain, sandbox, providers=1))
    return WarmEngine(
        toolchain, sandbox, providers=providers, emulator=emulator, restarted=restarted
    )
