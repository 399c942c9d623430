"""How things are said to people, in logs and on consoles: the site's words stand in some of them."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

ROUTINE = "routine"  # attribute of a log record that a live display leaves out: it shows the same in its own way


def duration(seconds: float) -> str:
    """Return a time as one says it: `8 s`, `3 min 47 s`, `2 h 5 min`."""
    whole = round(seconds)
    hours, minutes = divmod(whole // 60, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {whole % 60} s" if minutes else f"{whole} s"


def first_line(error: BaseException | None) -> str:
    """Return an error's first line: Playwright's call log behind it may quote what was typed."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def some(names: Iterable[str], most: int) -> str:
    """Return the first few names, and how many more there are."""
    listed = list(names)
    more = f" and {len(listed) - most} more" if len(listed) > most else ""
    return ", ".join(listed[:most]) + more


def escaped(text: str) -> str:
    """Return a text on one line of ASCII, with all that is not so, or does something to a terminal, escaped."""
    return "".join(sign if sign.isascii() and sign.isprintable() else ascii(sign)[1:-1] for sign in text)


def printable(text: str) -> str:
    """Return a text on one line, with a blank for every sign that does something."""
    return "".join(sign if sign.isprintable() else " " for sign in text)


class HarmlessFormatter(logging.Formatter):
    """Escapes what is not ASCII or moves a terminal's cursor, and indents what a record says below its first line.

    So a text of the site's can neither write over other lines nor look like a record of its own.
    """

    def format(self, record: logging.LogRecord) -> str:
        return "\n    ".join(escaped(line) for line in super().format(record).split("\n"))
