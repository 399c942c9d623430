"""Answers of a site that means harm: to whom it sends, how much, and what that costs to unpack or to read."""

import gzip
import zlib
from collections.abc import AsyncIterator, Callable
from functools import cache

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from demo_portal.poison import POISONS, nested
from demo_portal.portal import portal_of
from demo_portal.vehicles import Vehicle

PDF = "application/pdf"
MEGABYTE = 1024 * 1024
FLOOD = 2048  # megabytes
ROUND = "/_demo/round/"
ELSEWHERE = "/_demo/elsewhere/"


def harm(request: Request, vehicle: Vehicle, name: str) -> Response:
    """Answer a report's request with one of the harms."""
    if name in POISONS:
        return Response(POISONS[name](vehicle.reference), media_type=PDF)
    return HARMFUL[name](request, vehicle)


def elsewhere(request: Request) -> str:
    """Return an address of this portal on another host: a cookie is bound to the name, whatever it resolves to."""
    name = "127.0.0.1" if request.url.hostname == "localhost" else "localhost"
    return f"{request.url.scheme}://{name}:{request.url.port}{ELSEWHERE}"


async def arrived_elsewhere(request: Request) -> Response:
    """Count who was lured to the other host, and whether the cookie came along."""
    counters = portal_of(request).counters
    counters.elsewhere += 1
    counters.elsewhere_cookies += "cookie" in request.headers
    return Response(b"%PDF-1.4\n%%EOF\n", media_type=PDF)


async def go_round(request: Request) -> Response:
    """Send on to the next address, which does the same."""
    return RedirectResponse(f"{ROUND}{request.path_params['lap'] + 1}", 302)


async def _flood(request: Request) -> AsyncIterator[bytes]:
    yield b"%PDF-1.4\n".ljust(MEGABYTE)
    for _ in range(FLOOD - 1):
        if await request.is_disconnected():
            break
        yield bytes(MEGABYTE)


@cache
def _bomb() -> bytes:
    """Return 2 MB that unpack to 2 GB: a gzip file may have many members."""
    packer = zlib.compressobj(9, wbits=zlib.MAX_WBITS + 16)
    member = b"".join(packer.compress(bytes(MEGABYTE)) for _ in range(32)) + packer.flush()
    return member * (FLOOD // 32)


HARMFUL: dict[str, Callable[[Request, Vehicle], Response]] = {
    "flood": lambda request, _: StreamingResponse(_flood(request), media_type=PDF),
    "flood-told": lambda request, _: StreamingResponse(
        _flood(request), media_type=PDF, headers={"Content-Length": str(FLOOD * MEGABYTE)}
    ),
    "gzip-bomb": lambda _, __: Response(_bomb(), media_type=PDF, headers={"Content-Encoding": "gzip"}),
    "packed-twice": lambda _, vehicle: Response(
        gzip.compress(gzip.compress(nested(vehicle.reference))),
        media_type=PDF,
        headers={"Content-Encoding": "gzip, gzip"},
    ),
    "huge-head": lambda _, __: Response(headers={f"X-Filler-{number}": "x" * 4096 for number in range(600)}),
    "redirect-endless": lambda _, __: RedirectResponse(ROUND + "1", 302),
    "redirect-elsewhere": lambda request, vehicle: RedirectResponse(elsewhere(request) + vehicle.row_id, 302),
    # RFC 3986 takes it for a path of this host, browsers and Scrapy for another host.
    "redirect-slashes": lambda request, _: RedirectResponse("/" + elsewhere(request).partition(":")[2], 302),
}
