"""Comments of Groovy, as the lexer of Jenkinsfiles finds them."""

from rewardsvc.formats.jenkinsfile.groovy.lexer import comments
from rewardsvc.verification.comments import without


def without_comments(text: str) -> str:
    """See :attr:`rewardsvc.format.Format.comments`."""
    return without(text, comments(text))
