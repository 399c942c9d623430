"""How long `scrapy verify` takes for a full run folder: reports of the demo portal's own making, a ledger of them.

python benchmarks/verify.py [--vehicles 2000] [--repeats 3]
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import os
import sys
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.machine import machine
from benchmarks.measure import Command, Measurement, measure
from benchmarks.table import table
from benchmarks.workspace import workspace
from demo_portal.pdf import Reporter
from demo_portal.vehicles import make_vehicles
from jdp.items import STORED, Report, Vehicle
from jdp.runs.ledger import Ledger
from jdp.runs.run import LEDGER

ROOT = Path(__file__).resolve().parent.parent
HEADER = ("reports", "MB", "/seconds", "reports/a second", "CPU/ms/report", "peak/MB")


def fill(folder: Path, count: int) -> int:
    """Make a run folder of so many reports; return their size in bytes."""
    (folder / "pdfs").mkdir(parents=True)
    (folder / "run_data").mkdir()
    reporter = Reporter()
    reports, vehicles = [], []
    for each in make_vehicles(count, seed=1, hostile=0):
        body = reporter.render(each)
        (folder / "pdfs" / f"{each.reference}.pdf").write_bytes(body)
        vehicles.append(Vehicle(each.reference, each.row_id, each.vin, each.title))
        known = Report(each.reference, each.vin, each.title, STORED, file=f"{each.reference}.pdf", size=len(body))
        known.sha256 = hashlib.sha256(body).hexdigest()
        reports.append(known)
    with contextlib.closing(Ledger(folder / "run_data" / LEDGER)) as ledger:
        ledger.list_vehicles(vehicles)
        ledger.settle(*reports)
    return sum(report.size for report in reports)


def verified(folder: Path, log: Path) -> Measurement:
    """Run the command."""
    command = [sys.executable, "-m", "scrapy", "verify", str(folder)]
    return measure(Command(command, ROOT, {**os.environ, "ENV_FILE": ""}), log)


def main() -> int:
    """Measure; return 1 when a report was not found right."""
    parser = argparse.ArgumentParser(description="Measure scrapy verify.")
    parser.add_argument("--vehicles", type=int, default=2000)
    parser.add_argument("--repeats", type=int, default=1, help="the median counts")
    options = parser.parse_args()
    print(machine(), flush=True)
    with workspace() as base:
        size = fill(base / "run", options.vehicles)
        costs = [verified(base / "run", base / "log.txt") for _ in range(options.repeats)]
        text = (base / "log.txt").read_text(encoding="utf-8")
    cost = sorted(costs, key=lambda each: each.seconds)[len(costs) // 2]
    seconds = median(each.seconds for each in costs)
    cpu, peak = 1000 * cost.cpu / options.vehicles, (cost.pss() or (None,))[0]
    print(table(HEADER, [(options.vehicles, size / 1e6, seconds, options.vehicles / seconds, cpu, peak)]))
    print(text)
    return 0 if all(each.exit_status == 0 for each in costs) else 1


if __name__ == "__main__":
    sys.exit(main())
