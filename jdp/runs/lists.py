"""What a run tells of its vehicles in files: manifest.csv for a spreadsheet, tracking.json for a program."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from typing import TYPE_CHECKING

from jdp.runs.ledger import read_tracking
from jdp.utils.csv_text import harmless
from jdp.utils.files import write_atomically

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jdp.runs.ledger import Ledger
    from jdp.runs.ledger_rows import Entry

MANIFEST = ("reference", "vin", "description", "file", "sha256", "bytes", "seconds", "tries", "status", "reason")


def manifest_of(ledger: Ledger) -> bytes:
    """Return manifest.csv, cells that a spreadsheet would run quoted. It starts with a BOM: Excel needs one."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow((*MANIFEST, "way", "evidence", "departed", "number"))
    writer.writerows([harmless(cell) for cell in _cells(entry)] for entry in ledger.entries())
    return out.getvalue().encode("utf-8-sig", "replace")


def _cells(entry: Entry) -> list[object]:
    departed = dt.datetime.fromtimestamp(entry.departed).astimezone().isoformat(timespec="seconds")
    cells = [getattr(entry, name) for name in (*MANIFEST, "way", "evidence")]
    return [*cells, departed if entry.departed else "", entry.number]


def write_tracking(data: Path, ledger: Path) -> None:
    """Write the file whole; it replaces the older one in one step. Piece by piece: an inventory may be large."""
    write_atomically(data / "tracking.json", _lines(ledger))


def _lines(ledger: Path) -> Iterator[bytes]:
    before = "{\n"
    for reference, file in read_tracking(ledger):
        yield f"{before}  {json.dumps(reference)}: {json.dumps(file)}".encode()
        before = ",\n"
    yield b"\n}" if before == ",\n" else b"{}"
