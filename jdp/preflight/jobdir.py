"""Whether a JOBDIR can be gone on with: nobody at work there, the same account, a ledger that can be read."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

from jdp.exceptions import JobInUseError
from jdp.items import STORED
from jdp.portal.saved_session import FILE as KEPT
from jdp.preflight.items import FAIL, NOTE, OK, Item
from jdp.runs.jobdir import JobDir
from jdp.runs.ledger import LEDGER, Ledger, LedgerDamagedError, LedgerUnusableError
from jdp.runs.run import is_owner

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jdp.config.config import Config
    from jdp.runs.jobdir import Record


def jobdir(folder: Path, config: Config) -> Iterator[Item]:
    """Look at what a run with `-s JOBDIR=folder` would find; nothing there is changed."""
    if not folder.is_dir():
        yield Item(OK, "JOBDIR", f"{folder} is new: the run makes it")
        return
    try:
        job = JobDir(folder)
    except JobInUseError as error:
        yield Item(FAIL, "JOBDIR", str(error))
        return
    except OSError as error:
        yield Item(FAIL, "JOBDIR", f"{folder} cannot be used ({error.strerror}): let this user write there")
        return
    try:
        yield from _left(job, config)
    finally:
        job.release()


def _left(job: JobDir, config: Config) -> Iterator[Item]:
    """Tell what the last run left there."""
    record = job.record
    if record is not None and not is_owner(record.owner, config):
        yield Item(FAIL, "JOBDIR", f"{job.folder} belongs to {record.owner}: use another JOBDIR")
        return
    reason = job.distrust(record.arguments if record is not None else {})
    if reason:
        told = f"{reason}: its queue will be set aside, the ledger tells what is stored"
        yield Item(NOTE, "JOBDIR", told)
    if (job.folder / KEPT).exists():
        yield Item(NOTE, "JOBDIR", "it keeps the session of a run that was killed; the next one takes it up")
    yield _ledger(job.folder, record)


def _ledger(folder: Path, record: Record | None) -> Item:
    path = Path(record.folder) / "run_data" / LEDGER if record is not None else None
    if path is None or not path.exists():
        return Item(OK, "JOBDIR", f"{folder} is free; no ledger yet")
    try:
        with contextlib.closing(Ledger.open(path)) as ledger:
            counts = ledger.counts()
    except LedgerUnusableError as error:
        return Item(FAIL, "JOBDIR", str(error))
    except LedgerDamagedError:
        return Item(NOTE, "JOBDIR", f"{path} is damaged: it will be set aside, and the files proven anew")
    return Item(OK, "JOBDIR", f"{folder} is free; its run has {counts[STORED]} of {sum(counts.values())} stored")
