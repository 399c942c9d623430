"""Helpers of the demo portal's tests: the portal as a process, and a visitor that speaks plain HTTP to it."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import httpx
from parsel import Selector

LIMIT = 120  # seconds until what hangs fails; far above what anything here takes
ROOT = Path(__file__).parents[2]
NEVER = "3600000"  # milliseconds: until the portal is told to hurry
LOGIN = "/ValuesOnline/Home/LicenseAgreement"
INVENTORY = "/ValuesOnline/vehicle/"
GET_PDF = "/ValuesOnline/Report/GetPdfReport"


class PortalProcess:
    """One demo portal."""

    def __init__(self, *switches: str) -> None:
        self.visitors: list[Visitor] = []
        self.process = subprocess.Popen(
            [sys.executable, "-m", "demo_portal", "--exit-with-parent", *switches],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout
        self.first_line = self.process.stdout.readline()
        self.entry = self.first_line.removeprefix("Demo portal: ").strip()
        self.root = self.entry.removesuffix("/ValuesOnline/")

    def let_go(self) -> None:
        """Close the portal's standard input, which ends it, without waiting for that."""
        for visitor in self.visitors:
            visitor.close()
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe
            pipe.close()

    def end(self) -> int:
        """End the portal and return its exit status."""
        self.let_go()
        return self.process.wait(timeout=LIMIT)

    def side(self, path: str) -> Any:
        """Ask one of the side addresses."""
        return httpx.get(f"{self.root}/_demo/{path}", timeout=LIMIT).json()


class Visitor(httpx.Client):
    """A customer with a cookie jar."""

    def __init__(self, portal: PortalProcess) -> None:
        super().__init__(base_url=portal.root, follow_redirects=True, timeout=LIMIT)
        portal.visitors.append(self)

    def log_in(self, user: str = "demo", password: str = "demo", **fields: str) -> httpx.Response:  # noqa: S107
        """Send the login form, whatever comes of it."""
        form = {"UserName": user, "Password": password, **fields}
        return self.post("/ValuesOnline/Home/Login", data=form)

    def enter(self, user: str = "demo") -> Self:
        """Sign in and accept the licence if it is asked for."""
        if "agreementCheckBox" in self.log_in(user).text:
            self.post("/ValuesOnline/Home/AcceptLicense")
        return self

    def log_out(self) -> httpx.Response:
        """Follow the log-out link."""
        return self.get("/ValuesOnline/Home/LogOff")

    def inventory(self) -> Selector:
        """Open the inventory page."""
        return Selector(self.get(INVENTORY).text)

    def callback(self, command: str, argument: str = "", page: int = 0, stock_filter: str = "") -> Any:
        """Make a callback of the grid as its script does."""
        form = {"command": command, "argument": argument, "page": str(page), "filter": stock_filter}
        return self.post(INVENTORY + "GridCallback", data=form).json()

    def open(self, row_id: str) -> httpx.Response:
        """Open a vehicle's page by its id."""
        return self.get(INVENTORY + "details", params={"vehicleId": row_id})

    def report(self, row_id: str) -> httpx.Response:
        """Fetch a vehicle's report by its id."""
        return self.get(GET_PDF, params={"vehicleId": row_id})


Start = Callable[..., PortalProcess]
Visit = Callable[..., Visitor]


def references(grid: Selector | str) -> list[str]:
    """Return the references of a grid with the usual columns, whole page or callback's rows."""
    selector = Selector(f"<table>{grid}</table>") if isinstance(grid, str) else grid
    return selector.css("tr.dxgvDataRow td:nth-child(2)::text").getall()


def row_ids(grid: Selector) -> dict[str, str]:
    """Return the row id of each reference on an inventory page."""
    links = grid.css("a[id^='bookOutButton_'][title='Bookout']::attr(id)").getall()
    return dict(zip(references(grid), (link.removeprefix("bookOutButton_") for link in links), strict=True))
