"""manifest.csv: a row per vehicle, for a spreadsheet."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jdp.ledger import Entry, Ledger
    from jdp.run import Run

MANIFEST = ("reference", "vin", "description", "file", "sha256", "bytes", "seconds", "tries", "status", "reason")
# Cells that begin so are formulas to a spreadsheet (OWASP, "CSV injection").
FORMULA = ("=", "+", "-", "@", "\t", "\r")
# What moves a terminal's cursor, or turns the direction of writing so that a name reads as another.
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def manifest(run: Run) -> bytes:
    """Return the manifest of a run."""
    return manifest_of(run.ledger)


def manifest_of(ledger: Ledger) -> bytes:
    """Return manifest.csv, cells that a spreadsheet would run quoted. It starts with a BOM: Excel needs one."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow((*MANIFEST, "way", "evidence", "departed"))
    writer.writerows([harmless(cell) for cell in _cells(entry)] for entry in ledger.entries())
    return out.getvalue().encode("utf-8-sig", "replace")


def _cells(entry: Entry) -> list[object]:
    departed = dt.datetime.fromtimestamp(entry.departed).astimezone().isoformat(timespec="seconds")
    cells = [getattr(entry, name) for name in (*MANIFEST, "way", "evidence")]
    return [*cells, departed if entry.departed else ""]


def harmless(cell: object) -> object:
    """Quote a text that a spreadsheet would take for a formula, and escape what would not be seen but obeyed."""
    if not isinstance(cell, str):
        return cell
    text = CONTROL.sub(lambda sign: ascii(sign[0])[1:-1], cell)
    return f"'{text}" if text.startswith(FORMULA) else text
