"""A crawl in the middle of its work, and what may happen to its portal."""

from __future__ import annotations

import json
import signal
import subprocess
import time
import urllib.request
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.helpers.crawls import LIMIT, Crawl, start_crawl

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.helpers.crawls import Portal


def wait_for_reports(process: subprocess.Popen[str], folder: Path, count: int) -> None:
    """Return when so many reports are stored; the crawl must still be at work then."""
    while len(list(folder.glob("*/pdfs/*.pdf"))) < count:
        assert process.poll() is None, process.communicate()[0]
        time.sleep(0.02)


@contextmanager
def at_work(portal: Portal, folder: Path, *arguments: str, **environment: object) -> Iterator[subprocess.Popen[str]]:
    """Start a crawl; whatever the test comes to, it is gone afterwards."""
    with start_crawl(portal.url, folder, *arguments, **environment) as process:
        try:
            yield process
        finally:
            process.kill()


def finish(process: subprocess.Popen[str], folder: Path) -> Crawl:
    """Wait for the crawl's end; what one that does not end has said so far is in the failure."""
    try:
        output, _ = process.communicate(timeout=LIMIT)
    except subprocess.TimeoutExpired:
        process.kill()
        pytest.fail(f"The crawl goes on after {LIMIT} s:\n{process.communicate()[0]}")
    return Crawl(folder, process.returncode, output)


def be_down(portal: Portal, seconds: float, how: str = "503") -> None:
    """Have a portal serve nobody for a while: a status to everything, or "page"."""
    side = portal.url.removesuffix("ValuesOnline/") + "_demo/down"
    urllib.request.urlopen(side, data=json.dumps({"seconds": seconds, "how": how}).encode(), timeout=10).close()  # noqa: S310


@contextmanager
def frozen(process: subprocess.Popen[str]) -> Iterator[None]:
    """Have a process stand still: connections are taken, nothing is answered."""
    process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        process.send_signal(signal.SIGCONT)


def wait_for_line(process: subprocess.Popen[str], text: str) -> None:
    assert process.stdout is not None
    assert any(text in line for line in process.stdout)
