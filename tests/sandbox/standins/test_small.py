"""The stand-ins for hashicorp/null, local and archive do what their documentation says."""

import base64
import hashlib
import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from sandbox.standins import files
from sandbox.standins.values import UNKNOWN, Values
from tests.sandbox.standins.asking import Terraform, unknown

NULL, LOCAL, ARCHIVE = Terraform("null"), Terraform("local"), Terraform("archive")


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_other_triggers_make_a_null_resource_anew() -> None:
    state = NULL.made("null_resource", {"triggers": {"a": "1"}})
    assert NULL.plan("null_resource", {"triggers": {"a": "1"}}, state).value == state
    for later in ("2", UNKNOWN):
        changed = NULL.plan("null_resource", {"triggers": {"a": later}}, state)
        assert changed.replacing == ("triggers",)


def test_a_null_data_source_hands_on_what_it_gets() -> None:
    state = NULL.read("null_data_source", {"inputs": {"a": "1"}}).value
    assert state is not None
    told = (state["outputs"], state["has_computed_default"], state["id"])
    assert told == ({"a": "1"}, "default", "static")


def test_a_file_is_written_told_and_removed() -> None:
    config: Values = {"filename": "a/b/c.txt", "content": "héllo", "file_permission": "0600"}
    planned = LOCAL.plan("local_file", config).value
    assert planned is not None and unknown(planned["content_sha256"]) and unknown(planned["id"])
    assert planned["directory_permission"] == "0777"
    state = LOCAL.made("local_file", config)
    path, content = Path("a/b/c.txt"), "héllo".encode()
    assert path.read_bytes() == content
    assert path.stat().st_mode & 0o777 == 0o600
    assert state["id"] == state["content_sha1"] == hashlib.sha1(content).hexdigest()
    assert state["content_base64sha256"] == (
        base64.b64encode(hashlib.sha256(content).digest()).decode()
    )
    assert LOCAL.refreshed("local_file", state) == state
    path.write_text("other")
    assert LOCAL.refreshed("local_file", state) is None
    assert LOCAL.apply("local_file", None, state).errors == ()
    assert not path.exists()
    assert LOCAL.refreshed("local_file", state) is None


@pytest.mark.parametrize(
    ("config", "content"),
    [
        ({"content_base64": "AAEC"}, b"\0\1\2"),
        ({"source": "from.txt"}, b"from here"),
        ({"sensitive_content": "s"}, b"s"),
        ({"content": ""}, b""),
    ],
)
def test_a_files_content_comes_from_one_of_four(config: Values, content: bytes) -> None:
    Path("from.txt").write_bytes(b"from here")
    LOCAL.made("local_file", {"filename": "x", **config})
    assert Path("x").read_bytes() == content


def test_what_is_sensitive_is_so_for_one_of_the_two() -> None:
    for name, secret in (("local_file", False), ("local_sensitive_file", True)):
        for kinds in (LOCAL.kind.resources, LOCAL.kind.data):
            assert kinds[name].attributes["content"].sensitive is secret
    planned = LOCAL.plan("local_sensitive_file", {"filename": "x", "content": "a"}).value
    assert planned is not None
    assert (planned["file_permission"], planned["directory_permission"]) == ("0700", "0700")


@pytest.mark.parametrize(
    ("config", "why", "count"),
    [
        ({}, "No attribute specified when one (and only one) of", 4),
        ({"content": "a", "source": "b"}, "2 attributes specified when one (and only one)", 4),
        ({"content": "a", "file_permission": "rwx"}, "octal numeric notation: rwx", 1),
        ({"content": "a", "file_permission": "0o7"}, "octal numeric notation", 1),
        ({"content": "a", "directory_permission": "07777"}, "should be 3 or 4 digits", 1),
    ],
)
def test_a_file_is_refused(config: Values, why: str, count: int) -> None:
    errors = LOCAL.validate("local_file", {"filename": "x", **config}).errors
    assert len(errors) == count
    assert all(why in error for error in errors)


def test_a_file_whose_content_is_not_known_yet_is_not_refused() -> None:
    config: Values = {"filename": "x", "content": UNKNOWN, "content_base64": None}
    assert LOCAL.validate("local_file", config).errors == ()


def test_reads_a_file_and_tells_one_that_is_not_there() -> None:
    Path("x").write_bytes(b"\xffabc")
    state = LOCAL.read("local_file", {"filename": "x"}).value
    assert state is not None
    assert (state["content"], base64.b64decode(state["content_base64"])) == (
        "\N{REPLACEMENT CHARACTER}abc",
        b"\xffabc",
    )
    for name in ("missing", ".", "nul\0l"):
        said = LOCAL.read("local_file", {"filename": name})
        assert (said.value, len(said.errors)) == (None, 1)


def test_what_is_too_large_to_be_held_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert files.LARGEST == 64 << 20
    assert LOCAL.read("local_file", {"filename": "/dev/zero"}).errors
    config: Values = {"type": "zip", "output_path": "x.zip", "source_file": "/dev/zero"}
    assert "File too large" in ARCHIVE.read("archive_file", config).errors[0]
    Path("d").mkdir()
    for name in "ab":
        Path("d", name).write_bytes(b"x" * 30)
    monkeypatch.setattr("sandbox.standins.kinds.archive.LARGEST", 50)
    whole: Values = {"type": "zip", "output_path": "x.zip", "source_dir": "d"}
    assert "more than 50 bytes" in ARCHIVE.read("archive_file", whole).errors[0]


def test_tells_folders() -> None:
    Path("there").mkdir()
    call = LOCAL.kind.functions["direxists"].call
    assert [call("there"), call("missing")] == [True, False]


SOURCES: dict[str, bytes] = {
    "src/app.py": b"print()\n",
    "src/lib/a.py": b"a = 1\n",
    "src/lib/readme.md": b"# a\n",
    "src/tests/test.py": b"t\n",
}


def _laid_out() -> None:
    for path, content in SOURCES.items():
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_bytes(content)


@pytest.mark.parametrize(
    ("config", "names"),
    [
        ({"source_file": "src/lib/a.py"}, {"a.py"}),
        (
            {"source_dir": "src"},
            {"app.py", "lib/a.py", "lib/readme.md", "tests/test.py"},
        ),
        ({"source_dir": "src", "excludes": ["tests", "lib/a.py"]}, {"app.py", "lib/readme.md"}),
        ({"source_dir": "src", "excludes": ["**/*.md", "*.py"]}, {"lib/a.py", "tests/test.py"}),
        ({"source_content": "x", "source_content_filename": "d/i.js"}, {"d/i.js"}),
        (
            {"source": [{"content": "1", "filename": "b"}, {"content": "2", "filename": "a"}]},
            {"a", "b"},
        ),
    ],
)
@pytest.mark.parametrize("kind", ["zip", "tar.gz"])
def test_packs(kind: str, config: Values, names: set[str]) -> None:
    _laid_out()
    whole: Values = {"type": kind, "output_path": "build/out", "output_file_mode": "0644", **config}
    said = ARCHIVE.read("archive_file", whole)
    assert said.value is not None, said
    packed = Path("build/out").read_bytes()
    if kind == "zip":
        found = set(zipfile.ZipFile(io.BytesIO(packed)).namelist())
    else:
        with tarfile.open(fileobj=io.BytesIO(packed)) as tar:
            found = set(tar.getnames())
    assert found == names
    assert said.value["output_size"] == len(packed)
    assert said.value["id"] == said.value["output_sha"] == hashlib.sha1(packed).hexdigest()
    again = ARCHIVE.read("archive_file", whole).value
    if kind == "zip":  # gzip tells the time
        assert again == said.value


@pytest.mark.parametrize(
    ("config", "why"),
    [
        ({"source_file": "no.py"}, "error archiving file: could not archive missing file: no.py"),
        ({"source_dir": "no"}, "could not archive missing directory: no"),
        ({"source_dir": "src/app.py"}, "could not archive directory that is a file"),
        ({"source_dir": "src", "excludes": ["**"]}, "as it would be empty"),
        ({"source_file": "src/app.py", "type": "rar"}, "archive type not supported: rar"),
        ({"source_file": "src/app.py", "output_file_mode": "rw"}, "output_file_mode value: rw"),
        ({"source_file": "src/app.py", "output_path": "src"}, "Is a directory"),
        ({"source_file": "src"}, "Is a directory"),
    ],
)
def test_cannot_pack(config: Values, why: str) -> None:
    _laid_out()
    said = ARCHIVE.read("archive_file", {"type": "zip", "output_path": "o.zip", **config})
    assert (said.value, len(said.errors)) == (None, 1)
    assert why in said.errors[0]


def test_an_archive_has_one_kind_of_source() -> None:
    base: Values = {"type": "zip", "output_path": "o"}
    (missing,) = ARCHIVE.validate("archive_file", base).errors
    assert missing.endswith("[source,source_content_filename,source_file,source_dir]")
    both = ARCHIVE.validate("archive_file", {**base, "source_file": "a", "source_dir": "b"})
    assert len(both.errors) == 2
    assert any(
        'Attribute "source_dir" cannot be specified when "source_file" is specified' in error
        for error in both.errors
    )
    (deprecated,) = both.warnings
    assert "use data source instead" in deprecated
    one = ARCHIVE.validate("archive_file", {**base, "source_file": UNKNOWN})
    assert one.errors == ()
