"""What all pages share: how a step runs in a tab, what it returns, what "not this page" looks like.

A step is a module-level coroutine function given to scrapy-playwright as a PageMethod. It runs on Playwright's own
loop (another thread on Windows), so everything goes in and out as plain data and errors are returned, not raised.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
from dataclasses import dataclass, field
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Concatenate, Generic, ParamSpec, TypeVar, cast
from weakref import WeakKeyDictionary, WeakSet

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import TimeoutError as PlaywrightTimeoutError

from jdp.evidence import Snapshot
from jdp.exceptions import (
    JdpError,
    LoginOutcomeError,
    PageMismatchError,
    PortalBusyError,
    SessionExpiredError,
    TabFailedError,
    VehicleGoneError,
    WrongVehicleError,
)
from jdp.pages.limits import limit
from jdp.secrets import Secret

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from playwright._impl._api_structures import SetCookieParam
    from playwright.async_api import BrowserContext, Cookie, Page, Route
    from playwright.async_api import Request as PageRequest
    from playwright.async_api import Response as PageResponse
    from scrapy import Request
    from scrapy.http import Response

T = TypeVar("T")
P = ParamSpec("P")

LOGIN_FORM = "#usernameInput"
LOGOUT = "#btnLogout"
HEAVY = ("image", "font", "media", "stylesheet")
FIRST_ERROR_STATUS, FIRST_SERVER_ERROR = 400, 500
NOT_THERE = (404, 410)
BUSY = (429, 503)
POLL_SECONDS = 1.0
FALTERED_SECONDS = 10.0  # that a page may take to get over an error
SCRIPTED = ("fetch", "xhr")

# Tabs in which a script's request was answered with the login page: what they wait for will never come.
SIGNED_OUT: WeakSet[Page] = WeakSet()

# Tabs in which a script's request met an error of the portal, and when: what it was for may never come.
FALTERED: WeakKeyDictionary[Page, float] = WeakKeyDictionary()

# Tabs that learn where a report is: of no use to anybody once they have.
CAPTURING: WeakSet[Page] = WeakSet()

# What tabs asked the site for, in the order of asking, where somebody wants to learn from it.
RECORDED: WeakKeyDictionary[Page, list[PageRequest]] = WeakKeyDictionary()

# Browsers' sides of the session that have all of its cookies: one that was started later knows none.
FITTED_OUT: WeakSet[BrowserContext] = WeakSet()

ASK_AGAIN = """async (form) => {
    const answer = await fetch(location.href, {credentials: "same-origin"});
    return !!new DOMParser().parseFromString(await answer.text(), "text/html").querySelector(form);
}"""

# What fields hold that the site does not show is nobody's business: passwords, and tokens against forgery.
HTML = """() => {
    const copy = document.documentElement.cloneNode(true);
    for (const field of copy.querySelectorAll("input[type=hidden], input[type=password]")) {
        field.setAttribute("value", "***");
    }
    for (const meta of copy.querySelectorAll("meta[name*=token i], meta[name*=csrf i]")) {
        meta.setAttribute("content", "***");
    }
    return copy.outerHTML;
}"""
SHOWN = (LoginOutcomeError, PageMismatchError, TabFailedError, VehicleGoneError, WrongVehicleError)

CAPTURE = files("jdp.pages").joinpath("capture.js").read_text(encoding="utf-8")


@dataclass
class Outcome(Generic[T]):
    """What a step brought: a value or an error, and the browser's cookies after it."""

    value: T | None = None
    error: JdpError | None = None
    cookies: Secret[list[Cookie]] = field(default_factory=Secret)

    def result(self) -> T:
        """Return the value; raises the error when there is one."""
        if self.error is not None:
            raise self.error
        return cast("T", self.value)


@dataclass
class TabOrder:
    """What a tab needs before it loads its page.

    `cookies` are those that plain requests were given since the last tab, `all_cookies` what a browser needs that
    was just started; `block` leaves out what is only for the eye, `capture` learns what would open in a new tab,
    `record` notes what the page asks the site for, `download` lets it download files.
    """

    cookies: Secret[Sequence[SetCookieParam]]
    all_cookies: Secret[Sequence[SetCookieParam]] = field(default_factory=Secret)
    block: bool = False
    capture: bool = False
    record: bool = False
    download: bool = False


def step(
    function: Callable[Concatenate[Page, P], Awaitable[T]],
) -> Callable[Concatenate[Page, P], Awaitable[Outcome[T]]]:
    """Make a coroutine function a step: its errors become part of the outcome."""

    @functools.wraps(function)
    async def run(page: Page, /, *args: P.args, **kwargs: P.kwargs) -> Outcome[T]:
        outcome: Outcome[T] = Outcome()
        try:
            outcome.value = await function(page, *args, **kwargs)
        except JdpError as error:
            outcome.error = error
        except (TimeoutError, PlaywrightTimeoutError) as error:
            outcome.error = TabFailedError(f"{_words(function)}: no end in time ({first_line(error)})")
        except PlaywrightError as error:
            outcome.error = TabFailedError(f"{_words(function)}: {first_line(error)}")
        await _finish(page, outcome)
        return outcome

    return run


def _words(function: Callable[..., object]) -> str:
    return function.__name__.replace("_", " ")


def first_line(error: BaseException) -> str:
    """Return an error's first line: Playwright's call log behind it may quote what was typed."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


async def _finish(page: Page, outcome: Outcome[Any]) -> None:
    try:
        async with asyncio.timeout(10):
            outcome.cookies = Secret(await page.context.cookies())  # first: a picture may take too long
            if isinstance(outcome.error, SHOWN):
                outcome.error.snapshot = Secret(await _snapshot(page))
            if page in CAPTURING:
                # scrapy-playwright waits for whatever still loads, which nobody needs any more.
                await page.goto("about:blank")
    except (TimeoutError, PlaywrightError) as error:
        outcome.error = outcome.error or TabFailedError(f"the tab is gone ({first_line(error)})")


async def _snapshot(page: Page) -> Snapshot:
    return Snapshot(await page.screenshot(type="png"), await page.evaluate(HTML))


def outcome_of(response: Response) -> Outcome[Any]:
    """Return what the tab's step brought. It is missing when the page never came to run it."""
    assert response.request is not None
    result = response.request.meta["playwright_page_methods"][0].result
    return result if isinstance(result, Outcome) else Outcome(error=TabFailedError("the tab did not run its step"))


async def prepare_tab(page: Page, request: Request) -> None:
    """Fit out a new tab (scrapy-playwright's playwright_page_init_callback, run before the page loads)."""
    order: TabOrder = request.meta["tab_order"]
    known = page.context in FITTED_OUT
    if cookies := order.cookies.reveal() if known else order.all_cookies.reveal_or([]):
        await page.context.add_cookies(cookies)
    FITTED_OUT.add(page.context)
    await limit(page, download=order.download)
    if order.record:
        record(page)
    page.on("response", lambda response: _notice(page, response))
    if order.capture:
        CAPTURING.add(page)
        page.on("popup", _close_popup)
        await page.add_init_script(CAPTURE)
    if order.block:
        await page.route("**/*", _skip_heavy)


def record(page: Page) -> None:
    """Note from here on what a tab asks the site for."""
    requests: list[PageRequest] = []
    RECORDED[page] = requests
    page.on("request", lambda request: requests.append(request))  # noqa: PLW0108 - Playwright wants a function


async def _close_popup(popup: Page) -> None:
    """Close a tab that opened past the capture, before its report is made once more with each try."""
    with contextlib.suppress(PlaywrightError):
        await popup.close()


async def _notice(page: Page, response: PageResponse) -> None:
    """Notice what a script is answered: the login form, or an error of the portal."""
    request = response.request
    if request.resource_type not in SCRIPTED:
        return
    if response.status in BUSY or response.status >= FIRST_SERVER_ERROR:
        FALTERED.setdefault(page, asyncio.get_running_loop().time())
    if request.redirected_from is not None:
        with contextlib.suppress(PlaywrightError):  # the tab closed meanwhile
            if LOGIN_FORM.removeprefix("#") in await response.text():
                SIGNED_OUT.add(page)


async def _skip_heavy(route: Route) -> None:
    if route.request.resource_type in HEAVY:
        await route.abort()
    else:
        await route.fallback()


async def expect_signed_in(page: Page, name: str) -> None:
    """Check what came instead of a signed-in page; raises SessionExpiredError, PortalBusyError and others."""
    if await page.locator(LOGIN_FORM).count():
        raise SessionExpiredError(f"{name}: the login form stands here")
    status = await page.evaluate("performance.getEntriesByType('navigation')[0]?.responseStatus ?? 200")
    if status in BUSY:
        raise PortalBusyError(f"{name}: HTTP {status}")
    if status in NOT_THERE:
        raise VehicleGoneError(f"{name}: the portal no longer has it (HTTP {status})")
    if status >= FIRST_ERROR_STATUS:
        raise TabFailedError(f"{name}: HTTP {status}")


async def expect_one_of(page: Page, name: str, selectors: Sequence[str], seconds: float) -> None:
    """Wait until one of the selectors is visible; raises PageMismatchError, or as `expect_signed_in` does."""
    await expect_signed_in(page, name)
    wanted = page.locator(", ".join((*selectors, LOGIN_FORM))).filter(visible=True).first
    limit = asyncio.get_running_loop().time() + seconds
    while (left := limit - asyncio.get_running_loop().time()) > 0:
        try:
            await wanted.wait_for(state="visible", timeout=min(left, POLL_SECONDS) * 1000)
        except PlaywrightTimeoutError:
            expect_not_signed_out(page, name)
            _expect_not_faltered(page, name)
        else:
            await expect_signed_in(page, name)
            return
    await expect_session(page, name)
    raise PageMismatchError(
        f"{name}: nothing matches {' or '.join(selectors)} after {seconds:.0f} s (title {await page.title()!r})"
    )


def expect_not_signed_out(page: Page, name: str) -> None:
    """Check that no script of the page met the login form; raises SessionExpiredError."""
    if page in SIGNED_OUT:
        raise SessionExpiredError(f"{name}: the session ended while the page was open")


def _expect_not_faltered(page: Page, name: str) -> None:
    now = asyncio.get_running_loop().time()
    if now - FALTERED.get(page, now) > FALTERED_SECONDS:
        raise PortalBusyError(f"{name}: the portal answered an error to the page's script, and nothing came after it")


async def expect_session(page: Page, name: str) -> None:
    """Ask for the tab's own address again, before it is blamed for what is missing; raises SessionExpiredError."""
    expect_not_signed_out(page, name)
    if await page.evaluate(ASK_AGAIN, LOGIN_FORM):
        raise SessionExpiredError(f"{name}: the session ended while the page was open")
