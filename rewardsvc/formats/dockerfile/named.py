"""Named checks of Dockerfiles."""

from typing import Literal

from pydantic import Field

from rewardsvc.checks.named.base import (
    Name,
    NamedCheck,
    Rendered,
    key,
    shown,
    text,
)
from rewardsvc.types import Target


class FinalImageHas(NamedCheck):
    """The final image of a Dockerfile has an attribute, its stages' inheritance included."""

    check: Literal["final_image_has"] = "final_image_has"
    attribute: Literal["base", "image", "user", "workdir", "cmd", "entrypoint", "stopsignal"]
    value: str | list[str]
    """A list for ``cmd`` and ``entrypoint`` in the JSON form, else text."""

    def described(self) -> str:
        """See :meth:`NamedCheck.described`."""
        return (
            f"the final image has {self.attribute} {shown(list(self.value))}"
            if isinstance(self.value, list)
            else f"the final image has {self.attribute} {self.value}"
        )

    def _rendered(self) -> Rendered:
        return Rendered(on=Target.AST, expr=f"final.{self.attribute}", expect=self.value)


class EnvironmentSet(NamedCheck):
    """The final image of a Dockerfile sets an environment variable."""

    check: Literal["environment_set"] = "environment_set"
    variable: Name
    value: str

    def described(self) -> str:
        """See :meth:`NamedCheck.described`."""
        return f"the image sets {self.variable} to {shown(self.value)}"

    def _rendered(self) -> Rendered:
        return Rendered(on=Target.AST, expr=f"final.env.{key(self.variable)}", expect=self.value)


class PortExposed(NamedCheck):
    """The final image of a Dockerfile exposes a TCP port."""

    check: Literal["port_exposed"] = "port_exposed"
    port: int = Field(ge=1, le=65535)

    def described(self) -> str:
        """See :meth:`NamedCheck.described`."""
        return f"the image exposes port {self.port}"

    def _rendered(self) -> Rendered:
        ways = (f"contains(final.expose, '{self.port}{suffix}')" for suffix in ("", "/tcp"))
        return Rendered(on=Target.AST, expr=" || ".join(ways))


class StageFrom(NamedCheck):
    """Some stage of a Dockerfile starts from an image."""

    check: Literal["stage_from"] = "stage_from"
    image: Name
    stage: str = ""
    """The stage's name (AS …), "" for any."""

    def described(self) -> str:
        """See :meth:`NamedCheck.described`."""
        return f"{f'stage {self.stage}' if self.stage else 'a stage'} starts from {self.image}"

    def _rendered(self) -> Rendered:
        condition = f"base == {text(self.image)}"
        if self.stage:
            condition += f" && name == {text(self.stage.lower())}"
        return Rendered(on=Target.AST, expr=f"length(stages[?{condition}]) > `0`")


class InstructionHas(NamedCheck):
    """Some instruction of a Dockerfile contains all of these texts."""

    check: Literal["instruction_has"] = "instruction_has"
    instruction: Literal["RUN", "COPY", "ADD", "ENV", "LABEL", "HEALTHCHECK", "VOLUME", "SHELL"]
    contains: list[Name] = Field(min_length=1)

    def described(self) -> str:
        """See :meth:`NamedCheck.described`."""
        return f"a {self.instruction} has {' and '.join(self.contains)}"

    def _rendered(self) -> Rendered:
        having = " && ".join(f"contains(value, {text(part)})" for part in self.contains)
        found = f"instructions[?instruction == '{self.instruction}'] | [?{having}]"
        return Rendered(on=Target.AST, expr=f"length({found}) > `0`")


CHECKS = (FinalImageHas, EnvironmentSet, PortExposed, StageFrom, InstructionHas)
