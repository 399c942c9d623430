"""Kill one crawl at random moments, go on with the same command each time; print what it came to.

python tests/chaos/kills.py [--kills 20] [--vehicles 300] [--seed 1]
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.helpers.crawls import Portal, crawl, running_portal, start_crawl
from tests.helpers.watch import Watch

CONCURRENCY = 8
MOMENTS = (0.5, 8.0)  # seconds after the start


def kill_some(portal: Portal, folder: Path, job: str, kills: int, seed: int) -> int:
    """Kill so many runs; return how many there were, should one have come to its end before."""
    dice = random.Random(seed)  # noqa: S311 - not for secrets
    for done in range(kills):
        process = start_crawl(portal.url, folder, "-s", job, CONCURRENT_REQUESTS=CONCURRENCY)
        seconds = dice.uniform(*MOMENTS)
        try:
            process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            stored = len(list(folder.glob("*/pdfs/*.pdf")))
            print(f"kill {done + 1:>2} after {seconds:.1f} s: {stored} stored, {portal.counters['reports_total']} made")
        else:
            return done
    return kills


def main() -> int:
    """Print the figures; return 0 when each of them is as it must be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--vehicles", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="jdp-kills-"))
    job = f"JOBDIR={folder / 'job'}"
    began = time.monotonic()
    with running_portal("--vehicles", options.vehicles, "--report-ms", 1500, "--renew-cookie") as portal:
        right = portal.sha256
        with Watch(folder / "d", set(right.values())) as watch:
            kills = kill_some(portal, folder / "d", job, options.kills, options.seed)
            result = crawl(portal, folder / "d", "-s", job, CONCURRENT_REQUESTS=CONCURRENCY)
        counters, matches = portal.counters, result.matches(right)
    most = options.vehicles + kills * CONCURRENCY
    figures = {
        f"right {len(result.digests)}/{options.vehicles} in {len(result.runs)} folder": matches
        and len(result.runs) == 1,
        f"wrong or partial at any moment {len(watch.wrong)}": not watch.wrong,
        f"reports made {counters['reports_total']}, at most {most}": counters["reports_total"] <= most,
        f"logins {counters['logins']}, refused for an active session {counters['refused_active']}": not counters[
            "refused_active"
        ],
        f"logouts {counters['logouts']}": counters["logouts"] == 1,
        f"exit status {result.exit_status}": result.exit_status == 0,
        f"kills {kills}": kills == options.kills,
    }
    for text, good in figures.items():
        print(f"{'ok' if good else 'NOT AS IT MUST BE':<8} {text}")
    print(f"{time.monotonic() - began:.0f} s, {folder}")
    return 0 if all(figures.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
