"""Whether the portal is there: asked once for all, waited for, given up in the end."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from scrapy.http import Response

from jdp.exceptions import EngineClosingError, PortalUnreachableError
from jdp.portal import availability
from jdp.portal.availability import Availability
from tests.helpers.parts import OpenEngine

if TYPE_CHECKING:
    from scrapy import Request

    from jdp.runs.run import Run


class Crawler(OpenEngine):
    """A crawler whose plain requests are answered with these statuses or errors, the last one again and again."""

    def __init__(self, *answers: int | Exception) -> None:
        super().__init__()
        self.answers = [*answers]
        self.asked: list[str] = []
        self.reasons: list[str] = []
        handlers = SimpleNamespace(download_request_async=self._answer)
        self.engine.downloader = SimpleNamespace(handlers=handlers)
        self.engine.close_spider_async = self._close_spider

    async def _answer(self, request: Request) -> Response:
        self.asked.append(request.url)
        await asyncio.sleep(0)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return Response(request.url, status=answer)

    async def _close_spider(self, reason: str) -> None:
        self.reasons.append(reason)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask again at once."""
    monkeypatch.setattr(availability, "FIRST_PAUSE", 0.0)


@pytest.mark.parametrize("status", [200, 302, 403, 404])
def test_portal_that_answers_is_there(run: Run, status: int) -> None:
    crawler = Crawler(status)
    assert asyncio.run(Availability(crawler, run.config).waited_out()) is False
    assert crawler.stats.get_value("jdp/outages") is None


@pytest.mark.parametrize("silence", [500, 503, ConnectionError("refused")])
def test_portal_that_comes_back_is_waited_for(run: Run, silence: int | Exception) -> None:
    crawler = Crawler(silence, silence, 200)
    waiting = Availability(crawler, run.config)
    assert asyncio.run(waiting.waited_out()) is True
    assert len(crawler.asked) == 3
    assert (waiting.count, crawler.stats.get_value("jdp/waiting")) == (1, "")


def test_one_asks_for_all(run: Run) -> None:
    crawler = Crawler(503, 200)
    waiting = Availability(crawler, run.config)

    async def scene() -> list[bool]:
        return await asyncio.gather(*(waiting.waited_out() for _ in range(4)))

    assert asyncio.run(scene()) == [True] * 4
    assert len(crawler.asked) == 2
    assert waiting.count == 1


def test_portal_that_stays_away_ends_the_run(open_run: object) -> None:
    crawler = Crawler(503)
    waiting = Availability(crawler, open_run(PORTAL_WAIT=0).config)

    async def scene() -> None:
        with pytest.raises(PortalUnreachableError, match="HTTP 503"):
            await waiting.waited_out()
        await asyncio.sleep(0)  # the spider is closed from a task of its own

    asyncio.run(scene())
    assert crawler.reasons == ["portal_unreachable"]


def test_nobody_waits_while_the_run_ends(run: Run) -> None:
    crawler = Crawler(503)
    crawler.close()
    with pytest.raises(EngineClosingError):
        asyncio.run(Availability(crawler, run.config).waited_out())
    assert crawler.asked == []
