"""Whether a logout can be believed: signed out is what was signed in before."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from scrapy import Request
from scrapy.http import HtmlResponse, Response
from scrapy.http.cookies import CookieJar

from jdp.exceptions import TabFailedError
from jdp.portal.cookies import SharedCookies
from jdp.portal.logout import Logout
from jdp.portal.pages.login import SignedIn
from jdp.portal.tab.step import Outcome
from tests.helpers.parts import OpenEngine

if TYPE_CHECKING:
    from scrapy_playwright.page import PageMethod

BASE = "http://portal.test/ValuesOnline/"
HOME, OUT = BASE, BASE + "Home/LogOff"
SIGNED_IN = SignedIn("Chromium", ("en",), HOME, {"method": "GET", "url": OUT, "body": ""}, licence_accepted=False)
LOGIN_PAGE = b"<html><input id='usernameInput'></html>"


class Site(OpenEngine):
    """A portal that knows a session by its ticket; `in_tab` is what a tab's logout comes to."""

    def __init__(self, *, ticket: bool, works: bool = True, in_tab: Outcome[bool] | None = None) -> None:
        super().__init__()
        self.open, self.works, self.in_tab = True, works, in_tab or Outcome(value=False)
        self.tabs = 0
        self.engine.downloader = SimpleNamespace(handlers=SimpleNamespace(download_request_async=self._answer))
        jar = CookieJar()
        if ticket:
            jar.extract_cookies(Response(BASE, headers={"Set-Cookie": "VOAuth=7; path=/"}), Request(BASE))
        self.cookies = SharedCookies(jar)

    async def _answer(self, request: Request) -> Response:
        await asyncio.sleep(0)
        if "tab" in request.meta:
            self.tabs += 1
            request.meta["playwright_page_methods"] = [SimpleNamespace(result=self.in_tab)]
            return Response(request.url, request=request)
        known = self.open and b"VOAuth=7" in (request.headers.get("Cookie") or b"")
        if request.url == OUT:
            self.open = self.open and not (known and self.works)
            return Response(request.url, status=302, headers={"Location": HOME})
        body = b"<html><a id='btnLogout'></html>" if known else LOGIN_PAGE
        return HtmlResponse(request.url, body=body, headers={"Content-Type": "text/html"})

    def ends(self, signed_in: SignedIn | None = SIGNED_IN) -> bool:
        def tab(url: str, _: PageMethod) -> Request:
            return Request(url, meta={"tab": True})

        return asyncio.run(Logout(self, BASE, self.cookies, tab).end(signed_in))

    def stat(self, name: str) -> Any:
        return self.stats.get_value(f"jdp/{name}")


def test_session_that_ends_by_plain_http() -> None:
    site = Site(ticket=True)
    assert site.ends()
    assert (site.open, site.tabs, site.stat("logouts"), site.stat("logout_failed")) == (False, 0, 1, None)


def test_login_form_that_comes_to_a_request_without_a_ticket_is_not_believed() -> None:
    site = Site(ticket=False)
    assert not site.ends()
    assert (site.open, site.tabs, site.stat("logouts"), site.stat("logout_failed")) == (True, 1, None, 1)


def test_tab_logs_out_when_plain_requests_lack_the_ticket() -> None:
    site = Site(ticket=False, in_tab=Outcome(value=True))
    assert site.ends()
    assert (site.tabs, site.stat("logouts")) == (1, 1)


def test_ticket_that_once_worked_and_brings_the_login_form_shows_an_ended_session() -> None:
    site = Site(ticket=True)
    site.cookies.carried_by(Request(BASE, headers={"Cookie": "VOAuth=6"}))
    site.open = False
    assert site.ends()
    assert (site.tabs, site.stat("logouts"), site.stat("logout_failed")) == (0, 0, None)


def test_ticket_that_is_no_longer_sent_shows_nothing() -> None:
    site = Site(ticket=False)
    site.cookies.carried_by(Request(BASE, headers={"Cookie": "VOAuth=7; other=1"}))
    assert not site.ends()


def test_session_that_goes_on_after_the_logout_is_tried_in_a_tab() -> None:
    site = Site(ticket=True, works=False, in_tab=Outcome(error=TabFailedError("dead")))
    assert not site.ends()
    assert (site.tabs, site.stat("logout_failed")) == (1, 1)


@pytest.mark.parametrize("value", [True, False])
def test_session_that_is_known_to_have_ended_is_looked_for_in_a_tab(value: bool) -> None:
    site = Site(ticket=False, in_tab=Outcome(value=value))
    assert site.ends(None)
    assert site.stat("logouts") == int(value)
