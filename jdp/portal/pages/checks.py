"""Steps that hold signed-in pages against their contracts. None of them makes a report or changes anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jdp.portal.pages import export, grid, login, vehicle
from jdp.portal.pages.contract import Contract, Found, Part, look
from jdp.portal.pages.expectations import expect_signed_in
from jdp.portal.tab.step import step

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.async_api import Page

OPEN_SECONDS = 5.0  # for a menu or a dialog
HREF = """link => /^(#|javascript:)/i.test(link.getAttribute("href") || "#") ? "" : link.href"""


@step
async def check_inventory(page: Page) -> list[Found]:
    """Look for the grid, its columns and its pager, and for the way out."""
    await expect_signed_in(page, grid.NAME)
    found = await look(page, grid.CONTRACT)
    if await page.locator(grid.EMPTY).filter(visible=True).count():
        found = [_optional(each) if each.part.selector in (grid.ROW, grid.BOOKOUT) else each for each in found]
    found += await look(page, login.SIGNED_IN, 0)
    headers = [" ".join(text.split()).lower() for text in await page.locator(grid.HEADER).all_inner_texts()]
    state = await grid.read_state(page)
    pager = await look(page, Contract(grid.NAME, grid.__name__, grid.PAGER), 0)
    return [*found, *(_columns(headers) if headers else ()), *_turning(state, pager)]


def _optional(found: Found) -> Found:
    return found._replace(part=found.part._replace(required=False))


def _columns(headers: list[str]) -> Iterator[Found]:
    """Find the columns by their headers, as the reading of rows does."""
    wanted = (
        ("column of references", grid.REFERENCE_HEADERS, True),
        ("column of VINs, which prove reports too", (grid.VIN_HEADER,), False),
        ("columns of the description", grid.DESCRIPTION_HEADERS, False),
    )
    for what, names, required in wanted:
        part = Part(what, f"{grid.HEADER} that reads {' or '.join(names[:2])}", required=required)
        yield grid.CONTRACT.found(part, sum(header in names for header in headers))


def _turning(state: dict[str, Any], pager: list[Found]) -> Iterator[Found]:
    """Tell whether pages can be turned: needed where there are several."""
    several = state["pages"] > 1
    yield from pager if several else map(_optional, pager)
    yield grid.CONTRACT.found(Part("client object", "vehicleGridView", required=several), int(state["client"]))


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
async def check_vehicle(page: Page) -> list[Found]:
    """Open the first vehicle of the inventory and its reports dialog; Create PDF is not clicked."""
    await expect_signed_in(page, grid.NAME)
    link = page.locator(grid.BOOKOUT).first
    await link.wait_for(state="attached")
    if href := await link.evaluate(HREF):
        await page.goto(href, wait_until="domcontentloaded")
    else:
        async with page.expect_navigation(wait_until="domcontentloaded"):
            await link.evaluate("link => link.click()")
    await expect_signed_in(page, vehicle.NAME)
    found = await look(page, vehicle.CONTRACT)
    if not found[0].ok:
        return found
    await page.locator(vehicle.REPORTS).filter(visible=True).first.click()
    return found + await look(page, vehicle.DIALOG, OPEN_SECONDS)
