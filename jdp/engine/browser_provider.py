"""A browser that is there while tabs need it: started by the first one, let go when none has come for a while."""

from __future__ import annotations

import asyncio
import logging
import os
from typing import TYPE_CHECKING, Any

from playwright.async_api import Error as PlaywrightError
from scrapy_playwright.provider import PlaywrightBrowserProvider

from jdp.exceptions import BrowserFailedError
from jdp.utils.child_environment import settings_hidden
from jdp.utils.text import first_line

if TYPE_CHECKING:
    from playwright.async_api import Browser

REST_SECONDS = 10.0  # without a tab, until driver and browser are let go: some 300 MB
POLL_SECONDS = 1.0
PING_SECONDS = 5.0  # between two questions to driver and browser
SILENT_SECONDS = 30.0  # without an answer: they hang, and everything with them
START_SECONDS = 60.0  # that Playwright's driver may take
AGAIN_SECONDS = (1.0, 3.0, 9.0)  # pauses before a browser that was there is started again
GRACE_SECONDS = 1.0  # for scrapy-playwright to notice that its browser is gone, before the driver goes too

logger = logging.getLogger(__name__)


class RestingBrowser(PlaywrightBrowserProvider):  # type: ignore[misc]  # scrapy-playwright has no types
    """Starts Playwright's driver and browser with the first tab and stops both when tabs are no longer needed.

    It runs on Playwright's own loop. scrapy-playwright asks for another browser as soon as one is needed again.
    """

    def __init__(self, config: Any) -> None:
        super().__init__(config)
        self.playwright_context_manager: Any = None
        self._watching: set[asyncio.Task[None]] = set()
        self._pauses: tuple[float, ...] = ()

    async def start(self) -> None:
        """Do nothing yet: `launch_browser` starts what is needed."""

    async def launch_browser(self) -> Browser:
        """Start driver and browser; scrapy-playwright awaits this behind a lock. Raises BrowserFailedError."""
        for seconds in self._pauses:
            try:
                return await self._launch()
            except BrowserFailedError as error:
                logger.warning("%s; trying again in %.0f s", error, seconds)
                await asyncio.sleep(seconds)
        return await self._launch()

    async def _launch(self) -> Browser:
        await self._start_driver()
        try:
            browser: Browser = await super().launch_browser()
        except PlaywrightError as error:
            await self.playwright_context_manager.__aexit__()
            self.playwright_context_manager = self.playwright = None
            screen = "" if self.config.launch_options.get("headless", True) else "; HEADLESS=false needs a screen"
            raise BrowserFailedError(
                f"The browser does not start ({first_line(error)}): try `python -m jdp.browser`{screen}"
            ) from None
        self._pauses = AGAIN_SECONDS
        watching = asyncio.create_task(self._watch(browser, self.playwright_context_manager))
        self._watching.add(watching)
        watching.add_done_callback(self._watching.discard)
        return browser

    async def _start_driver(self) -> None:
        try:
            async with asyncio.timeout(START_SECONDS):
                with settings_hidden():  # from the driver, and so from the browser, which it starts
                    await super().start()
        except Exception as error:  # noqa: BLE001 - Playwright's own for a driver that ends at once is a bare Exception
            self.playwright_context_manager = None  # there is nothing to stop
            _keep_asyncio_quiet(error)
            why = first_line(error) if str(error) else f"no answer in {START_SECONDS:.0f} s"
            options = os.environ.get("NODE_OPTIONS")
            tool = "; NODE_OPTIONS is set, perhaps for another tool: start without it" if options else ""
            raise BrowserFailedError(
                f"The browser's driver does not start ({why}{tool}): run `python -m jdp.browser`, which tells more"
            ) from None

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


def _keep_asyncio_quiet(error: Exception) -> None:
    """Tell it once: Playwright leaves it in a future as well, and asyncio shows what nobody asks a future for."""
    logging.getLogger("asyncio").addFilter(lambda record: not (record.exc_info and record.exc_info[1] is error))


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
