"""Answers that no portal should give: silence, a trickle, a cut connection."""

import asyncio
from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

PIECES = 60


async def keep_silent(request: Request) -> Response:
    """Never answer; end when the client gives up."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
    return Response()


def trickle(content: bytes, seconds: float) -> Response:
    """Send a whole file, little by little."""
    return _streamed(_pieces(content, seconds / PIECES), len(content))


def cut_off(content: bytes) -> Response:
    """Announce a whole file and cut the connection in its middle."""
    return _streamed(_half(content), len(content))


def _streamed(pieces: AsyncIterator[bytes], length: int) -> Response:
    headers = {"Content-Length": str(length)}
    return StreamingResponse(pieces, media_type="application/pdf", headers=headers)


async def _pieces(content: bytes, pause: float) -> AsyncIterator[bytes]:
    size = -(-len(content) // PIECES)
    for start in range(0, len(content), size):
        yield content[start : start + size]
        await asyncio.sleep(pause)


async def _half(content: bytes) -> AsyncIterator[bytes]:
    yield content[: len(content) // 2]
    # The server closes the connection of an answer that breaks off.
    raise ConnectionAbortedError
