"""From a vehicle to its proven report: what is a failed try, what is none, and what the tries teach."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

import jdp.reports.fetcher
from jdp.exceptions import (
    BrowserGoneError,
    JdpError,
    ReportError,
    SessionExpiredError,
    TabFailedError,
    WrongVehicleError,
)
from jdp.portal.recording import ReportRequest
from jdp.portal.refusals import Refusals
from jdp.proof.pdf import Proof, Verdict
from jdp.reports.fetcher import MOST_OUTAGES, MOST_SESSIONS, ReportFetcher
from jdp.reports.recipe import Recipe
from jdp.reports.templates import Slot, Template
from jdp.reports.turns import Binding
from tests.helpers.parts import OpenEngine, store, vehicle

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jdp.items import Vehicle
    from jdp.reports.attempt import Answer
    from jdp.runs.run import Run

REPORT = "http://portal.test/ValuesOnline/Report/GetPdfReport"
VEHICLES = [vehicle(number) for number in range(1, 6)]
FIRST, SECOND = VEHICLES[:2]
BY_ID = Recipe(Template((f"GET {REPORT}?id=", Slot("row:id"), "\n\n")))


class Availability:
    """Whether the portal is there; `away` tells how often a failure turns out to be the portal's."""

    def __init__(self) -> None:
        self.count = self.away = 0

    async def over(self) -> None:
        """Return at once: nobody waits here."""

    async def waited_out(self) -> bool:
        self.away -= 1
        return self.away >= 0


class Site:
    """What tabs and plain requests meet: `named` addresses name their vehicle, others give the one opened last."""

    def __init__(self, named: bool) -> None:
        self.named = named
        self.current = ""
        self.at_work = self.most_at_work = 0
        self.tabs: list[str] = []
        self.fetched: list[str] = []
        self.errors: list[JdpError] = []  # of the tabs, one after the other
        self.body = b""  # in place of every report

    def _open(self, wanted: Vehicle) -> ReportRequest:
        self.tabs.append(wanted.reference)
        self.current = wanted.reference
        address = f"{REPORT}?id={wanted.row_id}" if self.named else REPORT
        return ReportRequest(address, "GET", "", "http://portal.test/ValuesOnline/details")

    async def ask(self, wanted: Vehicle, deadline: float, *, alone: bool, record: bool) -> ReportRequest:  # noqa: ARG002 - as PortalClient.ask
        self.at_work += 1
        self.most_at_work = max(self.most_at_work, self.at_work)
        await asyncio.sleep(0)
        self.at_work -= 1
        if self.errors:
            raise self.errors.pop(0)
        return self._open(wanted)

    async def ask_two(self, wanted: Vehicle, other: Vehicle, deadline: float, *, record: bool) -> tuple[Any, Any]:  # noqa: ARG002 - as PortalClient.ask_two
        return self._open(wanted), self._open(other)

    async def fetch(self, ask: ReportRequest, deadline: float) -> bytes:  # noqa: ARG002 - as PortalClient.fetch
        await asyncio.sleep(0)
        self.fetched.append(ask.url)
        if self.body:
            return self.body
        row_id = ask.url.partition("id=")[2]
        return (next((each.reference for each in VEHICLES if each.row_id == row_id), self.current)).encode()


class Prover:
    """Believes what a body says: whose it is, `unproven` or `broken`."""

    async def prove(self, wanted: Vehicle, body: bytes) -> Proof:
        text = body.decode()
        if text in ("unproven", "broken"):
            return Proof(Verdict(text), f"it is {text}")
        return Proof(Verdict.RIGHT if text == wanted.reference else Verdict.WRONG, f"it is {text}'s", other=text)

    def own_bytes(self, wanted: Vehicle, body: bytes) -> bytes:  # noqa: ARG002 - as Prover.own_bytes
        return body

    def close(self) -> None:
        """There is no child."""


@pytest.fixture
def availability() -> Availability:
    return Availability()


@pytest.fixture(params=[True])
def fetcher(run: Run, availability: Availability, request: pytest.FixtureRequest) -> Iterator[ReportFetcher]:
    """Return a fetcher of a site whose addresses name their vehicle, or give the one opened last."""

    async def ensure() -> int:
        return 1

    crawler = OpenEngine()
    session = SimpleNamespace(
        availability=availability,
        refusals=Refusals(crawler, run.config),
        ensure=ensure,
        cookies=SimpleNamespace(values=dict),
        generation=1,
    )
    fetcher = ReportFetcher(crawler, run, session)
    fetcher.steps.prover.close()
    fetcher.steps.prover = Prover()
    fetcher.steps.client = Site(request.param)
    yield fetcher
    fetcher.close()


by_session = pytest.mark.parametrize("fetcher", [False], indirect=True)


def site_of(fetcher: ReportFetcher) -> Site:
    return fetcher.steps.client


def got(fetcher: ReportFetcher, *wanted: Vehicle) -> list[Answer]:
    async def get() -> list[Answer]:
        return await asyncio.gather(*(fetcher.get(each) for each in wanted))

    return asyncio.run(get())


def test_address_that_names_the_vehicle_frees_the_tabs(fetcher: ReportFetcher) -> None:
    answers = got(fetcher, *VEHICLES)
    assert [answer.body.decode() for answer in answers] == [each.reference for each in VEHICLES]
    assert fetcher.turns.binding is Binding.VEHICLE
    assert site_of(fetcher).most_at_work > 1


@by_session
def test_experiment_shows_that_addresses_give_what_was_opened_last(fetcher: ReportFetcher) -> None:
    answers = got(fetcher, *VEHICLES)
    assert [answer.body.decode() for answer in answers] == [each.reference for each in VEHICLES]
    assert fetcher.turns.binding is Binding.SESSION
    assert site_of(fetcher).most_at_work == 1
    assert len(site_of(fetcher).fetched) == len(VEHICLES)  # each was made once, that of the experiment, too


def test_two_right_reports_teach_to_do_without_a_tab(fetcher: ReportFetcher) -> None:
    got(fetcher, *VEHICLES[:2])
    assert fetcher.direct.trusted
    tabs = len(site_of(fetcher).tabs)
    assert [answer.way for answer in got(fetcher, *VEHICLES[2:])] == ["direct"] * 3
    assert len(site_of(fetcher).tabs) == tabs


def test_remembered_recipe_that_brings_a_wrong_report_sends_the_vehicle_to_a_tab(fetcher: ReportFetcher) -> None:
    fetcher.direct.recipe = Recipe(Template((f"GET {REPORT}?id={SECOND.row_id}\n\n",)))
    [answer] = got(fetcher, FIRST)
    assert (answer.way, answer.body.decode()) == ("tab", FIRST.reference)
    assert fetcher.direct.recipe is None


def test_unproven_report_is_not_asked_for_once_more_in_the_same_words(fetcher: ReportFetcher) -> None:
    fetcher.direct.recipe = BY_ID
    site_of(fetcher).body = b"unproven"
    [answer] = got(fetcher, FIRST)
    assert answer.proof.verdict is Verdict.UNPROVEN
    assert len(site_of(fetcher).fetched) == 1


@pytest.mark.parametrize("body", [SECOND.reference.encode(), b"broken"])
def test_wrong_report_is_a_failed_try_that_keeps_what_came(fetcher: ReportFetcher, body: bytes) -> None:
    site_of(fetcher).body = body
    with pytest.raises(ReportError, match=body.decode()) as raised:
        got(fetcher, FIRST)
    assert raised.value.answer.reveal() == body


def test_session_that_ended_is_no_failed_try(fetcher: ReportFetcher) -> None:
    site_of(fetcher).errors = [SessionExpiredError("login form")] * MOST_SESSIONS
    assert got(fetcher, FIRST)[0].body.decode() == FIRST.reference


def test_session_that_ends_whenever_a_vehicle_is_asked_for_is_one(fetcher: ReportFetcher) -> None:
    site_of(fetcher).errors = [SessionExpiredError("login form")] * (MOST_SESSIONS + 1)
    with pytest.raises(ReportError, match="asks for a login"):
        got(fetcher, FIRST)


def test_browser_that_ended_is_no_failed_try(fetcher: ReportFetcher, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jdp.reports.fetcher, "BROWSER_SECONDS", 0.0)
    site_of(fetcher).errors = [BrowserGoneError("it was closed")] * (MOST_OUTAGES - 1)
    assert got(fetcher, FIRST)[0].body.decode() == FIRST.reference


def test_portal_that_was_away_costs_no_try(fetcher: ReportFetcher, availability: Availability) -> None:
    availability.away = 2
    site_of(fetcher).errors = [TabFailedError("time-out"), ReportError("HTTP 502")]
    assert got(fetcher, FIRST)[0].body.decode() == FIRST.reference


def test_portal_that_goes_away_whenever_a_vehicle_is_asked_for(
    fetcher: ReportFetcher, availability: Availability
) -> None:
    availability.away = MOST_OUTAGES
    site_of(fetcher).errors = [TabFailedError("time-out")] * MOST_OUTAGES
    with pytest.raises(ReportError, match="goes away whenever"):
        got(fetcher, FIRST)


def test_failure_of_a_portal_that_is_there_is_a_failed_try(fetcher: ReportFetcher) -> None:
    site_of(fetcher).errors = [TabFailedError("Create PDF led nowhere")]
    with pytest.raises(TabFailedError, match="led nowhere"):
        got(fetcher, FIRST)


def test_tabs_that_show_each_others_vehicle_open_one_at_a_time(fetcher: ReportFetcher) -> None:
    fetcher.turns.found(Binding.VEHICLE, "the test says so")
    site_of(fetcher).errors = [WrongVehicleError("another vehicle")]
    assert got(fetcher, FIRST)[0].body.decode() == FIRST.reference
    assert fetcher.turns.opens_alone


def test_report_that_a_crash_left_is_taken_from_the_disk(fetcher: ReportFetcher, run: Run) -> None:
    store(run, FIRST.reference).write_bytes(FIRST.reference.encode())
    assert run.store_folder is not None
    (run.store_folder / f"{SECOND.reference}.pdf").write_bytes(SECOND.reference.encode())
    answer = asyncio.run(fetcher.unrecorded(SECOND))
    assert answer is not None
    assert (answer.way, answer.body.decode()) == ("disk", SECOND.reference)
