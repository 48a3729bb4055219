"""Which tools there are, where each comes from, and what was found on this machine."""

from sandbox.toolchain.discover import discover
from sandbox.toolchain.model import Source, Tool, Toolchain

__all__ = ["Source", "Tool", "Toolchain", "discover"]
