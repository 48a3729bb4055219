"""Formats that only a test knows."""

from rewardsvc.format import Format
from rewardsvc.verification.verifier import Verifier


def format_of(verifier: Verifier) -> Format:
    """A format that is judged by such a verifier, and nothing else is known of it."""
    return Format(
        verifier=verifier,
        fence=min(verifier.languages),
        prompt=f"a file in {verifier.format}",
        comments=str,
        light="bubblewrap" not in verifier.tools,
    )
