"""Settings: who wins, and what is refused by name."""

from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from rewardsvc.cli.setting_help import setting_help
from rewardsvc.connection import Connection
from rewardsvc.errors import InvalidFile, InvalidSetting
from rewardsvc.settings import Settings, load_settings


@pytest.fixture
def toml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in (*Settings.model_fields, "config"):
        monkeypatch.delenv(f"ASSAY_{name.upper()}", raising=False)
    return tmp_path / "assay.toml"


def test_flags_win_over_environment_over_file_over_defaults(
    toml: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert Settings.load().workers == 2
    toml.write_text("workers = 3\nqueue = 30\nterraform = 'cold'\n")
    assert Settings.load(toml).workers == 3
    monkeypatch.setenv("ASSAY_WORKERS", "4")
    monkeypatch.setenv("ASSAY_QUEUE", "40")
    assert Settings.load(toml).workers == 4
    merged = Settings.load(toml, workers=5)
    assert (merged.workers, merged.queue, merged.terraform) == (5, 40, "cold")
    assert merged.sandbox == "auto"


def test_the_variable_names_the_file_where_no_flag_does(
    toml: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    toml.write_text("workers = 3\n")
    monkeypatch.setenv("ASSAY_CONFIG", str(toml))
    assert Settings.load().workers == 3
    other = tmp_path / "other.toml"
    other.write_text("queue = 7\n")
    assert (Settings.load(other).workers, Settings.load(other).queue) == (2, 7)
    monkeypatch.setenv("ASSAY_CONFIG", "nowhere.toml")
    with pytest.raises(InvalidFile, match=r"nowhere\.toml: cannot be read"):
        Settings.load()


def test_a_flag_that_was_not_given_leaves_the_other_sources_alone(toml: Path) -> None:
    toml.write_text("workers = 3\n")
    assert Settings.load(toml, workers=None).workers == 3


def test_a_mark_at_the_start_of_the_file_is_passed_over(toml: Path) -> None:
    toml.write_text("\ufeffworkers = 3\n")
    assert Settings.load(toml).workers == 3


def test_the_mirror_comes_from_its_variable(toml: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSAY_TERRAFORM_MIRROR", "providers")
    assert Settings.load().terraform_mirror == Path("providers")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("wrokers = 3\n", "wrokers"),
        ("[serve]\nworkers = 3\n", "serve"),
        ("workers = 0\n", "workers"),
        ("workers = 'many'\n", "workers"),
        ("sandbox = 'none'\n", "sandbox"),
        ("weight_syntax = nan\n", "weight_syntax"),
        ("weight_syntax = 1.5\n", "weight_syntax"),
        ("request_timeout_seconds = 0\n", "request_timeout_seconds"),
        ("weight_syntax = 0\nweight_correctness = 0\nweight_format = 0\n", "weight_correctness"),
    ],
)
def test_a_wrong_name_or_value_is_named(toml: Path, text: str, named: str) -> None:
    toml.write_text(text)
    with pytest.raises(ValidationError, match=named):
        Settings.load(toml)


def test_a_variable_that_is_out_of_range_is_named(
    toml: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSAY_QUEUE", "-1")
    with pytest.raises(ValidationError, match="queue"):
        Settings.load()


def test_an_unknown_flag_is_named(toml: Path) -> None:
    with pytest.raises(ValidationError, match="speed"):
        Settings.load(speed="high")


def test_variables_that_are_no_settings_do_not_matter(
    toml: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSAY_SERVICE_HOST", "10.0.0.1")
    assert Settings.load().workers == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "queue = 9\n\nwrokers = 3\n",
            "setting wrokers: there is none of that name; did you mean 'workers'? (at line 3)",
        ),
        ("[serve]\nworkers = 3\n", "setting serve: there is none of that name (at line 1)"),
        (
            '"workers" = 0\n',
            "setting workers: Input should be greater than or equal to 1 (at line 1)",
        ),
        ("workers = 1\n[prices]\na = [1]\n", "(at line 2)"),
        ('prices."a:b" = [-1, 1]\n', "(at line 1)"),
        ('redis = """\nwrokers = 3\n"""\n  wrokers=3\n', "(at line 4)"),
        ("judge = [\n'x',\n]\n", "(at line 1)"),
    ],
)
def test_what_is_wrong_in_the_file_is_told_with_its_line(toml: Path, text: str, said: str) -> None:
    toml.write_text(text)
    with pytest.raises(InvalidSetting) as wrong:
        load_settings(toml)
    assert str(wrong.value).startswith(f"{toml}: setting ")
    assert said in str(wrong.value)


def test_what_is_wrong_elsewhere_is_told_with_its_place(
    toml: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSAY_QUEUE", "-1")
    with pytest.raises(InvalidSetting, match=r"^ASSAY_QUEUE: setting queue: "):
        load_settings()
    with pytest.raises(InvalidSetting, match=r"^setting queue: "):
        load_settings(queue=0)


def test_the_page_of_settings_lists_each_as_it_is() -> None:
    page = (Path(__file__).parents[2] / "docs" / "settings.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    assert rows == [
        f"| `{each.name}` | {each.default or 'none'} | {each.description} |"
        for each in setting_help()
    ]


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"workers = \n", "line 1"), (b"# \xff\n", "utf-8"), (None, "cannot be read")],
    ids=["broken", "not UTF-8", "missing"],
)
def test_a_file_that_is_no_toml_is_named(toml: Path, content: bytes | None, says: str) -> None:
    if content is not None:
        toml.write_bytes(content)
    with pytest.raises(InvalidFile, match=f"(?s)assay.toml.*{says}"):
        Settings.load(toml)


@pytest.mark.parametrize("token", ["", " ", "two words", "café", "new\nline", "\x7f", "\ud800"])
def test_a_token_that_no_header_can_carry_is_refused_and_not_repeated(token: str) -> None:
    with pytest.raises(ValidationError, match="printable ASCII") as refused:
        Settings.load(token=token)
    assert not token.strip() or token not in str(refused.value)
    with pytest.raises(ValueError, match=r"^token: must be printable ASCII") as unsendable:
        Connection(token=token)
    assert not token.strip() or token not in str(unsendable.value)


def test_a_token_of_printable_ascii_is_taken() -> None:
    token = Settings.load(token="s3cret-._~+/=").token
    assert token is not None and token.get_secret_value() == "s3cret-._~+/="


def test_a_client_takes_its_part_of_the_settings() -> None:
    said: dict[str, Any] = {
        "request_timeout_seconds": 1.5,
        "connect_timeout_seconds": 2.5,
        "tls_ca": Path("ca.pem"),
        "tls_cert": Path("cert.pem"),
        "tls_key": Path("key.pem"),
        "token": "s3cret",
    }
    assert said.keys() == {field.name for field in fields(Connection)}
    connection = Settings.load(**said).connection
    assert {name: getattr(connection, name) for name in said} == said
    assert "s3cret" not in repr(connection)
