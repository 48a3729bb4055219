"""How what answers as a provider is started: a plugin, or the stand-in for one. Pure.

One that is warm has a box of its own. A stand-in runs beside Terraform's own commands instead where
Terraform would start the plugin itself: in the cold engine and in a deployment, and everywhere for
a provider that reads the configuration's files.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from sandbox.base import Bind, Result, Step
from sandbox.errors import ProviderFailed
from sandbox.standins import FAULT, StandinProvider
from sandbox.standins.launch import (
    attached_standins,
    beside_standins,
    standin_argv,
    standin_binds,
)

SAID = 500
"""Letters that are told of what a stand-in said when it failed."""

_LOADING = frozenset({"unparsed", "validate", "plan", "show", "apply", "again", "drift", "destroy"})
"""The steps, of all engines, in which Terraform asks its providers."""


@dataclass(frozen=True, slots=True)
class PluginProgram:
    """What answers as one provider, and what it needs in its box."""

    argv: tuple[str, ...]
    binds: tuple[Bind, ...]

    @classmethod
    def of_plugin(cls, binary: Path) -> "PluginProgram":
        """A published plugin."""
        return cls((str(binary),), (Bind(binary, str(binary)),))

    @classmethod
    def of_standin(cls, standin: StandinProvider) -> "PluginProgram":
        """A program of ours."""
        return cls(standin_argv(standin), standin_binds())


@dataclass(frozen=True, slots=True)
class BoxedStandins:
    """The stand-ins of one box, by their provider's source. ``root``: the folder of its root
    module."""

    standins: Mapping[str, StandinProvider]
    root: str

    def beside(self, steps: tuple[Step, ...]) -> tuple[Step, ...]:
        """The steps, with the stand-ins beside those that ask them."""
        return tuple(
            replace(step, argv=beside_standins(step.argv, self.standins.values(), self.root))
            if step.name in _LOADING
            else step
            for step in steps
        )

    def sound(self, result: Result) -> Result:
        """The result of such steps.

        Raises:
            ProviderFailed: one of these failed, so that it says nothing of the configuration.
        """
        for step in result.steps if self.standins else ():
            if step.exit_code == FAULT:
                said = step.stderr.decode(errors="replace").strip().rpartition("\n")[2]
                raise ProviderFailed(f"beside terraform, {said[:SAID]}")
        return result

    @property
    def binds(self) -> tuple[Bind, ...]:
        """What they need in the box."""
        return standin_binds() if self.standins else ()

    @property
    def sockets(self) -> Mapping[str, str]:
        """Where Terraform finds each."""
        return attached_standins(self.standins)
