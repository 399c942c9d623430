"""Run folders for tests of the audit: as the crawl leaves them, or another client, with real PDFs."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import os
from typing import TYPE_CHECKING

from jdp.audit.findings import Finding, audit
from jdp.audit.verification import load
from jdp.items import STORED, UNPROVEN, Report
from jdp.runs.jobdir import JobDir
from jdp.runs.ledger import Ledger
from tests.helpers.parts import LABELS, config_in, pdf, vehicle

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jdp.audit.folders import Holding
    from jdp.config.config import Config
    from jdp.runs.ledger_rows import Entry

REFS = [vehicle(number).reference for number in range(12)]
LAYOUTS = ("new", "flat")


@functools.cache  # a PDF holds the time that it was made
def body_of(reference: str, label: str = "Stock #:", more: str = "") -> bytes:
    """Return a report that names a vehicle."""
    return pdf(f"{label} {reference}", f"Bookout report {more}")


class Folder:
    """A run folder of ours with a ledger and a stored report for each of the vehicles."""

    def __init__(self, path: Path, count: int = 3) -> None:
        self.path, self.pdfs, self.data = path, path / "pdfs", path / "run_data"
        self.pdfs.mkdir(parents=True)
        self.data.mkdir()
        with self.ledger() as ledger:
            ledger.list_vehicles([vehicle(number) for number in range(count)], 5.0)
            ledger.note("began", "1000")
        for reference in REFS[:count]:
            self.store(reference, body_of(reference))

    @property
    def config(self) -> Config:
        return config_in(self.path.parent)

    @contextlib.contextmanager
    def ledger(self) -> Iterator[Ledger]:
        """Open the ledger for a moment."""
        with contextlib.closing(Ledger(self.data / "ledger.sqlite")) as ledger:
            yield ledger

    def store(self, reference: str, body: bytes) -> None:
        """Store a report as the crawl does."""
        self.put(reference, body)
        self.settle(reference, STORED, f"{reference}.pdf", body)

    def keep_apart(self, reference: str, body: bytes) -> None:
        """Keep an unproven report as the crawl does."""
        (self.data / "unproven").mkdir(exist_ok=True)
        (self.data / "unproven" / f"{reference}.pdf").write_bytes(body)
        (self.pdfs / f"{reference}.pdf").unlink(missing_ok=True)
        self.settle(reference, UNPROVEN, f"run_data/unproven/{reference}.pdf", body)

    def settle(self, reference: str, status: str, file: str = "", body: bytes = b"") -> None:
        """Write a row."""
        known = Report(reference, "", "", status, "", file, hashlib.sha256(body).hexdigest() if body else "", len(body))
        with self.ledger() as ledger:
            ledger.settle(known)

    def put(self, reference: str, body: bytes, time: float | None = None) -> Path:
        """Put a file among the reports, behind the ledger's back."""
        path = self.pdfs / f"{reference}.pdf"
        path.write_bytes(body)
        if time is not None:
            os.utime(path, (time, time))
        return path

    def rows(self) -> dict[str, Entry]:
        """Return the ledger."""
        with self.ledger() as ledger:
            return {entry.reference: entry for entry in ledger.entries()}


def loaded(path: Path, config: Config | None = None) -> Holding:
    """Return what a folder should hold."""
    job = JobDir(path / "run_data" / "job")
    try:
        return load(path, config or config_in(path.parent), job)
    finally:
        job.release()


def findings_in(path: Path, *more: str) -> list[Finding]:
    """Audit a folder; `more` are labels."""
    return audit(loaded(path), (*LABELS, *more))


def found_in(path: Path, *more: str) -> dict[str, str]:
    """Return what was found, by reference."""
    return {finding.reference: finding.kind.value for finding in findings_in(path, *more)}


def client_folder(path: Path, layout: str, count: int = 4, pending: int = 0) -> Path:
    """Make a folder of the public client, the last vehicles not downloaded; return where its PDFs are."""
    pdfs, data = (path / "pdfs", path / "run_data") if layout == "new" else (path, path)
    for folder in (pdfs, data):
        folder.mkdir(parents=True, exist_ok=True)
    done = REFS[: count - pending]
    for reference in done:
        (pdfs / f"{reference}.pdf").write_bytes(body_of(reference))
    tracking = {reference: f"{reference}.pdf" if reference in done else None for reference in REFS[:count]}
    (data / "tracking.json").write_text(json.dumps(tracking, indent=2), encoding="utf-8")
    rows = "".join(f"2021,{vehicle(number).vin},{vehicle(number).reference}\r\n" for number in range(count))
    (data / "inventory.csv").write_text(f"Year,VIN,Reference Number\r\n{rows}", encoding="utf-8", newline="")
    return pdfs
