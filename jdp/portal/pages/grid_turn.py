"""Bringing the grid to a page: however it turns, and whatever it answers."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from jdp.exceptions import PageMismatchError, TabFailedError
from jdp.portal.pages.expectations import expect_session
from jdp.portal.pages.grid_script import NAME, USUAL, GridState, read_grid, read_state, state_of
from jdp.portal.pages.grid_summary import Pager, pages_told, read_summary
from jdp.portal.pages.grid_watch import POLL_SECONDS, PageWatch, attempt, watching

if TYPE_CHECKING:
    from playwright.async_api import Page

CALLBACK_SECONDS = 60.0  # for an answer that the site is asked for and has not given
SILENT_SECONDS = 5.0  # for a callback that nobody is asked for any more
CLIENT_SECONDS = 10.0  # for a client object that is made after the page
MOST_ASKED = 3


async def show_page(page: Page, index: int) -> GridState:
    """Bring the grid to a page and read it; one beyond the last gives the last.

    Raises TabFailedError when the callback fails or is swallowed, PageMismatchError when nothing turns the pages. A
    grid with endless paging is read to its end: its rows then have all earlier ones among them.
    """
    await client_ready(page)
    state = await read_grid(page)
    if not state.busy and not state.endless and (state.index == index or pages_of(state) <= 1):
        return state
    with watching(page) as watch:
        return await (read_endless if state.endless else _turn)(page, watch, index)


def pages_of(state: GridState) -> int:
    """Return how many pages a grid has, by its client object, else by its pager."""
    if state.client:
        return 1 if state.index < 0 else state.pages
    return max(1, state.numbers, pages_told(state.summary))


async def idle(page: Page) -> GridState:
    """Wait until no callback is under way: one that is sent meanwhile would be dropped."""
    with watching(page) as watch:
        limit = watch.now() + CALLBACK_SECONDS
        while (state := await read_state(page)).busy:
            if watch.now() > limit or watch.silent > SILENT_SECONDS:
                raise TabFailedError(f"{NAME}: a callback of the grid was begun and no EndCallback came")
            await asyncio.sleep(POLL_SECONDS / 5)
        return state


async def client_ready(page: Page, least: float = 0.0) -> None:
    """Wait for the client object, `least` seconds even where a pager says that all rows are there.

    Without a pager it alone knows of further pages. Raises PageMismatchError when there are some, and it does not come.
    """
    state = await read_state(page)
    limit = PageWatch.now() + (least if _holds_all(state) else CLIENT_SECONDS)
    while not state.client and PageWatch.now() < limit:
        await asyncio.sleep(POLL_SECONDS / 5)
        state = await read_state(page)
    if not state.client and pages_of(state) > 1:
        raise PageMismatchError(
            f"{NAME}: there is no client object {USUAL} to turn its pages, nor one in the client's collection"
        )


def _holds_all(state: GridState) -> bool:
    """Tell whether the pager says that the rows of this page are all."""
    told = read_summary(state.summary, Pager(1, 1, state.shown + len(state.groups))).total
    return pages_of(state) == 1 and told == state.shown + len(state.groups)


async def _turn(page: Page, watch: PageWatch, index: int) -> GridState:
    """Ask for a page until it is there."""
    asked = in_vain = 0
    limit = watch.now() + CALLBACK_SECONDS
    ask = True
    while watch.now() < limit:
        outcome = await attempt(page, watch, "turn", index, ask)
        kind, state = outcome["kind"], state_of(outcome["page"]) if "page" in outcome else None
        if kind == "error":
            await expect_session(page, NAME)
            raise TabFailedError(f"{NAME}: page {index + 1} did not come (CallbackError: {outcome['message']})")
        if state is not None and (kind == "there" or index >= pages_of(state)):
            return state
        asked += kind in ("elsewhere", "left")
        unanswered = not watch.asking and watch.alert is None
        in_vain += kind == "nothing" and ask and unanswered
        ask = kind in ("elsewhere", "left", "nothing") and unanswered
        if in_vain >= MOST_ASKED:
            return await read_endless(page, watch, index)
        if asked > MOST_ASKED:
            reached = "" if state is None else f", got page {state.index + 1}"
            raise TabFailedError(f"{NAME}: asked for page {index + 1} {asked} times{reached}")
        if kind == "busy" and watch.silent > SILENT_SECONDS:
            break
    await expect_session(page, NAME)
    raise TabFailedError(
        f"{NAME}: page {index + 1} did not come: the grid's callback was begun and no EndCallback came"
    )


async def effect(page: Page, watch: PageWatch, function: str, *args: Any, quiet: float | None = None) -> bool:
    """Run a function of grid.js that acts on the grid; tell whether it had the site answer, once that is there."""
    limit = watch.now() + CALLBACK_SECONDS
    outcome = await attempt(page, watch, function, *args, quiet=quiet)
    while outcome["kind"] in ("busy", "nothing") and (watch.asking or outcome["kind"] == "busy"):
        if watch.now() > limit or watch.silent > SILENT_SECONDS:
            raise TabFailedError(f"{NAME}: a callback of the grid was begun and no EndCallback came")
        outcome = await attempt(page, watch, "turn", -2, False)
        outcome["kind"] = {"nothing": "elsewhere"}.get(outcome["kind"], outcome["kind"])
    if outcome["kind"] == "error":
        await expect_session(page, NAME)
        raise TabFailedError(f"{NAME}: the grid failed (CallbackError: {outcome['message']})")
    return outcome["kind"] in ("elsewhere", "left")


async def read_endless(page: Page, watch: PageWatch, index: int) -> GridState:
    """Have all further rows appended, and read all; raises PageMismatchError when none come."""
    state = await read_grid(page)
    while _counted(state) < (_total(state) or _counted(state) + 1):
        more = await _more(page, watch, len(state.rows))
        if more is None:
            break
        state = more
    if state.index < max(index, state.pages - 1) or _counted(state) < (_total(state) or 0):
        raise PageMismatchError(
            f"{NAME}: the grid does not turn to page {index + 1}: neither GotoPage nor NextPage nor scrolling brings"
            f" rows behind its first {len(state.rows)} (endless paging?)"
        )
    return replace(state, endless=True)


async def _more(page: Page, watch: PageWatch, rows: int) -> GridState | None:
    """Have rows appended; None when none come."""
    limit = watch.now() + CALLBACK_SECONDS
    while watch.now() < limit and watch.silent < SILENT_SECONDS:
        outcome = await attempt(page, watch, "more", rows)
        if outcome["kind"] == "there":
            return state_of(outcome["page"])
        if outcome["kind"] != "busy" and not watch.asking:
            return None
    return None


def _counted(state: GridState) -> int:
    """Return how many of the rows that the pager counts are there: it counts the rows of groups, too."""
    return len(state.rows) + len(state.groups)


def _total(state: GridState) -> int | None:
    """Return the pager's count, which no rows of one page need agree with."""
    return read_summary(state.summary, Pager(state.index + 1, state.pages, 0)).total
