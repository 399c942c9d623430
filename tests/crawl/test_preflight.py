"""`scrapy preflight`: what it says of a portal that is as it should be, of one that is not, and how it leaves it."""

from __future__ import annotations

import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.crawl.test_login import log_in_elsewhere
from tests.helpers.crawls import LIMIT, REPO, THREADED, Portal, crawl_environment, running_portal, start_crawl

if TYPE_CHECKING:
    from pathlib import Path


def start_preflight(portal: Portal | str, folder: Path, *arguments: object) -> subprocess.Popen[str]:
    """Start the command and return its process."""
    url = portal if isinstance(portal, str) else portal.url
    return subprocess.Popen(
        [sys.executable, "-m", "scrapy", "preflight", *THREADED, *map(str, arguments)],
        cwd=REPO,
        env=crawl_environment(url, folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
    )


def preflight(portal: Portal | str, folder: Path, *arguments: object) -> tuple[int, str]:
    """Run the command to its end; return its exit status and what it printed, each item on one line."""
    process = start_preflight(portal, folder, *arguments)
    output, _ = process.communicate(timeout=LIMIT)
    assert output.isascii()
    # A line is longer only where it holds nothing but what cannot be broken.
    assert all(len(line) < 80 or " " not in line.strip() for line in output.splitlines()), output
    return process.returncode, output.replace("\n      ", " ")


@pytest.mark.threaded
def test_portal_that_keeps_the_contract_in_its_own_way(tmp_path: Path) -> None:
    ways = ("--bookout", "script", "--logout", "form", "--antiforgery", "--renew-cookie", "--first-rows", "callback")
    with running_portal("--vehicles", 45, "--saved-filter", "1655", *ways) as portal:
        status, output = preflight(portal, tmp_path / "downloads", "--login")
        counters = portal.counters
    assert status == 0, output
    assert output.splitlines()[-1].startswith("Ready.")
    for line in (
        "browser: ",
        "disk: ",
        "clock: ",
        "login page: its button (#loginButton): 1",
        "licence agreement: its box (#agreementCheckBox): 1",
        "inventory page: rows (tr[id*='_DXDataRow']): ",
        "inventory page: link of a saved filter, which a run clears (a[class*='FilterBarLink']",
        "inventory page: vehicles read on the first page (tr[id*='_DXDataRow']): ",
        "inventory page, export menu: CSV (#primaryMenu_DXI4i1i2_): 1",
        "vehicle page, reports dialog: Create PDF (button:has-text('Create PDF')): 1",
        "logout: logged out",
    ):
        assert f"OK    {line}" in output
    assert (counters["logins"], counters["logouts"], counters["sessions_open"]) == (1, 1, 0)
    assert counters["reports_made"] == {}
    assert not (tmp_path / "downloads").exists()


def test_renamed_selectors_are_named_with_their_pages_and_it_logs_out(tmp_path: Path) -> None:
    renamed = ("Reference", "primaryMenu_DXI4i1_T", "reportButton")
    with running_portal("--vehicles", 3, *(f"--selector-change={name}=other" for name in renamed)) as portal:
        status, output = preflight(portal, tmp_path, "--login")
        counters = portal.counters
    assert status == 1
    assert (
        "FAIL  inventory page: column of references: nothing matches tr[id*='_DXHeadersRow'] > * that reads" in output
    )
    assert "FAIL  inventory page, export menu: all columns: nothing matches #primaryMenu_DXI4i1_T." in output
    assert "FAIL  vehicle page: Print/Email Reports: nothing matches button.reportButton:not(.requires" in output
    assert "correct it in jdp/portal/pages/vehicle.py" in output
    assert output.splitlines()[-1].startswith("Not ready: 3 of ")
    assert output.count("FAIL") == 3
    assert (counters["logins"], counters["logouts"], counters["sessions_open"]) == (1, 1, 0)


def test_renamed_selector_of_the_login_page_sends_no_password(tmp_path: Path) -> None:
    with running_portal("--vehicles", 3, "--selector-change", "passwordInput=pass") as portal:
        status, output = preflight(portal, tmp_path, "--login")
        assert portal.counters["login_attempts"] == 0
    assert status == 1
    assert "FAIL  login page: password: nothing matches #passwordInput." in output


def test_licence_that_cannot_be_ticked_is_named(tmp_path: Path) -> None:
    with running_portal("--vehicles", 3, "--selector-change", "agreementCheckBox=box") as portal:
        status, output = preflight(portal, tmp_path, "--login")
        assert portal.counters["sessions_open"] == 0
    assert status == 1
    assert "FAIL  licence agreement: its box: nothing matches #agreementCheckBox." in output
    assert output.count("FAIL") == 1


def test_session_that_is_open_elsewhere_is_told_and_not_waited_for(tmp_path: Path) -> None:
    with running_portal("--vehicles", 3, "--lock-seconds", 600) as portal:
        log_in_elsewhere(portal)
        status, output = preflight(portal, tmp_path, "--login")
        counters = portal.counters
    assert status == 1
    assert "FAIL  login: the account has another session open: log out where it is, or wait 5 minutes" in output
    assert (counters["login_attempts"], counters["sessions_open"]) == (2, 1)


@pytest.mark.threaded
def test_interrupt_logs_out(tmp_path: Path) -> None:
    with running_portal("--vehicles", 3, "--vehicle-ms", 2000) as portal:
        process = start_preflight(portal, tmp_path, "--login")
        assert process.stdout is not None
        next(line for line in process.stdout if "logged in as" in line)
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=60)
        assert (portal.counters["logouts"], portal.counters["sessions_open"]) == (1, 0)
    assert process.returncode == 1
    assert "stopped before everything was looked at" in output.replace("\n      ", " ")
    assert "Traceback" not in output


def test_session_of_a_killed_run_is_taken_up_and_ended(tmp_path: Path) -> None:
    job = tmp_path / "job"
    with running_portal("--vehicles", 200, "--report-ms", 3000, "--lock-seconds", 600) as portal:
        killed = start_crawl(portal.url, tmp_path / "d", "-s", f"JOBDIR={job}")
        assert killed.stdout is not None
        next(line for line in killed.stdout if ": stored (" in line)
        busy, while_at_work = preflight(portal, tmp_path / "d", "--login", "-s", f"JOBDIR={job}")
        killed.kill()
        killed.communicate()
        status, output = preflight(portal, tmp_path / "d", "--login", "-s", f"JOBDIR={job}")
        counters = portal.counters
    assert busy == 1
    assert f"FAIL  JOBDIR: another run is at work on {job}" in while_at_work
    assert "login page" not in while_at_work
    assert status == 0, output
    assert "note  JOBDIR: the last run did not end cleanly" in output
    assert "note  JOBDIR: it keeps the session of a run that was killed" in output
    assert (counters["login_attempts"], counters["logouts"], counters["sessions_open"]) == (1, 1, 0)
    assert not (job / "session.json").exists()


def test_wrong_settings_are_said_before_anything_else(tmp_path: Path) -> None:
    status, output = preflight("ftp://portal.test/", tmp_path)
    assert status == 1
    assert "FAIL  settings: PORTAL_URL='ftp://portal.test/' is not an http(s) address" in output
    assert output.splitlines()[-1] == "Not ready: 1 of 2 failed: settings."
