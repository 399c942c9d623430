"""Crawls through what stands between an office and the portal."""

from __future__ import annotations

import contextlib
import http.client
import socket
import subprocess
import sys
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

import pytest

from tests.helpers.crawls import LIMIT, REPO, crawl, crawl_environment, running_portal
from tests.helpers.wire import Connection, serving


def has_ipv6() -> bool:
    """Tell whether this machine has an IPv6 address of its own."""
    try:
        with socket.socket(socket.AF_INET6) as own:
            own.bind(("::1", 0))
    except OSError:
        return False
    return True


if TYPE_CHECKING:
    from pathlib import Path

ODD = b"X-Powered-By : ASP.NET\r\nno colon\r\n: no name\r\nX-Folded: one\r\n two\r\n"
HOP = ("connection", "content-length", "transfer-encoding", "keep-alive")


class InFront:
    """Passes each connection's first request on; at the second one it hangs up. It adds odd header lines."""

    def __init__(self, url: str) -> None:
        self.netloc = urlsplit(url).netloc
        self.hung_up: list[bytes] = []
        self.paths: list[str] = []

    def __call__(self, connection: Connection) -> None:
        if asked := connection.asked():
            connection.say(self.answer(asked))
            if again := connection.asked():
                self.hung_up.append(again.partition(b" ")[0])

    def answer(self, asked: bytes) -> bytes:
        head, _, body = asked.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        method, path, _ = first.split(" ")
        self.paths.append(path)
        parts = urlsplit(path)  # a proxy is asked for whole addresses
        path = urlunsplit(("", "", parts.path, parts.query, ""))
        headers = dict(line.split(": ", 1) for line in lines if line)
        with contextlib.closing(http.client.HTTPConnection(self.netloc, timeout=60)) as server:
            server.request(method, path, body, headers)
            answer = server.getresponse()
            content = answer.read()
        pdf = content.startswith(b"%PDF")
        kept = [f"{name}: {value}\r\n" for name, value in answer.getheaders() if name.lower() not in HOP]
        label = "Content-Encoding: gzip\r\n" if pdf else ""
        told = f"HTTP/1.1 {answer.status} {answer.reason}\r\n{''.join(kept)}{label}Content-Length: {len(content)}\r\n"
        return told.encode("latin-1") + ODD + b"\r\n" + content


def test_connections_that_end_odd_heads_and_false_labels(tmp_path: Path) -> None:
    switches = ("--vehicles", 5, "--logout", "form", "--report-link", "token", "--antiforgery")
    with running_portal(*switches) as portal:
        in_front = InFront(portal.url)
        with serving(in_front) as url:
            result = crawl(f"{url}ValuesOnline/", tmp_path, RETRY_TIMES=0)
        counters = portal.counters
        assert result.exit_status == 0, result.output
        assert result.matches(portal.sha256)
    assert b"POST" in in_front.hung_up
    assert {row["tries"] for row in result.manifest.values()} == {"1"}
    assert set(counters["reports_made"].values()) == {1}
    assert (counters["logins"], counters["logouts"]) == (1, 1)


def test_everything_goes_through_the_offices_proxy(tmp_path: Path) -> None:
    """The portal has a name that only the proxy knows; one report has an error, so that the run asks for the portal."""
    with running_portal("--vehicles", 4, "--seed", 3) as portal:
        right = portal.sha256
    fault = f"--fault=error500@{sorted(right)[1]}"
    with running_portal("--vehicles", 4, "--seed", 3, fault) as portal:
        proxy = InFront(portal.url)
        with serving(proxy) as url:
            office = {"http_proxy": url, "no_proxy": "localhost"}
            result = crawl("http://portal.test/ValuesOnline/", tmp_path, PORTAL_WAIT=5, **office)
            looked = subprocess.run(
                [sys.executable, "-m", "scrapy", "preflight"],
                cwd=REPO,
                env=crawl_environment("http://portal.test/ValuesOnline/", tmp_path, **office),
                capture_output=True,
                text=True,
                timeout=LIMIT,
                check=False,
            )
        counters = portal.counters
    assert result.exit_status == 0, result.output
    assert result.matches(right)
    assert (counters["logins"], counters["logouts"]) == (1, 1)
    assert "jdp/outages" not in result.metrics["stats"]
    assert looked.returncode == 0, looked.stdout
    assert all(path.startswith("http://portal.test/") for path in proxy.paths)


@pytest.mark.skipif(not has_ipv6(), reason="needs IPv6")
def test_portal_at_an_ipv6_address(tmp_path: Path) -> None:
    with running_portal("--vehicles", 4, "--host", "::1", "--renew-cookie") as portal:
        result = crawl(portal, tmp_path)
        counters = portal.counters
        assert result.exit_status == 0, result.output
        assert result.matches(portal.sha256)
    assert (counters["logins"], counters["logouts"]) == (1, 1)
