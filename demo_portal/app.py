"""The portal's addresses."""

from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from demo_portal import details, fetching, grid, side, signin
from demo_portal.gate import Gate
from demo_portal.misbehave import keep_silent
from demo_portal.options import Options
from demo_portal.portal import SITE, Portal, portal_of
from demo_portal.replay import create_replay

ROUTES = [
    Route(SITE + "vehicle/", grid.inventory),
    Route(SITE + "vehicle/GridCallback", grid.callback, methods=["POST"]),
    Route(SITE + "vehicle/details", details.details),
    Route(SITE + "vehicle/values", details.values),
    Route(SITE + "vehicle/select", details.select, methods=["POST"]),
    Route(SITE + "vehicle/open/{key}", details.open_vehicle),
    Route(SITE + "vehicle/ExportTo", grid.export),
    Route(SITE + "Report/PrepareReport", fetching.prepare, methods=["POST"]),
    Route(SITE + "Report/GetPdfReport", fetching.get_pdf_report, methods=["GET", "POST"]),
    Route(SITE + "Report/Document/{key}", fetching.document),
    Route(SITE, signin.home),
    Route(SITE + "Home/LicenseAgreement", signin.agreement),
    Route(SITE + "Home/Login", signin.log_in, methods=["POST"]),
    Route(SITE + "Home/AcceptLicense", signin.accept, methods=["POST"]),
    Route(SITE + "Home/LogOff", signin.log_off, methods=["GET", "POST"]),
]


async def static_file(request: Request) -> Response:
    """Answer with a style sheet, script or picture."""
    if request.path_params["name"].startswith("never."):
        return await keep_silent(request)
    content, kind = portal_of(request).pages.static.get(request.path_params["name"], (b"", ""))
    if not kind:
        return await not_found(request, Exception())
    return Response(content, media_type=kind, headers={"Cache-Control": "max-age=3600"})


async def not_found(request: Request, _: Exception) -> Response:
    """Note an address that the portal does not have."""
    portal = portal_of(request)
    if not request.url.path.endswith("favicon.ico"):
        portal.counters.other_paths.append(request.url.path)
    return portal.error(request, 404, "The page you asked for does not exist.")


def create_app(options: Options) -> Starlette:
    """Make the application, with a state of its own."""
    if options.replay:
        return create_replay(Path(options.replay))
    portal = Portal(options)
    app = Starlette(
        routes=[*ROUTES, Route(SITE + "Content/{name:path}", static_file), *side.ROUTES],
        middleware=[Middleware(Gate, portal=portal)],
        exception_handlers={404: not_found},
    )
    app.state.portal, app.state.base = portal, SITE
    return app
