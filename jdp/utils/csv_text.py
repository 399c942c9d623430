"""CSV as spreadsheets read and write it."""

from __future__ import annotations

import re

# Cells that begin so are formulas to a spreadsheet (OWASP, "CSV injection").
FORMULA = ("=", "+", "-", "@", "\t", "\r")
# What moves a terminal's cursor, or turns the direction of writing so that a name reads as another.
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def decoded(data: bytes) -> str:
    """Return the text of a CSV: UTF-8 with or without a byte order mark, else what Windows programs write."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def harmless(cell: object) -> object:
    """Quote a text that a spreadsheet would take for a formula, and escape what would not be seen but obeyed."""
    if not isinstance(cell, str):
        return cell
    text = CONTROL.sub(lambda sign: ascii(sign[0])[1:-1], cell)
    return f"'{text}" if text.startswith(FORMULA) else text
