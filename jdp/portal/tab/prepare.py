"""How a tab is fitted out before it loads its page: cookies, limits, what it leaves out and what it records."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary, WeakSet

from jdp.meta import TAB_ORDER
from jdp.portal.tab import tracing
from jdp.portal.tab.capture import prepare
from jdp.portal.tab.dialogs import ACCEPTING, answer_dialogs
from jdp.portal.tab.events import listen
from jdp.portal.tab.limits import limit
from jdp.portal.tab.loading import watch_loading
from jdp.portal.tab.scripts import watch
from jdp.utils.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Sequence

    from playwright.async_api import BrowserContext, Page, Route
    from playwright.async_api import Request as PageRequest
    from scrapy import Request

    from jdp.engine.private import SetCookieParam

HEAVY = ("image", "font", "media", "stylesheet")

# What tabs asked the site for, in the order of asking, where somebody wants to learn from it.
RECORDED: WeakKeyDictionary[Page, list[PageRequest]] = WeakKeyDictionary()

# Tabs without style sheets: what is hidden cannot be told from what is shown.
UNSTYLED: WeakSet[Page] = WeakSet()

# Browsers' sides of the session that have all of its cookies: one that was started later knows none.
FITTED_OUT: WeakSet[BrowserContext] = WeakSet()


@dataclass
class TabOrder:
    """What a tab needs before it loads its page.

    `cookies` are those that plain requests were given since the last tab, `all_cookies` what a browser needs that
    was just started; `block` leaves out what is only for the eye, `capture` learns what would open in a new tab,
    `record` notes what the page asks the site for, `download` lets it download files, `trace` has it traced,
    `accept` says yes to what it asks.
    """

    cookies: Secret[Sequence[SetCookieParam]]
    all_cookies: Secret[Sequence[SetCookieParam]] = field(default_factory=Secret)
    block: bool = False
    capture: bool = False
    record: bool = False
    download: bool = False
    trace: bool = False
    accept: bool = False


async def prepare_tab(page: Page, request: Request) -> None:
    """Fit out a new tab (scrapy-playwright's playwright_page_init_callback, run before the page loads)."""
    order: TabOrder = request.meta[TAB_ORDER]
    known = page.context in FITTED_OUT
    if cookies := order.cookies.reveal() if known else order.all_cookies.reveal_or([]):
        await page.context.add_cookies(cookies)
    FITTED_OUT.add(page.context)
    (ACCEPTING.add if order.accept else ACCEPTING.discard)(page.context)
    await (tracing.go_on if order.trace else tracing.pause)(page.context)
    await fit_out(page, record=order.record, capture=order.capture, download=order.download)
    if order.block:
        UNSTYLED.add(page)
        await page.route("**/*", _skip_heavy)


async def fit_out(page: Page, *, record: bool, capture: bool, download: bool = False) -> None:
    """Bound a tab and listen to it, whoever opened it."""
    await limit(page, download=download)
    listen(page)
    answer_dialogs(page)
    await watch_loading(page)
    if record:
        _record(page)
    if capture:
        watch(page)
        await prepare(page)


def _record(page: Page) -> None:
    """Note from here on what a tab asks the site for."""
    requests: list[PageRequest] = []
    RECORDED[page] = requests
    page.on("request", lambda request: requests.append(request))  # noqa: PLW0108 - Playwright wants a function


async def _skip_heavy(route: Route) -> None:
    if route.request.resource_type in HEAVY:
        await route.abort()
    else:
        await route.fallback()
