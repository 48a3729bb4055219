"""The bubblewrap back end: every command in namespaces of its own."""

from sandbox.bubblewrap.backend import BubblewrapSandbox

__all__ = ["BubblewrapSandbox"]
