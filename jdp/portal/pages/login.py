"""The login page, the licence agreement, and the way out. Known by their elements: addresses may differ."""

from __future__ import annotations

import asyncio
import contextlib
import functools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from playwright.async_api import Error as PlaywrightError

from jdp.exceptions import LoginOutcomeError, PageMismatchError, TabFailedError
from jdp.portal.addresses import base_at
from jdp.portal.login_form import LOGIN_FORM, LOGOUT
from jdp.portal.pages.contract import Contract, Part
from jdp.portal.pages.login_refusal import check_refusal, telling_words
from jdp.portal.pages.login_script import FILL, LOGOUT_WAY, STATE, TICK
from jdp.portal.tab.loading import get_past
from jdp.portal.tab.press import expect_uncovered, press, uncovered
from jdp.portal.tab.step import See, see_nothing, step
from jdp.utils.text import first_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.async_api import Cookie, Locator, Page, Request, Response

    from jdp.utils.secret import Secret

PASSWORD = "#passwordInput"  # noqa: S105 - a selector
BUTTON = "#loginButton"
LICENCE = "#agreementCheckBox"
LOGIN_PAGE = Contract(
    "login page", __name__, (Part("user name", LOGIN_FORM), Part("password", PASSWORD), Part("its button", BUTTON))
)
SIGNED_IN = Contract("signed-in page", __name__, (Part("log out", LOGOUT, shown=False),))
LICENCE_PAGE = Contract("licence agreement", __name__, (Part("its box", LICENCE),))

SETTLE_SECONDS = 30.0  # that a page on the way may take to go on by itself
POLL_SECONDS = 0.1
QUIET_POLLS = 10
SHARE = 0.5  # of the limit, for each of its two waits; then it can still be said what did not come


@dataclass(frozen=True)
class SignedIn:
    """What a login taught: who the browser says it is, and how to log out without it."""

    user_agent: str
    languages: tuple[str, ...]
    landing_url: str
    logout: dict[str, str] | None
    licence_accepted: bool


@dataclass
class LoginAttempt:
    """One try to log in: its form is sent once, even when scrapy-playwright runs the step again in a new tab.

    `keep` is given the browser's cookies as soon as the portal may have set the session's, before anything else; `see`
    is given the pages after the form. The password goes nowhere but to the host of `portal_url`.
    """

    user: str
    password: Secret[str]
    keep: Callable[[list[Cookie]], None]
    portal_url: str = ""
    sent: bool = False
    see: See = see_nothing
    answers: list[Response] = field(default_factory=list, repr=False)


@step
async def log_in(page: Page, attempt: LoginAttempt, seconds: float) -> SignedIn:
    """Log in; raises LoginRefusedError, ActiveSessionError or LoginOutcomeError."""
    async with asyncio.timeout(seconds):
        state = await _settled(page, seconds)
        if state["form"] or (state["hidden"] and not state["licence"]):
            base_at(attempt.portal_url or page.url, page.url)
            form, state = state, await _submit(page, attempt, seconds)
            if not (state["logout"] or state["licence"]):
                await check_refusal(page, attempt.answers, form, state)
        accepted = bool(state["licence"])
        if accepted:
            await attempt.see(page, LICENCE_PAGE.page)
            state = await _accept_licence(page, seconds)
        await attempt.see(page, SIGNED_IN.page)
        if not state["logout"]:
            where = "After the login the portal" if attempt.sent else f"PORTAL_URL={attempt.portal_url}"
            unknown = LoginOutcomeError(
                f"{where} shows a page that is none of the known ones (nothing matches {LOGOUT} or "
                f"{LICENCE}): {await page.title()!r} says {telling_words(state['text'])!r}. Log in by hand once, "
                "settle what it asks, then start again"
            )
            if not attempt.sent:  # nobody has been asked for a password: the page is no answer to it
                unknown.instead = await page.title() or telling_words(state["text"])
            raise unknown
        return SignedIn(
            user_agent=await page.evaluate("navigator.userAgent"),
            languages=tuple(await page.evaluate("[...navigator.languages]")),
            landing_url=page.url,
            logout=await page.evaluate(LOGOUT_WAY, LOGOUT),
            licence_accepted=accepted,
        )


async def _settled(page: Page, seconds: float, *, whole: bool = False) -> dict[str, Any]:
    """Return the state of the page once it shows something known, or what it shows when it never does.

    A `whole` form is one whose page has come to its end: a refusal may stand below it.
    """
    state: dict[str, Any] = {}
    limit = asyncio.get_running_loop().time() + min(seconds, SETTLE_SECONDS)
    while asyncio.get_running_loop().time() < limit:
        state = await _state(page) or state
        form = state and state["form"] and (state["ready"] or not whole)
        if form or (state and (state["licence"] or state["logout"])):
            return state
        await asyncio.sleep(POLL_SECONDS)
    if not state:
        raise TabFailedError("login page: it never finished loading")
    return state


async def _state(page: Page) -> dict[str, Any] | None:
    try:
        state: dict[str, Any] = await page.evaluate(STATE, [LOGIN_FORM, LICENCE, LOGOUT])
    except PlaywrightError as error:
        if page.is_closed():
            raise TabFailedError(f"login page: {first_line(error)}") from None
        return None  # between two pages
    return state if state["ready"] or not await get_past(page) else None


async def _submit(page: Page, attempt: LoginAttempt, seconds: float) -> dict[str, Any]:
    """Fill in and send the form; return the state of the page it led to."""
    if attempt.sent:
        raise TabFailedError("login page: its tab was lost after the form was sent")
    for selector in (PASSWORD, BUTTON):
        if not await page.locator(selector).count():
            raise PageMismatchError(f"login page: nothing matches {selector}")
    try:
        await _fill(page.locator(LOGIN_FORM).first, attempt.user)
        await _fill(page.locator(PASSWORD).first, attempt.password.reveal())
    except PlaywrightError:  # its call log quotes what was to be typed
        raise TabFailedError("login page: the form could not be filled in") from None
    await page.evaluate("window.__jdpBefore = document.body.innerText")
    under_way: set[Request] = set()

    def began(request: Request) -> None:
        under_way.add(request)

    def ended(request: Request) -> None:
        under_way.discard(request)

    page.on("request", began)
    page.on("requestfinished", ended)
    page.on("requestfailed", ended)
    page.on("response", functools.partial(_keep_cookies, page, attempt))
    page.on("response", lambda response: attempt.answers.append(response))  # noqa: PLW0108 - Playwright wants a function
    attempt.sent = True
    await press(page.locator(BUTTON).first)
    return await _answer(page, seconds, under_way)


async def _fill(field: Locator, text: str) -> None:
    """Type into a field; where it is hidden, put the text there."""
    if await field.is_visible():
        await field.fill(text)
    else:
        await field.evaluate(FILL, text)


async def _keep_cookies(page: Page, attempt: LoginAttempt, response: Response) -> None:
    with contextlib.suppress(PlaywrightError):  # the tab is gone
        if response.request.is_navigation_request() and (cookies := await page.context.cookies()):
            attempt.keep(cookies)


async def _answer(page: Page, seconds: float, under_way: set[Request]) -> dict[str, Any]:
    """Wait for the answer to the form: another page, or other words on the same one once nothing is under way."""
    limit = asyncio.get_running_loop().time() + seconds * SHARE
    quiet = 0
    while asyncio.get_running_loop().time() < limit:
        state = await _state(page)
        if state and (not state["before"] or state["logout"] or state["licence"]):
            return await _settled(page, seconds, whole=True)
        quiet = quiet + 1 if state and state["changed"] and not under_way else 0
        if state and quiet >= QUIET_POLLS:
            return state
        await asyncio.sleep(POLL_SECONDS)
    await expect_uncovered("login page", page.locator(BUTTON).first)
    raise TabFailedError(f"login page: no answer to the login in {seconds:.0f} s")


async def _accept_licence(page: Page, seconds: float) -> dict[str, Any]:
    """Tick the box, which submits by itself; return the state of the page it led to."""
    await page.evaluate("window.__jdpBefore = document.body.innerText")
    box = page.locator(LICENCE).first
    if await uncovered(box) and await box.is_visible():
        await press(box)
    else:
        await box.evaluate(TICK)
    limit = asyncio.get_running_loop().time() + seconds * SHARE
    while asyncio.get_running_loop().time() < limit:
        state = await _state(page)
        if state and not state["before"]:
            return await _settled(page, seconds)
        await asyncio.sleep(POLL_SECONDS)
    await expect_uncovered("licence agreement", box)
    raise PageMismatchError(f"licence agreement: ticking {LICENCE} led nowhere in {seconds:.0f} s")


@step
async def log_out(page: Page, seconds: float) -> bool:
    """Log out; True when there was a session to end, False when the login form shows that there is none."""
    async with asyncio.timeout(seconds):
        if not await page.locator(LOGOUT).count():
            if await page.locator(LOGIN_FORM).count():
                return False
            raise PageMismatchError(f"signed-in page: nothing matches {LOGOUT}")
        way = await page.evaluate(LOGOUT_WAY, LOGOUT)
        if way and way["method"] == "GET" and not way["body"]:
            await page.goto(way["url"], wait_until="commit")  # a click may be swallowed
        else:
            await press(page.locator(LOGOUT).first)
        await page.wait_for_function(
            "([form, out]) => (document.readyState !== 'loading' || document.querySelector(form))"
            " && !document.querySelector(out)",
            arg=[LOGIN_FORM, LOGOUT],
        )
        return True
