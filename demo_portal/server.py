"""Runs the portal: one socket, one line on standard output, a clean end."""

import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from demo_portal.app import create_app
from demo_portal.options import Options


class AnnouncingServer(uvicorn.Server):
    """Says where it listens once it does, so that a parent may wait for the line."""

    base: str

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start listening, then print the address."""
        await super().startup(sockets)
        for listener in sockets or []:
            host, port = listener.getsockname()[:2]
            host = f"[{host}]" if ":" in host else host
            print(f"Demo portal: http://{host}:{port}{self.base}", flush=True)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """End on a signal, and then with status 0: uvicorn's own way raises the signal once more."""
        names = ("SIGINT", "SIGTERM", "SIGBREAK")
        numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
        before = {number: signal.signal(number, self.handle_exit) for number in numbers}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


async def serve(options: Options) -> None:
    """Serve until a signal comes or, if so asked, until the parent is gone."""
    app = create_app(options)
    config = uvicorn.Config(
        app,
        log_level="critical",
        access_log=False,
        proxy_headers=False,
        lifespan="off",
        timeout_graceful_shutdown=1,
    )
    server = AnnouncingServer(config)
    server.base = app.state.base
    if options.exit_with_parent:
        threading.Thread(target=_end_with_parent, args=(server,), daemon=True).start()
    await server.serve(sockets=[_listener(options)])


def _listener(options: Options) -> socket.socket:
    # asyncio turns Nagle's delay off only where the protocol is named; with it, each answer waits 40 ms.
    family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    # Windows lets two processes share a port under this option, so it is for the others only.
    if os.name != "nt":
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((options.host, options.port))
    return listener


def _end_with_parent(server: uvicorn.Server) -> None:
    # os.read, as a thread left inside sys.stdin's own lock breaks the interpreter's shutdown.
    while os.read(0, 4096):
        pass
    server.should_exit = True
