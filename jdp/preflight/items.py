"""What a check says: an item each, in a line or a few of 80 columns."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

OK, NOTE, FAIL = "OK", "note", "FAIL"
COLUMNS = 79  # some consoles break a line of 80 by themselves


class Item(NamedTuple):
    """What was found: FAIL would stop a run, a note would not. `told` says what is there, or what to do."""

    state: str
    name: str
    told: str


def lines(item: Item) -> str:
    """Return an item as it is printed: ASCII, wrapped."""
    text = f"{item.name}: {item.told}".encode("ascii", "backslashreplace").decode()
    text = f"{item.state:<6}" + "".join(sign if sign.isprintable() else " " for sign in text)
    # Paths and commands stay whole, so that they can be copied: the terminal breaks what is too long.
    return textwrap.fill(text, COLUMNS, subsequent_indent=" " * 6, break_long_words=False, break_on_hyphens=False)


def summary(items: Sequence[Item], more: str) -> str:
    """Return the last line; `more` is what it says when nothing failed."""
    names = dict.fromkeys(item.name for item in items)
    failed = list(dict.fromkeys(item.name for item in items if item.state == FAIL))
    notes = sum(item.state == NOTE for item in items)
    noted = f" {notes} note{'s' if notes > 1 else ''} above." if notes else ""
    told = (
        f"Not ready: {len(failed)} of {len(names)} failed: {', '.join(failed)}." if failed else f"Ready.{noted}{more}"
    )
    return textwrap.shorten(told, COLUMNS, placeholder=" ...")
