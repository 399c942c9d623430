"""Whose a refusal is: a vehicle's own, or the portal's word to the run."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from scrapy.http import HtmlResponse, Response

from jdp.exceptions import JdpError, PortalBusyError, PortalRefusesError, PortalUnreachableError, ReportError
from jdp.portal import refusals
from jdp.portal.login_form import page_instead, title_instead
from jdp.portal.refusals import REFUSED_ROUNDS, Refusals
from jdp.portal.responses import refusal
from tests.helpers.parts import OpenEngine

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from jdp.runs.run import Run

MAINTENANCE = b"<!DOCTYPE html><html><head><title>We will be\n back</title></head><body><h1>Sorry</h1></body></html>"


class Crawler(OpenEngine):
    """A crawler whose spider can be closed; it notes for what."""

    def __init__(self) -> None:
        super().__init__()
        self.reasons: list[str] = []
        self.runner = asyncio.Runner()  # of a whole test: there is one look-out for its waits
        self.engine.close_spider_async = self._close_spider

    async def _close_spider(self, reason: str) -> None:
        self.reasons.append(reason)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask again at once."""
    monkeypatch.setattr(refusals, "FIRST_PAUSE", 0.0)


@pytest.fixture
def word(run: Run) -> Iterator[Refusals]:
    crawler = Crawler()
    with crawler.runner:
        yield Refusals(crawler, run.config)


def forbidden(status: int = 403) -> ReportError:
    error = (PortalBusyError if status == 429 else ReportError)(f"HTTP {status}")
    error.refused = f"HTTP {status}"
    return error


def strange() -> ReportError:
    error = ReportError("an HTML page")
    error.instead = "We will be back"
    return error


def meets(word: Refusals, *who: str, error: Callable[[], JdpError] = forbidden) -> list[bool]:
    """Let some meet a refusal, one after the other; tell whose it costs nothing."""

    async def scene() -> list[bool]:
        return [await word.met(name, error()) for name in who]

    return word.crawler.runner.run(scene())


def test_failure_that_is_no_refusal_is_the_vehicles(word: Refusals) -> None:
    assert meets(word, "1", error=lambda: ReportError("a PDF cut off")) == [False]


def test_refusal_of_one_vehicle_while_others_come_is_its_own(word: Refusals) -> None:
    assert meets(word, "1") == [True]
    word.came_through()
    assert meets(word, "1", "1") == [False, False]
    assert word.count == 0


def test_refusals_of_the_only_vehicle_are_its_own(word: Refusals) -> None:
    assert meets(word, "1", "1", "1") == [True, False, False]


@pytest.mark.parametrize("error", [forbidden, strange])
def test_refusals_in_a_row_are_the_runs_and_cost_nobody_a_try(word: Refusals, error: Callable[[], JdpError]) -> None:
    assert meets(word, "1", "2", "3", "1", "2", error=error) == [True] * 5
    assert word.count == 1
    assert word.crawler.stats.get_value("jdp/refusals" if error is forbidden else "jdp/outages") == 1
    word.came_through()
    assert meets(word, "1", error=error) == [True]


def test_refusals_that_differ_are_no_row(word: Refusals) -> None:
    assert meets(word, "1", "2") + meets(word, "3", "4", error=strange) == [True] * 4
    assert word.count == 0


def test_busy_portal_is_given_more_rope(word: Refusals) -> None:
    names = [str(number) for number in range(2 * word.config.concurrency + refusals.IN_A_ROW)]
    assert meets(word, *names[:-1], error=lambda: forbidden(429))
    assert word.count == 0
    assert meets(word, names[-1], error=lambda: forbidden(429)) == [True]
    assert word.count == 1


async def run_all(*tasks: Awaitable[None]) -> list[BaseException | None]:
    return await asyncio.gather(*tasks, return_exceptions=True)


def test_one_at_a_time_while_the_portal_refuses_then_all(word: Refusals) -> None:
    meets(word, "1", "2", "3")
    inside: set[int] = set()
    most: list[int] = []

    async def go(number: int) -> None:
        async with word.passing():
            inside.add(number)
            most.append(len(inside))
            await asyncio.sleep(0)
            inside.discard(number)
        if len(most) == 2:
            word.came_through()

    async def scene() -> None:
        assert await run_all(*(go(number) for number in range(6))) == [None] * 6

    word.crawler.runner.run(scene())
    assert most[:2] == [1, 1]
    assert len(most) == 6


def test_portal_that_goes_on_refusing_ends_the_run(word: Refusals) -> None:
    meets(word, "1", "2", "3")

    async def scene() -> None:
        for _ in range(REFUSED_ROUNDS):
            async with word.passing():
                assert await word.met("1", forbidden())
        with pytest.raises(PortalRefusesError, match=r"HTTP 403.*same JOBDIR"):
            async with word.passing():
                pass
        await asyncio.sleep(0)  # the spider is closed from a task of its own

    word.crawler.runner.run(scene())
    assert word.crawler.reasons == ["portal_refuses"]


def test_page_that_stays_ends_the_run_and_is_quoted(open_run: Callable[..., Run]) -> None:
    word = Refusals(Crawler(), open_run(PORTAL_WAIT=0).config)

    async def scene() -> None:
        with pytest.raises(PortalUnreachableError, match="'We will be back'"):
            await word.met_by_all(strange())

    word.crawler.runner.run(scene())


@pytest.mark.parametrize(
    ("status", "refuses"),
    [(401, True), (403, True), (429, True), (503, True), (404, False), (410, False), (500, False)],
)
def test_status_that_refuses(status: int, refuses: bool) -> None:
    assert bool(refusal(status)) is refuses


@pytest.mark.parametrize(
    ("body", "title"),
    [
        (MAINTENANCE, "We will be back"),
        (b"\xef\xbb\xbf  <h1>Closed</h1>", "Closed"),
        (b"<html></html>", "without a title"),
        (b"<html><title>Inventory</title><a id='btnLogout'>", ""),
        (b"%PDF-1.4 <html>", ""),
    ],
)
def test_page_in_place_of_a_file(body: bytes, title: str) -> None:
    kind = HtmlResponse if body.startswith(b"<") else Response
    assert page_instead(kind("http://portal.test/", body=body)) == title


@pytest.mark.parametrize(
    ("text", "title"), [(MAINTENANCE.decode(), "We will be back"), ("<table><tr><td>1", ""), ("", "")]
)
def test_page_in_place_of_a_scripts_answer(text: str, title: str) -> None:
    assert title_instead(text) == title
