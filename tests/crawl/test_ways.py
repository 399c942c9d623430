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


@pytest.mark.parametrize("bookout", ["href", "script"])
@pytest.mark.parametrize("link", ["id", "token", "session", "form"])
def test_ways_of_asking(link: str, bookout: str, tmp_path: Path) -> None:
    with running_portal("--vehicles", VEHICLES, "--report-link", link, "--bookout", bookout) as portal:
        assert_all_right(portal, tmp_path)


@pytest.mark.parametrize(
    "options",
    [
        ("--report-link", "token", "--token-uses", 1),
        ("--report-link", "token", "--token-open", "before"),
        ("--report-link", "token", "--token-call", "session"),
        ("--report-link", "token", "--bookout", "script", "--vehicle-page", "session"),
        ("--vehicle-page", "session", "--bookout", "script"),
        ("--report-redirect", "--renew-cookie"),
        ("--antiforgery", "--logout", "form", "--licence", "always"),
        ("--first-rows", "callback", "--grid-state", "session", "--bookout", "script", "--page-size", 3),
        ("--columns", "stock", "--clear-beside-show", "--saved-filter", "9"),
        ("--columns", "shuffled", "--serialize-session"),
    ],
    ids=lambda options: " ".join(map(str, options)),
)
def test_switches(options: tuple[object, ...], tmp_path: Path) -> None:
    with running_portal("--vehicles", VEHICLES, *options) as portal:
        assert_all_right(portal, tmp_path)


@pytest.mark.parametrize(
    "options",
    [
        ("--create-pdf", "script", "--report-link", "session"),
        ("--create-pdf", "form", "--token-uses", 1, "--report-link", "token"),
        ("--create-pdf", "self", "--bookout", "script", "--vehicle-page", "session"),
        ("--create-pdf", "blob", "--report-link", "form", "--antiforgery", "--forgery-per-page"),
        ("--create-pdf", "download"),
    ],
    ids=lambda options: " ".join(map(str, options)),
)
def test_ways_of_showing(options: tuple[object, ...], tmp_path: Path) -> None:
    with running_portal("--vehicles", VEHICLES, *options) as portal:
        assert_all_right(portal, tmp_path)


def test_page_whose_script_fails_stops_the_run(tmp_path: Path) -> None:
    with running_portal("--vehicles", 5, "--create-pdf", "throws") as portal:
        result = crawl(portal, tmp_path)
        counters = portal.counters
    assert result.exit_status == 1
    assert "Result: exit_status=1 reason=page_broken inventory=5 stored=0" in result.output
    assert "a script of the page failed with 'The report viewer is not set up': so it went" in result.output
    assert (counters["reports_total"], counters["logins"], counters["logouts"]) == (0, 1, 1)


def test_session_decides_and_tabs_stay_serial(tmp_path: Path) -> None:
    with running_portal("--vehicles", VEHICLES, "--report-link", "session") as portal:
        output = assert_all_right(portal, tmp_path)
    assert "Reports belong to the session's current vehicle" in output


def test_resources_not_blocked(tmp_path: Path) -> None:
    with running_portal("--vehicles", VEHICLES) as portal:
        assert_all_right(portal, tmp_path, BLOCK_RESOURCES="false")
