"""Serves a capture that `scrapy preflight --record` wrote: the portal that somebody met, without its customers."""

import hashlib
import json
import re
import secrets
from collections import Counter
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from demo_portal.replay_pdf import draw
from demo_portal.replayed import Capture, replaced

TICKET = "JdpReplay"
FIRST, SECOND = "inventory page, first page", "inventory page, second page"
LOGIN, LICENCE, SIGNED_IN, VEHICLE = "login page", "licence agreement", "signed-in page", "vehicle page"
DIALOG = "vehicle page, reports dialog"
HIDDEN = (
    "<style>[data-jdp-hidden='display'] { display: none !important }"
    " [data-jdp-hidden='visibility'] { visibility: hidden !important }</style>"
)


class Replay:
    """The state of a capture that is being served: who is signed in, and which vehicle is theirs."""

    def __init__(self, folder: Path) -> None:
        self.capture = Capture(folder)
        self.sessions: dict[str, dict[str, Any]] = {}
        self.made: Counter[str] = Counter()
        self.shim = files("demo_portal").joinpath("static/replay.js").read_text("utf-8")
        grid = self.capture.told["grid"] or {"rows": []}
        self.rows = grid["rows"][-1:] if grid.get("mode") == "endless" else grid["rows"]

    async def answer(self, request: Request) -> Response:
        """Answer at any address."""
        session = self.sessions.get(request.cookies.get(TICKET, ""))
        path = request.url.path.removeprefix(self.capture.base)
        if path.startswith("__replay/"):
            return self._own(path.removeprefix("__replay/"), session)
        login = self.capture.addresses.get(LOGIN, self.capture.base)
        if self._is(request, self._logout()):
            return self._out(request)
        if session is None:
            return self._page(LOGIN) if self._is(request, login) else RedirectResponse(login, 302)
        if self._is(request, login):
            licence = LICENCE in self.capture.html and not session["licensed"]
            return self._page(LICENCE) if licence else RedirectResponse(self._landing(), 302)
        return await self._signed_in(request, session)

    def _landing(self) -> str:
        return str(self.capture.addresses.get(SIGNED_IN, self.capture.base))

    def _logout(self) -> str:
        login = self.capture.told["login"] or {}
        return str((login.get("logout") or {}).get("address", ""))

    @staticmethod
    def _is(request: Request, address: str) -> bool:
        return bool(address) and request.url.path.lower() == urlsplit(address).path.lower()

    def _own(self, way: str, session: dict[str, Any] | None) -> Response:
        """Answer what replay.js asks for."""
        if way == "in":
            ticket = secrets.token_hex(16)
            self.sessions[ticket] = {"licensed": False, "current": self.capture.shown}
            response: Response = RedirectResponse(self.capture.addresses[LOGIN], 302)
            response.set_cookie(TICKET, ticket, httponly=True)
            return response
        if session is None:
            return RedirectResponse(self.capture.addresses[LOGIN], 302)
        name, _, rest = way.partition("/")
        if name == "accept":
            session["licensed"] = True
        elif name == "page":
            return self._page((FIRST, SECOND)[int(rest)], bare=True)
        elif name == "dialog":
            return self._page(DIALOG, session["current"], bare=True)
        elif name == "open":
            session["current"] = next(each for each in self.capture.vehicles if each["row_id"] == rest)
            return RedirectResponse(self._vehicle_address(session["current"]), 302)
        return RedirectResponse(self._landing(), 302)

    def _out(self, request: Request) -> Response:
        self.sessions.pop(request.cookies.get(TICKET, ""), None)
        return RedirectResponse(self.capture.addresses[LOGIN], 302)

    async def _signed_in(self, request: Request, session: dict[str, Any]) -> Response:
        address = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        body = (await request.body()).decode("utf-8", "replace")
        for vehicle in self.capture.vehicles:
            if address == vehicle["address"] != self._vehicle_address(vehicle):
                session["current"] = vehicle
                return RedirectResponse(self._vehicle_address(vehicle), 302)
        if (asked := self._asked(request.method, address, body, session["current"])) is not None:
            return asked
        for vehicle in (session["current"], *self.capture.vehicles):
            if VEHICLE in self.capture.html and address == self._vehicle_address(vehicle):
                session["current"] = vehicle
                return self._page(VEHICLE, vehicle)
        if self._is(request, self.capture.base + "vehicle/"):
            second = SECOND in self.capture.html and request.query_params.get("__page") == "1"
            return self._page(SECOND if second else FIRST)
        return self._page(SIGNED_IN) if self._is(request, self._landing()) else Response("not captured", 404)

    def _vehicle_address(self, vehicle: dict[str, Any]) -> str:
        return replaced(self.capture.addresses.get(VEHICLE, ""), self.capture.marks(vehicle))

    def _asked(self, method: str, address: str, body: str, current: dict[str, Any]) -> Response | None:
        """Answer a request that was captured on the way to the report, for the vehicle that it names."""
        report = self.capture.report
        if report is None:
            return None
        for vehicle in (current, *self.capture.vehicles):
            marks = self.capture.marks(vehicle)
            for sent in (report["request"], *report["calls"]):
                if (method, address) != (sent["method"], replaced(sent["address"], marks)) or sent.get("page"):
                    continue
                if method == "POST" and not _same_fields(body, replaced(sent["body"], marks)):
                    continue
                if sent is report["request"] and not (report["pdf"] or {}).get("words"):
                    return Response("not captured", 404)
                if sent is report["request"]:
                    self.made[vehicle["reference"]] += 1
                    return Response(self.pdf(vehicle), media_type="application/pdf")
                return Response(replaced(sent["answer"], marks), media_type="application/json")
        return None

    def pdf(self, vehicle: dict[str, Any]) -> bytes:
        """Draw the captured report for a vehicle."""
        assert self.capture.report is not None
        marks = self.capture.marks(vehicle)
        return draw(self.capture.report["pdf"], lambda text: replaced(text, marks))

    def _page(self, name: str, vehicle: dict[str, Any] | None = None, *, bare: bool = False) -> Response:
        """Show a captured page, its scripts silent, replay.js in their place."""
        if name not in self.capture.html:
            return Response(f"{name}: not captured", 404)
        html = re.sub(r"<script\b", '<script type="text/plain"', self.capture.html[name], flags=re.IGNORECASE)
        if vehicle is not None:
            html = replaced(html, self.capture.marks(vehicle))
        if not bare:
            told = json.dumps(self._told(name, vehicle)).replace("</", "<\\/")
            own = f"{HIDDEN}<script>window.__replay = {told};</script><script>{self.shim}</script>"
            html = re.sub(r"(?=</body>\s*</html>\s*\Z)|\Z", lambda _: own, html, count=1)
        return HTMLResponse(html)

    def _told(self, name: str, vehicle: dict[str, Any] | None) -> dict[str, Any]:
        """Tell replay.js what it needs on a page."""
        told: dict[str, Any] = {"base": self.capture.base}
        grid = self.capture.told["grid"]
        if name in (FIRST, SECOND) and grid:
            api, counts = grid["api"], {key: grid[key] for key in ("mode", "total", "pages")}
            told["grid"] = {**api, **counts, "name": api["grid"]}
            told |= {"page": int(name == SECOND), "pages": len(grid["rows"]), "rows": sum(self.rows)}
        if vehicle is not None and DIALOG in self.capture.html:
            told["dialog"] = self.capture.base + "__replay/dialog"
            told["report"] = self._report_of(vehicle)
        return told

    def _report_of(self, vehicle: dict[str, Any]) -> dict[str, Any] | None:
        report, marks = self.capture.report, self.capture.marks(vehicle)
        if report is None:
            return None
        calls = [call for call in report["calls"] if not call["page"] and self._leads_to_report(call)]
        return {
            "request": {key: replaced(report["request"][key], marks) for key in ("method", "address", "body")},
            "calls": [
                {
                    **{key: replaced(call[key], marks) for key in ("method", "address", "body")},
                    "headers": call["headers"],
                }
                for call in calls
            ],
        }

    def _leads_to_report(self, call: dict[str, Any]) -> bool:
        return call["method"] == "POST" or any(token in call["answer"] for token in self.capture.tokens)

    def digests(self) -> Iterator[tuple[str, str]]:
        """Yield each vehicle's reference and the digest of its report."""
        for vehicle in self.capture.vehicles if self.capture.report else ():
            yield vehicle["reference"], hashlib.sha256(self.pdf(vehicle)).hexdigest()


def _same_fields(body: str, other: str) -> bool:
    return body == other or (bool(parse_qsl(other)) and dict(parse_qsl(body)) == dict(parse_qsl(other)))


def create_replay(folder: Path) -> Starlette:
    """Make the application that serves a capture."""
    replay = Replay(folder)

    async def sha256(_: Request) -> Response:
        return JSONResponse(dict(replay.digests()))

    async def counters(_: Request) -> Response:
        return JSONResponse({"sessions_open": len(replay.sessions), "reports_made": dict(replay.made)})

    app = Starlette(
        routes=[
            Route("/_demo/sha256", sha256),
            Route("/_demo/counters", counters),
            Route("/{path:path}", replay.answer, methods=["GET", "POST"]),
        ]
    )
    app.state.base = replay.capture.base
    return app
