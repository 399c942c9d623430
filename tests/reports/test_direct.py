"""The learned recipe: when it is learned, used, trusted and given up."""

from __future__ import annotations

import asyncio
import logging
import stat
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from scrapy import Request
from scrapy.http import Response
from scrapy.http.cookies import CookieJar

from jdp.config.arguments import Arguments
from jdp.exceptions import DirectError, JdpError, PortalBusyError, ReportError, SessionExpiredError
from jdp.portal.addresses import inventory_url
from jdp.portal.cookies import SharedCookies
from jdp.portal.recording import Exchange, RecordedRequest, ReportRequest
from jdp.reports.direct import FAILURES, MOST_SWITCHES, Direct
from jdp.reports.recipe import Recipe
from jdp.reports.templates import Anchor, Slot, Template, UnfilledError
from tests.helpers.parts import OpenEngine, vehicle

if TYPE_CHECKING:
    from collections.abc import Callable

    from jdp.items import Vehicle
    from jdp.runs.run import Run

BASE = "http://portal.test/ValuesOnline/"
REPORT, PREPARE = BASE + "Report/GetPdfReport", BASE + "Report/PrepareReport"
FIRST, SECOND, THIRD = vehicle(1), vehicle(2), vehicle(3)
ROW_ID = Slot("row:id")
BY_ID = Recipe(Template((f"GET {REPORT}?id=", ROW_ID, "\n\n")))
BY_TOKEN = Recipe(
    Template((f"GET {REPORT}?token=", Slot("call"), "\n\n")),
    call=Template((f"POST {PREPARE}\n\nid=", ROW_ID)),
    found=Anchor('"token":"', '"'),
)
BY_FORM = Recipe(
    Template((f"POST {REPORT}\n\nid=", ROW_ID, "&key=", Slot("page:0"), "&double=", Slot("cookie:double"))),
    referer=Template((f"{BASE}details?id=", ROW_ID)),
    page=Template((f"GET {BASE}details?id=", ROW_ID, "\n\n")),
    keys=(Anchor('name="key" value="', '"'),),
)


class Site:
    """What answers in the portal's place: the same text to everybody, or an error."""

    def __init__(self, run: Run) -> None:
        self.config = run.config
        self.answer = ""
        self.error: JdpError | None = None
        self.sent: list[tuple[RecordedRequest, str]] = []

    async def send(self, sent: RecordedRequest, referer: str, deadline: float) -> bytes:  # noqa: ARG002 - as Portal.send
        self.sent.append((sent, referer))
        await asyncio.sleep(0)
        if self.error is not None:
            raise self.error
        return self.answer.encode()


class Crawl:
    """The learned recipe of a run, at a site that answers as it is told, in a session that can be renewed."""

    def __init__(self, run: Run) -> None:
        self.site = Site(run)
        self.jar = CookieJar()
        self.session = SimpleNamespace(generation=1, cookies=SharedCookies(self.jar))
        self.crawler = OpenEngine()
        self.path = run.learned
        self.direct = Direct(self.crawler, run, self.site, self.session)

    def sees(self, row: Vehicle, address: str = "?id={row.row_id}", *calls: Exchange) -> bool:
        """Let a tab ask for a report at such an address, which is right."""
        ask = ReportRequest(REPORT + address.format(row=row), "GET", "", f"{BASE}details?id={row.row_id}", calls)
        return self.direct.observe(row, ask)

    def learns(self) -> Recipe:
        """Learn from two vehicles."""
        self.sees(FIRST)
        assert self.sees(SECOND)
        assert self.direct.recipe is not None
        return self.direct.recipe

    def fails(self, times: int, way: Recipe | None = None) -> None:
        for number in range(times):
            self.direct.failed(way or self.direct.recipe or BY_ID, f"HTTP 404 ({number})")

    def signs_in(self, cookie: str) -> None:
        """Give the jar a session's cookie."""
        response = Response(BASE, headers={"Set-Cookie": f"double={cookie}; path=/"})
        self.jar.extract_cookies(response, Request(BASE))

    def asks(self, way: Recipe, *rows: Vehicle) -> list[ReportRequest]:
        """Write the requests for some vehicles, all at once."""

        async def ask() -> list[ReportRequest]:
            return list(await asyncio.gather(*(self.direct.ask(way, row, 0) for row in rows)))

        return asyncio.run(ask())


def keep(run: Run, text: str | bytes) -> None:
    """Leave this as what an earlier run has learned."""
    run.learned.parent.mkdir()
    run.learned.write_bytes(text if isinstance(text, bytes) else text.encode())


@pytest.fixture
def crawl(run: Run) -> Crawl:
    return Crawl(run)


@pytest.fixture
def remembering(run: Run) -> Crawl:
    """Return a crawl that an earlier run has left a recipe."""
    keep(run, BY_ID.to_json())
    return Crawl(run)


# Learning


def test_learned_from_two_vehicles(crawl: Crawl, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    assert crawl.direct.learning
    assert not crawl.sees(FIRST)
    assert not crawl.sees(FIRST)
    assert crawl.direct.takes(THIRD) is None
    assert crawl.sees(SECOND)
    assert (crawl.direct.learning, crawl.direct.trusted) == (False, True)
    assert crawl.direct.takes(THIRD) is crawl.direct.recipe
    assert crawl.crawler.stats.get_value("jdp/direct/learned") == 1
    assert caplog.messages == [f"Reports are asked for directly from here on: GET {REPORT}?id={{row:id}}"]


def test_learned_once(crawl: Crawl) -> None:
    way = crawl.learns()
    assert not crawl.sees(THIRD)
    assert crawl.direct.recipe is way


def test_learned_from_the_newest_asks(crawl: Crawl) -> None:
    for number in range(10, 20):
        assert not crawl.sees(vehicle(number), f"?t=nobody{number}")
    crawl.learns()


def test_switched_off_by_its_setting(open_run: Callable[..., Run]) -> None:
    run = open_run(DIRECT_REPORTS="false")
    keep(run, BY_ID.to_json())
    crawl = Crawl(run)
    assert not crawl.direct.learning
    assert not crawl.sees(FIRST)
    assert not crawl.sees(SECOND)
    assert crawl.direct.takes(THIRD) is None


def test_takes_only_vehicles_whose_row_has_what_it_takes(crawl: Crawl) -> None:
    way = crawl.learns()
    assert crawl.direct.takes(replace(THIRD, vin="", description="", href="")) is way
    assert crawl.direct.takes(replace(THIRD, row_id="")) is None
    assert crawl.direct.takes(replace(THIRD, row_id="9")) is None


# Kept for the next run


def test_way_is_kept_for_nobody_else(crawl: Crawl) -> None:
    way = crawl.learns()
    assert Recipe.from_json(crawl.path.read_text(encoding="utf-8")) == way
    assert stat.S_IMODE(crawl.path.stat().st_mode) == 0o600


@pytest.mark.parametrize("key", ["0123456789abcdef", "a-b_c-d_e-f_g-h7", "6f1c0a2e-77ab-4d0c-9e5f-000000000001"])
def test_way_with_what_may_be_a_key_is_not_kept(crawl: Crawl, key: str) -> None:
    address = f"?id={{row.row_id}}&k={key}"
    crawl.sees(FIRST, address)
    assert crawl.sees(SECOND, address)
    assert not crawl.path.exists()


def test_way_with_what_may_be_a_key_beside_another_is_not_kept(crawl: Crawl) -> None:
    page = '<i name="__RequestVerificationToken" value="0123456789abcdef"><i name="vk" value="fedcba9876543210">'
    calls = [
        Exchange(RecordedRequest("GET", f"{BASE}details?id={row.row_id}"), page, page=True) for row in (FIRST, SECOND)
    ]
    crawl.sees(FIRST, "?id={row.row_id}&vk=fedcba9876543210", calls[0])
    assert crawl.sees(SECOND, "?id={row.row_id}&vk=fedcba9876543210", calls[1])
    assert not crawl.path.exists() or "0123456789abcdef" not in crawl.path.read_text(encoding="utf-8")


def test_way_that_cannot_be_kept_is_used_all_the_same(crawl: Crawl) -> None:
    crawl.path.with_name(f"{crawl.path.name}.part").mkdir(parents=True)
    crawl.sees(FIRST)
    assert crawl.sees(SECOND)


def test_remembered_way_is_not_trusted_until_proven(remembering: Crawl) -> None:
    direct = remembering.direct
    assert (direct.recipe, direct.trusted, direct.learning) == (BY_ID, False, True)
    assert direct.takes(THIRD) == BY_ID
    assert direct.recipe is not None
    direct.proven(direct.recipe)
    assert direct.trusted
    assert remembering.crawler.stats.get_value("jdp/direct/right") == 1


def test_remembered_way_of_another_version_is_learned_anew(run: Run) -> None:
    keep(run, BY_ID.to_json().replace('"version": 1', '"version": 0'))
    assert Crawl(run).direct.recipe is None


def test_remembered_way_is_left_where_somebody_says_so(open_run: Callable[..., Run]) -> None:
    run = open_run(arguments=Arguments.parse({"learn": "fresh"}))
    keep(run, BY_ID.to_json())
    assert Crawl(run).direct.recipe is None


def test_remembered_way_that_fails_is_given_up_at_once(remembering: Crawl) -> None:
    remembering.fails(1)
    assert remembering.direct.learning
    assert remembering.direct.takes(THIRD) is None
    assert not remembering.path.exists()
    remembering.learns()
    assert remembering.path.exists()


def test_remembered_way_that_fails_is_no_switch(remembering: Crawl) -> None:
    remembering.fails(1)
    for _ in range(MOST_SWITCHES - 1):
        remembering.learns()
        remembering.fails(FAILURES)
    assert remembering.direct.learning


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"report": null}', "\x00"])
def test_foreign_way_is_learned_anew(run: Run, text: str) -> None:
    keep(run, text)
    crawl = Crawl(run)
    crawl.learns()
    assert Recipe.from_json(crawl.path.read_text(encoding="utf-8")) == crawl.direct.recipe


def test_way_that_is_no_text_is_learned_anew(run: Run) -> None:
    keep(run, b"\xff\xfe\x00")
    assert Crawl(run).direct.learning


def test_remembered_way_that_takes_nobody_is_learned_anew(run: Run) -> None:
    by_link = Recipe(Template((f"GET {REPORT}?id=", Slot("row:href.6"), "\n\n")))
    keep(run, by_link.to_json())
    crawl = Crawl(run)  # and the site's links are scripts now
    assert [crawl.direct.takes(row) for row in (FIRST, SECOND)] == [None, None]
    crawl.sees(FIRST)
    assert crawl.sees(SECOND)


# Giving up


def test_failures_in_a_row_switch_it_off(crawl: Crawl, caplog: pytest.LogCaptureFixture) -> None:
    way = crawl.learns()
    crawl.fails(FAILURES - 1)
    assert crawl.direct.takes(THIRD) is way
    crawl.fails(1)
    assert crawl.direct.takes(THIRD) is None
    assert (crawl.direct.learning, crawl.direct.trusted) == (True, False)
    assert not crawl.path.exists()
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert f"switched off after {FAILURES} failures in a row" in caplog.text
    assert "what they ask for is learned anew. The last one: HTTP 404 (0)" in caplog.text
    assert crawl.crawler.stats.get_value("jdp/direct/failed") == FAILURES


def test_right_reports_between_failures_keep_it(crawl: Crawl) -> None:
    way = crawl.learns()
    for _ in range(3):
        crawl.fails(FAILURES - 1)
        crawl.direct.proven(way)
    assert crawl.direct.takes(THIRD) is way


def test_what_becomes_of_an_older_way_does_not_count(crawl: Crawl) -> None:
    old = crawl.learns()
    crawl.fails(FAILURES)
    crawl.fails(FAILURES, old)  # those that were under way
    assert crawl.direct.learning
    crawl.sees(FIRST, "?ref={row.reference}")
    assert crawl.sees(SECOND, "?ref={row.reference}")
    new = crawl.direct.recipe
    assert new is not None
    crawl.fails(FAILURES, old)
    crawl.fails(FAILURES - 1, new)
    assert crawl.direct.recipe is new
    crawl.direct.proven(old)
    crawl.fails(1, new)
    assert crawl.direct.recipe is None


def test_learned_anew_so_many_times(crawl: Crawl, caplog: pytest.LogCaptureFixture) -> None:
    for number in range(MOST_SWITCHES):
        assert crawl.direct.learning, number
        crawl.learns()
        crawl.fails(FAILURES)
    assert not crawl.direct.learning
    assert "until the end of the run" in caplog.messages[-1]
    assert not crawl.sees(FIRST)
    assert not crawl.sees(SECOND)
    assert not crawl.path.exists()


def test_switches_are_forgiven_after_many_right_reports(crawl: Crawl) -> None:
    for _ in range(MOST_SWITCHES):
        way = crawl.learns()
        for _ in range(10_000):
            crawl.direct.proven(way)
        crawl.fails(FAILURES)
    assert crawl.direct.learning


# Asking


def test_ask_from_the_row_alone(crawl: Crawl) -> None:
    (ask,) = crawl.asks(BY_ID, THIRD)
    assert ask == ReportRequest(f"{REPORT}?id={THIRD.row_id}", "GET", "", inventory_url(crawl.site.config.portal_url))
    assert crawl.site.sent == []


def test_ask_after_a_call(crawl: Crawl) -> None:
    crawl.site.answer = '{"token":"abc-1"}'
    (ask,) = crawl.asks(BY_TOKEN, THIRD)
    assert ask.sent == RecordedRequest("GET", f"{REPORT}?token=abc-1")
    assert crawl.site.sent == [
        (RecordedRequest("POST", PREPARE, f"id={THIRD.row_id}"), inventory_url(crawl.site.config.portal_url))
    ]


@pytest.mark.parametrize("answer", ["", "{}", '{"token":""}', "<html>sorry</html>"])
def test_ask_after_a_call_that_gives_nothing(crawl: Crawl, answer: str) -> None:
    crawl.site.answer = answer
    with pytest.raises(DirectError, match="holds nothing where its key should be"):
        crawl.asks(BY_TOKEN, THIRD)


def test_ask_after_a_call_that_gives_something_else(crawl: Crawl) -> None:
    crawl.site.answer = '{"token":"try again later"}'
    with pytest.raises(DirectError):
        crawl.asks(BY_TOKEN, THIRD)


@pytest.mark.parametrize(
    ("error", "raised"),
    [
        (PortalBusyError("HTTP 429", 5), PortalBusyError),
        (ReportError("HTTP 404"), DirectError),
        (SessionExpiredError("the login form"), SessionExpiredError),
    ],
)
def test_ask_after_a_call_that_fails(crawl: Crawl, error: JdpError, raised: type[JdpError]) -> None:
    crawl.site.error = error
    with pytest.raises(raised, match=str(error)) as caught:
        crawl.asks(BY_TOKEN, THIRD)
    assert type(caught.value) is raised


def test_ask_for_what_cannot_stand_in_a_request(crawl: Crawl) -> None:
    with pytest.raises(UnfilledError):
        crawl.asks(BY_ID, replace(THIRD, row_id="9003&id=9004"))


def test_ask_with_keys_and_cookies_of_this_session(crawl: Crawl) -> None:
    for session in ("one-session", "two-session"):
        crawl.session.generation += 1
        crawl.signs_in(session)
        crawl.site.answer = f'<input name="key" value="{session}-key">'
        (ask,) = crawl.asks(BY_FORM, THIRD)
        assert ask.body == f"id={THIRD.row_id}&key={session}-key&double={session}"
        assert ask.referer == f"{BASE}details?id={THIRD.row_id}"


def test_page_is_read_once_in_a_session(crawl: Crawl) -> None:
    crawl.signs_in("double-value")
    crawl.site.answer = '<input name="key" value="key-value">'
    asks = crawl.asks(BY_FORM, FIRST, SECOND, THIRD)
    assert [ask.body.split("&")[0] for ask in asks] == [f"id={row.row_id}" for row in (FIRST, SECOND, THIRD)]
    crawl.asks(BY_FORM, FIRST)
    details = f"{BASE}details?id={FIRST.row_id}"
    assert crawl.site.sent == [(RecordedRequest("GET", details), details)]
    crawl.session.generation += 1
    crawl.asks(BY_FORM, SECOND)
    assert len(crawl.site.sent) == 2


def test_page_is_read_again_after_a_failure_and_for_another_way(crawl: Crawl) -> None:
    crawl.signs_in("double-value")
    crawl.site.answer = '<input name="key" value="key-value">'
    crawl.direct.recipe, crawl.direct.trusted = BY_FORM, True
    crawl.asks(BY_FORM, FIRST)
    crawl.fails(1)
    crawl.asks(BY_FORM, FIRST)
    assert len(crawl.site.sent) == 2
    other = replace(BY_FORM, keys=(Anchor('value="', '"'),))
    crawl.asks(other, FIRST)
    assert len(crawl.site.sent) == 3


def test_page_without_the_key(crawl: Crawl) -> None:
    crawl.signs_in("double-value")
    for _ in range(2):
        with pytest.raises(DirectError, match="does not hold the key of its form"):
            crawl.asks(BY_FORM, THIRD)
    crawl.site.answer = '<input name="key" value="key-value">'
    assert len(crawl.asks(BY_FORM, THIRD)) == 1


def test_page_that_fails_for_one_is_read_by_the_next(crawl: Crawl) -> None:
    crawl.signs_in("double-value")
    crawl.site.error = ReportError("HTTP 500")
    with pytest.raises(DirectError, match="HTTP 500"):
        crawl.asks(BY_FORM, FIRST)
    crawl.site.error, crawl.site.answer = None, '<input name="key" value="key-value">'
    assert len(crawl.asks(BY_FORM, SECOND)) == 1
