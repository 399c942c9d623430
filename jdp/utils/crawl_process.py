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
    with passing_on_signals(child):
        while True:
            try:
                return child.wait()
            except KeyboardInterrupt:  # the child has it too: it logs out, then ends
                continue


@contextlib.contextmanager
def passing_on_signals(child: subprocess.Popen[bytes]) -> Iterator[None]:
    """Hand a SIGTERM or SIGHUP of ours to the child, which logs out, instead of ending without it."""
    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in numbers}
    for number in numbers:
        if before[number] is not signal.SIG_IGN:  # nohup
            signal.signal(number, lambda number, _: child.send_signal(number))
    try:
        yield
    finally:
        for number in numbers:
            signal.signal(number, before[number])
