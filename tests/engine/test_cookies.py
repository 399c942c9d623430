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


def date(when: float | str) -> str:
    """Return the date so many seconds from now; words as they are."""
    return when if isinstance(when, str) else formatdate(time.time() + when, usegmt=True)


@pytest.mark.parametrize(
    ("sent", "expires", "kept"),
    [
        (-HOUR, -HOUR / 2, True),  # half an hour to live, by the portal's clock
        (-HOUR, -HOUR - 1, False),
        (-HOUR, "Thu, 01 Jan 1970 00:00:00 GMT", False),
        (0, -1, False),
        (0, HOUR, True),
        (HOUR, HOUR + 60, True),
        ("soon", HOUR, True),
        (-HOUR, "never", True),
    ],
)
def test_renewed_cookie_lives_by_the_clock_of_its_answer(sent: float | str, expires: float | str, kept: bool) -> None:
    middleware = QuietCookiesMiddleware.from_crawler(get_crawler())
    request = Request("http://portal.test/")
    lines = {"Date": date(sent), "Set-Cookie": ["seen=1", f"ticket=two; path=/; Expires={date(expires)}; HttpOnly"]}
    answer = Response(request.url, headers=lines)
    assert middleware.process_response(request, answer) is answer
    assert {cookie.name for cookie in middleware.jars[None]} == {"seen", *(["ticket"] if kept else [])}
