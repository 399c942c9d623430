"""Answers that say a report is being made: in a moment it is there, at the same address or the one they lead to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from scrapy.http import HtmlResponse, Request, TextResponse

from jdp.portal.responses import BUSY, retry_after

if TYPE_CHECKING:
    from scrapy.http import Response

OK, ACCEPTED = 200, 202
FIRST_SERVER_ERROR = 500
USUAL_SECONDS, LEAST_SECONDS, MOST_SECONDS = 2.0, 0.5, 30.0
LONGEST_PAGE = 100_000  # bytes; such pages have a sentence
LONGEST_WORDS = 200
REFRESH = re.compile(r"^\s*(\d+(?:\.\d+)?)\s*(?:[;,]\s*(?:url\s*=)?\s*['\"]?([^'\"]*))?", re.IGNORECASE)
RELOAD = re.compile(r"\blocation\s*\.\s*reload\s*\(")
GO_ON = re.compile(
    r"\blocation(?:\s*\.\s*href)?\s*=\s*(['\"])(.+?)\1|\blocation\s*\.\s*(?:replace|assign)\(\s*(['\"])(.+?)\3"
)
GO_BACK = re.compile(r"\blocation(?:\s*\.\s*href)?\s*=\s*(?:window\s*\.\s*|document\s*\.\s*)?location\b")
LATER = re.compile(r"\bset(?:Timeout|Interval)\s*\(.*?,\s*(\d+)\s*\)", re.DOTALL)


@dataclass(frozen=True)
class Unready:
    """A report that is being made: after how many seconds to ask again, where ("" is the same), what the page says."""

    seconds: float
    url: str
    says: str


def unready(response: Response) -> Unready | None:
    """Return how to ask again for what is being made; None for any other answer."""
    if response.status in BUSY or response.status >= FIRST_SERVER_ERROR or b"%PDF" in response.body[:1024]:
        return None
    told = _told(response) if response.status in (OK, ACCEPTED) else None
    if told is None and response.status != ACCEPTED and not response.headers.get("Retry-After"):
        return None
    seconds, url = told or (USUAL_SECONDS, "")
    seconds = retry_after(response) or seconds
    return Unready(min(max(seconds, LEAST_SECONDS), MOST_SECONDS), url, _words(response))


def again(request: Request, told: Unready) -> Request:
    """Return the request for what is being made: the same one, so that nothing is begun anew."""
    if told.url and told.url != request.url:
        kept = {name: value for name, value in request.headers.items() if name in (b"Referer", b"Accept")}
        return Request(told.url, headers=kept, meta=request.meta, dont_filter=True)
    return request.replace(dont_filter=True)


def _told(response: Response) -> tuple[float, str] | None:
    """Return when and where a page would load itself again, by its header, its markup or its script."""
    header = (response.headers.get("Refresh") or b"").decode("latin-1")
    if found := REFRESH.match(header):
        return float(found[1]), _absolute(response, found[2])
    if not isinstance(response, HtmlResponse) or len(response.body) > LONGEST_PAGE:
        return None
    meta = response.xpath("//meta[translate(@http-equiv, 'REFSH', 'refsh') = 'refresh']/@content").get("")
    if found := REFRESH.match(meta):
        return float(found[1]), _absolute(response, found[2])
    return _scripted(response)


def _scripted(response: HtmlResponse) -> tuple[float, str] | None:
    script = "\n".join(response.xpath("//script/text() | //body/@onload").getall())
    later, reloads = LATER.search(script), RELOAD.search(script) or GO_BACK.search(script)
    leads = GO_ON.search(script) if later and not reloads else None
    if not reloads and leads is None:
        return None
    return (float(later[1]) / 1000 if later else USUAL_SECONDS), _absolute(response, leads and (leads[2] or leads[4]))


def _absolute(response: Response, url: str | None) -> str:
    return urljoin(response.url, url.strip()) if url and url.strip() else ""


def _words(response: Response) -> str:
    if not isinstance(response, TextResponse) or len(response.body) > LONGEST_PAGE:
        return ""
    if not isinstance(response, HtmlResponse):
        return response.text[:LONGEST_WORDS]
    return " ".join(" ".join(response.xpath("//body//text()[not(ancestor::script)]").getall()).split())[:LONGEST_WORDS]
