"""From a vehicle to its proven report: its turn, a tab or the learned way, the fetch, the proof, what they teach."""

from __future__ import annotations

import logging
import time
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from jdp.engine.closing import pause
from jdp.exceptions import (
    BrowserGoneError,
    DirectError,
    JdpError,
    PageError,
    PortalBusyError,
    PortalReturnedError,
    ReportError,
    SessionExpiredError,
    TabFailedError,
    WrongVehicleError,
)
from jdp.portal.client import PortalClient
from jdp.portal.recording import ReportRequest
from jdp.proof.pdf import Verdict
from jdp.proof.prover import Prover
from jdp.reports.attempt import Answer, Attempt
from jdp.reports.direct import Direct
from jdp.reports.limiter import Limiter, ReportLimiter
from jdp.reports.templates import UnfilledError
from jdp.reports.throttle import Throttle
from jdp.reports.turns import Binding, Given, Turns
from jdp.utils.secret import Secret

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from scrapy.crawler import Crawler

    from jdp.items import Vehicle
    from jdp.portal.availability import Availability
    from jdp.portal.session import Session
    from jdp.reports.recipe import Recipe
    from jdp.reports.turns import Turn
    from jdp.runs.run import Run

MOST_SESSIONS = 5  # that one vehicle may find ended
BROWSER_SECONDS = 1.0  # until another browser is asked for
MOST_OUTAGES = 10  # that one vehicle may meet
TABS_TO_LEARN = 4

logger = logging.getLogger(__name__)


class ReportFetcher:
    """Gets reports, as many at once as the site takes well and as its idea of a current vehicle allows."""

    def __init__(self, crawler: Crawler, run: Run, session: Session) -> None:
        config = run.config
        self.crawler = crawler
        self.run = run
        self.session = session
        self.client = PortalClient(crawler, config)
        self.direct = Direct(crawler, run, self.client, session)
        self.turns: Turns[Answer] = Turns(crawler)
        self.throttle = Throttle(config.concurrency, config.adaptive_concurrency, time.monotonic)
        self._under_way = ReportLimiter(crawler, self.throttle)
        self._tabs = Limiter(crawler, self.throttle, self._most_tabs, following=self._under_way)
        self._outages = 0
        self._experiment_next = False
        self._pages_say_whose = True
        self.prover = Prover(crawler.stats, run.ledger, run.config.report_labels)

    def close(self) -> None:
        """End what proves."""
        self.crawler.stats.set_value("jdp/pace", self.throttle.limit)
        self.prover.close()

    async def get(self, vehicle: Vehicle) -> Answer:
        """Return a vehicle's right or unproven report; raises PageError or ReportError for a failed try.

        What fails because the portal is away, or the session has ended, is no failed try. Raises EngineClosingError
        when the run ends first, StopRunError when it cannot go on.
        """
        availability = self.session.availability
        for _ in range(MOST_OUTAGES):
            await availability.over()
            outages = self._outages_until_now(availability)
            try:
                return await self._get(vehicle)
            except PortalReturnedError:
                continue
            except BrowserGoneError as error:
                logger.info("%s: %s; trying again", ascii(vehicle.reference)[1:-1], error)
                await pause(self.crawler, BROWSER_SECONDS)
            except (TabFailedError, ReportError):
                if availability.count == outages and not await availability.waited_out():
                    raise
        raise ReportError("the portal or the browser goes away whenever this report is asked for")

    def _outages_until_now(self, availability: Availability) -> int:
        """Return how often the portal was away so far; after each time its pace is found anew."""
        if availability.count != self._outages:
            self._outages = availability.count
            self.throttle.restart()
        return availability.count

    async def _get(self, vehicle: Vehicle) -> Answer:
        attempt = Attempt(vehicle, self.run.config.report_timeout)
        sessions = 0
        while sessions <= MOST_SESSIONS:
            await self.session.ensure()  # a renewal, or waiting out a lock, is not of the try's time
            async with self.turns.turn(vehicle, lambda: self._needs_no_tab(attempt)) as turn:
                try:
                    answer = await self._in_turn(turn, attempt)
                except SessionExpiredError:
                    sessions += 1
                    continue
                except DirectError as error:
                    attempt.refused = str(error)
                    continue
            if answer is not None:
                worked = self.run.config.report_timeout - attempt.seconds
                return replace(self._accept(answer), seconds=worked)
        raise ReportError("the portal asks for a login whenever this report is asked for")

    def _most_tabs(self) -> int:
        """Return how many tabs may work at once: a few are enough to learn from, more would only slow each other."""
        return min(TABS_TO_LEARN, self.throttle.ceiling) if self.direct.learning else self.throttle.ceiling

    def _needs_no_tab(self, attempt: Attempt) -> bool:
        return attempt.refused is None and self.direct.trusted and self.direct.takes(attempt.vehicle) is not None

    async def _in_turn(self, turn: Turn[Answer], attempt: Attempt) -> Answer | None:
        """Return the answer, or None when an experiment left this vehicle without one."""
        if turn.given is not None:
            return await self._fetch(attempt, turn.given.ask) if turn.given.ask is not None else turn.given.answer
        way = None if attempt.refused is not None else self.direct.takes(attempt.vehicle)
        if way is not None and (self.direct.trusted or not self.direct.on_trial):
            return await self._directly(way, attempt)
        if not turn.alone and self.turns.binding is not Binding.VEHICLE:
            raise DirectError("the learned way was given up just now")
        partner = self.turns.partner() if turn.alone and self._experiment_next else None
        if partner is not None:
            return await self._experiment(attempt, partner)
        return await self._through_tab(turn, attempt)

    def _accept(self, answer: Answer) -> Answer:
        proof = answer.proof
        if proof.verdict is Verdict.RIGHT:
            self.turns.proven()
        if proof.verdict is Verdict.WRONG:
            self.turns.mixed_up(proof.other)
        if proof.verdict in (Verdict.WRONG, Verdict.BROKEN):
            error = ReportError(proof.reason)
            error.answer = Secret(answer.body)
            raise error
        return answer

    @asynccontextmanager
    async def _step(self, gate: Limiter, attempt: Attempt) -> AsyncIterator[float]:
        """Enter a gate, give the deadline for what is done inside, and take its time from the try's."""
        async with gate.entered():
            began = time.monotonic()
            try:
                yield began + attempt.seconds
            finally:
                attempt.seconds -= time.monotonic() - began

    # Without a tab

    async def _directly(self, way: Recipe, attempt: Attempt) -> Answer:
        """Ask for a report in the learned way; raises DirectError when it takes a tab after all."""
        vehicle = attempt.vehicle
        self.direct.on_trial = not self.direct.trusted
        try:
            async with self._step(self._under_way, attempt) as deadline:
                ask = await self.direct.ask(way, vehicle, deadline)
                body = await self.client.fetch(ask, deadline)
        except PortalBusyError:
            raise
        except UnfilledError as error:
            raise DirectError(str(error)) from None
        except (DirectError, ReportError) as error:
            if await self.session.availability.waited_out():
                raise PortalReturnedError(str(error)) from None
            raise self._not_directly(way, vehicle, str(error)) from None
        finally:
            self.direct.on_trial = False
        answer = await self._prove(vehicle, body, ask)
        if answer.proof.verdict is not Verdict.RIGHT:
            attempt.unproven = answer if answer.proof.verdict is Verdict.UNPROVEN else None
            raise self._not_directly(way, vehicle, answer.proof.reason)
        self.direct.proven(way)
        self.turns.look()
        return replace(answer, way="direct")

    def _not_directly(self, way: Recipe, vehicle: Vehicle, why: str) -> DirectError:
        self.direct.failed(way, f"{vehicle.reference}: {why}")
        logger.info("%s: %s; trying in a tab", ascii(vehicle.reference)[1:-1], ascii(why)[1:-1])
        return DirectError(why)

    # Through a tab

    async def _through_tab(self, turn: Turn[Answer], attempt: Attempt) -> Answer:
        vehicle = attempt.vehicle
        ask = await self._ask(attempt, alone=turn.alone)
        if turn.alone and ask.names(vehicle):
            self.turns.found(Binding.VEHICLE, "the address names it")
        before = attempt.unproven
        if before is not None and before.ask is not None and before.ask.sent == ask.sent:
            return before  # asked for in the same words already: the site would make it once more
        answer = await self._fetch(attempt, ask)
        self._experiment_next |= answer.proof.verdict is Verdict.RIGHT
        return answer

    async def _ask(self, attempt: Attempt, *, alone: bool) -> ReportRequest:
        """Learn the address in a tab; where tabs change each other's vehicle, one opens at a time."""
        if alone:
            return await self._ask_once(attempt, alone=True)
        if not self.turns.opens_alone:
            try:
                return await self._ask_once(attempt, alone=False)
            except WrongVehicleError:
                self.turns.open_alone()
        async with self.turns.opening_alone():
            if self._pages_say_whose:
                try:
                    return await self._ask_once(attempt, alone=False)
                except WrongVehicleError:
                    self._pages_say_whose = False  # the proof of the report will
            return await self._ask_once(attempt, alone=True)

    async def _ask_once(self, attempt: Attempt, *, alone: bool) -> ReportRequest:
        async with self._step(self._tabs, attempt) as deadline:
            return await self.client.ask(attempt.vehicle, deadline, alone=alone, record=self.direct.learning)

    async def _fetch(self, attempt: Attempt, ask: ReportRequest) -> Answer:
        """Fetch what a tab asked for, and learn from it when it is right."""
        async with self._step(self._under_way, attempt) as deadline:
            body = await self.client.fetch(ask, deadline)
        answer = await self._prove(attempt.vehicle, body, ask)
        if answer.proof.verdict is Verdict.RIGHT and self.direct.observe(attempt.vehicle, ask):
            self.turns.look()
        return answer

    async def unrecorded(self, vehicle: Vehicle) -> Answer | None:
        """Return the right report that a crash left on the disk without a row in the ledger."""
        body = self.run.unrecorded(vehicle.reference)
        answer = await self._prove(vehicle, body, None) if body is not None else None
        if answer is None or answer.proof.verdict is not Verdict.RIGHT:
            return None
        logger.info("%s: its report is on the disk already", ascii(vehicle.reference)[1:-1])
        return replace(answer, way="disk")

    async def _prove(self, vehicle: Vehicle, body: bytes, ask: ReportRequest | None) -> Answer:
        proof = await self.prover.prove(vehicle, body)
        return Answer(self.prover.own_bytes(vehicle, body), proof, ask)

    # The experiment

    async def _experiment(self, attempt: Attempt, partner: Turn[Answer]) -> Answer | None:
        """Open and ask for two vehicles, then fetch the first one's address: whose report it is tells the binding."""
        vehicle, other = attempt.vehicle, Attempt(partner.vehicle, self.run.config.report_timeout)
        given: Given[Answer] = Given()
        try:
            async with self._step(self._tabs, attempt) as deadline:
                asks = await self.client.ask_two(vehicle, other.vehicle, deadline, record=self.direct.learning)
            answer = await self._try_fetch(attempt, asks[0])
            verdict = answer.proof.verdict if answer else None
            if answer and verdict is Verdict.RIGHT:
                self.turns.found(Binding.VEHICLE, f"{vehicle.reference}'s address held while another was opened")
                given = Given(ask=asks[1]) if isinstance(asks[1], ReportRequest) else given
                return answer
            if answer and verdict is Verdict.WRONG and answer.proof.other == other.vehicle.reference:
                self.turns.found(Binding.SESSION, f"{vehicle.reference}'s address gave the report opened after it")
                given = Given(answer=await self._prove(other.vehicle, answer.body, answer.ask))
                return None
            given = Given(answer=await self._try_fetch(other, asks[1]))
            # A report that names nobody may be the other's: only a tab that works alone may bring one.
            unproven = answer is not None and answer.proof.verdict is Verdict.UNPROVEN
            return None if unproven else answer
        finally:
            self.turns.experimented()
            partner.start(given=given)

    async def _try_fetch(self, attempt: Attempt, ask: ReportRequest | JdpError) -> Answer | None:
        """Fetch for the experiment, where a failure shows nothing and is no failed try of the vehicle."""
        if not isinstance(ask, ReportRequest):
            return None
        try:
            return await self._fetch(attempt, ask)
        except (PageError, ReportError) as error:
            logger.info("%s: %s", attempt.vehicle.reference, error)
            return None
