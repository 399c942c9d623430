"""The login page, the licence agreement, and the way out. Known by their elements: addresses may differ."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from playwright.async_api import Error as PlaywrightError

from jdp.exceptions import ActiveSessionError, LoginOutcomeError, LoginRefusedError, PageMismatchError, TabFailedError
from jdp.portal.addresses import base_at
from jdp.portal.login_form import LOGIN_FORM
from jdp.portal.pages.contract import Contract, Part
from jdp.portal.pages.refused_cookie import expect_kept_cookie, new_words, telling_words
from jdp.portal.tab.step import step
from jdp.utils.text import first_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.async_api import Cookie, Page, Request, Response

    from jdp.utils.secret import Secret

LOGOUT = "#btnLogout"
PASSWORD = "#passwordInput"  # noqa: S105 - a selector
BUTTON = "#loginButton"
LICENCE = "#agreementCheckBox"
LOGIN_PAGE = Contract(
    "login page", __name__, (Part("user name", LOGIN_FORM), Part("password", PASSWORD), Part("its button", BUTTON))
)
SIGNED_IN = Contract("signed-in page", __name__, (Part("log out", LOGOUT, shown=False),))
LICENCE_PAGE = Contract("licence agreement", __name__, (Part("its box", LICENCE),))

ACTIVE_SESSION_SECONDS = 300.0  # PORTAL.md: "the account then waits about 5 minutes"
SETTLE_SECONDS = 10.0
POLL_SECONDS = 0.1
QUIET_POLLS = 10
SHARE = 0.5  # of the limit, for each of its two waits; then it can still be said what did not come

STATE = """([form, licence, logout]) => {
    const seen = (selector) => { const e = document.querySelector(selector); return !!e && e.checkVisibility(); };
    return {
        ready: document.readyState !== "loading",
        form: seen(form), licence: seen(licence), logout: !!document.querySelector(logout),
        before: !!window.__jdpBefore,
        changed: !!window.__jdpBefore && window.__jdpBefore !== document.body.innerText,
        text: document.body ? document.body.innerText : "",
    };
}"""

LOGOUT_WAY = """(selector) => {
    const control = document.querySelector(selector);
    const link = control.closest("a[href]");
    if (link && !/^(#|javascript:)/i.test(link.getAttribute("href"))) return {method: "GET", url: link.href, body: ""};
    const form = control.form || control.closest("form");
    if (!form) return null;
    const fields = new FormData(form);
    if (control.name) fields.append(control.name, control.value || "");
    const body = new URLSearchParams(fields).toString();
    return {method: (form.method || "get").toUpperCase(), url: form.action || location.href, body};
}"""


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

    `keep` is given the browser's cookies as soon as the portal may have set the session's, before anything else. The
    password goes nowhere but to the host of `portal_url`.
    """

    user: str
    password: Secret[str]
    keep: Callable[[list[Cookie]], None]
    portal_url: str = ""
    sent: bool = False
    answers: list[Response] = field(default_factory=list, repr=False)


@step
async def log_in(page: Page, attempt: LoginAttempt, seconds: float) -> SignedIn:
    """Log in; raises LoginRefusedError, ActiveSessionError or LoginOutcomeError."""
    async with asyncio.timeout(seconds):
        state = await _settled(page, seconds)
        if state["form"]:
            base_at(attempt.portal_url or page.url, page.url)
            form, state = state, await _submit(page, attempt, seconds)
            if not (state["logout"] or state["licence"]):
                await _check_refusal(page, attempt, state, new_words(form["text"], state["text"]))
        accepted = bool(state["licence"])
        if accepted:
            state = await _accept_licence(page, seconds)
        if not state["logout"]:
            where = "After the login the portal" if attempt.sent else f"PORTAL_URL={attempt.portal_url}"
            raise LoginOutcomeError(
                f"{where} shows a page that is none of the known ones (nothing matches {LOGOUT} or "
                f"{LICENCE}): {await page.title()!r} says {telling_words(state['text'])!r}. Log in by hand once, "
                "settle what it asks, then start again"
            )
        return SignedIn(
            user_agent=await page.evaluate("navigator.userAgent"),
            languages=tuple(await page.evaluate("[...navigator.languages]")),
            landing_url=page.url,
            logout=await page.evaluate(LOGOUT_WAY, LOGOUT),
            licence_accepted=accepted,
        )


async def _settled(page: Page, seconds: float) -> dict[str, Any]:
    """Return the state of the page once it shows something known, or what it shows when it never does."""
    state: dict[str, Any] = {}
    limit = asyncio.get_running_loop().time() + min(seconds, SETTLE_SECONDS)
    while asyncio.get_running_loop().time() < limit:
        state = await _state(page) or state
        if state and (state["form"] or state["licence"] or state["logout"]):
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
    return state if state["ready"] else None


async def _submit(page: Page, attempt: LoginAttempt, seconds: float) -> dict[str, Any]:
    """Fill in and send the form; return the state of the page it led to."""
    if attempt.sent:
        raise TabFailedError("login page: its tab was lost after the form was sent")
    for selector in (PASSWORD, BUTTON):
        if not await page.locator(selector).count():
            raise PageMismatchError(f"login page: nothing matches {selector}")
    try:
        await page.fill(LOGIN_FORM, attempt.user)
        await page.fill(PASSWORD, attempt.password.reveal())
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
    await page.click(BUTTON, no_wait_after=True)
    return await _answer(page, seconds, under_way)


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
            return await _settled(page, seconds)
        quiet = quiet + 1 if state and state["changed"] and not under_way else 0
        if state and quiet >= QUIET_POLLS:
            return state
        await asyncio.sleep(POLL_SECONDS)
    raise TabFailedError(f"login page: no answer to the login in {seconds:.0f} s")


async def _check_refusal(page: Page, attempt: LoginAttempt, state: dict[str, Any], said: str) -> None:
    words = telling_words(said or state["text"])
    if re.search(r"active\s+session", state["text"], re.IGNORECASE):
        raise ActiveSessionError(f"the account has another session open ({words!r})", _stated_wait(state["text"]))
    if state["form"]:
        await expect_kept_cookie(page, attempt.answers, said)
        raise LoginRefusedError(
            f"The portal refused the user name or password; it says {words!r}. It was tried once and is not tried "
            "again (accounts get locked): check JD_USER and JD_PASS"
        )


def _stated_wait(text: str) -> float:
    """Return the wait in seconds that the refusal names, else what PORTAL.md knows."""
    stated = re.findall(r"(\d+)\s*(second|minute)", text, re.IGNORECASE)
    return (
        sum(float(number) * (60 if unit.lower() == "minute" else 1) for number, unit in stated)
        or ACTIVE_SESSION_SECONDS
    )


async def _accept_licence(page: Page, seconds: float) -> dict[str, Any]:
    """Tick the box, which submits by itself; return the state of the page it led to."""
    await page.evaluate("window.__jdpBefore = document.body.innerText")
    await page.locator(LICENCE).click(no_wait_after=True)
    limit = asyncio.get_running_loop().time() + seconds * SHARE
    while asyncio.get_running_loop().time() < limit:
        state = await _state(page)
        if state and not state["before"]:
            return await _settled(page, seconds)
        await asyncio.sleep(POLL_SECONDS)
    raise PageMismatchError(f"licence agreement: ticking {LICENCE} led nowhere in {seconds:.0f} s")


@step
async def log_out(page: Page, seconds: float) -> bool:
    """Log out; True when there was a session to end, False when the login form shows that there is none."""
    async with asyncio.timeout(seconds):
        if not await page.locator(LOGOUT).count():
            if await page.locator(LOGIN_FORM).count():
                return False
            raise PageMismatchError(f"signed-in page: nothing matches {LOGOUT}")
        await page.locator(LOGOUT).first.evaluate("control => control.click()")
        await page.wait_for_function(
            "selector => document.readyState !== 'loading' && !document.querySelector(selector)", arg=LOGOUT
        )
        return True
