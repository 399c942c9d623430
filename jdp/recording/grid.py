"""What an inventory's grid is like: its client object, its columns, how its pages turn, what a run reads of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from jdp.exceptions import JdpError
from jdp.portal.pages import grid
from jdp.portal.pages.expectations import expect_signed_in
from jdp.portal.pages.grid_script import NAME, run_script
from jdp.portal.pages.grid_turn import pages_of, show_page
from jdp.portal.tab.step import step
from jdp.recording.facts import GridFacts

if TYPE_CHECKING:
    from playwright.async_api import Frame, Page

    from jdp.portal.pages.grid_script import GridState
    from jdp.recording.recorder import Recorder

FIRST, SECOND = f"{NAME}, first page", f"{NAME}, second page"
MOST_SHAPES = 6


@step
async def walk_grid(page: Page, recorder: Recorder) -> None:
    """Take the grid's first two pages as they stand, a filter that is on included; nothing is changed."""
    await expect_signed_in(page, NAME)
    state = await grid.first_page(page)
    facts = recorder.grid = GridFacts(await run_script(page, "api"), _columns(state))
    try:
        if state.index > 0:
            state = await show_page(page, 0)
        _note(recorder, facts, state, 0)
    finally:
        await recorder.see(page, FIRST)
    if pages_of(state) > 1:
        await _turn(page, recorder, facts)


async def _turn(page: Page, recorder: Recorder, facts: GridFacts) -> None:
    loads = 0

    def loaded(frame: Frame) -> None:
        nonlocal loads
        loads += frame is page.main_frame

    page.on("framenavigated", loaded)
    try:
        state = await show_page(page, 1)
        facts.mode = "endless" if state.endless else "load" if loads else "callback"
        _note(recorder, facts, state, 1)
    finally:
        page.remove_listener("framenavigated", loaded)
        await recorder.see(page, SECOND)


def _note(recorder: Recorder, facts: GridFacts, state: GridState, index: int) -> None:
    """Note what a run would read, or why it would refuse to."""
    known = {vehicle.row_id or vehicle.reference for vehicle in recorder.vehicles}
    try:
        reading = grid.reading_of(state, index)
    except JdpError as error:
        facts.refused = str(error)
        raise
    facts.total, facts.pages, facts.unread = reading.total, reading.pages, reading.unread
    facts.rows.append(reading.row_count)
    recorder.vehicles += [each for each in reading.vehicles if (each.row_id or each.reference) not in known]


def _columns(state: GridState) -> list[tuple[str, list[str]]]:
    """Return the columns by their headers, each with the shapes of what stands in it."""
    cells = [row["cells"] for row in state.rows]
    columns = []
    for number, header in enumerate(state.headers):
        shapes = dict.fromkeys(shape(row[number]) for row in cells if number < len(row))
        columns.append((header, list(shapes)[:MOST_SHAPES]))
    return columns


def shape(text: str) -> str:
    """Return a text's shape: 9 for a digit, A and a for letters."""
    return re.sub(r"[^\W\d_]", lambda found: "A" if found[0].isupper() else "a", re.sub("[0-9]", "9", text))[:60]
