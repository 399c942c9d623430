"""One jar for plain requests and the browser."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from scrapy import Request
from scrapy.http import Response
from scrapy.http.cookies import CookieJar

from jdp.engine.cookies import QuietCookiesMiddleware
from jdp.portal.cookies import SharedCookies
from jdp.utils.secret import Secret

PORTAL = "http://portal.test/ValuesOnline/"
LATER = 4102444800  # 2100


class Sides:
    """The jar as plain requests see it, and what the browser would hold."""

    def __init__(self, url: str = PORTAL) -> None:
        self.url = url
        self.jar = CookieJar()
        self.cookies = SharedCookies(self.jar)

    def plain_answer(self, *cookies: str) -> None:
        response = Response(self.url, headers={"Set-Cookie": list(cookies)})
        self.jar.extract_cookies(response, Request(self.url))

    @property
    def header(self) -> str:
        request = Request(self.url)
        self.jar.add_cookie_header(request)
        return (request.headers.get("Cookie") or b"").decode()

    def browser_tells(self, *cookies: dict[str, Any]) -> None:
        self.cookies.absorb(Secret(list(cookies)))

    def browser_is_told(self) -> dict[str, str]:
        return {cookie["name"]: cookie["value"] for cookie in self.cookies.for_browser().reveal()}


def of_browser(name: str, value: str, **changes: Any) -> dict[str, Any]:
    usual = {"domain": "portal.test", "path": "/", "expires": -1, "httpOnly": True, "secure": False, "sameSite": "Lax"}
    return {"name": name, "value": value, **usual, **changes}


@pytest.fixture
def sides() -> Sides:
    return Sides()


def test_browser_cookie_reaches_plain_requests(sides: Sides) -> None:
    sides.browser_tells(of_browser("ticket", "one"), of_browser("lang", "en", expires=LATER))
    assert sorted(sides.header.split("; ")) == ["lang=en", "ticket=one"]


def test_browser_cookie_is_not_told_back(sides: Sides) -> None:
    sides.browser_tells(of_browser("ticket", "one"))
    assert sides.browser_is_told() == {}


def test_plain_cookie_reaches_the_browser_once(sides: Sides) -> None:
    sides.plain_answer("ticket=one; path=/; HttpOnly")
    assert sides.browser_is_told() == {"ticket": "one"}
    assert sides.browser_is_told() == {}


def test_plain_cookie_keeps_its_attributes(sides: Sides) -> None:
    sides.plain_answer("ticket=one; path=/ValuesOnline; HttpOnly; expires=Fri, 01 Jan 2100 00:00:00 GMT")
    told = sides.cookies.for_browser().reveal()
    assert told == [
        {
            "name": "ticket",
            "value": "one",
            "domain": "portal.test",
            "path": "/ValuesOnline",
            "expires": LATER,
            "secure": False,
            "httpOnly": True,
        }
    ]


def test_plain_cookie_of_a_site_without_dots_reaches_the_browser() -> None:
    sides = Sides("http://localhost:8000/ValuesOnline/")
    sides.plain_answer("ticket=one; path=/")
    assert sides.header == "ticket=one"
    assert sides.cookies.for_browser().reveal()[0]["domain"] == "localhost"


def test_plain_renewal_overwrites_the_browsers(sides: Sides) -> None:
    sides.browser_tells(of_browser("ticket", "one"))
    sides.plain_answer("ticket=two; path=/")
    assert sides.header == "ticket=two"
    assert sides.browser_is_told() == {"ticket": "two"}


def test_browser_renewal_overwrites_the_plain_one(sides: Sides) -> None:
    sides.plain_answer("ticket=one; path=/")
    sides.browser_is_told()
    sides.browser_tells(of_browser("ticket", "two"))
    assert sides.header == "ticket=two"
    assert sides.browser_is_told() == {}


def test_older_value_of_a_tab_does_not_overwrite(sides: Sides) -> None:
    sides.browser_tells(of_browser("ticket", "one"))
    sides.plain_answer("ticket=two; path=/")
    sides.browser_tells(of_browser("ticket", "one"))
    assert sides.header == "ticket=two"
    assert sides.browser_is_told() == {"ticket": "two"}


def test_older_value_of_a_tab_does_not_overwrite_once_the_next_tab_is_told(sides: Sides) -> None:
    sides.browser_tells(of_browser("ticket", "one"))
    sides.plain_answer("ticket=two; path=/")
    assert sides.browser_is_told() == {"ticket": "two"}  # a tab is about to be prepared; another one ends before it is
    sides.browser_tells(of_browser("ticket", "one"))
    assert sides.header == "ticket=two"


def test_session_cookie_and_dated_one_are_the_same(sides: Sides) -> None:
    sides.browser_tells(of_browser("ticket", "one"))
    sides.browser_tells(of_browser("ticket", "two", expires=LATER))
    assert sides.header == "ticket=two"


def test_domain_cookie_both_ways(sides: Sides) -> None:
    sides.browser_tells(of_browser("wide", "one", domain=".portal.test"))
    assert sides.header == "wide=one"
    sides.plain_answer("wide=two; domain=portal.test; path=/")
    assert sides.header == "wide=two"
    assert sides.browser_is_told() == {"wide": "two"}


def test_cookies_go_to_no_other_host(sides: Sides) -> None:
    sides.browser_tells(of_browser("ticket", "one"), of_browser("wide", "two", domain=".portal.test"))
    sides.url = "http://elsewhere.test/"
    assert sides.header == ""


def test_secure_cookie_goes_over_https_only(sides: Sides) -> None:
    sides.browser_tells(of_browser("ticket", "one", secure=True))
    assert sides.header == ""
    sides.url = PORTAL.replace("http", "https")
    assert sides.header == "ticket=one"


def test_clear_forgets_both_sides(sides: Sides) -> None:
    sides.browser_tells(of_browser("ticket", "one"))
    sides.cookies.clear()
    assert sides.header == ""
    sides.plain_answer("ticket=one; path=/")
    assert sides.browser_is_told() == {"ticket": "one"}


def test_absorb_from_a_tab_that_is_gone(sides: Sides) -> None:
    sides.browser_tells(of_browser("ticket", "one"))
    sides.cookies.absorb(Secret())
    assert sides.header == "ticket=one"


def test_cookies_for_the_browser_are_not_kept_on_disk(sides: Sides) -> None:
    sides.plain_answer("ticket=hush; path=/")
    told = sides.cookies.for_browser()
    assert "hush" not in repr(told)
    assert b"hush" not in pickle.dumps(told)


# A browser that was started after the login


def all_told(sides: Sides) -> dict[str, str]:
    return {cookie["name"]: cookie["value"] for cookie in sides.cookies.all_for_browser().reveal()}


def test_new_browser_is_told_all_whoever_was_told_before(sides: Sides) -> None:
    assert all_told(sides) == {}
    sides.browser_tells(of_browser("ticket", "one"), of_browser("lang", "en", expires=LATER))
    sides.plain_answer("seen=yes; path=/")
    sides.browser_is_told()
    assert all_told(sides) == {"ticket": "one", "lang": "en", "seen": "yes"}
    assert all_told(sides) == {"ticket": "one", "lang": "en", "seen": "yes"}


def test_new_browser_is_told_the_newest(sides: Sides) -> None:
    sides.browser_tells(of_browser("ticket", "one"))
    sides.plain_answer("ticket=two; path=/")
    assert all_told(sides) == {"ticket": "two"}
    sides.plain_answer("ticket=; path=/; Max-Age=0")
    assert all_told(sides) == {}


def test_new_browser_is_told_what_the_old_one_was_not(sides: Sides) -> None:
    sides.plain_answer("ticket=one; path=/")
    assert all_told(sides) == {"ticket": "one"}
    assert sides.browser_is_told() == {"ticket": "one"}  # the old one may still work


def test_new_browser_that_tells_the_same_changes_nothing(sides: Sides) -> None:
    sides.browser_tells(of_browser("ticket", "one"))
    sides.plain_answer("ticket=two; path=/")
    assert all_told(sides) == {"ticket": "two"}
    sides.browser_tells(of_browser("ticket", "two"))
    assert sides.header == "ticket=two"
    sides.browser_tells(of_browser("ticket", "three"))
    assert sides.header == "ticket=three"


def test_new_browser_gets_attributes_as_they_were_given(sides: Sides) -> None:
    given = of_browser("wide", "one", domain=".portal.test", path="/ValuesOnline", expires=LATER, secure=True)
    sides.browser_tells(given)
    (told,) = sides.cookies.all_for_browser().reveal()
    assert told == {name: value for name, value in given.items() if name != "sameSite"}


def test_all_cookies_for_the_browser_are_not_kept_on_disk(sides: Sides) -> None:
    sides.plain_answer("ticket=hush; path=/")
    told = sides.cookies.all_for_browser()
    assert "hush" not in repr(told)
    assert b"hush" not in pickle.dumps(told)


def test_values_by_name(sides: Sides) -> None:
    sides.browser_tells(of_browser("ticket", "one"))
    sides.plain_answer("ticket=two; path=/", "empty=; path=/")
    assert sides.cookies.values() == {"ticket": "two", "empty": ""}


def test_middleware_takes_the_portals_cookies_and_no_others() -> None:
    middleware = QuietCookiesMiddleware()
    request = Request(PORTAL)
    headers = {"Set-Cookie": ["ticket=one; path=/", "wide=two; domain=portal.test", "foreign=x; domain=elsewhere.test"]}
    middleware.process_response(request, Response(PORTAL, headers=headers))
    assert sorted(cookie.name for cookie in middleware.jars[None]) == ["ticket", "wide"]
