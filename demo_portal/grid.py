"""The inventory page, the grid's callbacks and the CSV export."""

import csv
import io
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from demo_portal.accounts import GridState, Session
from demo_portal.portal import SITE, Portal, portal_of, session_of, wait_ms
from demo_portal.shape_names import FILTERS, GROUPS
from demo_portal.shapes import NO_PAGER, Group, dress
from demo_portal.vehicles import Vehicle

TURNS = ("GOTOPAGE", "NEXTPAGE")


async def inventory(request: Request) -> Response:
    """Show the inventory page, with its first rows or without."""
    portal, session = portal_of(request), session_of(request)
    await wait_ms(portal.options.grid_ms)
    state = session.grid if portal.options.grid_state == "session" else GridState()
    if portal.options.grid_state == "tab":
        state.stock_filter = session.account.saved_filter
    later = portal.options.first_rows == "callback"
    if "postback" in portal.options.grid_shape and "command" in request.query_params:
        state = _carried_out(portal, session, request.query_params)
    shown = _shown(portal, GridState(0, state.stock_filter) if later else state)
    if later:
        shown.update(lines=[], later=True)
    page = portal.page(request, "inventory.html", tab="inventory", **shown)
    if "theme" in portal.options.grid_shape:
        page.body = dress(portal.options.grid_shape, bytes(page.body).decode()).encode()
        page.headers["Content-Length"] = str(len(page.body))
    return page


async def callback(request: Request) -> Response:
    """Answer a callback of the grid: a command, and the state that the tab holds."""
    portal, session = portal_of(request), session_of(request)
    form = await request.form()
    portal.counters.grid_callbacks += 1
    await wait_ms(portal.options.grid_ms)
    if portal.forged_call(request, form):
        return portal.refuse_forged(request)
    if form.get("command") in TURNS and (how := portal.ending_shape()):
        portal.accounts.lose(session)
        login = portal.page(request, "login.html", return_url=SITE)
        login.headers["X-Login"] = how.removeprefix("login-")
        return login
    state = _carried_out(portal, session, form)
    shown = _shown(portal, state)
    names = ("rows", "footer")
    parts = {name: portal.pages.render(f"grid_{name}.html", options=portal.options, **shown) for name in names}
    return JSONResponse(
        {
            **{name: dress(portal.options.grid_shape, part) for name, part in parts.items()},
            "pageIndex": state.page,
            "pageCount": shown["page_count"],
            "filter": state.stock_filter,
            "expanded": "yes" if state.expanded else "",
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


def _carried_out(portal: Portal, session: Session, form: Mapping[str, object]) -> GridState:
    """Return the state of the grid once a form's command is carried out."""
    state = session.grid if portal.options.grid_state == "session" else _state_of(form)
    command = str(form.get("command", ""))
    if command not in portal.ignored and _apply(command, str(form.get("argument", "")), state):
        session.account.saved_filter = state.stock_filter
    return state


def _state_of(form: Mapping[str, object]) -> GridState:
    page = str(form.get("page", "0"))
    return GridState(int(page) if page.isdecimal() else 0, str(form.get("filter", "")), bool(form.get("expanded")))


def _apply(command: str, argument: str, state: GridState) -> bool:
    """Change the state by a command; true if the filter was set, which is saved for the account."""
    if command == "GOTOPAGE" and argument.isdecimal():
        state.page = int(argument)
    elif command == "NEXTPAGE":
        state.page += 1
    elif command == "PREVPAGE":
        state.page -= 1
    elif command in ("EXPANDALL", "COLLAPSEALL"):
        state.expanded = command == "EXPANDALL"
    elif command in ("FILTER", "SEARCH", "CLEARFILTER"):
        state.page, state.stock_filter = 0, "" if command == "CLEARFILTER" else argument
        return True
    return False


def _shown(portal: Portal, state: GridState) -> dict[str, Any]:
    rows, total = portal.inventory.shown(state)
    size, shapes = portal.inventory.page_size, portal.options.grid_shape
    return {
        "shapes": shapes,
        "client": "theGrid" if "other-client" in shapes else "vehicleGridView",
        "bar": not FILTERS.keys() & set(shapes),
        "grouped": bool(GROUPS.keys() & set(shapes)),
        "pager": not NO_PAGER & set(shapes),
        "expanded": state.expanded,
        "padding": range(-len(rows) % size if rows and "padded" in shapes else 0),
        "lines": [row if isinstance(row, Group) else _row(portal, row) for row in rows],
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
