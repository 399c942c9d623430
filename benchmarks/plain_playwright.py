"""The peer for tabs: a plain Playwright script of the usual kind, written with care.

One login, one context, N tabs that take vehicles from a queue while the inventory is still being read. In each:
open the vehicle, click through to Create PDF, wait for the tab that this page opens, and fetch the report from its
address with the context's cookies. The new tab's own load is answered here, so the site makes each report once.
Nothing is proven, nothing is tried again. The environment is the crawl's.

python benchmarks/plain_playwright.py --tabs 8
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.async_api import async_playwright, expect

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from jdp.browser import launch_options

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext, Page, Route

REPORT = "**/GetPdfReport*"
ROWS = """rows => rows.map(row => [
    row.querySelector("a[id^='bookOutButton_']").href,
    row.querySelector("td.dxgv:not(.linkCell)").innerText,
])"""
Vehicle = tuple[str, str]  # address of its page, reference


async def log_in(page: Page, url: str) -> None:
    """Log in, and accept the licence when it is shown."""
    await page.goto(url + "Home/LicenseAgreement?ReturnUrl=/ValuesOnline/")
    await page.fill("#usernameInput", os.environ["JD_USER"])
    await page.fill("#passwordInput", os.environ["JD_PASS"])
    await page.click("#loginButton")
    licence = page.locator("#agreementCheckBox")
    await expect(licence.or_(page.locator("#btnLogout")).last).to_be_visible()
    if await licence.count():
        await licence.click()
        await page.wait_for_url(url)


async def read_inventory(page: Page, url: str, queue: asyncio.Queue[Vehicle | None]) -> None:
    """Put each page's rows into the queue."""
    await page.goto(url + "vehicle/")
    pages: int = await page.evaluate("vehicleGridView.GetPageCount()")
    for number in range(pages):
        if number:
            await page.evaluate("number => vehicleGridView.GotoPage(number)", number)
            await page.wait_for_function("!vehicleGridView.InCallback()")
        for address, reference in await page.locator("tr.dxgvDataRow").evaluate_all(ROWS):
            queue.put_nowait((address, reference))


async def save_report(page: Page, address: str, target: Path) -> None:
    """Click through to the report of one vehicle, and save it."""
    await page.goto(address)
    await page.click("button.reportButton:not(.requiresVehicle)")
    async with page.expect_popup() as opening:
        await page.click("button:has-text('Create PDF')")
    popup = await opening.value
    await popup.wait_for_url(REPORT)
    answer = await page.context.request.get(popup.url, headers={"Referer": page.url}, fail_on_status_code=True)
    save(target, await answer.body())
    await popup.close()


def save(path: Path, data: bytes) -> None:
    """Write a report."""
    path.write_bytes(data)


async def work(context: BrowserContext, queue: asyncio.Queue[Vehicle | None], folder: Path) -> None:
    """Save reports in one tab until the queue says that there are no more."""
    page = await context.new_page()
    while (vehicle := await queue.get()) is not None:
        address, reference = vehicle
        await save_report(page, address, folder / f"{reference}.pdf")
    await page.close()


async def answer_popup(route: Route) -> None:
    """Give the new tab something else than its report, which would be made a second time."""
    await route.fulfill(body="", content_type="text/html")


async def save_all(browser: Browser, url: str, folder: Path, tabs: int) -> None:
    """Save every report of the inventory; raises at the first thing that goes wrong."""
    context = await browser.new_context()
    context.set_default_timeout(180_000)
    await context.route(REPORT, answer_popup)
    page = await context.new_page()
    await log_in(page, url)
    queue: asyncio.Queue[Vehicle | None] = asyncio.Queue()
    async with asyncio.TaskGroup() as group:
        for _ in range(tabs):
            group.create_task(work(context, queue, folder))
        await read_inventory(page, url, queue)
        for _ in range(tabs):
            queue.put_nowait(None)
    await page.click("#btnLogout")
    await page.wait_for_selector("#usernameInput")


async def browse(folder: Path, tabs: int) -> None:
    """Start a browser, save every report, and close it."""
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(**launch_options("auto", headless=True))  # type: ignore[arg-type]
        await save_all(browser, os.environ["PORTAL_URL"], folder, tabs)
        await browser.close()


def main() -> None:
    """Read the arguments and save the reports."""
    parser = argparse.ArgumentParser(description="Save every report through tabs of a browser.")
    parser.add_argument("--tabs", type=int, default=8, help="tabs at work")
    options = parser.parse_args()
    folder = Path(os.environ["DOWNLOAD_FOLDER"], "plain", "pdfs")
    folder.mkdir(parents=True)
    asyncio.run(browse(folder, options.tabs))


if __name__ == "__main__":
    main()
