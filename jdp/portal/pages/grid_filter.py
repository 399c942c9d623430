"""Filters of the grid: an inventory read with one on is silently incomplete, so each is taken off, and proven off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jdp.exceptions import PageMismatchError
from jdp.portal.pages.grid_script import NAME, read_state, run_script
from jdp.portal.pages.grid_summary import Pager, read_summary
from jdp.portal.pages.grid_turn import effect, pages_of
from jdp.portal.pages.grid_watch import watching

if TYPE_CHECKING:
    from playwright.async_api import Page

    from jdp.portal.pages.grid_watch import PageWatch

CLEAR_FILTER = "a[class*='FilterBarLink'][onclick*='ClearFilter']"
FILTER_BAR = "a[class*='FilterBarLink']"
STOCK_NUMBER = "#StockNumberInput"
APPLY = ("vehicleGridViewFilterChanged", "StockNumber")
# Links and buttons that take a filter off: the bar's, the filter row's, the search panel's.
CLEARING = (CLEAR_FILTER, "[onclick*='ClearFilter']", "[id*='_DXSE'][class*='ClearButton'], [onclick*='ClearSearch']")
SIGNS = {
    "clear": CLEAR_FILTER,
    "column": "[class*='HeaderFilterActive']",
    "boxes": ("[id='<grid>_DXSE_I']", "[id^='<grid>_DXFREditorcol'][id$='_I']", STOCK_NUMBER),
}
TYPING_SECONDS = 2.0  # that a box may wait for the next key before it asks the site
# Of the client API: what takes off a filter, a search text.
METHODS: tuple[tuple[str, list[Any]], ...] = (("ClearFilter", []), ("ApplySearchPanelFilter", [""]))


async def clear_filters(page: Page) -> bool:
    """Take off every filter that shows, by one way after the other; raises PageMismatchError where one stays."""
    if not await _signs(page):
        return False
    with watching(page) as watch:
        for way in (_press, _call, _empty):
            worked = await way(page, watch)
            if worked and not await _signs(page):
                return True
    stays = (await _signs(page) or [{"selector": CLEAR_FILTER, "value": ""}])[0]
    raise PageMismatchError(
        f"{NAME}: {stays['selector']} still shows a filter that was to be cleared: {stays['value']!r}"
    )


async def clear_unseen(page: Page) -> bool:
    """Have the client object clear a filter that nothing shows; tell whether that brought more rows."""
    before = await read_state(page)
    if not before.client:
        return False
    with watching(page) as watch:
        if not await effect(page, watch, "call", *METHODS[0]):
            return False
    after = await read_state(page)
    return _rows(after) > _rows(before) or pages_of(after) > pages_of(before)


def _rows(state: Any) -> int:
    return read_summary(state.summary, Pager(state.index + 1, pages_of(state), state.shown)).total or 0


async def _signs(page: Page) -> list[dict[str, str]]:
    found: list[dict[str, str]] = await run_script(page, "filters", SIGNS)
    return found


async def _press(page: Page, watch: PageWatch) -> bool:
    """Click what takes a filter off, where it can be seen."""
    for selector in CLEARING:
        if await page.locator(selector).filter(visible=True).count() and await effect(page, watch, "press", selector):
            return True
    return False


async def _call(page: Page, watch: PageWatch) -> bool:
    """Use the client API's ways."""
    worked = [await effect(page, watch, "call", method, given) for method, given in METHODS]
    return any(worked)


async def _empty(page: Page, watch: PageWatch) -> bool:
    """Empty the boxes as a person does."""
    worked = False
    for sign in await _signs(page):
        if box := sign.get("box"):
            apply = APPLY if box == STOCK_NUMBER.removeprefix("#") else None
            worked |= await effect(page, watch, "empty", box, apply, quiet=TYPING_SECONDS)
    return worked
