"""A login form that comes back: for a wrong password, or because its cookie was refused."""

from __future__ import annotations

import time
from email.utils import formatdate
from typing import TYPE_CHECKING

import pytest

from jdp.exceptions import CookieRefusedError, LoginRefusedError
from jdp.portal.pages.login_refusal import new_words
from jdp.portal.pages.refused_cookie import why_refused
from tests.helpers.site import Answer
from tests.portal.pages.test_login import answers, sign_in

if TYPE_CHECKING:
    from tests.helpers.site import Site
    from tests.helpers.tabs import Tab

HOUR = 3600
URL = "https://portal.test/ValuesOnline/Home/Login"


def why(attributes: str, *, ahead: float = 0, url: str = URL, dated: bool = True) -> str:
    """Return why a cookie is refused by a machine whose clock is so much ahead of the portal's."""
    return why_refused(f"ticket=one; path=/{attributes}", {"other"}, time.time() - ahead if dated else None, url)


def expires(seconds: float) -> str:
    return f"; Expires={formatdate(time.time() + seconds, usegmt=True)}"


def test_clock_named_with_how_much_it_is_ahead() -> None:
    assert "this machine's clock is 1 h 0 min ahead" in why(expires(-HOUR / 2), ahead=HOUR)
    assert "by this machine's clock it was 30 min" in why(expires(-HOUR / 2), dated=False)
    assert "agrees with the date that came with it" in why(expires(-HOUR / 2))


@pytest.mark.parametrize(
    "cookie",
    [
        "ticket=; expires=Thu, 01 Jan 1970 00:00:00 GMT",
        "ticket=gone; expires=Thu, 01 Jan 1970 00:00:00 GMT",
        "ticket=gone; max-age=0",
        "other=kept; path=/",
    ],
)
def test_cookie_that_was_not_refused(cookie: str) -> None:
    assert why_refused(cookie, {"other"}, time.time() - HOUR, URL) == ""


def test_other_reasons() -> None:
    assert "put https into PORTAL_URL" in why("; Secure", url="http://portal.test/").replace("Put", "put")
    assert why("; Domain=other.test") == "the browser refuses its cookie ticket"
    assert "clock" not in why(expires(-HOUR) + "; max-age=600", ahead=HOUR)


def test_new_words() -> None:
    assert new_words("Sign in\nUser name\tPassword", "Sign in\nIt is wrong.\nUser name Password") == "It is wrong."


def test_form_that_comes_back_without_a_word(tab: Tab, site: Site) -> None:
    site.leads("SignIn", "login.html")
    with pytest.raises(CookieRefusedError, match="says nothing and sent no cookie"):
        sign_in(tab, site).result()
    assert len(site.asked_for("SignIn")) == 1


def test_form_that_comes_back_for_a_cookie_of_https(tab: Tab, site: Site) -> None:
    site.leads("SignIn", "login.html", **{"Set-Cookie": "ticket=one; path=/; domain=other.test"})
    with pytest.raises(CookieRefusedError, match="the browser refuses its cookie ticket"):
        sign_in(tab, site).result()


def test_wrong_password_with_a_cookie_that_is_refused(tab: Tab, site: Site) -> None:
    answers(site, "The password is wrong.")
    site.answers["POST", "SignIn"].headers["Set-Cookie"] = "seen=one; path=/; domain=other.test"
    with pytest.raises(LoginRefusedError, match="password is wrong"):
        sign_in(tab, site).result()


def test_refusal_in_other_words_is_one(tab: Tab, site: Site) -> None:
    site.answers["POST", "SignIn"] = Answer(body=b"<p>Das stimmt nicht.</p>" + Answer("login.html").content()[1])
    with pytest.raises(LoginRefusedError, match="it says 'Das stimmt nicht"):
        sign_in(tab, site).result()
