"""What is on the pages besides what they are for."""

import pytest
from parsel import Selector

from tests.helpers.visitor import INVENTORY, LOGIN, Start, Visit, Visitor, row_ids


@pytest.mark.parametrize(
    ("what", "selector"),
    [
        ("image", "img[src*='never.']"),
        ("chat", "script[async][src*='never.']"),
        ("script", "script[src*='never.']"),
        ("defer", "script[defer][src*='never.']"),
        ("style", "link[href*='never.']"),
    ],
)
def test_hangs_on_every_page(visit: Visit, what: str, selector: str) -> None:
    visitor = visit("--hangs", what)
    for address in ("/ValuesOnline/", INVENTORY):
        assert len(Selector(visitor.get(address).text).css(selector)) == 1


@pytest.mark.parametrize(("switch", "count"), [("all", 1), ("vehicle", 0)])
def test_cover_on_the_pages_named(visit: Visit, switch: str, count: int) -> None:
    visitor = visit("--cover", "trap", "--cover-on", switch)
    inventory = visitor.inventory()
    assert len(inventory.css("#besides")) == count
    assert len(Selector(visitor.open(next(iter(row_ids(inventory).values()))).text).css("#besides")) == 1


def test_hidden_login_on_signed_in_pages_only(visit: Visit) -> None:
    visitor = visit("--hidden-login")
    assert len(visitor.inventory().css(".laterBox #usernameInput")) == 1
    visitor.log_out()
    assert len(Selector(visitor.get(LOGIN).text).css("#usernameInput")) == 1


@pytest.mark.parametrize("look", ["plain", "hidden", "clear"])
def test_licence_box_looks(start: Start, look: str) -> None:
    page = Selector(Visitor(start("--licence-box", look)).log_in().text)
    assert page.css("label #agreementCheckBox::attr(class)").get() == f"{look}Box"


def test_moment_on_the_way_home(visit: Visit) -> None:
    visitor = visit("--moment-ms", "10")
    assert "One moment" in visitor.get("/ValuesOnline/").text
    assert "Welcome" in visitor.get("/ValuesOnline/?arrived=yes").text


@pytest.mark.parametrize(
    ("way", "status", "header", "text"),
    [
        ("202", 202, "", "being prepared"),
        ("retry-after", 200, "Retry-After", "being prepared"),
        ("header", 200, "Refresh", "being prepared"),
        ("refresh", 200, "", 'http-equiv="refresh"'),
        ("script", 200, "", "location.reload()"),
    ],
)
def test_report_is_not_ready_at_once(start: Start, way: str, status: int, header: str, text: str) -> None:
    portal = start("--ready-ms", "60000", "--ready-by", way)
    visitor = Visitor(portal).enter()
    row_id = next(iter(row_ids(visitor.inventory()).values()))
    for _ in range(2):
        answer = visitor.report(row_id)
        assert (answer.status_code, text in answer.text) == (status, True)
        assert not header or answer.headers[header] == "1"
    assert list(portal.side("counters")["reports_begun"].values()) == [1]


def test_report_is_ready_after_a_time(start: Start) -> None:
    portal = start("--ready-ms", "1")
    visitor = Visitor(portal).enter()
    row_id = next(iter(row_ids(visitor.inventory()).values()))
    answers = [visitor.report(row_id) for _ in range(3)]
    assert b"%PDF" in b"".join(answer.content[:8] for answer in answers)
