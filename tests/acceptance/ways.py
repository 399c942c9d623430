"""Run the crawl against every way the portal may ask for a report, and the special modes; print a line for each.

python tests/acceptance/ways.py [ways] [modes]
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.helpers.crawls import crawl, running_portal

LINKS = ("id", "token", "session", "form")
VEHICLES = 60
MODES: dict[str, tuple[tuple[str, ...], tuple[str, ...], dict[str, str]]] = {
    "headful": ((), (), {"HEADLESS": "false"}),
    "no blocking": ((), (), {"BLOCK_RESOURCES": "false"}),
    "threaded loop": ((), ("-s", "_PLAYWRIGHT_THREADED_LOOP=1"), {}),
    "source=csv": ((), ("-a", "source=csv"), {}),
    "serial session": (("--serialize-session",), (), {}),
}


def check(name: str, options: tuple[str, ...], arguments: tuple[str, ...], environment: dict[str, str]) -> bool:
    """Crawl once and print what came of it; True when everything is as it must be."""
    folder = Path(tempfile.mkdtemp(prefix="jdp-"))
    with running_portal("--vehicles", VEHICLES, *options) as portal:
        result = crawl(portal, folder, "-s", "CONCURRENT_REQUESTS=8", *arguments, **environment)
        counters, digests = portal.counters, portal.sha256
    right = sum(digests.get(reference) == digest for reference, digest in result.digests.items())
    once = sum(made == 1 for made in counters["reports_made"].values())
    unsigned = counters["requests_without_session_after_login"]
    print(
        f"{name:<28} exit {result.exit_status}  right {right}/{VEHICLES}  made once {once}/{VEHICLES}  "
        f"logins {counters['logins']}  logouts {counters['logouts']}  without session {unsigned}  "
        f"{result.seconds:.1f} s",
        flush=True,
    )
    good = (result.exit_status, right, once, counters["reports_total"]) == (0, VEHICLES, VEHICLES, VEHICLES)
    good = good and (counters["logins"], counters["logouts"], unsigned) == (1, 1, 0)
    if good:
        shutil.rmtree(folder)
    else:
        print(f"    NOT AS IT MUST BE: {folder}\n{result.output[-3000:]}", flush=True)
    return good


def main() -> int:
    """Run what the arguments name, else everything; return 1 when something is not as it must be."""
    wanted = sys.argv[1:] or ["ways", "modes"]
    results = []
    if "ways" in wanted:
        for link in LINKS:
            for bookout in ("href", "script"):
                options = ("--report-link", link, "--bookout", bookout)
                results.append(check(f"{link}, {bookout}", options, (), {}))
    if "modes" in wanted:
        results += [check(name, *mode) for name, mode in MODES.items()]
    print(f"{sum(results)} of {len(results)} as they must be")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
