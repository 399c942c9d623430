"""What the page asks the site for and tells the user, while something is waited for that the grid was asked."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

from playwright.async_api import Error as PlaywrightError

from jdp.exceptions import SessionExpiredError, TabFailedError
from jdp.portal.pages.grid_script import NAME, run_script, was_left
from jdp.portal.tab.dialogs import DIALOGS
from jdp.portal.tab.loading import loaded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.async_api import Dialog, Page
    from playwright.async_api import Request as PageRequest

ALERT_SECONDS = 1.0  # that a page may take to come after all
POLL_SECONDS = 0.5
QUIET_SECONDS = 0.3  # after which a client object that does nothing was asked in vain
ASKING = ("document", "xhr", "fetch")


class PageWatch:
    """What the page asks the site for, and what it tells the user, while something is waited for."""

    def __init__(self) -> None:
        self.asking: set[PageRequest] = set()
        self.heard = self.now()
        self.alert: str | None = None

    @staticmethod
    def now() -> float:
        """Return the time on the loop's clock."""
        return asyncio.get_running_loop().time()

    @property
    def silent(self) -> float:
        """How long nothing has been asked for, in seconds."""
        return 0.0 if self.asking else self.now() - self.heard

    def asks(self, request: PageRequest) -> None:
        """Note a request."""
        if request.resource_type in ASKING:
            self.asking.add(request)

    def answered(self, request: PageRequest) -> None:
        """Note that a request has ended."""
        if request in self.asking:
            self.asking.discard(request)
            self.heard = self.now()

    async def tells(self, dialog: Dialog) -> None:
        """Note what an alert says, and close it."""
        self.alert, self.heard = dialog.message, self.now()
        if dialog.page in DIALOGS:  # where it is answered already
            return
        with contextlib.suppress(PlaywrightError):  # somebody else has closed it
            await dialog.dismiss()


@contextlib.contextmanager
def watching(page: Page) -> Iterator[PageWatch]:
    """Watch a page for the time of the block."""
    watch = PageWatch()
    handlers = {
        "request": watch.asks,
        "requestfinished": watch.answered,
        "requestfailed": watch.answered,
        "dialog": watch.tells,
    }
    for event, handler in handlers.items():
        page.on(event, handler)  # type: ignore[call-overload]
    try:
        yield watch
    finally:
        for event, handler in handlers.items():
            page.remove_listener(event, handler)


async def attempt(
    page: Page, watch: PageWatch, function: str, *args: Any, quiet: float | None = None
) -> dict[str, Any]:
    """Run a function of grid.js that waits for what comes; raises SessionExpiredError or TabFailedError.

    Its outcome's `kind` is "there", "elsewhere", "nothing", "busy", "absent" (no client object), or "left" when the
    page was left meanwhile.
    """
    try:
        waits = quiet or QUIET_SECONDS
        given = (*args, (waits + POLL_SECONDS) * 1000, waits * 1000)
        outcome: dict[str, Any] = await run_script(page, function, *given)
    except PlaywrightError as error:
        if not was_left(error):
            raise
        await loaded(page)
        watch.heard = watch.now()
        outcome = {"kind": "left"}
    if outcome["kind"] == "login":
        raise SessionExpiredError(f"{NAME}: the login form came in place of the grid's rows")
    if watch.alert is not None and outcome["kind"] != "there" and watch.silent > ALERT_SECONDS:
        raise TabFailedError(f"{NAME}: the grid's rows did not come; the page says {watch.alert[:300]!r}")
    return outcome
