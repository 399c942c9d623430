"""`scrapy preflight --login --record`: what it keeps of a portal that hides whose it is."""

from __future__ import annotations

import base64
import html
import json
import re
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

import pytest

from demo_portal.confiding import FIRM, MAIL, OWNER, STREET
from demo_portal.vehicles import make_vehicles
from tests.crawl.test_preflight import preflight
from tests.helpers.crawls import PASSWORD, crawl, running_portal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

VEHICLES = 7
MAIL_SIZE = 20_000_000


def written(value: str) -> Iterator[bytes]:
    """Yield a value in all usual spellings, in base64 wherever it stands in a longer text."""
    plain = {value, value.lower(), value.upper(), html.escape(value), quote(value, safe=""), quote_plus(value)}
    yield from (each.encode() for each in plain | {json.dumps(value)[1:-1], value.encode().hex()})
    for offset in range(3):
        packed = base64.b64encode(bytes(offset) + value.encode())
        yield packed[-(-offset * 8 // 6) : (offset + len(value)) * 8 // 6]


def originals(cookies: list[str]) -> Iterator[str]:
    """Yield what nobody who gets the capture may learn."""
    yield from ("dealer", PASSWORD, *cookies, OWNER, "Doubtfire", FIRM, STREET, "Larkspur", MAIL)
    for vehicle in make_vehicles(VEHICLES, 1, 0):
        yield from (vehicle.reference, vehicle.vin, vehicle.row_id, vehicle.title, vehicle.trim)
        yield from (f"${vehicle.value:,}", f"{vehicle.mileage:,} miles")


@pytest.mark.threaded
def test_capture_tells_of_nobody_and_is_crawled_again_all_right(tmp_path: Path) -> None:
    folder = tmp_path / "capture"
    ways = ("--report-link", "token", "--antiforgery", "--bookout", "script", "--page-size", 3)
    with running_portal("--vehicles", VEHICLES, "--confide", *ways) as portal:
        status, output = preflight(portal, tmp_path / "d", "--login", "--record", folder, "--with-report")
        counters, cookies = portal.counters, portal.cookie_values()
    assert status == 0, output
    assert f"OK    capture: {folder} holds 8 pages" in output
    assert (counters["logins"], counters["logouts"], counters["reports_total"]) == (1, 1, 1)
    files = {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    found = [
        (name, value)
        for value in originals(cookies)
        for each in written(value)
        for name, data in files.items()
        if each in data
    ]
    assert found == []
    assert sum(map(len, files.values())) < MAIL_SIZE
    told = json.loads(files["capture.json"])
    assert told["did_not_match"] == []
    assert (told["grid"]["mode"], told["grid"]["rows"], told["grid"]["total"]) == ("callback", [3, 3], VEHICLES)
    assert {"GetPageCount", "GotoPage"} <= set(told["grid"]["api"]["methods"])
    assert told["report"]["pdf"]["proof"]["verdict"] == "right"
    assert told["report"]["pdf"]["fonts"] == ["Helvetica", "Helvetica-Bold"]
    with running_portal("--replay", folder) as again:
        result = crawl(again, tmp_path / "r")
        assert result.exit_status == 0, result.output
        assert result.matches(again.sha256)
        assert again.counters["sessions_open"] == 0
    assert len(result.digests) == 6


def test_what_does_not_match_is_in_the_capture_under_its_new_name(tmp_path: Path) -> None:
    folder = tmp_path / "capture"
    shapes = [part for shape in ("vertical", "theme", "other-client") for part in ("--grid-shape", shape)]
    renamed = ("--selector-change", "reportButton=launchSheet", "--columns", "shuffled", *shapes)
    with running_portal("--vehicles", 3, *renamed) as portal:
        status, output = preflight(portal, tmp_path / "d", "--login", "--record", folder)
        assert portal.counters["sessions_open"] == 0
        again, refused = preflight(portal, tmp_path / "d", "--login", "--record", folder)
        assert portal.counters["login_attempts"] == 1
    assert status == 1
    assert "FAIL  vehicle page: Print/Email Reports: nothing matches button.reportButton:not(.requires" in output
    assert (again, "is not an empty folder: name another one" in refused) == (1, True)
    told = json.loads((folder / "capture.json").read_text(encoding="utf-8"))
    (missing,) = (check for check in told["checks"] if not check["ok"])
    assert (missing["page"], missing["selector"]) == ("vehicle page", "button.reportButton:not(.requiresVehicle)")
    (page,) = (page["file"] for page in told["pages"] if page["name"] == "vehicle page")
    button = re.search(r'<button type="button" class="launchSheet mainButton[^>]*>[^<]*', (folder / page).read_text())
    assert button is not None
    assert button[0].endswith(">Print/Email Reports")
    assert (told["grid"]["api"]["inWindow"], told["grid"]["api"]["inCollection"]) == ("something else", True)
    assert "Reference Number" in [column["header"] for column in told["grid"]["columns"]]


def test_login_that_is_refused_leaves_a_capture_of_the_form(tmp_path: Path) -> None:
    folder = tmp_path / "capture"
    with running_portal("--vehicles", 3, "--login-outcome", "notice") as portal:
        status, output = preflight(portal, tmp_path / "d", "--login", "--record", folder)
    assert status == 1
    assert "OK    capture: " in output
    told = json.loads((folder / "capture.json").read_text(encoding="utf-8"))
    assert [page["name"] for page in told["pages"]] == ["login page", "signed-in page"]
    assert "none of the known ones" in told["did_not_match"][0]
    assert str(tmp_path) not in told["did_not_match"][0]
