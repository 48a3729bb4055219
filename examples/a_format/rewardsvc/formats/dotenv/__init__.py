"""A whole format: `.env` files, one `NAME=value` a line (docs/adding-a-format.md)."""

import re
import time
from typing import Literal

from rewardsvc.artifact import Artifact
from rewardsvc.checks.named.base import Name, NamedCheck, Rendered, key, said
from rewardsvc.format import Deferred, Format
from rewardsvc.types import Component, Diagnostic, JsonValue, Target
from rewardsvc.verification.comments import without_hash_lines
from rewardsvc.verification.ladder import lint, skipped, syntax
from rewardsvc.verification.verifier import Findings, Workbench

_LINE = re.compile(r"([A-Za-z_]\w*)=(.*)")


class DotenvVerifier:
    """Stages: ``parse`` (syntax), ``lint`` (format). ``documents`` has one object per file."""

    format = "dotenv"
    languages = frozenset({"dotenv", "env"})
    default_path = ".env"
    many = False
    companions = False
    tools: tuple[str, ...] = ()
    targets = frozenset({Target.DOCUMENTS})

    async def verify(self, artifact: Artifact, workbench: Workbench) -> Findings:
        """Climb the ladder; see :class:`rewardsvc.verification.verifier.Verifier`."""
        started = time.perf_counter()
        documents: list[JsonValue] = []
        broken, shouted = [], []
        for file in artifact.files:
            variables: dict[str, JsonValue] = {}
            for number, line in enumerate(without_hash_lines(file.text).split("\n"), start=1):
                match = _LINE.fullmatch(line)
                if match is not None:
                    variables[match[1]] = match[2]
                elif line.strip():
                    what = "not NAME=value"
                    broken.append(Diagnostic("error", what, "line", file.path, number))
                if match is not None and match[1] != match[1].upper():
                    what = f"{match[1]} is not in capitals"
                    shouted.append(Diagnostic("warning", what, "case", file.path, number))
            documents.append(variables)
        parse = syntax("parse", broken, time.perf_counter() - started)
        empty = "" if any(documents) else "it sets nothing"
        if broken or empty:
            why = empty or "a line does not parse"
            stages = (parse, skipped("lint", Component.FORMAT, why))
            return Findings(stages, parsed=not broken, vacuous="" if broken else empty)
        stages = (parse, lint("lint", shouted, 0.0))
        return Findings(stages, projections={Target.DOCUMENTS: documents})


class VariableIs(NamedCheck):
    """A variable has a value."""

    check: Literal["variable_is"] = "variable_is"
    variable: Name
    value: str

    def described(self) -> str:
        """See :meth:`NamedCheck.described`."""
        return said(self.variable, self.value)

    def _rendered(self) -> Rendered:
        expr = f"[0].{key(self.variable)}"
        return Rendered(on=Target.DOCUMENTS, expr=expr, expect=self.value)


FORMAT = Format(
    verifier=DotenvVerifier(),
    fence="dotenv",
    prompt="a .env file (one NAME=value a line)",
    comments=without_hash_lines,
    names=("*.env", ".env"),
    witness="PORT=8080\n",
    named=(VariableIs,),
    gaming=Deferred(f"{__name__}.gaming:SCENES"),
)
