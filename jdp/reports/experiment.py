"""The one experiment that tells what a report's address is bound to: its vehicle, or what the session opened last."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from jdp.exceptions import JdpError, PageError, ReportError
from jdp.portal.recording import ReportRequest
from jdp.proof.pdf import Verdict
from jdp.reports.attempt import Answer, Attempt
from jdp.reports.turns import Binding, Given

if TYPE_CHECKING:
    from jdp.reports.steps import Steps
    from jdp.reports.turns import Turn, Turns

logger = logging.getLogger(__name__)


class Experiment:
    """Works on two vehicles at once, while nobody else does."""

    def __init__(self, steps: Steps, turns: Turns[Answer]) -> None:
        self.steps = steps
        self.turns = turns

    async def run(self, attempt: Attempt, partner: Turn[Answer]) -> Answer | None:
        """Open and ask for two vehicles, then fetch the first one's address: whose report it is tells the binding."""
        vehicle, other = attempt.vehicle, Attempt(partner.vehicle, self.steps.seconds)
        given: Given[Answer] = Given()
        try:
            asks = await self.steps.ask_two(attempt, other.vehicle)
            answer = await self._try_fetch(attempt, asks[0])
            verdict = answer.proof.verdict if answer else None
            if answer and verdict is Verdict.RIGHT:
                self.turns.found(Binding.VEHICLE, f"{vehicle.reference}'s address held while another was opened")
                given = Given(ask=asks[1]) if isinstance(asks[1], ReportRequest) else given
                return answer
            if answer and verdict is Verdict.WRONG and answer.proof.other == other.vehicle.reference:
                self.turns.found(Binding.SESSION, f"{vehicle.reference}'s address gave the report opened after it")
                given = Given(answer=await self.steps.prove(other.vehicle, answer.body, answer.ask))
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
            return await self.steps.fetch(attempt, ask)
        except (PageError, ReportError) as error:
            logger.info("%s: %s", attempt.vehicle.reference, error)
            return None
