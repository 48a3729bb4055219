"""Chooses the engine: warm for speed, cold for reference."""

from typing import Literal

from sandbox.base import Sandbox
from sandbox.terraform.base import TerraformEngine
from sandbox.terraform.cold import ColdEngine
from sandbox.terraform.warm import WarmEngine
from sandbox.toolchain import Toolchain


def open_engine(
    kind: Literal["warm", "cold"], toolchain: Toolchain, sandbox: Sandbox
) -> TerraformEngine:
    """The engine of that kind; ``async with`` starts what stays warm.

    Raises:
        ToolMissing: there is no terraform.
    """
    return WarmEngine(toolchain, sandbox) if kind == "warm" else ColdEngine(toolchain, sandbox)
