"""One run: its folder, its JOBDIR and its ledger. Everything that belongs to an account hangs here."""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import time
from pathlib import Path
from typing import TYPE_CHECKING, Self

from jdp.exceptions import ConfigError
from jdp.items import STORED, UNPROVEN
from jdp.runs.folder import arguments_of, folder_of, new_folder
from jdp.runs.jobdir import JobDir, Record
from jdp.runs.ledger import LEDGER, open_ledger
from jdp.runs.ledger_writer import LedgerWriter
from jdp.runs.storage import safe_name
from jdp.utils.addons import made_by_addon

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from jdp.config.arguments import Arguments
    from jdp.config.config import Config
    from jdp.runs.ledger_rows import Entry

logger = logging.getLogger(__name__)

LEARNED = ".learned"  # in DOWNLOAD_FOLDER, beside the runs
SESSION_SECONDS = 330.0  # an account is free 5 minutes after its last request; clocks differ a little
CLOCK_STEP = 2.0  # seconds: some file systems keep a file's time no finer (FAT)


class Run:
    """The folders of one run, held by a lock for as long as the process lives."""

    def __init__(self, config: Config, arguments: Arguments, folder: Path, job: JobDir) -> None:
        self.config = config
        self.arguments = arguments
        self.folder = folder
        self.job = job
        self.data = folder / "run_data"
        self.data.mkdir(parents=True, exist_ok=True)
        self.locked_by_own_run = self._killed_just_now()
        self.started = dt.datetime.now(dt.UTC)
        self.ledger = open_ledger(self.data / LEDGER)
        self.began = self._began()
        self.store_key = self._store_key()
        try:
            self._check_owner()
            self._begin()
        except (ConfigError, OSError):
            self.ledger.close()
            raise
        self.ledger_writer = LedgerWriter(self.ledger.path)

    @classmethod
    def of(cls, crawler: Crawler) -> Self:
        """Return the run that the add-on opened for the crawler; raises NotConfigured when it needed none."""
        return made_by_addon(crawler, cls)

    @classmethod
    def open(cls, config: Config, arguments: Arguments, jobdir: str | None) -> Self:
        """Open the run that `jobdir` began, or a new one; raises JobInUseError when another process has it."""
        try:
            new = new_folder(config.download_folder) if jobdir is None else None
            job = JobDir(new / "run_data" / "job" if new else Path(str(jobdir)).resolve())
            try:
                run = cls(config, arguments, new or folder_of(job, config, arguments), job)
            except (ConfigError, OSError):
                job.release()
                raise
        except OSError as error:
            raise ConfigError(f"the run's folder cannot be made: {error}") from None
        return run

    @property
    def job_folder(self) -> Path:
        """The JOBDIR."""
        return self.job.folder

    @property
    def files_store(self) -> str:
        """Where the PDFs go: `pdfs` in the run's folder, or a folder of the account and the run in FILES_STORE."""
        if not self.config.files_store:
            return str(self.folder / "pdfs")
        return f"{self.config.files_store.rstrip('/')}/{self.store_key}/"

    @property
    def store_folder(self) -> Path | None:
        """The folder of the PDFs, None when they are kept elsewhere than in a folder."""
        return None if "://" in self.files_store else Path(self.files_store)

    @property
    def learned(self) -> Path:
        """Where what is learned of this portal with this account is kept for runs to come, whatever their JOBDIR."""
        return self.config.download_folder / LEARNED / f"{safe_name(owner_of(self.config))}.json"

    def unrecorded(self, reference: str) -> bytes | None:
        """Return a PDF of this run that the ledger does not know: a crash may have come between the two.

        An older file is none of this run's: its report may be months old.
        """
        if self.store_folder is None:
            return None
        path = self.store_folder / f"{safe_name(reference)}.pdf"
        try:
            return path.read_bytes() if path.stat().st_mtime >= self.began - CLOCK_STEP else None
        except OSError:
            return None

    # What an earlier run left

    def _began(self) -> float:
        """Return when the run folder was made; now, when nothing tells any more."""
        record = self.job.record
        if record is not None and record.folder == str(self.folder):
            return record.began
        with contextlib.suppress(ValueError, TypeError):
            return float(self.ledger.fact("began"))  # type: ignore[arg-type]
        return time.time()

    def _killed_just_now(self) -> bool:
        """Tell whether the last run here was killed so lately that the portal may still hold its session."""
        if self.job.record is None or self.job.record.seal is not None:
            return False
        last_sign = max((path.stat().st_mtime for path in self.data.iterdir()), default=0.0)
        return time.time() - last_sign < SESSION_SECONDS

    def _store_key(self) -> str:
        """Return the run's place in FILES_STORE: two accounts may have the same stock numbers on the same day."""
        noted = self.ledger.fact("store_key")
        begun_before_accounts = not noted and self.ledger.fact("owner")
        return noted or (
            self.folder.name if begun_before_accounts else f"{safe_name(self.config.user)}/{self.folder.name}"
        )

    def _check_owner(self) -> None:
        """Refuse another account's JOBDIR: two dealers may well use the same stock number."""
        recorded = self.ledger.fact("owner") or (self.job.record.owner if self.job.record else self._owner)
        if not is_owner(recorded, self.config):
            raise ConfigError(f"{self.job_folder} belongs to {recorded}: use another JOBDIR")

    @property
    def _owner(self) -> str:
        return owner_of(self.config)

    def _begin(self) -> None:
        """Take over what can be trusted of the last run, and note that this one is at work."""
        arguments = arguments_of(self.arguments)
        reason = self.job.distrust(arguments)
        if reason:
            logger.warning("The queue in %s is set aside: %s; the ledger tells what is stored", self.job_folder, reason)
            self.job.set_queue_aside()
        if not self.job.has_requests:
            # A finished queue remembers its requests as seen, and failed vehicles would never be asked again.
            self.job.remove_queue()
            self.ledger.unwant()
        if self.store_folder is not None:
            self.store_folder.mkdir(parents=True, exist_ok=True)
        self._forget_missing()
        self.ledger.note("store_key", self.store_key)
        self.ledger.note("job", str(self.job_folder))
        self.ledger.note("owner", self._owner)
        self.ledger.note("began", str(self.began))
        self.job.write(Record(str(self.folder), self._owner, arguments, self.began))

    def _forget_missing(self) -> None:
        """Have reports made again whose files are not there any more, or not whole."""
        missing = [entry.reference for entry in self.ledger.entries(UNPROVEN) if not _has(self.folder, entry)]
        if self.store_folder is not None:
            missing += [entry.reference for entry in self.ledger.entries(STORED) if not _has(self.store_folder, entry)]
        if missing:
            logger.warning("%d files are missing or not whole in %s: due again", len(missing), self.folder)
            self.ledger.forget(missing)

    def close(self, *, clean: bool, finished: bool = False) -> None:
        """Release the run; after an unclean end the next one trusts the ledger alone."""
        self.ledger_writer.close()
        self.ledger.close()
        if clean:
            self.job.end(finished=finished)
        self.job.release()


def _has(folder: Path, entry: Entry) -> bool:
    try:
        return (folder / entry.file).stat().st_size == entry.bytes
    except OSError:
        return False


def owner_of(config: Config) -> str:
    """Return whose reports a run stores."""
    return f"{config.user} at {config.portal_url}"


def is_owner(recorded: str, config: Config) -> bool:
    """Tell whether a run's owner, as it was noted, is this account: by http or https, it is one portal."""
    http, https = " at http://", " at https://"
    return recorded.replace(https, http) == owner_of(config).replace(https, http)
