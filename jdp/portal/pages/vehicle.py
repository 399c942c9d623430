"""The vehicle page: whether it is this vehicle's, and where its Create PDF leads."""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urljoin, urlsplit

from playwright.async_api import Error as PlaywrightError

from jdp.exceptions import (
    JdpError,
    PageMismatchError,
    SessionExpiredError,
    StopRunError,
    TabFailedError,
    WrongVehicleError,
)
from jdp.portal.pages.contract import Contract, Part
from jdp.portal.pages.expectations import expect_not_signed_out, expect_one_of, expect_session
from jdp.portal.pages.grid import open_vehicle
from jdp.portal.recording import Exchange, ReportRequest
from jdp.portal.tab import capture, scripts
from jdp.portal.tab.dialogs import expect_no_question, said
from jdp.portal.tab.loading import loaded
from jdp.portal.tab.prepare import RECORDED, fit_out
from jdp.portal.tab.press import expect_uncovered, press
from jdp.portal.tab.step import step
from jdp.utils.text import first_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from playwright.async_api import Locator, Page
    from playwright.async_api import Request as PageRequest

    from jdp.items import Vehicle

NAME = "vehicle page"
REPORTS = "button.reportButton:not(.requiresVehicle)"
CREATE_PDF = "button:has-text('Create PDF')"
CONTRACT = Contract(NAME, __name__, (Part("Print/Email Reports", REPORTS),))
DIALOG = Contract(f"{NAME}, reports dialog", __name__, (Part("Create PDF", CREATE_PDF),))
REPORT_ADDRESS = "GetPdfReport"
IDENTITY_SECONDS = 5.0
ANSWER_SECONDS = 30.0
POLL_SECONDS = 0.05
TELLING = ("document", "xhr", "fetch")
CALLS_SECONDS = 5.0
MOST_CALLS = 20  # of a tab that are learned from
LONGEST_ANSWER = 1_000_000  # characters
OK = 200
SHARE = 0.8  # of the time left: the rest is for saying what did not come

SHOWN = """() => document.title + "\\n" + document.body.innerText + "\\n"
    + [...document.querySelectorAll("input, select, textarea")].map((field) => field.value).join("\\n")"""


def holds(text: str, token: str) -> bool:
    """Tell whether `token` stands in `text` as a whole: 165598 is not in 165598A."""
    return bool(token) and re.search(rf"(?<![0-9A-Za-z]){re.escape(token)}(?![0-9A-Za-z])", text) is not None


@step
async def ask_for_report(page: Page, vehicle: Vehicle, deadline: float, *, alone: bool) -> ReportRequest:
    """Open a vehicle in a tab that is at its link's address (else at the inventory) and learn its report's address.

    `deadline` is on time.monotonic's clock. Raises WrongVehicleError when others work and the page does not show
    this vehicle; alone, the proof of the report decides.
    """
    async with asyncio.timeout(deadline - time.monotonic()):
        await _open(page, vehicle, deadline, alone=alone)
        return await _ask(page, deadline)


@step
async def ask_for_two(
    page: Page, first: Vehicle, second: Vehicle, deadline: float
) -> tuple[ReportRequest | JdpError, ...]:
    """Open both, ask for both, fetch neither: whose report the first address gives tells what it is bound to."""
    start = page.url
    other = await page.context.new_page()
    try:
        await fit_out(other, record=page in RECORDED, capture=True)
        async with asyncio.timeout(deadline - time.monotonic()):
            await _open(page, first, deadline, alone=True)
            failure = await _open_second(other, second, start, deadline)
            return await _answer(page, deadline), failure or await _answer(other, deadline)
    finally:
        await other.close()


async def _open_second(page: Page, vehicle: Vehicle, start: str, deadline: float) -> JdpError | None:
    """Open the second vehicle; return its own failure, which is none of the first one's."""
    try:
        await page.goto(vehicle.href or start, wait_until="commit")
        await loaded(page)
        await _open(page, vehicle, deadline, alone=True)
    except (SessionExpiredError, StopRunError):
        raise
    except JdpError as error:
        return error
    except PlaywrightError as error:
        return TabFailedError(f"{NAME}: {first_line(error)}")
    return None


async def _answer(page: Page, deadline: float) -> ReportRequest | JdpError:
    try:
        return await _ask(page, deadline)
    except (SessionExpiredError, StopRunError):
        raise
    except JdpError as error:
        return error
    except PlaywrightError as error:
        return TabFailedError(f"{NAME}: {first_line(error)}")


async def _open(page: Page, vehicle: Vehicle, deadline: float, *, alone: bool) -> None:
    if not vehicle.href:
        await open_vehicle(page, vehicle)
    await expect_one_of(page, NAME, (REPORTS,), SHARE * (deadline - time.monotonic()))
    if alone:
        return
    if not await _shows(page, vehicle):
        raise WrongVehicleError(f"{NAME}: it does not show {vehicle.reference}")


async def _shows(page: Page, vehicle: Vehicle) -> bool:
    limit = asyncio.get_running_loop().time() + IDENTITY_SECONDS
    while asyncio.get_running_loop().time() < limit:
        text = await page.evaluate(SHOWN)
        if (not vehicle.number and holds(text, vehicle.reference)) or holds(text, vehicle.vin):
            return True
        await asyncio.sleep(POLL_SECONDS)
    return False


async def _ask(page: Page, deadline: float) -> ReportRequest:
    if not await capture.is_prepared(page):
        raise TabFailedError(f"{NAME}: the tab was not prepared to learn the report's address")
    await page.bring_to_front()  # what is behind is drawn once a second, and a click waits until nothing moves
    reports = page.locator(REPORTS).filter(visible=True).first
    scripts.expect(page)
    await press(reports)
    create = page.locator(CREATE_PDF).filter(visible=True).first
    await _dialog(page, create, reports, min(30.0, SHARE * (deadline - time.monotonic())))
    await capture.hold_back(page, REPORT_ADDRESS)
    scripts.expect(page)
    await press(create)
    found = await _asked(page, min(ANSWER_SECONDS, SHARE * (deadline - time.monotonic())), (create, reports))
    return replace(found, calls=await _calls(page))


async def _dialog(page: Page, create: Locator, reports: Locator, seconds: float) -> None:
    """Wait until the dialog shows its button; raises PageMismatchError."""
    limit = asyncio.get_running_loop().time() + seconds
    while not await create.is_visible():
        stuck = scripts.failed(page)
        if stuck or asyncio.get_running_loop().time() > limit:
            await expect_session(page, NAME)
            await expect_uncovered(NAME, reports)
            raise _mismatch(page, f"{NAME}, reports dialog: nothing matches {CREATE_PDF}", certain=stuck)
        await asyncio.sleep(POLL_SECONDS)


def _mismatch(page: Page, what: str, *, certain: bool) -> PageMismatchError:
    """Return the error for what did not come, with the words of a script that failed before."""
    words = scripts.words(page)
    told = f"{what}; a script of the page failed with {words!r}" if words else what
    return PageMismatchError(told, certain=certain)


async def _calls(page: Page) -> tuple[Exchange, ...]:
    """Return what the tab asked for until now, as far as one could learn from it."""
    requests = [request for request in RECORDED.get(page, []) if request.resource_type in TELLING]
    calls: list[Exchange | None] = []
    with contextlib.suppress(TimeoutError):  # one that is under way still has no answer to learn from
        async with asyncio.timeout(CALLS_SECONDS):
            for request in requests[-MOST_CALLS:]:
                calls.append(await _call(request))  # noqa: PERF401 - a time-out keeps what there is
    return tuple(call for call in calls if call is not None)


async def _call(request: PageRequest) -> Exchange | None:
    response = await request.response()
    if response is None or response.status != OK:
        return None
    try:
        answer = await response.text()
    except (PlaywrightError, UnicodeDecodeError):  # a picture, say, or nothing that the browser kept
        return None
    page = request.resource_type == "document"
    return Exchange(capture.sent_by(request), answer[:LONGEST_ANSWER], page)


def _viewed(url: str) -> str:
    """Return the report's address where this one is a viewer's: viewer.html?file=/Report/GetPdfReport%3Fid%3D7."""
    asked = urlsplit(url)
    named = [value for _, value in parse_qsl(asked.query) if "/" in value and REPORT_ADDRESS in value]
    return urljoin(url, named[0]) if named and REPORT_ADDRESS not in asked.path else url


async def _asked(page: Page, seconds: float, pressed: Sequence[Locator]) -> ReportRequest:
    """Return the held request for the report; raises PageMismatchError when the button led elsewhere."""
    limit = asyncio.get_running_loop().time() + seconds
    asked: list[ReportRequest] = []
    stuck = False  # nothing more will come: the page's script failed, or led elsewhere
    while asyncio.get_running_loop().time() < limit and not stuck:
        asked = await capture.asked(page)
        found = next((each for each in asked if REPORT_ADDRESS in each.url), None)
        if found:
            return replace(found, url=_viewed(found.url))
        expect_not_signed_out(page, NAME)
        expect_no_question(page, NAME)
        if said(page):
            break
        await asyncio.sleep(POLL_SECONDS)
        stuck = scripts.failed(page) or (bool(asked) and scripts.quiet(page, scripts.DOUBTFUL_SECONDS))
    await expect_session(page, NAME)
    await expect_uncovered(NAME, *pressed)
    if words := said(page):
        raise TabFailedError(f"{NAME}: Create PDF brought no address with {REPORT_ADDRESS}; the page says {words!r}")
    led = f"to {urlsplit(asked[0].url).path}" if asked else "nowhere"
    within = "" if stuck else f" in {seconds:.0f} s"
    what = f"{NAME}: Create PDF led {led}{within}, not to an address with {REPORT_ADDRESS}"
    raise _mismatch(page, what, certain=stuck)
