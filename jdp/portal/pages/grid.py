"""The inventory page: its grid, page by page, and the Bookout link of a row."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from playwright.async_api import TimeoutError as PlaywrightTimeoutError

from jdp.exceptions import PageMismatchError, TabFailedError, VehicleGoneError
from jdp.portal.pages.contract import Contract, Part
from jdp.portal.pages.expectations import expect_answers, expect_one_of, expect_session
from jdp.portal.pages.grid_filter import CLEAR_FILTER, FILTER_BAR, clear_filters, clear_unseen
from jdp.portal.pages.grid_groups import open_groups
from jdp.portal.pages.grid_rows import BOOKOUT_ID, HEADER, parse_rows
from jdp.portal.pages.grid_script import (
    BOOKOUT,
    GROUP_ROW,
    MAIN_TABLE,
    NAME,
    ROW,
    SUMMARY,
    GridState,
    read_grid,
    read_state,
)
from jdp.portal.pages.grid_summary import Pager, read_summary
from jdp.portal.pages.grid_turn import client_ready, idle, pages_of, show_page
from jdp.portal.tab.loading import loaded
from jdp.portal.tab.press import expect_uncovered, uncovered
from jdp.portal.tab.step import step

if TYPE_CHECKING:
    from playwright.async_api import Page

    from jdp.items import Vehicle

CONTRACT = Contract(
    NAME,
    __name__,
    (
        Part("rows", ROW),
        Part("headers", HEADER),
        Part("bookout links", BOOKOUT, shown=False),
        Part("filter bar", FILTER_BAR, required=False),
        Part("link of a saved filter, which a run clears", CLEAR_FILTER, required=False),
    ),
)
# Where there is more than one page of rows.
PAGER = (Part("summary of its pager", SUMMARY),)

READY_SECONDS = 60.0
OPEN_SECONDS = 30.0
POLL_SECONDS = 0.1
UNSEEN_SECONDS = 2.0  # for the client object, which takes off a filter that nothing on the page shows
SETTLED_POLLS = 20  # an empty grid is believed after 2 s without a callback


@dataclass(frozen=True)
class GridReading:
    """Rows of some pages of the grid.

    `total` is the pager's own count of rows, None without one; `pages` the number of pages; `nameless` counts
    rows without a reference number, `row_count` all rows of vehicles; `cleared` tells that a filter was taken off.
    `groups` are the visible indexes of group rows, which `total` counts, too; `unread` is a summary of the pager
    that nobody understood.
    """

    vehicles: list[Vehicle]
    row_count: int
    nameless: int
    pages: int
    total: int | None
    cleared: bool
    changed: bool = False  # the total was another one on an earlier page
    groups: frozenset[int] = frozenset()
    unread: str = ""


@step
async def read_pages(page: Page, first: int, count: int) -> GridReading:
    """Read `count` pages of the grid from page `first` (zero-based) on, without any filter, all groups open."""
    return await read(page, first, count)


async def read(page: Page, first: int, count: int) -> GridReading:
    """Do so, and raise what keeps from it: PageMismatchError, TabFailedError or SessionExpiredError."""
    cleared = await make_whole(page, unseen=first == 0)
    at_first = await idle(page)
    readings: list[GridReading] = []
    pages = max(1, pages_of(at_first))
    for index in range(first, first + count):
        if index >= pages:
            break
        state = await show_page(page, index)
        pages = max(1, pages_of(state))
        if state.endless:  # all rows stand there: these are the last of the walk
            rest = replace(state, rows=state.rows[at_first.shown if first else 0 :])
            return replace(reading_of(rest, first), pages=first + 1, cleared=cleared)
        readings.append(reading_of(state, index))
    if not readings:  # the grid has become shorter
        state = await read_grid(page)
        readings = [replace(reading_of(state, state.index), vehicles=[], row_count=0, nameless=0)]
    return _together(readings, cleared=cleared)


async def make_whole(page: Page, *, unseen: bool = False) -> bool:
    """Wait for the grid, take off every filter, open every group; tell whether a filter was on.

    With `unseen`, also one that nothing on the page shows.
    """
    await _ready(page)
    await client_ready(page, UNSEEN_SECONDS if unseen else 0.0)
    cleared = await clear_filters(page)
    if unseen and not cleared:
        cleared = await clear_unseen(page)
    await open_groups(page)
    await _ready(page)
    return cleared


def reading_of(state: GridState, index: int) -> GridReading:
    """Return what a page of the grid says; raises PageMismatchError when it may hide vehicles."""
    _expect_all_shown(state)
    read = parse_rows(state.headers, state.rows, index)
    # Rows that fill up the last page hold nothing at all.
    rows = [vehicle for vehicle, row in zip(read, state.rows, strict=True) if row["id"] or any(row["cells"])]
    named = [vehicle for vehicle in rows if vehicle.reference]
    pages = max(1, pages_of(state))
    summary = read_summary(state.summary, Pager(max(0, state.index) + 1, pages, len(rows) + len(state.groups)))
    return GridReading(
        vehicles=named,
        row_count=len(rows),
        nameless=len(rows) - len(named),
        pages=pages,
        total=summary.total,
        cleared=False,
        groups=frozenset(state.groups),
        unread="" if summary.readable else state.summary,
    )


def _together(readings: list[GridReading], *, cleared: bool) -> GridReading:
    last = readings[-1]
    return GridReading(
        vehicles=[vehicle for reading in readings for vehicle in reading.vehicles],
        row_count=sum(reading.row_count for reading in readings),
        nameless=sum(reading.nameless for reading in readings),
        pages=last.pages,
        total=last.total,
        cleared=cleared,
        changed=len({reading.total for reading in readings}) > 1,
        groups=frozenset().union(*(reading.groups for reading in readings)),
        unread=last.unread,
    )


def _expect_all_shown(state: GridState) -> None:
    if not state.grid:
        raise PageMismatchError(f"{NAME}: no one {MAIN_TABLE} is the inventory's; there are {list(state.grids)}")
    if state.collapsed:
        raise PageMismatchError(f"{NAME}: {state.collapsed} groups ({GROUP_ROW}) are closed: vehicles stand in them")
    if state.strange:
        raise PageMismatchError(f"{NAME}: {state.strange} rows look like vehicles and have no id as {ROW} have")


async def open_vehicle(page: Page, vehicle: Vehicle) -> None:
    """Click a vehicle's Bookout link, found by its number and checked by its reference; raises VehicleGoneError.

    Looks on the page where the row was read first, then on all others: the StockNumber filter would be saved for
    the account, and an inventory read with it on is silently incomplete.
    """
    await make_whole(page)
    pages = max(1, pages_of(await idle(page)))
    near = [vehicle.page, vehicle.page - 1, vehicle.page + 1]
    for index in dict.fromkeys([*near, *range(pages)]):
        if not 0 <= index < pages:
            continue
        state = await show_page(page, index)
        for row in parse_rows(state.headers, state.rows, index):
            if row.reference == vehicle.shown and row.row_id == vehicle.row_id:
                await _click_bookout(page, vehicle)
                return
    raise VehicleGoneError(f"{NAME}: {vehicle.reference} is on none of its {pages} pages", certain=False)


async def _click_bookout(page: Page, vehicle: Vehicle) -> None:
    link = page.locator(f"[id={_quoted(BOOKOUT_ID + vehicle.row_id)}]")
    if not vehicle.row_id or not await link.count():
        raise PageMismatchError(f"{NAME}: the row of {vehicle.reference} has no {BOOKOUT}")
    await uncovered(link.first)
    here = page.url.partition("#")[0] + "#"  # where a link leads whose own script was kept from running
    opened = asyncio.ensure_future(
        page.wait_for_event(
            "framenavigated",
            lambda frame: frame is page.main_frame and not frame.url.startswith(here),
            timeout=OPEN_SECONDS * 1000,
        )
    )
    try:
        await link.first.evaluate("link => link.click()")
        # A script that is answered with the login form, or an error, leads nowhere and says nothing.
        while not (await asyncio.wait([opened], timeout=POLL_SECONDS))[0]:
            expect_answers(page, NAME)
        await opened
    except PlaywrightTimeoutError:
        await expect_session(page, NAME)
        await expect_uncovered(NAME, link.first)
        raise TabFailedError(f"{NAME}: {BOOKOUT} of {vehicle.reference} led nowhere in {OPEN_SECONDS:.0f} s") from None
    finally:
        opened.cancel()
    await loaded(page)


def _quoted(text: str) -> str:
    return '"' + re.sub(r'(["\\])', r"\\\1", text) + '"'


async def _ready(page: Page) -> GridState:
    """Wait for the first rows, which may come by a callback, or for a grid that stays empty."""
    await expect_one_of(page, NAME, (ROW, MAIN_TABLE), READY_SECONDS)
    quiet = 0
    limit = asyncio.get_running_loop().time() + READY_SECONDS
    while asyncio.get_running_loop().time() < limit:
        state = await read_state(page)
        if state.grid and state.shown and not state.busy:
            return state
        # Only group rows: their vehicles come when they are opened.
        empty = state.grid and not state.busy and (state.collapsed or not state.summary or _is_empty(state))
        quiet = quiet + 1 if empty else 0
        if quiet >= SETTLED_POLLS:
            return state
        await asyncio.sleep(POLL_SECONDS)
    await expect_session(page, NAME)
    if not (state := await read_state(page)).grid:
        _expect_all_shown(state)
    raise TabFailedError(f"{NAME}: no row came in {READY_SECONDS:.0f} s")


def _is_empty(state: GridState) -> bool:
    return not read_summary(state.summary, Pager(1, 1, 0)).total


async def first_page(page: Page) -> GridState:
    """Return the page that the grid shows as it stands, filter and all."""
    await _ready(page)
    return await read_grid(page)
