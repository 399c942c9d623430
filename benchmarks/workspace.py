"""A folder for everything that a benchmark writes, gone at its end, however it ends."""

from __future__ import annotations

import contextlib
import shutil
import signal
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ENDING = ("SIGINT", "SIGTERM", "SIGHUP")  # a shell starts a background job with SIGINT ignored


@contextlib.contextmanager
def workspace() -> Iterator[Path]:
    """Make the folder. Until its end each of these signals ends the processes, then it goes."""
    for name in ENDING:
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.default_int_handler)
    folder = Path(tempfile.mkdtemp(prefix="jdp-benchmark-"))
    try:
        yield folder
    except KeyboardInterrupt:
        sys.exit("Interrupted")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
