"""The login page, the licence agreement, and the way out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jdp.exceptions import (
    ActiveSessionError,
    LoginOutcomeError,
    LoginRefusedError,
    PageCoveredError,
    PageMismatchError,
    TabFailedError,
)
from jdp.portal.pages import login
from jdp.portal.pages.login import LoginAttempt, SignedIn, log_in, log_out
from jdp.utils.secret import Secret
from tests.helpers.crawls import LIMIT
from tests.helpers.site import Answer

if TYPE_CHECKING:
    from jdp.portal.tab.step import Outcome
    from tests.helpers.site import Site
    from tests.helpers.tabs import Tab

WORD = "p\u00e4ss & word"
SENT = "UserName=dealer&Password=p%C3%A4ss+%26+word"
BUSY = "Login refused: this account has an active session."


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait a moment for a page to become a known one, instead of ten seconds."""
    monkeypatch.setattr(login, "SETTLE_SECONDS", 0.5)


def sign_in(tab: Tab, site: Site, page: str = "login.html", seconds: float = LIMIT) -> Outcome[SignedIn]:
    tab.open(site.url(page))
    return tab.run(log_in, LoginAttempt("dealer", Secret(WORD), [].append), seconds)


def answers(site: Site, text: str, page: str = "login.html") -> None:
    """Answer the form with a page that says something; with the form again, unless `page` is none."""
    form = Answer(page).content()[1] if page else b""
    site.answers["POST", "SignIn"] = Answer(body=f"<!doctype html><p>{text}</p>".encode() + form)


# In


def test_login_leads_home(tab: Tab, site: Site) -> None:
    site.leads("SignIn", "home.html")
    signed_in = sign_in(tab, site).result()
    assert signed_in == SignedIn(
        user_agent=tab.wait(tab.page.evaluate("navigator.userAgent")),
        languages=tuple(tab.wait(tab.page.evaluate("navigator.languages"))),
        landing_url=site.url("home.html"),
        logout={"method": "GET", "url": site.url("Home/Logout?token=7"), "body": ""},
        licence_accepted=False,
    )
    assert [each.body for each in site.asked_for("SignIn")] == [f"__RequestVerificationToken=token-7&{SENT}"]


def test_login_brings_the_cookies_of_its_end(tab: Tab, site: Site) -> None:
    site.leads("SignIn", "home.html", **{"Set-Cookie": "ticket=one; path=/"})
    cookies = sign_in(tab, site).cookies.reveal()
    assert [(cookie["name"], cookie["value"]) for cookie in cookies] == [("ticket", "one")]


def test_login_through_the_licence(tab: Tab, site: Site) -> None:
    site.leads("SignIn", "licence.html")
    site.leads("Accept", "home.html")
    signed_in = sign_in(tab, site).result()
    assert (signed_in.licence_accepted, signed_in.landing_url) == (True, site.url("home.html"))
    assert [each.body for each in site.asked_for("Accept")] == ["Agree=yes"]


def test_login_signed_in_already(tab: Tab, site: Site) -> None:
    assert sign_in(tab, site, "home.html").result().landing_url == site.url("home.html")
    assert site.asked_for("SignIn") == []


def test_login_on_the_same_document(tab: Tab, site: Site) -> None:
    site.answers["POST", "SignIn"] = Answer(body=b"/ValuesOnline/home.html")
    assert sign_in(tab, site, "login_ajax.html").result().landing_url == site.url("home.html")


def test_login_button_that_asks_to_wait(tab: Tab, site: Site) -> None:
    site.leads("SignIn", "home.html")
    assert sign_in(tab, site, "login_wordy.html").result().landing_url == site.url("home.html")


def test_login_learns_the_form_that_logs_out(tab: Tab, site: Site) -> None:
    assert sign_in(tab, site, "home_form.html").result().logout == {
        "method": "POST",
        "url": site.url("Logout"),
        "body": "__RequestVerificationToken=a+b%26c&go=Log+out",
    }


def test_login_home_that_speaks_of_the_active_session(tab: Tab, site: Site) -> None:
    site.leads("SignIn", "home_form.html")
    assert sign_in(tab, site).result().landing_url == site.url("home_form.html")


BOX = '<input id="agreementCheckBox" type="checkbox" name="Agree" value="yes" onchange="this.form.submit()" %s>'
HIDDEN = "style='display: none'"
LATER = f"<div {HIDDEN}>".encode() + Answer("login.html").content()[1] + b"</div>"


@pytest.mark.parametrize(
    "box",
    [
        f"<label>{BOX % HIDDEN}<i>[ ]</i> I agree to the <a href='terms'>terms</a></label>",
        f"{BOX % HIDDEN}<label for=agreementCheckBox><span><a href='terms'>I agree</a></span></label>",
        f"<label>{BOX % 'style=opacity:0'}<span style='position:absolute;inset:0'></span> I agree</label>",
        f"<label>{BOX % 'style=position:absolute;left:-9999px'} I agree</label>",
        f"<label>{BOX % 'style=visibility:hidden;width:0;height:0'} I agree</label>",
        f"<span class=drawn>{BOX % HIDDEN} I agree</span>",
        f"<label>{BOX % ''} I agree</label><p style='position:fixed;inset:0'>We use cookies</p>",
    ],
)
def test_login_licence_whose_box_is_drawn(tab: Tab, site: Site, box: str) -> None:
    page = f'<a id="btnLogout" href="Out">Log out</a><form method="post" action="Accept">{box}</form>'
    site.answers["GET", "drawn"] = Answer(body=b"<!doctype html>" + page.encode())
    site.leads("SignIn", "drawn")
    site.leads("Accept", "home.html")
    assert sign_in(tab, site).result().licence_accepted
    assert [each.body for each in site.asked_for("Accept")] == ["Agree=yes"]
    assert not site.asked_for("terms")


def test_login_signed_in_where_a_form_for_later_is_hidden(tab: Tab, site: Site) -> None:
    site.answers["GET", "home"] = Answer(body=Answer("home.html").content()[1] + LATER)
    assert sign_in(tab, site, "home").result().landing_url == site.url("home")
    assert site.asked_for("SignIn") == []


@pytest.mark.usefixtures("quick")
def test_login_form_that_never_shows_is_sent_all_the_same(tab: Tab, site: Site) -> None:
    site.answers["GET", "hidden"] = Answer(body=b"<!doctype html><p>Welcome" + LATER)
    site.leads("SignIn", "home.html")
    assert sign_in(tab, site, "hidden").result().landing_url == site.url("home.html")
    assert [each.body for each in site.asked_for("SignIn")] == [f"__RequestVerificationToken=token-7&{SENT}"]


def test_login_under_something(tab: Tab, site: Site) -> None:
    over = b"<p style='position:fixed;inset:0;z-index:9'>Maintenance on Sunday</p>"
    site.answers["GET", "covered"] = Answer(body=Answer("login.html").content()[1] + over)
    site.leads("SignIn", "home.html")
    assert sign_in(tab, site, "covered").result().landing_url == site.url("home.html")


def test_login_page_on_the_way_goes_on_by_itself(tab: Tab, site: Site) -> None:
    going = b"<!doctype html>One moment<script>setTimeout(() => location.replace('home.html'), 300)</script>"
    site.answers["GET", "moment"] = Answer(body=going)
    site.leads("SignIn", "moment")
    assert sign_in(tab, site).result().landing_url == site.url("home.html")


# Refused


@pytest.mark.parametrize("page", ["login.html", "login_ajax.html"])
def test_login_refused_once(tab: Tab, site: Site, page: str) -> None:
    text = "The user name or password is incorrect."
    site.answers["POST", "SignIn"] = Answer(body=text.encode())
    if page == "login.html":
        answers(site, text)
    outcome = sign_in(tab, site, page)
    with pytest.raises(LoginRefusedError, match="user name or password is incorrect"):
        outcome.result()
    assert len(site.asked_for("SignIn")) == 1


def test_login_form_is_sent_once_in_an_attempt(tab: Tab, site: Site) -> None:
    answers(site, "The password is wrong.")
    attempt = LoginAttempt("dealer", Secret(WORD), [].append)
    for error in (LoginRefusedError, TabFailedError):
        tab.open(site.url("login.html"))
        assert isinstance(tab.run(log_in, attempt, LIMIT).error, error)
    assert len(site.asked_for("SignIn")) == 1


@pytest.mark.parametrize(
    ("text", "wait"),
    [
        (BUSY, 300),
        (f"{BUSY} Try again in 5 minutes.", 300),
        (f"{BUSY} Try again in 1 minute.", 60),
        (f"{BUSY} It ends in 42 seconds.", 42),
        (f"{BUSY} It ends in 3 Minutes 20 Seconds.", 200),
        (f"{BUSY} It ends in 4 minutes and 1 second.", 241),
        ("ACTIVE\n SESSION: wait 90&nbsp;seconds", 90),
    ],
)
def test_login_active_session_with_the_wait_it_names(tab: Tab, site: Site, text: str, wait: float) -> None:
    answers(site, text)
    outcome = sign_in(tab, site)
    with pytest.raises(ActiveSessionError) as caught:
        outcome.result()
    assert caught.value.wait == wait


@pytest.mark.usefixtures("quick")
def test_login_active_session_on_a_page_of_its_own(tab: Tab, site: Site) -> None:
    answers(site, f"{BUSY} Try again in 2 minutes.", page="")
    error = sign_in(tab, site).error
    assert isinstance(error, ActiveSessionError)
    assert error.wait == 120


def test_login_active_session_on_the_same_document(tab: Tab, site: Site) -> None:
    site.answers["POST", "SignIn"] = Answer(body=f"{BUSY} Try again in 2 minutes.".encode())
    error = sign_in(tab, site, "login_ajax.html").error
    assert isinstance(error, ActiveSessionError)
    assert error.wait == 120


# Something else


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    "text",
    [
        "Your password has expired. <label>New password <input type='password'></label>",
        "Enter the code that was sent to you. <input name='code'>",
        "Planned maintenance until noon",
    ],
)
def test_login_unknown_page_quoted(tab: Tab, site: Site, text: str) -> None:
    answers(site, f"<h1>Values Online</h1>{text}", page="")
    outcome = sign_in(tab, site)
    with pytest.raises(LoginOutcomeError, match=text.partition(".")[0]):
        outcome.result()
    assert outcome.error.snapshot.reveal().screenshot


@pytest.mark.usefixtures("quick")
def test_login_unknown_page_first(tab: Tab, site: Site) -> None:
    with pytest.raises(LoginOutcomeError, match="Maintenance"):
        sign_in(tab, site, "something_else.html").result()


def test_login_quotes_ascii_only(tab: Tab, site: Site) -> None:
    answers(site, "Das Passwort ist ung\u00fcltig: password invalid \u201c")
    assert str(sign_in(tab, site).error).isascii()


def test_login_button_missing_named(tab: Tab, site: Site) -> None:
    with pytest.raises(PageMismatchError, match="login page: nothing matches #loginButton"):
        sign_in(tab, site, "login_no_button.html").result()


def test_login_licence_that_leads_nowhere_named(tab: Tab, site: Site) -> None:
    site.leads("SignIn", "licence_dead.html")
    with pytest.raises(PageMismatchError, match="licence agreement: ticking #agreementCheckBox"):
        sign_in(tab, site, seconds=20).result()


def test_login_licence_behind_something_that_lets_nobody_through(tab: Tab, site: Site) -> None:
    trap = "<p style='position:fixed;inset:0'>Read-only tonight</p>"
    trap += "<script>addEventListener('click', (event) => event.preventDefault(), true)</script>"
    page = f'<form method="post" action="Accept">{BOX % ""}</form>{trap}'
    site.answers["GET", "trap"] = Answer(body=b"<!doctype html>" + page.encode())
    site.leads("SignIn", "trap")
    with pytest.raises(PageCoveredError, match=r"licence agreement: .*'Read-only tonight'"):
        sign_in(tab, site, seconds=20).result()


@pytest.mark.parametrize("page", ["login.html", "login_no_button.html", "login_ajax.html"])
def test_login_errors_never_quote_the_password(tab: Tab, site: Site, page: str) -> None:
    answers(site, "The password is wrong.")
    outcome = sign_in(tab, site, page)
    assert outcome.error is not None
    assert WORD not in str(outcome.error)


# Out


@pytest.mark.parametrize(("page", "way"), [("home.html", "Home/Logout?token=7"), ("home_form.html", "Logout")])
def test_logout_by_link_or_form(tab: Tab, site: Site, page: str, way: str) -> None:
    for method in ("GET", "POST"):
        site.leads(way.partition("?")[0], "login.html", method)
    tab.open(site.url(page))
    assert tab.run(log_out, LIMIT).result() is True
    assert len(site.asked_for(way)) == 1
    assert tab.page.url == site.url("login.html")


def test_logout_without_a_session(tab: Tab, site: Site) -> None:
    tab.open(site.url("login.html"))
    assert tab.run(log_out, LIMIT).result() is False


def test_logout_that_leads_back_fails(tab: Tab, site: Site) -> None:
    site.leads("Home/Logout", "home.html", "GET")
    tab.open(site.url("home.html"))
    assert tab.run(log_out, 1).error is not None
