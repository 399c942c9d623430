# ruff: noqa: INP001 - a script, in no package
"""Cancel every job of a Scrapyd and wait for their end, so that each logs out. Run it before Scrapyd is stopped.

    python3 cancel_jobs.py [http://127.0.0.1:6800] [SECONDS]

A Scrapyd that asks for a user and password gets SCRAPYD_USERNAME and SCRAPYD_PASSWORD of the environment. Ends with
status 1 when a job is still there after SECONDS (240), or when Scrapyd does not answer.
"""

from __future__ import annotations

import base64
import json
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

POLL_SECONDS = 0.2
# A job that is cancelled still fetches the reports under way: REPORT_TIMEOUT (180 s) at the longest, then the logout.
ADDRESS, SECONDS = "http://127.0.0.1:6800", "240"
# Scrapyd is on this machine: a proxy of the environment is not asked.
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
UNAUTHORIZED = 401


def authorization() -> dict[str, str]:
    """Return the header that Scrapyd's `username` and `password` ask for; none where nobody has set them."""
    user, password = os.environ.get("SCRAPYD_USERNAME", ""), os.environ.get("SCRAPYD_PASSWORD", "")
    encoded = base64.b64encode(f"{user}:{password}".encode()).decode()
    return {"Authorization": f"Basic {encoded}"} if user else {}


def ask(address: str, call: str, **fields: str) -> dict[str, Any]:
    """Call Scrapyd's API: GET without fields, POST with them; raises OSError."""
    data = urllib.parse.urlencode(fields).encode() or None
    request = urllib.request.Request(f"{address.rstrip('/')}/{call}.json", data, authorization())  # noqa: S310
    with OPENER.open(request, timeout=10) as answer:
        reply: dict[str, Any] = json.load(answer)
    return reply


def jobs(address: str) -> dict[str, str]:
    """Return job -> project of all that wait or run."""
    reply = ask(address, "listjobs")
    return {job["id"]: job["project"] for job in reply["pending"] + reply["running"]}


def main(address: str = ADDRESS, seconds: str = SECONDS) -> int:
    """Cancel each job once (a second signal would end it without a logout) and wait; return the exit status."""
    cancelled: set[str] = set()
    limit = time.monotonic() + float(seconds)
    while left := jobs(address):
        for job in left.keys() - cancelled:
            ask(address, "cancel", project=left[job], job=job)
            cancelled.add(job)
        if time.monotonic() > limit:
            sys.exit(f"still at work after {seconds} s: {', '.join(sorted(left))}")
        time.sleep(POLL_SECONDS)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(*sys.argv[1:]))
    except urllib.error.HTTPError as error:
        asks = ": set SCRAPYD_USERNAME and SCRAPYD_PASSWORD" if error.code == UNAUTHORIZED else ""
        sys.exit(f"Scrapyd refuses (HTTP {error.code}){asks}")
    except OSError as error:
        sys.exit(f"Scrapyd does not answer: {error}")
