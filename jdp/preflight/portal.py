"""Whether the portal answers from here, how fast, and whether both clocks agree: by plain HTTP, without a login."""

from __future__ import annotations

import http.client
import ssl
import time
import urllib.request
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.error import HTTPError, URLError
from urllib.parse import urljoin

from jdp.exceptions import LoginOutcomeError
from jdp.monitoring.messages import NoRedirect
from jdp.portal.addresses import base_at, login_url
from jdp.preflight.items import FAIL, NOTE, OK, Item

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import Message

    from jdp.config.config import Config

SECONDS = 20.0
ASKED = 3  # times; the first pays for name and connection
SLOW_SECONDS = 3.0
FIRST_SERVER_ERROR = 500
# The session's cookies are refused by a browser whose clock is further ahead than they last; a date is in seconds.
SKEW_SECONDS = 300.0
EXACT_SECONDS = 2.0


def portal(config: Config) -> Iterator[Item]:
    """Ask for the login page a few times."""
    seconds, verified = [], True
    try:
        for _ in range(ASKED):
            began = time.monotonic()
            headers, verified = _ask(login_url(config.portal_url), verified=verified)
            seconds.append(time.monotonic() - began)
    except (OSError, http.client.HTTPException) as error:
        told = f"{config.portal_url} {_reason(error)}: open it in a browser here; mind proxy and VPN"
        yield Item(FAIL, "portal", told)
        return
    slow = min(seconds) > SLOW_SECONDS
    told = f"{config.portal_url} answers in {min(seconds):.2f} s{': slow, a run will be too' if slow else ''}"
    yield Item(NOTE if slow else OK, "portal", told)
    if not verified:
        yield Item(NOTE, "portal", "Python here cannot verify its certificate; the browser does so itself (--login)")
    yield from _moved(config.portal_url, headers["Location"])
    yield _clock(headers["Date"])


def _moved(portal_url: str, location: str | None) -> Iterator[Item]:
    """Tell where the portal goes on to, as the login would."""
    try:
        base = base_at(portal_url, urljoin(login_url(portal_url), location or ""))
    except LoginOutcomeError as error:
        yield Item(FAIL, "portal", str(error))
        return
    if base != portal_url:
        yield Item(NOTE, "portal", f"it goes on to https: put PORTAL_URL={base} into .env")


def _ask(url: str, *, verified: bool) -> tuple[Message, bool]:
    """Return an answer's headers, and whether the portal's certificate was verified."""
    context = ssl.create_default_context() if verified else ssl._create_unverified_context()  # noqa: S323, SLF001 - nothing is sent there
    opener = urllib.request.build_opener(NoRedirect, urllib.request.HTTPSHandler(context=context))
    try:
        with opener.open(url, timeout=SECONDS) as answer:
            return answer.headers, verified
    except HTTPError as error:
        if error.code >= FIRST_SERVER_ERROR:
            raise
        return error.headers, verified  # something is there; what it shows is for --login to judge
    except URLError as error:
        if isinstance(error.reason, ssl.SSLCertVerificationError):
            return _ask(url, verified=False)
        raise


def _reason(error: Exception) -> str:
    if isinstance(error, HTTPError):
        return f"answers with HTTP {error.code}"
    reason = error.reason if isinstance(error, URLError) else error
    return f"does not answer ({getattr(reason, 'strerror', None) or str(reason) or type(reason).__name__})"


def _clock(date: str | None) -> Item:
    """Hold this machine's clock against the portal's."""
    try:
        there = parsedate_to_datetime(date or "").timestamp()
    except ValueError:
        return Item(NOTE, "clock", "not checked: the portal's answer has no date")
    ahead = time.time() - there
    told = f"{abs(ahead):.0f} s {'ahead of' if ahead > 0 else 'behind'} the portal's"
    if abs(ahead) > SKEW_SECONDS:
        return Item(FAIL, "clock", f"{told}: set this machine's clock, logins depend on it")
    return Item(OK, "clock", told if abs(ahead) > EXACT_SECONDS else "as the portal's")
