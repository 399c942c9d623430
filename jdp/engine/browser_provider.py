"""A browser that is there while tabs need it: started by the first one, let go when none has come for a while."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from playwright.async_api import Error as PlaywrightError
from scrapy_playwright.provider import PlaywrightBrowserProvider

if TYPE_CHECKING:
    from playwright.async_api import Browser

REST_SECONDS = 10.0  # without a tab, until driver and browser are let go: some 300 MB
POLL_SECONDS = 1.0
PING_SECONDS = 5.0  # between two questions to driver and browser
SILENT_SECONDS = 30.0  # without an answer: they hang, and everything with them
GRACE_SECONDS = 1.0  # for scrapy-playwright to notice that its browser is gone, before the driver goes too

logger = logging.getLogger(__name__)


class RestingBrowser(PlaywrightBrowserProvider):  # type: ignore[misc]  # scrapy-playwright has no types
    """Starts Playwright's driver and browser with the first tab and stops both when tabs are no longer needed.

    It runs on Playwright's own loop. scrapy-playwright asks for another browser as soon as one is needed again.
    """

    def __init__(self, config: Any) -> None:
        super().__init__(config)
        self._watching: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Do nothing yet: `launch_browser` starts what is needed."""

    async def launch_browser(self) -> Browser:
        """Start driver and browser; scrapy-playwright awaits this behind a lock."""
        await super().start()
        browser: Browser = await super().launch_browser()
        watching = asyncio.create_task(self._watch(browser, self.playwright_context_manager))
        self._watching.add(watching)
        watching.add_done_callback(self._watching.discard)
        return browser

    async def _watch(self, browser: Browser, driver: Any) -> None:
        quiet = 0.0
        pinging = asyncio.create_task(_ping(browser, driver))
        try:
            while browser.is_connected() and quiet < REST_SECONDS:
                await asyncio.sleep(POLL_SECONDS)
                quiet = 0.0 if any(context.pages for context in browser.contexts) else quiet + POLL_SECONDS
        finally:
            pinging.cancel()
        if browser.is_connected():
            logger.debug("No tab for %.0f s: the browser is let go", quiet)
            for context in browser.contexts:
                await context.close()
            await browser.close()
        await asyncio.sleep(GRACE_SECONDS)
        await driver.__aexit__()

    async def close(self) -> None:
        """Stop what is there; awaited once when the crawl ends."""
        for watching in self._watching:
            watching.cancel()
        await super().close()


async def _ping(browser: Browser, driver: Any) -> None:
    """End a driver that does not answer any more; the tabs then fail and come back with a new one."""
    while browser.is_connected():
        await asyncio.sleep(PING_SECONDS)
        try:
            async with asyncio.timeout(SILENT_SECONDS):
                for context in browser.contexts:
                    await context.cookies("http://localhost/")
        except TimeoutError:
            logger.warning(
                "The browser has not answered for %.0f s: it is ended, and another one started", SILENT_SECONDS
            )
            _end(browser, driver)
        except PlaywrightError:  # a context was closed meanwhile
            continue


def _end(browser: Browser, driver: Any) -> None:
    """Do what Playwright has no word for: kill its driver, and say that the browser is gone with it, tabs first.

    What waits for a tab to load hears of its end only.
    """
    transport = driver._client._transport  # noqa: SLF001
    transport.on_error_future.add_done_callback(lambda error: error.exception())  # nobody asks for it any more
    transport._proc.kill()  # noqa: SLF001
    for page in [page for context in browser.contexts for page in context.pages]:
        page._impl_obj._on_close()  # noqa: SLF001
    browser._impl_obj._did_close()  # noqa: SLF001
