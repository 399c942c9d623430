"""From a vehicle to its proven report: its turn, a tab or the learned recipe, the fetch, the proof, what they teach."""

from __future__ import annotations

import logging
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from jdp.engine.closing import pause
from jdp.exceptions import (
    BrowserGoneError,
    DirectError,
    PortalBusyError,
    PortalReturnedError,
    ReportError,
    SessionExpiredError,
    TabFailedError,
    WrongVehicleError,
)
from jdp.proof.pdf import Verdict
from jdp.reports.attempt import Answer, Attempt
from jdp.reports.experiment import Experiment
from jdp.reports.steps import Steps
from jdp.reports.templates import UnfilledError
from jdp.reports.throttle import Throttle
from jdp.reports.turns import Binding, Turns
from jdp.utils.secret import Secret

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from jdp.exceptions import JdpError
    from jdp.items import Vehicle
    from jdp.portal.recording import ReportRequest
    from jdp.portal.session import Session
    from jdp.reports.recipe import Recipe
    from jdp.reports.turns import Turn
    from jdp.runs.run import Run

MOST_SESSIONS = 5  # that one vehicle may find ended
BROWSER_SECONDS = 1.0  # until another browser is asked for
MOST_OUTAGES = 10  # that one vehicle may meet

logger = logging.getLogger(__name__)


class ReportFetcher:
    """Gets reports, as many at once as the site takes well and as its idea of a current vehicle allows."""

    def __init__(self, crawler: Crawler, run: Run, session: Session) -> None:
        config = run.config
        self.crawler = crawler
        self.run = run
        self.session = session
        self.turns: Turns[Answer] = Turns(crawler)
        self.throttle = Throttle(config.concurrency, config.adaptive_concurrency, time.monotonic)
        self.steps = Steps(crawler, run, session, self.throttle, self.turns)
        self.direct = self.steps.direct
        self._outages = 0
        self._experiment_next = False
        self._pages_say_whose = True

    async def start(self) -> None:
        """Have ready what proves; raises PdfReaderError."""
        await self.steps.prover.start()

    def close(self) -> None:
        """End what proves."""
        self.crawler.stats.set_value("jdp/pace", self.throttle.limit)
        self.steps.close()

    async def get(self, vehicle: Vehicle) -> Answer:
        """Return a vehicle's right or unproven report; raises PageError or ReportError for a failed try.

        What fails because the portal is away, or the session has ended, is no failed try. Raises EngineClosingError
        when the run ends first, StopRunError when it cannot go on.
        """
        availability, refusals = self.session.availability, self.session.refusals
        met = 0
        while met < MOST_OUTAGES:
            await availability.over()
            outages = self._outages_until_now()
            try:
                async with refusals.passing():
                    answer = await self._get(vehicle)
            except PortalReturnedError:
                met += 1
            except BrowserGoneError as error:
                logger.info("%s: %s; trying again", ascii(vehicle.reference)[1:-1], error)
                await pause(self.crawler, BROWSER_SECONDS)
                met += 1
            except (TabFailedError, ReportError) as error:
                if await self._was_away(outages, error):
                    met += 1
                elif not await refusals.met(vehicle.reference, error):
                    raise
            else:
                refusals.came_through()
                return answer
        raise ReportError("the portal or the browser goes away whenever this report is asked for")

    def _outages_until_now(self) -> int:
        """Return how often the portal was away so far; after each time its pace is found anew."""
        count = self.session.availability.count
        if count + self.session.refusals.count != self._outages:
            self._outages = count + self.session.refusals.count
            self.throttle.restart()
        return count

    async def _was_away(self, outages: int, error: JdpError) -> bool:
        """Tell whether the portal was away when something failed, once it is back; a refusal is an answer."""
        if (error.refused or error.instead) and not isinstance(error, PortalBusyError):
            return False
        availability = self.session.availability
        return availability.count != outages or await availability.waited_out()

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
                if attempt.turned_away and self.direct.recipe is not None:
                    self.direct.failed(self.direct.recipe, f"{vehicle.reference}: {attempt.refused}")
                worked = self.run.config.report_timeout - attempt.seconds
                return replace(self._accept(answer), seconds=worked)
        raise ReportError("the portal asks for a login whenever this report is asked for")

    def _needs_no_tab(self, attempt: Attempt) -> bool:
        return attempt.refused is None and self.direct.trusted and self.direct.takes(attempt.vehicle) is not None

    async def _in_turn(self, turn: Turn[Answer], attempt: Attempt) -> Answer | None:
        """Return the answer, or None when an experiment left this vehicle without one."""
        if turn.given is not None:
            return await self.steps.fetch(attempt, turn.given.ask) if turn.given.ask is not None else turn.given.answer
        recipe = None if attempt.refused is not None else self.direct.takes(attempt.vehicle)
        if recipe is not None and (self.direct.trusted or not self.direct.on_trial):
            return await self._directly(recipe, attempt)
        if not turn.alone and self.turns.binding is not Binding.VEHICLE:
            raise DirectError("the learned recipe was given up just now")
        partner = self.turns.partner() if turn.alone and self._experiment_next else None
        if partner is not None:
            return await Experiment(self.steps, self.turns).run(attempt, partner)
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

    # Without a tab

    async def _directly(self, recipe: Recipe, attempt: Attempt) -> Answer:
        """Ask for a report by the learned recipe; raises DirectError when it takes a tab after all."""
        vehicle = attempt.vehicle
        self.direct.on_trial = not self.direct.trusted
        try:
            answer = await self.steps.fetch_directly(attempt, recipe)
        except PortalBusyError:
            raise
        except UnfilledError as error:
            raise DirectError(str(error)) from None
        except (DirectError, ReportError) as error:
            if error.refused or error.instead:  # a tab tells whether it means the recipe or the run
                attempt.turned_away = True
                raise DirectError(str(error)) from None
            if await self.session.availability.waited_out():
                raise PortalReturnedError(str(error)) from None
            raise self._not_directly(recipe, vehicle, str(error)) from None
        finally:
            self.direct.on_trial = False
        if answer.proof.verdict is not Verdict.RIGHT:
            attempt.unproven = answer if answer.proof.verdict is Verdict.UNPROVEN else None
            raise self._not_directly(recipe, vehicle, answer.proof.reason)
        self.direct.proven(recipe)
        self.turns.look()
        return replace(answer, way="direct")

    def _not_directly(self, recipe: Recipe, vehicle: Vehicle, why: str) -> DirectError:
        self.direct.failed(recipe, f"{vehicle.reference}: {why}")
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
        answer = await self.steps.fetch(attempt, ask)
        self._experiment_next |= answer.proof.verdict is Verdict.RIGHT
        return answer

    async def _ask(self, attempt: Attempt, *, alone: bool) -> ReportRequest:
        """Learn the address in a tab; where tabs change each other's vehicle, one opens at a time."""
        if alone:
            return await self.steps.ask(attempt, alone=True)
        if not self.turns.opens_alone:
            try:
                return await self.steps.ask(attempt, alone=False)
            except WrongVehicleError:
                self.turns.open_alone()
        async with self.turns.opening_alone():
            if self._pages_say_whose:
                try:
                    return await self.steps.ask(attempt, alone=False)
                except WrongVehicleError:
                    self._pages_say_whose = False  # the proof of the report will
            return await self.steps.ask(attempt, alone=True)

    async def unrecorded(self, vehicle: Vehicle) -> Answer | None:
        """Return the right report that a crash left on the disk without a row in the ledger."""
        body = self.run.unrecorded(vehicle.reference)
        answer = await self.steps.prove(vehicle, body, None) if body is not None else None
        if answer is None or answer.proof.verdict is not Verdict.RIGHT:
            return None
        logger.info("%s: its report is on the disk already", ascii(vehicle.reference)[1:-1])
        return replace(answer, way="disk")
