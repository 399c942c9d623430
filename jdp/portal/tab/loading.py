"""When a page is loaded: its document is, whatever else it loads besides. Nobody waits for a picture or a chat.

A script or a style sheet that never comes holds up the document itself. It is left out then, in all tabs.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import TimeoutError as PlaywrightTimeoutError

from jdp.exceptions import TabFailedError

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Page, Route
    from playwright.async_api import Request as PageRequest

GOTO = {"wait_until": "commit"}  # scrapy-playwright's playwright_page_goto_kwargs: steps wait for what they need
LOADED_SECONDS = 60.0
HUNG_SECONDS = 15.0  # that a document is held up by what never comes
POLL_SECONDS = 1.0
HOLDING = ("script", "stylesheet")

logger = logging.getLogger(__name__)


@dataclass
class Loading:
    """What a tab waits for: its document's request, and those that may hold it up, with the time they began."""

    document: PageRequest | None = None
    arrived: bool = False
    under_way: dict[PageRequest, float] = field(default_factory=dict)

    def began(self, request: PageRequest) -> None:
        """Note a request."""
        if request.resource_type in HOLDING:
            self.under_way[request] = asyncio.get_running_loop().time()
        elif request.is_navigation_request() and request.frame.parent_frame is None:
            self.document, self.arrived = request, False
            self.under_way.clear()

    def ended(self, request: PageRequest) -> None:
        """Note that a request has ended."""
        self.under_way.pop(request, None)
        self.arrived |= request == self.document

    def hung(self) -> set[str]:
        """Return what holds the document up, when all of it has come."""
        before = asyncio.get_running_loop().time() - HUNG_SECONDS
        return {_bare(request.url) for request, began in self.under_way.items() if self.arrived and began < before}


LOADING: WeakKeyDictionary[Page, Loading] = WeakKeyDictionary()
LEFT_OUT: WeakKeyDictionary[BrowserContext, set[str]] = WeakKeyDictionary()


async def watch_loading(page: Page) -> None:
    """Notice from here on what a tab waits for, and leave out what no tab has ever got."""
    loading = LOADING[page] = Loading()
    page.on("request", loading.began)
    page.on("requestfinished", loading.ended)
    page.on("requestfailed", loading.ended)
    if page.context in LEFT_OUT:
        await _leave_out(page)


async def loaded(page: Page) -> None:
    """Wait until a tab's document is whole, not for all that it loads; raises TabFailedError."""
    limit = asyncio.get_running_loop().time() + LOADED_SECONDS
    while asyncio.get_running_loop().time() < limit:
        with contextlib.suppress(PlaywrightTimeoutError):
            await page.wait_for_load_state("domcontentloaded", timeout=POLL_SECONDS * 1000)
            return
        if not await get_past(page):
            return
    raise TabFailedError(f"the page did not load in {LOADED_SECONDS:.0f} s")


async def get_past(page: Page) -> bool:
    """Leave out what holds a document up and load it again; False when it is to be taken as it is.

    That is so for the answer to a form, which must not be sent twice.
    """
    loading = LOADING.get(page)
    hung = loading.hung() if loading is not None else set()
    if loading is None or loading.document is None or not hung:
        return True
    for url in sorted(hung):
        logger.warning("%s has not come in %.0f s and holds up the page: left out from here on", url, HUNG_SECONDS)
    known = page.context in LEFT_OUT
    LEFT_OUT.setdefault(page.context, set()).update(hung)
    for each in [page] if known else page.context.pages:
        await _leave_out(each)
    if loading.document.method != "GET":
        return False
    await page.reload(wait_until="commit")
    return True


async def _leave_out(page: Page) -> None:
    left_out = LEFT_OUT[page.context]
    await page.route(lambda url: _bare(url) in left_out, _abort)


async def _abort(route: Route) -> None:
    with contextlib.suppress(PlaywrightError):  # the tab is gone
        await route.abort()


def _bare(url: str) -> str:
    """Return an address without what only tells one time from another."""
    return url.partition("?")[0]
