"""What a row of the ledger is: a vehicle's statuses, its columns, and the tables that hold them."""

from __future__ import annotations

from typing import NamedTuple

from jdp.items import FAILED, GONE, STORED, UNPROVEN

LISTED = "listed"
WANTED = "wanted"
STATUSES = (LISTED, WANTED, STORED, UNPROVEN, FAILED, GONE)

# Those of an older version lack some: they are added with these defaults.
COLUMNS = {
    "reference": "TEXT NOT NULL",
    "row_id": "TEXT NOT NULL DEFAULT ''",
    "vin": "TEXT NOT NULL DEFAULT ''",
    "description": "TEXT NOT NULL DEFAULT ''",
    "status": "TEXT NOT NULL DEFAULT 'listed'",
    "file": "TEXT NOT NULL DEFAULT ''",
    "sha256": "TEXT NOT NULL DEFAULT ''",
    "bytes": "INTEGER NOT NULL DEFAULT 0",
    "seconds": "REAL NOT NULL DEFAULT 0",
    "tries": "INTEGER NOT NULL DEFAULT 0",
    "reason": "TEXT NOT NULL DEFAULT ''",
    "way": "TEXT NOT NULL DEFAULT ''",
    "evidence": "TEXT NOT NULL DEFAULT ''",
    "first_listed": "REAL NOT NULL DEFAULT 0",
    "last_listed": "REAL NOT NULL DEFAULT 0",
    "departed": "REAL NOT NULL DEFAULT 0",
    "number": "TEXT NOT NULL DEFAULT ''",
    "by_vin": "INTEGER NOT NULL DEFAULT 0",
    "updated": "REAL NOT NULL DEFAULT 0",
}
TABLES = f"""
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS vehicles (
    position INTEGER PRIMARY KEY,
    {", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())}
);
"""
INDEXES = """
CREATE UNIQUE INDEX IF NOT EXISTS vehicles_reference ON vehicles (reference);
CREATE INDEX IF NOT EXISTS vehicles_number ON vehicles (number);
CREATE INDEX IF NOT EXISTS vehicles_vin ON vehicles (vin);
CREATE INDEX IF NOT EXISTS vehicles_status ON vehicles (status);
"""


class Entry(NamedTuple):
    """A vehicle's row. Times are seconds since 1970, 0 when it has not happened.

    `file` is relative to the store when `status` is stored, to the run folder when it is unproven; `evidence` is a
    folder relative to the run folder or ""; `way` is "tab", "direct", "disk" or "". `departed` is when the whole
    inventory was read without this vehicle. `number` is the reference number that the site shows, "" when it is
    `reference`.
    """

    reference: str
    vin: str
    description: str
    file: str
    sha256: str
    bytes: int
    seconds: float
    tries: int
    status: str
    reason: str
    way: str
    evidence: str
    first_listed: float
    last_listed: float
    departed: float
    updated: float
    number: str = ""


class Named(NamedTuple):
    """A vehicle's name, and what tells it from another one under the same reference number."""

    reference: str
    row_id: str
    vin: str
    status: str = LISTED
    by_vin: int = 0
    departed: float = 0
