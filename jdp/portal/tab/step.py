"""What all pages share: how a step runs in a tab, what it returns, what "not this page" looks like.

A step is a module-level coroutine function given to scrapy-playwright as a PageMethod. It runs on Playwright's own
loop (another thread on Windows), so everything goes in and out as plain data and errors are returned, not raised.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Concatenate, Generic, ParamSpec, TypeAlias, TypeVar, cast
from weakref import WeakSet

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import TimeoutError as PlaywrightTimeoutError

from jdp.exceptions import (
    JdpError,
    LoginOutcomeError,
    PageCoveredError,
    PageMismatchError,
    QuestionAskedError,
    Snapshot,
    TabFailedError,
    VehicleGoneError,
    WrongVehicleError,
)
from jdp.portal.tab.dialogs import expect_no_question
from jdp.portal.tab.loading import loaded
from jdp.portal.tab.tracing import saved
from jdp.utils.secret import Secret
from jdp.utils.text import first_line

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from playwright.async_api import Cookie, Page
    from scrapy.http import Response

T = TypeVar("T")
P = ParamSpec("P")

# What is given pages to look at, each by its name.
See: TypeAlias = "Callable[[Page, str], Awaitable[None]]"

# Tabs that learn where a report is: of no use to anybody once they have.
CAPTURING: WeakSet[Page] = WeakSet()


# What fields hold that the site does not show is nobody's business: passwords, and tokens against forgery.
HTML = """() => {
    const copy = document.documentElement.cloneNode(true);
    for (const field of copy.querySelectorAll("input[type=hidden], input[type=password]")) {
        field.setAttribute("value", "***");
    }
    for (const meta of copy.querySelectorAll("meta[name*=token i], meta[name*=csrf i]")) {
        meta.setAttribute("content", "***");
    }
    return copy.outerHTML;
}"""
PICTURE_SECONDS = 5.0
SHOWN = (
    LoginOutcomeError,
    PageCoveredError,
    PageMismatchError,
    QuestionAskedError,
    TabFailedError,
    VehicleGoneError,
    WrongVehicleError,
)


@dataclass
class Outcome(Generic[T]):
    """What a step brought: a value or an error, and the browser's cookies after it."""

    value: T | None = None
    error: JdpError | None = None
    cookies: Secret[list[Cookie]] = field(default_factory=Secret)

    def result(self) -> T:
        """Return the value; raises the error when there is one."""
        if self.error is not None:
            raise self.error
        return cast("T", self.value)


async def see_nothing(page: Page, name: str) -> None:
    """Look at no page: nobody wants to."""


def step(
    function: Callable[Concatenate[Page, P], Awaitable[T]],
) -> Callable[Concatenate[Page, P], Awaitable[Outcome[T]]]:
    """Make a coroutine function a step: its errors become part of the outcome."""

    @functools.wraps(function)
    async def run(page: Page, /, *args: P.args, **kwargs: P.kwargs) -> Outcome[T]:
        outcome: Outcome[T] = Outcome()
        try:
            await loaded(page)
            outcome.value = await function(page, *args, **kwargs)
        except JdpError as error:
            outcome.error = error
        except (TimeoutError, PlaywrightTimeoutError) as error:
            outcome.error = TabFailedError(f"{_words(function)}: no end in time ({first_line(error)})")
        except PlaywrightError as error:
            outcome.error = TabFailedError(f"{_words(function)}: {first_line(error)}")
        if isinstance(outcome.error, (PageMismatchError, TabFailedError)):
            outcome.error = _question(page, _words(function)) or outcome.error
        await _finish(page, outcome)
        return outcome

    return run


def _question(page: Page, name: str) -> JdpError | None:
    """Return what the page asked before a step failed, which is why it did."""
    try:
        expect_no_question(page, name, now=True)
    except QuestionAskedError as error:
        return error
    return None


def _words(function: Callable[..., object]) -> str:
    return function.__name__.replace("_", " ")


async def _finish(page: Page, outcome: Outcome[Any]) -> None:
    try:
        async with asyncio.timeout(10):
            outcome.cookies = Secret(await page.context.cookies())  # first: a picture may take too long
            if isinstance(outcome.error, SHOWN):
                outcome.error.snapshot = Secret(await _snapshot(page))
            if page in CAPTURING:
                # scrapy-playwright waits for whatever still loads, which nobody needs any more.
                await page.goto("about:blank")
    except (TimeoutError, PlaywrightError) as error:
        outcome.error = outcome.error or TabFailedError(f"the tab is gone ({first_line(error)})")


async def _snapshot(page: Page) -> Snapshot:
    html, trace, picture = await page.evaluate(HTML), await saved(page.context), b""
    with contextlib.suppress(PlaywrightTimeoutError):  # it waits for fonts, which may never come
        picture = await page.screenshot(type="png", timeout=PICTURE_SECONDS * 1000)
    return Snapshot(picture, html, trace)


def outcome_of(response: Response) -> Outcome[Any]:
    """Return what the tab's step brought. It is missing when the page never came to run it."""
    assert response.request is not None
    result = response.request.meta["playwright_page_methods"][0].result
    return result if isinstance(result, Outcome) else Outcome(error=TabFailedError("the tab did not run its step"))
