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
        spelled = _spelled(self.attribute, self.value)
        if not spelled:
            return Rendered(on=Target.AST, expr=f"final.{self.attribute}", expect=self.value)
        ways = " || ".join(f"final.{self.attribute} == {text(each)}" for each in spelled)
        return Rendered(on=Target.AST, expr=ways)


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
        spelled = _spelled("base", self.image) or [self.image]
        condition = f"({' || '.join(f'base == {text(each)}' for each in spelled)})"
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


def _spelled(attribute: str, value: str | list[str]) -> list[str]:
    """The ways to write an image (docs.docker.com, "Image references") or a folder; [] of what is
    written in one way."""
    if not isinstance(value, str):
        return []
    if attribute == "workdir":
        plain = value.rstrip("/")
        return [plain, f"{plain}/"] if plain else []
    if attribute not in {"base", "image"}:
        return []
    name = value.removeprefix("docker.io/").removeprefix("library/")
    first, _, rest = name.partition("/")
    elsewhere = bool(rest) and ("." in first or ":" in first or first == "localhost")
    named = [name] if elsewhere else [name, f"docker.io/{name}"]
    if "/" not in name:
        named += [f"library/{name}", f"docker.io/library/{name}"]
    if name.endswith(":latest"):
        named += [each.removesuffix(":latest") for each in named]
    elif ":" not in name and "@" not in name and name != "scratch":
        named += [f"{each}:latest" for each in named]
    return list(dict.fromkeys((value, *named)))


CHECKS = (FinalImageHas, EnvironmentSet, PortExposed, StageFrom, InstructionHas)
