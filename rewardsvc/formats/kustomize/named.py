"""Named checks of kustomizations: those of manifests, and of what there is beside them."""

from typing import Literal

from rewardsvc.checks.named.base import (
    Name,
    NamedCheck,
    Path,
    Rendered,
    Value,
    at,
    key,
    said,
    text,
)
from rewardsvc.formats.kubernetes import named as manifests
from rewardsvc.types import Target


class KustomizationHas(NamedCheck):
    """The kustomization in a folder (``.`` for the top) has a value at a path."""

    check: Literal["kustomization_has"] = "kustomization_has"
    folder: Name
    path: Path
    value: Value

    def described(self) -> str:
        """See :meth:`NamedCheck.described`."""
        return f"the kustomization in {self.folder} has {said(self.path, self.value)}"

    def _rendered(self) -> Rendered:
        place = f"kustomizations.{key(self.folder)}.{at(self.path)}"
        return Rendered(on=Target.AST, expr=place, expect=self.value)


class OverlayHas(NamedCheck):
    """What the overlay in a folder (``.`` for the top) builds has, in the resource of a kind (and,
    where given, of a name), a value at a path."""

    check: Literal["overlay_has"] = "overlay_has"
    folder: Name
    kind: Name
    name: str = ""
    path: Path
    value: Value

    def described(self) -> str:
        """See :meth:`NamedCheck.described`."""
        called = f"{self.kind} {self.name}" if self.name else f"the {self.kind}"
        return f"in {self.folder}, {called} has {said(self.path, self.value)}"

    def _rendered(self) -> Rendered:
        named = f" && metadata.name == {text(self.name)}" if self.name else ""
        found = f"overlays.{key(self.folder)}[?kind == {text(self.kind)}{named}]"
        return Rendered(on=Target.AST, expr=f"{found} | [0].{at(self.path)}", expect=self.value)


CHECKS = (*manifests.CHECKS, KustomizationHas, OverlayHas)
