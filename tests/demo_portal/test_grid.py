"""The inventory page, its callbacks and the export."""

import csv
import io
import re

import pytest
from parsel import Selector

from tests.helpers.visitor import INVENTORY, Visit, Visitor, references, row_ids

EXPORT = INVENTORY + "ExportTo?format=csv&columns=all"


def exported(visitor: Visitor) -> list[list[str]]:
    """Return the export's rows, header first."""
    return list(csv.reader(io.StringIO(visitor.get(EXPORT).content.decode("utf-8-sig"), newline="")))


def walked(visitor: Visitor, pages: int) -> list[str]:
    """Return the references of all pages, one after the other."""
    found = references(visitor.inventory())
    for page in range(1, pages):
        found += references(visitor.callback("GOTOPAGE", str(page))["rows"])
    return found


def test_grid_markup(visit: Visit) -> None:
    page = visit().inventory()
    assert page.css("table#vehicleGridView, table#vehicleGridView_DXMainTable")
    assert page.css("td.dxgvHeader::text").getall()[1:3] == ["Reference Number", "Year"]
    assert page.css("tr.dxgvDataRow::attr(id)").getall() == [f"vehicleGridView_DXDataRow{n}" for n in range(20)]
    assert page.css(".dxp-summary::text").get() == "Page 1 of 3 (60 items)"
    assert page.css(".dxp-current::text").get() == "1"
    assert page.css("a.dxp-num::text").getall() == ["2", "3"]
    assert len(page.css("#StockNumberInput")) == 1
    assert len(page.css("a[id^='bookOutButton_'][title='Bookout'] img[title='Bookout'][src*='book.png']")) == 20
    assert len(page.css("#primaryMenu_DXI4_T, #primaryMenu_DXI4i1_T, #primaryMenu_DXI4i1i2_")) == 3


def test_references_and_vins_look_right(visit: Visit) -> None:
    rows = exported(visit("--vehicles", "300"))
    header, body = rows[0], rows[1:]
    found = [row[header.index("Reference Number")] for row in body]
    assert all(re.fullmatch(r"\d{6}[A-Z]?", reference) for reference in found)
    lettered = [reference for reference in found if reference[-1].isalpha()]
    assert lettered
    assert all(reference[:6] in found for reference in lettered)
    vins = {row[header.index("VIN")] for row in body}
    assert len(vins) == 300
    assert all(re.fullmatch(r"[A-HJ-NPR-Z0-9]{17}", vin) for vin in vins)


def test_callback_pages(visit: Visit) -> None:
    visitor = visit()
    first = references(visitor.inventory())
    second = visitor.callback("NEXTPAGE")
    assert (second["pageIndex"], second["pageCount"]) == (1, 3)
    assert 'id="vehicleGridView_DXDataRow20"' in second["rows"]
    third = visitor.callback("GOTOPAGE", "2")
    assert "Page 3 of 3 (60 items)" in third["footer"]
    assert references(visitor.callback("PREVPAGE", page=1)["rows"]) == first
    assert visitor.callback("GOTOPAGE", "99")["pageIndex"] == 2
    assert visitor.get("/_demo/counters").json()["grid_callbacks"] == 4


def test_walk_sees_every_vehicle_once(visit: Visit) -> None:
    visitor = visit("--vehicles", "45", "--page-size", "10")
    assert walked(visitor, 5) == [row[0] for row in exported(visitor)[1:]]


@pytest.mark.parametrize(
    ("match", "wanted", "found"),
    [
        ("begins", "165547", ["165547", "165547B"]),
        ("equals", "165547", ["165547"]),
        ("contains", "5547", ["165547", "165547B"]),
        ("begins", "5547", []),
    ],
)
def test_filter_match(visit: Visit, match: str, wanted: str, found: list[str]) -> None:
    answer = visit("--filter-match", match).callback("FILTER", wanted)
    assert references(answer["rows"]) == found
    assert ("No data to paginate" in answer["footer"]) == (not found)


def test_filter_is_saved_across_logout(visit: Visit) -> None:
    visitor = visit()
    visitor.callback("FILTER", "165547")
    visitor.log_out()
    page = visitor.enter().inventory()
    assert references(page) == ["165547", "165547B"]
    assert page.css("#StockNumberInput::attr(value)").get() == "165547"
    assert page.css("a.dxgvFilterBarLink[onclick*='ClearFilter']")
    assert not page.css("a.dxgvFilterBarLink[onclick*='ShowFilterControl']")
    visitor.callback("CLEARFILTER", stock_filter="165547")
    page = visitor.inventory()
    assert len(references(page)) == 20
    assert not page.css("a.dxgvFilterBarLink[onclick*='ClearFilter']")
    assert page.css("a.dxgvFilterBarLink[onclick*='ShowFilterControl']")


def test_saved_filter_from_the_start_with_clear_beside_show(visit: Visit) -> None:
    page = visit("--saved-filter", "16554", "--clear-beside-show").inventory()
    assert 0 < len(references(page)) < 20
    assert len(page.css("a.dxgvFilterBarLink")) == 2


def test_state_by_tab_or_session(visit: Visit) -> None:
    by_tab, by_session = visit(), visit("--grid-state", "session")
    for visitor in (by_tab, by_session):
        visitor.callback("GOTOPAGE", "1")
    assert by_tab.inventory().css(".dxp-current::text").get() == "1"
    assert by_session.inventory().css(".dxp-current::text").get() == "2"
    assert by_session.callback("NEXTPAGE", page=0)["pageIndex"] == 2


def test_first_rows_by_callback(visit: Visit) -> None:
    visitor = visit("--first-rows", "callback")
    page = visitor.inventory()
    assert not references(page)
    assert not page.css(".dxp-summary")
    assert len(references(visitor.callback("REFRESH")["rows"])) == 20


@pytest.mark.parametrize(("columns", "header"), [("shuffled", "Reference Number"), ("stock", "Stock Number")])
def test_columns_elsewhere(visit: Visit, columns: str, header: str) -> None:
    page = visit("--columns", columns).inventory()
    headers = [cell.css("::text").get("").strip() for cell in page.css("td.dxgvHeader")]
    place = headers.index(header)
    cells = page.css(f"tr.dxgvDataRow td.dxgv:nth-child({place + 1})::text").getall()
    assert place != 1 or columns == "stock"
    assert all(re.fullmatch(r"\d{6}[A-Z]?", cell) for cell in cells)
    assert "VIN" in headers


def test_duplicates_are_counted_by_the_pager(visit: Visit) -> None:
    visitor = visit("--duplicates", "5")
    found = walked(visitor, 4)
    assert len(found) == 65
    assert len(set(found)) == 60
    assert "(65 items)" in visitor.inventory().css(".dxp-summary::text").get("")


def test_moving_rows_come_to_rest(visit: Visit) -> None:
    visitor = visit("--moving", "2")
    assert len(set(walked(visitor, 3))) < 60
    assert len(set(walked(visitor, 3))) == 60


def test_export_differs_as_asked(visit: Visit) -> None:
    visitor = visit("--csv-bom", "--csv-missing", "3", "--csv-extra", "2")
    assert visitor.get(EXPORT).content.startswith(b"\xef\xbb\xbf")
    listed, grid = {row[0] for row in exported(visitor)[1:]}, set(walked(visitor, 3))
    assert len(grid - listed) == 3
    assert len(listed - grid) == 2


def test_export_obeys_the_filter(visit: Visit) -> None:
    visitor = visit("--grid-state", "session")
    visitor.callback("FILTER", "165547")
    assert [row[0] for row in exported(visitor)[1:]] == ["165547", "165547B"]


def test_hostile_references_are_shown_as_text(visit: Visit) -> None:
    visitor = visit("--hostile", "10", "--vehicles", "30", "--page-size", "50")
    page = visitor.inventory()
    found = references(page)
    assert not page.css("tr.dxgvDataRow script, tr.dxgvDataRow b")
    for reference in ("../../etc/passwd", "TRAIL ", "<script>alert(1)</script>", "hostile1a", "hostile1A"):
        assert reference in found
    assert [row[0] for row in exported(visitor)[1:]] == found
    detail = Selector(visitor.open(row_ids(page)["<script>alert(1)</script>"]).text)
    assert detail.css("#vehicleReference::text").get() == "<script>alert(1)</script>"
