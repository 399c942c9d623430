"""Every way that the portal may ask for a report: the right files, one login, one logout, each report made once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.helpers.crawls import Portal, crawl, running_portal

if TYPE_CHECKING:
    from pathlib import Path

VEHICLES = 8


def assert_all_right(portal: Portal, folder: Path, *arguments: str, **environment: object) -> str:
    result = crawl(portal, folder, "-s", "CONCURRENT_REQUESTS=4", *arguments, **environment)
    counters = portal.counters
    assert result.exit_status == 0, result.output
    assert result.matches(portal.sha256)
    assert set(counters["reports_made"].values()) == {1}
    assert counters["reports_total"] == VEHICLES
    assert (counters["logins"], counters["logouts"]) == (1, 1)
    assert counters["requests_without_session_after_login"] == 0
    assert "scheduler/unserializable" not in result.metrics["stats"]
    return result.output


# Several switches in one crawl each; every combination of link and button: tests/acceptance/ways.py.
@pytest.mark.threaded
@pytest.mark.parametrize(
    "options",
    [
        (
            "--report-link",
            "id",
            "--bookout",
            "script",
            "--columns",
            "stock",
            "--clear-beside-show",
            "--saved-filter",
            9,
        ),
        ("--report-link", "token", "--token-uses", 1, "--bookout", "script", "--vehicle-page", "session"),
        (
            "--report-link",
            "token",
            "--token-open",
            "before",
            "--antiforgery",
            "--logout",
            "form",
            "--licence",
            "always",
        ),
        ("--report-link", "form", "--bookout", "script", "--first-rows", "callback", "--page-size", 3),
        ("--report-redirect", "--renew-cookie", "--columns", "shuffled", "--serialize-session"),
        ("--create-pdf", "form", "--token-uses", 1, "--report-link", "token"),
        ("--create-pdf", "self", "--bookout", "script", "--vehicle-page", "session", "--grid-state", "session"),
        ("--create-pdf", "blob", "--report-link", "form", "--antiforgery", "--forgery-per-page"),
        ("--create-pdf", "download", "--logout", "form"),
    ],
    ids=lambda options: " ".join(map(str, options)),
)
def test_ways_of_asking_and_showing(options: tuple[object, ...], tmp_path: Path) -> None:
    with running_portal("--vehicles", VEHICLES, *options) as portal:
        assert_all_right(portal, tmp_path)


@pytest.mark.threaded
@pytest.mark.parametrize(
    "options",
    [
        ("--report-link", "session", "--create-pdf", "script"),
        ("--report-link", "token", "--token-call", "session", "--bookout", "script"),
    ],
    ids=lambda options: " ".join(map(str, options)),
)
def test_session_decides_and_tabs_stay_serial(options: tuple[object, ...], tmp_path: Path) -> None:
    with running_portal("--vehicles", VEHICLES, *options) as portal:
        output = assert_all_right(portal, tmp_path)
        assert portal.counters["direct_reports"] == 0
    assert "Reports belong to the session's current vehicle" in output
    assert "directly" not in output


@pytest.mark.threaded
def test_page_whose_script_fails_stops_the_run(tmp_path: Path) -> None:
    with running_portal("--vehicles", 5, "--create-pdf", "throws") as portal:
        result = crawl(portal, tmp_path)
        counters = portal.counters
    assert result.exit_status == 1
    assert "Result: exit_status=1 reason=page_broken inventory=5 stored=0" in result.output
    assert "a script of the page failed with 'The report viewer is not set up': so it went" in result.output
    assert (counters["reports_total"], counters["logins"], counters["logouts"]) == (0, 1, 1)


def test_nothing_blocked_and_nothing_learned(tmp_path: Path) -> None:
    with running_portal("--vehicles", VEHICLES) as portal:
        assert_all_right(portal, tmp_path, BLOCK_RESOURCES="false", DIRECT_REPORTS="false")
        assert portal.counters["direct_reports"] == 0
        assert set(portal.counters["vehicle_pages"].values()) == {1}
