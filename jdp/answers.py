"""What the portal's plain answers say."""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from scrapy.http import TextResponse

from jdp.pages.base import LOGIN_FORM

if TYPE_CHECKING:
    from scrapy.http import Response

MAX_RETRY_AFTER = 120.0  # seconds
LONGEST_PAGE = 1024 * 1024  # bytes; parsing costs many times as much memory


def is_login_form(response: Response) -> bool:
    """Tell whether a plain answer is the login page instead of what was asked for."""
    content_type = response.headers.get("Content-Type") or b""
    if not isinstance(response, TextResponse) or b"html" not in content_type.lower():
        return False
    return len(response.body) <= LONGEST_PAGE and bool(response.css(LOGIN_FORM))


def is_packed_twice(response: Response) -> bool:
    """Tell whether unpacking an answer gives another packed one, as no server does: each may cost DOWNLOAD_MAXSIZE."""
    return b"," in b",".join(response.headers.getlist("Content-Encoding"))


def retry_after(response: Response) -> float:
    """Return the seconds that a Retry-After header asks for, bounded; 0 without one."""
    value = (response.headers.get("Retry-After") or b"").decode("ascii", "replace").strip()
    if not value:
        return 0.0
    if value.isdigit():
        return min(float(value), MAX_RETRY_AFTER)
    try:
        seconds = parsedate_to_datetime(value).timestamp() - time.time()
    except (ValueError, OverflowError):
        return 0.0
    return min(max(seconds, 0.0), MAX_RETRY_AFTER)


def same_site(url: str, location: str) -> bool:
    """Tell whether an address stays on the host; the only other scheme it may change to is https."""
    try:
        here, there = urlsplit(url), urlsplit(urljoin(url, location))
    except ValueError:  # an address that is none
        return False
    return here.netloc == there.netloc and there.scheme in (here.scheme, "https")


def host_of(url: str) -> str:
    """Return what to call the place where an address leads."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "no address"
    return parts.netloc or parts.scheme or "no address"
