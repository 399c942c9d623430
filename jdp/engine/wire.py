"""Twisted's HTTP client, taking from the wire what browsers take, and no head without end.

All of it is private to Scrapy and Twisted. Replaced by: httpx's or a browser's own client as Scrapy's download handler,
or settings of Twisted's client for each of these.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from scrapy.core.downloader.handlers.http11 import (
    _LenientHTTP11ClientFactory,
    _LenientHTTP11ClientProtocol,
    _LenientHTTPClientParser,
)
from twisted.internet.error import ConnectionAborted
from twisted.python.failure import Failure
from twisted.web._newclient import HEADER, STATUS
from twisted.web.client import HTTPConnectionPool, _RetryingHTTP11ClientProtocol

if TYPE_CHECKING:
    from collections.abc import Hashable

    from twisted.internet.defer import Deferred
    from twisted.internet.interfaces import IAddress, IStreamClientEndpoint
    from twisted.web._newclient import HTTP11ClientProtocol, Request
    from twisted.web.iweb import IResponse

MOST_HEAD = 256 * 1024  # bytes; what browsers take, too
REQUEST_TIMEOUT = 408
BLANKS = b" \t"
TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
# Chromium's: some bytes before it, any case, any version, no status at all.
STATUS_LINE = re.compile(
    rb".{0,4}?HTTP(?:/(?P<version>\d+\.\d+))?[^ ]* *(?P<code>\d+)? *(?P<phrase>.*)", re.IGNORECASE | re.DOTALL
)


class Parser(_LenientHTTPClientParser):
    """Reads the head of an answer as Chromium does: what is no header is left out, and the answer stays one."""

    def lineReceived(self, line: bytes) -> None:  # noqa: N802 - Twisted's name
        if self.state == STATUS:
            if line.strip():
                super().lineReceived(line)
            return
        for part in line.removesuffix(b"\r").split(b"\r") or [b""]:
            first = self._partialHeader is None
            if part[:1] in (b" ", b"\t") and (first or not part.strip(BLANKS)):
                continue  # goes on with nothing, or with nothing more
            super().lineReceived(part)

    def statusReceived(self, status: bytes) -> None:  # noqa: N802 - Twisted's name
        found = STATUS_LINE.fullmatch(status)
        if found is not None:
            version = b"1.0" if (found["version"] or b"1.0") < b"1.1" else b"1.1"
            status = b"HTTP/%s %d %s" % (version, int(found["code"] or 200), found["phrase"])
        super().statusReceived(status)  # type: ignore[no-untyped-call]

    def headerReceived(self, name: bytes, value: bytes) -> None:  # noqa: N802 - Twisted's name
        name = name.rstrip(BLANKS)
        kind = name.lower()
        if kind == b"transfer-encoding":
            value = b"chunked" if b"chunked" in value.lower() else b""
        elif kind == b"connection":
            value = b"close" if b"close" in value.lower() else value
        useless = kind == b"transfer-encoding" or (kind == b"content-length" and not _is_length(value))
        if TOKEN.fullmatch(name) and (value == b"chunked" or not useless):
            super().headerReceived(name, value)  # type: ignore[no-untyped-call]


def _is_length(value: bytes) -> bool:
    return all(part.strip().isdigit() for part in value.split(b","))


class Protocol(_LenientHTTP11ClientProtocol):
    """A connection whose answers are read by `Parser`, and given up when their head has no end."""

    head = 0

    def request(self, request: Request) -> Deferred[IResponse]:
        self.head = 0
        answer = super().request(request)
        if self._parser is not None:
            self._parser.__class__ = Parser  # as Scrapy's own protocol puts its parser there
        return answer

    def dataReceived(self, bytes: bytes) -> None:  # noqa: A002, N802 - Twisted's names
        if self._parser is not None and self._parser.state in (STATUS, HEADER):
            self.head += len(bytes)
        if self.head > MOST_HEAD:
            self._giveUp(Failure(ConnectionAborted(f"more than {MOST_HEAD} bytes of headers")))  # type: ignore[no-untyped-call]
        else:
            super().dataReceived(bytes)  # type: ignore[no-untyped-call]


class Factory(_LenientHTTP11ClientFactory):
    """Makes such connections."""

    def buildProtocol(self, addr: IAddress | None) -> HTTP11ClientProtocol:  # noqa: ARG002, N802 - Twisted's names
        return Protocol(self._quiescentCallback)  # type: ignore[no-untyped-call]


class Pool(HTTPConnectionPool):
    """Kept connections; a request that dies on one before any answer is sent once more on a fresh one."""

    _factory = Factory

    def getConnection(  # noqa: N802 - Twisted's name
        self, key: Hashable, endpoint: IStreamClientEndpoint
    ) -> Deferred[HTTP11ClientProtocol]:
        return super().getConnection(key, endpoint).addCallback(_insisting)


def _insisting(connection: Any) -> Any:
    if isinstance(connection, _RetryingHTTP11ClientProtocol):  # it was used before
        connection.__class__ = Insisting
    return connection


class Insisting(_RetryingHTTP11ClientProtocol):
    """A connection that was used before. Browsers send any request again that died on one, a POST with its body, too.

    Twisted does so for a GET alone. A server may also have said 408 into the connection while nobody used it.
    """

    def _shouldRetry(self, method: bytes, exception: Exception, bodyProducer: object) -> bool:  # noqa: ARG002, N802, N803 - Twisted's names
        again: bool = super()._shouldRetry(b"GET", exception, None)  # type: ignore[no-untyped-call]
        return again

    def request(self, request: Request) -> Deferred[IResponse]:
        def answered(response: IResponse) -> Any:
            if response.code != REQUEST_TIMEOUT:
                return response
            self._clientProtocol.abort()
            return self._newConnection().addCallback(lambda connection: connection.request(request))

        answer: Deferred[IResponse] = super().request(request)  # type: ignore[no-untyped-call]
        return answer.addCallback(answered)
