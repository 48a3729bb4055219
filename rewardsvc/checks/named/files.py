"""Named checks of formats whose answers are one YAML file."""

from typing import Literal

from rewardsvc.checks.named.base import (
    NamedCheck,
    Path,
    Rendered,
    Value,
    at,
    said,
)
from rewardsvc.types import Target


class FileHas(NamedCheck):
    """A value at a path from the top of the file, in any CI format."""

    check: Literal["file_has"] = "file_has"
    path: Path
    value: Value

    def described(self) -> str:
        """See :meth:`NamedCheck.described`."""
        return f"the file has {said(self.path, self.value)}"

    def _rendered(self) -> Rendered:
        return Rendered(on=Target.DOCUMENTS, expr=f"[0].{at(self.path)}", expect=self.value)
