"""Accounts and their sessions: one session at a time for each account."""

import asyncio
import secrets
import time
from dataclasses import dataclass, field

from demo_portal.counters import Counters
from demo_portal.options import Options, saved_filter
from demo_portal.vehicles import Vehicle


@dataclass
class GridState:
    """What the grid shows: a page, counted from 0, of the rows that a filter leaves."""

    page: int = 0
    stock_filter: str = ""
    expanded: bool = False


@dataclass
class Account:
    """One customer of the portal."""

    user: str
    password: str
    saved_filter: str
    licence_accepted: bool
    session: "Session | None" = None


@dataclass
class Session:
    """One signed-in browser."""

    account: Account
    licensed: bool
    key: str = field(default_factory=lambda: secrets.token_hex(16))
    last_activity: float = field(default_factory=time.monotonic)
    requests: int = 0
    tickets: int = 0
    current: Vehicle | None = None
    # Vehicles whose page was shown and whose report was not made since.
    opened: set[Vehicle] = field(default_factory=set)
    grid: GridState = field(default_factory=GridState)
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def ticket(self) -> str:
        """Value of the sign-in cookie given last."""
        return f"{self.key}.{self.tickets}"


class ActiveSessionError(Exception):
    """Raised when an account has an open session and may not sign in again."""


class Accounts:
    """All accounts, and who is signed in."""

    def __init__(self, options: Options, counters: Counters) -> None:
        self.options = options
        self.counters = counters
        self.sessions: dict[str, Session] = {}
        self.keys_given: list[str] = []
        self.by_user = {user: self._account(user, password) for user, password in _pairs(options)}

    def check(self, user: str, password: str) -> Account | None:
        """Return the account with this name, if the password is its own."""
        account = self.by_user.get(user)
        if account and secrets.compare_digest(account.password.encode(), password.encode()):
            return account
        return None

    def open(self, account: Account) -> Session:
        """Sign in, unless a session of the account is open and not yet idle for long enough."""
        held = account.session
        if held and self._alive(held):
            if time.monotonic() - held.last_activity < self.options.lock_seconds:
                raise ActiveSessionError
            self.drop(held)
        session = Session(account, licensed=account.licence_accepted)
        session.grid.stock_filter = account.saved_filter
        account.session = self.sessions[session.key] = session
        self.keys_given.append(session.key)
        self.counters.logins += 1
        self.counters.sessions_open = len(self.sessions)
        return session

    def find(self, ticket: str) -> Session | None:
        """Return the open session that this cookie belongs to; that counts as activity."""
        session = self.sessions.get(ticket.partition(".")[0])
        if session is None or not self._alive(session):
            return None
        session.last_activity = time.monotonic()
        session.requests += 1
        return session

    def log_out(self, session: Session, ticket: str) -> None:
        """End the session, if the cookie is the newest one of it."""
        if ticket != session.ticket:
            self.counters.stale_logouts += 1
            return
        self.drop(session)
        self.counters.logouts += 1

    def lose(self, session: Session) -> None:
        """End the session without its customer's doing."""
        self.drop(session)
        self.counters.sessions_lost += 1

    def drop(self, session: Session) -> None:
        """Forget the session, which frees its account at once."""
        self.sessions.pop(session.key, None)
        if session.account.session is session:
            session.account.session = None
        self.counters.sessions_open = len(self.sessions)

    def accept_licence(self, session: Session) -> None:
        """Note that the agreement was accepted, for this session or for good."""
        session.licensed = True
        session.account.licence_accepted = self.options.licence != "always"

    def _account(self, user: str, password: str) -> Account:
        return Account(user, password, saved_filter(self.options), licence_accepted=self.options.licence == "never")

    def _alive(self, session: Session) -> bool:
        idle = time.monotonic() - session.last_activity
        limit = self.options.session_requests
        if idle < self.options.session_seconds and (not limit or session.requests < limit):
            return True
        self.lose(session)
        return False


def _pairs(options: Options) -> list[tuple[str, str]]:
    further = [pair.partition(":") for pair in options.accounts.split(",") if pair]
    return [(options.user, options.password), *((user, password) for user, _, password in further)]
