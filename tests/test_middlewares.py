"""What the middlewares let out, what they send again, and what they make of a vehicle that fails."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from scrapy import Request
from scrapy.exceptions import IgnoreRequest
from scrapy.http import HtmlResponse, Response

from jdp.exceptions import (
    GivenUpError,
    PageCoveredError,
    PageMismatchError,
    ReportError,
    SessionExpiredError,
    VehicleGoneError,
)
from jdp.items import FAILED, GONE
from jdp.meta import FETCH, GENERATION, INSIDE, OUTSIDE, PROOF, VEHICLE, WAY
from jdp.middlewares import ReportMiddleware, SessionMiddleware
from jdp.proof.pdf import Proof, Verdict
from jdp.reports.attempt import Answer
from tests.helpers.parts import OpenEngine, store, vehicle

if TYPE_CHECKING:
    from jdp.runs.run import Run

URL = "http://portal.test/ValuesOnline/vehicle/"
LOGIN = b"<html><body><form><input id='usernameInput'></form></body></html>"
PDF = Answer(b"%PDF-", Proof(Verdict.RIGHT, "VIN"), None, "tab", 1.5)


class Session:
    """A session that is open; it notes what it is told."""

    def __init__(self, run: Run) -> None:
        self.config = run.config
        self.generation = 3
        self.told: list[Any] = []
        self.availability = SimpleNamespace(over=self._over)
        self.account = SimpleNamespace(evidence=SimpleNamespace(keep=lambda *_: "run_data/evidence/x"))

    async def _over(self) -> None:
        self.told.append("over")

    async def ensure(self) -> int:
        return self.generation

    def dress(self, request: Request) -> None:
        request.headers["User-Agent"] = "the browser's"

    def save(self) -> None:
        self.told.append("saved")

    def expired(self, generation: int) -> None:
        self.told.append(generation)


@pytest.fixture
def session(run: Run) -> Session:
    return Session(run)


def sent(session: Session, request: Request) -> Request:
    asyncio.run(SessionMiddleware(OpenEngine(), session).process_request(request))
    return request


def answered(session: Session, request: Request, body: bytes = LOGIN, **headers: str) -> Any:
    response = HtmlResponse(request.url, body=body, headers={"Content-Type": "text/html", **headers}, request=request)
    return asyncio.run(SessionMiddleware(OpenEngine(), session).process_response(request, response))


def test_plain_request_goes_out_as_the_browser_under_a_session(session: Session) -> None:
    request = sent(session, Request(URL))
    assert request.headers["User-Agent"] == b"the browser's"
    assert request.meta[GENERATION] == 3
    assert session.told == ["over"]


def test_login_itself_needs_no_session(session: Session) -> None:
    assert GENERATION not in sent(session, Request(URL, meta={OUTSIDE: True})).meta


def test_request_on_a_vehicles_behalf_does_not_wait_for_the_portal(session: Session) -> None:
    sent(session, Request(URL, meta={INSIDE: True}))
    assert session.told == []


@pytest.mark.parametrize("url", ["http://elsewhere.test/", "http://portal.test:81/", "ftp://portal.test/"])
def test_no_request_leaves_the_portal(session: Session, url: str) -> None:
    with pytest.raises(ReportError, match="another host"):
        sent(session, Request(url))


def test_login_form_renews_the_session_and_asks_again(session: Session) -> None:
    again = answered(session, Request(URL, meta={GENERATION: 3}))
    assert isinstance(again, Request)
    assert again.dont_filter
    assert session.told == ["saved", 3]


def test_login_form_for_a_report_is_the_vehicles_to_handle(session: Session) -> None:
    with pytest.raises(SessionExpiredError):
        answered(session, Request(URL, meta={GENERATION: 3, FETCH: True}))


def test_answer_that_is_packed_twice_is_refused(session: Session) -> None:
    with pytest.raises(ReportError, match="packed"):
        answered(session, Request(URL, meta={GENERATION: 3}), **{"Content-Encoding": "gzip, gzip"})


class Fetcher:
    """A fetcher that brings a report, or fails."""

    def __init__(self, outcome: Answer | Exception) -> None:
        self.outcome = outcome

    async def unrecorded(self, _: object) -> None:
        return None

    async def get(self, _: object) -> Answer:
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


def asked(run: Run, outcome: Answer | Exception, *, brought: bool = False, **meta: Any) -> Any:
    crawler = OpenEngine()
    crawler.settings = SimpleNamespace(getbool=lambda _: True)
    crawler.spider = SimpleNamespace(crawler=SimpleNamespace(settings=SETTINGS, stats=crawler.stats))
    middleware = ReportMiddleware.__new__(ReportMiddleware)
    middleware.crawler, middleware.run, middleware.session = crawler, run, Session(run)
    middleware.fetcher, middleware.brought = Fetcher(outcome), brought
    return asyncio.run(middleware.process_request(Request(URL, meta={VEHICLE: vehicle(1), **meta})))


class Settings:
    """The settings that Scrapy's retry reads."""

    def getint(self, name: str) -> int:
        return {"RETRY_TIMES": 2, "RETRY_PRIORITY_ADJUST": -1}[name]


SETTINGS = Settings()


def test_vehicle_is_answered_with_its_report(run: Run) -> None:
    response = asked(run, PDF)
    assert isinstance(response, Response)
    assert response.body == b"%PDF-"
    assert (response.request.meta[PROOF], response.request.meta[WAY]) == (PDF.proof, "tab")


def test_vehicle_that_is_stored_is_not_asked_for(run: Run) -> None:
    run.ledger.list_vehicles([vehicle(1)])
    store(run, vehicle(1).reference)
    with pytest.raises(IgnoreRequest):
        asked(run, PDF)


def test_failed_try_is_repeated_then_given_up_with_its_evidence(run: Run) -> None:
    error = PageMismatchError("vehicle page: nothing matches button")
    again = asked(run, error)
    assert again.meta["retry_times"] == 1
    with pytest.raises(GivenUpError, match="nothing matches button") as given_up:
        asked(run, error, retry_times=2)
    assert (given_up.value.status, given_up.value.evidence) == (FAILED, "run_data/evidence/x")


def test_notice_that_others_got_past_may_go_away(run: Run) -> None:
    error = PageCoveredError("vehicle page: something lies over the page: 'One moment'")
    assert asked(run, error, brought=True).meta["retry_times"] == 1
    with pytest.raises(GivenUpError, match="One moment"):
        asked(run, error, brought=True, retry_times=2)


@pytest.mark.parametrize("certain", [True, False])
def test_vehicle_that_is_gone_is_asked_for_again_only_when_it_may_have_moved(run: Run, certain: bool) -> None:
    error = VehicleGoneError("the portal no longer has it", certain=certain)
    if not certain:
        assert asked(run, error).meta["retry_times"] == 1
    with pytest.raises(GivenUpError) as given_up:
        asked(run, error, retry_times=2)
    assert given_up.value.status == GONE
