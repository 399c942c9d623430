"""One session for everybody: logged in once, renewed once, given up after too many renewals without a report."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from jdp.exceptions import EngineClosingError, LoginRefusedError, PortalUnreachableError, SessionLostError
from jdp.items import FAILED, UNPROVEN
from jdp.portal.session import RENEWALS_WITHOUT_REPORT, Session
from tests.helpers.parts import OpenEngine, report

if TYPE_CHECKING:
    from jdp.runs.run import Run


class Crawler(OpenEngine):
    """A crawler whose spider can be closed; it notes for what."""

    def __init__(self) -> None:
        super().__init__()
        self.reasons: list[str] = []
        self.engine.close_spider_async = self._close_spider

    async def _close_spider(self, reason: str) -> None:
        self.reasons.append(reason)


class Account:
    """An account whose logins bring what they are told to, one after the other."""

    def __init__(self, *outcomes: Exception) -> None:
        self.outcomes = [*outcomes]
        self.logins = self.removed = 0
        self.cookies_middleware = SimpleNamespace(generation=0)
        self.saved = SimpleNamespace(remove=self._remove)

    def _remove(self) -> None:
        self.removed += 1

    async def log_in(self) -> object:
        self.logins += 1
        await asyncio.sleep(0)
        if self.outcomes:
            raise self.outcomes.pop(0)
        return SimpleNamespace(user_agent="Chromium", languages=("en-US", "en"))


@pytest.fixture
def session(run: Run) -> Session:
    """Return a session of an account that lets everybody in."""
    session = Session(Crawler(), run)
    session.account = Account()
    return session


def test_login_once_for_all_that_wait(session: Session) -> None:
    async def scene() -> list[int]:
        return await asyncio.gather(*(session.ensure() for _ in range(5)))

    assert asyncio.run(scene()) == [1] * 5
    assert session.account.logins == 1
    assert session.account.cookies_middleware.generation == 1


def test_expired_session_is_renewed_once(session: Session) -> None:
    async def scene() -> int:
        generation = await session.ensure()
        for _ in range(3):
            session.expired(generation)
        return await session.ensure()

    assert asyncio.run(scene()) == 2
    assert session.account.logins == 2
    assert session.account.removed == 1
    assert session.crawler.stats.get_value("jdp/sessions_expired") == 1


def test_expiry_of_an_older_session_is_no_news(session: Session) -> None:
    async def scene() -> int:
        session.expired(await session.ensure())
        await session.ensure()
        session.expired(1)
        return await session.ensure()

    assert asyncio.run(scene()) == 2


def lose(session: Session, times: int) -> None:
    async def scene() -> None:
        for _ in range(times):
            session.expired(await session.ensure())

    asyncio.run(scene())


def test_session_lost_too_often_ends_the_run(session: Session) -> None:
    lose(session, RENEWALS_WITHOUT_REPORT)
    with pytest.raises(SessionLostError, match="6 times without a report"):
        lose(session, 1)
    assert session.crawler.stats.get_value("jdp/stop_message") is not None


@pytest.mark.parametrize(("status", "forgiven"), [(UNPROVEN, True), (FAILED, False)])
def test_report_in_between_forgives_renewals(session: Session, status: str, forgiven: bool) -> None:
    lose(session, RENEWALS_WITHOUT_REPORT)
    session.item_scraped(report("165530", status))
    if forgiven:
        lose(session, RENEWALS_WITHOUT_REPORT)
    else:
        with pytest.raises(SessionLostError):
            lose(session, 1)


def test_nobody_logs_in_while_the_run_ends(session: Session) -> None:
    session.crawler.close()
    with pytest.raises(EngineClosingError):
        asyncio.run(session.ensure())
    assert session.account.logins == 0


@pytest.mark.parametrize("error", [LoginRefusedError("the password"), PortalUnreachableError("nobody there")])
def test_login_that_cannot_be_ends_the_run(session: Session, error: Exception) -> None:
    session.account = Account(error)

    async def scene() -> None:
        with pytest.raises(type(error)):
            await session.ensure()
        await asyncio.sleep(0)  # the spider is closed from a task of its own

    asyncio.run(scene())
    assert session.crawler.reasons == [error.finish_reason]


def test_portal_that_went_away_is_waited_for_at_a_renewal(session: Session) -> None:
    async def away() -> bool:
        return True

    async def scene() -> int:
        session.expired(await session.ensure())
        session.account.outcomes = [PortalUnreachableError("nobody there")]
        session.availability.waited_out = away
        return await session.ensure()

    assert asyncio.run(scene()) == 2
    assert session.account.logins == 3
