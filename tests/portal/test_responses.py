"""What the portal's plain answers say."""

from __future__ import annotations

import time
from email.utils import formatdate
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrapy.http import HtmlResponse, Response, TextResponse

from jdp.portal.addresses import host_of, inventory_url, login_url, same_site
from jdp.portal.login_form import LONGEST_PAGE, is_login_form
from jdp.portal.responses import MAX_RETRY_AFTER, is_packed_twice, retry_after

URL = "https://portal.test/ValuesOnline/Report/GetPdfReport?id=1"
LOGIN = b"<html><body><form><input id='usernameInput'></form></body></html>"
HTML = {"Content-Type": "text/html; charset=utf-8"}


@pytest.mark.parametrize(
    "content_type", ["text/html", "text/html; charset=utf-8", "Text/HTML", "application/xhtml+xml"]
)
def test_login_form(content_type: str) -> None:
    assert is_login_form(HtmlResponse(URL, body=LOGIN, headers={"Content-Type": content_type}))


@pytest.mark.parametrize(
    "response",
    [
        Response(URL, body=b"%PDF-1.7 usernameInput", headers={"Content-Type": "application/pdf"}),
        HtmlResponse(URL, body=b"<html><body>usernameInput</body></html>", headers=HTML),
        HtmlResponse(URL, body=LOGIN.replace(b"Input", b"Output"), headers=HTML),
        HtmlResponse(URL, body=b"", headers=HTML),
        HtmlResponse(URL, body=LOGIN),
        TextResponse(URL, body=LOGIN, headers={"Content-Type": "application/json"}),
        HtmlResponse(URL, body=LOGIN.replace(b"<form>", b"<a id='btnLogout'>Log out</a><form hidden>"), headers=HTML),
    ],
)
def test_no_login_form(response: Response) -> None:
    assert not is_login_form(response)


def test_no_login_form_in_what_scrapy_takes_for_no_text() -> None:
    assert not is_login_form(Response(URL, body=LOGIN, headers={**HTML, "Content-Encoding": "unknown"}))


def asked(value: str | bytes | None) -> float:
    headers: dict[str, Any] = {} if value is None else {"Retry-After": value}
    return retry_after(Response(URL, status=429, headers=headers))


SECONDS = [(None, 0), ("", 0), ("0", 0), ("7", 7), (" 7 ", 7), ("120", 120), ("121", 120), ("9" * 400, 120)]
NONSENSE = ["-5", "1.5", "soon", "7, 8", b"\xff", "\u0663", "Mon", ", ,", "Fri, 99 Jan 2100 00:00:00 GMT"]
DATES = [("Fri, 01 Jan 2100 00:00:00 GMT", 120), ("Fri, 01 Jan 1999 00:00:00 GMT", 0)]


@pytest.mark.parametrize(("value", "seconds"), [*SECONDS, *DATES, *((value, 0) for value in NONSENSE)])
def test_retry_after(value: str | bytes | None, seconds: float) -> None:
    assert asked(value) == seconds


def test_retry_after_a_date() -> None:
    began = time.time()
    seconds = asked(formatdate(began + 60, usegmt=True))  # which knows whole seconds only
    assert 59 - (time.time() - began) <= seconds <= 60


PIECES = [
    "Fri, ",
    "01 ",
    "Jan ",
    "Feb ",
    "2100 ",
    "0001 ",
    "99 ",
    "00:00:00 ",
    "25:61:61 ",
    "GMT",
    "-0000",
    "+9999",
    "-",
]


@given(st.text(max_size=40) | st.lists(st.sampled_from(PIECES), max_size=8).map("".join))
def test_retry_after_anything(value: str) -> None:
    assert 0 <= asked(value.encode()) <= MAX_RETRY_AFTER


@pytest.mark.parametrize(
    ("location", "same"),
    [
        (URL, True),
        ("/elsewhere", True),
        ("?id=2", True),
        ("", True),
        ("//portal.test/x", True),
        ("//other.test/x", False),
        ("https://other.test/x", False),
        ("https://portal.test.other.test/x", False),
        ("https://portal.test@other.test/x", False),
        ("https://portal.test:8443/x", False),
        ("http://portal.test/x", False),  # no way back from https
        ("ftp://portal.test/x", False),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("http://[portal.test/x", False),
    ],
)
def test_same_site(location: str, *, same: bool) -> None:
    assert same_site(URL, location) is same


def test_same_site_may_become_safer() -> None:
    assert same_site("http://portal.test/x", "https://portal.test/x")
    assert not same_site("https://portal.test/x", "http://portal.test/x")


@given(st.text(max_size=60))
def test_same_site_anything(location: str) -> None:
    assert same_site(URL, location) in (True, False)


@pytest.mark.parametrize(
    ("url", "host"),
    [(URL, "portal.test"), ("file:///etc/passwd", "file"), ("http://[", "no address"), ("", "no address")],
)
def test_host_of(url: str, host: str) -> None:
    assert host_of(url) == host


@given(st.text())
def test_host_of_anything(url: str) -> None:
    assert host_of(url)


@pytest.mark.parametrize(
    ("packed", "twice"), [(None, False), ("", False), ("gzip", False), ("gzip, br", True), (["gzip", "gzip"], True)]
)
def test_packed_twice(packed: str | list[str] | None, *, twice: bool) -> None:
    headers: dict[str, Any] = {} if packed is None else {"Content-Encoding": packed}
    assert is_packed_twice(Response(URL, headers=headers)) is twice


def test_login_form_that_is_no_page_any_more() -> None:
    body = LOGIN + b" " * LONGEST_PAGE
    assert not is_login_form(HtmlResponse(URL, body=body, headers=HTML))


def test_addresses_of_the_portal() -> None:
    portal = "https://extapps.jdpowervalues.com/ValuesOnline/"
    assert inventory_url(portal) == f"{portal}vehicle/"
    assert login_url(portal) == f"{portal}Home/LicenseAgreement?ReturnUrl=/ValuesOnline/"
