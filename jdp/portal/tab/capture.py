"""What a tab asks for when it asks for its report: held back, so that it can be asked for once, by us."""

from __future__ import annotations

import contextlib
import re
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from playwright.async_api import Error as PlaywrightError

from jdp.portal.recording import RecordedRequest, ReportRequest
from jdp.portal.tab.step import CAPTURING

if TYPE_CHECKING:
    from playwright.async_api import Page, Route
    from playwright.async_api import Request as PageRequest

SCRIPT = files("jdp.portal.tab").joinpath("capture.js").read_text(encoding="utf-8")
STAND_IN = "__jdpWindow"  # the name of capture.js's frames
SCRIPTED = ("fetch", "xhr")
# Headers that a script may have chosen; the others are every request's.
CHOSEN = re.compile(r"^(accept|content-type|x-.*|.*(token|verif|csrf|xsrf).*)$", re.IGNORECASE)
FORM = "application/x-www-form-urlencoded"

# What tabs were kept from sending, since they were told to hold it back.
HELD: WeakKeyDictionary[Page, list[ReportRequest]] = WeakKeyDictionary()


async def prepare(page: Page) -> None:
    """Have a new tab open no other ones."""
    CAPTURING.add(page)
    page.on("popup", _close_popup)
    await page.add_init_script(SCRIPT)


async def _close_popup(popup: Page) -> None:
    """Close a tab that opened past the script, before its report is made once more with each try."""
    with contextlib.suppress(PlaywrightError):
        await popup.close()


async def is_prepared(page: Page) -> bool:
    """Tell whether the page that is in the tab just now was met by the script."""
    return bool(await page.evaluate("Array.isArray(window.__jdpAsked)"))


async def hold_back(page: Page, address: str) -> None:
    """From here on send nothing to an address that holds this word, nor what an empty window is given to load."""
    await page.evaluate("window.__jdpAsked.length = 0")
    known = page in HELD
    held = HELD.setdefault(page, [])
    held.clear()
    if known:
        return
    wanted = re.compile(rf"{re.escape(address)}(?![A-Za-z])")  # as a call before, <address>Url, does not

    async def meet(route: Route) -> None:
        request = route.request
        with contextlib.suppress(PlaywrightError):  # the tab is gone
            if not wanted.search(request.url) and not _fills_window(request):
                await route.fallback()
            elif request.method == "HEAD":  # a script that looks before it asks
                await route.fulfill(status=200, content_type="application/pdf")
            else:
                held.append(_report_request(page, request))
                await route.abort("aborted")  # of all ways the one that leaves the page where it is

    async def arrive(event: dict[str, Any]) -> None:
        request, paused = event["request"], {"requestId": event["requestId"]}
        with contextlib.suppress(PlaywrightError):  # the tab is gone
            if "redirectedRequestId" in event and wanted.search(request["url"]):
                held.append(ReportRequest(request["url"], request["method"], request.get("postData", ""), page.url))
                await browser.send("Fetch.failRequest", paused | {"errorReason": "Aborted"})
            else:
                await browser.send("Fetch.continueRequest", paused)

    await page.route("**/*", meet)
    # Playwright's routes do not meet what another address redirects to.
    browser = await page.context.new_cdp_session(page)
    browser.on("Fetch.requestPaused", arrive)
    await browser.send("Fetch.enable", {"patterns": [{"urlPattern": f"*{address}*"}]})


def _fills_window(request: PageRequest) -> bool:
    try:
        return request.is_navigation_request() and request.frame.name == STAND_IN
    except PlaywrightError:  # of a worker, or a tab that is not there yet
        return False


def _report_request(page: Page, request: PageRequest) -> ReportRequest:
    sent = sent_by(request)
    by_browser = request.resource_type not in SCRIPTED
    headers = tuple((name, value) for name, value in sent.headers if not by_browser or _tells_body(name, value))
    referer = request.headers.get("referer") or page.url
    return ReportRequest(sent.url, sent.method, sent.body, referer, headers=headers)


def _tells_body(name: str, value: str) -> bool:
    """Tell whether a header of a request that no script made is not as always."""
    return name == "content-type" and value != FORM


def sent_by(request: PageRequest) -> RecordedRequest:
    """Return what a tab asked for, with the headers that a script may have chosen."""
    body = (request.post_data_buffer or b"").decode("utf-8", "replace")
    chosen = tuple((name, value) for name, value in sorted(request.headers.items()) if CHOSEN.search(name))
    return RecordedRequest(request.method, request.url, body, chosen)


async def asked(page: Page) -> list[ReportRequest]:
    """Return what the page would have opened or sent since it was told to hold it back."""
    told: list[dict[str, Any]] = []
    with contextlib.suppress(PlaywrightError):  # the tab goes on to another page just now
        told = await page.evaluate("window.__jdpAsked || []")
    return [*HELD[page], *(_told(page, entry) for entry in told)]


def _told(page: Page, entry: dict[str, Any]) -> ReportRequest:
    headers = (("content-type", entry["type"]),) if entry["type"] else ()
    return ReportRequest(entry["url"], entry["method"], entry["body"], page.url, headers=headers)
