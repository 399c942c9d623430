"""Reports without a tab: learned from two vehicles, never trusted, and given up when the site changes."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING

import pytest

from tests.helpers.crawls import Crawl, Portal, crawl, running_portal, start_crawl

if TYPE_CHECKING:
    from pathlib import Path

VEHICLES = 20
FOUR = ("-s", "CONCURRENT_REQUESTS=4")


def stats(result: Crawl, name: str) -> int:
    return int(result.metrics["stats"].get(f"jdp/direct/{name}", 0))


def assert_all_right(result: Crawl, portal: Portal) -> None:
    assert result.exit_status == 0, result.output
    assert result.matches(portal.sha256)
    assert (portal.counters["logins"], portal.counters["logouts"]) == (1, 1)


@pytest.mark.parametrize(
    "options",
    [
        ("--report-redirect", "--renew-cookie", "--vehicle-key", "guid"),
        ("--vehicle-page", "session", "--bookout", "script"),
        ("--report-link", "form", "--vehicle-key", "suffix", "--serialize-session"),
        ("--report-link", "form", "--forgery-per-page"),
        ("--report-link", "token", "--token-uses", 1, "--call-json"),
        ("--report-link", "token", "--antiforgery", "--forgery-header", "--forgery-per-page", "--logout", "form"),
    ],
    ids=lambda options: " ".join(map(str, options)),
)
def test_site_that_can_be_learned(options: tuple[object, ...], tmp_path: Path) -> None:
    with running_portal("--vehicles", VEHICLES, *options) as portal:
        result = crawl(portal, tmp_path, *FOUR)
        assert_all_right(result, portal)
        assert set(portal.counters["reports_made"].values()) == {1}
        assert portal.counters["direct_reports"] >= VEHICLES // 3
        assert stats(result, "failed") == 0


def test_token_in_the_page_takes_the_page_but_no_tab(tmp_path: Path) -> None:
    with running_portal("--vehicles", VEHICLES, "--report-link", "token", "--token-from", "page") as portal:
        result = crawl(portal, tmp_path, *FOUR)
        assert_all_right(result, portal)
    assert stats(result, "right") >= VEHICLES // 3


@pytest.mark.threaded
def test_site_that_changes_in_the_middle_costs_time_only(tmp_path: Path) -> None:
    with running_portal("--vehicles", 40, "--scheme-change", 16) as portal:
        result = crawl(portal, tmp_path, *FOUR)
        assert_all_right(result, portal)
        assert set(portal.counters["reports_made"].values()) == {1}
    assert result.output.count("Asking for reports directly is switched off after 5 failures in a row") == 1
    assert stats(result, "learned") == 2


def test_wrong_direct_answers_go_to_a_tab(tmp_path: Path) -> None:
    with running_portal("--vehicles", 24, "--fault=direct-wrong=0.2") as portal:
        result = crawl(portal, tmp_path, *FOUR)
        assert_all_right(result, portal)
        struck = portal.counters["faults_struck"]["direct-wrong"]
    assert struck > 0
    assert stats(result, "failed") == struck
    assert {row["tries"] for row in result.manifest.values()} == {"1"}


def test_site_that_wants_its_page_opened_first(tmp_path: Path) -> None:
    with running_portal("--vehicles", 24, "--page-first") as portal:
        result = crawl(portal, tmp_path, *FOUR)
        assert_all_right(result, portal)
        assert set(portal.counters["reports_made"].values()) == {1}
    assert "switched off" in result.output


def test_unproven_direct_report_is_made_once(tmp_path: Path) -> None:
    with running_portal("--vehicles", VEHICLES, "--fault=no-label=0.3") as portal:
        result = crawl(portal, tmp_path, *FOUR)
        counters = portal.counters
    assert result.exit_status == 1
    assert len(list(result.run.glob("run_data/unproven/*.pdf"))) == counters["faults_struck"]["no-label"]
    assert set(counters["reports_made"].values()) == {1}


def test_next_run_proves_what_was_learned_and_opens_no_vehicle(tmp_path: Path) -> None:
    """Another night, another JOBDIR: what is kept is kept for the account and the portal."""
    with running_portal("--vehicles", VEHICLES) as portal:
        crawl(portal, tmp_path, *FOUR, "-a", "max_downloads=6")
        (learned,) = tmp_path.glob(".learned/*.json")
        assert os.name == "nt" or learned.stat().st_mode & 0o777 == 0o600
        opened = sum(portal.counters["vehicle_pages"].values())
        result = crawl(portal, tmp_path, *FOUR)
        assert result.exit_status == 0, result.output
        assert result.matches(portal.sha256)
        assert sum(portal.counters["vehicle_pages"].values()) == opened


def test_next_run_at_a_site_that_has_changed_learns_anew(tmp_path: Path) -> None:
    job = f"JOBDIR={tmp_path / 'job'}"
    with running_portal("--vehicles", VEHICLES, "--scheme-change", 10) as portal:
        crawl(portal, tmp_path / "d", *FOUR, "-s", job, "-a", "max_downloads=10")
        result = crawl(portal, tmp_path / "d", *FOUR, "-s", job)
        assert result.exit_status == 0, result.output
        assert result.matches(portal.sha256)
    assert "switched off after 1 failures in a row" in result.output


def test_vehicles_queued_before_the_way_was_learned_take_it(tmp_path: Path) -> None:
    """All vehicles are in the queue before the second one has taught the way."""
    job = f"JOBDIR={tmp_path / 'job'}"
    with running_portal("--vehicles", VEHICLES, "--page-size", VEHICLES, "--report-ms", 200) as portal:
        process = start_crawl(portal.url, tmp_path / "d", *FOUR, "-s", job, "-s", "DIRECT_REPORTS=false")
        while process.poll() is None and portal.counters["reports_total"] < 3:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
        assert portal.counters["direct_reports"] == 0
        result = crawl(portal, tmp_path / "d", *FOUR, "-s", job)
        assert result.exit_status == 0, result.output
        assert result.matches(portal.sha256)
        assert portal.counters["direct_reports"] > 0
        assert set(portal.counters["reports_made"].values()) == {1}


@pytest.mark.threaded
def test_session_that_ends_is_renewed_while_no_browser_is_there(tmp_path: Path) -> None:
    """The browser was let go; a lost session brings it back, with the key of the form read anew."""
    options = ("--vehicles", 120, "--report-ms", 800, "--report-link", "form", "--session-requests", 110)
    with running_portal(*options) as portal:
        result = crawl(portal, tmp_path, "-s", "CONCURRENT_REQUESTS=4")
        assert result.exit_status == 0, result.output
        assert result.matches(portal.sha256)
        assert portal.counters["logins"] >= 2
        assert portal.counters["logouts"] == 1
        assert portal.counters["sessions_open"] == 0
    assert result.metrics["stats"]["playwright/browser_count"] >= 2
    assert result.metrics["failed"] == 0
