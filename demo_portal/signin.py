"""Login, licence agreement, home page and log-out."""

from email.utils import formatdate

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from demo_portal.accounts import Account, ActiveSessionError
from demo_portal.portal import LOGIN, SITE, TICKET, portal_of, see, session_of, session_or_none, wait_ms

WRONG = "The user name or password you entered is incorrect."
ACTIVE = (
    "There is already an active session for this user. Please log out of the other session, "
    "or try again in about 5 minutes."
)


async def agreement(request: Request) -> Response:
    """Show the entry: login form, licence agreement, or straight on, by who is asking."""
    portal, session, target = portal_of(request), session_or_none(request), _return_to(request)
    if session is None:
        return portal.page(request, "login.html", return_url=target)
    if not session.licensed:
        return portal.page(request, "licence.html", return_url=target)
    return see(target)


async def log_in(request: Request) -> Response:
    """Check name and password, then open a session or say why not."""
    portal = portal_of(request)
    form = await request.form()
    portal.counters.login_attempts += 1
    await wait_ms(portal.options.login_ms)
    if portal.forged(request, form):
        return portal.refuse_forged(request)
    account = portal.accounts.check(str(form.get("UserName", "")), str(form.get("Password", "")))
    if account is None:
        portal.counters.refused_password += 1
        return portal.page(request, "login.html", return_url=_return_to(request), message=WRONG)
    if portal.options.login_outcome != "in":
        return portal.page(request, "outcome.html", outcome=portal.options.login_outcome)
    return _open_session(request, account)


def _open_session(request: Request, account: Account) -> Response:
    portal, target = portal_of(request), _return_to(request)
    try:
        session = portal.accounts.open(account)
    except ActiveSessionError:
        portal.counters.refused_active += 1
        return portal.page(request, "login.html", return_url=target, message=ACTIVE)
    response = see(f"{LOGIN}?ReturnUrl={target}")
    expires = formatdate(portal.now + portal.options.session_seconds, usegmt=True)
    end = expires if portal.options.clock_behind else None
    response.set_cookie(TICKET, session.ticket, expires=end, httponly=True, samesite="lax")
    return response


async def accept(request: Request) -> Response:
    """Accept the licence: its box was ticked."""
    portal, session = portal_of(request), session_or_none(request)
    if portal.forged(request, await request.form()):
        return portal.refuse_forged(request)
    if session:
        portal.accounts.accept_licence(session)
    return see(_return_to(request))


async def log_off(request: Request) -> Response:
    """End the session if the cookie is its newest; the browser goes to the login page either way."""
    portal, session = portal_of(request), session_or_none(request)
    if (request.method == "POST") != (portal.options.logout == "form"):
        return portal.error(request, 405, "The log-out control of this portal works another way.")
    if portal.forged(request, await request.form()) and request.method == "POST":
        return portal.refuse_forged(request)
    if portal.options.logout_dead:
        return see(SITE)
    if session:
        portal.accounts.log_out(session, request.cookies.get(TICKET, ""))
    response = see(f"{LOGIN}?ReturnUrl={SITE}")
    response.delete_cookie(TICKET)
    return response


async def home(request: Request) -> Response:
    """Show the page after signing in."""
    portal = portal_of(request)
    if portal.options.moment_ms and "arrived" not in request.query_params:
        return HTMLResponse(portal.pages.render("wait.html", milliseconds=portal.options.moment_ms))
    vehicles = portal.inventory.vehicles
    newest = sorted(vehicles, key=lambda vehicle: vehicle.days)[:6]
    return portal.page(
        request,
        "home.html",
        tab="home",
        newest=newest,
        count=len(vehicles),
        user=session_of(request).account.user,
        worth=sum(vehicle.value for vehicle in vehicles),
        age=sum(vehicle.days for vehicle in vehicles) // max(1, len(vehicles)),
    )


def _return_to(request: Request) -> str:
    target = request.query_params.get("ReturnUrl", SITE)
    return target if target.startswith(SITE) else SITE
