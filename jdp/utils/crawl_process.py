"""A crawl in a process of its own, run as its user would run it."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path


def crawl(
    arguments: Sequence[str] = (),
    *,
    cwd: Path | None = None,
    environment: Mapping[str, str] | None = None,
    output: IO[str] | None = None,
) -> int:
    """Run `scrapy crawl inventory` and return its exit status; its end table goes to `output`, else to ours."""
    command = [sys.executable, "-m", "scrapy", "crawl", "inventory", *arguments]
    child = subprocess.Popen(command, cwd=cwd, env=environment, stdout=output)  # noqa: S603
    with passing_on_sigterm(child):
        while True:
            try:
                return child.wait()
            except KeyboardInterrupt:  # the child has it too: it logs out, then ends
                continue


@contextlib.contextmanager
def passing_on_sigterm(child: subprocess.Popen[bytes]) -> Iterator[None]:
    """Hand a SIGTERM of ours to the child, which logs out, instead of ending without it."""
    before = signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
