"""The ways a login may end, and that every end logs out."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar
from typing import TYPE_CHECKING

import pytest

from tests.helpers.crawls import (
    LIMIT,
    PASSWORD,
    REPO,
    THREADED,
    Crawl,
    Portal,
    crawl,
    crawl_environment,
    running_portal,
    start_crawl,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def log_in_elsewhere(portal: Portal) -> None:
    """Open a session as somebody else in the office would."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    address = f"{portal.url}Home/LicenseAgreement?ReturnUrl=/ValuesOnline/"
    page = browser.open(address, timeout=30).read().decode()
    action = re.search(r'<form[^>]*action="([^"]+)"', page)
    assert action is not None
    form = urllib.parse.urlencode({"UserName": "dealer", "Password": PASSWORD}).encode()
    browser.open(urllib.parse.urljoin(address, action.group(1)), form, timeout=30).read()
    assert portal.counters["sessions_open"] == 1


def test_wrong_password_is_tried_once(tmp_path: Path) -> None:
    with running_portal("--vehicles", 3) as portal:
        result = crawl(portal, tmp_path, JD_PASS="wrong")
        counters = portal.counters
    assert result.exit_status == 2
    assert counters["login_attempts"] == 1
    assert "refused the user name or password" in result.output
    assert "Traceback" not in result.output


def test_clock_ahead_of_the_portal_is_no_wrong_password(tmp_path: Path) -> None:
    with running_portal("--vehicles", 3, "--clock-behind", 3600) as portal:
        result = crawl(portal, tmp_path)
        counters = portal.counters
    assert result.exit_status == 2
    assert counters["login_attempts"] == 1
    assert "by this machine's clock it was 40 min" in result.output
    assert "refused the user name" not in result.output
    assert "The session had ended already" not in result.output


def test_active_session_is_waited_out(tmp_path: Path) -> None:
    with running_portal("--vehicles", 3, "--lock-seconds", 20) as portal:
        log_in_elsewhere(portal)
        result = crawl(portal, tmp_path, SESSION_WAIT=25)
        counters = portal.counters
        assert result.matches(portal.sha256), result.output
    assert "trying again in" in result.output
    assert result.exit_status == 1  # all is stored, but somebody has to know that the account was in use
    assert "Check failed: lockouts: the account was in use elsewhere once" in result.output
    assert counters["refused_active"] == 1
    assert counters["logouts"] == 1


def test_active_session_that_stays_ends_the_run(tmp_path: Path) -> None:
    with running_portal("--vehicles", 3, "--lock-seconds", 600) as portal:
        log_in_elsewhere(portal)
        result = crawl(portal, tmp_path, SESSION_WAIT=1)
        assert portal.counters["sessions_open"] == 1  # the other's session is not touched
    assert result.exit_status == 2
    assert "still has another session open" in result.output


def test_interrupt_ends_the_wait_for_the_account(tmp_path: Path) -> None:
    with running_portal("--vehicles", 3, "--lock-seconds", 600) as portal:
        log_in_elsewhere(portal)
        process = start_crawl(portal.url, tmp_path)
        assert process.stdout is not None
        for line in process.stdout:
            if "trying again in" in line:
                break
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=10)
    assert process.returncode == 1, output
    assert "Traceback" not in output


@pytest.mark.parametrize("outcome", ["code", "notice"])  # every other one: tests/portal/pages/test_login.py
def test_other_outcomes_are_shown_and_nothing_is_sent_twice(outcome: str, tmp_path: Path) -> None:
    with running_portal("--vehicles", 3, "--login-outcome", outcome) as portal:
        result = crawl(portal, tmp_path)
        assert portal.counters["login_attempts"] == 1
    assert result.exit_status == 2, result.output
    assert "none of the known ones" in result.output
    assert (result.run / "run_data" / "evidence" / "page-login" / "screenshot.png").stat().st_size > 1000


def test_no_portal_at_all(tmp_path: Path) -> None:
    with running_portal("--vehicles", 1) as portal:
        url = portal.url
    result = crawl(url, tmp_path)
    assert result.exit_status == 2
    assert "cannot be reached" in result.output
    assert "Traceback" not in result.output


# Takes the terminal of its standard input for its own: it then hears when that closes.
TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""
# SIGINT: the tests of resuming and of preflight.
SIGNALS = [signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])]


@pytest.fixture
def unheld() -> Iterator[None]:
    """Have the programs that are started here hear SIGHUP, also where `nohup` started the tests."""
    if not hasattr(signal, "SIGHUP"):
        yield
        return
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.threaded
@pytest.mark.usefixtures("unheld")
@pytest.mark.parametrize("how", SIGNALS)
def test_signal_logs_out(how: signal.Signals, tmp_path: Path) -> None:
    with running_portal("--vehicles", 60) as portal:
        process = start_crawl(portal.url, tmp_path)
        assert process.stdout is not None
        for line in process.stdout:
            if "Reports belong to" in line:
                break
        process.send_signal(how)
        if how is not signal.SIGTERM:
            process.send_signal(how)  # the shell and the system both send it
        output, _ = process.communicate(timeout=60)
        assert portal.counters["logouts"] == 1, output
        assert portal.counters["sessions_open"] == 0
    assert process.returncode == 1


@pytest.mark.usefixtures("unheld")
@pytest.mark.skipif(os.name == "nt", reason="terminals there end their programs")
def test_terminal_that_closes_logs_out(pseudo_terminal: tuple[int, int], tmp_path: Path) -> None:
    ours, theirs = pseudo_terminal
    with running_portal("--vehicles", 200, "--report-ms", 500) as portal:
        process = subprocess.Popen(
            # Its session's first process, with that terminal for its own, as a shell's child has it.
            [sys.executable, "-c", TERMINAL, sys.executable, "-m", "scrapy", "crawl", "inventory", *THREADED],
            cwd=REPO,
            env=crawl_environment(portal.url, tmp_path, TERM="xterm", CONCURRENT_CONTEXTS=2),
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        shown = b""
        while b"Reports belong to" not in shown:
            shown += os.read(ours, 65536)
        os.close(ours)
        process.wait(timeout=LIMIT)
        assert (portal.counters["logouts"], portal.counters["sessions_open"]) == (1, 0)
    (run,) = Crawl(tmp_path).runs
    log = (run / "run_data" / "run.log").read_text(encoding="utf-8")
    assert "Logged out" in log
    assert "Result: exit_status=1 reason=shutdown" in log
    assert "Traceback" not in log
    assert process.returncode == 1


@pytest.mark.threaded
def test_close_spider_logs_out(tmp_path: Path) -> None:
    with running_portal("--vehicles", 30) as portal:
        result = crawl(portal, tmp_path, "-s", "CLOSESPIDER_ITEMCOUNT=3")
        assert portal.counters["sessions_open"] == 0
    assert result.exit_status == 1
    assert result.metrics["stored"] >= 3


@pytest.mark.threaded
def test_expired_session_is_renewed_without_failures(tmp_path: Path) -> None:
    with running_portal("--vehicles", 20, "--session-requests", 60) as portal:
        result = crawl(portal, tmp_path, DIRECT_REPORTS="false")
        counters = portal.counters
        assert result.exit_status == 0, result.output
        assert result.matches(portal.sha256)
    assert counters["logins"] > 1
    assert counters["refused_active"] == 0
    assert result.metrics["failed"] == 0


def test_logout_that_does_not_end_the_session_is_no_success(tmp_path: Path) -> None:
    with running_portal("--vehicles", 3, "--logout-dead") as portal:
        result = crawl(portal, tmp_path)
        assert result.matches(portal.sha256)
        assert portal.counters["sessions_open"] == 1
    assert result.exit_status == 1, result.output
    assert "Logging out failed" in result.output
    assert "The logout failed" in result.output
