"""The inventory page: the grid, its pager, its saved filter, and the Bookout link of a row."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import TimeoutError as PlaywrightTimeoutError

from jdp.exceptions import PageMismatchError, TabFailedError, VehicleGoneError
from jdp.items import Vehicle
from jdp.portal.pages.contract import Contract, Part
from jdp.portal.pages.expectations import expect_one_of, expect_session
from jdp.portal.tab.step import step
from jdp.utils.text import first_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from playwright.async_api import Page

NAME = "inventory page"
ROW = "tr.dxgvDataRow"
HEADER = "td.dxgvHeader"
EMPTY = ".dxgvEmptyDataRow"
SUMMARY = ".dxp-summary"
PAGE_NUMBER = ".dxp-num"
CLEAR_FILTER = "a.dxgvFilterBarLink[onclick*='ClearFilter']"
BOOKOUT = "a[id^='bookOutButton_'][title='Bookout']"
BOOKOUT_ID = "bookOutButton_"
FILTER_BAR = "a.dxgvFilterBarLink"
REFERENCE_HEADERS = ("reference number", "stock number")
VIN_HEADER = "vin"
DESCRIPTION_HEADERS = ("description", "vehicle", "year", "make", "model", "trim", "series", "body")
CONTRACT = Contract(
    NAME,
    __name__,
    (
        Part("rows", ROW),
        Part("headers", HEADER),
        Part("bookout links", BOOKOUT, shown=False),
        Part("filter bar", FILTER_BAR),
        Part("link of a saved filter, which a run clears", CLEAR_FILTER, required=False),
    ),
)
# Where there is more than one page of rows.
PAGER = (Part("summary of its pager", SUMMARY), Part("page numbers", PAGE_NUMBER))

READY_SECONDS = 60.0
CALLBACK_SECONDS = 60.0
POLL_SECONDS = 0.1
SETTLED_POLLS = 20  # an empty grid is believed after 2 s without a callback

GRID = files("jdp.portal.pages").joinpath("grid.js").read_text(encoding="utf-8")


@dataclass(frozen=True)
class GridReading:
    """Rows of some pages of the grid.

    `total` is the pager's own count of rows, None without a pager; `pages` the number of pages; `nameless` counts
    rows without a reference number, `row_count` all rows; `cleared` tells that a saved filter was taken off.
    """

    vehicles: list[Vehicle]
    row_count: int
    nameless: int
    pages: int
    total: int | None
    cleared: bool
    changed: bool = False  # the total was another one on an earlier page


@step
async def read_pages(page: Page, first: int, count: int) -> GridReading:
    """Read `count` pages of the grid from page `first` (zero-based) on, without any filter."""
    state = await _ready(page)
    cleared = await _clear_filter(page)
    state = await _idle(page)
    vehicles: list[Vehicle] = []
    nameless = rows = 0
    index = first
    totals: set[int | None] = set()
    while index < max(state["pages"], 1):
        state = await _show_page(page, index)
        totals.add(state["total"])
        read = await _rows(page, index)
        vehicles += [vehicle for vehicle in read if vehicle.reference]
        nameless += sum(not vehicle.reference for vehicle in read)
        rows += len(read)
        index += 1
        if index >= first + count:
            break
    return GridReading(vehicles, rows, nameless, state["pages"], state["total"], cleared, changed=len(totals) > 1)


async def open_vehicle(page: Page, vehicle: Vehicle) -> None:
    """Click a vehicle's Bookout link, found by its number and checked by its reference; raises VehicleGoneError.

    Looks on the page where the row was read first, then on all others: the StockNumber filter would be saved for
    the account, and an inventory read with it on is silently incomplete.
    """
    state = await _ready(page)
    near = [vehicle.page, vehicle.page - 1, vehicle.page + 1]
    order = dict.fromkeys([*near, *range(state["pages"])])
    for index in order:
        if not 0 <= index < state["pages"]:
            continue
        await _show_page(page, index)
        for row in await _rows(page, index):
            if row.reference == vehicle.reference and row.row_id == vehicle.row_id:
                await _click_bookout(page, vehicle)
                return
    raise VehicleGoneError(f"{NAME}: {vehicle.reference} is on none of its {state['pages']} pages", certain=False)


async def _click_bookout(page: Page, vehicle: Vehicle) -> None:
    link = page.locator(f"[id={_quoted(BOOKOUT_ID + vehicle.row_id)}]")
    if not await link.count():
        raise PageMismatchError(f"{NAME}: the row of {vehicle.reference} has no {BOOKOUT}")
    async with page.expect_navigation(wait_until="domcontentloaded"):
        await link.first.evaluate("link => link.click()")


def _quoted(text: str) -> str:
    return '"' + re.sub(r'(["\\])', r"\\\1", text) + '"'


async def _ready(page: Page) -> dict[str, Any]:
    """Wait for the first rows, which may come by a callback, or for a grid that stays empty."""
    await expect_one_of(page, NAME, (ROW, EMPTY, HEADER, SUMMARY), READY_SECONDS)
    quiet = 0
    limit = asyncio.get_running_loop().time() + READY_SECONDS
    while asyncio.get_running_loop().time() < limit:
        state = await read_state(page)
        if not state["busy"] and state["rows"]:
            return state
        quiet = 0 if state["busy"] or state["total"] else quiet + 1
        if quiet >= SETTLED_POLLS:
            return state
        await asyncio.sleep(POLL_SECONDS)
    await expect_session(page, NAME)
    raise TabFailedError(f"{NAME}: no row came in {READY_SECONDS:.0f} s")


async def read_state(page: Page) -> dict[str, Any]:
    """Return what grid.js's `state` tells."""
    state: dict[str, Any] = await page.evaluate(f"(args) => ({GRID}).state(args)", [ROW, SUMMARY, PAGE_NUMBER])
    return state


async def _idle(page: Page) -> dict[str, Any]:
    """Wait until no callback is under way: one that is sent meanwhile would be dropped."""
    async with asyncio.timeout(CALLBACK_SECONDS):
        while True:
            state = await read_state(page)
            if not state["busy"]:
                return state
            await asyncio.sleep(POLL_SECONDS)


async def _clear_filter(page: Page) -> bool:
    clear = page.locator(CLEAR_FILTER).filter(visible=True)
    if not await clear.count():
        return False
    await _idle(page)
    await clear.first.evaluate("link => link.click()")
    try:
        await clear.first.wait_for(state="hidden", timeout=CALLBACK_SECONDS * 1000)
    except PlaywrightTimeoutError:
        raise PageMismatchError(f"{NAME}: {CLEAR_FILTER} is still there after it was clicked") from None
    await _idle(page)
    return True


async def _show_page(page: Page, index: int) -> dict[str, Any]:
    """Bring the grid to a page; raises TabFailedError when its callback fails."""
    state = await _idle(page)
    if state["index"] == index or state["pages"] <= 1:
        return state
    if not state["client"]:
        raise PageMismatchError(f"{NAME}: there is no client object vehicleGridView to turn its pages")
    try:
        reached = await page.evaluate(f"(args) => ({GRID}).goToPage(args)", [index, CALLBACK_SECONDS * 1000])
    except PlaywrightError as error:
        await expect_session(page, NAME)
        raise TabFailedError(f"{NAME}: page {index + 1} did not come ({first_line(error)})") from None
    state = await _idle(page)
    if reached != index and index < state["pages"]:
        raise TabFailedError(f"{NAME}: asked for page {index + 1}, got page {reached + 1}")
    return state


async def _rows(page: Page, index: int) -> list[Vehicle]:
    read = await page.evaluate(f"(args) => ({GRID}).rows(args)", [ROW, HEADER, BOOKOUT])
    if not read["rows"]:
        return []
    return parse_rows(read["headers"], read["rows"], index)


def parse_rows(headers: Sequence[str], rows: Sequence[dict[str, Any]], index: int) -> list[Vehicle]:
    """Make vehicles of a page's rows, columns found by their header; raises PageMismatchError when one is missing."""
    names = [" ".join(header.split()).lower() for header in headers]
    reference = next((names.index(name) for name in REFERENCE_HEADERS if name in names), None)
    if reference is None:
        raise PageMismatchError(
            f"{NAME}: no {HEADER} reads {' or '.join(map(repr, REFERENCE_HEADERS))}; there are {list(headers)}"
        )
    vin = names.index(VIN_HEADER) if VIN_HEADER in names else None
    described = [names.index(name) for name in DESCRIPTION_HEADERS if name in names]
    vehicles = []
    for row in rows:
        cells, link, href = [_encodable(cell) for cell in row["cells"]], _encodable(row["id"]), _encodable(row["href"])
        if len(cells) != len(headers):
            raise PageMismatchError(f"{NAME}: a row has {len(cells)} cells under {len(headers)} headers ({HEADER})")
        vehicles.append(
            Vehicle(
                reference=cells[reference],
                row_id=link.removeprefix(BOOKOUT_ID),
                vin=cells[vin].upper() if vin is not None else "",
                description=" ".join(" ".join(cells[i] for i in described).split()),
                href=href,
                page=index,
            )
        )
    return vehicles


def _encodable(text: str) -> str:
    """Escape halves of characters, which scripts can make and neither files nor databases take."""
    return text.encode("utf-8", "backslashreplace").decode()
