"""Asking for a report: how the vehicle is named, and how many reports are made at once."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext, suppress
from dataclasses import dataclass

from demo_portal.accounts import Session
from demo_portal.counters import Counters
from demo_portal.options import Options
from demo_portal.vehicles import Vehicle


@dataclass(frozen=True, slots=True)
class Asked:
    """A report that is asked for: whose, and whether without its vehicle's page being opened before."""

    vehicle: Vehicle
    direct: bool


@dataclass(slots=True)
class Token:
    """Stands for one vehicle in a report's address."""

    session: Session
    asked: Asked
    uses_left: int


class Reports:
    """Tokens given out, and the reports in the making."""

    def __init__(self, options: Options, counters: Counters) -> None:
        self.options = options
        self.counters = counters
        self.tokens: dict[str, Token] = {}
        self.in_hand = 0
        self.begun: dict[Vehicle, float] = {}
        self.hurried = asyncio.Event()
        limit = options.reports_at_once
        self.places = asyncio.Semaphore(limit) if limit else nullcontext()

    def give_token(self, session: Session, asked: Asked) -> str:
        """Give this session a token for what it asked, good for as many fetches as tokens are."""
        self.counters.tokens_given += 1
        return self._keep(session, asked, self.options.token_uses)

    def give_document(self, session: Session, asked: Asked) -> str:
        """Give a key of the address that a report's own redirects to."""
        return self._keep(session, asked, 0)

    def take_token(self, session: Session, token: str) -> Asked | None:
        """Return what a token was given for, if it is this session's and not used up."""
        found = self.tokens.get(token)
        if found is None or found.session is not session:
            return None
        found.uses_left -= 1
        if found.uses_left == 0:
            del self.tokens[token]
        return found.asked

    def is_ready(self, vehicle: Vehicle) -> bool:
        """Tell whether a report is made by now; one that nobody has asked for since it was given is begun."""
        if not self.options.ready_ms:
            return True
        if vehicle not in self.begun:
            self.begun[vehicle] = time.monotonic()
            self.counters.reports_begun[vehicle.reference] += 1
        ready = time.monotonic() - self.begun[vehicle] >= self.options.ready_ms / 1000
        if ready:
            del self.begun[vehicle]
        return ready

    def is_busy(self) -> bool:
        """Tell whether there is no room for one more report, and count that as an answer."""
        busy = 0 < self.options.busy_above <= self.in_hand
        self.counters.busy += busy
        return busy

    @asynccontextmanager
    async def making(self, session: Session, asked: Asked) -> AsyncIterator[None]:
        """Make a report: count it, wait for a place, take its time."""
        session.opened.discard(asked.vehicle)
        self.in_hand += 1
        self.counters.most_at_once = max(self.counters.most_at_once, self.in_hand)
        try:
            async with self.places:
                self.counters.reports_made[asked.vehicle.reference] += 1
                self.counters.direct_reports += asked.direct
                self.counters.reports_total += 1
                await self.wait(self._seconds())
                yield
        finally:
            self.in_hand -= 1

    async def wait(self, seconds: float) -> None:
        """Take so long, or until the portal is told to hurry."""
        if seconds:
            with suppress(TimeoutError):
                await asyncio.wait_for(self.hurried.wait(), seconds)

    def _keep(self, session: Session, asked: Asked, uses: int) -> str:
        token = secrets.token_urlsafe(18)
        self.tokens[token] = Token(session, asked, uses or -1)
        return token

    def _seconds(self) -> float:
        seconds, best = self.options.report_ms / 1000, self.options.pace_best
        # Worse than in proportion, so that more at once than the best makes fewer an hour.
        return float(seconds * (self.in_hand / best) ** 1.5) if best and self.in_hand > best else seconds


def asked_by(session: Session, vehicle: Vehicle | None) -> Asked | None:
    """Note how the session asks for the vehicle's report just now; None if there is no such vehicle."""
    return Asked(vehicle, direct=vehicle not in session.opened) if vehicle else None


def report_way(options: Options, counters: Counters) -> str:
    """Tell how reports are asked for just now."""
    changed = options.scheme_change and counters.reports_total >= options.scheme_change
    return "token" if changed and options.report_link == "id" else options.report_link
