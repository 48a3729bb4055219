"""How a search is cut so that no part has more results than are shown. Pure.

GitHub shows the first 1,000 results of a search and says when it ran out of time; what is behind
is reached by searches of fewer: of repositories that were created in fewer days, then of fewer
sizes (https://docs.github.com/en/rest/search/search#about-search).
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta

SHOWN = 1000
"""Results of one search that can be paged through."""

PER_PAGE = 100

_LARGEST_KILOBYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class SearchSlice:
    """Repositories created from day to day (both included), of sizes from to (kilobytes)."""

    since: date
    until: date
    least: int = 0
    most: int = _LARGEST_KILOBYTES

    @property
    def qualifiers(self) -> str:
        """As GitHub's search has them."""
        days = f"created:{self.since.isoformat()}..{self.until.isoformat()}"
        whole = (self.least, self.most) == (0, _LARGEST_KILOBYTES)
        return days if whole else f"{days} size:{self.least}..{self.most}"

    def halves(self) -> tuple["SearchSlice", "SearchSlice"] | None:
        """Two that are it together, the newer or smaller one first; None where it is one day and
        one size."""
        days = (self.until - self.since).days
        if days > 0:
            middle = self.since + timedelta(days=days // 2)
            newer = replace(self, since=middle + timedelta(days=1))
            return newer, replace(self, until=middle)
        if self.most > self.least:
            half = (self.least + self.most) // 2
            return replace(self, most=half), replace(self, least=half + 1)
        return None


def too_many(total: int, wanted: int, *, incomplete: bool) -> bool:
    """Whether a search has to be cut: some of what is wanted is not shown."""
    return incomplete or (total > SHOWN and wanted > SHOWN)
