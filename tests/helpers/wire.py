"""The wire itself: a server that says exactly what a test wants, and what jdp's download handler makes of it."""

from __future__ import annotations

import contextlib
import json
import os
import socketserver
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

from tests.helpers.crawls import LIMIT, REPO

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator


class Connection:
    """One connection to the server, as whoever serves it sees it."""

    def __init__(self, number: int, peer: socket.socket) -> None:
        self.number = number  # from 0
        self.peer = peer
        self._file = peer.makefile("rb")

    def asked(self) -> bytes:
        """Return the next request, head and body; nothing when the client has gone."""
        head = b""
        while (line := self._file.readline()) not in (b"\r\n", b""):
            head += line
        sizes = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        body = self._file.read(int(sizes[0].split(b":")[1])) if sizes else b""
        return head + b"\r\n" + body if head else b""

    def say(self, data: bytes) -> None:
        self.peer.sendall(data)


@contextlib.contextmanager
def serving(serve: Callable[[Connection], None]) -> Iterator[str]:
    """Serve each connection with a function; give the address. The connection ends when the function does."""
    numbers = iter(range(10_000))

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with contextlib.suppress(OSError):  # the client has gone
                serve(Connection(next(numbers), self.request))

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True

    with Server(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/"
        finally:
            server.shutdown()


def fetched(
    *asked: tuple[str, str, str], middlewares: dict[str, Any] | None = None, **environment: str
) -> list[dict[str, Any]]:
    """Fetch (method, address, body) one after the other with jdp's download handler; return what came."""
    command = [sys.executable, "-m", "tests.helpers.fetch", json.dumps(asked), json.dumps(middlewares or {})]
    result = subprocess.run(
        command,
        cwd=REPO,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    came: list[dict[str, Any]] = json.loads(result.stdout.splitlines()[-1])
    return came


def answer(body: bytes, head: bytes = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n") -> bytes:
    """Put an answer together."""
    return head + b"Content-Length: %d\r\n\r\n" % len(body) + body
