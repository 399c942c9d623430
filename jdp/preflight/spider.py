"""Logs in as a run does, looks at each page, logs out: with the same middlewares, session and page objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from scrapy import Request, Spider, signals
from scrapy_playwright.page import PageMethod

from jdp.config.arguments import Arguments
from jdp.exceptions import ActiveSessionError, EngineClosingError, StopRunError
from jdp.extensions.log import Logs
from jdp.meta import NEEDS_CSS, OUTSIDE, PAGE
from jdp.portal.addresses import inventory_url, login_url
from jdp.portal.pages import export, login, vehicle
from jdp.portal.pages.checks import check_export, check_inventory, check_reading, check_vehicle
from jdp.portal.pages.contract import check_page
from jdp.portal.pages.grid_script import BOOKOUT, NAME
from jdp.portal.session import Session
from jdp.portal.tab.step import outcome_of
from jdp.preflight.items import FAIL, OK, Item
from jdp.runs.run import Run
from jdp.utils.text import first_line

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from twisted.python.failure import Failure

    from jdp.portal.pages.contract import Found


class PreflightSpider(Spider):
    """Looks at the login page, the inventory, its export menu and a vehicle's page, and tells items."""

    name = "preflight"
    arguments = Arguments()  # the add-on opens a run for whoever has them

    tell: Callable[[Item], None]

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider.engine_stopped, signal=signals.engine_stopped)
        return spider

    @property
    def session(self) -> Session:
        return Session.of(self.crawler)

    async def start(self) -> AsyncIterator[Request]:
        self.config = Run.of(self.crawler).config
        step = PageMethod(check_page, login.LOGIN_PAGE)
        yield self.request(
            "login page", login_url(self.config.portal_url), step, self.parse_login_page, **{OUTSIDE: True}
        )

    def request(self, page: str, url: str, step: PageMethod, callback: Any, **meta: Any) -> Request:
        tab = {PAGE: page, "playwright": True, "playwright_page_methods": [step], "dont_retry": True}
        return Request(url, callback=callback, errback=self.failed, meta={**tab, **meta}, dont_filter=True)

    def parse_login_page(self, response: Response) -> Iterator[Request]:
        found = self.found(response)
        self.say(found)
        if found and all(each.ok for each in found):
            step = PageMethod(check_inventory)
            yield self.request(
                NAME, inventory_url(self.config.portal_url), step, self.parse_inventory, **{NEEDS_CSS: True}
            )

    def parse_inventory(self, response: Response) -> Iterator[Request]:
        self.tell(Item(OK, "login", f"logged in as {self.config.user}"))
        found = self.found(response)
        licence = self.licence(found)
        self.say([licence])
        if not licence.ok:
            return
        self.say(found)
        url = inventory_url(self.config.portal_url)
        if found and all(each.ok for each in found):
            yield self.request(NAME, url, PageMethod(check_reading), self.parse, **{NEEDS_CSS: True})
        if found:
            yield self.request(export.NAME, url, PageMethod(check_export), self.parse, **{NEEDS_CSS: True})
        if any(each.part.selector == BOOKOUT and each.times for each in found):
            yield self.request(vehicle.NAME, url, PageMethod(check_vehicle), self.parse)

    def parse(self, response: Response) -> None:
        self.say(self.found(response))

    def licence(self, inventory: list[Found]) -> Found:
        """Tell of the licence agreement, which is not shown at every login.

        It was missed when the login ended at its address, with nothing there to tick, and leads to no inventory.
        """
        signed_in = self.session.signed_in
        landed = urlsplit(signed_in.landing_url).path.lower() if signed_in is not None else ""
        missed = landed == urlsplit(login_url(self.config.portal_url)).path.lower() and not all(
            each.ok for each in inventory
        )
        ticked = signed_in is not None and signed_in.licence_accepted
        part = login.LICENCE_PAGE.parts[0]._replace(required=missed and not ticked)
        return login.LICENCE_PAGE.found(part, int(ticked))

    def found(self, response: Response) -> list[Found]:
        """Return what a step found; its error is told."""
        outcome = outcome_of(response)
        if outcome.error is not None:
            page = response.meta[PAGE]
            kept = self.session.account.show(page.replace(" ", "-"), outcome.error)
            self.tell(Item(FAIL, page, f"{outcome.error}{kept}"))
        return outcome.value or []

    def say(self, found: list[Found]) -> None:
        for page, module, part, times in found:
            if times:
                self.tell(Item(OK, page, f"{part.what} ({part.selector}): {times}"))
            elif not part.required:
                self.tell(Item(OK, page, f"{part.what} ({part.selector}): none, and none needed"))
            else:
                where = module.replace(".", "/") + ".py"
                told = f"{part.what}: nothing matches {part.selector}. The portal has changed: correct it in {where}"
                self.tell(Item(FAIL, page, told))

    def failed(self, failure: Failure) -> None:
        """Tell why a page did not come. Ctrl-C is told by the command."""
        error = failure.value
        page = failure.request.meta[PAGE]  # type: ignore[attr-defined]  # Scrapy sets it
        if isinstance(error, ActiveSessionError):
            told = "the account has another session open: log out where it is, or wait 5 minutes; a run waits by itself"
            self.tell(Item(FAIL, "login", told))
        elif isinstance(error, StopRunError):
            self.tell(Item(FAIL, "login", str(error)))
        elif error is not None and not isinstance(error, EngineClosingError):
            self.tell(Item(FAIL, page, first_line(error)))

    def engine_stopped(self) -> None:
        """Tell how the session ended, and let go of the run: there is no RunEnd here."""
        Run.of(self.crawler).close(clean=False)
        if logs := self.crawler.get_extension(Logs):
            logs.close()
        stats = self.crawler.stats
        assert stats is not None
        if stats.get_value("jdp/logouts") is not None:
            self.tell(Item(OK, "logout", "logged out"))
        elif stats.get_value("jdp/logins") or stats.get_value("finish_reason") == "login_unknown":
            self.tell(Item(FAIL, "logout", "it failed: the account may be locked for 5 minutes; log out by hand"))
