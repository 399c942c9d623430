"""Whether a tab's own scripts failed, so that what they were to bring will not come."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from jdp.utils.text import first_line

if TYPE_CHECKING:
    from playwright.async_api import Error, Page
    from playwright.async_api import Request as PageRequest

QUIET_SECONDS = 3.0  # without any request, after which nothing is expected of a script that failed
DOUBTFUL_SECONDS = 10.0  # the same, where it is not clear that what was seen has to do with what is waited for
LONGEST = 200  # characters of a page's words
HARMLESS = "ResizeObserver loop"  # browsers report it of pages that work


@dataclass
class Scripts:
    """What is known of a tab's scripts: how one failed, what they wait for, and when anything last happened."""

    error: str = ""  # the first one since something is expected of them
    before: str = ""  # the last one before that
    waiting: set[PageRequest] = field(default_factory=set)
    moved: float = 0.0

    def move(self) -> None:
        """Note that something happened."""
        self.moved = asyncio.get_running_loop().time()


SCRIPTS: WeakKeyDictionary[Page, Scripts] = WeakKeyDictionary()


def watch(page: Page) -> None:
    """Notice from here on how a tab's scripts fail."""
    scripts = SCRIPTS[page] = Scripts()

    def failed(error: Error) -> None:
        if not error.message.startswith(HARMLESS):
            scripts.error = scripts.error or first_line(error)[:LONGEST]
            scripts.move()

    def began(request: PageRequest) -> None:
        scripts.waiting.add(request)
        scripts.move()

    def ended(request: PageRequest) -> None:
        scripts.waiting.discard(request)
        scripts.move()

    page.on("pageerror", failed)
    page.on("request", began)
    page.on("requestfinished", ended)
    page.on("requestfailed", ended)


def expect(page: Page) -> None:
    """Begin to wait for what a script does next: what failed or began before tells less than what comes."""
    scripts = SCRIPTS[page]
    scripts.before, scripts.error = scripts.error or scripts.before, ""
    scripts.waiting.clear()
    scripts.move()


def words(page: Page) -> str:
    """Return what a script that failed says; nothing when none did."""
    scripts = SCRIPTS[page]
    return scripts.error or scripts.before


def quiet(page: Page, seconds: float) -> bool:
    """Tell whether nothing has moved for so long."""
    scripts = SCRIPTS[page]
    return not scripts.waiting and asyncio.get_running_loop().time() - scripts.moved > seconds


def failed(page: Page) -> bool:
    """Tell whether a script failed and nothing comes after it; one that failed before may have to do with it or not."""
    scripts = SCRIPTS[page]
    return quiet(page, QUIET_SECONDS if scripts.error else DOUBTFUL_SECONDS) and bool(words(page))
