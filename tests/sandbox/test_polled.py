"""Who asks again and again for what is not there is told; who asks again otherwise is not."""

import pytest

from sandbox.emulated.polled import EMPTY, FORGOTTEN_SECONDS, Polled

_ABSENT = b"<Error><Code>NoSuchEntity</Code></Error>"


@pytest.mark.parametrize(
    ("call", "said", "times", "told"),
    [
        ("GetRole", _ABSENT, (0, 0.5, 1.5, 3.5), [False, False, False, True]),
        ("CertificateManager.ListCertificates", EMPTY, (0, 1, 3), [False, False, True]),
        ("GetRole", _ABSENT, (0, 0, 0, 0), [False] * 4),
        ("GetRole", _ABSENT, (0, 3), [False] * 2),
        ("GetRole", _ABSENT, (0, 1, 1 + FORGOTTEN_SECONDS + 1), [False] * 3),
        ("GetRole", b"<Role/>", (0, 2, 4, 6), [False] * 4),
        ("GetBucketPolicy", _ABSENT, (0, 2, 4, 6), [False] * 4),
    ],
)
def test_a_question_that_is_asked_in_vain(
    call: str, said: bytes, times: tuple[float, ...], told: list[bool]
) -> None:
    polled = Polled()
    assert [polled.in_vain(call, b"name=a", said, now) for now in times] == told
    assert not polled.in_vain(call, b"name=b", said, times[-1])
