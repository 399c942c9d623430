"""What the site's words may do to a log: nothing."""

from __future__ import annotations

import logging
import sys

from hypothesis import given
from hypothesis import strategies as st

from jdp.utils.text import HarmlessFormatter

FORMATTER = HarmlessFormatter("%(levelname)s: %(message)s")


def line(message: str, *arguments: object, error: Exception | None = None) -> str:
    info = None
    if error is not None:
        try:
            raise error
        except type(error):
            info = sys.exc_info()
    return FORMATTER.format(logging.LogRecord("jdp", logging.INFO, "", 0, message, arguments, info))


def test_plain_line_is_left_alone() -> None:
    text = r"165530: stored in C:\downloads (47 kB, 0.2 s), 'quoted'"
    assert line("%s", text) == f"INFO: {text}"


def test_terminal_reads_what_it_would_have_obeyed() -> None:
    assert line("%s", "\x1b[2J\x07\r\u202e\xe9\U0001f697") == r"INFO: \x1b[2J\x07\r\u202e\xe9\U0001f697"


def test_second_record_is_none() -> None:
    assert line("%s", "165530\nINFO: Result: exit_status=0") == "INFO: 165530\n    INFO: Result: exit_status=0"


def test_traceback_is_harmless_too() -> None:
    told = line("failed", error=ValueError("a\nINFO: b\x1b[2J\u2028c"))
    assert told.splitlines()[-2:] == ["    ValueError: a", "    INFO: b\\x1b[2J\\u2028c"]
    assert "Traceback" in told


@given(st.text(), st.text())
def test_any_text_stays_in_its_record(message: str, error: str) -> None:
    first, *others = line("%s", message, error=ValueError(error)).split("\n")
    assert first.startswith("INFO: ")
    assert all(other.startswith("    ") for other in others)
    assert all(sign.isascii() and sign.isprintable() for other in (first, *others) for sign in other)
