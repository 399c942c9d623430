"""What a page has to hold, selector by selector: each page module declares its own contract, steps look for it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple

from jdp.portal.tab.step import step

if TYPE_CHECKING:
    from playwright.async_api import Page

LOOK_SECONDS = 10.0  # for what comes after the page itself: rows by a callback, values of a vehicle
POLL_SECONDS = 0.1


class Part(NamedTuple):
    """A selector that a page holds: one that is not `required` may be absent, one not `shown` may be hidden."""

    what: str
    selector: str
    required: bool = True
    shown: bool = True


class Found(NamedTuple):
    """How often a part is on a page; `module` is where its selector stands."""

    page: str
    module: str
    part: Part
    times: int

    @property
    def ok(self) -> bool:
        """Whether the page keeps the contract here."""
        return self.times > 0 or not self.part.required


class Contract(NamedTuple):
    """The parts of a page."""

    page: str
    module: str
    parts: tuple[Part, ...]

    def found(self, part: Part, times: int) -> Found:
        """Return that a part was found so often."""
        return Found(self.page, self.module, part, times)


async def look(page: Page, contract: Contract, seconds: float = LOOK_SECONDS) -> list[Found]:
    """Count what matches each selector, once all that is required is there or the time is over."""
    limit = asyncio.get_running_loop().time() + seconds
    while True:
        found = [contract.found(part, await _count(page, part)) for part in contract.parts]
        if all(each.ok for each in found) or asyncio.get_running_loop().time() > limit:
            return found
        await asyncio.sleep(POLL_SECONDS)


async def _count(page: Page, part: Part) -> int:
    matches = page.locator(part.selector)
    return await (matches.filter(visible=True) if part.shown else matches).count()


@step
async def check_page(page: Page, contract: Contract) -> list[Found]:
    """Look for the parts of a page that anybody may see."""
    return await look(page, contract)
