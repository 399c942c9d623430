"""A run folder as it lies there: what it should hold, where its files are, and the JOBDIR that goes on with it."""

from __future__ import annotations

import contextlib
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jdp.audit.lists import find, read_lists, read_manifest
from jdp.exceptions import ConfigError
from jdp.items import STORED, UNPROVEN
from jdp.runs.jobdir import Record
from jdp.runs.ledger import LEDGER, Ledger, LedgerDamagedError, read_facts

if TYPE_CHECKING:
    from jdp.config.config import Config
    from jdp.runs.jobdir import JobDir
    from jdp.runs.ledger_rows import Entry

logger = logging.getLogger(__name__)

BY_LEDGER = "the ledger"
# Each tells that a folder is a run's; the first one is written at the end of a run and while it lasts.
MARKS = ("run_data/tracking.json", "tracking.json", f"run_data/{LEDGER}", "run_data/inventory.csv", "inventory.csv")


@dataclass(frozen=True)
class Holding:
    """What a run folder should hold.

    `pdfs` is where the crawl stores; `source` names what `entries` were taken from; `began` is when the run folder was
    made, in seconds since 1970, infinity when nothing tells; `owner` is whose reports they are, or ""; `promised` are
    references that the manifest calls stored, whatever the ledger says.
    """

    folder: Path
    pdfs: Path
    source: str
    entries: list[Entry]
    began: float
    owner: str
    promised: frozenset[str]

    @property
    def data(self) -> Path:
        return self.folder / "run_data"

    @property
    def has_ledger(self) -> bool:
        return self.source == BY_LEDGER

    def path_of(self, entry: Entry) -> Path:
        """Return where a vehicle's file is, or should be."""
        if entry.status == UNPROVEN:
            return self.folder / entry.file
        found = None if self.has_ledger else find(self.folder, entry.file)
        return found or self.pdfs / entry.file


def newest_folder(base: Path) -> Path:
    """Return the run folder below `base` that a run was at work on last; raises ConfigError when there is none."""
    found = [(_last_touched(path), path) for path in base.iterdir()] if base.is_dir() else []
    touched = [one for one in found if one[0]]
    if not touched:
        raise ConfigError(f"no run folder in {base}: give one, scrapy verify RUN_FOLDER")
    return max(touched)[1]


def _last_touched(folder: Path) -> float:
    return next((path.stat().st_mtime for path in (folder / mark for mark in MARKS) if path.is_file()), 0.0)


def pdfs_of(folder: Path, config: Config) -> Path:
    """Return the folder of the PDFs; raises ConfigError when they are in no folder of this machine."""
    if not config.files_store or (folder / "pdfs").is_dir() or any(folder.glob("*.pdf")):
        return folder / "pdfs"
    if "://" in config.files_store:
        raise ConfigError(
            f"verify reads folders of this machine only: FILES_STORE is {config.files_store}; "
            "copy the PDFs of the run into its folder, as pdfs, and verify that"
        )
    return Path(config.files_store) / (facts_of(folder).get("store_key") or folder.name)


def job_of(folder: Path) -> Path:
    """Return the JOBDIR whose runs work on this folder: one that was given, else the folder's own."""
    own = folder / "run_data" / "job"
    given = facts_of(folder).get("job")
    if given and _folder_in(Path(given)) == folder:
        return Path(given)
    recorded = _folder_in(own)
    # The JOBDIR in a copy of a run folder goes on with the original.
    return folder / "run_data" / "repair" if recorded not in (None, folder) and recorded.is_dir() else own


def _folder_in(job: Path) -> Path | None:
    """Return the run folder that a JOBDIR names."""
    try:
        return Path(Record.from_json((job / "job.json").read_bytes()).folder)
    except (OSError, ValueError):
        return None


def refuse_others(folder: Path) -> None:
    """Raise ConfigError for a folder that is no run's, before anything is written there."""
    if not (folder / "run_data" / LEDGER).exists() and read_lists(folder) is None:
        raise ConfigError(f"nothing to verify in {folder}: no ledger, no list, no PDF")


def load(folder: Path, config: Config, job: JobDir) -> Holding:
    """Return what the folder should hold; raises ConfigError when nothing tells."""
    facts = facts_of(folder)
    entries, source = _entries_of(folder / "run_data" / LEDGER), BY_LEDGER
    if not entries:
        listing = read_lists(folder)
        if listing is None:
            raise ConfigError(f"nothing to verify in {folder}: its ledger holds no vehicle, and no list does")
        entries, source = listing
    record = job.record if job.record is not None and job.record.folder == str(folder) else None
    began = record.began if record else _number(facts.get("began"))
    owner = facts.get("owner") or (record.owner if record else "")
    promised = frozenset(row.reference for row in read_manifest(folder) if row.status == STORED)
    return Holding(folder, pdfs_of(folder, config), source, entries, began, owner, promised)


def _entries_of(path: Path) -> list[Entry]:
    """Return the ledger's rows; none when it is damaged: the next run sets it aside."""
    if not path.exists():
        return []
    try:
        with contextlib.closing(Ledger.open(path)) as ledger:
            return list(ledger.entries())
    except LedgerDamagedError as error:
        logger.warning("%s is damaged (%s): the lists beside it tell what should be there", path, error)
        return []


def _number(text: str | None) -> float:
    try:
        return float(text or "inf")
    except ValueError:
        return float("inf")


def facts_of(folder: Path) -> dict[str, str]:
    """Return what the ledger notes about the run, without touching the ledger."""
    return read_facts(folder / "run_data" / LEDGER)
