"""How much a tab takes in: a page without end would fill the browser's memory, a download this machine's disk."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from playwright.async_api import Error as PlaywrightError

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from playwright.async_api import CDPSession, Download, Page

MOST_BYTES = 64 * 1024 * 1024  # of one tab, in all; the largest page has 1 MB


async def limit(page: Page, *, download: bool) -> None:
    """Stop a tab's loading when it has taken in too much, and downloads at once unless one is wanted."""
    left = MOST_BYTES
    browser = await page.context.new_cdp_session(page)
    await browser.send("Network.enable")

    def received(event: dict[str, Any]) -> Coroutine[Any, Any, None] | None:
        nonlocal left
        left -= event["dataLength"]
        return _stop(browser) if left < 0 else None

    browser.on("Network.dataReceived", received)
    if not download:
        page.on("download", _cancel)


async def _stop(browser: CDPSession) -> None:
    with contextlib.suppress(PlaywrightError):  # the tab is gone
        await browser.send("Page.stopLoading")


async def _cancel(download: Download) -> None:
    with contextlib.suppress(PlaywrightError):  # the tab is gone
        await download.cancel()
