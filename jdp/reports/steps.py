"""The steps of a try: asking in a tab, fetching by plain HTTP, proving. Each keeps to its limiter and the time."""

from __future__ import annotations

import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from jdp.exceptions import PageMismatchError
from jdp.portal.client import PortalClient
from jdp.proof.pdf import Verdict
from jdp.proof.prover import Prover
from jdp.reports.attempt import Answer
from jdp.reports.broken_page import BrokenPage
from jdp.reports.direct import Direct
from jdp.reports.limiter import Limiter, ReportLimiter

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from scrapy.crawler import Crawler

    from jdp.exceptions import JdpError
    from jdp.items import Vehicle
    from jdp.portal.recording import ReportRequest
    from jdp.portal.session import Session
    from jdp.reports.attempt import Attempt
    from jdp.reports.recipe import Recipe
    from jdp.reports.throttle import Throttle
    from jdp.reports.turns import Turns
    from jdp.runs.run import Run

TABS_TO_LEARN = 4


class Steps:
    """Takes the steps of all vehicles, and learns from what their tabs asked for."""

    def __init__(self, crawler: Crawler, run: Run, session: Session, throttle: Throttle, turns: Turns[Answer]) -> None:
        self.seconds = run.config.report_timeout  # that a try may take
        self.throttle = throttle
        self.turns = turns
        self.client = PortalClient(crawler, run.config)
        self.direct = Direct(crawler, run, self.client, session)
        self.prover = Prover(crawler.stats, run.ledger, run.config.report_labels)
        self._broken = BrokenPage(crawler, session)
        self._under_way = ReportLimiter(crawler, throttle)
        self._tabs = Limiter(crawler, throttle, self._most_tabs, following=self._under_way)

    def close(self) -> None:
        """End what proves."""
        self.prover.close()

    def _most_tabs(self) -> int:
        """Return how many tabs may work at once: a few are enough to learn from, more would only slow each other."""
        return min(TABS_TO_LEARN, self.throttle.ceiling) if self.direct.learning else self.throttle.ceiling

    @asynccontextmanager
    async def _step(self, limiter: Limiter, attempt: Attempt) -> AsyncIterator[float]:
        """Enter a limiter, give the deadline for what is done inside, and take its time from the try's."""
        async with limiter.entered():
            began = time.monotonic()
            try:
                yield began + attempt.seconds
            finally:
                attempt.seconds -= time.monotonic() - began

    async def ask(self, attempt: Attempt, *, alone: bool) -> ReportRequest:
        """Open a vehicle in a tab and learn what asks for its report; raises PageError or ReportError."""
        async with self._step(self._tabs, attempt) as deadline:
            try:
                ask = await self.client.ask(attempt.vehicle, deadline, alone=alone, record=self.direct.learning)
            except PageMismatchError as error:
                self._broken.met(attempt.vehicle.reference, error)
                raise
        self._broken.worked()
        return ask

    async def ask_two(self, attempt: Attempt, other: Vehicle) -> tuple[ReportRequest | JdpError, ...]:
        """Open two vehicles, then ask for both; raises PageError or ReportError."""
        async with self._step(self._tabs, attempt) as deadline:
            return await self.client.ask_two(attempt.vehicle, other, deadline, record=self.direct.learning)

    async def fetch(self, attempt: Attempt, ask: ReportRequest) -> Answer:
        """Fetch what a tab asked for, and learn from it when it is right."""
        async with self._step(self._under_way, attempt) as deadline:
            body = await self.client.fetch(ask, deadline)
        answer = await self.prove(attempt.vehicle, body, ask)
        if answer.proof.verdict is Verdict.RIGHT and self.direct.observe(attempt.vehicle, ask):
            self.turns.look()
        return answer

    async def fetch_directly(self, attempt: Attempt, recipe: Recipe) -> Answer:
        """Fetch a report by the learned recipe; raises UnfilledError, DirectError or ReportError."""
        async with self._step(self._under_way, attempt) as deadline:
            ask = await self.direct.ask(recipe, attempt.vehicle, deadline)
            body = await self.client.fetch(ask, deadline)
        return await self.prove(attempt.vehicle, body, ask)

    async def prove(self, vehicle: Vehicle, body: bytes, ask: ReportRequest | None) -> Answer:
        """Find out whose report a body is."""
        proof = await self.prover.prove(vehicle, body)
        return Answer(self.prover.own_bytes(vehicle, body), proof, ask)
