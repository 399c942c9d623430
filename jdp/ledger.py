"""The one durable truth: a row per vehicle. It alone says "already there"."""

from __future__ import annotations

import sqlite3
import time
from typing import TYPE_CHECKING

from jdp.items import FAILED, GONE, STORED, UNPROVEN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from jdp.items import Report, Vehicle

LISTED = "listed"
WANTED = "wanted"
STATUSES = (LISTED, WANTED, STORED, UNPROVEN, FAILED, GONE)

SCHEMA = """
CREATE TABLE IF NOT EXISTS vehicles (
    position INTEGER PRIMARY KEY,
    reference TEXT NOT NULL UNIQUE,
    row_id TEXT NOT NULL DEFAULT '',
    vin TEXT NOT NULL DEFAULT '',
    description TEXT NOT NULL DEFAULT '',
    status TEXT NOT NULL DEFAULT 'listed',
    file TEXT NOT NULL DEFAULT '',
    sha256 TEXT NOT NULL DEFAULT '',
    bytes INTEGER NOT NULL DEFAULT 0,
    seconds REAL NOT NULL DEFAULT 0,
    tries INTEGER NOT NULL DEFAULT 0,
    reason TEXT NOT NULL DEFAULT '',
    updated REAL NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS vehicles_vin ON vehicles (vin);
CREATE INDEX IF NOT EXISTS vehicles_status ON vehicles (status);
"""
ROW = "reference, vin, description, file, sha256, bytes, seconds, tries, status, reason"


class Ledger:
    """One row per vehicle in SQLite; each method is one committed, synced transaction."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.executescript(SCHEMA)

    def close(self) -> None:
        """Close the database; later calls raise sqlite3.ProgrammingError."""
        self._db.close()

    def list_vehicles(self, vehicles: Iterable[Vehicle]) -> None:
        """Note rows of the inventory; known ones keep their status."""
        rows = [(v.reference, v.row_id, v.vin, v.description) for v in vehicles]
        with self._db:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany(
                "INSERT INTO vehicles (reference, row_id, vin, description) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (reference) DO UPDATE SET row_id = excluded.row_id,"
                " vin = CASE excluded.vin WHEN '' THEN vin ELSE excluded.vin END,"
                " description = CASE excluded.description WHEN '' THEN description ELSE excluded.description END",
                rows,
            )

    def want(self, references: Iterable[str]) -> None:
        """Mark vehicles as due in this run, unless they are stored or kept as unproven."""
        with self._db:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany(
                "UPDATE vehicles SET status = ?, reason = '' WHERE reference = ? AND status NOT IN (?, ?)",
                [(WANTED, reference, STORED, UNPROVEN) for reference in references],
            )

    def unwant(self) -> None:
        """Forget what an earlier run wanted and did not get: its queue is gone, this run's arguments decide."""
        self._db.execute(
            "UPDATE vehicles SET status = ?, reason = '' WHERE status IN (?, ?, ?)", (LISTED, WANTED, FAILED, GONE)
        )

    def settle(self, *reports: Report) -> None:
        """Write down what became of some vehicles."""
        now = time.time()
        rows = [(r.status, r.file, r.sha256, r.size, r.seconds, r.tries, r.reason, now, r.reference) for r in reports]
        with self._db:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany(
                "INSERT OR IGNORE INTO vehicles (reference) VALUES (?)", [(r.reference,) for r in reports]
            )
            self._db.executemany(
                "UPDATE vehicles SET status = ?, file = ?, sha256 = ?, bytes = ?, seconds = ?, tries = ?, reason = ?,"
                " updated = ? WHERE reference = ?",
                rows,
            )

    def status(self, reference: str) -> str | None:
        """Return a vehicle's status, None when it is not listed."""
        row = self._db.execute("SELECT status FROM vehicles WHERE reference = ?", (reference,)).fetchone()
        return row[0] if row else None

    def has_vin_once(self, vin: str) -> bool:
        """Tell whether exactly one listed vehicle has this VIN."""
        rows = self._db.execute("SELECT 1 FROM vehicles WHERE vin = ? LIMIT 2", (vin,)).fetchall()
        return len(rows) == 1

    def counts(self) -> dict[str, int]:
        """Return how many vehicles are in each status, every status named."""
        found = dict(self._db.execute("SELECT status, COUNT(*) FROM vehicles GROUP BY status").fetchall())
        return {status: found.get(status, 0) for status in STATUSES}

    def reasons(self) -> list[tuple[str, str]]:
        """Return reference and reason of every vehicle that failed or is gone."""
        return self._db.execute(
            "SELECT reference, reason FROM vehicles WHERE status IN (?, ?) ORDER BY position", (FAILED, GONE)
        ).fetchall()

    def rows(self) -> Iterator[tuple[object, ...]]:
        """Return the columns of ROW for every vehicle, in inventory order."""
        yield from self._db.execute(f"SELECT {ROW} FROM vehicles ORDER BY position")  # noqa: S608 - a constant


def read_tracking(path: Path) -> Iterator[tuple[str, str | None]]:
    """Yield reference and file name or None, over a connection of its own: it may be called in a thread."""
    database = sqlite3.connect(path)
    try:
        rows = database.execute("SELECT reference, file, status FROM vehicles ORDER BY position")
        yield from ((reference, file if status == STORED else None) for reference, file, status in rows)
    finally:
        database.close()
