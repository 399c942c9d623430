"""What a person sees of a crawl: in a terminal, in a pipe, after Ctrl-C; the terminal is as it was afterwards."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from tests.helpers.crawls import LIMIT, REPO, THREADED, Crawl, crawl, crawl_environment, running_portal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.helpers.crawls import Portal

termios = pytest.importorskip("termios", reason="Windows has no pty")
FAULTS = ("--fault", "error500=0.1", "--sticky")
HIDDEN, SHOWN = "\x1b[?25l", "\x1b[?25h"


@dataclass
class Terminal:
    """A crawl whose standard error is a terminal; standard output is a pipe."""

    process: subprocess.Popen[bytes]
    descriptor: int
    written: bytearray = field(default_factory=bytearray)

    @property
    def text(self) -> str:
        return bytes(self.written).decode("utf-8")

    @property
    def plain(self) -> str:
        """What was written, without what moves the cursor or colours it."""
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self.text)

    def read_on(self, until: Callable[[], bool] = lambda: False) -> None:
        """Read until then, or to the end: Linux says EIO when nobody can write any more, macOS that it is the end."""
        with contextlib.suppress(OSError):
            while not until() and (piece := os.read(self.descriptor, 65_536)):
                self.written += piece


@contextlib.contextmanager
def in_terminal(portal: Portal, folder: Path, *arguments: str, columns: int = 80, **environment: object):  # noqa: ANN201
    """Start a crawl in a terminal of so many columns."""
    ours, theirs = os.openpty()
    termios.tcsetwinsize(theirs, (40, columns))
    process = subprocess.Popen(
        [sys.executable, "-m", "scrapy", "crawl", "inventory", *THREADED, *arguments],
        cwd=REPO,
        env=crawl_environment(portal.url, folder, TERM="xterm-256color", **environment),
        stdout=subprocess.PIPE,
        stderr=theirs,
    )
    os.close(theirs)
    watchdog = threading.Timer(LIMIT, process.kill)
    watchdog.start()
    try:
        yield Terminal(process, ours)
    finally:
        watchdog.cancel()
        process.kill()
        process.communicate()
        os.close(ours)


def test_display_stands_below_the_log_and_leaves_the_terminal_as_it_was(tmp_path: Path) -> None:
    with (
        running_portal("--vehicles", 24, "--report-ms", 300, "--grid-ms", 1500, *FAULTS) as portal,
        in_terminal(
            portal, tmp_path, "-o", "-:json", NO_COLOR="1", PYTHONIOENCODING="cp1252", PROGRESS_SECONDS=1
        ) as terminal,
    ):
        terminal.read_on()
        output, _ = terminal.process.communicate(timeout=LIMIT)
    result = Crawl(tmp_path)
    assert terminal.text.count(HIDDEN) == terminal.text.count(SHOWN) == 1
    before, _, after = terminal.text.partition(SHOWN)
    assert "of 24" in before
    assert "reading the inventory" in before
    assert not re.search(r"\x1b\[(?:\d+;)*3[0-7]m", before), "NO_COLOR"
    assert terminal.text.isascii(), "cp1252 shows no bar of dashes"
    lines = terminal.plain.splitlines()
    assert any(line.endswith("INFO: Logged in as dealer") for line in lines)
    assert not any("stored (" in line or "Progress:" in line for line in lines), "the display shows these"
    assert "Vehicles in the inventory  24" in after.replace("\r", "")
    assert len(json.loads(output)) == 24, "nothing else on standard output"
    log = (result.run / "run_data" / "run.log").read_text(encoding="utf-8")
    assert "Progress: done=" in log
    assert log.count(": stored (") == result.metrics["stored"]
    assert result.metrics["estimate"]["minutes"] > 0
    assert result.metrics["timeline"]["failed"] == result.metrics["failed"] > 0
    page = (result.run / "run_data" / "report.html").read_text(encoding="utf-8")
    assert f"{result.metrics['failed']} of 24 reports" in page
    assert "data-written" not in page


@pytest.mark.threaded
def test_second_ctrl_c_still_leaves_table_page_and_cursor(tmp_path: Path) -> None:
    with (
        running_portal("--vehicles", 30, "--report-ms", 60_000) as portal,
        in_terminal(portal, tmp_path, columns=40) as terminal,
    ):
        terminal.read_on(lambda: " of 30" in terminal.plain)
        terminal.process.send_signal(signal.SIGINT)
        terminal.read_on(lambda: "Send again to force" in terminal.plain.replace("\r\n", ""))
        terminal.process.send_signal(signal.SIGINT)
        terminal.read_on()
        output, _ = terminal.process.communicate(timeout=LIMIT)
    assert terminal.process.returncode == 1
    assert terminal.text.rfind(SHOWN) > terminal.text.rfind(HIDDEN) > -1
    assert b"The run was stopped (killed): go on with -s JOBDIR=" in output
    assert "Stopped: 0 of 30 reports are here" in (Crawl(tmp_path).run / "run_data" / "report.html").read_text("utf-8")


def test_lines_where_there_is_no_terminal(tmp_path: Path) -> None:
    with running_portal("--vehicles", 10, "--report-ms", 300) as portal:
        result = crawl(portal, tmp_path, PROGRESS_SECONDS="0.5", PYTHONIOENCODING="ascii")
    lines = [line for line in result.output.splitlines() if "Progress: " in line]
    assert len(lines) >= 2
    names = {tuple(re.findall(r"(\w+)=", line)) for line in lines}
    assert names == {("done", "total", "failed", "unproven", "a_minute", "left", "way", "at_once", "state")}
    assert "\x1b" not in result.output
