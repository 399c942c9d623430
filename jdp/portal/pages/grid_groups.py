"""Groups of the grid: a closed one hides vehicles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jdp.portal.pages.grid_script import read_state, run_script
from jdp.portal.pages.grid_turn import effect
from jdp.portal.pages.grid_watch import watching

if TYPE_CHECKING:
    from playwright.async_api import Page


async def open_groups(page: Page) -> None:
    """Open all groups, or undo the grouping where they stay closed; whoever reads rows refuses what is closed."""
    if not (await read_state(page)).collapsed:
        return
    with watching(page) as watch:
        await effect(page, watch, "call", "ExpandAll", [])
        if not (await read_state(page)).collapsed:
            return
        for column in await run_script(page, "groupings"):
            await effect(page, watch, "call", "UnGroup", [column])
