"""What every step shares: its outcome, the tab it runs in, and pages that are not what was due."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.async_api import Error as PlaywrightError
from scrapy import Request
from scrapy.http import Response
from scrapy_playwright.page import PageMethod

from jdp.exceptions import PageMismatchError, PortalBusyError, SessionExpiredError, TabFailedError, VehicleGoneError
from jdp.portal.pages.expectations import expect_one_of, expect_session, expect_signed_in
from jdp.portal.tab.step import Outcome, outcome_of, step
from jdp.utils.text import first_line
from tests.helpers.crawls import LIMIT
from tests.helpers.site import HUNG_UP, Answer

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.helpers.site import Site
    from tests.helpers.tabs import Tab


@step
async def read_title(page: Page, suffix: str) -> str:
    return await page.title() + suffix


@step
async def misses(page: Page) -> None:
    raise PageMismatchError(f"vehicle page: nothing matches on {page.url}")


@step
async def hangs(page: Page) -> None:
    await page.locator("#never").wait_for(timeout=50)


@step
async def breaks(page: Page) -> None:
    await page.evaluate("thereIsNoSuchThing()")


@step
async def has_a_defect(page: Page) -> None:
    raise KeyError(page.url)


@step
async def is_signed_in(page: Page) -> None:
    await expect_signed_in(page, "vehicle page")


@step
async def finds(page: Page, *selectors: str, seconds: float = LIMIT) -> None:
    await expect_one_of(page, "vehicle page", selectors, seconds)


@step
async def calls_back(page: Page) -> None:
    await page.evaluate("fetch('callback').then((answer) => answer.text())")
    await expect_session(page, "vehicle page")


def test_step_brings_value_and_cookies(tab: Tab, site: Site) -> None:
    site.answers["GET", "home.html"] = Answer("home.html", headers={"Set-Cookie": "ticket=hush; path=/; HttpOnly"})
    tab.open(site.url("home.html"))
    outcome = tab.run(read_title, "!")
    assert outcome.result() == "Values Online!"
    assert [(cookie["name"], cookie["value"]) for cookie in outcome.cookies.reveal()] == [("ticket", "hush")]
    assert "hush" not in repr(outcome)


def test_step_error_is_brought_with_a_screenshot(tab: Tab, site: Site) -> None:
    tab.open(site.url("home.html"))
    outcome = tab.run(misses)
    snapshot = outcome.error.snapshot.reveal()
    assert snapshot.screenshot.startswith(b"\x89PNG")
    assert outcome.value is None
    with pytest.raises(PageMismatchError, match=r"home\.html"):
        outcome.result()


@pytest.mark.parametrize(("failing", "words"), [(hangs, "hangs: no end in time"), (breaks, "breaks: .*NoSuchThing")])
def test_step_failure_of_the_tab_is_one_line(tab: Tab, failing: Any, words: str) -> None:
    outcome = tab.run(failing)
    with pytest.raises(TabFailedError, match=words) as caught:
        outcome.result()
    assert "\n" not in str(caught.value)


def test_step_defect_of_ours_is_raised(tab: Tab) -> None:
    with pytest.raises(KeyError):
        tab.run(has_a_defect)


def test_step_in_a_tab_that_is_gone(tab: Tab) -> None:
    tab.wait(tab.page.close())
    assert isinstance(tab.run(read_title, "").error, TabFailedError)


def test_outcome_missing_when_the_page_never_came() -> None:
    request = Request("http://portal.test/", meta={"playwright_page_methods": [PageMethod(read_title, "")]})
    response = Response("http://portal.test/", request=request)
    with pytest.raises(TabFailedError):
        outcome_of(response).result()
    request.meta["playwright_page_methods"][0].result = Outcome(value="it")
    assert outcome_of(response).result() == "it"


def test_first_line_of_errors() -> None:
    assert first_line(PlaywrightError("Timeout\nCall log: typing 'hush'")) == "Timeout"
    assert first_line(TimeoutError()) == "TimeoutError"


# The tab


def test_first_tab_of_a_browser_is_given_all_cookies_and_later_ones_what_is_new(first_tab: Tab, site: Site) -> None:
    host = {"domain": "127.0.0.1", "path": "/"}
    ticket, other = {"name": "ticket", "value": "two", **host}, {"name": "other", "value": "one", **host}
    first_tab.prepare([other], [ticket, other])
    first_tab.open(site.url("home.html"))
    assert site.asked_for("home.html")[0].cookies == "ticket=two; other=one"
    first_tab.prepare([{**other, "value": "two"}], [{**ticket, "value": "stale"}, other])
    first_tab.open(site.url("home.html"))
    assert site.asked_for("home.html")[1].cookies == "ticket=two; other=two"


@pytest.mark.parametrize(("block", "fetched"), [(True, 0), (False, 1)])
def test_tab_skips_what_it_may(tab: Tab, site: Site, block: bool, fetched: int) -> None:
    tab.prepare(block=block)
    tab.open(site.url("export.html"))
    assert len(site.asked_for("export.css")) == fetched


def test_tab_that_skips_still_has_scripts(tab: Tab, site: Site) -> None:
    tab.prepare(block=True)
    tab.open(site.url("grid_paged.html"))
    assert tab.wait(tab.page.locator("tr.dxgvDataRow").count()) == 2


# Not the page that was due


def test_script_that_met_the_login_form_tells_although_the_session_was_renewed_meanwhile(tab: Tab, site: Site) -> None:
    site.leads("callback", "login.html", method="GET")
    tab.prepare()
    tab.open(site.url("home.html"))
    with pytest.raises(SessionExpiredError):
        tab.run(calls_back).result()


@pytest.mark.parametrize("status", [503, 500, HUNG_UP])
@pytest.mark.parametrize("part", ["<script src='part.js'></script>", "<script>fetch('part.js')</script>"])
def test_page_whose_script_the_portal_failed_is_not_waited_for(
    tab: Tab, site: Site, monkeypatch: pytest.MonkeyPatch, status: int, part: str
) -> None:
    monkeypatch.setattr("jdp.portal.pages.expectations.FALTERED_SECONDS", 0.1)
    site.answers["GET", "page.html"] = Answer(body=f"<html><body>loading{part}</body></html>".encode())
    site.answers["GET", "part.js"] = Answer(status=status)
    tab.prepare()
    tab.open(site.url("page.html"))
    with pytest.raises(PortalBusyError, match="vehicle page: the portal failed the page's script"):
        tab.run(finds, "#values", seconds=LIMIT).result()


@pytest.mark.parametrize(("status", "host"), [(404, "127.0.0.1"), (503, "localhost"), (HUNG_UP, "localhost")])
def test_page_is_waited_for_whatever_others_or_missing_scripts_do(
    tab: Tab, site: Site, monkeypatch: pytest.MonkeyPatch, status: int, host: str
) -> None:
    monkeypatch.setattr("jdp.portal.pages.expectations.FALTERED_SECONDS", 0.1)
    script = site.url("part.js").replace("127.0.0.1", host)
    show = "<script>setTimeout(() => document.body.append('here', document.createElement('b')), 1500)</script>"
    site.answers["GET", "page.html"] = Answer(body=f"<html><body><script src='{script}'></script>{show}".encode())
    site.answers["GET", "part.js"] = Answer(status=status)
    tab.prepare()
    tab.open(site.url("page.html"))
    assert tab.run(finds, "body:has(b)", seconds=LIMIT).result() is None
    assert site.asked_for("part.js")


@pytest.mark.parametrize(
    ("status", "error"),
    [(404, VehicleGoneError), (410, VehicleGoneError), (500, TabFailedError), (403, TabFailedError)],
)
def test_error_status(tab: Tab, site: Site, status: int, error: type[Exception]) -> None:
    site.answers["GET", "vehicle"] = Answer("something_else.html", status=status)
    tab.open(site.url("vehicle"))
    for check in (is_signed_in, finds):
        with pytest.raises(error, match=f"vehicle page.*HTTP {status}"):
            tab.run(check).result()


def test_login_form_is_an_expired_session(tab: Tab, site: Site) -> None:
    site.leads("vehicle", "login.html", "GET")
    tab.open(site.url("vehicle"))
    for check in (is_signed_in, finds):
        with pytest.raises(SessionExpiredError, match="vehicle page"):
            tab.run(check).result()


def test_login_form_that_comes_while_waiting(tab: Tab, site: Site) -> None:
    tab.open(site.url("home.html"))
    tab.wait(tab.page.evaluate("setTimeout(() => document.body.innerHTML = '<input id=usernameInput>', 150)"))
    with pytest.raises(SessionExpiredError):
        tab.run(finds, "#never").result()


def test_selectors_missing_named(tab: Tab, site: Site) -> None:
    tab.open(site.url("something_else.html"))
    with pytest.raises(PageMismatchError, match=r"vehicle page: nothing matches #one or #two .*'Maintenance'"):
        tab.run(finds, "#one", "#two", seconds=0.4).result()


def test_selector_hidden_is_not_found(tab: Tab, site: Site) -> None:
    tab.open(site.url("vehicle.html"))
    with pytest.raises(PageMismatchError):
        tab.run(finds, "[style*=none] button", seconds=0.4).result()


def test_selector_found_beside_a_hidden_one(tab: Tab, site: Site) -> None:
    tab.open(site.url("vehicle.html"))
    assert tab.run(finds, "button:has-text('Create PDF')", "button.reportButton").error is None
