"""What every request passes first: counting, sign-in, turns, and the cookie's renewal."""

from urllib.parse import quote

from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from demo_portal.accounts import Session
from demo_portal.portal import LOGIN, SITE, TICKET, Portal

MAINTENANCE = (
    "<!DOCTYPE html><html><head><title>Scheduled Maintenance</title></head>"
    "<body><h1>We will be back soon</h1><p>Values Online is being maintained.</p></body></html>"
)
OPEN_TO_ALL = (SITE + "Home/", SITE + "Content/")


class Gate:
    """ASGI middleware in front of all routes."""

    def __init__(self, app: ASGIApp, portal: Portal) -> None:
        self.app = app
        self.portal = portal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request here or let it through."""
        if scope["type"] != "http" or scope["path"].startswith("/_demo/"):
            await self.app(scope, receive, send)
            return
        self.portal.counters.requests_total += 1
        if self.portal.is_down:
            await _out_of_order(self.portal.down_how)(scope, receive, send)
        elif scope["path"].startswith(SITE) and not scope["path"].startswith(SITE + "Content/"):
            await self._site(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _site(self, scope: Scope, receive: Receive, send: Send) -> None:
        ticket = HTTPConnection(scope).cookies.get(TICKET, "")
        session = self.portal.accounts.find(ticket)
        scope.setdefault("state", {})["session"] = session
        if session is None:
            await self._without_session(scope, receive, send)
        elif self.portal.options.serialize_session:
            async with session.turn:
                await self._with_session(session, scope, receive, send)
        else:
            await self._with_session(session, scope, receive, send)

    async def _without_session(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"].startswith(OPEN_TO_ALL):
            await self.app(scope, receive, send)
            return
        counters = self.portal.counters
        # Who has logged out may look whether it is so.
        counters.requests_without_session_after_login += counters.logins > counters.logouts
        await _to_login(scope)(scope, receive, send)

    async def _with_session(self, session: Session, scope: Scope, receive: Receive, send: Send) -> None:
        async def renewing(message: Message) -> None:
            if message["type"] == "http.response.start" and session.key in self.portal.accounts.sessions:
                session.tickets += 1
                cookie = f"{TICKET}={session.ticket}; Path=/; HttpOnly; SameSite=lax"
                message["headers"] = [*message.get("headers", ()), (b"set-cookie", cookie.encode())]
            await send(message)

        app = self.app
        if not session.licensed and not scope["path"].startswith(OPEN_TO_ALL):
            app = _to_login(scope)
        await app(scope, receive, renewing if self.portal.options.renew_cookie else send)


def _out_of_order(how: str) -> Response:
    """Answer as the portal does while it serves nobody: by a status, or by an ordinary page."""
    if how == "page":
        return HTMLResponse(MAINTENANCE)
    return PlainTextResponse("Service Unavailable" if how == "503" else "Forbidden", int(how))


def _to_login(scope: Scope) -> RedirectResponse:
    wanted = scope["path"] + ("?" + scope["query_string"].decode("latin-1") if scope["query_string"] else "")
    return RedirectResponse(f"{LOGIN}?ReturnUrl={quote(wanted)}", 302)
