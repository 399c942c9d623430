"""Pages in the shape of real DevExpress grids, each read by the project's own reading of the grid."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from jdp.exceptions import JdpError, PageMismatchError, SessionExpiredError, TabFailedError
from jdp.portal.pages.export import export_references
from jdp.portal.pages.grid import read_pages
from tests.helpers.site import PAGES, Answer

if TYPE_CHECKING:
    from tests.helpers.site import Site
    from tests.helpers.tabs import Tab

FOLDER = PAGES.parent / "grid"
CASES: list[dict[str, Any]] = json.loads((FOLDER / "cases.json").read_text(encoding="utf-8"))
READ = [case for case in CASES if isinstance(case["right"], list)]
MENUS = [case["page"] for case in CASES if case["page"].startswith("menu")]
# What the words of cases.json come down to: an error of this kind, with a sentence that names it.
REFUSED: dict[str, tuple[type[JdpError], str]] = {
    "21_group_collapsed.html": (PageMismatchError, "inventory page: .*groups .*_DXGroupRow.* are closed"),
    "44_filter_row_no_bar.html": (PageMismatchError, "inventory page: .*_DXFREditorcol0_I.* '165530'"),
    "89_login_as_error.html": (SessionExpiredError, "inventory page"),
    "91_login_inside.html": (SessionExpiredError, "inventory page"),
    "93_alert.html": (TabFailedError, "inventory page: .*the page says 'Server error'"),
}
ALL = 32


@pytest.fixture
def cases(site: Site) -> Site:
    """Serve the folder of cases."""
    for path in FOLDER.iterdir():
        kind = "text/javascript" if path.suffix == ".js" else "text/html; charset=utf-8"
        site.answers["GET", path.name] = Answer(body=path.read_bytes(), headers={"Content-Type": kind})
    site.answers["GET", "expired"] = site.answers["GET", "login.html"]
    return site


def test_every_case_is_tested() -> None:
    named = {case["page"] for case in READ} | set(REFUSED) | set(MENUS) | {"87_endless.html"}
    assert named == {case["page"] for case in CASES}


@pytest.mark.parametrize("case", READ, ids=lambda case: case["page"])
def test_case_is_read(tab: Tab, cases: Site, case: dict[str, Any]) -> None:
    tab.open(cases.url(case["page"]))
    reading = tab.run(read_pages, 0, ALL).result()
    assert [vehicle.reference for vehicle in reading.vehicles] == case["right"]
    assert reading.row_count == len(case["right"])
    assert reading.total in (len(case["right"]), None)
    if "right_total" in case:
        assert reading.total == case["right_total"]
    if "right_ids" in case:
        assert [vehicle.row_id for vehicle in reading.vehicles] == case["right_ids"]
    elif case["right"]:
        assert len({vehicle.row_id for vehicle in reading.vehicles} - {""}) == len(case["right"])


@pytest.mark.parametrize("page", REFUSED)
def test_case_is_refused(tab: Tab, cases: Site, page: str) -> None:
    kind, words = REFUSED[page]
    tab.open(cases.url(page))
    with pytest.raises(kind, match=words):
        tab.run(read_pages, 0, ALL).result()


def test_endless_paging_is_read_in_chunks_as_in_one(tab: Tab, cases: Site) -> None:
    tab.open(cases.url("87_endless.html"))
    whole = tab.run(read_pages, 0, ALL).result()
    tab.open(cases.url("87_endless.html"))
    first = tab.run(read_pages, 0, 1).result()
    tab.open(cases.url("87_endless.html"))
    rest = tab.run(read_pages, 1, 2).result()
    assert [vehicle.reference for vehicle in whole.vehicles] == [f"17000{n}" for n in range(7)]
    assert [one.reference for one in (*first.vehicles, *rest.vehicles)] == [one.reference for one in whole.vehicles]
    assert (whole.pages, first.pages, rest.pages) == (1, 3, 2)
    assert {whole.total, first.total, rest.total} == {7}


@pytest.mark.parametrize("page", MENUS)
def test_export_begins(tab: Tab, cases: Site, page: str) -> None:
    attachment = {"Content-Type": "text/csv", "Content-Disposition": "attachment; filename=inventory.csv"}
    cases.answers["GET", "export.csv"] = Answer(body=b"Reference Number\r\n165530\r\n", headers=attachment)
    tab.open(cases.url(page))
    assert tab.run(export_references).result() == ["165530"]
