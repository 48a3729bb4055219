"""When a service is asked again follows from what it says."""

import pytest

from datagen.sources.collected.limits import (
    LONGEST_SECONDS,
    TRIES,
    Pause,
    ServiceAnswer,
    ServiceRefusal,
    azure_limits,
    github_limits,
)

NOW = 1_000_000.0
SECONDARY = "You have exceeded a secondary rate limit. Please wait a few minutes"


@pytest.mark.parametrize(
    ("status", "headers", "message", "tries", "ruling"),
    [
        (200, {"x-ratelimit-remaining": "29", "x-ratelimit-reset": "1000050"}, "", 1, None),
        (200, {}, "", 1, None),
        (
            200,
            {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1000050"},
            "",
            1,
            Pause(51.0, again=False),
        ),
        (
            200,
            {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "9000000"},
            "",
            1,
            Pause(LONGEST_SECONDS, again=False),
        ),
        (403, {"retry-after": "17"}, SECONDARY, 1, Pause(17.0, again=True)),
        (429, {"retry-after": "17", "x-ratelimit-remaining": "0"}, "", 1, Pause(17.0, again=True)),
        (
            403,
            {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1000030"},
            "API rate limit exceeded",
            1,
            Pause(31.0, again=True),
        ),
        (403, {"x-ratelimit-remaining": "4999"}, SECONDARY, 1, Pause(60.0, again=True)),
        (403, {}, SECONDARY, 3, Pause(240.0, again=True)),
        (429, {}, "", 1, Pause(60.0, again=True)),
        (502, {}, "", 2, Pause(4.0, again=True)),
        (429, {"retry-after": "soon"}, "", 1, Pause(60.0, again=True)),
    ],
)
def test_github_is_waited_for_as_it_asks(
    status: int, headers: dict[str, str], message: str, tries: int, ruling: Pause | None
) -> None:
    assert github_limits(ServiceAnswer(status, headers, message), tries, NOW) == ruling


@pytest.mark.parametrize(
    ("status", "headers", "message", "said"),
    [
        (401, {}, "Bad credentials", "GITHUB_TOKEN"),
        (403, {}, "Resource not accessible by personal access token", "not accessible"),
        (422, {}, "Validation Failed", "Validation Failed"),
        (404, {}, "Not Found", "404"),
        (429, {"retry-after": "9000"}, "", "2.5 hours"),
    ],
)
def test_what_no_request_mends_ends_it(
    status: int, headers: dict[str, str], message: str, said: str
) -> None:
    ruling = github_limits(ServiceAnswer(status, headers, message), 1, NOW)
    assert isinstance(ruling, ServiceRefusal) and said in ruling.reason


def test_nobody_is_asked_without_end() -> None:
    for limits in (github_limits, azure_limits):
        assert isinstance(limits(ServiceAnswer(503, {}), TRIES, NOW), ServiceRefusal)
        assert isinstance(
            limits(ServiceAnswer(429, {"retry-after": "1"}), TRIES, NOW), ServiceRefusal
        )


@pytest.mark.parametrize(
    ("status", "headers", "ruling"),
    [
        (200, {}, None),
        (200, {"x-ratelimit-remaining": "12"}, None),
        (200, {"retry-after": "12.5", "x-ratelimit-delay": "3.2"}, Pause(12.5, again=False)),
        (
            200,
            {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1000010"},
            Pause(11.0, again=False),
        ),
        (429, {"retry-after": "30"}, Pause(30.0, again=True)),
        (503, {"retry-after": "5"}, Pause(5.0, again=True)),
        (500, {}, Pause(2.0, again=True)),
    ],
)
def test_azure_is_waited_for_as_it_asks(
    status: int, headers: dict[str, str], ruling: Pause | None
) -> None:
    assert azure_limits(ServiceAnswer(status, headers), 1, NOW) == ruling


@pytest.mark.parametrize("status", [203, 302, 401])
def test_azures_page_to_sign_in_at_is_a_wrong_token(status: int) -> None:
    ruling = azure_limits(ServiceAnswer(status, {}), 1, NOW)
    assert isinstance(ruling, ServiceRefusal) and "AZURE_DEVOPS_TOKEN" in ruling.reason
