"""Opening a vehicle and the vehicle's page."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from demo_portal.accounts import Session
from demo_portal.hostility import elsewhere
from demo_portal.portal import SITE, Portal, portal_of, see, session_of, wait_ms
from demo_portal.reports import Asked, report_way
from demo_portal.vehicles import Vehicle, history, value_table

DETAILS = SITE + "vehicle/details"


async def select(request: Request) -> Response:
    """Make the vehicle the session's current one: what a script-only bookout link calls first."""
    portal, form = portal_of(request), await request.form()
    if portal.forged_call(request, form):
        return portal.refuse_forged(request)
    vehicle = portal.inventory.keys.find(form.get("vehicleId"))
    if vehicle is None:
        return JSONResponse({"error": "unknown vehicle"}, 404)
    portal.counters.vehicles_selected += 1
    session_of(request).current = vehicle
    return JSONResponse({"url": _address(portal, vehicle)})


async def open_vehicle(request: Request) -> Response:
    """Follow a bookout link whose vehicle page does not name the vehicle."""
    portal = portal_of(request)
    vehicle = portal.inventory.keys.find(request.path_params["key"])
    if vehicle is None:
        return portal.error(request, 404, "There is no such vehicle.")
    session_of(request).current = vehicle
    return see(_address(portal, vehicle))


async def details(request: Request) -> Response:
    """Show the vehicle's page; its values come by a call of its own, so it gets ready late."""
    portal, session = portal_of(request), session_of(request)
    vehicle = session.current
    if portal.options.vehicle_page == "id":
        vehicle = portal.inventory.keys.find(request.query_params.get("vehicleId"))
    if vehicle is None:
        return portal.error(request, 404, "There is no such vehicle.")
    session.current = vehicle
    portal.counters.vehicle_pages[vehicle.reference] += 1
    if portal.faults.meet("gone", vehicle):
        return portal.page(request, "gone.html", 404, tab="inventory", vehicle=vehicle)
    if portal.faults.strike("page", vehicle):
        return portal.error(request, 500, "An error occurred while processing your request.")
    return _shown(request, portal, session, vehicle)


def _shown(request: Request, portal: Portal, session: Session, vehicle: Vehicle) -> Response:
    session.opened.add(vehicle)
    way, token = report_way(portal.options, portal.counters), ""
    if way == "token" and portal.options.token_from == "page":  # noqa: S105 -- a switch, no secret
        token = portal.reports.give_token(session, Asked(vehicle, direct=False))
    key = portal.inventory.keys.key(vehicle)
    away = portal.faults.meet("report-elsewhere", vehicle)
    report = elsewhere(request) + "GetPdfReport" if away else SITE + "Report/GetPdfReport"
    return portal.page(
        request, "vehicle.html", tab="inventory", vehicle=vehicle, key=key, way=way, token=token, report=report
    )


async def values(request: Request) -> Response:
    """Give the values that the vehicle's page waits for."""
    portal = portal_of(request)
    vehicle = portal.inventory.keys.find(request.query_params.get("vehicleId"))
    await wait_ms(portal.options.vehicle_ms)
    if vehicle is None:
        return JSONResponse({"error": "unknown vehicle"}, 404)
    if portal.faults.strike("values", vehicle):
        return JSONResponse({"ready": False})
    html = portal.pages.render(
        "values.html", vehicle=vehicle, table=value_table(vehicle), months=list(history(vehicle))
    )
    return JSONResponse({"ready": True, "html": html, **portal.confider.fields(vehicle)})


def _address(portal: Portal, vehicle: Vehicle) -> str:
    key = portal.inventory.keys.key(vehicle)
    return f"{DETAILS}?vehicleId={key}" if portal.options.vehicle_page == "id" else DETAILS
