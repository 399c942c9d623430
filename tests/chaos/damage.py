"""Damage a stopped crawl's JOBDIR in every way that hypothesis thinks of; the same command has to complete the run.

python tests/chaos/damage.py [--examples 25]
"""

from __future__ import annotations

import argparse
import itertools
import shutil
import signal
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.helpers.at_work import at_work, wait_for_reports
from tests.helpers.crawls import Portal, crawl, running_portal
from tests.helpers.damage import damages, do_damage

if TYPE_CHECKING:
    from collections.abc import Callable

VEHICLES = 16
NUMBERS = itertools.count(1)


def stop_half_way(portal: Portal, base: Path, how: signal.Signals) -> None:
    """Leave a JOBDIR behind as a run leaves it that was stopped, or killed, with a queue that is not done."""
    with at_work(portal, base / "d", "-s", f"JOBDIR={base / 'job'}") as process:
        wait_for_reports(process, base / "d", 4)
        process.send_signal(how)
        process.communicate(timeout=60)


def complete(portal: Portal, template: Path, done: list[tuple[str, int, int]]) -> None:
    """Damage a copy of what was left, and go on with it."""
    with tempfile.TemporaryDirectory() as folder:
        # The JOBDIR's own path is in its files, so the copy takes the original's place.
        shutil.copytree(template, Path(folder, "kept"))
        for damage in done:
            do_damage(template / "job", *damage)
        result = crawl(portal, template / "d", "-s", f"JOBDIR={template / 'job'}", SESSION_WAIT=30)
        assert result.exit_status == 0, (done, result.output)
        assert result.matches(portal.sha256), done
        assert len(result.runs) == 1, done
        shutil.rmtree(template)
        shutil.copytree(Path(folder, "kept"), template)
    print(f"ok       {next(NUMBERS):>3}  {', '.join(kind for kind, _, _ in done)}", flush=True)


def completing(portal: Portal, template: Path) -> Callable[[list[tuple[str, int, int]]], None]:
    """Return what hypothesis calls with each example."""

    def each(done: list[tuple[str, int, int]]) -> None:
        complete(portal, template, done)

    return each


def main() -> int:
    """Print a line for each example; an example that fails is shrunk and raised."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=25)
    examples = parser.parse_args().examples
    with running_portal("--vehicles", VEHICLES, "--report-ms", 300, "--lock-seconds", 3) as portal:
        for how in (signal.SIGINT, signal.SIGKILL):
            base = Path(tempfile.mkdtemp(prefix="jdp-damage-"))
            stop_half_way(portal, base, how)
            print(f"left by {how.name}: {sorted(path.name for path in (base / 'job').iterdir())}")

            rounds = settings(max_examples=examples, deadline=None, database=None, suppress_health_check=[*HealthCheck])
            lists = st.lists(damages(), min_size=1, max_size=4)
            rounds(given(lists)(completing(portal, base)))()
    return 0


if __name__ == "__main__":
    sys.exit(main())
