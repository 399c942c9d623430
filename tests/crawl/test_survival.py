"""What may happen to a run from outside: it goes on as if it had not, or stops so that the same command can."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from typing import TYPE_CHECKING

import psutil
import pytest

from tests.helpers.at_work import at_work, be_down, finish, frozen, wait_for_line, wait_for_reports
from tests.helpers.crawls import REPO, THREADED, crawl, crawl_environment, running_portal

if TYPE_CHECKING:
    from pathlib import Path


def may_mount() -> bool:
    """Tell whether this system lets us have a small disk of our own."""
    if shutil.which("unshare") is None:
        return False
    probe = ["unshare", "-rm", "sh", "-c", "mount -t tmpfs -o size=100k none /mnt"]
    return subprocess.run(probe, capture_output=True, check=False).returncode == 0


@pytest.mark.threaded
def test_killed_run_leaves_its_session_to_the_next_one(tmp_path: Path) -> None:
    job = tmp_path / "job"
    with running_portal("--vehicles", 30, "--report-ms", 100, "--lock-seconds", 300, "--renew-cookie") as portal:
        with at_work(portal, tmp_path / "d", "-s", f"JOBDIR={job}") as first:
            wait_for_reports(first, tmp_path / "d", 5)
        assert (job / "session.json").stat().st_mode & 0o777 == 0o600
        result = crawl(portal, tmp_path / "d", "-s", f"JOBDIR={job}")
        counters = portal.counters
        assert result.exit_status == 0, result.output
        assert result.matches(portal.sha256)
    assert (counters["logins"], counters["logouts"], counters["refused_active"]) == (1, 1, 0)
    assert "the last run's session goes on" in result.output
    assert not (job / "session.json").exists()


@pytest.mark.parametrize("own", [True, False], ids=["just now", "long ago"])
def test_lock_by_the_own_killed_run_is_no_failed_check(own: bool, tmp_path: Path) -> None:
    """Its session is lost with the disk; one that was killed long ago cannot hold the account any more."""
    job = tmp_path / "job"
    with running_portal("--vehicles", 20, "--report-ms", 100, "--lock-seconds", 25) as portal:
        with at_work(portal, tmp_path / "d", "-s", f"JOBDIR={job}") as first:
            wait_for_reports(first, tmp_path / "d", 3)
        (job / "session.json").unlink()
        if not own:
            for path in tmp_path.glob("d/*/run_data/*"):
                os.utime(path, (1_700_000_000, 1_700_000_000))
        result = crawl(portal, tmp_path / "d", "-s", f"JOBDIR={job}", SESSION_WAIT=40)
        assert result.matches(portal.sha256), result.output
        assert portal.counters["refused_active"] >= 1
    assert result.exit_status == (0 if own else 1), result.output
    assert ("Check failed: lockouts" in result.output) == (not own)


def test_kept_session_that_has_ended_leads_to_a_login(tmp_path: Path) -> None:
    job = tmp_path / "job"
    with running_portal("--vehicles", 20, "--report-ms", 100) as portal:
        with at_work(portal, tmp_path / "d", "-s", f"JOBDIR={job}") as first:
            wait_for_reports(first, tmp_path / "d", 3)
        side = portal.url.removesuffix("ValuesOnline/") + "_demo/expire-sessions"
        urllib.request.urlopen(side, data=b"", timeout=10).close()  # noqa: S310 - loopback
        result = crawl(portal, tmp_path / "d", "-s", f"JOBDIR={job}")
        counters = portal.counters
        assert result.exit_status == 0, result.output
        assert result.matches(portal.sha256)
    assert (counters["logins"], counters["logouts"]) == (2, 1)


@pytest.mark.threaded
def test_portal_away_for_a_while_costs_no_try(tmp_path: Path) -> None:
    with running_portal("--vehicles", 40, "--report-ms", 100) as portal:
        with at_work(portal, tmp_path / "d", RETRY_TIMES=0) as process:
            wait_for_reports(process, tmp_path / "d", 4)
            be_down(portal, 8)
            result = finish(process, tmp_path / "d")
        assert result.exit_status == 0, result.output
        assert result.matches(portal.sha256)
    assert "The portal answers again" in result.output
    assert result.metrics["stats"]["jdp/outages"] >= 1


def test_portal_away_for_good_stops_the_run_resumable(tmp_path: Path) -> None:
    job = f"JOBDIR={tmp_path / 'job'}"
    with running_portal("--vehicles", 30, "--report-ms", 100) as portal:
        with at_work(portal, tmp_path / "d", "-s", job, PORTAL_WAIT=3) as process:
            wait_for_reports(process, tmp_path / "d", 4)
            be_down(portal, 3600)
            result = finish(process, tmp_path / "d")
        figures = result.metrics
        be_down(portal, 0)
        again = crawl(portal, tmp_path / "d", "-s", job)
        counters = portal.counters
        assert result.exit_status == 1
        assert figures["finish_reason"] == "portal_unreachable", result.output
        assert figures["failed"] == 0, result.output
        assert again.exit_status == 0, again.output
        assert again.matches(portal.sha256)
    # It could not log out, so it left its session to the next one.
    assert (counters["logins"], counters["refused_active"]) == (1, 0)


@pytest.mark.threaded
def test_browser_killed_comes_back(tmp_path: Path) -> None:
    with running_portal("--vehicles", 12, "--vehicle-ms", 300, "--report-ms", 300) as portal:
        killed = 0
        with at_work(portal, tmp_path / "d", DIRECT_REPORTS="false", RETRY_TIMES=0) as process:
            for stored in (2, 6):
                wait_for_reports(process, tmp_path / "d", stored)
                while not kill_browsers(process.pid):  # the next one may be about to start
                    assert process.poll() is None
                    time.sleep(0.05)
                killed += 1
            result = finish(process, tmp_path / "d")
        counters = portal.counters
        assert result.exit_status == 0, result.output
        assert result.matches(portal.sha256)
    assert killed == 2
    assert (counters["logins"], counters["logouts"]) == (1, 1)


@pytest.mark.threaded
def test_driver_that_hangs_is_ended_and_replaced(tmp_path: Path) -> None:
    """It takes the half minute that a browser is given to answer."""
    with running_portal("--vehicles", 24, "--vehicle-ms", 300, "--report-ms", 300) as portal:
        with at_work(portal, tmp_path, DIRECT_REPORTS="false", RETRY_TIMES=0) as process:
            wait_for_reports(process, tmp_path, 3)
            (driver,) = [one for one in psutil.Process(process.pid).children() if "run-driver" in one.cmdline()]
            driver.suspend()
            result = finish(process, tmp_path)
        assert result.exit_status == 0, result.output
        assert result.matches(portal.sha256)
    assert "has not answered for" in result.output


def kill_browsers(pid: int) -> int:
    """Kill a crawl's browsers: the parents of all their other processes."""
    killed = 0
    for process in psutil.Process(pid).children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):  # some end while one looks
            if "chrom" in process.name() and "--type=" not in " ".join(process.cmdline()):
                process.kill()
                killed += 1
    return killed


def test_interrupt_ends_the_rest_that_the_portal_asks_for(tmp_path: Path) -> None:
    switches = ("--vehicles", 30, "--report-ms", 1500, "--busy-above", 1, "--busy-seconds", 100)
    with running_portal(*switches) as portal, at_work(portal, tmp_path, ADAPTIVE_CONCURRENCY="false") as resting:
        while not portal.counters["busy"]:
            assert resting.poll() is None
            time.sleep(0.05)
        interrupt(resting)
        assert portal.counters["logouts"] == 1


def test_interrupt_ends_the_wait_for_a_portal_and_for_a_lock(tmp_path: Path) -> None:
    with running_portal("--vehicles", 30, "--report-ms", 100) as portal:
        with at_work(portal, tmp_path / "away") as away:
            wait_for_reports(away, tmp_path / "away", 2)
            be_down(portal, 3600)
            wait_for_line(away, "waiting for it")
            interrupt(away)
        be_down(portal, 0)
        with at_work(portal, tmp_path / "locked") as locked:
            wait_for_line(locked, "another session open")
            interrupt(locked)


@pytest.mark.threaded
def test_interrupt_ends_the_wait_for_a_portal_that_stands_still(tmp_path: Path) -> None:
    with running_portal("--vehicles", 30, "--report-ms", 100) as portal, at_work(portal, tmp_path) as silent:
        wait_for_reports(silent, tmp_path, 2)
        with frozen(portal.process):
            interrupt(silent)


def interrupt(process: subprocess.Popen[str]) -> None:
    """Interrupt and wait: ten seconds are promised; a machine with other work gets some more."""
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=25)
    assert process.returncode in (1, 2)


def test_second_run_after_a_refusal_of_connections(tmp_path: Path) -> None:
    """A portal that is not there at the start: said at once, in a sentence."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/ValuesOnline/"
    result = crawl(url, tmp_path / "d", PORTAL_WAIT=600)
    assert result.exit_status == 2
    assert "cannot be reached" in result.output
    assert "Traceback" not in result.output


SMALL_DISK = 'mount -t tmpfs -o size=900k none "$1" && shift && "$@"'


@pytest.mark.skipif(not may_mount(), reason="needs a mount namespace of its own")
def test_full_disk_stops_the_run_cleanly(tmp_path: Path) -> None:
    seen = 'ls "$0"/*/pdfs; sha256sum "$0"/*/pdfs/*.pdf'
    with running_portal("--vehicles", 40, "--report-ms", 50) as portal:
        crawl_it = f'{shlex.quote(sys.executable)} -m scrapy crawl inventory {" ".join(THREADED)}; echo "exit $?"'
        result = subprocess.run(
            ["unshare", "-rm", "sh", "-c", SMALL_DISK, "-", tmp_path, "sh", "-c", f"{crawl_it}; {seen}", tmp_path],
            env=crawl_environment(portal.url, tmp_path),
            cwd=REPO,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        counters, right = portal.counters, portal.sha256
    output = result.stdout + result.stderr
    assert "exit 1" in result.stdout, output
    assert "cannot be stored" in output, output
    assert "No space left on device" in output or "disk is full" in output
    assert "--- Logging error ---" not in output
    assert (counters["logins"], counters["logouts"]) == (1, 1)
    stored = dict(
        reversed(line.split()) for line in result.stdout.splitlines() if line.endswith(".pdf") and " " in line
    )
    assert 5 < len(stored) < 40
    assert set(stored.values()) <= set(right.values())
    assert ".part" not in result.stdout


def test_vehicle_gone_since_the_last_run_is_listed(tmp_path: Path) -> None:
    job = f"JOBDIR={tmp_path / 'job'}"
    with running_portal("--vehicles", 8) as portal:
        assert crawl(portal, tmp_path / "d", "-s", job).exit_status == 0
        port = portal.url.split(":")[2].split("/")[0]
    with running_portal("--vehicles", 8, "--sold", 2, "--port", port) as portal:
        result = crawl(portal, tmp_path / "d", "-s", job)
    assert result.exit_status == 0, result.output
    assert "2 vehicles have gone since the last run" in result.output
    figures = result.metrics
    assert (figures["departed"], figures["already"], figures["stored"], figures["inventory"]) == (2, 6, 0, 6)
    assert sum(bool(row["departed"]) for row in result.manifest.values()) == 2
    assert os.environ.get("JDP_TEST_THREADED") or len(result.digests) == 8


def test_portal_that_refuses_everybody_stops_the_run_and_no_vehicle_pays(
    tmp_path: Path,
) -> None:
    """A firewall begins to answer 403, to tabs and plain requests alike; the next run goes on where it ended."""
    job = f"JOBDIR={tmp_path / 'job'}"
    with running_portal("--vehicles", 24, "--report-ms", 100) as portal:
        with at_work(portal, tmp_path / "d", "-s", job, RETRY_TIMES=0, PORTAL_WAIT=3) as process:
            wait_for_reports(process, tmp_path / "d", 4)
            be_down(portal, 3600, "403")
            result = finish(process, tmp_path / "d")
        figures = result.metrics
        be_down(portal, 0)
        again = crawl(portal, tmp_path / "d", "-s", job)
        assert result.exit_status == 1
        assert figures["finish_reason"] == "portal_refuses", result.output
        assert "refuses one request after the other (HTTP 403" in figures["message"]
        assert figures["failed"] == 0, result.output
        assert again.exit_status == 0, again.output
        assert again.matches(portal.sha256)


def test_portal_under_maintenance_for_a_while_costs_no_try(tmp_path: Path) -> None:
    """It answers everything with an ordinary page."""
    with running_portal("--vehicles", 24, "--report-ms", 100) as portal:
        with at_work(portal, tmp_path, RETRY_TIMES=0) as process:
            wait_for_reports(process, tmp_path, 4)
            be_down(portal, 8, "page")
            result = finish(process, tmp_path)
        assert result.exit_status == 0, result.output
        assert result.matches(portal.sha256)
    assert "'Scheduled Maintenance'" in result.output
