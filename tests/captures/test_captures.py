"""Every capture that lies here, served again: the page objects read it, and a crawl brings all of its reports.

What comes from a dealership by mail becomes a test by being put here (docs/first-contact.md).
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from jdp.portal.addresses import inventory_url, login_url
from jdp.portal.pages.checks import check_inventory, check_vehicle
from jdp.portal.pages.grid import read_pages
from jdp.portal.pages.login import LoginAttempt, log_in
from jdp.portal.pages.vehicle import ask_for_report
from jdp.utils.secret import Secret
from tests.helpers.crawls import LIMIT, Portal, crawl, running_portal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jdp.items import Vehicle
    from tests.helpers.tabs import Tab

pytestmark = pytest.mark.slow

CAPTURES = sorted(path.parent for path in Path(__file__).parent.glob("*/capture.json"))


@pytest.fixture(params=CAPTURES, ids=lambda folder: folder.name)
def capture(request: pytest.FixtureRequest) -> Path:
    """Return each capture's folder."""
    return request.param


@pytest.fixture
def replayed(capture: Path) -> Iterator[Portal]:
    """Serve a capture again."""
    with running_portal("--replay", capture) as portal:
        yield portal


def told(capture: Path) -> dict[str, Any]:
    return json.loads((capture / "capture.json").read_text(encoding="utf-8"))


def test_page_objects_read_it(tab: Tab, capture: Path, replayed: Portal) -> None:
    tab.prepare()
    tab.open(login_url(replayed.url))
    signed_in = tab.run(log_in, LoginAttempt("anybody", Secret("anything"), lambda _: None), LIMIT).result()
    assert signed_in.licence_accepted is told(capture)["login"]["licence"]
    tab.open(inventory_url(replayed.url))
    assert [found.part for found in tab.run(check_inventory).result() if not found.ok] == []
    reading = tab.run(read_pages, 0, 2).result()
    assert reading.total == reading.row_count == len(told(capture)["vehicles"])
    read = [(each.reference, each.vin, each.row_id) for each in reading.vehicles]
    assert read == [(each["reference"], each["vin"], each["row_id"]) for each in told(capture)["vehicles"]]
    tab.open(inventory_url(replayed.url))
    assert [found.part for found in tab.run(check_vehicle).result() if not found.ok] == []
    _expect_each_asked_for(tab, capture, replayed, reading.vehicles[-1])


def _expect_each_asked_for(tab: Tab, capture: Path, replayed: Portal, vehicle: Vehicle) -> None:
    """Ask for a report as the crawl does, where the capture has one."""
    if told(capture)["report"] is None:
        return
    tab.prepare(capture=True)
    tab.open(vehicle.href or inventory_url(replayed.url))
    ask = tab.run(ask_for_report, vehicle, time.monotonic() + LIMIT, alone=False).result()
    assert ask.method == told(capture)["report"]["request"]["method"]


def test_crawl_brings_all_reports(capture: Path, replayed: Portal, tmp_path: Path) -> None:
    if told(capture)["report"] is None:
        pytest.skip("it was recorded without a report")
    result = crawl(replayed, tmp_path)
    assert result.exit_status == 0, result.output
    assert result.matches(replayed.sha256)
    assert len(result.digests) == len(told(capture)["vehicles"])
    assert replayed.counters["sessions_open"] == 0
