"""The inventory page: rows, pager, filter, links."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urljoin

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jdp.exceptions import PageMismatchError, SessionExpiredError, TabFailedError, VehicleGoneError
from jdp.items import Vehicle
from jdp.portal.pages import grid, grid_turn
from jdp.portal.pages.grid import GridReading, open_vehicle, parse_rows, read_pages
from jdp.portal.tab.step import step
from tests.helpers.site import PAGES, Answer

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.helpers.site import Site
    from tests.helpers.tabs import Tab

ALL = 32


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait a second for what never comes, instead of a minute."""
    for module, name in ((grid, "READY_SECONDS"), (grid_turn, "CLIENT_SECONDS")):
        monkeypatch.setattr(module, name, 1.0)
    monkeypatch.setattr(grid, "SETTLED_POLLS", 3)


@step
async def opened(page: Page, vehicle: Vehicle) -> str:
    await open_vehicle(page, vehicle)
    return page.url


def paged(site: Site, **how: object) -> str:
    return site.url(f"grid_paged.html?{urlencode(how)}")


def expected(site: Site, name: str, **changes: Any) -> GridReading:
    """Return the saved reading of a page, its links at this site."""
    saved = {**json.loads((PAGES / f"{name}.json").read_text(encoding="utf-8")), **changes}
    vehicles = [Vehicle(**vehicle) for vehicle in saved.pop("vehicles")]
    linked = [Vehicle(**{**asdict(v), "href": v.href and urljoin(site.url(), v.href)}) for v in vehicles]
    return GridReading(vehicles=linked, **saved)


def vehicle_of(name: str, reference: str) -> Vehicle:
    saved = json.loads((PAGES / f"{name}.json").read_text(encoding="utf-8"))["vehicles"]
    return next(Vehicle(**vehicle) for vehicle in saved if vehicle["reference"] == reference)


# Reading


def test_grid_one_page(tab: Tab, site: Site) -> None:
    tab.open(site.url("grid_plain.html"))
    assert tab.run(read_pages, 0, 1).result() == expected(site, "grid_plain")


def test_grid_all_pages(tab: Tab, site: Site) -> None:
    tab.open(paged(site))
    assert tab.run(read_pages, 0, ALL).result() == expected(site, "grid_paged")


def test_grid_some_pages(tab: Tab, site: Site) -> None:
    tab.open(paged(site))
    reading = tab.run(read_pages, 1, 1).result()
    assert reading == expected(site, "grid_paged", row_count=2, vehicles=[asdict(v) for v in reading.vehicles])
    assert reading.vehicles == expected(site, "grid_paged").vehicles[2:4]


@pytest.mark.parametrize(
    "how",
    [
        {"late": 1},
        {"name": "gridOfVehicles"},
        {"index": 2},
    ],
)
def test_grid_all_pages_however_it_begins(tab: Tab, site: Site, how: dict[str, object]) -> None:
    tab.open(paged(site, **how))
    assert tab.run(read_pages, 0, ALL).result() == expected(site, "grid_paged")


def test_grid_with_a_saved_filter(tab: Tab, site: Site) -> None:
    tab.open(paged(site, filtered=1))
    assert tab.run(read_pages, 0, ALL).result() == expected(site, "grid_paged", cleared=True)


def test_grid_filter_that_stays_named(tab: Tab, site: Site) -> None:
    tab.open(paged(site, filtered=1, stubborn=1))
    with pytest.raises(
        PageMismatchError, match=r"inventory page: a\[class\*='FilterBarLink'\]\[onclick\*='ClearFilter'\]"
    ):
        tab.run(read_pages, 0, ALL).result()


def test_grid_empty_beside_a_hidden_clear_link(tab: Tab, site: Site) -> None:
    tab.open(site.url("grid_empty.html"))
    reading = tab.run(read_pages, 0, 1).result()
    assert reading == GridReading([], row_count=0, nameless=0, pages=1, total=None, cleared=False)


def test_grid_total_of_the_pager(tab: Tab, site: Site) -> None:
    totals = {
        "Page {page} of {pages} (1820 items)": 1820,
        "Page {page} of {pages} (1,820 items)": 1820,
        "Page {page} of {pages} (1.820 items)": 1820,
        "Page {page} of {pages} (1\u00a0820 items)": 1820,
        "Page {page} of {pages} (1\u202f820 items)": 1820,
        "Page {page} of {pages}\n(12,001,820 items) ": 12_001_820,
        "Page {page} of {pages} (1 item)": 1,
        "Page {page} of {pages}": None,
    }
    for summary, total in totals.items():
        tab.open(paged(site, summary=summary))
        assert (summary, tab.run(read_pages, 0, 1).result().total) == (summary, total)


def test_grid_callback_error_fails_the_tab(tab: Tab, site: Site) -> None:
    tab.open(paged(site, fails=1))
    with pytest.raises(TabFailedError, match="CallbackError: HTTP 500"):
        tab.run(read_pages, 0, ALL).result()


def test_grid_callback_error_of_a_dead_session(tab: Tab, site: Site) -> None:
    tab.open(paged(site, fails=1))
    site.leads("grid_paged.html", "login.html", "GET")
    with pytest.raises(SessionExpiredError, match="inventory page"):
        tab.run(read_pages, 0, ALL).result()


def test_grid_page_beyond_the_last_shows_no_new_rows(tab: Tab, site: Site) -> None:
    tab.open(paged(site))
    reading = tab.run(read_pages, 7, ALL).result()
    assert (reading.pages, reading.total) == (3, 5)
    assert {vehicle.reference for vehicle in reading.vehicles} <= {"165534"}


def test_grid_login_form_instead(tab: Tab, site: Site) -> None:
    site.leads("grid_paged.html", "login.html", "GET")
    tab.open(paged(site))
    with pytest.raises(SessionExpiredError, match="inventory page"):
        tab.run(read_pages, 0, ALL).result()


def test_grid_other_page_named(tab: Tab, site: Site) -> None:
    tab.open(site.url("something_else.html"))
    outcome = tab.run(read_pages, 0, ALL)
    with pytest.raises(PageMismatchError, match=r"inventory page: nothing matches tr.*_DXDataRow.* or .*'Maintenance'"):
        outcome.result()
    assert outcome.error.snapshot.reveal().screenshot


def test_grid_column_missing_named(tab: Tab, site: Site) -> None:
    tab.open(site.url("grid_other_headers.html"))
    with pytest.raises(
        PageMismatchError, match=r"inventory page: no tr.*_DXHeadersRow.* reads .*'stock number'.*\['unit', 'vin'\]"
    ):
        tab.run(read_pages, 0, ALL).result()


def test_grid_more_pages_without_client_object_named(tab: Tab, site: Site) -> None:
    """Its pager tells of a second page that nothing turns to: a reading of one page would be silently short."""
    tab.open(site.url("grid_no_client.html"))
    with pytest.raises(PageMismatchError, match=r"inventory page: .*vehicleGridView"):
        tab.run(read_pages, 0, ALL).result()


def test_rows_prefer_reference_number_over_stock_number() -> None:
    rows = [{"cells": ["S-1", "165530"], "id": "bookOutButton_9", "href": ""}]
    assert parse_rows(["Stock Number", " reference\n NUMBER "], rows, 4) == [Vehicle("165530", "9", page=4)]


def test_rows_with_other_cells_than_headers_refused() -> None:
    rows = [{"cells": ["165530"], "id": "", "href": ""}]
    with pytest.raises(PageMismatchError, match="1 cells under 2 headers"):
        parse_rows(["Reference Number", "VIN"], rows, 0)


@given(st.lists(st.text(st.characters()), min_size=3, max_size=3), st.text(st.characters()), st.text(st.characters()))
def test_rows_of_any_text_can_be_kept(cells: list[str], link: str, href: str) -> None:
    headers = ["Reference Number", "VIN", "Description"]
    (vehicle,) = parse_rows(headers, [{"cells": cells, "id": link, "href": href}], 0)
    assert all(text.encode() or not text for text in (vehicle.reference, vehicle.row_id, vehicle.vin, vehicle.href))
    assert vehicle.description.encode().decode() == vehicle.description


def test_half_a_character_is_escaped() -> None:
    (vehicle,) = parse_rows(["Reference Number"], [{"cells": ["1\ud800"], "id": "", "href": ""}], 0)
    assert vehicle.reference == "1\\ud800"


def test_cell_without_end_is_cut(tab: Tab, site: Site) -> None:
    table = "<table><tr><td class=dxgvHeader>Reference Number</td></tr>"
    row = f"<tr class=dxgvDataRow id=g_DXDataRow0><td>{'7' * 1_000_000}</td></tr></table>"
    site.answers["GET", "endless"] = Answer(body=(table + row).encode())
    tab.open(site.url("endless"))
    (vehicle,) = tab.run(read_pages, 0, ALL).result().vehicles
    assert vehicle.reference == "7" * 1000


# Opening a vehicle from its row


@pytest.mark.parametrize(
    ("reference", "page"), [("165530", 0), ("165534", 2), ("165534", 0), ("165532", 9), ("165530", 1)]
)
def test_vehicle_opened_wherever_its_row_is_now(tab: Tab, site: Site, reference: str, page: int) -> None:
    tab.open(paged(site))
    vehicle = vehicle_of("grid_paged", reference)
    moved = Vehicle(vehicle.reference, vehicle.row_id, page=page)
    assert tab.run(opened, moved).result() == site.url(f"vehicle.html?shows={reference}")


@pytest.mark.parametrize("vehicle", [Vehicle("165531", "70"), Vehicle("999999", "70"), Vehicle("165531A", "71")])
def test_vehicle_that_has_no_such_row_is_gone(tab: Tab, site: Site, vehicle: Vehicle) -> None:
    tab.open(paged(site))
    with pytest.raises(VehicleGoneError, match=f"inventory page: {vehicle.reference} is on none of its 3 pages"):
        tab.run(opened, vehicle).result()
    assert tab.page.url == paged(site)


def test_vehicle_without_link_named(tab: Tab, site: Site) -> None:
    tab.open(paged(site))
    tab.page.set_default_timeout(1000)
    with pytest.raises(PageMismatchError, match=r"inventory page.*bookOutButton_"):
        tab.run(opened, vehicle_of("grid_paged", "165533")).result()


def test_vehicle_number_that_is_no_plain_selector(tab: Tab, site: Site) -> None:
    hostile = 'a"b]\\'
    click = "location='home.html'; return false"
    link = f"<a id='bookOutButton_a&quot;b]\\' title=Bookout href='#' onclick=\"{click}\">x</a>"
    table = "<table><tr><td class=dxgvHeader>Reference Number</td><td class=dxgvHeader>Bookout</td></tr>"
    row = f"<tr class=dxgvDataRow id=g_DXDataRow0><td>165530</td><td>{link}</td></tr></table>"
    site.answers["GET", "hostile"] = Answer(body=(table + row).encode())
    tab.open(site.url("hostile"))
    assert tab.run(opened, Vehicle("165530", hostile)).result() == site.url("home.html")


def test_vehicle_whose_link_meets_the_login_form_behind_the_page(tab: Tab, site: Site) -> None:
    link = "<a id=bookOutButton_7 title=Bookout href='#' onclick=\"fetch('select'); return false\">x</a>"
    table = "<table><tr><td class=dxgvHeader>Reference Number</td><td class=dxgvHeader>Bookout</td></tr>"
    row = f"<tr class=dxgvDataRow id=g_DXDataRow0><td>165530</td><td>{link}</td></tr></table>"
    site.answers["GET", "silent"] = Answer(body=(table + row).encode())
    site.leads("select", "login.html", "GET")
    tab.prepare()
    tab.open(site.url("silent"))
    with pytest.raises(SessionExpiredError, match="inventory page: the session ended"):
        tab.run(opened, Vehicle("165530", "7")).result()
