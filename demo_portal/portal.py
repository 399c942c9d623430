"""The state of one running portal: everything that its routes share."""

import asyncio
import secrets
import time
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from demo_portal.accounts import Accounts, Session
from demo_portal.columns import Columns
from demo_portal.confiding import Confider
from demo_portal.counters import Counters
from demo_portal.faults import Faults
from demo_portal.forgery import Forgery
from demo_portal.inventory import Inventory
from demo_portal.options import Options
from demo_portal.pages import Pages
from demo_portal.pdf import Reporter
from demo_portal.reports import Reports

SITE = "/ValuesOnline/"
LOGIN = SITE + "Home/LicenseAgreement"
TICKET = "VOAuth"
FORGERY = "__RequestVerificationToken"
FORGERY_HEADER = "RequestVerificationToken"


class Portal:
    """One portal; nothing of it is global to the process."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.counters = Counters()
        self.pages = Pages(options.selector_change)
        self.inventory = Inventory(options)
        self.columns = Columns(options, self.pages, self.inventory.keys)
        self.faults = Faults(options, self.inventory.vehicles, self.counters)
        self.accounts = Accounts(options, self.counters)
        self.reporter = Reporter()
        self.reports = Reports(options, self.counters)
        self.forgery = Forgery(per_page=options.forgery_per_page)
        self.confider = Confider(options, self.inventory.vehicles)
        self.down_until = 0.0
        self.down_how = "503"
        # Commands of the grid that do nothing in its shape.
        shapes = set(options.grid_shape)
        self.ignored = {"CLEARFILTER"} if "search-panel" in shapes else set()
        self.ignored |= {"CLEARFILTER", "SEARCH", "FILTER"} if "filter-stays" in shapes else set()
        self.ending = [shape for shape in ("login-inside", "login-error") if shape in shapes]

    def ending_shape(self) -> str:
        """Return the shape by which a session ends at the first page turn; "" afterwards."""
        return self.ending.pop() if self.ending else ""

    @property
    def is_down(self) -> bool:
        """Whether the portal was told to be out of order for now."""
        return time.monotonic() < self.down_until

    @property
    def now(self) -> float:
        """The portal's own time."""
        return time.time() - self.options.clock_behind

    def page(self, request: Request, name: str, status: int = 200, **values: object) -> Response:
        """Show a page in the site's frame, with the cookie that its forms' hidden field belongs to."""
        cookie = request.cookies.get(FORGERY) or secrets.token_hex(16)
        html = self.pages.render(
            name, options=self.options, session=session_or_none(request), forgery=self.forgery.value(cookie), **values
        )
        html = self.confider.into_page(html, session_or_none(request))
        response = HTMLResponse(html, status, headers={"Cache-Control": "no-store"})
        self.confider.into_headers(response)
        if FORGERY not in request.cookies:
            response.set_cookie(FORGERY, cookie, httponly=True, samesite="lax")
        return response

    def forged(self, request: Request, form: Mapping[str, object], *, always: bool = False) -> bool:
        """Tell whether a form lacks the hidden field of this browser's own pages."""
        return (always or self.options.antiforgery) and not self._own(request, str(form.get(FORGERY, "")))

    def forged_call(self, request: Request, fields: Mapping[str, object]) -> bool:
        """Tell whether a script's call lacks that value, which it may have to send as a header."""
        if not self.options.forgery_header:
            return self.forged(request, fields)
        return self.options.antiforgery and not self._own(request, request.headers.get(FORGERY_HEADER, ""))

    def refuse_forged(self, request: Request) -> Response:
        """Answer a post without its anti-forgery field."""
        return self.error(request, 400, "The required anti-forgery form field is not present.")

    def error(self, request: Request, status: int, message: str) -> Response:
        """Show a plain error page."""
        return self.page(request, "error.html", status, message=message)

    def _own(self, request: Request, value: str) -> bool:
        return self.forgery.is_right(request.cookies.get(FORGERY, ""), value)


def portal_of(request: Request) -> Portal:
    """Return the portal that serves this request."""
    portal: Portal = request.app.state.portal
    return portal


def session_or_none(request: Request) -> Session | None:
    """Return the session that the gate found, if any."""
    session: Session | None = getattr(request.state, "session", None)
    return session


def session_of(request: Request) -> Session:
    """Return the session of a signed-in address, where the gate lets nobody in without one."""
    session = session_or_none(request)
    if session is None:
        raise RuntimeError("a signed-in address was reached without a session")
    return session


def see(address: str) -> Response:
    """Send the browser on to another address of the portal."""
    return RedirectResponse(address, 302)


async def wait_ms(milliseconds: float) -> None:
    """Let a latency pass."""
    if milliseconds:
        await asyncio.sleep(milliseconds / 1000)
