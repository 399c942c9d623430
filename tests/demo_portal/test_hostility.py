"""The answers of a site that means harm, as a client meets them."""

import socket
import zlib

import httpx
import pytest

from demo_portal.faults import HARMS
from tests.helpers.visitor import GET_PDF, PortalProcess, Visit, Visitor, row_ids

MEGABYTE = 1024 * 1024
FIRST = (
    "165530",
    "165531",
    "165533",
    "165535",
    "165537",
    "165538",
    "165541",
    "165543",
    "165547",
    "165547B",
    "165550",
    "165553",
)


@pytest.fixture(scope="module")
def rows(portals: list[PortalProcess]) -> tuple[Visitor, dict[str, str]]:
    """Sign in to a portal where each harm strikes a vehicle of its own; return the row id of each."""
    faults = [f"--fault={name}@{reference}" for name, reference in zip(HARMS, FIRST, strict=False)]
    portals.append(PortalProcess("--sticky", f"--fault=report-elsewhere@{FIRST[-1]}", *faults))
    visitor = Visitor(portals[-1]).enter()
    found = row_ids(visitor.inventory())
    harms = {name: found[reference] for name, reference in zip(HARMS, FIRST, strict=False)}
    return visitor, {**harms, "report-elsewhere": found[FIRST[-1]]}


Rows = tuple[Visitor, dict[str, str]]


@pytest.mark.parametrize("name", ["flood", "flood-told"])
def test_flood_never_ends(rows: Rows, name: str) -> None:
    visitor, ids = rows
    with visitor.stream("GET", GET_PDF, params={"vehicleId": ids[name]}) as answer:
        told = answer.headers.get("content-length")
        size = 0
        for piece in answer.iter_raw():
            size += len(piece)
            if size > 100 * MEGABYTE:
                break
    assert size > 100 * MEGABYTE
    assert told == (str(2048 * MEGABYTE) if name == "flood-told" else None)


def test_gzip_bomb_unpacks_to_a_thousand_times_its_size(rows: Rows) -> None:
    visitor, ids = rows
    with visitor.stream("GET", GET_PDF, params={"vehicleId": ids["gzip-bomb"]}) as answer:
        packed = b"".join(answer.iter_raw())
    assert answer.headers["content-encoding"] == "gzip"
    unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS + 16)
    member = unpacker.decompress(packed)
    assert len(member) == 32 * MEGABYTE
    assert packed == packed[: len(packed) - len(unpacker.unused_data)] * 64


def head(visitor: Visitor, row_id: str) -> bytes:
    """Return the first 2 MB of an answer as they are sent, or all that comes before the connection closes."""
    cookies = "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())
    lines = (f"GET {GET_PDF}?vehicleId={row_id} HTTP/1.1", "Host: portal", "Connection: close", f"Cookie: {cookies}")
    with socket.create_connection((visitor.base_url.host, visitor.base_url.port or 0)) as connection:
        connection.sendall("\r\n".join((*lines, "", "")).encode())
        received = b""
        while len(received) < 2 * MEGABYTE and (piece := connection.recv(MEGABYTE)):
            received += piece
    return received


def test_head_is_larger_than_any_head(rows: Rows) -> None:
    visitor, ids = rows
    received = head(visitor, ids["huge-head"])
    assert received.startswith(b"HTTP/1.1 200")
    assert len(received) >= 2 * MEGABYTE
    assert b"\r\n\r\n" not in received[: 2 * MEGABYTE]


def test_report_is_packed_twice(rows: Rows) -> None:
    visitor, ids = rows
    answer = visitor.report(ids["packed-twice"])
    assert answer.headers["content-encoding"] == "gzip, gzip"
    assert answer.content.startswith(b"%PDF-")


def test_redirect_has_no_end(rows: Rows) -> None:
    visitor, ids = rows
    with pytest.raises(httpx.TooManyRedirects):
        visitor.report(ids["redirect-endless"])


def test_redirect_to_another_host_is_counted_there(rows: Rows) -> None:
    visitor, ids = rows
    before = visitor.get("/_demo/counters").json()
    assert visitor.report(ids["redirect-elsewhere"]).url.host == "localhost"
    visitor.get("/_demo/elsewhere/anything")
    after = visitor.get("/_demo/counters").json()
    assert (before["elsewhere"], after["elsewhere"]) == (0, 2)
    assert after["elsewhere_cookies"] == 1, "of the second request, which was to the portal's own name"


def test_redirect_with_three_slashes(rows: Rows) -> None:
    visitor, ids = rows
    assert b"location: ///localhost:" in head(visitor, ids["redirect-slashes"]).lower()


def test_bookout_link_leads_to_a_file(visit: Visit) -> None:
    page = visit("--fault=bookout-file@165531").inventory()
    links = page.css("a[title='Bookout']::attr(href)").getall()
    assert links[1].startswith("file:///etc/passwd?")
    assert sum(link.startswith("/ValuesOnline/vehicle/") for link in links) == len(links) - 1


def test_report_on_another_host_is_where_its_page_leads(rows: Rows) -> None:
    visitor, ids = rows
    assert f'data-report="http://localhost:{visitor.base_url.port}/' in visitor.open(ids["report-elsewhere"]).text
    assert 'data-report="/ValuesOnline/' in visitor.open(ids["flood"]).text


@pytest.mark.parametrize("name", ["slow-pdf", "huge-pdf", "nested-pdf"])
def test_poisoned_report_is_small_and_whole(rows: Rows, name: str) -> None:
    visitor, ids = rows
    body = visitor.report(ids[name]).content
    assert body.startswith(b"%PDF-")
    assert body.endswith(b"%%EOF\n")
    assert len(body) < 10_000
