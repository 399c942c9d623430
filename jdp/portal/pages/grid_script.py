"""What the inventory's grid is known by, and grid.js, which reads it in the tab."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from playwright.async_api import Error as PlaywrightError

from jdp.portal.login_form import LOGIN_FORM, LOGOUT
from jdp.portal.tab.loading import loaded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from playwright.async_api import Page

NAME = "inventory page"
USUAL = "vehicleGridView"
MOST_LEFT = 3  # times in a row that a page may be left while it is read
MAIN_TABLE = "[id$='_DXMainTable']"
ROW = "tr[id*='_DXDataRow']"
GROUP_ROW = "tr[id*='_DXGroupRow']"
SUMMARY = ".dxp-summary"
BOOKOUT = "a[id^='bookOutButton_'][title='Bookout']"
REFERENCE_HEADERS = ("reference number", "stock number")

KNOWN = {"usual": USUAL, "login": LOGIN_FORM, "logout": LOGOUT, "bookout": BOOKOUT, "references": REFERENCE_HEADERS}
GRID = files("jdp.portal.pages").joinpath("grid.js").read_text(encoding="utf-8")
# What Chromium's driver says when the page that a script ran in was left meanwhile.
LEFT = ("context was destroyed", "navigat", "Cannot find context")


@dataclass(frozen=True)
class GridState:
    """What stands on the page: the grid's name ("" when there is none), what it shows and what its pager says.

    `groups` are the visible indexes of group rows, `collapsed` counts those that hide rows; `strange` counts rows
    that look like vehicles and are not known as such. `rows` of a reading are as grid.js gives them.
    """

    grid: str
    grids: tuple[str, ...] = ()
    shown: int = 0
    strange: int = 0
    empty: bool = False
    client: bool = False
    busy: bool = False
    endless: bool = False
    pages: int = 0
    index: int = 0
    numbers: int = 0
    summary: str = ""
    groups: tuple[int, ...] = ()
    collapsed: int = 0
    login: bool = False
    headers: tuple[str, ...] = ()
    rows: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)


def state_of(told: Mapping[str, Any]) -> GridState:
    """Make a state of what grid.js tells; the number of rows and the rows themselves are two things."""
    shown, rows = (len(told["rows"]), told["rows"]) if isinstance(told["rows"], list) else (told["rows"], [])
    lists = {name: tuple(told.get(name, ())) for name in ("grids", "groups", "headers")}
    return GridState(**{**told, **lists, "shown": shown, "rows": tuple(rows)})


async def run_script(page: Page, function: str, *args: Any) -> Any:
    """Run one of grid.js's functions in the tab."""
    return await page.evaluate(
        f"(given) => ({GRID})(given.known).{function}(given.args)", {"known": KNOWN, "args": args}
    )


async def read_state(page: Page) -> GridState:
    """Return what stands on the page, without its rows."""
    return await _read(page, "state")


async def read_grid(page: Page) -> GridState:
    """Return what stands on the page, with its rows."""
    return await _read(page, "read")


async def _read(page: Page, function: str) -> GridState:
    """Read the page, anew when it was left in the same moment for the one that a page turn loads."""
    for _ in range(MOST_LEFT):
        try:
            return state_of(await run_script(page, function))
        except PlaywrightError as error:
            if not was_left(error):
                raise
        await loaded(page)
    return state_of(await run_script(page, function))


def was_left(error: PlaywrightError) -> bool:
    """Tell whether a script ended because its page was left, as a page turn without callbacks does."""
    return any(words in str(error) for words in LEFT)
