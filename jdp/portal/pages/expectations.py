"""What a page has to be: signed in, there, and showing what is wanted; each of its failures has an error."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from playwright.async_api import TimeoutError as PlaywrightTimeoutError

from jdp.exceptions import PageMismatchError, PortalBusyError, SessionExpiredError, TabFailedError, VehicleGoneError
from jdp.portal.login_form import LOGIN_FORM
from jdp.portal.responses import BUSY
from jdp.portal.tab.events import FALTERED, SIGNED_OUT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from playwright.async_api import Page

FIRST_ERROR_STATUS, FIRST_SERVER_ERROR = 400, 500
NOT_THERE = (404, 410)
POLL_SECONDS = 1.0
FALTERED_SECONDS = 10.0  # that a page may take to get over an error
ASK_AGAIN = """async (form) => {
    const answer = await fetch(location.href, {credentials: "same-origin"});
    return !!new DOMParser().parseFromString(await answer.text(), "text/html").querySelector(form);
}"""


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
            expect_answers(page, name)
        else:
            await expect_signed_in(page, name)
            return
    await expect_session(page, name)
    raise PageMismatchError(
        f"{name}: nothing matches {' or '.join(selectors)} after {seconds:.0f} s (title {await page.title()!r})"
    )


def expect_answers(page: Page, name: str) -> None:
    """Check that the portal answers the page's scripts; raises SessionExpiredError or PortalBusyError."""
    expect_not_signed_out(page, name)
    _expect_not_faltered(page, name)


def expect_not_signed_out(page: Page, name: str) -> None:
    """Check that no script of the page met the login form; raises SessionExpiredError."""
    if page in SIGNED_OUT:
        raise SessionExpiredError(f"{name}: the session ended while the page was open")


def _expect_not_faltered(page: Page, name: str) -> None:
    now = asyncio.get_running_loop().time()
    if now - FALTERED.get(page, now) > FALTERED_SECONDS:
        raise PortalBusyError(f"{name}: the portal failed the page's script, and nothing came after it")


async def expect_session(page: Page, name: str) -> None:
    """Ask for the tab's own address again, before it is blamed for what is missing; raises SessionExpiredError."""
    if await page.evaluate(ASK_AGAIN, LOGIN_FORM):
        raise SessionExpiredError(f"{name}: the session ended while the page was open")
    # Last: what a script was answered is known a moment later, and another tab may have renewed the session since.
    expect_not_signed_out(page, name)
