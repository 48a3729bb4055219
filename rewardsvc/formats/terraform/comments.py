"""Comments of HCL, as the outline of a file finds them. What strings and heredocs hold stays."""

from rewardsvc.verification.comments import without
from sandbox.hcl.outline import comments


def without_comments(text: str) -> str:
    """See :attr:`rewardsvc.format.Format.comments`."""
    return without(text, comments(text))
