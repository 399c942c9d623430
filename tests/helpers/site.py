"""A small real site for page tests: saved pages by their name, other answers as a test wants them."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

PAGES = Path(__file__).resolve().parent.parent / "fixtures" / "pages"
TYPES = {".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css"}
ROOT = "/ValuesOnline/"
HUNG_UP = 0  # a status: the connection is closed without an answer
SILENT = -1  # a status: nothing is answered until the other side gives up


@dataclass
class Answer:
    """What an address gives: a saved page, or bytes."""

    page: str = ""
    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0  # until it comes

    def content(self) -> tuple[str, bytes]:
        if not self.page:
            return "text/html; charset=utf-8", self.body
        return TYPES[Path(self.page).suffix], (PAGES / self.page).read_bytes()


@dataclass
class Asked:
    """A request that came."""

    method: str
    path: str
    body: str
    cookies: str


class Handler(BaseHTTPRequestHandler):
    """Answers from its site's table, else with the saved page of that name."""

    server: Site

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        name = urlsplit(self.path).path.removeprefix(ROOT)
        self.server.asked.append(Asked(self.command, self.path, body, self.headers.get("Cookie") or ""))
        saved = Answer(name) if name and (PAGES / name).is_file() else Answer(body=b"not here", status=404)
        answer = self.server.answers.get((self.command, name), saved)
        if answer.status == HUNG_UP:
            self.close_connection = True
            return
        time.sleep(answer.seconds)
        if answer.status == SILENT:
            self.connection.recv(1)
            self.close_connection = True
            return
        kind, content = answer.content()
        self.send_response(answer.status)
        for header, value in {"Content-Type": kind, "Content-Length": len(content), **answer.headers}.items():
            self.send_header(header, str(value))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = _answer  # noqa: N815 - http.server's names

    def log_message(self, *args: Any) -> None:
        """Keep quiet."""


class Site(ThreadingHTTPServer):
    """The site; `answers` maps method and name below ValuesOnline/ to what comes."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: dict[tuple[str, str], Answer] = {}
        self.asked: list[Asked] = []

    def url(self, name: str = "") -> str:
        return f"http://127.0.0.1:{self.server_address[1]}{ROOT}{name}"

    def asked_for(self, part: str) -> list[Asked]:
        return [each for each in self.asked if part in each.path]

    def leads(self, name: str, to: str, method: str = "POST", **headers: str) -> None:
        """Make an address redirect within the site."""
        self.answers[method, name] = Answer(status=302, headers={"Location": self.url(to), **headers})
