"""A JOBDIR: what the last run left in it, whether that can be trusted, and the lock that keeps runs apart."""

from __future__ import annotations

import hashlib
import json
import logging
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import scrapy
from filelock import FileLock, Timeout

import jdp
from jdp.exceptions import JobInUseError
from jdp.utils.files import remove, rename, write_atomically

if TYPE_CHECKING:
    from pathlib import Path

logger = logging.getLogger(__name__)

QUEUE_FILES = ("requests.queue", "requests.seen", "spider.state")  # Scrapy's own
ACTIVE = "requests.queue/active.json"  # Scrapy's list of priorities that have requests


@dataclass(frozen=True)
class Record:
    """What `job.json` says of the last run.

    `seal` holds the digest of every file of the queue as it was left, None while a run is at work: it is found so
    after a crash. `began` is when the run folder was made, in seconds since 1970. `jdp` and `scrapy` are the versions
    that wrote the queue: its pickles name modules of theirs. jdp's is "" in records from before it was noted.
    """

    folder: str
    owner: str
    arguments: dict[str, Any]
    began: float
    finished: bool = False
    seal: dict[str, str] | None = None
    scrapy: str = scrapy.__version__
    jdp: str = ""

    def to_json(self) -> bytes:
        """Return the file's content, with a digest of it."""
        fields = asdict(self)
        return json.dumps({"digest": _digest(fields), **fields}, indent=1).encode()

    @classmethod
    def from_json(cls, data: bytes) -> Record:
        """Read the file's content; raises ValueError when it is not what `to_json` wrote."""
        try:
            fields = json.loads(data)
            if fields.pop("digest") != _digest(fields):
                raise ValueError("its digest does not fit")
            return cls(**fields)
        except (TypeError, KeyError, AttributeError, RecursionError) as error:  # JSON, but no record of this version
            raise ValueError(f"it is of another version or damaged ({type(error).__name__})") from None


def _digest(fields: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()


class JobDir:
    """A JOBDIR, held by a lock until it is released."""

    def __init__(self, folder: Path) -> None:
        """Take the lock; raises JobInUseError, or OSError when the folder cannot be used."""
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock = FileLock(folder / "lock")
        try:
            self._lock.acquire(blocking=False)
        except Timeout:
            raise JobInUseError(f"another run is at work on {folder}: wait for its end") from None
        self.record = self._read()

    def _read(self) -> Record | None:
        path = self.folder / "job.json"
        try:
            return Record.from_json(path.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            logger.warning("%s cannot be used (%s): the ledger tells what is stored", path, error)
            return None

    def end(self, *, finished: bool) -> None:
        """Note that the run ended cleanly; `finished` when it came to the end of its work."""
        assert self.record is not None, "a run that has not begun"
        self.write(replace(self.record, finished=finished, seal=self._digests()))

    def write(self, record: Record) -> None:
        """Note a run; its seal tells whether it is still at work."""
        self.record = replace(record, jdp=jdp.__version__)
        write_atomically(self.folder / "job.json", self.record.to_json())

    def release(self) -> None:
        """Let another run have the JOBDIR."""
        self._lock.release()

    # The queue

    def distrust(self, arguments: dict[str, Any]) -> str:
        """Return why the queue cannot be gone on with by a run with these arguments, or ""."""
        record = self.record
        if record is None:
            return "nothing tells how the last run ended" if self._digests() else ""
        if record.seal is None:
            return "the last run did not end cleanly"
        if record.seal != self._digests():
            return "its files are not as the last run left them"
        if record.scrapy != scrapy.__version__:
            return f"it was made by Scrapy {record.scrapy}"
        if record.jdp != jdp.__version__:
            return f"it was made by {f'jdp {record.jdp}' if record.jdp else 'an earlier jdp'}"
        return "" if record.arguments == arguments else "the arguments have changed"

    @property
    def has_requests(self) -> bool:
        """Whether the queue that was left still holds something to do."""
        try:
            return bool(json.loads((self.folder / ACTIVE).read_bytes()))
        except (OSError, ValueError):
            return False

    def set_queue_aside(self) -> None:
        """Move Scrapy's files to `set-aside`, in place of what is there; what is stored is in the ledger."""
        aside = self.folder / "set-aside"
        remove(aside)
        aside.mkdir()
        for name in QUEUE_FILES:
            if (self.folder / name).exists():
                rename(self.folder / name, aside / name)

    def remove_queue(self) -> None:
        """Remove Scrapy's files: they have done their work."""
        for name in QUEUE_FILES:
            remove(self.folder / name)

    def _digests(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for name in QUEUE_FILES:
            path = self.folder / name
            files = sorted(path.rglob("*")) if path.is_dir() else [path]
            found |= {file.relative_to(self.folder).as_posix(): _sha256(file) for file in files if file.is_file()}
        return found


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
