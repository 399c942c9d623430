"""Asking for a report: how the vehicle is named, and how many reports are made at once."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass

from demo_portal.accounts import Session
from demo_portal.counters import Counters
from demo_portal.options import Options
from demo_portal.vehicles import Vehicle


@dataclass
class Token:
    """Stands for one vehicle in a report's address."""

    session: Session
    vehicle: Vehicle
    uses_left: int


class Reports:
    """Tokens given out, and the reports in the making."""

    def __init__(self, options: Options, counters: Counters) -> None:
        self.options = options
        self.counters = counters
        self.tokens: dict[str, Token] = {}
        self.in_hand = 0
        limit = options.reports_at_once
        self.places = asyncio.Semaphore(limit) if limit else nullcontext()

    def give_token(self, session: Session, vehicle: Vehicle, uses: int) -> str:
        """Give a token for this session and vehicle, good for so many fetches; 0 is without limit."""
        token = secrets.token_urlsafe(18)
        self.tokens[token] = Token(session, vehicle, uses or -1)
        return token

    def take_token(self, session: Session, token: str) -> Vehicle | None:
        """Return the vehicle of a token, if it is this session's and not used up."""
        found = self.tokens.get(token)
        if found is None or found.session is not session:
            return None
        found.uses_left -= 1
        if found.uses_left == 0:
            del self.tokens[token]
        return found.vehicle

    @asynccontextmanager
    async def making(self, vehicle: Vehicle) -> AsyncIterator[None]:
        """Make a report: count it, wait for a place, take its time."""
        self.in_hand += 1
        self.counters.most_at_once = max(self.counters.most_at_once, self.in_hand)
        try:
            async with self.places:
                self.counters.reports_made[vehicle.reference] += 1
                self.counters.reports_total += 1
                await asyncio.sleep(self._seconds())
                yield
        finally:
            self.in_hand -= 1

    def _seconds(self) -> float:
        seconds, best = self.options.report_ms / 1000, self.options.pace_best
        # Worse than in proportion, so that more at once than the best makes fewer an hour.
        return float(seconds * (self.in_hand / best) ** 1.5) if best and self.in_hand > best else seconds


def report_way(options: Options, counters: Counters) -> str:
    """Tell how reports are asked for just now."""
    changed = options.scheme_change and counters.reports_total >= options.scheme_change
    return "token" if changed and options.report_link == "id" else options.report_link
