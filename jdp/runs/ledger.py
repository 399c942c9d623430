"""The one durable truth: a row per vehicle. It alone says "already there"."""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import time
from operator import attrgetter
from typing import TYPE_CHECKING

from jdp.exceptions import ConfigError, JdpError
from jdp.items import FAILED, GONE, STORED, UNPROVEN
from jdp.runs.ledger_rows import COLUMNS, INDEXES, LISTED, STATUSES, TABLES, WANTED, Entry, Named
from jdp.utils.files import rename

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from jdp.items import Report, Vehicle

# SQLite's reasons that lie outside the file.
NOT_ITS_FAULT = (
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_READONLY,
)

OUTCOME = attrgetter("status", "file", "sha256", "size", "seconds", "tries", "reason", "way", "evidence", "by_vin")

logger = logging.getLogger(__name__)

LEDGER = "ledger.sqlite"  # in run_data


class LedgerError(JdpError):
    """Raised when an outcome cannot be written down, from jdp.runs.ledger."""


class LedgerUnusableError(ConfigError):
    """Raised when a ledger cannot be opened for a reason that lies outside the file, from jdp.runs.ledger."""


class LedgerDamagedError(LedgerError):
    """Raised when a file is no whole ledger, from jdp.runs.ledger."""


class Ledger:
    """One row per vehicle in SQLite; each method is one committed, synced transaction."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._db = sqlite3.connect(path, isolation_level=None)
        try:
            self._prepare()
        except sqlite3.Error:
            self._db.close()
            raise

    @classmethod
    def open(cls, path: Path) -> Ledger:
        """Open a ledger and read all of it; raises LedgerDamagedError or LedgerUnusableError."""
        try:
            ledger = cls(path)
            try:
                ledger.check()
            except sqlite3.DatabaseError:
                ledger.close()
                raise
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode & 0xFF in NOT_ITS_FAULT:
                raise LedgerUnusableError(f"the ledger {path} cannot be opened: {error}") from None
            raise LedgerDamagedError(str(error)) from None
        return ledger

    def _prepare(self) -> None:
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.executescript(TABLES)
        there = {row[1] for row in self._db.execute("PRAGMA table_info(vehicles)")}
        for name in COLUMNS.keys() - there:
            self._db.execute(f"ALTER TABLE vehicles ADD COLUMN {name} {COLUMNS[name]}")
        self._db.executescript(INDEXES)

    def close(self) -> None:
        """Close the database; later calls raise sqlite3.ProgrammingError."""
        self._db.close()

    def check(self) -> None:
        """Read all of the file; raises sqlite3.DatabaseError when it is damaged."""
        (verdict,) = self._db.execute("PRAGMA integrity_check(1)").fetchone()
        if verdict != "ok":
            error = sqlite3.DatabaseError(verdict)
            error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
            raise error

    def fact(self, name: str) -> str | None:
        """Return what was noted about the run under this name."""
        row = self._db.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return row[0] if row else None

    def note(self, name: str, value: str) -> None:
        """Note something about the run as a whole."""
        self._db.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))

    def list_vehicles(self, vehicles: Iterable[Vehicle], now: float = 0.0) -> None:
        """Note rows of the inventory, read in the walk that began `now`; known ones keep their status."""
        rows = [(v.reference, v.row_id, v.vin, v.description, v.number, now, now) for v in vehicles]
        with self._db:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany(
                "INSERT INTO vehicles (reference, row_id, vin, description, number, first_listed, last_listed)"
                " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (reference) DO UPDATE SET row_id = excluded.row_id,"
                " last_listed = excluded.last_listed, departed = 0,"
                " vin = CASE excluded.vin WHEN '' THEN vin ELSE excluded.vin END,"
                " description = CASE excluded.description WHEN '' THEN description ELSE excluded.description END",
                rows,
            )

    def depart(self, began: float) -> list[str]:
        """Mark the vehicles that a complete walk, begun then, did not meet; return those it newly missed."""
        rows = self._db.execute(
            "UPDATE vehicles SET departed = ? WHERE last_listed < ? AND departed = 0 RETURNING reference, last_listed",
            (time.time(), began),
        ).fetchall()
        return [reference for reference, listed in rows if listed]

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

    def forget(self, references: Iterable[str]) -> None:
        """Take back that vehicles are stored or unproven: their reports are due again."""
        with self._db:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany(
                "UPDATE vehicles SET status = ?, file = '', sha256 = '', bytes = 0, by_vin = 0 WHERE reference = ?",
                [(LISTED, reference) for reference in references],
            )

    def settle(self, *reports: Report) -> None:
        """Write down what became of some vehicles; raises LedgerError."""
        try:
            self._settle(reports)
        except (sqlite3.Error, UnicodeError) as error:
            raise LedgerError(str(error)) from error

    def _settle(self, reports: Iterable[Report]) -> None:
        now = time.time()
        rows = [(*OUTCOME(report), now, report.reference) for report in reports]
        with self._db:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany(
                "INSERT OR IGNORE INTO vehicles (reference) VALUES (?)", [(r.reference,) for r in reports]
            )
            self._db.executemany(
                "UPDATE vehicles SET status = ?, file = ?, sha256 = ?, bytes = ?, seconds = ?, tries = ?, reason = ?,"
                " way = ?, evidence = ?, by_vin = ?, updated = ? WHERE reference = ?",
                rows,
            )

    def status(self, reference: str) -> str | None:
        """Return a vehicle's status, None when it is not listed."""
        row = self._db.execute("SELECT status FROM vehicles WHERE reference = ?", (reference,)).fetchone()
        return row[0] if row else None

    def sharing(self, number: str) -> list[Named]:
        """Return the vehicles under a reference number, departed ones too, in the order that they were met."""
        query = f"SELECT {', '.join(Named._fields)} FROM vehicles WHERE reference = ? OR number = ? ORDER BY position"  # noqa: S608
        return list(map(Named._make, self._db.execute(query, (number, number))))

    def is_shared(self, number: str) -> bool:
        """Tell whether more than one vehicle of the inventory has this reference number."""
        return sum(not one.departed for one in self.sharing(number)) > 1

    def has_vin_once(self, vin: str) -> bool:
        """Tell whether exactly one listed vehicle has this VIN."""
        rows = self._db.execute("SELECT 1 FROM vehicles WHERE vin = ? LIMIT 2", (vin,)).fetchall()
        return len(rows) == 1

    def counts(self) -> dict[str, int]:
        """Return how many vehicles of the inventory are in each status, every status named; departed ones are not."""
        query = "SELECT status, COUNT(*) FROM vehicles WHERE departed = 0 GROUP BY status"
        found = dict(self._db.execute(query).fetchall())
        return {status: found.get(status, 0) for status in STATUSES}

    def reasons(self) -> list[tuple[str, str]]:
        """Return reference and reason of every vehicle that failed or is gone."""
        return self._db.execute(
            "SELECT reference, reason FROM vehicles WHERE status IN (?, ?) AND departed = 0 ORDER BY position",
            (FAILED, GONE),
        ).fetchall()

    def entries(self, status: str | None = None) -> Iterator[Entry]:
        """Yield every vehicle's row, or those in a status, in inventory order."""
        query = f"SELECT {', '.join(Entry._fields)} FROM vehicles WHERE ? IN (status, '') ORDER BY position"  # noqa: S608
        yield from map(Entry._make, self._db.execute(query, (status or "",)))


def open_ledger(path: Path) -> Ledger:
    """Open a ledger; one that is damaged is set aside, and what is on the disk is proven anew."""
    try:
        return Ledger.open(path)
    except LedgerDamagedError as error:
        logger.warning("%s is damaged (%s): set aside; the files that are there are proven anew", path, error)
    for part in ("", "-wal", "-shm"):
        file = path.with_name(path.name + part)
        if file.exists():
            rename(file, path.with_name(f"{path.name}.damaged{part}"))
    return Ledger(path)


def read_facts(path: Path) -> dict[str, str]:
    """Return what a ledger notes about its run, without touching it; nothing when it cannot be read."""
    try:
        with contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
            return dict(database.execute("SELECT name, value FROM facts"))
    except sqlite3.Error:
        return {}


def read_tracking(path: Path) -> Iterator[tuple[str, str | None]]:
    """Yield reference and file name or None, over a connection of its own: it may be called in a thread."""
    database = sqlite3.connect(path)
    try:
        rows = database.execute("SELECT reference, file, status FROM vehicles ORDER BY position")
        yield from ((reference, file if status == STORED else None) for reference, file, status in rows)
    finally:
        database.close()
