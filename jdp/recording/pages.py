"""One page for a capture: its elements, its texts apart from them, a picture without them, what it asked for."""

from __future__ import annotations

import asyncio
import html
import re
import time
from dataclasses import dataclass, field
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from playwright.async_api import Error as PlaywrightError

from jdp.portal.pages.grid_script import ROW
from jdp.portal.tab.prepare import RECORDED

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.async_api import Page
    from playwright.async_api import Request as PageRequest

PAGE = files("jdp.recording").joinpath("page.js").read_text(encoding="utf-8")
KNOWN = {
    "pager": "[id*='_DXPager'], [class*='dxpLite'], [class*='dxp-'], [class*='PagerBottomPanel' i]",
    "row": ROW,
    "header": "tr[id*='_DXHeadersRow'], [id*='_DXHeaderTable'], [class*='dxgvHeader']",
}
MARK = re.compile("\ue000([0-9]+):([0-9]+):([0-9]*)\ue001")
RAW = ("code", "style", "json")  # what scripts and style sheets hold is not escaped
QUALITY = 35  # of a JPEG
SECONDS = 15.0
ANSWER_SECONDS = 1.0  # for what had none when the page was taken
MOST_REQUESTS = 400


@dataclass(frozen=True)
class Asked:
    """A request of a page: `headers` and `answer_headers` are names only."""

    method: str
    url: str
    kind: str
    began: float
    seconds: float = 0.0
    headers: tuple[str, ...] = ()
    sent: int = 0
    status: int = 0
    content_type: str = ""
    answer_headers: tuple[str, ...] = ()
    size: int = 0
    failed: str = ""


@dataclass
class RawPage:
    """A page with all that stands on it: for the memory only. Marks in `elements` stand for `strings`."""

    name: str
    url: str
    elements: str = field(repr=False)
    strings: list[tuple[str, str]] = field(repr=False)
    seen: list[tuple[int, int, int | None]] = field(repr=False)
    asked: list[Asked] = field(repr=False)
    picture: bytes = b""
    facts: dict[str, Any] = field(default_factory=dict, repr=False)

    def html(self, scrub: Callable[[str, str], str]) -> str:
        """Return the page's HTML with scrubbed texts."""

        def written(found: re.Match[str]) -> str:
            kind, string = self.strings[int(found[1])]
            clean = piece(scrub(kind, string), string, int(found[2]), int(found[3]) if found[3] else None)
            before = self.elements[: found.start()][-1:]
            if kind in RAW and before == ">":
                return clean.replace("</", "<\\/")
            return html.escape(clean)

        return MARK.sub(written, self.elements)


def piece(clean: str, string: str, start: int, end: int | None) -> str:
    """Return the part of a scrubbed string that stands where a part of the string stood: their lengths are the same.

    What was blacked out is shorter or longer: it stands whole in the first place.
    """
    if end is None or len(clean) == len(string):
        return clean[start:end]
    return clean if start == 0 else ""


async def look_at(page: Page, name: str) -> RawPage:
    """Take a page as it stands."""
    async with asyncio.timeout(SECONDS):
        told = await page.evaluate(f"(known) => ({PAGE})(known).look()", KNOWN)
        strings = [(kind, string) for kind, string in told["strings"]]
        return RawPage(
            name, page.url, told["html"], strings, [tuple(each) for each in told["seen"]], await _asked(page)
        )


async def take_picture(page: Page, raw: RawPage, scrub: Callable[[str, str], str]) -> None:
    """Take a picture of the page while scrubbed texts stand on it. Labels have no need of their own words there."""
    texts = []
    for number, start, end in raw.seen:
        kind, string = raw.strings[number]
        clean = scrub("text" if kind in ("label", "header") else kind, string)
        texts.append(piece(clean, string, start, end))
    try:
        async with asyncio.timeout(SECONDS):
            await page.evaluate("([known, texts]) => (" + PAGE + ")(known).disguise(texts)", [KNOWN, texts])
            raw.picture = await page.screenshot(type="jpeg", quality=QUALITY, animations="disabled", caret="initial")
    finally:
        await page.evaluate(f"(known) => ({PAGE})(known).reveal()", KNOWN)


async def _asked(page: Page) -> list[Asked]:
    """Return what the page has asked for so far."""
    requests = RECORDED.get(page, [])[:MOST_REQUESTS]
    return [await _one(request) for request in requests]


async def _one(request: PageRequest) -> Asked:
    timing = request.timing
    told: dict[str, Any] = {
        "method": request.method,
        "url": request.url,
        "kind": request.resource_type,
        "began": timing["startTime"] / 1000 if timing["startTime"] > 0 else time.time(),
        "headers": tuple(sorted(request.headers)),
        "sent": len(request.post_data_buffer or b""),
    }
    if request.failure:
        return Asked(**told, failed=request.failure)
    try:
        async with asyncio.timeout(ANSWER_SECONDS if timing["responseEnd"] < 0 else SECONDS):
            response = await request.response()
            told["headers"] = tuple(sorted(await request.all_headers()))
            size = (await request.sizes())["responseBodySize"]
    except (PlaywrightError, TimeoutError):
        return Asked(**told, failed="no answer so far")
    if response is None:
        return Asked(**told, failed="no answer")
    content_type = response.headers.get("content-type", "")
    names = tuple(sorted(response.headers))
    seconds = round(timing["responseEnd"] / 1000, 3)
    return Asked(
        **told, seconds=seconds, status=response.status, content_type=content_type, answer_headers=names, size=size
    )
