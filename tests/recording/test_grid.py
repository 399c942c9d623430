"""Grids of every shape: what is noted of them, and whether they can be read again from a capture."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from jdp.portal.addresses import inventory_url
from jdp.portal.pages.grid import read_pages
from jdp.portal.tab.step import step
from jdp.recording.capture import write_capture
from jdp.recording.grid import walk_grid
from jdp.recording.recorder import Recorder
from tests.helpers.crawls import running_portal
from tests.helpers.parts import config_in
from tests.helpers.site import Answer
from tests.portal.pages.test_grid_cases import FOLDER, READ

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.async_api import Page

    from tests.helpers.site import Site
    from tests.helpers.tabs import Tab

pytestmark = pytest.mark.slow

# One of each way to turn pages and to come by a client object.
AGAIN = (
    "50_ellipsis_link_highlight",
    "87_endless",
    "00_plain",
    "15_both_scrolls",
    "16_bands",
    "57_row_template",
    "70_instance_other_name",
    "80_turn",
    "88_postback",
)
MODES = {"80_turn": "callback", "87_endless": "endless", "88_postback": "load", "00_plain": "single page"}


@step
async def see_login(page: Page, recorder: Recorder) -> None:
    await recorder.see(page, "login page")


def recorded(tab: Tab, site: Site, tmp_path: Path, name: str) -> Recorder:
    """Record a case as the inventory of a portal."""
    for path in FOLDER.iterdir():
        kind = "text/javascript" if path.suffix == ".js" else "text/html; charset=utf-8"
        site.answers["GET", path.name] = Answer(body=path.read_bytes(), headers={"Content-Type": kind})
        site.answers["GET", f"vehicle/{path.name}"] = site.answers["GET", path.name]
    recorder = Recorder(config_in(tmp_path, PORTAL_URL=site.url()))
    tab.prepare(record=True)
    tab.open(site.url("login.html"))
    tab.run(see_login, recorder).result()
    tab.open(site.url(f"vehicle/{name}.html"))
    tab.run(walk_grid, recorder).result()
    return recorder


@pytest.mark.parametrize("name", MODES)
def test_way_of_turning_pages_is_noted(tab: Tab, site: Site, tmp_path: Path, name: str) -> None:
    recorder = recorded(tab, site, tmp_path, name)
    assert recorder.grid is not None
    assert recorder.grid.mode == MODES[name]


@pytest.mark.parametrize("name", AGAIN)
def test_grid_is_read_again_from_its_capture(tab: Tab, site: Site, tmp_path: Path, name: str) -> None:
    recorder = recorded(tab, site, tmp_path, name)
    write_capture(recorder, tmp_path / "capture")
    told = json.loads((tmp_path / "capture" / "capture.json").read_text(encoding="utf-8"))
    with running_portal("--replay", tmp_path / "capture") as portal:
        tab.renew()
        tab.open(portal.url + "__replay/in")
        tab.open(inventory_url(portal.url))
        reading = tab.run(read_pages, 0, 2).result()
    assert [each.reference for each in reading.vehicles] == [each["reference"] for each in told["vehicles"]]
    assert reading.total in (len(recorder.vehicles), None)


@pytest.mark.parametrize("case", READ, ids=lambda case: case["page"])
def test_no_shape_of_a_grid_gives_its_vehicles_away(tab: Tab, site: Site, tmp_path: Path, case: dict[str, Any]) -> None:
    recorder = recorded(tab, site, tmp_path, case["page"].removesuffix(".html"))
    write_capture(recorder, tmp_path / "capture")
    marks = {each for vehicle in recorder.vehicles for each in (vehicle.reference, vehicle.vin) if each}
    texts = [path.read_text(encoding="utf-8") for path in (tmp_path / "capture").rglob("*.[hj][ts][mo]*")]
    assert [mark for mark in marks for text in texts if mark in text] == []
