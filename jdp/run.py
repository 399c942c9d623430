"""One run: its folder, its JOBDIR, its lock and its ledger. Everything that belongs to an account hangs here."""

from __future__ import annotations

import datetime as dt
import json
import logging
import shutil
import sqlite3
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Self

from filelock import FileLock, Timeout
from scrapy.exceptions import NotConfigured

from jdp.exceptions import ConfigError, JobInUseError
from jdp.items import STORED
from jdp.ledger import Ledger
from jdp.settling import Settling
from jdp.storage import write_atomically

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from jdp.arguments import Arguments
    from jdp.config import Config

logger = logging.getLogger(__name__)

QUEUE_FILES = ("requests.queue", "requests.seen", "spider.state")


class Run:
    """The folders of one run, held by a lock for as long as the process lives."""

    def __init__(self, config: Config, arguments: Arguments, folder: Path, job_folder: Path, lock: FileLock) -> None:
        self.config = config
        self.arguments = arguments
        self.folder = folder
        self.job_folder = job_folder
        self.data = folder / "run_data"
        self.data.mkdir(parents=True, exist_ok=True)
        self.started = dt.datetime.now(dt.UTC)
        self.ledger = _ledger(self.data / "ledger.sqlite")
        self.settling = Settling(self.ledger.path)
        self._lock = lock
        self._marker = job_folder / "running"
        self._check_queue()
        self.already_stored = self.ledger.counts()[STORED]

    @classmethod
    def of(cls, crawler: Crawler) -> Self:
        """Return the run that the add-on opened for the crawler; raises NotConfigured when it needed none."""
        runs = [run for addon in crawler.addons.addons if isinstance(run := getattr(addon, "run", None), cls)]
        if not runs:
            raise NotConfigured  # another spider, or `scrapy shell`: nothing of ours is needed
        return runs[0]

    @classmethod
    def open(cls, config: Config, arguments: Arguments, jobdir: str | None) -> Self:
        """Open the run that `jobdir` began, or a new one; raises JobInUseError when another process has it."""
        try:
            if jobdir is None:
                folder = new_folder(config.download_folder)
                job_folder = folder / "run_data" / "job"
            else:
                job_folder = Path(jobdir).resolve()
                folder = _recorded_folder(job_folder) or new_folder(config.download_folder)
            job_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = _lock(job_folder)
            write_atomically(job_folder / "folder.json", json.dumps(str(folder)).encode())
            run = cls(config, arguments, folder, job_folder, lock)
            if "://" not in run.files_store:
                Path(run.files_store).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(f"the run's folder cannot be made: {error}") from None
        return run

    @property
    def files_store(self) -> str:
        """Where the PDFs go: `pdfs` in the run's folder, or a folder of its name in FILES_STORE."""
        if not self.config.files_store:
            return str(self.folder / "pdfs")
        return f"{self.config.files_store.rstrip('/')}/{self.folder.name}/"

    def keep_evidence(self, name: str, screenshot: bytes) -> Path:
        """Keep a screenshot in `run_data/evidence` and return its path."""
        path = self.data / "evidence" / f"{name}.png"
        path.parent.mkdir(exist_ok=True)
        write_atomically(path, screenshot)
        return path

    def _check_queue(self) -> None:
        """Set a queue aside that does not fit: after a crash (the marker is still there), for other arguments."""
        wanted = json.dumps(asdict(self.arguments), sort_keys=True)
        path = self.job_folder / "arguments.json"
        self._check_owner(self.job_folder / "owner.json")
        reason = ""
        if self._marker.exists():
            reason = "the last run did not end cleanly"
        elif path.is_file() and path.read_text(encoding="utf-8") != wanted:
            reason = "the arguments have changed"
        if reason:
            logger.warning("The queue in %s is set aside: %s; the ledger tells what is stored", self.job_folder, reason)
        # A finished queue goes too: it remembers its requests as seen, and failed vehicles would never be asked again.
        if reason or not _has_requests(self.job_folder):
            remove_queue(self.job_folder)
            self.ledger.unwant()
        write_atomically(path, wanted.encode())
        self._marker.touch()

    def _check_owner(self, path: Path) -> None:
        """Refuse another account's JOBDIR: two dealers may well use the same stock number."""
        owner = [self.config.user, self.config.portal_url]
        try:
            recorded = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            recorded = owner
        if recorded != owner:
            raise ConfigError(f"{self.job_folder} belongs to {' at '.join(map(str, recorded))}: use another JOBDIR")
        write_atomically(path, json.dumps(owner).encode())

    def close(self, *, clean: bool) -> None:
        """Release the run; an unclean end leaves the marker for the next one to find."""
        self.settling.close()
        self.ledger.close()
        if clean:
            self._marker.unlink(missing_ok=True)
        self._lock.release()


def _ledger(path: Path) -> Ledger:
    try:
        return Ledger(path)
    except sqlite3.DatabaseError as error:
        raise ConfigError(
            f"the ledger {path} cannot be read ({error}): move it away, and all reports are made anew"
        ) from None


def new_folder(base: Path) -> Path:
    """Make `<base>/2026-11-23`, or `2026-11-23 (2)` and so on: never one that is there already."""
    today = dt.datetime.now().astimezone().date().isoformat()
    number = 1
    while True:
        folder = base / (today if number == 1 else f"{today} ({number})")
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            number += 1
        else:
            return folder


def remove_queue(job_folder: Path) -> None:
    """Remove Scrapy's own files from a JOBDIR; what is stored is in the ledger."""
    for name in QUEUE_FILES:
        path = job_folder / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _has_requests(job_folder: Path) -> bool:
    """Tell whether Scrapy's active.json names a priority that still has requests."""
    try:
        return bool(json.loads((job_folder / "requests.queue" / "active.json").read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return False


def _recorded_folder(job_folder: Path) -> Path | None:
    try:
        return Path(json.loads((job_folder / "folder.json").read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def _lock(job_folder: Path) -> FileLock:
    lock = FileLock(job_folder / "lock")
    try:
        lock.acquire(blocking=False)
    except Timeout:
        raise JobInUseError(f"another run is at work on {job_folder}: wait for its end") from None
    return lock
