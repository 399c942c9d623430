"""Fixtures of tests in tabs: one browser for all of them, a context and a site for each."""

from __future__ import annotations

import asyncio
import os
import threading
from typing import TYPE_CHECKING, Any

import pytest
from playwright.async_api import async_playwright
from scrapy import Request

from jdp.browser import launch_options
from jdp.portal.tab.prepare import FITTED_OUT, TabOrder, prepare_tab
from jdp.utils.secret import Secret
from tests.helpers.crawls import LIMIT
from tests.helpers.site import Site

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from playwright.async_api import Browser, BrowserContext, Page

    from jdp.portal.tab.step import Outcome


class Tab:
    """A browser tab that tests drive from outside of its event loop."""

    def __init__(self, runner: asyncio.Runner, context: BrowserContext) -> None:
        self.runner = runner
        self.context = context
        self.page: Page = self.wait(context.new_page())

    def wait(self, awaitable: Awaitable[Any]) -> Any:
        """Return what an awaitable of the browser's loop brings."""

        async def bring() -> Any:
            return await awaitable

        return self.runner.run(bring())

    def prepare(
        self,
        cookies: list[Any] | None = None,
        all_cookies: list[Any] | None = None,
        *,
        block: bool = False,
        capture: bool = False,
        record: bool = False,
        download: bool = False,
    ) -> None:
        """Fit the tab out as the crawl does."""
        order = TabOrder(
            Secret(cookies or []),
            Secret(all_cookies or []),
            block=block,
            capture=capture,
            record=record,
            download=download,
        )
        self.wait(prepare_tab(self.page, Request("http://portal.test/", meta={"tab_order": order})))

    def open(self, url: str) -> None:
        self.wait(self.page.goto(url))

    def run(self, step: Callable[..., Awaitable[Outcome[Any]]], *args: Any, **kwargs: Any) -> Outcome[Any]:
        """Run a step as scrapy-playwright runs it."""
        return self.wait(step(self.page, *args, **kwargs))

    def renew(self) -> None:
        """Go on in a fresh page: the old one, what it opened and the cookies are gone."""
        old = self.context.pages
        self.page = self.wait(self.context.new_page())
        for page in old:
            self.wait(page.close())
        self.wait(self.context.clear_cookies())
        FITTED_OUT.discard(self.context)  # as a browser that was just started

    def close_others(self) -> None:
        """Close whatever tabs the page has opened."""
        for page in self.context.pages:
            if page is not self.page:
                self.wait(page.close())

    @property
    def tabs(self) -> int:
        return len(self.context.pages)

    def tabs_after(self, action: Callable[[], None]) -> int:
        """Return how many tabs there are once an action has opened one."""
        opened = asyncio.Event()
        self.context.once("page", lambda _: opened.set())
        action()
        self.wait(asyncio.wait_for(opened.wait(), LIMIT))
        return self.tabs


@pytest.fixture(scope="session")
def chromium() -> Iterator[tuple[asyncio.Runner, Browser]]:
    """Start the browser that the crawl would use; it ends with the last test."""
    with asyncio.Runner() as runner:
        driver = runner.run(async_playwright().start())
        browser = runner.run(_launched(driver))
        yield runner, browser
        runner.run(_ended(driver, browser))


async def _launched(driver: Any) -> Browser:
    return await driver.chromium.launch(**launch_options(os.environ.get("BROWSER", "auto"), headless=True))


async def _ended(driver: Any, browser: Browser) -> None:
    await browser.close()
    await driver.stop()


@pytest.fixture(scope="session")
def one_tab(chromium: tuple[asyncio.Runner, Browser]) -> Iterator[Tab]:
    """Keep one context for all tests: a new one for each would take half of their time."""
    yield from _open(*chromium)


@pytest.fixture(scope="session")
def reused(chromium: tuple[asyncio.Runner, Browser]) -> Iterator[Tab]:
    """Keep one page with capture.js, for the many ways of opening a report that run no step."""
    for tab in _open(*chromium):
        tab.prepare(capture=True)
        yield tab


def _open(runner: asyncio.Runner, browser: Browser) -> Iterator[Tab]:
    context = runner.run(_context(browser))
    yield Tab(runner, context)
    runner.run(_closed(context))


@pytest.fixture
def tab(one_tab: Tab) -> Tab:
    """Return a tab as new."""
    one_tab.renew()
    return one_tab


@pytest.fixture
def first_tab(chromium: tuple[asyncio.Runner, Browser]) -> Iterator[Tab]:
    """Return the first tab of a context of its own."""
    yield from _open(*chromium)


@pytest.fixture
def capturing(tab: Tab) -> Tab:
    """Return a tab that learns what would open in a new one."""
    tab.prepare(capture=True)
    return tab


async def _context(browser: Browser) -> BrowserContext:
    return await browser.new_context()


async def _closed(context: BrowserContext) -> None:
    await context.close()


@pytest.fixture
def site() -> Iterator[Site]:
    """Start the site on a free port; it answers in a thread."""
    site = Site()
    thread = threading.Thread(target=site.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield site
    site.shutdown()
    thread.join()
    site.server_close()
