"""How a long command shows how it gets on."""

import io

import pytest

from rewardsvc import progress
from rewardsvc.progress import RecentPace, progress_line, progress_on


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("done", "total", "seconds", "line"),
    [
        (120, 400, 30.0, "scoring: 120/400, 4.0/s, about 70 s left\n"),
        (120, None, 30.0, "scoring: 120, 4.0/s\n"),
        (120, 100, 30.0, "scoring: 120/120, 4.0/s, about 0 s left\n"),
    ],
)
def test_progress_has_a_rate_and_an_end(
    done: int, total: int | None, seconds: float, line: str
) -> None:
    assert progress_line("scoring", done, total, seconds) == line


@pytest.mark.parametrize(
    ("done", "already", "seconds", "line"),
    [
        (3, 0, 40.0, "step: 3/300, 13 s each, about 66 min left\n"),
        (153, 150, 40.0, "step: 153/300, 13 s each, about 33 min left\n"),
        (150, 150, 40.0, "step: 150/300\n"),
        (0, 0, 0.0, "step: 0/300\n"),
        (30, 0, 100.0, "step: 30/300, 0.30/s, about 15 min left\n"),
        (1, 0, 400.0, "step: 1/300, 7 min each, about 33.2 h left\n"),
    ],
)
def test_what_takes_long_is_told_in_units_that_can_be_read(
    done: int, already: int, seconds: float, line: str
) -> None:
    assert progress_line("step", done, 300, seconds, already=already) == line


def test_without_a_terminal_a_line_comes_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.StringIO()
    with progress_on(written, "scoring", 3) as advance:
        advance()
        assert written.getvalue() == ""
        monkeypatch.setattr(progress, "_LINE_SECONDS", 0.0)
        monkeypatch.setattr(progress, "_LEAST_SECONDS", 0.0)
        advance(2, "1 other")
    assert written.getvalue().startswith("scoring: 3/3, ")
    assert written.getvalue().endswith(" left, 1 other\n")
    assert written.getvalue().count("\n") == 1


def test_the_first_item_makes_no_rate_and_the_latest_minutes_do() -> None:
    """It took 200 s to come, with all that had to start; 100 more come in the second behind it."""
    pace = RecentPace(10)
    pace.saw(200.0, 11)
    assert pace.since(200.0) == (0, 0.0)
    for number in range(1, 101):
        pace.saw(200.0 + number, 11 + number)
    assert pace.since(300.0) == (11, 100.0)
    for number in range(1, 31):  # it gets slower
        pace.saw(300.0 + 100.0 * number, 111 + number)
    done, seconds = pace.since(3300.0)
    assert (141 - done) / seconds == pytest.approx(0.01)


def test_the_total_is_what_is_known_by_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "_LINE_SECONDS", 0.0)
    monkeypatch.setattr(progress, "_LEAST_SECONDS", 0.0)
    known: list[int | None] = [None, 7]
    written = io.StringIO()
    with progress_on(written, "scoring", lambda: known.pop(0)) as advance:
        advance()
        advance()
    first, second = written.getvalue().splitlines()
    assert first.startswith("scoring: 1") and second.startswith("scoring: 2/7, ")


def test_on_a_terminal_there_is_a_bar_unless_results_go_there_too() -> None:
    terminal = Terminal()
    with progress_on(terminal, "scoring", 4, already=1) as advance:
        advance(2, "1 other")
    drawn = terminal.getvalue()
    assert "scoring" in drawn and "3/4" in drawn and "1 other" in drawn
    assert "\x1b" in drawn
    plain = Terminal()
    with progress_on(plain, "scoring", 4, results=Terminal()) as advance:
        advance()
    assert plain.getvalue() == ""
