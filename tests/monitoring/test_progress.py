"""How far a run is, as a line and as a picture, on terminals of every kind."""

from __future__ import annotations

import io
import logging
import os
import re
import sys
from dataclasses import replace

import pytest
from rich.cells import cell_len
from rich.console import Console

from jdp.items import FAILED, STORED, UNPROVEN, Report
from jdp.monitoring.display import Above, Display
from jdp.monitoring.drawing import WIDEST, Picture, shown
from jdp.monitoring.progress import ENOUGH, Progress
from jdp.monitoring.status import Status
from jdp.monitoring.timeline import Counters, Timeline
from jdp.utils.text import ROUTINE, duration

MOMENT = Status("downloading reports", "", 1204, 1820, 600, 3, 2, "direct", 8)
PROGRESS = Progress(MOMENT, 227.0, 318.2, 116.0)
REPORTS = [
    Report(
        "165530", "V", "2021 Honda Accord EX-L 1.5T 4dr Sedan, a description that is longer than any terminal", STORED
    ),
    Report("165598A", "V", "2019 Coup\u00e9 \u8eca", FAILED, reason="the report's address answered HTTP 500"),
    Report("16\x1b[31m5531", "V", "[red]2020[/red] <b>\x07\x1b]0;title\x07", STORED, size=45_000, seconds=0.9),
    Report("165532", "V", "", UNPROVEN, reason="names no vehicle: \u201cno\u201d"),
]


def terminal(width: int, encoding: str = "utf-8", **options: object) -> tuple[Console, io.BytesIO]:
    """Return a console of that width, and what is written to it."""
    out = io.BytesIO()
    file = io.TextIOWrapper(out, encoding=encoding, errors="strict", write_through=True)
    return Console(file=file, width=width, height=30, **options), out  # type: ignore[arg-type]


def drawn(progress: Progress, width: int, encoding: str = "utf-8", **options: object) -> str:
    console, out = terminal(width, encoding, **options)
    console.print(Picture(progress, REPORTS))
    return out.getvalue().decode(encoding)


# The line


def test_line_has_the_same_fields_whatever_happens() -> None:
    waiting = "waiting: the account has another session open"
    early = Progress(Status(waiting, "the account", 0, 0, 0, 0, 0, "one tab", 1), 4.0, None, None)
    names = [re.findall(r"(\w+)=", each.line()) for each in (PROGRESS, early)]
    assert names[0] == names[1]
    assert early.line() == (
        "Progress: done=0 total=0 failed=0 unproven=0 a_minute=- left=- way=one_tab at_once=1 "
        "state=waiting: the account has another session open"
    )
    assert "done=1204 total=1820 failed=3 unproven=2 a_minute=318 left=116 way=direct at_once=8" in PROGRESS.line()


def test_line_is_ascii() -> None:
    assert replace(PROGRESS, moment=replace(MOMENT, state="\u00fcber\n")).line().isascii()


def test_progress_says_nothing_of_the_rest_before_it_has_seen_enough() -> None:
    timeline = Timeline()
    timeline.sample(1.0, Counters(stored=ENOUGH - 1), 4, "")
    assert Progress.of(MOMENT, timeline).left is None
    timeline.sample(1.0, Counters(stored=ENOUGH + 1), 4, "")
    assert Progress.of(MOMENT, timeline).left == pytest.approx((1820 - 1204) / 3)


def test_progress_promises_nothing_while_it_waits() -> None:
    timeline = Timeline()
    timeline.sample(1.0, Counters(stored=20), 4, "")
    assert Progress.of(replace(MOMENT, waiting="the account"), timeline).left is None


# The picture


@pytest.mark.parametrize("width", [20, 40, 60, 80, 120, 200])
@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "cp1252"])
def test_picture_fits(width: int, encoding: str) -> None:
    lines = drawn(PROGRESS, width, encoding).splitlines()
    assert max(cell_len(line.rstrip()) for line in lines) <= min(width, WIDEST)


@pytest.mark.parametrize("width", [40, 80, 200])
def test_picture_tells_each_figure(width: int) -> None:
    text = " ".join(drawn(PROGRESS, width).split())
    for told in (
        "1,204 of 1,820",
        "318 a minute",
        "8 at once, without tabs",
        "3 failed",
        "2 unproven",
        "3 min 47 s so far",
    ):
        assert told in text
    for told in ("600 there already", "1 min 56 s left", "165530", "165598A"):
        assert told in text


def test_picture_says_why_where_there_is_room() -> None:
    assert "HTTP 500" in drawn(PROGRESS, 80)
    assert "2021 Honda Accord" in drawn(PROGRESS, 80)


def test_picture_is_ascii_where_the_console_shows_no_more() -> None:
    assert drawn(PROGRESS, 80, "cp1252").isascii()
    assert not drawn(PROGRESS, 80, "utf-8").isascii()


def test_picture_has_no_colour_when_none_is_wanted() -> None:
    coloured = drawn(PROGRESS, 80, force_terminal=True, color_system="standard")
    assert "\x1b[36m" in coloured
    plain = drawn(PROGRESS, 80, force_terminal=True, color_system="standard", no_color=True)
    assert not re.search(r"\x1b\[(?:\d+;)*(?:3[0-7]|9[0-7])[;m]", plain)


def test_picture_runs_nothing_that_the_site_sent() -> None:
    text = drawn(PROGRESS, 80)
    assert "\x1b" not in text
    assert "\x07" not in text
    assert "[red]2020[/red]" in text


def test_picture_before_anything_is_known_has_no_bar() -> None:
    nothing = Status("logging in", "", 0, 0, 0, 0, 0, "one tab", 1)
    console, out = terminal(80)
    console.print(Picture(Progress(nothing, 2.0, None, None), []))
    assert out.getvalue().decode().split() == ["Logging", "in", "2", "s", "so", "far"]


def test_shown_text_is_printable() -> None:
    assert shown("a\x1b\n\u2028\u202eb \u8eca", plain=False) == "a    b \u8eca"
    assert shown("\u8eca \ud800", plain=True) == "?  "


# Where there is one


@pytest.mark.parametrize(("term", "there"), [("xterm-256color", True), ("dumb", False), ("unknown", False)])
def test_display_takes_a_terminal_that_moves_its_cursor(
    term: str, there: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("termios", reason="Windows has no pty")
    ours, theirs = os.openpty()
    monkeypatch.setenv("TERM", term)
    with os.fdopen(theirs, "w", encoding="utf-8") as terminal, os.fdopen(ours):
        monkeypatch.setattr(sys, "stderr", terminal)
        assert (Display.if_possible() is not None) == there


def test_display_leaves_pipes_and_services_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for stream in (io.StringIO(), None):
        monkeypatch.setattr(sys, "stderr", stream)
        assert Display.if_possible() is None


# Log lines above it


def emitted(record: logging.LogRecord, encoding: str = "utf-8") -> str:
    console, out = terminal(40, encoding, force_terminal=True, color_system="standard", markup=False, highlight=False)
    scrapys = logging.StreamHandler()
    scrapys.setFormatter(logging.Formatter("%(levelname)s: %(message)s"))
    Above(console, scrapys).handle(record)
    return out.getvalue().decode(encoding)


def record(level: int, message: str, **attributes: object) -> logging.LogRecord:
    return logging.makeLogRecord(
        {"levelno": level, "levelname": logging.getLevelName(level), "msg": message, **attributes}
    )


def test_log_lines_keep_their_form_and_are_broken_by_the_terminal_alone() -> None:
    long = "a line with [brackets] " + "and many words " * 6
    assert emitted(record(logging.INFO, long)) == f"INFO: {long}\n"


def test_log_lines_that_warn_stand_out() -> None:
    assert emitted(record(logging.WARNING, "mind")) == "\x1b[33mWARNING: mind\x1b[0m\n"


def test_log_lines_of_routine_are_left_to_the_picture() -> None:
    assert emitted(record(logging.INFO, "165530: stored", **{ROUTINE: True})) == ""


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0, "0 s"), (59.4, "59 s"), (59.6, "1 min 0 s"), (227, "3 min 47 s"), (3600, "1 h 0 min"), (93_784, "26 h 3 min")],
)
def test_duration(seconds: float, told: str) -> None:
    assert duration(seconds) == told
