"""Notices a provider that waits for what is not there, and will not be.

Some data sources ask again and again for a minute and more, for what was just made takes a moment
to be seen in the real cloud (a role, a certificate). Nothing comes into being here by waiting: who
asks once more over some seconds is told so, before the plan runs out of time. Only calls that the
AWS provider polls are looked at (tried with 5.100): others are asked again for good reasons.
"""

POLLED_SECONDS = 3.0
"""From the first time that something was not there; a provider's next question then is its fourth
or fifth, at growing intervals from half a second on."""
FORGOTTEN_SECONDS = 30.0
"""Who asks after such a pause is another plan."""
LEAST_TIMES = 3
MAX_QUESTIONS = 1000
"""That are remembered."""

EMPTY = b'{"CertificateSummaryList": []}'
_ABSENT = {"GetRole": b"<Code>NoSuchEntity</Code>", "CertificateManager.ListCertificates": EMPTY}
"""Calls that are polled (aws_iam_session_context, aws_acm_certificate), and what an answer has in
it where nothing is there."""


class Polled:
    """What was asked for and not there, with when it was first, when last, and how often."""

    def __init__(self) -> None:
        self._asked: dict[tuple[str, bytes], tuple[float, float, int]] = {}

    def in_vain(self, call: str, question: bytes, said: bytes, now: float) -> bool:
        """Whether what is asked for once more was not there for some time; counts the question."""
        absent = _ABSENT.get(call)
        if absent is None or absent not in said:
            return False
        if len(self._asked) >= MAX_QUESTIONS:
            self._asked.clear()
        first, last, times = self._asked.get((call, question), (now, now, 0))
        if now - last > FORGOTTEN_SECONDS:
            first, times = now, 0
        self._asked[call, question] = (first, now, times + 1)
        return times + 1 >= LEAST_TIMES and now - first >= POLLED_SECONDS
