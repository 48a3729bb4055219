"""A stand-in that is entered and left like the real one, and holds nothing open."""

from types import TracebackType
from typing import Self


class HoldsNothing:
    """The base of such stand-ins."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        pass
