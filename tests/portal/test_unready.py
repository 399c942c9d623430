"""Answers that say a report is being made."""

from __future__ import annotations

import pytest
from scrapy.http import HtmlResponse, Request, Response

from jdp.portal.unready import USUAL_SECONDS, again, unready

URL = "http://portal.test/ValuesOnline/Report/GetPdfReport?id=7"
PAGE = b"<html><head>%s</head><body><p>Your report is being\n prepared.</p>%s</body></html>"


def answer(head: str = "", body: str = "", status: int = 200, **headers: str) -> HtmlResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return HtmlResponse(URL, status, named, PAGE % (head.encode(), body.encode()), encoding="utf-8")


@pytest.mark.parametrize(
    ("response", "seconds", "leads"),
    [
        (answer(status=202), USUAL_SECONDS, ""),
        (answer(status=202, Retry_After="7"), 7, ""),
        (answer(Retry_After="3"), 3, ""),
        (answer(status=404, Retry_After="3"), 3, ""),
        (answer(Refresh="4"), 4, ""),
        (answer(Refresh="4; url=Wait?id=7"), 4, "http://portal.test/ValuesOnline/Report/Wait?id=7"),
        (answer("<meta http-equiv='refresh' content='5'>"), 5, ""),
        (answer("<META HTTP-EQUIV='Refresh' CONTENT='1;URL=/ValuesOnline/r'>"), 1, "http://portal.test/ValuesOnline/r"),
        (answer("<meta http-equiv=refresh content='0'>"), 0.5, ""),
        (answer("<meta http-equiv=refresh content='600'>"), 30, ""),
        (answer(body="<script>setTimeout(function () { location.reload(); }, 3000);</script>"), 3, ""),
        (answer(body="<script>setTimeout('window.location.reload(true)', 1500)</script>"), 1.5, ""),
        (answer(body="<script>setTimeout(() => { location.href = location.href }, 3000)</script>"), 3, ""),
        (answer(body="<script>setTimeout(() => location.replace('?n=2'), 2500)</script>"), 2.5, URL[:-4] + "n=2"),
    ],
)
def test_unready_asks_again(response: HtmlResponse, seconds: float, leads: str) -> None:
    told = unready(response)
    assert told is not None
    assert (told.seconds, told.url) == (seconds, leads.replace("?n=2", "?n=2"))
    assert told.says == "Your report is being prepared."


@pytest.mark.parametrize(
    "response",
    [
        Response(URL, body=b"%PDF-1.7"),
        Response(URL, status=202, body=b"%PDF-1.7"),
        Response(URL, body=b"cut"),
        answer(),
        answer(status=429, Retry_After="3"),
        answer(status=503, Retry_After="3"),
        answer("<meta http-equiv=refresh content=3>", status=500),
        answer("<meta http-equiv=refresh content=3>", status=404),
        answer(body="<script>function home() { location.href = '/ValuesOnline/'; }</script>"),
    ],
)
def test_ready_or_refused(response: Response) -> None:
    assert unready(response) is None


def test_again_is_the_same_request_or_a_plain_one_elsewhere() -> None:
    request = Request(URL, method="POST", body="id=7", headers={"Referer": "r", "Content-Type": "f"}, meta={"a": 1})
    same = unready(answer(status=202))
    assert same is not None
    assert (again(request, same).method, again(request, same).body) == ("POST", b"id=7")
    elsewhere = unready(answer(Refresh="1;url=Wait"))
    assert elsewhere is not None
    following = again(request, elsewhere)
    assert (following.method, following.body, following.meta["a"]) == ("GET", b"", 1)
    assert (following.headers.get("Referer"), following.headers.get("Content-Type")) == (b"r", None)
