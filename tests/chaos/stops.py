"""Interrupt a crawl in each of its waits; print how long it took to end, ten seconds at most.

python tests/chaos/stops.py
"""

from __future__ import annotations

import signal
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.helpers.at_work import at_work, be_down, frozen, wait_for_line, wait_for_reports
from tests.helpers.crawls import Portal, crawl, running_portal

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

MOST = 10.0  # seconds
EIGHT = ("--vehicles", 100, "--report-ms", 1500)


def stop(process: subprocess.Popen[str], what: str) -> bool:
    """Interrupt and wait; print one line."""
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    seconds = time.monotonic() - began
    good = seconds <= MOST and process.returncode in (1, 2)
    print(f"{'ok' if good else 'NOT AS IT MUST BE':<8} {seconds:4.1f} s  {what}  (exit {process.returncode})")
    return good


@contextmanager
def busy(*options: object, **environment: object) -> Iterator[tuple[Portal, Path, subprocess.Popen[str]]]:
    """Run a portal and a crawl that has stored some reports."""
    base = Path(tempfile.mkdtemp(prefix="jdp-stops-"))
    folder, job = base / "downloads", f"JOBDIR={base / 'job'}"
    with (
        running_portal(*options) as portal,
        at_work(portal, folder, "-s", job, CONCURRENT_REQUESTS=8, **environment) as process,
    ):
        yield portal, folder, process


def under_way() -> bool:
    """Stop with eight reports of 1.5 s under way; it logs out, and the same command goes on."""
    with busy(*EIGHT, ADAPTIVE_CONCURRENCY="false") as (portal, folder, process):
        wait_for_reports(process, folder, 12)
        good = stop(process, "8 reports of 1.5 s under way")
        logged_out = portal.counters["logouts"] == 1
        again = crawl(portal, folder, "-s", f"JOBDIR={folder.parent / 'job'}", CONCURRENT_REQUESTS=8)
        resumed = again.exit_status == 0 and again.matches(portal.sha256)
    print(
        f"{'ok' if logged_out and resumed else 'NOT AS IT MUST BE':<8}         logged out, and gone on with to its end"
    )
    return good and logged_out and resumed


def waits() -> Iterator[bool]:
    """Stop within each of the waits."""
    with busy(*EIGHT) as (portal, folder, process):
        wait_for_reports(process, folder, 2)
        be_down(portal, 3600)
        wait_for_line(process, "waiting for it")
        yield stop(process, "the portal answers 503 to everything")
    with busy(*EIGHT) as (portal, folder, process):
        wait_for_reports(process, folder, 2)
        with frozen(portal.process):
            yield stop(process, "the portal answers nothing any more")
    with busy(*EIGHT, "--busy-above", 1, "--busy-seconds", 100, ADAPTIVE_CONCURRENCY="false") as (portal, _, process):
        while not portal.counters["busy"]:
            time.sleep(0.05)
        yield stop(process, "Retry-After: 100")
    with busy(*EIGHT) as (portal, folder, process):
        wait_for_reports(process, folder, 2)
        with at_work(portal, folder.parent / "second") as second:
            wait_for_line(second, "another session open")
            yield stop(second, "the account is in use elsewhere")
    with busy(*EIGHT, "--reports-at-once", 1) as (_, folder, process):
        wait_for_reports(process, folder, 6)
        yield stop(process, "the pace lets one report through at a time")


def main() -> int:
    """Print a line for each; return 0 when all of them are as they must be."""
    return 0 if all([under_way(), *waits()]) else 1


if __name__ == "__main__":
    sys.exit(main())
