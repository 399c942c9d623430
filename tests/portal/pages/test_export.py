"""The export menu, and the CSV behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jdp.exceptions import PageMismatchError, SessionExpiredError
from jdp.portal.pages import export
from jdp.portal.pages.export import export_references, parse_csv
from tests.helpers.site import Answer

if TYPE_CHECKING:
    from tests.helpers.site import Site
    from tests.helpers.tabs import Tab

LINES = (
    'Year,"Make, Model",Reference Number,VIN\r\n2021,"Ford ""Focus""",165530,X\r\n2022,Coup\u00e9,165598A,\r\n,,,\r\n'
)
DOWNLOAD = {"Content-Type": "text/csv", "Content-Disposition": "attachment; filename=inventory.csv"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_export_through_the_menu(tab: Tab, site: Site, encoding: str) -> None:
    site.answers["GET", "Export"] = Answer(body=LINES.encode(encoding), headers=DOWNLOAD)
    tab.open(site.url("export.html"))
    assert tab.run(export_references).result() == ["165530", "165598A"]
    assert len(site.asked_for("Export")) == 1


def test_export_menu_missing_named(tab: Tab, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "SECONDS", 1.0)
    tab.open(site.url("something_else.html"))
    with pytest.raises(PageMismatchError, match="export menu: nothing matches #primaryMenu_DXI4_T"):
        tab.run(export_references).result()


def test_export_login_form_instead(tab: Tab, site: Site) -> None:
    site.leads("export.html", "login.html", "GET")
    tab.open(site.url("export.html"))
    with pytest.raises(SessionExpiredError, match="inventory page"):
        tab.run(export_references).result()


def test_csv_references_in_their_order() -> None:
    assert parse_csv(LINES) == ["165530", "165598A"]


def test_csv_reference_alone() -> None:
    assert parse_csv(" Reference Number \n165531\n165530\n") == ["165531", "165530"]


def test_csv_of_vehicles_that_share_a_number() -> None:
    rows = ["165530,X,12 miles", "165530,Y,9 miles", "165530,X,13 miles", "165531"]
    assert parse_csv("\n".join(["Reference Number,VIN,Mileage", *rows])) == ["165530", "165530", "165531"]


def test_csv_empty_inventory() -> None:
    assert parse_csv("Reference Number,VIN\r\n") == []


@pytest.mark.parametrize("text", ["", "Year,VIN\n2021,X\n", "<!doctype html><title>Error</title>"])
def test_csv_column_missing_named(text: str) -> None:
    with pytest.raises(PageMismatchError, match="no column 'Reference Number'"):
        parse_csv(text)
