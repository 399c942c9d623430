"""From a vehicle to its proven report: its turn, the tab, the fetch, the proof, and what they teach about the site."""

from __future__ import annotations

import asyncio
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jdp.exceptions import JdpError, PageError, ReportError, SessionExpiredError, WrongVehicleError
from jdp.pages.vehicle import Ask
from jdp.pdf import BrokenPdfError, Proof, Verdict, judge, read_text
from jdp.portal import Portal
from jdp.turns import Binding, Given, Turns

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from scrapy.crawler import Crawler

    from jdp.items import Vehicle
    from jdp.run import Run
    from jdp.turns import Turn

MOST_SESSIONS = 5  # that one vehicle may find ended

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Answer:
    """What an address gave, and whose report it is."""

    body: bytes
    proof: Proof


class Reports:
    """Gets reports, as many at once as the site's idea of a current vehicle allows."""

    def __init__(self, crawler: Crawler, run: Run, session_ready: Callable[[], Awaitable[object]]) -> None:
        self.crawler = crawler
        self.run = run
        self.session_ready = session_ready
        self.portal = Portal(crawler, run.config)
        self.turns: Turns[Answer] = Turns(crawler)
        self._experiment_next = False
        self._pages_say_whose = True
        self._pdf_thread = ThreadPoolExecutor(1, "pdf")  # PDFium is not thread-safe

    def close(self) -> None:
        """End the proving thread."""
        self._pdf_thread.shutdown()

    async def get(self, vehicle: Vehicle) -> Answer:
        """Return a vehicle's right or unproven report; raises PageError or ReportError for a failed try.

        A session that ends meanwhile is no failed try. Raises EngineClosingError when the run ends first.
        """
        sessions = 0
        while sessions <= MOST_SESSIONS:
            await self.session_ready()  # a renewal, or waiting out a lock, is not of the try's time
            async with self.turns.turn(vehicle) as turn:
                try:
                    answer = await self._in_turn(turn)
                except SessionExpiredError:
                    sessions += 1
                    continue
            if answer is not None:
                return self._accept(answer)
        raise ReportError("the portal asks for a login whenever this report is asked for")

    async def _in_turn(self, turn: Turn[Answer]) -> Answer | None:
        """Return the answer, or None when an experiment left this vehicle without one."""
        vehicle, deadline = turn.vehicle, time.monotonic() + self.run.config.report_timeout
        if turn.given is not None:
            if turn.given.ask is not None:
                return await self._fetch(vehicle, turn.given.ask, deadline)
            return turn.given.answer
        partner = self.turns.partner() if turn.alone and self._experiment_next else None
        if partner is not None:
            return await self._experiment(vehicle, partner, deadline)
        ask = await self._ask(vehicle, deadline, alone=turn.alone)
        if turn.alone and ask.names(vehicle):
            self.turns.found(Binding.VEHICLE, "the address names it")
        answer = await self._fetch(vehicle, ask, deadline)
        self._experiment_next |= answer.proof.verdict is Verdict.RIGHT
        return answer

    async def _ask(self, vehicle: Vehicle, deadline: float, *, alone: bool) -> Ask:
        """Learn the address in a tab; where tabs change each other's vehicle, one opens at a time."""
        if alone:
            return await self.portal.ask(vehicle, deadline, alone=True)
        if not self.turns.opens_alone:
            try:
                return await self.portal.ask(vehicle, deadline, alone=False)
            except WrongVehicleError:
                self.turns.open_alone()
        async with self.turns.opening_alone():
            deadline = time.monotonic() + self.run.config.report_timeout
            if self._pages_say_whose:
                try:
                    return await self.portal.ask(vehicle, deadline, alone=False)
                except WrongVehicleError:
                    self._pages_say_whose = False  # the proof of the report will
            return await self.portal.ask(vehicle, deadline, alone=True)

    async def _fetch(self, vehicle: Vehicle, ask: Ask, deadline: float) -> Answer:
        body = await self.portal.fetch(ask, deadline)
        try:
            text = await asyncio.get_running_loop().run_in_executor(self._pdf_thread, read_text, body)
        except BrokenPdfError as error:
            proof = Proof(Verdict.BROKEN, str(error))
        else:
            proof = judge(text, vehicle.reference, vehicle.vin, self.run.ledger, self.run.config.report_labels)
        self.crawler.stats.inc_value(f"jdp/proof/{proof.verdict.value}")
        return Answer(body, proof)

    def _accept(self, answer: Answer) -> Answer:
        proof = answer.proof
        if proof.verdict is Verdict.RIGHT:
            self.turns.proven()
        if proof.verdict is Verdict.WRONG:
            self.turns.mixed_up(proof.other)
        if proof.verdict in (Verdict.WRONG, Verdict.BROKEN):
            raise ReportError(proof.reason)
        return answer

    # The experiment

    async def _experiment(self, vehicle: Vehicle, partner: Turn[Answer], deadline: float) -> Answer | None:
        """Open and ask for two vehicles, then fetch the first one's address: whose report it is tells the binding."""
        given: Given[Answer] = Given()
        try:
            asks = await self.portal.ask_two(vehicle, partner.vehicle, deadline)
            answer = await self._try_fetch(vehicle, asks[0], deadline)
            verdict = answer.proof.verdict if answer else None
            if answer and verdict is Verdict.RIGHT:
                self.turns.found(Binding.VEHICLE, f"{vehicle.reference}'s address held while another was opened")
                given = Given(ask=asks[1]) if isinstance(asks[1], Ask) else given
                return answer
            if answer and verdict is Verdict.WRONG and answer.proof.other == partner.vehicle.reference:
                self.turns.found(Binding.SESSION, f"{vehicle.reference}'s address gave the report opened after it")
                given = Given(answer=await self._judged_for(partner.vehicle, answer))
                return None
            given = Given(answer=await self._try_fetch(partner.vehicle, asks[1], deadline))
            # A report that names nobody may be the other's: only a tab that works alone may bring one.
            unproven = answer is not None and answer.proof.verdict is Verdict.UNPROVEN
            return None if unproven else answer
        finally:
            self.turns.experimented()
            partner.start(given=given)

    async def _try_fetch(self, vehicle: Vehicle, ask: Ask | JdpError, deadline: float) -> Answer | None:
        """Fetch for the experiment, where a failure shows nothing and is no failed try of the vehicle."""
        if not isinstance(ask, Ask):
            return None
        try:
            return await self._fetch(vehicle, ask, deadline)
        except (PageError, ReportError) as error:
            logger.info("%s: %s", vehicle.reference, error)
            return None

    async def _judged_for(self, vehicle: Vehicle, answer: Answer) -> Answer:
        """Hold a report that turned out to be another vehicle's against that vehicle itself."""
        text = await asyncio.get_running_loop().run_in_executor(self._pdf_thread, read_text, answer.body)
        labels = self.run.config.report_labels
        return Answer(answer.body, judge(text, vehicle.reference, vehicle.vin, self.run.ledger, labels))
