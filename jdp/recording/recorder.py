"""Collects what a preflight sees, in memory; nothing of it is written as it is (jdp/recording/capture.py)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from weakref import WeakValueDictionary

from playwright.async_api import Error as PlaywrightError

from jdp.portal.pages import export, grid, login, vehicle
from jdp.portal.pages.contract import Contract
from jdp.portal.pages.grid_script import USUAL
from jdp.portal.tab.prepare import fit_out
from jdp.recording.pages import RawPage, look_at, take_picture
from jdp.recording.pseudonyms import Pseudonyms
from jdp.recording.scrub import Scrubber
from jdp.utils.text import first_line

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from playwright.async_api import Page
    from scrapy import Request

    from jdp.config.config import Config
    from jdp.items import Vehicle
    from jdp.portal.pages.contract import Found
    from jdp.portal.pages.login import SignedIn
    from jdp.portal.tab.step import Outcome
    from jdp.recording.facts import GridFacts, ReportFacts

LEAST_SECRET = 6  # characters of a cookie's value
MOST_PAGES = 20


# A request that comes back from the queue finds its recorder here: what it holds must not go to the disk.
RECORDERS: WeakValueDictionary[int, Recorder] = WeakValueDictionary()


class Recorder:
    """What was seen so far. `see` may be called from Playwright's loop, the rest from the reactor's."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.pseudonyms = Pseudonyms()
        self.pages: list[RawPage] = []
        self.checks: list[Found] = []
        self.troubles: list[tuple[str, str]] = []
        self.vehicles: list[Vehicle] = []
        self.signed_in: SignedIn | None = None
        self.grid: GridFacts | None = None
        self.report: ReportFacts | None = None
        self.cookies: dict[str, dict[str, Any]] = {}
        self._cookie_values: set[str] = set()
        RECORDERS[id(self)] = self

    def __reduce__(self) -> tuple[Callable[[int], Recorder], tuple[int]]:
        return _recorder, (id(self),)

    async def see(self, page: Page, name: str) -> None:
        """Take a page; one that cannot be taken is noted."""
        if len(self.pages) >= MOST_PAGES:
            return
        try:
            await self._note_cookies(page)
            raw = await look_at(page, name)
            self.pages.append(raw)
            scrubber = self.scrubber()
            scrubber.learn(string for each in self.pages for string in each.strings)
            await take_picture(page, raw, scrubber.scrub)
        except (PlaywrightError, TimeoutError) as error:
            self.troubles.append((name, f"it could not be taken: {first_line(error)}"))

    async def _note_cookies(self, page: Page) -> None:
        for cookie in await page.context.cookies():
            kept = {name: cookie.get(name) for name in ("httpOnly", "secure", "sameSite", "path")}
            kept["ends_with_browser"] = cookie.get("expires", -1) == -1
            self.cookies[cookie["name"]] = kept
            self._cookie_values.add(cookie["value"])

    def scrubber(self) -> Scrubber:
        """Return what scrubs by all that is known until now; what it gives for a value stays the same."""
        parts = urlsplit(self.config.portal_url)
        secrets = {self.config.user, self.config.password.reveal(), *self._long_cookies()}
        scrubber = Scrubber(secrets, own_names(), f"{parts.scheme}://{parts.netloc}", self.pseudonyms)
        for each in self.vehicles:
            for value in (each.reference, each.vin, each.row_id):
                scrubber.keep_out(value)
        return scrubber

    def _long_cookies(self) -> Iterator[str]:
        yield from (value for value in self._cookie_values if len(value) >= LEAST_SECRET and re.search("[0-9]", value))


def _recorder(number: int) -> Recorder:
    return RECORDERS[number]


def own_names() -> set[str]:
    """Return what jdp knows of the site by name: that is nobody's secret."""
    contracts = [each for module in (export, grid, login, vehicle) for each in vars(module).values()]
    parts = [part for each in contracts if isinstance(each, Contract) for part in each.parts]
    names = {name for part in (*parts, *grid.PAGER) for name in re.findall(r"[A-Za-z_][\w-]{3,}", part.selector)}
    return names | {USUAL, vehicle.REPORT_ADDRESS}


async def recorded(
    page: Page, recorder: Recorder, name: str, check: Callable[..., Awaitable[Outcome[Any]]], *args: Any
) -> Outcome[Any]:
    """Run a check, then take the page as it left it."""
    outcome = await check(page, *args)
    if not page.is_closed():
        await recorder.see(page, name)
    return outcome


async def recorded_mismatch(
    page: Page, recorder: Recorder, name: str, check: Callable[..., Awaitable[Outcome[Any]]], *args: Any
) -> Outcome[Any]:
    """Run a check, then take the page if it is not as it should be: what is right is taken by another step."""
    outcome = await check(page, *args)
    if (outcome.error is not None or not all(each.ok for each in outcome.value or [])) and not page.is_closed():
        await recorder.see(page, f"{name} that does not match")
    return outcome


async def listen_only(page: Page, request: Request) -> None:  # noqa: ARG001 - scrapy-playwright gives it
    """Note what a tab asks for that needs no session."""
    await fit_out(page, record=True, capture=False)
