"""Login, licence, sessions, log-out."""

import pytest
from parsel import Selector

from tests.helpers.visitor import INVENTORY, LOGIN, Start, Visit, Visitor


def test_entry_shows_login_form(start: Start) -> None:
    page = Visitor(start()).get(LOGIN, params={"ReturnUrl": "/ValuesOnline/"})
    assert page.status_code == 200
    for selector in ("#usernameInput", "#passwordInput", "#loginButton"):
        assert len(Selector(page.text).css(selector)) == 1


def test_login_wrong_password_refused(start: Start) -> None:
    portal = start()
    assert "incorrect" in Visitor(portal).log_in(password="other").text
    assert "incorrect" in Visitor(portal).log_in(user="other").text
    assert portal.side("counters")["refused_password"] == 2


def test_login_leads_to_licence_then_home(start: Start) -> None:
    visitor = Visitor(start())
    assert Selector(visitor.log_in().text).css("#agreementCheckBox")
    assert visitor.get(INVENTORY).url.path == LOGIN
    home = visitor.post("/ValuesOnline/Home/AcceptLicense")
    assert home.url.path == "/ValuesOnline/"
    assert len(Selector(home.text).css("a[href='/ValuesOnline/vehicle/']")) == 1
    assert len(Selector(home.text).css("#btnLogout")) == 1


@pytest.mark.parametrize(("when", "shown"), [("always", [True, True]), ("once", [True, False]), ("never", [False] * 2)])
def test_licence_shown_when(start: Start, when: str, shown: list[bool]) -> None:
    visitor = Visitor(start("--licence", when))
    seen = []
    for _ in shown:
        seen.append("agreementCheckBox" in visitor.log_in().text)
        visitor.post("/ValuesOnline/Home/AcceptLicense")
        visitor.log_out()
    assert seen == shown


def test_second_login_refused_until_logout(start: Start) -> None:
    portal = start()
    first, second = Visitor(portal).enter(), Visitor(portal)
    refusal = second.log_in().text
    assert "active session" in refusal
    assert "5 minutes" in refusal
    assert first.get(INVENTORY).url.path == INVENTORY
    first.log_out()
    assert "active session" not in second.log_in().text
    counters = portal.side("counters")
    assert (counters["logins"], counters["refused_active"], counters["logouts"]) == (2, 1, 1)


def test_lock_ends_after_its_time(start: Start) -> None:
    portal = start("--lock-seconds", "0")
    first, second = Visitor(portal).enter(), Visitor(portal).enter()
    assert second.get(INVENTORY).url.path == INVENTORY
    assert first.get(INVENTORY).url.path == LOGIN


def test_accounts_do_not_lock_each_other(start: Start) -> None:
    portal = start("--accounts", "north:1,south:2", "--licence", "never")
    for user, password in (("demo", "demo"), ("north", "1"), ("south", "2")):
        assert Visitor(portal).log_in(user, password).url.path == "/ValuesOnline/"
    assert portal.side("counters")["sessions_open"] == 3


def test_expired_session_redirects_to_login(visit: Visit) -> None:
    visitor = visit()
    visitor.post("/_demo/expire-sessions")
    answer = visitor.get(INVENTORY, follow_redirects=False)
    assert answer.status_code == 302
    assert answer.headers["location"].startswith(LOGIN)
    assert "loginButton" in visitor.get(INVENTORY).text
    assert visitor.get("/_demo/counters").json()["requests_without_session_after_login"] == 2


def test_logged_out_browser_is_not_counted(visit: Visit) -> None:
    visitor = visit()
    assert visitor.log_out().url.path == LOGIN
    assert visitor.get(INVENTORY).url.path == LOGIN
    assert visitor.get("/_demo/counters").json()["requests_without_session_after_login"] == 0


def test_idle_session_is_lost(visit: Visit) -> None:
    assert visit("--session-seconds", "0").get(INVENTORY).url.path == LOGIN


def test_session_is_lost_after_requests(visit: Visit) -> None:
    visitor = visit("--session-requests", "6", "--licence", "never")
    paths = [visitor.get(INVENTORY).url.path for _ in range(6)]
    assert paths[0] == INVENTORY
    assert paths[-1] == LOGIN


@pytest.mark.parametrize(
    ("outcome", "says"),
    [
        ("expired", "password has expired"),
        ("code", "verification code"),
        ("maintenance", "maintenance"),
        ("notice", "notice"),
    ],
)
def test_login_other_outcome_opens_no_session(start: Start, outcome: str, says: str) -> None:
    portal = start("--login-outcome", outcome)
    visitor = Visitor(portal)
    assert says in visitor.log_in().text
    assert "loginButton" in visitor.get(INVENTORY).text
    assert portal.side("counters")["logins"] == 0


def test_antiforgery_field_is_checked(start: Start) -> None:
    visitor = Visitor(start("--antiforgery", "--licence", "never"))
    field = "__RequestVerificationToken"
    right = Selector(visitor.get(LOGIN).text).css(f"input[name={field}]::attr(value)").get("")
    assert visitor.log_in().status_code == 400
    assert visitor.log_in(**{field: "0" * len(right)}).status_code == 400
    assert visitor.log_in(**{field: right}).url.path == "/ValuesOnline/"


def test_logout_by_form(visit: Visit) -> None:
    visitor = visit("--logout", "form")
    assert Selector(visitor.get(INVENTORY).text).css("form[method=post] button#btnLogout")
    assert visitor.log_out().status_code == 405
    assert visitor.post("/ValuesOnline/Home/LogOff").url.path == LOGIN
    assert visitor.get("/_demo/counters").json()["sessions_open"] == 0


def test_renewed_cookie_old_one_serves_but_cannot_log_out(visit: Visit) -> None:
    visitor = visit("--renew-cookie")
    old = visitor.cookies["VOAuth"]
    visitor.get(INVENTORY)
    new = visitor.cookies["VOAuth"]
    assert new != old
    visitor.cookies.set("VOAuth", old, domain="127.0.0.1")
    assert visitor.get(INVENTORY, follow_redirects=False).status_code == 200
    newest = visitor.cookies["VOAuth"]
    visitor.cookies.clear()
    visitor.get("/ValuesOnline/Home/LogOff", headers={"Cookie": f"VOAuth={old}"})
    assert visitor.get("/_demo/counters").json()["sessions_open"] == 1
    visitor.get("/ValuesOnline/Home/LogOff", headers={"Cookie": f"VOAuth={newest}"})
    assert visitor.get("/_demo/counters").json()["sessions_open"] == 1


def test_return_address_elsewhere_is_ignored(start: Start) -> None:
    visitor = Visitor(start("--licence", "never"))
    visitor.log_in()
    answer = visitor.get(LOGIN, params={"ReturnUrl": "https://example.com/"}, follow_redirects=False)
    assert answer.headers["location"] == "/ValuesOnline/"
