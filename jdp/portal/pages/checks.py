"""Steps that hold signed-in pages against their contracts. None of them makes a report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jdp.exceptions import PageMismatchError
from jdp.portal.pages import export, grid, grid_rows, login, vehicle
from jdp.portal.pages.contract import Contract, Found, Part, look
from jdp.portal.pages.expectations import expect_signed_in
from jdp.portal.pages.grid_script import BOOKOUT, MAIN_TABLE, NAME, REFERENCE_HEADERS, ROW, SUMMARY, USUAL
from jdp.portal.pages.grid_turn import pages_of
from jdp.portal.tab.loading import loaded
from jdp.portal.tab.press import press, uncovered
from jdp.portal.tab.step import See, see_nothing, step

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.async_api import Page

    from jdp.portal.pages.grid_script import GridState

OPEN_SECONDS = 5.0  # for a menu or a dialog
HREF = """link => /^(#|javascript:)/i.test(link.getAttribute("href") || "#") ? "" : link.href"""


@step
async def check_inventory(page: Page) -> list[Found]:
    """Look for the grid, its columns and its pager, and for the way out."""
    await expect_signed_in(page, NAME)
    if not await page.locator(MAIN_TABLE).count():
        found = await look(page, grid.CONTRACT)
        if not found[0].ok:
            return found
    state = await grid.first_page(page)
    found = await look(page, grid.CONTRACT, 0)
    if not state.shown:
        found = [_optional(each) if each.part.selector in (ROW, BOOKOUT) else each for each in found]
    found += await look(page, login.SIGNED_IN, 0)
    pager = await look(page, Contract(NAME, grid.__name__, grid.PAGER), 0)
    return [*found, *_columns(state), *_turning(state, pager)]


def _optional(found: Found) -> Found:
    return found._replace(part=found.part._replace(required=False))


def _columns(state: GridState) -> Iterator[Found]:
    """Find the columns by their headers, as the reading of rows does. A template in one wide cell has none."""
    wanted = (
        ("column of references", REFERENCE_HEADERS, not any(row["wide"] for row in state.rows)),
        ("column of VINs, which prove reports too", (grid_rows.VIN_HEADER,), False),
        ("columns of the description", grid_rows.DESCRIPTION_HEADERS, False),
    )
    for what, names, required in wanted:
        part = Part(what, f"{grid_rows.HEADER} that reads {' or '.join(names[:2])}", required=required)
        yield grid.CONTRACT.found(part, sum(header.lower() in names for header in state.headers))


def _turning(state: GridState, pager: list[Found]) -> Iterator[Found]:
    """Tell whether pages can be turned: needed where there are several."""
    several = pages_of(state) > 1
    yield from map(_optional, pager)
    yield grid.CONTRACT.found(Part("client object", USUAL, required=several), int(state.client))


@step
async def check_reading(page: Page) -> list[Found]:
    """Read a page of the grid and turn to the next one as a run does: what a run would refuse is raised.

    As in a run, a saved filter is taken off for that.
    """
    await expect_signed_in(page, NAME)
    reading = await grid.read(page, 0, 1)
    if reading.unread:
        raise PageMismatchError(f"{NAME}: the pager's summary ({SUMMARY}) tells no count: {reading.unread!r}")
    found = [grid.CONTRACT.found(Part("vehicles read on the first page", ROW, required=False), reading.row_count)]
    if reading.pages > 1:
        turned = await grid.read(page, 1, 1)
        found.append(grid.CONTRACT.found(Part("vehicles read on the second page", ROW), turned.row_count))
    return found


@step
async def check_export(page: Page) -> list[Found]:
    """Open the export menu down to CSV, which is not clicked."""
    await expect_signed_in(page, export.NAME)
    found: list[Found] = []
    for part in export.CONTRACT.parts:
        if found:
            await export.point_at(page, found[-1].part.selector)
        found += await look(page, export.CONTRACT._replace(parts=(part,)), OPEN_SECONDS)
        if not found[-1].ok:
            break
    return found


@step
async def check_vehicle(page: Page, see: See = see_nothing) -> list[Found]:
    """Open the first vehicle of the inventory and its reports dialog; Create PDF is not clicked.

    `see` is given the vehicle's page before its dialog opens.
    """
    await expect_signed_in(page, NAME)
    link = page.locator(BOOKOUT).first
    await link.wait_for(state="attached")
    if href := await link.evaluate(HREF):
        await page.goto(href, wait_until="commit")
    else:
        async with page.expect_navigation(wait_until="commit"):
            await uncovered(link)
            await link.evaluate("link => link.click()")
    await loaded(page)
    await expect_signed_in(page, vehicle.NAME)
    found = await look(page, vehicle.CONTRACT)
    await see(page, vehicle.NAME)
    if not found[0].ok:
        return found
    await press(page.locator(vehicle.REPORTS).filter(visible=True).first)
    return found + await look(page, vehicle.DIALOG, OPEN_SECONDS)
