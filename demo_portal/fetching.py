"""The addresses that give a report, and the faults on the way."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from demo_portal.accounts import Session
from demo_portal.misbehave import cut_off, keep_silent, trickle
from demo_portal.portal import SITE, Portal, portal_of, see, session_of
from demo_portal.reports import report_way
from demo_portal.vehicles import Vehicle

GET_PDF = SITE + "Report/GetPdfReport"
PDF = "application/pdf"


async def prepare(request: Request) -> Response:
    """Give a token: the call before the report's tab."""
    portal, session, form = portal_of(request), session_of(request), await request.form()
    if portal.forged(request, form):
        return portal.refuse_forged(request)
    vehicle = session.current
    if portal.options.token_call == "id":  # noqa: S105 -- a switch, no secret
        vehicle = portal.inventory.by_row_id.get(str(form.get("vehicleId", "")))
    if vehicle is None:
        return JSONResponse({"error": "unknown vehicle"}, 404)
    portal.counters.tokens_given += 1
    token = portal.reports.give_token(session, vehicle, portal.options.token_uses)
    return JSONResponse({"token": token, "url": f"{GET_PDF}?token={token}"})


async def get_pdf_report(request: Request) -> Response:
    """Answer at the report's own address."""
    portal, session = portal_of(request), session_of(request)
    posted = report_way(portal.options, portal.counters) == "form"
    form = await request.form()
    if posted != (request.method == "POST") or (posted and portal.forged(request, form, always=True)):
        return portal.refuse_forged(request)
    vehicle = _asked_for(portal, session, form if posted else request.query_params)
    if vehicle is None or portal.faults.meet("gone", vehicle):
        return portal.error(request, 404, "The report is not available.")
    if portal.options.report_redirect:
        key = portal.reports.give_token(session, vehicle, 0)
        return RedirectResponse(f"{SITE}Report/Document/{key}", 303)
    return await answer(request, portal, vehicle)


def _asked_for(portal: Portal, session: Session, named: Mapping[str, object]) -> Vehicle | None:
    """Return the vehicle that the address or the form names, by the way of just now and no other."""
    match report_way(portal.options, portal.counters):
        case "session":
            return session.current
        case "token":
            return portal.reports.take_token(session, str(named.get("token", "")))
    return portal.inventory.by_row_id.get(str(named.get("vehicleId", "")))


async def document(request: Request) -> Response:
    """Where the report's address redirects to."""
    portal = portal_of(request)
    vehicle = portal.reports.take_token(session_of(request), request.path_params["key"])
    if not portal.options.report_redirect or vehicle is None:
        return portal.error(request, 404, "The report is not available.")
    return await answer(request, portal, vehicle)


async def answer(request: Request, portal: Portal, vehicle: Vehicle) -> Response:
    """Give the vehicle's report, or the fault that this try meets."""
    fault = portal.faults.strike("report", vehicle)
    refusal = await _refusal(request, portal, fault)
    if refusal:
        return refusal
    portal.faults.meet("no-label", vehicle)
    async with portal.reports.making(vehicle):
        return _body(portal, vehicle, fault)


async def _refusal(request: Request, portal: Portal, fault: str | None) -> Response | None:
    """Answer a request whose report is not even started."""
    match fault:
        case "error500":
            return portal.error(request, 500, "An error occurred while processing your request.")
        case "busy429":
            return Response("Too many requests", 429, {"Retry-After": "1"})
        case "no-answer":
            return await keep_silent(request)
        case "lost-session":
            portal.accounts.lose(session_of(request))
            return see(f"{SITE}Home/LicenseAgreement?ReturnUrl={SITE}")
    return None


def _body(portal: Portal, vehicle: Vehicle, fault: str | None) -> Response:
    """Return the report as the fault leaves it."""
    pdf = right_report(portal, vehicle)
    headers = {"Content-Disposition": f'inline; filename="ValuationReport{vehicle.row_id}.pdf"'}
    match fault:
        case "slow":
            return trickle(pdf, portal.options.slow_seconds)
        case "drop":
            return cut_off(pdf)
        case "cut":
            pdf = pdf[: len(pdf) * 2 // 3]
        case "empty":
            pdf = b""
        case "wrong":
            vehicles = portal.inventory.vehicles
            pdf = right_report(portal, vehicles[(vehicle.index + 1) % len(vehicles)])
        case "html":
            return HTMLResponse(portal.pages.render("busy.html"))
    return Response(pdf, media_type=PDF, headers=headers)


def right_report(portal: Portal, vehicle: Vehicle) -> bytes:
    """Return the file that a fetch of this vehicle's report should get."""
    return portal.reporter.render(vehicle, labelled=not portal.faults.has("no-label", vehicle))
