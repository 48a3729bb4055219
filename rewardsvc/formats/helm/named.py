"""Named checks of Helm charts: those of manifests, and of what a chart is beside them."""

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


class ChartHas(NamedCheck):
    """Chart.yaml has a value at a path."""

    check: Literal["chart_has"] = "chart_has"
    path: Path
    value: Value

    def described(self) -> str:
        """See :meth:`NamedCheck.described`."""
        return f"the chart has {said(self.path, self.value)}"

    def _rendered(self) -> Rendered:
        return Rendered(on=Target.AST, expr=f"chart.{at(self.path)}", expect=self.value)


class DefaultIs(NamedCheck):
    """values.yaml has a value at a path."""

    check: Literal["default_is"] = "default_is"
    path: Path
    value: Value

    def described(self) -> str:
        """See :meth:`NamedCheck.described`."""
        return f"the default values have {said(self.path, self.value)}"

    def _rendered(self) -> Rendered:
        return Rendered(on=Target.AST, expr=f"values.{at(self.path)}", expect=self.value)


class RenderedHas(NamedCheck):
    """With values that the task gives (``ci/NAME-values.yaml`` of its input, by that name), the
    resource of a kind (and, where given, of a name) has a value at a path."""

    check: Literal["rendered_has"] = "rendered_has"
    values: Name
    kind: Name
    name: str = ""
    path: Path
    value: Value

    def described(self) -> str:
        """See :meth:`NamedCheck.described`."""
        called = f"{self.kind} {self.name}" if self.name else f"the {self.kind}"
        return f"with the values {self.values}, {called} has {said(self.path, self.value)}"

    def _rendered(self) -> Rendered:
        named = f" && metadata.name == {text(self.name)}" if self.name else ""
        found = f"renderings.{key(self.values)}[?kind == {text(self.kind)}{named}]"
        return Rendered(on=Target.AST, expr=f"{found} | [0].{at(self.path)}", expect=self.value)


CHECKS = (*manifests.CHECKS, ChartHas, DefaultIs, RenderedHas)
