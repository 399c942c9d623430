"""What a page says and asks in dialogs of the browser. A tab with an open one does nothing else."""

from __future__ import annotations

import contextlib
import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary, WeakSet

from playwright.async_api import Error as PlaywrightError

from jdp.exceptions import QuestionAskedError

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Dialog, Page

GRACE_SECONDS = 2.0  # in which a page may go on all the same
LONGEST = 300  # characters

logger = logging.getLogger(__name__)

ACCEPTING: WeakSet[BrowserContext] = WeakSet()


@dataclass
class Dialogs:
    """The last words of a tab, and the last question that was answered with no; with the time."""

    said: str = ""
    refused: str = ""
    at: float = 0.0

    @property
    def settled(self) -> bool:
        """Whether what came of the answer would have come by now."""
        return time.monotonic() - self.at > GRACE_SECONDS


DIALOGS: WeakKeyDictionary[Page, Dialogs] = WeakKeyDictionary()
TOLD: WeakKeyDictionary[BrowserContext, set[str]] = WeakKeyDictionary()


def answer_dialogs(page: Page) -> None:
    """Answer from here on what a tab asks: nothing holds it up."""
    dialogs = DIALOGS[page] = Dialogs()
    page.on("dialog", lambda dialog: _answer(page, dialogs, dialog))


async def _answer(page: Page, dialogs: Dialogs, dialog: Dialog) -> None:
    words = dialog.message[:LONGEST]
    yes = dialog.type in ("alert", "beforeunload") or page.context in ACCEPTING
    with contextlib.suppress(PlaywrightError):  # the tab is gone
        await (dialog.accept(dialog.default_value) if yes else dialog.dismiss())
    if dialog.type == "beforeunload":
        return
    dialogs.at = time.monotonic()
    if dialog.type == "alert":
        dialogs.said = words
    elif not yes:
        dialogs.refused = words
    told = TOLD.setdefault(page.context, set())
    if words not in told:
        told.add(words)
        answer = "" if dialog.type == "alert" else f", and was told {'yes' if yes else 'no'} (ACCEPT_DIALOGS)"
        logger.warning("The page %s %r%s", "says" if dialog.type == "alert" else "asks", words, answer)


def said(page: Page) -> str:
    """Return what a page has told in an alert, and would have gone on from by now; "" for nothing."""
    dialogs = DIALOGS.get(page)
    return dialogs.said if dialogs is not None and dialogs.settled else ""


def expect_no_question(page: Page, name: str, *, now: bool = False) -> None:
    """Check that no question was answered with no, and nothing came after it; raises QuestionAskedError."""
    dialogs = DIALOGS.get(page)
    if dialogs is not None and dialogs.refused and (now or dialogs.settled):
        raise QuestionAskedError(
            f"{name}: the portal asks {dialogs.refused!r}, was told no, and does not go on. ACCEPT_DIALOGS=true says "
            "yes to what it asks; then start again"
        )
