"""What can keep a model from being delivered."""

from rl.errors import TrainingError


class ExportFailed(TrainingError):
    """A converter refused the model, or what it made answers worse than it may."""


class AnotherExport(TrainingError):
    """A folder holds the export of another model, or something else than an export."""

    exit_code = 2


class GateOfAnother(TrainingError):
    """A folder was not held against limits, or not with the model that is exported."""

    exit_code = 2


class ExportToolMissing(TrainingError):
    """A wheel that converts or loads is not installed."""

    exit_code = 2


class RegistryError(TrainingError):
    """The registry has no such version, or cannot be read."""

    exit_code = 2
