"""The inventory page, the grid's callbacks and the CSV export."""

import csv
import io
from typing import Any

from markupsafe import Markup
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from demo_portal.accounts import GridState
from demo_portal.portal import Portal, portal_of, session_of, wait_ms
from demo_portal.vehicles import Vehicle


async def inventory(request: Request) -> Response:
    """Show the inventory page, with its first rows or without."""
    portal, session = portal_of(request), session_of(request)
    await wait_ms(portal.options.grid_ms)
    state = session.grid if portal.options.grid_state == "session" else GridState()
    if portal.options.grid_state == "tab":
        state.stock_filter = session.account.saved_filter
    later = portal.options.first_rows == "callback"
    shown = _shown(portal, GridState(0, state.stock_filter) if later else state)
    if later:
        shown.update(rows=[], later=True)
    return portal.page(request, "inventory.html", tab="inventory", **shown)


async def callback(request: Request) -> Response:
    """Answer a callback of the grid: a command, and the state that the tab holds."""
    portal, session = portal_of(request), session_of(request)
    form = await request.form()
    portal.counters.grid_callbacks += 1
    await wait_ms(portal.options.grid_ms)
    if portal.forged_call(request, form):
        return portal.refuse_forged(request)
    state = session.grid if portal.options.grid_state == "session" else _state_of(form)
    if _apply(str(form.get("command", "")), str(form.get("argument", "")), state):
        session.account.saved_filter = state.stock_filter
    shown = _shown(portal, state)
    return JSONResponse(
        {
            "rows": portal.pages.render("grid_rows.html", options=portal.options, **shown),
            "footer": portal.pages.render("grid_footer.html", options=portal.options, **shown),
            "pageIndex": state.page,
            "pageCount": shown["page_count"],
            "filter": state.stock_filter,
        }
    )


async def export(request: Request) -> Response:
    """Export the inventory as CSV, all columns."""
    portal, session = portal_of(request), session_of(request)
    portal.counters.exports += 1
    by_session = portal.options.grid_state == "session"
    stock_filter = session.grid.stock_filter if by_session else request.query_params.get("filter", "")
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(portal.columns.headers)
    writer.writerows(map(portal.columns.values, portal.inventory.exported(stock_filter)))
    return Response(
        text.getvalue().encode("utf-8-sig" if portal.options.csv_bom else "utf-8"),
        media_type="text/csv",
        headers={"Content-Disposition": 'attachment; filename="VehicleInventory.csv"'},
    )


def _state_of(form: FormData) -> GridState:
    page = str(form.get("page", "0"))
    return GridState(int(page) if page.isdecimal() else 0, str(form.get("filter", "")))


def _apply(command: str, argument: str, state: GridState) -> bool:
    """Change the state by a command; true if the filter was set, which is saved for the account."""
    if command == "GOTOPAGE" and argument.isdecimal():
        state.page = int(argument)
    elif command == "NEXTPAGE":
        state.page += 1
    elif command == "PREVPAGE":
        state.page -= 1
    elif command in ("FILTER", "CLEARFILTER"):
        state.page, state.stock_filter = 0, argument if command == "FILTER" else ""
        return True
    return False


def _shown(portal: Portal, state: GridState) -> dict[str, Any]:
    rows, total = portal.inventory.shown(state)
    size = portal.options.page_size
    return {
        "rows": [_row(portal, vehicle) for vehicle in rows],
        "total": total,
        "page": state.page,
        "page_count": -(-total // size),
        "first": state.page * size,
        "stock_filter": state.stock_filter,
        "columns": portal.columns,
        "numbers": _numbers(state.page, -(-total // size)),
    }


def _row(portal: Portal, vehicle: Vehicle) -> str:
    cells = portal.columns.row(vehicle)
    if portal.faults.meet("bookout-file", vehicle):
        # As a plain text, as Markup would escape what is put in.
        cells = Markup(str(cells).replace('href="/ValuesOnline/', 'href="file:///etc/passwd?'))  # noqa: S704 -- escaped
    return cells


def _numbers(page: int, count: int) -> list[int]:
    """List the pages that the pager names: first, last and those around; -1 stands for a gap."""
    near = sorted({0, count - 1, *range(max(0, page - 3), min(count, page + 4))} - {-1})
    numbers: list[int] = []
    for number in near:
        if numbers and number > numbers[-1] + 1:
            numbers.append(-1)
        numbers.append(number)
    return numbers
