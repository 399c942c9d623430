"""What the portal's plain answers say before anybody looks into them."""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scrapy.http import Response

BUSY = (429, 503)
MAX_RETRY_AFTER = 120.0  # seconds
FIRST_ERROR, FIRST_SERVER_ERROR = 400, 500
NOT_THERE = (404, 410)


def is_packed_twice(response: Response) -> bool:
    """Tell whether unpacking an answer gives another packed one, as no server does: each may cost DOWNLOAD_MAXSIZE."""
    return b"," in b",".join(response.headers.getlist("Content-Encoding"))


def refusal(status: int) -> str:
    """Return a status that refuses who asks, not what is asked for; nothing for other ones."""
    refuses = status in BUSY or (FIRST_ERROR <= status < FIRST_SERVER_ERROR and status not in NOT_THERE)
    return f"HTTP {status}" if refuses else ""


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
