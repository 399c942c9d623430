"""The session's cookies in the JOBDIR: a run that is killed leaves them to the next one, which else were locked out."""

from __future__ import annotations

import json
import logging
import time
from typing import TYPE_CHECKING, Any

from jdp.utils.files import remove, write_atomically

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from playwright.async_api import Cookie

FILE = "session.json"  # in the JOBDIR, from the login to the logout
EVERY_SECONDS = 1.0

logger = logging.getLogger(__name__)

KINDS: dict[str, type | tuple[type, ...]] = {
    **dict.fromkeys(("name", "value", "domain", "path"), str),
    **dict.fromkeys(("httpOnly", "secure"), bool),
    "expires": (int, float),
}


class SavedSession:
    """A file that only its owner can read (mode 0600), there from the login to the logout."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._written: list[Any] = []
        self._looked = 0.0
        self._failed = False

    def follow(self, cookies: Callable[[], Sequence[Cookie | Any]]) -> None:
        """Keep cookies that have changed; looks once a second at most."""
        now = time.monotonic()
        if now - self._looked >= EVERY_SECONDS:
            self._looked = now
            if (found := [*cookies()]) != self._written:
                self.write(found)

    def write(self, cookies: Sequence[Cookie | Any]) -> None:
        """Keep cookies in the form that browsers give them; an error is logged once, the run goes on."""
        self._written = [*cookies]
        try:
            write_atomically(self.path, json.dumps([*cookies]).encode(), mode=0o600, patient=not self._failed)
        except OSError as error:
            if not self._failed:
                logger.warning("%s could not be written (%s): a crash would lock the account", self.path, error)
            self._failed = True

    def read(self) -> list[Cookie]:
        """Return the cookies that were kept; none when there are none, or nothing that can be used."""
        try:
            cookies = json.loads(self.path.read_bytes())
            return [cookie for cookie in cookies if _is_cookie(cookie)]
        except (OSError, ValueError, TypeError, KeyError, RecursionError):
            return []

    def remove(self) -> None:
        """Forget the session: it has ended."""
        try:
            remove(self.path)
        except OSError as error:  # on Windows a file that somebody has open
            logger.warning("%s could not be removed (%s)", self.path, error)


def _is_cookie(found: Any) -> bool:
    return all(isinstance(found[name], kind) for name, kind in KINDS.items())
