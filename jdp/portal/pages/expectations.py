"""What a page has to be: signed in, there, and showing what is wanted; each of its failures has an error."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from playwright.async_api import TimeoutError as PlaywrightTimeoutError

from jdp.exceptions import PageMismatchError, PortalBusyError, SessionExpiredError, TabFailedError, VehicleGoneError
from jdp.portal.login_form import LOGIN_FORM, LOGOUT
from jdp.portal.responses import BUSY, refusal
from jdp.portal.tab.dialogs import expect_no_question
from jdp.portal.tab.events import FALTERED, SIGNED_OUT
from jdp.portal.tab.prepare import UNSTYLED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from playwright.async_api import Page

FIRST_ERROR_STATUS, FIRST_SERVER_ERROR = 400, 500
NOT_THERE = (404, 410)
POLL_SECONDS = 1.0
FALTERED_SECONDS = 10.0  # that a page may take to get over an error
STRANGE_SECONDS = 20.0  # that a page may take to become one of the portal's own; some go on by script
STRANGE = "(logout) => document.readyState !== 'loading' && !document.querySelector(logout)"
# A form that is only there for later is hidden, by style sheets where they are loaded.
FORM_STANDS = """([form, out, styled]) => {
    const field = document.querySelector(form);
    if (!field || !document.querySelector(out)) return !!field;
    return styled && field.checkVisibility({opacityProperty: true, visibilityProperty: true});
}"""
ASK_AGAIN = """async ([form, out]) => {
    const answer = await fetch(location.href, {credentials: "same-origin"});
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    return !!page.querySelector(form) && !page.querySelector(out);
}"""


async def expect_signed_in(page: Page, name: str) -> None:
    """Check what came instead of a signed-in page; raises SessionExpiredError, PortalBusyError and others."""
    if await page.evaluate(FORM_STANDS, [LOGIN_FORM, LOGOUT, page not in UNSTYLED]):
        raise SessionExpiredError(f"{name}: the login form stands here")
    status = await page.evaluate("performance.getEntriesByType('navigation')[0]?.responseStatus ?? 200")
    if status in BUSY:
        busy = PortalBusyError(f"{name}: HTTP {status}")
        busy.refused = refusal(status)
        raise busy
    if status in NOT_THERE:
        raise VehicleGoneError(f"{name}: the portal no longer has it (HTTP {status})")
    if status >= FIRST_ERROR_STATUS:
        failed = TabFailedError(f"{name}: HTTP {status}")
        failed.refused = refusal(status)
        raise failed


async def expect_one_of(page: Page, name: str, selectors: Sequence[str], seconds: float) -> None:
    """Wait until one of the selectors is visible; raises PageMismatchError, or as `expect_signed_in` does."""
    await expect_signed_in(page, name)
    wanted = page.locator(", ".join(selectors)).filter(visible=True).first
    began = asyncio.get_running_loop().time()
    limit = began + seconds
    while (left := limit - asyncio.get_running_loop().time()) > 0:
        try:
            await wanted.wait_for(state="visible", timeout=min(left, POLL_SECONDS) * 1000)
        except PlaywrightTimeoutError:
            await expect_signed_in(page, name)
            expect_no_question(page, name)
            expect_answers(page, name)
            if asyncio.get_running_loop().time() - began > STRANGE_SECONDS:
                await _expect_known(page, name)
        else:
            await expect_signed_in(page, name)
            return
    await expect_session(page, name)
    raise PageMismatchError(
        f"{name}: nothing matches {' or '.join(selectors)} after {seconds:.0f} s (title {await page.title()!r})"
    )


async def _expect_known(page: Page, name: str) -> None:
    """Check that the page is one of the portal's own, which all have a way out; raises TabFailedError."""
    if not await page.evaluate(STRANGE, LOGOUT):
        return
    strange = TabFailedError(f"{name}: the portal shows another page in its place ({await page.title()!r})")
    strange.instead = await page.title() or "without a title"
    raise strange


def expect_answers(page: Page, name: str) -> None:
    """Check that the portal answers the page's scripts; raises SessionExpiredError or PortalBusyError."""
    expect_not_signed_out(page, name)
    _expect_not_faltered(page, name)


def expect_not_signed_out(page: Page, name: str) -> None:
    """Check that no script of the page met the login form; raises SessionExpiredError."""
    if page in SIGNED_OUT:
        raise SessionExpiredError(f"{name}: the session ended while the page was open")


def _expect_not_faltered(page: Page, name: str) -> None:
    faltered = FALTERED.get(page)
    if faltered is None or asyncio.get_running_loop().time() - faltered.at <= FALTERED_SECONDS:
        return
    kind = TabFailedError if faltered.instead or faltered.refused not in ("", *map(refusal, BUSY)) else PortalBusyError
    told = f" ({faltered.refused or repr(faltered.instead)})" if faltered.refused or faltered.instead else ""
    failed = kind(f"{name}: the portal failed the page's script{told}, and nothing came after it")
    failed.refused, failed.instead = faltered.refused, faltered.instead
    raise failed


async def expect_session(page: Page, name: str) -> None:
    """Ask for the tab's own address again, before it is blamed for what is missing; raises SessionExpiredError."""
    if await page.evaluate(ASK_AGAIN, [LOGIN_FORM, LOGOUT]):
        raise SessionExpiredError(f"{name}: the session ended while the page was open")
    # Last: what a script was answered is known a moment later, and another tab may have renewed the session since.
    expect_not_signed_out(page, name)
