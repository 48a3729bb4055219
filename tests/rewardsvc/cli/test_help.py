"""What a newcomer is told: help, version, settings, and the nearest right name."""

import logging
import subprocess
import sys
from collections.abc import Callable, Iterator

import click
import pytest
from click.testing import CliRunner

import datagen.cli
import datagen.cli.options
import rewardsvc.cli
import rl.cli
from datagen.categories import CATEGORIES
from rewardsvc.cli.calibrate import INTENT_LEVELS
from rewardsvc.cli.setting_help import setting_help
from rewardsvc.judge.rubric import RUBRIC, Criterion
from rewardsvc.settings import Settings

PROGRAMS = {"rewardsvc": rewardsvc.cli.main, "datagen": datagen.cli.main, "rl": rl.cli.main}


def commands() -> Iterator[tuple[str, ...]]:
    """Each program, and each of its commands: ``("rl", "eval")``."""
    for name, program in PROGRAMS.items():
        yield (name,)
        for command in program.commands:
            yield (name, command)


EVERY_COMMAND = pytest.mark.parametrize("command", list(commands()), ids=" ".join)


def declared(command: tuple[str, ...]) -> click.Command:
    program = PROGRAMS[command[0]]
    return program.commands[command[1]] if len(command) == 2 else program


def said(*arguments: str) -> tuple[int, str]:
    """Exit code and all words of a command that ends before anything is done."""
    done = CliRunner().invoke(PROGRAMS[arguments[0]], list(arguments[1:]))
    return done.exit_code, " ".join(done.output.split())


@EVERY_COMMAND
def test_help_has_words_for_every_option_and_an_example(command: tuple[str, ...]) -> None:
    code, words = said(*command, "-h")
    assert code == 0
    assert (code, words) == said(*command, "--help")
    assert words.startswith("Usage: ")
    assert f"For example: {' '.join(command)} " in words
    for parameter in declared(command).params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{parameter.opts} has no words"
            assert parameter.opts[-1] in words


@pytest.mark.parametrize("program", PROGRAMS)
def test_no_line_of_a_list_of_commands_is_cut(program: str) -> None:
    """Where a terminal has 80 columns, as CliRunner's has."""
    _usage, *lines = CliRunner().invoke(PROGRAMS[program], ["-h"]).output.splitlines()
    assert [line for line in lines if line.endswith("...")] == []


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_program_names_its_version(program: str) -> None:
    code, words = said(program, "--version")
    assert code == 0
    assert "version 0." in words


HELPED = """
import sys
from {program}.cli import main
for arguments in [["-h"], *([name, "-h"] for name in main.commands)]:
    try:
        main(arguments)
    except SystemExit as ended:
        assert ended.code == 0, ended.code
print(*sorted({{name.split(".")[0] for name in sys.modules}}), sep="\\n", file=sys.stderr)
"""


@pytest.mark.parametrize("program", PROGRAMS)
def test_help_loads_nothing_but_click_and_the_commands(program: str) -> None:
    """What the work needs takes ten times as long to load."""
    script = HELPED.format(program=program)
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    loaded = set(done.stderr.split())
    foreign = loaded - sys.stdlib_module_names - {"_distutils_hack", "sitecustomize", "click"}
    assert {name for name in foreign if not name.startswith("_")} <= {program, "rewardsvc"}
    assert not loaded & {"asyncio", "sqlite3", "http", "email"}


def test_every_setting_is_listed_with_its_words_and_default() -> None:
    listed = {setting.name: setting for setting in setting_help()}
    assert list(listed) == list(Settings.model_fields)
    code, words = said("rewardsvc", "-h")
    assert code == 0
    for name, field in Settings.model_fields.items():
        setting = listed[name]
        assert setting.description, f"the setting {name} has no words"
        assert " ".join(setting.description.split()) in words
        assert setting.variable in words
        if isinstance(field.default, int | float | str):  # bool is an int
            assert setting.default.lower() == str(field.default).lower()


def test_names_that_are_listed_without_loading_are_those_that_are_loaded() -> None:
    assert sorted(CATEGORIES) == datagen.cli.options.CATEGORY_NAMES
    assert tuple(level.word for level in RUBRIC[Criterion.INTENT_FIT].levels) == INTENT_LEVELS


@EVERY_COMMAND
def test_a_mistyped_option_is_answered_with_the_right_one(command: tuple[str, ...]) -> None:
    for parameter in declared(command).params:
        if isinstance(parameter, click.Option) and len(parameter.opts[-1]) > 6:
            right = parameter.opts[-1]
            wrong = f"{right[:4]}{right[5:]}"  # a letter is missing
            code, words = said(*command, wrong)
            assert code == 2
            assert f"'{right}'" in words.split("Did you mean")[1], (wrong, words)


@pytest.mark.parametrize("command", [each for each in commands() if len(each) == 2], ids=" ".join)
def test_a_mistyped_command_is_answered_with_the_right_one(command: tuple[str, ...]) -> None:
    program, name = command
    code, words = said(program, name[:1] + name[2:] if len(name) > 3 else f"{name}n")
    assert code == 2
    assert f"'{name}'" in words.split("Did you mean")[1]


@pytest.mark.parametrize("name", list(Settings.model_fields))
def test_a_mistyped_key_of_the_settings_file_is_answered_with_the_right_one(
    name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    toml = tmp_path_factory.mktemp("settings") / "assay.toml"
    toml.write_text(f"{name[:-2]}{name[-1]}{name[-2]}x = 1\n")
    code, words = said("rewardsvc", "--config", str(toml), "doctor")
    assert code == 2
    assert f"{toml}: setting " in words
    assert f"did you mean '{name}'?" in words


@pytest.mark.parametrize(
    ("variable", "right"), [("ASSAY_TOKN", "ASSAY_TOKEN"), ("ASSAY_WROKERS", "ASSAY_WORKERS")]
)
def test_a_mistyped_variable_is_told_of(
    variable: str, right: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "4")
    monkeypatch.setenv("ASSAY_QUEUE", "none")  # ends it here
    _, words = said("rewardsvc", "doctor")
    assert f"{variable} is no setting and does not count; did you mean '{right}'?" in words


@pytest.mark.parametrize(
    "variable", ["ASSAY_SERVICE_HOST", "ASSAY_TEST_DOCKER_IMAGE", "ASSAY_GRPC"]
)
def test_variables_that_others_invent_are_not_told_of(
    variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "4")
    monkeypatch.setenv("ASSAY_QUEUE", "none")
    assert variable not in said("rewardsvc", "doctor")[1]


@pytest.fixture
def level() -> Iterator[Callable[[], int]]:
    """The level of what is logged, which is put back."""
    logger = logging.getLogger()
    before = logger.level
    yield lambda: logger.level
    logger.setLevel(before)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("doctor",), logging.INFO),
        (("--log-level", "error", "doctor"), logging.ERROR),
        (("doctor", "--log-level", "WARNING"), logging.WARNING),
        (("--log-level", "error", "doctor", "--log-level", "debug"), logging.DEBUG),
    ],
)
def test_the_log_level_may_stand_before_the_command_and_behind_it(
    monkeypatch: pytest.MonkeyPatch,
    level: Callable[[], int],
    arguments: tuple[str, ...],
    expected: int,
) -> None:
    monkeypatch.setenv("ASSAY_QUEUE", "none")  # ends it here
    assert said("rewardsvc", *arguments)[0] == 2
    assert level() == expected
    assert logging.getLogger("httpx").level >= logging.WARNING  # a line for each request


def test_a_wrong_value_is_told_with_where_it_was_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSAY_QUEUE", "none")
    code, words = said("rewardsvc", "doctor")
    assert code == 2
    assert "ASSAY_QUEUE: setting queue: " in words
