"""Who receives messages in tests: a web server and a mail server on loopback, both real."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import ssl
import threading
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self

from aiosmtpd.smtp import SMTP, AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

if TYPE_CHECKING:
    from email.message import EmailMessage
    from pathlib import Path


class WebHandler(BaseHTTPRequestHandler):
    """Keeps what was posted and answers with the server's status."""

    server: WebReceiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.posted.append((self.path, self.headers["Content-Type"], json.loads(body)))
        if self.server.silent:
            self.server.released.wait()
        self.send_response(self.server.status)
        self.send_header("Location", "/elsewhere")
        self.end_headers()

    def do_GET(self) -> None:
        self.server.posted.append((self.path, "", None))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        """Keep quiet."""


class WebReceiver(ThreadingHTTPServer):
    """A web server that takes messages; `silent` never answers before `released`."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), WebHandler)
        self.posted: list[tuple[str, str, Any]] = []
        self.status = 200
        self.silent = False
        self.released = threading.Event()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}{path}"

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *args: object) -> None:
        self.released.set()
        self.shutdown()
        self.server_close()


class MailReceiver:
    """A mail server that takes mail; `tls` is its side of STARTTLS, `password` what logs in."""

    def __init__(self, password: str = "", tls: ssl.SSLContext | None = None) -> None:
        self.password = password
        self.tls = tls
        self.logins: list[str] = []
        self.mails: list[EmailMessage] = []
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(self._start(), self._loop).result()
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *args: object) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _start(self) -> asyncio.Server:
        return await self._loop.create_server(self._session, "127.0.0.1", 0)

    def _session(self) -> SMTP:
        ways = {"tls_context": self.tls, "authenticator": self._authenticate, "auth_require_tls": False}
        return SMTP(self, hostname="localhost", loop=self._loop, **ways)

    async def _end(self) -> None:
        self._server.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:  # sessions that nobody ended
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: ARG002, N802 - aiosmtpd's names
        mail = message_from_bytes(envelope.content, policy=policy.default)
        mail["X-To"] = ",".join(envelope.rcpt_tos)
        mail["X-Tls"] = "yes" if session.ssl else "no"
        self.mails.append(mail)
        return "250 taken"

    def _authenticate(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:  # noqa: ARG002 - aiosmtpd's names
        self.logins.append(data.login.decode())
        return AuthResult(success=data.password.decode() == self.password, handled=False)


def own_certificate(folder: Path) -> ssl.SSLContext:
    """Return the TLS side of a server whose certificate nobody vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + dt.timedelta(days=1))
    file = folder / "server.pem"
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context
