"""A login that was right and came to nothing: the browser refused its cookie, or there was none."""

from __future__ import annotations

import re
import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from playwright.async_api import Error as PlaywrightError

from jdp.exceptions import CookieRefusedError
from jdp.utils.text import duration

if TYPE_CHECKING:
    from collections.abc import Sequence

    from playwright.async_api import Page, Response

ABOUT_PASSWORDS = re.compile(r"password|user\s*name|incorrect|invalid|wrong|denied|locked|not\s+recogni", re.IGNORECASE)
LONG_AGO_SECONDS = 2 * 24 * 3600.0  # an expiry before that tells the browser to forget a cookie
TELLING_SECONDS = 60.0  # that two clocks differ at least before that is said to be why


async def expect_kept_cookie(page: Page, answers: Sequence[Response], said: str) -> None:
    """Tell a login form that came back without its cookie from a refusal; raises CookieRefusedError."""
    if ABOUT_PASSWORDS.search(said):
        return
    kept = {cookie.get("name") for cookie in await page.context.cookies()}
    found = [why for answer in answers if (why := await _why_refused(answer, kept))]
    if not found and said.strip():
        return
    why = found[0] if found else "it says nothing and sent no cookie. Log in by hand once, to see what it wants"
    raise CookieRefusedError(
        f"The portal shows the login form again, and not for a wrong password: {why}. It was tried once; the portal "
        "may keep the session that it opened for about 5 minutes"
    )


async def _why_refused(answer: Response, kept: set[str | None]) -> str:
    try:
        headers = await answer.headers_array()
    except PlaywrightError:  # the tab went on meanwhile
        return ""
    # A server in front may add a date of its own: the earliest is the one that made the cookie.
    dates = [_seconds(each["value"]) for each in headers if each["name"].lower() == "date"]
    date = min(filter(None, dates), default=None)
    lines = [line for each in headers if each["name"].lower() == "set-cookie" for line in each["value"].split("\n")]
    return next(filter(None, (why_refused(line, kept, date, answer.url) for line in lines)), "")


def why_refused(line: str, kept: set[str | None], date: float | None, url: str) -> str:
    """Return why the browser refused a cookie; nothing when it did not, or was told to forget it."""
    (name, _, value), *rest = (part.strip().partition("=") for part in line.split(";"))
    attributes = {key.lower(): text for key, _, text in rest}
    expiry = _seconds(attributes.get("expires", "")) if "max-age" not in attributes else None
    if name in kept or not value or attributes.get("max-age", "1").startswith(("0", "-")):
        return ""
    refused = f"the browser refuses its cookie {name}"
    if expiry is not None and (late := time.time() - expiry) >= 0:
        return f"{refused}: {_clock(late, date)}. Set this machine's clock" if late < LONG_AGO_SECONDS else ""
    if "secure" in attributes and url.startswith("http:"):
        return f"{refused}, which is for https only. Put https into PORTAL_URL"
    return refused


def _clock(late: float, date: float | None) -> str:
    ahead = time.time() - date if date is not None else 0.0
    if ahead >= TELLING_SECONDS:
        return f"this machine's clock is {duration(ahead)} ahead of the portal's"
    agrees = ", and agrees with the date that came with it" if date is not None else ""
    return f"by this machine's clock it was {duration(late)} past its time when it came{agrees}"


def _seconds(date: str) -> float | None:
    try:
        return parsedate_to_datetime(date).timestamp()
    except ValueError:
        return None
