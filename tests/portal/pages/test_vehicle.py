"""The vehicle page: whose it is, and where its Create PDF leads."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest

from jdp.exceptions import (
    PageCoveredError,
    PageMismatchError,
    PortalBusyError,
    QuestionAskedError,
    SessionExpiredError,
    TabFailedError,
    VehicleGoneError,
    WrongVehicleError,
)
from jdp.items import Vehicle
from jdp.portal.pages import grid as grid_page
from jdp.portal.pages import vehicle as vehicle_page
from jdp.portal.pages.vehicle import ask_for_report, ask_for_two, holds
from jdp.portal.recording import RecordedRequest, ReportRequest
from tests.helpers.crawls import LIMIT
from tests.helpers.site import Answer

if TYPE_CHECKING:
    from jdp.portal.tab.step import Outcome
    from tests.helpers.site import Site
    from tests.helpers.tabs import Tab

VIN = "1HGCM82633A000001"


def listed(site: Site, reference: str = "165530", **how: object) -> Vehicle:
    """Return a vehicle whose link leads to a page that behaves as told."""
    return Vehicle(reference, "7001", VIN, href=site.url(f"vehicle.html?{urlencode(how)}"))


def ask(tab: Tab, vehicle: Vehicle, *, alone: bool = False, seconds: float = LIMIT) -> Outcome[ReportRequest]:
    tab.open(vehicle.href)
    return tab.run(ask_for_report, vehicle, time.monotonic() + seconds, alone=alone)


# Asking


def test_ask_learns_the_address_and_opens_nothing(capturing: Tab, site: Site) -> None:
    vehicle = listed(site)
    assert ask(capturing, vehicle).result() == ReportRequest(
        site.url("GetPdfReport?key=k7&n="), "GET", "", vehicle.href
    )
    assert capturing.tabs == 1
    assert site.asked_for("GetPdfReport") == []


def test_ask_of_a_page_that_shows_the_report_in_a_viewer(capturing: Tab, site: Site) -> None:
    vehicle = listed(site, leads="viewer/web.html?file=%2FValuesOnline%2FGetPdfReport%3Fkey%3Dk7&x=")
    assert ask(capturing, vehicle).result().url == site.url("GetPdfReport?key=k7")


@pytest.mark.parametrize("how", [{"as": "input"}, {"after": 400}, {"shows": VIN}, {"shows": f"165531 {VIN}"}])
def test_ask_on_the_vehicles_own_page(capturing: Tab, site: Site, how: dict[str, Any]) -> None:
    assert ask(capturing, listed(site, **how)).error is None


@pytest.mark.parametrize(("asked", "shown"), [("165530", "165531"), ("165598", "165598A"), ("165598A", "165598")])
def test_ask_on_another_vehicles_page(
    capturing: Tab, site: Site, monkeypatch: pytest.MonkeyPatch, asked: str, shown: str
) -> None:
    monkeypatch.setattr(vehicle_page, "IDENTITY_SECONDS", 0.5)
    with pytest.raises(WrongVehicleError, match=f"vehicle page: it does not show {asked}"):
        ask(capturing, listed(site, asked, shows=shown)).result()
    assert ask(capturing, listed(site, asked, shows=shown), alone=True).error is None


def test_ask_from_the_grid_when_the_link_is_a_script(capturing: Tab, site: Site) -> None:
    capturing.open(site.url("grid_paged.html"))
    vehicle = Vehicle("165534", "74", page=2)
    found = capturing.run(ask_for_report, vehicle, time.monotonic() + LIMIT, alone=False).result()
    assert found.url == site.url("GetPdfReport?key=k7&n=165534")
    assert found.referer == site.url("vehicle.html?shows=165534")


def test_ask_in_a_tab_that_cannot_learn(tab: Tab, site: Site) -> None:
    tab.open(listed(site).href)
    outcome = tab.run(ask_for_report, listed(site), time.monotonic() + LIMIT, alone=False)
    with pytest.raises(TabFailedError, match="not prepared"):
        outcome.result()
    assert tab.tabs == 1


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"lacks": "button"}, r"vehicle page: nothing matches button\.reportButton:not\(\.requiresVehicle\)"),
        ({"lacks": "dialog"}, r"vehicle page, reports dialog: nothing matches button:has-text\('Create PDF'\)"),
        ({"leads": "nowhere"}, "vehicle page: Create PDF led nowhere"),
        ({"leads": "Print?id=7"}, "vehicle page: Create PDF led to /ValuesOnline/Print"),
    ],
)
def test_ask_page_that_is_not_as_known_named(
    capturing: Tab, site: Site, monkeypatch: pytest.MonkeyPatch, how: dict[str, Any], words: str
) -> None:
    monkeypatch.setattr(vehicle_page, "ANSWER_SECONDS", 0.5)
    outcome = ask(capturing, listed(site, **how), seconds=6)
    with pytest.raises(PageMismatchError, match=words):
        outcome.result()
    assert outcome.error.snapshot.reveal().screenshot


@pytest.mark.parametrize("status", [404, 410])
def test_ask_vehicle_gone(capturing: Tab, site: Site, status: int) -> None:
    site.answers["GET", "vehicle.html"] = Answer("something_else.html", status=status)
    with pytest.raises(VehicleGoneError, match="vehicle page"):
        ask(capturing, listed(site)).result()


@pytest.mark.parametrize(("status", "error"), [(500, TabFailedError), (503, PortalBusyError), (429, PortalBusyError)])
def test_ask_server_error(capturing: Tab, site: Site, status: int, error: type[Exception]) -> None:
    site.answers["GET", "vehicle.html"] = Answer("something_else.html", status=status)
    with pytest.raises(error, match=f"vehicle page: HTTP {status}"):
        ask(capturing, listed(site)).result()


def page_with(site: Site, more: str, name: str = "more.html") -> Vehicle:
    """Return a vehicle whose page holds something besides."""
    site.answers["GET", name] = Answer(body=Answer("vehicle.html").content()[1] + more.encode())
    return Vehicle("165530", "7001", VIN, href=site.url(name))


OVER = "<div id=over style='position:fixed;inset:0;z-index:9'>How do you like it?%s</div>"
TRAP = "<script>addEventListener('click', (it) => over.contains(it.target) || it.stopPropagation(), true)</script>"


@pytest.mark.parametrize("more", [OVER % "", OVER % "<b role=button onclick=over.remove()>Not now</b>" + TRAP])
def test_ask_behind_something(capturing: Tab, site: Site, more: str) -> None:
    assert ask(capturing, page_with(site, more)).result().url == site.url("GetPdfReport?key=k7&n=")


def test_ask_behind_something_that_lets_nobody_through(capturing: Tab, site: Site) -> None:
    outcome = ask(capturing, page_with(site, OVER % "" + TRAP), seconds=6)
    with pytest.raises(PageCoveredError, match=r"vehicle page: .*'How do you like it\?'"):
        outcome.result()
    assert outcome.error.snapshot.reveal().screenshot


def test_ask_from_a_grid_behind_something(capturing: Tab, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grid_page, "OPEN_SECONDS", 3)
    vehicle = Vehicle("165534", "74", page=2)
    for way, error in (("<b role=button onclick=over.remove()>Not now</b>", None), ("", PageCoveredError)):
        page = Answer("grid_paged.html").content()[1] + (OVER % way + TRAP).encode()
        site.answers["GET", "covered.html"] = Answer(body=page)
        capturing.open(site.url("covered.html"))
        outcome = capturing.run(ask_for_report, vehicle, time.monotonic() + LIMIT, alone=True)
        assert outcome.error is None if error is None else isinstance(outcome.error, error), outcome.error


def test_ask_question_before_the_report(capturing: Tab, site: Site) -> None:
    before = "<script>const go = leave; leave = () => confirm('It counts') && go()</script>"
    with pytest.raises(QuestionAskedError, match="vehicle page: the portal asks 'It counts'"):
        ask(capturing, page_with(site, before)).result()


def test_ask_told_why_there_is_no_report(capturing: Tab, site: Site) -> None:
    before = "<script>leave = () => alert('No reports are left in your plan')</script>"
    with pytest.raises(TabFailedError, match="'No reports are left in your plan'"):
        ask(capturing, page_with(site, before)).result()


@pytest.mark.parametrize("block", [True, False])
def test_ask_beside_a_login_form_for_later(tab: Tab, site: Site, block: bool) -> None:
    tab.prepare(capture=True, block=block)
    site.answers["GET", "later.css"] = Answer(body=b".later { display: none }", headers={"Content-Type": "text/css"})
    later = "<link rel=stylesheet href=later.css><form class=later><input id=usernameInput></form>"
    assert ask(tab, page_with(site, later)).error is None


def test_ask_login_form_that_is_shown_on_a_signed_in_page(capturing: Tab, site: Site) -> None:
    with pytest.raises(SessionExpiredError, match="vehicle page"):
        ask(capturing, page_with(site, "<form>Sign in again <input id=usernameInput></form>")).result()


@pytest.mark.parametrize("alone", [True, False])
def test_ask_login_form_instead(capturing: Tab, site: Site, alone: bool) -> None:
    site.leads("vehicle.html", "login.html", "GET")
    with pytest.raises(SessionExpiredError, match="vehicle page"):
        ask(capturing, listed(site), alone=alone).result()


def test_ask_session_that_ends_under_the_open_page(capturing: Tab, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vehicle_page, "ANSWER_SECONDS", 0.5)
    vehicle = listed(site, leads="nowhere")
    capturing.open(vehicle.href)
    site.leads("vehicle.html", "login.html", "GET")
    with pytest.raises(SessionExpiredError, match="vehicle page"):
        capturing.run(ask_for_report, vehicle, time.monotonic() + LIMIT, alone=False).result()


def test_ask_after_its_deadline(capturing: Tab, site: Site) -> None:
    assert isinstance(ask(capturing, listed(site), seconds=-1).error, TabFailedError)


def test_ask_for_two_opens_both_before_it_asks(capturing: Tab, site: Site) -> None:
    first, second = listed(site, "165530", shows="165530"), listed(site, "165531", shows="165531")
    capturing.open(first.href)
    asks = capturing.run(ask_for_two, first, second, time.monotonic() + LIMIT).result()
    addresses = [site.url(f"GetPdfReport?key=k7&n={number}") for number in (165530, 165531)]
    assert [(each.url, each.referer) for each in asks] == list(zip(addresses, (first.href, second.href), strict=True))
    assert capturing.tabs == 1
    assert site.asked_for("GetPdfReport") == []


def test_ask_for_two_when_the_second_fails(capturing: Tab, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vehicle_page, "ANSWER_SECONDS", 0.5)
    first, second = listed(site), listed(site, "165531", leads="nowhere")
    capturing.open(first.href)
    asks = capturing.run(ask_for_two, first, second, time.monotonic() + LIMIT).result()
    assert isinstance(asks[0], ReportRequest)
    assert isinstance(asks[1], PageMismatchError)
    assert capturing.tabs == 1


def test_ask_for_two_does_not_wait_for_a_second_whose_script_the_portal_failed(
    capturing: Tab, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jdp.portal.pages.expectations.FALTERED_SECONDS", 0.1)
    site.answers["GET", "page.html"] = Answer(body=b"<html><body>loading<script src='part.js'></script></body></html>")
    site.answers["GET", "part.js"] = Answer(status=503)
    first, second = listed(site), Vehicle("165531", "7002", VIN, href=site.url("page.html"))
    capturing.open(first.href)
    asks = capturing.run(ask_for_two, first, second, time.monotonic() + LIMIT).result()
    assert isinstance(asks[0], ReportRequest)
    assert isinstance(asks[1], PortalBusyError)


# Whose address it is


@pytest.mark.parametrize(
    ("address", "body", "named"),
    [
        ("GetPdfReport?id=7001", "", True),
        ("GetPdfReport/7001", "", True),
        ("GetPdfReport", "key=1&vehicle=7001", True),
        (f"GetPdfReport?vin={VIN}", "", True),
        ("GetPdfReport?ref=165598", "", True),
        ("GetPdfReport?ref=165598A", "", False),
        ("GetPdfReport?ref=1165598", "", False),
        ("GetPdfReport?id=70010", "", False),
        ("GetPdfReport?token=a7001b", "", False),
        ("GetPdfReport", "", False),
    ],
)
def test_ask_names_its_vehicle(address: str, body: str, named: bool) -> None:
    vehicle = Vehicle("165598", "7001", VIN)
    learned = ReportRequest(
        f"http://portal.test:7001/ValuesOnline/{address}", "GET", body, "http://portal.test/?id=7001"
    )
    assert learned.names(vehicle) is named


@pytest.mark.parametrize("mark", ["", "7", "12", "123"])
def test_ask_short_marks_name_nobody(mark: str) -> None:
    assert not ReportRequest(f"http://portal.test/GetPdfReport?page={mark}", "GET", "", "").names(Vehicle("", mark))


def test_holds_whole_tokens_only() -> None:
    assert holds("Stock #165598, used", "165598")
    assert holds("ref=HOST 1&x", "HOST 1")
    assert not holds("165598A", "165598")
    assert not holds("A165598", "165598")
    assert not holds("anything", "")


# What is learned from


def test_recorded_calls_come_with_the_ask(tab: Tab, site: Site) -> None:
    tab.prepare(capture=True, record=True)
    site.answers["POST", "token"] = Answer(body=b'{"token": "t-1"}')
    vehicle = listed(site, calls="token")
    page, call = ask(tab, vehicle).result().calls
    assert (page.page, page.sent) == (True, RecordedRequest("GET", vehicle.href, "", page.sent.headers))
    assert "reportButton" in page.answer
    assert (call.page, call.answer) == (False, '{"token": "t-1"}')
    assert (call.sent.method, call.sent.url, call.sent.body) == ("POST", site.url("token"), "of=165530")
    assert dict(call.sent.headers)["x-requested-with"] == "XMLHttpRequest"


def test_nothing_is_recorded_where_nobody_learns(capturing: Tab, site: Site) -> None:
    assert ask(capturing, listed(site)).result().calls == ()
