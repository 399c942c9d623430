"""Side addresses for tests and benchmarks; they need no session and are not counted."""

import asyncio
import hashlib
import time

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from demo_portal.fetching import PDF, right_report
from demo_portal.hostility import ELSEWHERE, ROUND, arrived_elsewhere, go_round
from demo_portal.portal import portal_of


async def counters(request: Request) -> Response:
    """Tell what the portal saw so far."""
    return JSONResponse(portal_of(request).counters.as_json())


async def sha256(request: Request) -> Response:
    """Tell the digest of every vehicle's right report; one under a number that another has first by its VIN, too."""
    portal, digests = portal_of(request), {}
    for number, vehicle in enumerate(portal.inventory.vehicles):
        taken = vehicle.reference in digests
        name = f"{vehicle.reference}-{vehicle.vin}" if taken else vehicle.reference
        digests[name] = hashlib.sha256(right_report(portal, vehicle)).hexdigest()
        if number % 100 == 0:
            # Other requests are served in between, however long the inventory.
            await asyncio.sleep(0)
    return JSONResponse(digests)


async def report(request: Request) -> Response:
    """Give one right report."""
    portal = portal_of(request)
    vehicle = portal.inventory.keys.find(request.path_params["key"])
    if vehicle is None:
        return Response(status_code=404)
    return Response(right_report(portal, vehicle), media_type=PDF)


async def expire_sessions(request: Request) -> Response:
    """Lose all sessions at once."""
    accounts = portal_of(request).accounts
    sessions = list(accounts.sessions.values())
    for session in sessions:
        accounts.lose(session)
    return JSONResponse({"expired": len(sessions)})


async def session_keys(request: Request) -> Response:
    """Tell what every sign-in cookie given so far begins with: a test looks for it where no secret may be."""
    return JSONResponse(portal_of(request).accounts.keys_given)


async def down(request: Request) -> Response:
    """Be out of order for a while, to everything but these addresses: `how` is a status, or "page" for a page."""
    told = await request.json()
    seconds = float(told["seconds"])
    portal_of(request).down_how = str(told.get("how", "503"))
    portal_of(request).down_until = time.monotonic() + seconds
    return JSONResponse({"down": seconds})


async def hurry(request: Request) -> Response:
    """Take no time any more: reports that are being made, callbacks that wait, and all later ones."""
    portal_of(request).reports.hurried.set()
    return JSONResponse({"hurried": True})


ROUTES = [
    Route("/_demo/counters", counters),
    Route("/_demo/sha256", sha256),
    Route("/_demo/session-keys", session_keys),
    Route("/_demo/reports/{key}", report),
    Route("/_demo/expire-sessions", expire_sessions, methods=["POST"]),
    Route("/_demo/down", down, methods=["POST"]),
    Route("/_demo/hurry", hurry, methods=["POST"]),
    Route(ROUND + "{lap:int}", go_round),
    Route(ELSEWHERE + "{path:path}", arrived_elsewhere, methods=["GET", "POST"]),
]
