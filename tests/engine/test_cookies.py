"""Cookies of plain answers, on a machine whose clock is not the portal's."""

from __future__ import annotations

import time
from email.utils import formatdate

import pytest
from scrapy import Request
from scrapy.http import Response
from scrapy.utils.test import get_crawler

from jdp.engine.cookies import QuietCookiesMiddleware

HOUR = 3600


def date(seconds: float) -> str:
    return formatdate(time.time() + seconds, usegmt=True)


@pytest.mark.parametrize(
    ("sent", "expires", "kept"),
    [
        (date(-HOUR), date(-HOUR / 2), True),  # half an hour to live, by the portal's clock
        (date(-HOUR), date(-HOUR - 1), False),
        (date(-HOUR), "Thu, 01 Jan 1970 00:00:00 GMT", False),
        (date(0), date(-1), False),
        (date(0), date(HOUR), True),
        (date(HOUR), date(HOUR + 60), True),
        ("soon", date(HOUR), True),
        (date(-HOUR), "never", True),
    ],
)
def test_renewed_cookie_lives_by_the_clock_of_its_answer(sent: str, expires: str, kept: bool) -> None:
    middleware = QuietCookiesMiddleware.from_crawler(get_crawler())
    request = Request("http://portal.test/")
    lines = {"Date": sent, "Set-Cookie": ["seen=1", f"ticket=two; path=/; Expires={expires}; HttpOnly"]}
    answer = Response(request.url, headers=lines)
    assert middleware.process_response(request, answer) is answer
    assert {cookie.name for cookie in middleware.jars[None]} == {"seen", *(["ticket"] if kept else [])}
