"""What a larger inventory costs: rate and memory of crawls of 1,000 to 50,000 vehicles, of a portal without latency.

python benchmarks/scale.py [--vehicles 1000 5000 20000 50000] [--against 5000] [--plot docs/benchmarks/scale.svg]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.machine import machine
from benchmarks.plot import Panel, draw
from benchmarks.table import Cell, table
from benchmarks.trial import Result, bare_client, crawler, run
from benchmarks.workspace import workspace

ROOT = Path(__file__).resolve().parent.parent
SLICES = 40  # points of a line in the plot
WARM = 0.2  # share of the reports after which the rate is that of the direct way
HEADER = (
    "vehicles",
    "wall/s",
    "vehicles/a second",
    "last 80%/a second",
    "limit/a second",
    "CPU/ms/vehicle",
    "late CPU/ms/vehicle",
    "peak/MB",
    "late peak/MB",
    "late median/MB",
    "Scrapy alone/MB",
    "right",
)
SERIES_HEADER = ("share", "at/s", "vehicles/a second", "CPU/ms/vehicle", "peak/MB", "median/MB")
LEGEND = """\
vehicles a second  all vehicles over the wall time of the command; last 80%: from the first fifth of the reports on
limit              the bare client's vehicles a second (--limit): what this portal can give on this machine
CPU                of all processes of the crawl: Scrapy, Playwright's driver, Chromium
late               while the second half of the reports was stored
MB                 PSS of all processes of the crawl, 10**6 bytes; Scrapy alone: its own process, late peak"""


class Slice(NamedTuple):
    """A part of a run, between two shares of its reports: when it ended, in seconds, and what it took."""

    end: float
    rate: float
    cpu_ms: float
    peak: float | None
    middle: float | None


def slices(result: Result, count: int) -> list[Slice]:
    """Cut a run into parts of as many reports each."""
    found = []
    for number in range(count):
        begin, end = result.at(number / count), result.at((number + 1) / count)
        vehicles = result.vehicles / count
        spent = result.cost.cpu_until(end) - result.cost.cpu_until(begin)
        peak, middle = result.cost.pss(begin, end) or (None, None)
        rate = vehicles / (end - begin) if end > begin else 0.0
        found.append(Slice(end, rate, 1000 * spent / vehicles, peak, middle))
    return found


def row(crawl: Result, limit: Result | None) -> list[Cell]:
    """Return one inventory's line."""
    return [
        crawl.vehicles,
        crawl.seconds,
        crawl.vehicles / crawl.seconds,
        crawl.rate(WARM),
        limit.vehicles / limit.seconds if limit else None,
        crawl.cpu_ms,
        crawl.late_cpu_ms,
        crawl.peak_pss,
        *crawl.late_pss,
        crawl.late_own,
        "yes" if crawl.right and (limit is None or limit.right) else "NO",
    ]


def series(result: Result) -> str:
    """Return what happened within one run, as a table."""
    lines = [(f"{10 * (number + 1)}%", *part) for number, part in enumerate(slices(result, 10))]
    return f"Within the run of {result.vehicles} vehicles\n{table(SERIES_HEADER, lines)}"


def compared(result: Result, other: Result) -> str:
    """Return the ratio of the rates and the difference of the memory between two runs."""
    lines = [
        f"{result.vehicles} against {other.vehicles} vehicles",
        f"  rate, last 80%    {result.rate(WARM) / other.rate(WARM):.3f}",
        f"  rate, whole run   {result.vehicles / result.seconds / (other.vehicles / other.seconds):.3f}",
    ]
    names = ("late peak", "late median", "Scrapy alone")
    pairs = zip(names, (*result.late_pss, result.late_own), (*other.late_pss, other.late_own), strict=True)
    for name, more, less in pairs:
        if more is not None and less is not None:
            lines.append(f"  memory, {name:<12} {more - less:+.1f} MB")
    return "\n".join(lines)


def plotted(results: list[Result]) -> str:
    """Return the plot: rate and memory over the reports stored, a line for each inventory."""
    rates, memory = {}, {}
    for result in results:
        name, parts = f"{result.vehicles:,} vehicles", slices(result, SLICES)
        places = [result.vehicles * (number + 1) / SLICES for number in range(SLICES)]
        rates[name] = [(place, part.rate) for place, part in zip(places, parts, strict=True)]
        memory[name] = [
            (place, part.middle) for place, part in zip(places, parts, strict=True) if part.middle is not None
        ]
    panels = (Panel("Vehicles a second", rates), Panel("Memory of all processes (PSS), MB", memory))
    return draw(panels, "vehicles stored")


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Measure rate and memory of crawls of growing inventories.")
    parser.add_argument("--vehicles", type=int, nargs="+", default=[1000, 5000, 20_000, 50_000])
    parser.add_argument("--against", type=int, default=5000, help="inventory that the largest is compared with")
    parser.add_argument("--way", choices=("id", "token", "form"), default="id")
    parser.add_argument("--page-size", type=int, default=20, help="rows on a page of the grid")
    parser.add_argument("--concurrency", type=int, default=8, help="CONCURRENT_REQUESTS")
    parser.add_argument("--limit", action="store_true", help="let the bare client fetch each inventory, too")
    parser.add_argument("--plot", type=Path, default=ROOT / "docs" / "benchmarks" / "scale.svg")
    return parser.parse_args()


def measured(vehicles: int, options: argparse.Namespace, folder: Path) -> tuple[Result, Result | None]:
    """Run the crawl and, if wanted, the limit."""
    site = ("--vehicles", vehicles, "--page-size", options.page_size, "--report-link", options.way)
    limit = run(site, bare_client(options.way, options.concurrency), folder) if options.limit else None
    crawl = run(site, crawler(options.concurrency), folder)
    print(f"{vehicles}: {crawl.rate(WARM):.1f} vehicles a second", flush=True)
    return crawl, limit


def main() -> int:
    """Measure every inventory, from small to large; return 1 when anything was not right."""
    options = arguments()
    print(machine(), flush=True)
    with workspace() as folder:
        pairs = [measured(vehicles, options, folder) for vehicles in sorted(options.vehicles)]
    crawls = [crawl for crawl, _ in pairs]
    rows = [row(*pair) for pair in pairs]
    print(f"\n{table(HEADER, rows)}\n\n{LEGEND}\n\n{series(crawls[-1])}\n")
    other = next((crawl for crawl in crawls if crawl.vehicles == options.against), crawls[0])
    print(compared(crawls[-1], other))
    options.plot.parent.mkdir(parents=True, exist_ok=True)
    options.plot.write_text(plotted(crawls), encoding="utf-8")
    print(f"The plot is {options.plot}")
    return 0 if all(row[-1] == "yes" for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
