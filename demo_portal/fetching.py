"""The addresses that give a report, and the faults on the way."""

import json
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from demo_portal.accounts import Session
from demo_portal.faults import HARMS
from demo_portal.hostility import harm
from demo_portal.misbehave import cut_off, keep_silent, trickle
from demo_portal.portal import SITE, Portal, portal_of, see, session_of
from demo_portal.reports import Asked, asked_by, report_way
from demo_portal.vehicles import Vehicle

GET_PDF = SITE + "Report/GetPdfReport"
PDF = "application/pdf"


async def prepare(request: Request) -> Response:
    """Give a token: the call before the report's tab."""
    portal, session, fields = portal_of(request), session_of(request), await _fields(request)
    if fields is None:
        return portal.error(request, 415, "The call has to send its fields another way.")
    if portal.forged_call(request, fields):
        return portal.refuse_forged(request)
    by_id = portal.options.token_call == "id"  # noqa: S105 -- a switch, no secret
    asked = asked_by(session, portal.inventory.keys.find(fields.get("vehicleId")) if by_id else session.current)
    if asked is None:
        return JSONResponse({"error": "unknown vehicle"}, 404)
    if portal.options.token_from == "page" or _too_direct(portal, asked):  # noqa: S105 -- a switch, no secret
        return portal.error(request, 404, "The report is not available.")
    token = portal.reports.give_token(session, asked)
    given = {"token": token, "url": f"{GET_PDF}?token={token}"}
    return JSONResponse(given | portal.confider.fields(asked.vehicle))


async def _fields(request: Request) -> Mapping[str, object] | None:
    """Read what the call for a token sends, None if that comes in another format than it has to."""
    if not portal_of(request).options.call_json:
        return await request.form()
    try:
        fields = json.loads(await request.body())
    except ValueError:
        return None
    is_json = request.headers.get("Content-Type", "").startswith("application/json")
    return fields if is_json and isinstance(fields, dict) else None


async def get_pdf_report(request: Request) -> Response:
    """Answer at the report's own address."""
    portal, session = portal_of(request), session_of(request)
    posted = report_way(portal.options, portal.counters) == "form"
    named: Mapping[str, object] = await request.form() if posted else request.query_params
    if posted != (request.method == "POST") or (posted and portal.forged(request, named, always=True)):
        return portal.refuse_forged(request)
    if not portal.options.report_redirect and portal.reports.is_busy():
        return _busy(portal.options.busy_seconds)
    asked = _asked_for(portal, session, named)
    if asked is None or portal.faults.meet("gone", asked.vehicle) or _too_direct(portal, asked):
        return portal.error(request, 404, "The report is not available.")
    if portal.options.report_redirect:
        key = portal.reports.give_document(session, asked)
        return RedirectResponse(f"{SITE}Report/Document/{key}", 303)
    return await _answer(request, portal, asked)


def _asked_for(portal: Portal, session: Session, named: Mapping[str, object]) -> Asked | None:
    """Return whose report the address or the form names, by the way of just now and no other."""
    match report_way(portal.options, portal.counters):
        case "session":
            return asked_by(session, session.current)
        case "token":
            return portal.reports.take_token(session, str(named.get("token", "")))
    return asked_by(session, portal.inventory.keys.find(named.get("vehicleId")))


def _too_direct(portal: Portal, asked: Asked) -> bool:
    return portal.options.page_first and asked.direct


def _busy(seconds: int) -> Response:
    return Response("Too many requests", 429, {"Retry-After": str(seconds)})


async def document(request: Request) -> Response:
    """Where the report's address redirects to."""
    portal = portal_of(request)
    if portal.options.report_redirect and portal.reports.is_busy():
        return _busy(portal.options.busy_seconds)
    asked = portal.reports.take_token(session_of(request), request.path_params["key"])
    if not portal.options.report_redirect or asked is None:
        return portal.error(request, 404, "The report is not available.")
    return await _answer(request, portal, asked)


async def _answer(request: Request, portal: Portal, asked: Asked) -> Response:
    """Give the vehicle's report, or the fault that this try meets."""
    vehicle = asked.vehicle
    fault = (asked.direct and portal.faults.strike("direct", vehicle)) or portal.faults.strike("report", vehicle)
    refusal = await _refusal(request, portal, fault)
    if refusal:
        return refusal
    if fault in HARMS:
        return harm(request, vehicle, fault)
    portal.faults.meet("no-label", vehicle)
    if not portal.reports.is_ready(vehicle):
        return _not_ready(portal)
    async with portal.reports.making(session_of(request), asked):
        return _body(portal, vehicle, fault)


async def _refusal(request: Request, portal: Portal, fault: str | None) -> Response | None:
    """Answer a request whose report is not even started."""
    match fault:
        case "error500":
            return portal.error(request, 500, "An error occurred while processing your request.")
        case "busy429":
            return _busy(1)
        case "no-answer":
            return await keep_silent(request)
        case "lost-session":
            portal.accounts.lose(session_of(request))
            return see(f"{SITE}Home/LicenseAgreement?ReturnUrl={SITE}")
    return None


def _not_ready(portal: Portal) -> Response:
    """Tell that a report is being made, in one of the ways that sites have for that."""
    way = portal.options.ready_by
    headers = {"202": {}, "retry-after": {"Retry-After": "1"}, "header": {"Refresh": "1"}}.get(way, {})
    return HTMLResponse(portal.pages.render("making.html", way=way), 202 if way == "202" else 200, headers)


def _body(portal: Portal, vehicle: Vehicle, fault: str | None) -> Response:
    """Return the report as the fault leaves it."""
    pdf = right_report(portal, vehicle)
    headers = {"Content-Disposition": f'inline; filename="ValuationReport{portal.inventory.keys.key(vehicle)}.pdf"'}
    match fault:
        case "slow":
            return trickle(pdf, portal.options.slow_seconds)
        case "drop":
            return cut_off(pdf)
        case "cut":
            pdf = pdf[: len(pdf) * 2 // 3]
        case "empty":
            pdf = b""
        case "wrong" | "direct-wrong":
            vehicles = portal.inventory.vehicles
            pdf = right_report(portal, vehicles[(vehicle.index + 1) % len(vehicles)])
        case "html":
            return HTMLResponse(portal.pages.render("busy.html"))
    return Response(pdf, media_type=PDF, headers=headers)


def right_report(portal: Portal, vehicle: Vehicle) -> bytes:
    """Return the file that a fetch of this vehicle's report should get."""
    pdf = portal.reporter.render(vehicle, labelled=not portal.faults.has("no-label", vehicle))
    return portal.confider.into_report(pdf, vehicle)
