"""Files that are whole or not there, also where somebody else has them open for a moment."""

from __future__ import annotations

import errno
import logging
import os
import shutil
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

# A virus scanner, OneDrive or a preview has a file open for a moment, and Windows then refuses to replace it.
PAUSES = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2)
HELD = (errno.EBUSY, errno.ETXTBSY)  # and what is a PermissionError
BAD = (errno.EIO, errno.ENOSPC, errno.EDQUOT)  # of a disk, not of a file system that has no fsync there

logger = logging.getLogger(__name__)


def write_atomically(path: Path, data: bytes | Iterable[bytes], mode: int = 0o666, *, patient: bool = True) -> None:
    """Write `data`, at once or piece by piece, so that `path` holds all of it or what was there before.

    That holds after a power cut, too. `mode` is a new file's, less what the umask takes; without `patient` a file that
    is open elsewhere is not waited for. Raises OSError.
    """
    part = path.with_name(path.name + ".part")
    try:
        with open(part, "wb", opener=lambda name, flags: os.open(name, flags, mode)) as file:
            file.writelines([data] if isinstance(data, bytes) else data)
            file.flush()
            sync(file.fileno(), path)
        rename(part, path, patient=patient)
    except OSError:
        _drop(part)
        raise
    _sync_folder(path.parent)


def rename(source: Path, target: Path, *, patient: bool = True) -> None:
    """Rename a file or folder, in place of what is there; raises OSError, when it is held for too long, too."""
    _patiently(lambda: source.replace(target), target, PAUSES if patient else ())


def move(source: Path, target: Path) -> None:
    """Move a file, to another disk, too; raises as `rename` does."""
    _patiently(lambda: shutil.move(source, target), source, PAUSES)


def remove(path: Path) -> None:
    """Remove a file or a folder with all in it, if it is there; raises as `rename` does."""
    if path.is_dir() and not path.is_symlink():
        _patiently(lambda: shutil.rmtree(path), path, PAUSES)
    else:
        _patiently(lambda: path.unlink(missing_ok=True), path, PAUSES)


def _patiently(action: Callable[[], object], path: Path, pauses: tuple[float, ...]) -> None:
    for pause in (*pauses, None):
        try:
            action()
        except OSError as error:
            if not isinstance(error, PermissionError) and error.errno not in HELD:
                raise
            if pause is None:
                raise PermissionError(error.errno or errno.EACCES, _held(error, sum(pauses)), str(path)) from None
            time.sleep(pause)
        else:
            return


def _held(error: OSError, seconds: float) -> str:
    return f"{error.strerror or error}: it is open in another program, or protected; tried again for {seconds:.0f} s"


def _drop(part: Path) -> None:
    try:
        part.unlink(missing_ok=True)
    except OSError as error:  # the next try writes over it
        logger.debug("%s stays: %s", part, error)


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # folders cannot be opened there; NTFS journals the rename
        return
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError as error:
        _no_sync(folder, error)
        return
    try:
        sync(descriptor, folder)
    finally:
        os.close(descriptor)


def sync(descriptor: int, path: Path) -> None:
    """Have the disk take what was written, where the file system can tell it to; raises OSError when the disk fails."""
    try:
        os.fsync(descriptor)
    except OSError as error:
        _no_sync(path, error)


def _no_sync(path: Path, error: OSError) -> None:
    """Go on: network drives and shared folders of virtual machines cannot sync, which only a power cut shows."""
    if error.errno in BAD:
        raise error
    _say_once(str(path), error.strerror or type(error).__name__)


def _say_once(where: str, why: str) -> None:
    if not _said:
        _said.append(where)
        logger.warning("%s cannot be synced (%s): a power cut may cost the newest files there", where, why)


_said: list[str] = []
