"""What a client knows of its server: read from the environment on demand, refused by field."""

import os
from pathlib import Path

import pytest

from rewardsvc.connection import Connection
from rewardsvc.errors import ServerUnavailable
from rewardsvc.settings import Settings

SAID = {
    "ASSAY_REQUEST_TIMEOUT_SECONDS": "1.5",
    "ASSAY_CONNECT_TIMEOUT_SECONDS": "2.5",
    "ASSAY_TLS_CA": "ca.pem",
    "ASSAY_TLS_CERT": "cert.pem",
    "ASSAY_TLS_KEY": "key.pem",
    "ASSAY_TOKEN": "s3cret",
}


@pytest.fixture
def unset(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment that says nothing of Assay."""
    for name in os.environ:
        if name.startswith("ASSAY_"):
            monkeypatch.delenv(name)
    return monkeypatch


@pytest.mark.parametrize("names", [(), ("ASSAY_TOKEN", "ASSAY_TLS_CA"), tuple(SAID)])
def test_from_the_environment_it_is_what_the_settings_make_of_it(
    names: tuple[str, ...], unset: pytest.MonkeyPatch
) -> None:
    for name in (*names, "ASSAY_WORKERS"):
        unset.setenv(name, SAID.get(name, "3"))
    read = Connection.from_environment()
    assert read == Settings.load().connection
    assert (read.token == "s3cret") is ("ASSAY_TOKEN" in names)


def test_otherwise_the_environment_says_nothing(unset: pytest.MonkeyPatch) -> None:
    for name, value in SAID.items():
        unset.setenv(name, value)
    assert Connection() == Connection.from_environment({})


def test_paths_may_be_text() -> None:
    said = Connection(tls_ca="ca.pem", tls_cert="cert.pem", tls_key=Path("key.pem"))
    assert said == Connection(
        tls_ca=Path("ca.pem"), tls_cert=Path("cert.pem"), tls_key=Path("key.pem")
    )


async def test_a_file_named_by_text_that_is_not_there_is_told(tmp_path: Path) -> None:
    absent = str(tmp_path / "absent.pem")
    with pytest.raises(ServerUnavailable, match=r"absent\.pem: cannot be read"):
        Connection(tls_ca=absent).channel("localhost:1", [])


@pytest.mark.parametrize("field", ["request_timeout_seconds", "connect_timeout_seconds"])
@pytest.mark.parametrize("seconds", [0, -1.0, float("nan")])
def test_no_time_is_refused_by_the_fields_name(field: str, seconds: float) -> None:
    with pytest.raises(ValueError, match=f"^{field}: must be above 0, not {seconds!r}$"):
        Connection(**{field: seconds})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("ASSAY_TOKEN", "two words", "token: must be printable ASCII"),
        ("ASSAY_TOKEN", "", "token: must be printable ASCII"),
        ("ASSAY_REQUEST_TIMEOUT_SECONDS", "soon", "request_timeout_seconds: must be a number"),
        ("ASSAY_CONNECT_TIMEOUT_SECONDS", "0", "connect_timeout_seconds: must be above 0"),
    ],
)
def test_a_variable_that_says_nothing_of_use_is_refused(
    variable: str, value: str, says: str
) -> None:
    with pytest.raises(ValueError, match=f"^{says}"):
        Connection.from_environment({variable: value})
