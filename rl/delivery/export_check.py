"""What came of the check of an export. It loads no model: `rl models` reads it, too."""

from dataclasses import dataclass

from rl.delivery.export import ExportKind


@dataclass(frozen=True, slots=True)
class CheckedExport:
    """Greedy answers of an export beside those of the model, over the tasks that both were scored
    on. ``lost``: of the mean reward (None: nothing was scored); ``tolerance``: what may be lost.
    """

    kind: ExportKind
    tasks: int
    reward: float | None
    fully_right: float | None
    lost: float | None
    tolerance: float

    @property
    def kept(self) -> bool:
        """Whether it is as good as it has to be."""
        return self.lost is not None and self.lost <= self.tolerance


@dataclass(frozen=True, slots=True)
class ExportCheck:
    """The model itself, and every export."""

    reward: float | None
    fully_right: float | None
    exports: tuple[CheckedExport, ...]
