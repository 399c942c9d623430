"""What is taken from the wire as browsers take it: connections that end when they are used again, odd header lines."""

from __future__ import annotations

import gzip
import zlib
from typing import Any

import pytest

from tests.helpers.wire import Connection, answer, fetched, serving

pytestmark = pytest.mark.slow
WHOLE = b"%PDF-1.4 whole"


# Connections that end when they are used again


class Closing:
    """Answers once on each connection, and closes it when it is used again; notes all that it was asked."""

    def __init__(self, farewell: bytes = b"") -> None:
        self.farewell = farewell
        self.asked: list[tuple[int, bytes]] = []

    def __call__(self, connection: Connection) -> None:
        for again in (False, True):
            if not (asked := connection.asked()):
                return
            self.asked.append((connection.number, asked))
            connection.say(self.farewell if again else answer(b"number %d" % connection.number))


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    "farewell", [b"", b"HTTP/1.1 408 Request Time-out\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"]
)
def test_request_that_died_on_a_used_connection_is_sent_once_more(method: str, farewell: bytes) -> None:
    closing = Closing(farewell)
    body = "id=7001" if method == "POST" else ""
    with serving(closing) as url:
        came = fetched(*[(method, url, body)] * 3)
    assert [each.get("body") for each in came] == ["number 0", "number 1", "number 2"], came
    assert [number for number, _ in closing.asked] == [0, 0, 1, 1, 2]
    assert {asked.partition(b" ")[0] for _, asked in closing.asked} == {method.encode()}
    assert all(asked.endswith(body.encode()) for _, asked in closing.asked)


def test_request_that_died_on_a_new_connection_is_not_sent_again() -> None:
    asked = []

    def hang_up(connection: Connection) -> None:
        asked.append(connection.asked())

    with serving(hang_up) as url:
        came = fetched(("POST", url, "id=7001"))
    assert "error" in came[0]
    assert len(asked) == 1


def test_answer_that_broke_off_on_a_used_connection_is_not_asked_for_again() -> None:
    closing = Closing(b"HTTP/1.1 200 OK\r\nContent-Le")
    with serving(closing) as url:
        came = fetched(*[("GET", url, "")] * 2)
    assert "error" in came[1]
    assert len(closing.asked) == 2


# Heads that browsers take

TEXT = b"Content-Type: text/plain\r\n"
HEADERS = [
    (b"X-Powered-By : ASP.NET\r\n", ("X-Powered-By", ["ASP.NET"])),
    (b"X-Powered-By\t: ASP.NET\r\n", ("X-Powered-By", ["ASP.NET"])),
    (b"X-Long: one\r\n  two\r\n\tthree\r\n", ("X-Long", ["one  two\tthree"])),
    (b" goes on with nothing\r\nX-A: 1\r\n", ("X-A", ["1"])),
    (b"X-A: 1\r\n \r\nX-B: 2\r\n", ("X-B", ["2"])),
    (b": no name\r\nX-A: 1\r\n", ("X-A", ["1"])),
    (b"no colon\r\nX-A: 1\r\n", ("X-A", ["1"])),
    (b"two words: 1\r\nX-A: 1\r\n", ("X-A", ["1"])),
    (b"N\xe4me: 1\r\n(x): 1\r\nX-A: 1\r\n", ("X-A", ["1"])),
    (b"X-A: 1\nX-B: 2\n", ("X-B", ["2"])),
    (b"X-A: 1\rX-B: 2\r\n", ("X-B", ["2"])),
    (b"X-Empty:\r\n", ("X-Empty", [""])),
    (b"Content-Length : 4\r\n", ("Content-Length", ["4"])),
    (b"Connection: Close\r\n", ("Content-Type", ["text/plain"])),
    (b"Transfer-Encoding: identity\r\n", ("Content-Type", ["text/plain"])),
]
STATUS_LINES = [
    (b"HTTP/1.1 200\r\n", 200),
    (b"HTTP/1.1  404  Not There\r\n", 404),
    (b"HTTP/1.1 200OK\r\n", 200),
    (b"HTTP/1.1 OK\r\n", 200),
    (b"http/1.1 200 ok\r\n", 200),
    (b"HTTP 200 OK\r\n", 200),
    (b"HTTP/2 200\r\n", 200),
    (b"\r\nHTTP/1.1 200 OK\r\n", 200),
    (b"HTTP/1.1 200 OK\n", 200),
    (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n", 200),
]
UNTIL_THE_END = [b"Content-Length:", b"Content-Length: none", b"Content-Length: -1"]


def answers_to(*answers: bytes) -> list[dict[str, Any]]:
    """Fetch these answers, each on a connection of its own."""

    def serve(connection: Connection) -> None:
        connection.say(answers[int(connection.asked().split()[1].strip(b"/"))])

    with serving(serve) as url:
        return fetched(*(("GET", f"{url}{number}", "") for number in range(len(answers))))


def test_header_lines_that_browsers_take() -> None:
    heads = [b"HTTP/1.1 200 OK\r\n" + line + TEXT for line, _ in HEADERS]
    for (line, shown), came in zip(HEADERS, answers_to(*(answer(b"here", head) for head in heads)), strict=True):
        assert (came.get("status"), came.get("body")) == (200, "here"), (line, came)
        assert shown in came["headers"].items(), (line, came)


def test_status_lines_that_browsers_take() -> None:
    came = answers_to(*(answer(b"here", line) for line, _ in STATUS_LINES))
    assert [(each.get("status"), each.get("body")) for each in came] == [(status, "here") for _, status in STATUS_LINES]


def test_ends_that_browsers_take() -> None:
    ends = [b"HTTP/1.1 200 OK\r\n" + line + b"\r\n\r\nhere" for line in UNTIL_THE_END]
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, Chunked\r\n\r\n4\r\nhere\r\n0\r\n\r\n"
    came = answers_to(*ends, chunked)
    assert [each.get("body") for each in came] == ["here"] * 4, came


# Labels that are false

LABELS = [b"gzip", b"x-gzip", b"deflate", b"br", b"zstd", b"utf-8", b"gzip, gzip"]


def under(label: bytes, body: bytes) -> bytes:
    return answer(body, b"HTTP/1.1 200 OK\r\nContent-Type: application/pdf\r\nContent-Encoding: " + label + b"\r\n")


def test_body_that_is_not_packed_is_taken_as_it_is() -> None:
    for label, came in zip(LABELS, answers_to(*(under(label, WHOLE) for label in LABELS)), strict=True):
        assert came.get("body", "").encode() == WHOLE, (label, came)
        assert "Content-Encoding" not in came["headers"]


def test_body_that_is_packed_is_unpacked() -> None:
    came = answers_to(under(b"gzip", gzip.compress(WHOLE)), under(b"deflate", zlib.compress(WHOLE)))
    assert [each["body"].encode() for each in came] == [WHOLE] * 2
