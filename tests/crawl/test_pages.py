"""Pages that are not alone: what hangs on them, lies over them, asks before them, or comes late."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.helpers.crawls import crawl, running_portal

if TYPE_CHECKING:
    from pathlib import Path

# Several kinds in one crawl each: whatever lets anybody through ends with every report, and in no long wait.
THROUGH = {
    "banner": ("--cover", "cookies", "--hangs", "image", "--hidden-login", "--licence-box", "hidden"),
    "survey": ("--cover", "survey", "--hangs", "script", "--licence-box", "clear", "--asks", "leave"),
    "trap": ("--cover", "trap-close", "--hangs", "chat", "--asks", "alert", "--ready-ms", 1500, "--bookout", "script"),
    "late": ("--moment-ms", 12_000, "--ready-ms", 1500, "--ready-by", "202", "--hangs", "font", "--logout", "form"),
}


@pytest.mark.threaded
@pytest.mark.parametrize("name", THROUGH)
def test_all_reports_come_past_what_is_on_the_pages(name: str, tmp_path: Path) -> None:
    with running_portal("--vehicles", 4, *THROUGH[name]) as portal:
        result = crawl(portal, tmp_path, *(["-a", "source=csv"] if name == "banner" else []))
        counters = portal.counters
        assert result.exit_status == 0, result.output
        assert result.matches(portal.sha256)
    assert (counters["logins"], counters["logouts"], counters["reports_total"]) == (1, 1, 4)
    assert set(counters["reports_begun"].values()) <= {1}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--cover", "trap", "--cover-on", "vehicle"), "'Values Online is read-only tonight"),
        (("--asks", "confirm"), "'This report counts towards your plan. Continue?'"),
    ],
)
def test_run_stops_after_the_first_vehicle_and_quotes_what_stops_it(
    options: tuple[str, ...], words: str, tmp_path: Path
) -> None:
    with running_portal("--vehicles", 4, *options) as portal:
        result = crawl(portal, tmp_path, REPORT_TIMEOUT=12)
        counters = portal.counters
    assert result.exit_status == 1, result.output
    assert words in result.metrics["message"]
    assert len(counters["vehicle_pages"]) <= 2  # the next one's turn may have begun while the run was being stopped
    assert counters["reports_total"] == 0
    assert (result.metrics["failed"], result.metrics["open"], counters["logouts"]) == (0, 4, 1)
    assert list(result.run.glob("run_data/evidence/page-vehicle/screenshot.png"))


def test_question_is_answered_with_yes_where_somebody_said_so(tmp_path: Path) -> None:
    with running_portal("--vehicles", 3, "--asks", "confirm") as portal:
        result = crawl(portal, tmp_path, ACCEPT_DIALOGS="true")
        assert result.exit_status == 0, result.output
        assert result.matches(portal.sha256)
    assert result.output.count("and was told yes (ACCEPT_DIALOGS)") == 1
