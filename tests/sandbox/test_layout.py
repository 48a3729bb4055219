"""What may be asked of a box, and what bwrap is told."""

from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.base import MIB, Bind, Command, Limits, Step
from sandbox.bubblewrap.layout import CLOSED, contents, system
from sandbox.checked import MAX_FILES, check_words, checked_files

LIMITS = Limits(file_bytes=MIB)


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"/etc/passwd": b""}, "not a path inside"),
        ({"../x": b""}, "not a path inside"),
        ({"a/../../x": b""}, "not a path inside"),
        ({"..": b""}, "not a path inside"),
        ({"": b""}, "not a path inside"),
        ({".": b""}, "not a path inside"),
        ({"a\0b": b""}, "not a path inside"),
        ({"x" * 256: b""}, "too long"),
        ({"/".join("x" * 20): b"", "y/" * 3000 + "y": b""}, "too long"),
        ({"a": b"", "./a": b""}, "two files"),
        ({"a": b"", "a/b": b""}, "both a file and a directory"),
        ({"a/b/c": b"", "a/b": b""}, "both a file and a directory"),
        ({"a": b"x" * 2 * MIB}, "do not fit"),
        ({str(n): b"" for n in range(MAX_FILES + 1)}, "files"),
        ({"\ud800": b""}, "surrogates"),
    ],
)
def test_files_that_cannot_be_placed_are_refused(files: dict[str, bytes], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        checked_files(files, LIMITS)


@pytest.mark.parametrize(
    "command",
    [
        Command(steps=()),
        Command(steps=(Step("a", ()),)),
        Command(steps=(Step("a", ("",)),)),
        Command(steps=(Step("a", ("x",)), Step("a", ("y",)))),
        Command.one("a", ("x\0y",)),
        Command.one("a", ("x", "\udcff")),
        Command.one("a", ("x",), env={"A": "\0"}),
        Command.one("a", ("x",), env={"A=B": "c"}),
        Command.one("a", ("x",), env={"": "c"}),
        Command.one("a", ("x",), binds=(Bind(Path("/srv"), "relative"),)),
        Command.one("a", ("x",), binds=(Bind(Path("/srv"), "/a/../b"),)),
        Command.one("a", ("x",), binds=(Bind(Path("/srv"), "/"),)),
        Command.one("a", ("x",), binds=(Bind(Path("/srv"), "/usr/share/x"),)),
        Command.one("a", ("x",), binds=(Bind(Path("/srv"), "/bin/x"),)),
    ],
)
def test_words_that_cannot_be_arguments_are_refused(command: Command) -> None:
    with pytest.raises(ValueError):
        check_words(command)


names = st.text(st.characters(codec="utf-8"), max_size=20)
paths = st.lists(st.one_of(names, st.sampled_from(["..", ".", "", "a"])), max_size=5).map("/".join)


@given(st.dictionaries(paths, st.binary(max_size=10), max_size=6))
def test_an_accepted_name_stays_inside(files: dict[str, bytes]) -> None:
    try:
        checked = checked_files(files, LIMITS)
    except ValueError:
        return
    for name in checked:
        path = PurePosixPath(name)
        assert not path.is_absolute()
        assert ".." not in path.parts
        assert str(path) == name
    assert sorted(checked.values()) == sorted(files.values())


def test_system_directories_are_linked_or_bound_as_on_the_host(tmp_path: Path) -> None:
    (tmp_path / "bin").symlink_to("usr/bin")
    (tmp_path / "lib").mkdir()
    assert system(tmp_path) == (
        *("--symlink", "usr/bin", "/bin"),
        *("--ro-bind", f"{tmp_path}/lib", "/lib"),
    )


def test_values_are_never_read_as_options() -> None:
    command = Command.one("a", ("x",), env={"A": "--bind"}, limits=LIMITS)
    words = contents((), command, {"--dev-bind": 7}, None)
    assert words[words.index("A") - 1 : words.index("A") + 2] == ("--setenv", "A", "--bind")
    assert words[-5:] == ("--file", "7", "/work/--dev-bind", *CLOSED)
