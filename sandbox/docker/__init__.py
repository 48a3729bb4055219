"""The Docker back end: every command in a warm container of its own, used once."""

from sandbox.docker.backend import IMAGE, DockerSandbox

__all__ = ["IMAGE", "DockerSandbox"]
