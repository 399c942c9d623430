"""The portal as a process, and its side addresses."""

import re
import signal
import sys

import httpx
import pytest
from parsel import Selector

from tests.helpers.visitor import INVENTORY, LIMIT, Start, Visit, Visitor


def test_first_line_names_the_address(start: Start) -> None:
    portal = start()
    assert re.fullmatch(r"Demo portal: http://127\.0\.0\.1:\d+/ValuesOnline/\n", portal.first_line)
    assert httpx.get(portal.entry, follow_redirects=True).status_code == 200


def test_portal_ends_with_its_parent(start: Start) -> None:
    assert start().end() == 0


@pytest.mark.skipif(sys.platform == "win32", reason="Windows ends a process without asking it")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_portal_ends_on_signal(start: Start, name: str) -> None:
    portal = start()
    Visitor(portal).enter()
    portal.process.send_signal(getattr(signal, name))
    portal.process.wait(timeout=LIMIT)
    assert portal.process.returncode == 0


def test_many_vehicles_start_soon(start: Start) -> None:
    page = Visitor(start("--vehicles", "50000")).enter().inventory()
    assert page.css(".dxp-summary::text").get() == "Page 1 of 2500 (50000 items)"


def test_unknown_paths_are_noted(visit: Visit) -> None:
    visitor = visit()
    for path in ("/favicon.ico", "/ValuesOnline/nothing", "/robots.txt"):
        assert visitor.get(path).status_code == 404
    assert visitor.get("/_demo/counters").json()["other_paths"] == ["/ValuesOnline/nothing", "/robots.txt"]


def test_side_addresses_are_not_counted(start: Start) -> None:
    portal = start()
    before = portal.side("counters")
    assert len(portal.side("sha256")) == 60
    assert portal.side("counters") == before
    assert before["requests_total"] == 0


def test_portal_down_answers_503(visit: Visit) -> None:
    visitor = visit()
    visitor.post("/_demo/down", json={"seconds": 60})
    assert visitor.get(INVENTORY).status_code == 503
    visitor.post("/_demo/down", json={"seconds": 0})
    assert visitor.get(INVENTORY).status_code == 200


def test_selector_change_renames_everywhere(start: Start) -> None:
    page = Selector(Visitor(start("--selector-change", "loginButton=btnSignIn")).get("/ValuesOnline/").text)
    assert page.css("#btnSignIn")
    assert not page.css("#loginButton")


def test_static_files_are_local(visit: Visit) -> None:
    visitor = visit()
    page = visitor.inventory()
    addresses = page.css("link::attr(href), script::attr(src), img::attr(src)").getall()
    assert addresses
    for address in set(addresses):
        assert address.startswith("/ValuesOnline/Content/")
        assert visitor.get(address).status_code == 200
