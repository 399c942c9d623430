"""The inventory's export menu. It opens only with the site's CSS."""

from __future__ import annotations

import asyncio
import csv
import logging
from typing import TYPE_CHECKING

from playwright.async_api import TimeoutError as PlaywrightTimeoutError

from jdp.config.arguments import column_in, references_in
from jdp.exceptions import PageMismatchError
from jdp.portal.pages.contract import Contract, Part
from jdp.portal.pages.expectations import expect_one_of
from jdp.portal.pages.grid import make_whole
from jdp.portal.pages.grid_script import MAIN_TABLE, USUAL
from jdp.portal.tab.press import press, uncovered
from jdp.portal.tab.step import step

if TYPE_CHECKING:
    from playwright.async_api import Page

logger = logging.getLogger(__name__)

NAME = "inventory page, export menu"
MENU = "#primaryMenu_DXI4_T"
ALL_COLUMNS = "#primaryMenu_DXI4i1_T"
CSV = "#primaryMenu_DXI4i1i2_"
COLUMN = "Reference Number"
VIN = "vin"
# Each opens the next one; the last one would begin the download.
CONTRACT = Contract(NAME, __name__, (Part("menu", MENU), Part("all columns", ALL_COLUMNS), Part("CSV", CSV)))
SECONDS = 120.0
LARGEST = 100 * 1024 * 1024  # bytes; 50,000 vehicles have 10 MB


@step
async def export_references(page: Page) -> list[str]:
    """Return the reference number of each vehicle in the CSV export, in its order, taken without any filter."""
    await expect_one_of(page, NAME, (MENU,), SECONDS / 2)
    # What the grid does not show the export leaves out.
    there = await page.locator(f"{MAIN_TABLE}, #{USUAL}").count()
    if there and await make_whole(page, unseen=True):
        logger.warning("A saved filter was on: it has been cleared before the export")
    async with asyncio.timeout(SECONDS):
        async with page.expect_download(timeout=SECONDS * 1000) as started:
            for selector in (MENU, ALL_COLUMNS, CSV):
                await point_at(page, selector)
        download = await started.value
        path = await download.path()
        if path.stat().st_size > LARGEST:
            raise PageMismatchError(f"{NAME}: a CSV of {path.stat().st_size} bytes")
        return parse_csv(decoded(path.read_bytes()))


async def point_at(page: Page, selector: str) -> None:
    """Open an entry of the menu, or begin what it stands for; raises PageMismatchError."""
    entry = page.locator(selector)
    try:
        await entry.wait_for(timeout=10_000)
        if not await uncovered(entry):
            await press(entry)
            return
        await entry.hover(timeout=10_000)
        await entry.click(timeout=10_000)
    except PlaywrightTimeoutError:
        raise PageMismatchError(f"{NAME}: {selector} cannot be clicked") from None


def decoded(data: bytes) -> str:
    """Return the text of a CSV: UTF-8 with or without a byte order mark, else what Windows programs write."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def parse_csv(text: str) -> list[str]:
    """Return the reference of each vehicle, one that stands there twice once; raises PageMismatchError without any."""
    lines = text.splitlines()
    header = [name.strip() for name in next(csv.reader(lines[:1]), [])]
    if COLUMN not in header:
        raise PageMismatchError(f"{NAME}: the CSV has no column {COLUMN!r}; there are {header}")
    references = references_in(lines)
    vins = column_in(lines, VIN) or [""] * len(references)
    return [reference for reference, _ in dict.fromkeys(zip(references, vins, strict=True)) if reference]
