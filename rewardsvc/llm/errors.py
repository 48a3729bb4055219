"""What can break between us and a language model; each type names the boundary.

The adapters raise all but the last and nobody else does; :class:`Unusable` is about one answer,
which was received and is perhaps paid for.
"""


class ModelError(Exception):
    """Base of the package's errors."""


class ModelNotSetUp(ModelError):
    """It cannot be asked from here: its key is not set."""


class ModelRefused(ModelError):
    """Its service accepts no such request (key, model, address): asking again is in vain.

    ``status``: of HTTP, where it is what said so.
    """

    def __init__(self, message: str, status: int | None = None) -> None:
        self.status = status
        super().__init__(message)


class ModelUnavailable(ModelError):
    """No answer in time, or a passing fault of its service.

    ``retry_after``: seconds that the service asks to wait, None where it does not say.
    """

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        self.retry_after = retry_after
        super().__init__(message)


class ModelSilent(ModelUnavailable):
    """It was asked, and no answer came: in time, or whole. It may have been paid for."""


class NotAnAnswer(ModelSilent):
    """What came with HTTP 200 is no answer of a model: a portal's page, an error in its place."""


class ModelBusy(ModelUnavailable):
    """Its service turned the request away: it is given more than it takes just now."""


class BudgetSpent(ModelError):
    """It is not asked: it would cost more than it may."""


class Unusable(ModelError):
    """An answer that is none: refused, cut off, or not what was asked for."""
