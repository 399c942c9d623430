"""The limit: a bare client that knows the portal, fetches the same reports and does nothing else.

It logs in by plain HTTP, reads the grid page by page, and fetches reports with N workers while further pages are being
read: nothing waits for what it does not need. No browser, no proof, no sync, no ledger. What it needs to know, the way
in which this portal names a report's vehicle, it is told. The portal's address, the account and the folder come from
the same environment as the crawl's.

python benchmarks/limit.py --way id --workers 8
"""

from __future__ import annotations

import argparse
import asyncio
import html
import os
import re
from dataclasses import dataclass
from pathlib import Path

import aiohttp

ROW = re.compile(r'id="bookOutButton_([^"]+)".*?<td class="dxgv">([^<]+)</td>', re.DOTALL)
PAGES = re.compile(r'data-pages="(\d+)"')
FORM = re.compile(r'<form[^>]* action="([^"]+)"')
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')
WAYS = ("id", "token", "form", "session")
Vehicle = tuple[str, str]  # id of its row, reference


@dataclass
class Client:
    """One login. `fields` are the hidden ones of the report's form, where there is one."""

    http: aiohttp.ClientSession
    base: str
    way: str
    folder: Path
    fields: dict[str, str]

    async def text(self, method: str, path: str, **data: str) -> str:
        """Ask for a page of the portal and return its text; raises aiohttp.ClientError."""
        async with self.http.request(method, self.base + path, data=data or None) as answer:
            return await answer.text()

    async def submit(self, page: str, **values: str) -> str:
        """Send a page's first form, its hidden fields with it; return the page that this leads to."""
        found = FORM.search(page)
        assert found is not None, "a page without a form"
        data = {**hidden(page), **values}
        async with self.http.post(self.base.removesuffix("/ValuesOnline/") + unescaped(found[1]), data=data) as answer:
            return await answer.text()

    async def log_in(self, user: str, password: str) -> None:
        """Log in, and accept the licence when it is shown."""
        page = await self.text("GET", "Home/LicenseAgreement?ReturnUrl=/ValuesOnline/")
        page = await self.submit(page, UserName=user, Password=password)
        if 'id="agreementCheckBox"' in page:
            page = await self.submit(page, Accepted="true")
        assert 'id="btnLogout"' in page, "the login did not succeed"

    async def read_grid(self, queue: asyncio.Queue[Vehicle | None]) -> None:
        """Put each page's rows into the queue as soon as they are read."""
        page = await self.text("GET", "vehicle/")
        found = PAGES.search(page)
        assert found is not None, "an inventory page without a grid"
        self.offer(page, queue)
        for number in range(1, int(found[1])):
            data = {"command": "GOTOPAGE", "argument": str(number), "page": str(number - 1), "filter": ""}
            async with self.http.post(self.base + "vehicle/GridCallback", data=data) as answer:
                self.offer((await answer.json())["rows"], queue)

    def offer(self, rows: str, queue: asyncio.Queue[Vehicle | None]) -> None:
        """Put a page's rows into the queue."""
        for row_id, reference in ROW.findall(rows):
            queue.put_nowait((unescaped(row_id), unescaped(reference)))

    async def work(self, queue: asyncio.Queue[Vehicle | None]) -> None:
        """Fetch reports until the queue says that there are no more."""
        while (vehicle := await queue.get()) is not None:
            row_id, reference = vehicle
            save(self.folder / f"{reference}.pdf", await self.report(row_id))

    async def report(self, row_id: str) -> bytes:
        """Fetch one report, in the portal's way."""
        address = self.base + "Report/GetPdfReport"
        match self.way:
            case "token":
                data = {"reportType": "Bookout", "vehicleId": row_id}
                async with self.http.post(self.base + "Report/PrepareReport", data=data) as answer:
                    return await self.body(address + "?token=" + (await answer.json())["token"])
            case "form":
                if not self.fields:
                    self.fields = hidden(await self.text("GET", "vehicle/details?vehicleId=" + row_id))
                return await self.body(address, {**self.fields, "vehicleId": row_id})
            case "session":
                await self.text("GET", "vehicle/details?vehicleId=" + row_id)
                return await self.body(address)
        return await self.body(f"{address}?vehicleId={row_id}&reportType=Bookout&inline=true")

    async def body(self, url: str, data: dict[str, str] | None = None) -> bytes:
        """Get, or post when there is something to post."""
        async with self.http.request("POST" if data else "GET", url, data=data) as answer:
            return await answer.read()


def save(path: Path, data: bytes) -> None:
    """Write a report."""
    path.write_bytes(data)


def hidden(page: str) -> dict[str, str]:
    """Return a page's hidden fields."""
    return {unescaped(name): unescaped(value) for name, value in HIDDEN.findall(page)}


def unescaped(text: str) -> str:
    """Return a text as it was before it stood in HTML."""
    return html.unescape(text)


async def fetch_all(way: str, workers: int, folder: Path) -> None:
    """Fetch every report of the inventory; raises aiohttp.ClientError at the first thing that goes wrong."""
    async with aiohttp.ClientSession(
        raise_for_status=True,
        timeout=aiohttp.ClientTimeout(total=600),
        connector=aiohttp.TCPConnector(limit=workers + 1),
        cookie_jar=aiohttp.CookieJar(unsafe=True),  # else it takes no cookies from 127.0.0.1
    ) as http:
        client = Client(http, os.environ["PORTAL_URL"], way, folder, {})
        await client.log_in(os.environ["JD_USER"], os.environ["JD_PASS"])
        queue: asyncio.Queue[Vehicle | None] = asyncio.Queue()
        async with asyncio.TaskGroup() as group:
            for _ in range(workers):
                group.create_task(client.work(queue))
            await client.read_grid(queue)
            for _ in range(workers):
                queue.put_nowait(None)
        await client.text("GET", "Home/LogOff")


def main() -> None:
    """Read the arguments and fetch."""
    parser = argparse.ArgumentParser(description="Fetch every report as fast as the portal allows.")
    parser.add_argument("--way", choices=WAYS, default="id", help="how the portal names a report's vehicle")
    parser.add_argument("--workers", type=int, default=8, help="reports under way at once")
    options = parser.parse_args()
    folder = Path(os.environ["DOWNLOAD_FOLDER"], "limit", "pdfs")
    folder.mkdir(parents=True)
    asyncio.run(fetch_all(options.way, 1 if options.way == "session" else options.workers, folder))


if __name__ == "__main__":
    main()
