"""What a tab's scripts meet while it is open: the login form, an error of the portal, no answer."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary, WeakSet

from playwright.async_api import Error as PlaywrightError

from jdp.portal.login_form import holds_login_form, title_instead
from jdp.portal.responses import refusal

if TYPE_CHECKING:
    from playwright.async_api import Page
    from playwright.async_api import Request as PageRequest
    from playwright.async_api import Response as PageResponse

FIRST_SERVER_ERROR = 500
SCRIPTED = ("fetch", "xhr")
NEEDED = ("script", *SCRIPTED)
# What Chromium says of requests that were given up or forbidden, not lost on the way.
NOT_LOST = ("ERR_ABORTED", "ERR_FAILED", "BLOCKED")


@dataclass(frozen=True)
class Faltered:
    """When a tab's script met an error of the portal; the status of a refusal, the title of a page in its place."""

    at: float
    refused: str = ""
    instead: str = ""


# Tabs in which a script's request was answered with the login page: what they wait for will never come.
SIGNED_OUT: WeakSet[Page] = WeakSet()

# Tabs in which a script, or a request of one, met an error of the portal, and when: what it was for may never come.
FALTERED: WeakKeyDictionary[Page, Faltered] = WeakKeyDictionary()


def listen(page: Page) -> None:
    """Notice from here on what a tab's scripts meet: the login form, an error of the portal, no answer."""
    page.on("response", lambda response: _answered(page, response))
    page.on("requestfailed", lambda request: _unanswered(page, request))


async def _answered(page: Page, response: PageResponse) -> None:
    request = response.request
    refused = refusal(response.status)
    if refused or response.status >= FIRST_SERVER_ERROR:
        _falter(page, request, refused=refused)
    if request.resource_type not in NEEDED or "html" not in response.headers.get("content-type", ""):
        return
    with contextlib.suppress(PlaywrightError, UnicodeDecodeError):  # the tab closed meanwhile; no text
        text = await response.text()
        if holds_login_form(text):
            if request.redirected_from is not None:
                SIGNED_OUT.add(page)
        elif not refused and (title := title_instead(text)):
            _falter(page, request, instead=title)


def _unanswered(page: Page, request: PageRequest) -> None:
    if not any(each in (request.failure or "") for each in NOT_LOST):
        _falter(page, request)


def _falter(page: Page, request: PageRequest, *, refused: str = "", instead: str = "") -> None:
    ours = urlsplit(request.url).netloc == urlsplit(page.url).netloc
    if ours and request.resource_type in NEEDED:
        FALTERED.setdefault(page, Faltered(asyncio.get_running_loop().time(), refused, instead))
