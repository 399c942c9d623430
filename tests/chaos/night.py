"""A long night, sped up: sessions that end all the time, faults on first tries; everything right, memory flat.

python tests/chaos/night.py [--vehicles 5000] [--session-requests 50]
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.helpers.crawls import Crawl, Portal, running_portal, start_crawl
from tests.helpers.watch import Watch

FAULTS = ("error500", "busy429", "cut", "wrong", "html", "empty", "drop", "lost-session", "vehicle500")
RATE = 0.05
EVERY = 5.0  # seconds between two looks at the memory
MOST_GROWTH = 30.0  # MB, from the second quarter to the last


def run(portal: Portal, folder: Path) -> tuple[Crawl, list[float]]:
    """Crawl; return how it ended and Scrapy's own memory in MB at each look."""
    memory: list[float] = []
    log = folder / "night.log"
    began = time.monotonic()
    process = start_crawl(portal.url, folder / "d", "-s", f"LOG_FILE={log}", CONCURRENT_REQUESTS=8, REPORT_TIMEOUT=30)
    while process.poll() is None:
        try:
            memory.append(psutil.Process(process.pid).memory_info().rss / 1e6)
        except psutil.NoSuchProcess:
            break
        time.sleep(EVERY)
    process.communicate()
    output = log.read_text(encoding="utf-8", errors="replace")
    return Crawl(folder / "d", process.returncode, output, time.monotonic() - began), memory


def main() -> int:
    """Print the figures; return 0 when each of them is as it must be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--vehicles", type=int, default=5000)
    parser.add_argument("--session-requests", type=int, default=50)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="jdp-night-"))
    faults = [f"--fault={name}={RATE / len(FAULTS)}" for name in FAULTS]
    switches = ("--vehicles", options.vehicles, "--session-requests", options.session_requests)
    with running_portal(*switches, *faults) as portal:
        right = portal.sha256
        with Watch(folder / "d", set(right.values())) as watch:
            result, memory = run(portal, folder)
        counters = portal.counters
    quarter = max(1, len(memory) // 4)
    early, late = statistics.median(memory[quarter : 2 * quarter]), statistics.median(memory[-quarter:])
    figures = {
        f"right {len(result.digests)}/{options.vehicles}": result.matches(right),
        f"wrong or partial at any moment {len(watch.wrong)}": not watch.wrong,
        f"exit status {result.exit_status}": result.exit_status == 0,
        f"Scrapy's memory {early:.0f} MB in the second quarter, {late:.0f} MB in the last": late - early <= MOST_GROWTH,
        f"logins {counters['logins']}": counters["logins"] > 1,
        # The last session may have ended by itself at its last request, before it was logged out.
        f"logouts {counters['logouts']}, sessions left open {counters['sessions_open']}": not counters["sessions_open"],
        f"faults struck {counters['faults_struck']}": bool(counters["faults_struck"]),
    }
    for text, good in figures.items():
        print(f"{'ok' if good else 'NOT AS IT MUST BE':<8} {text}")
    print(f"{result.seconds:.0f} s, {folder}")
    return 0 if all(figures.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
