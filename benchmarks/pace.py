"""The pace that the crawl finds for itself, against fixed numbers of reports at once: the site's best one, and many.

best-K is a portal that makes K reports at once well and gets worse past that; waits-8 makes 8 at once and lets others
wait; busy-6 answers 429 to what is more than 6.

python benchmarks/pace.py [--case best-4 ...] [--seconds 60] [--ceiling 16]
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.machine import machine
from benchmarks.table import Cell, table
from benchmarks.trial import Result, crawler, run
from benchmarks.workspace import workspace
from demo_portal.options import Options

if TYPE_CHECKING:
    from collections.abc import Sequence


class Case(NamedTuple):
    """A portal's switch, how many reports at once are best for it, and whether to run the ceiling as a fixed number."""

    switch: str
    best: int
    naive: bool = True


CASES = {
    "best-2": Case("pace_best", 2),
    "best-4": Case("pace_best", 4),
    "best-8": Case("pace_best", 8),
    "waits-8": Case("reports_at_once", 8),
    # Fixed at the ceiling, vehicles would run out of tries: that is no peer.
    "busy-6": Case("busy_above", 6, naive=False),
}
ADAPTIVE = "adaptive"
HEADER = (
    "site",
    "reports at once",
    "vehicles",
    "wall/s",
    "reports/a second",
    "to best/fixed",
    "in the/2nd half",
    "to best/fixed",
    "whole/run",
    "to best/fixed",
    "most/at once",
    "429",
    "limit/at end",
    "right",
)
LEGEND = """\
reports a second  from the first report stored to the last: what was lost while looking for the pace is in it
in the 2nd half   of the reports: the pace that was found
whole run         all vehicles over the wall time of the command, start, login, learning and end in it
to best fixed     over the best of the fixed numbers: 1.00 is as good as knowing the site
most at once      reports that the portal had under way at once, waiting ones too
limit at end      jdp/pace in the run's metrics.json"""


def portal_options(case: Case, options: argparse.Namespace) -> list[object]:
    """Return the portal's command line: so many vehicles that the best fixed number takes about --seconds."""
    vehicles = max(20, round(options.seconds * case.best / (options.report_ms / 1000)))
    switch = "--" + case.switch.replace("_", "-")
    return ["--vehicles", vehicles, "--report-link", options.way, "--report-ms", options.report_ms, switch, case.best]


def measured(case: Case, options: argparse.Namespace, folder: Path) -> dict[str, list[Result]]:
    """Run everyone by turns; return the results by who."""
    numbers = dict.fromkeys([case.best, *([options.ceiling] if case.naive and not options.no_naive else [])])
    crawls = {ADAPTIVE: crawler(options.ceiling)}
    crawls |= {f"fixed {number}": crawler(number, adaptive=False) for number in numbers}
    results: dict[str, list[Result]] = {name: [] for name in crawls}
    for _ in range(options.repeats):
        for name, crawl in crawls.items():
            results[name].append(run(portal_options(case, options), crawl, folder))
            print(f"{name}: {results[name][-1].rate():.2f} reports a second", flush=True)
    return results


def whole_rate(result: Result) -> float:
    """Return reports a second over the whole run."""
    return len(result.stored) / result.seconds


def late_rate(result: Result) -> float:
    """Return reports a second in the second half of the reports."""
    return result.rate(0.5)


def rows(name: str, results: dict[str, list[Result]]) -> list[list[Cell]]:
    """Return a case's lines."""
    return [row(name, who, found, results) for who, found in results.items()]


def row(name: str, who: str, found: Sequence[Result], results: dict[str, list[Result]]) -> list[Cell]:
    """Return one contender's line: the median of its rates, each over the best fixed number's."""
    rates: list[Cell] = []
    for rate in (Result.rate, late_rate, whole_rate):
        middle = {other: median(map(rate, results[other])) for other in results}
        best = max(value for other, value in middle.items() if other != ADAPTIVE)
        rates += [middle[who], f"{middle[who] / best:.3f}" if best else None]
    return [
        name,
        who,
        found[0].vehicles,
        median(result.seconds for result in found),
        *rates,
        max(result.counters["most_at_once"] for result in found),
        max(result.counters.get("busy", 0) for result in found),
        found[-1].metrics.get("stats", {}).get("jdp/pace"),
        "yes" if all(result.right for result in found) else "NO",
    ]


def said(results: Sequence[Result]) -> str:
    """Return what the crawl's own statistics say of its pace."""
    stats = results[-1].metrics.get("stats", {})
    return ", ".join(f"{name}={value}" for name, value in sorted(stats.items()) if "pace" in name) or "nothing"


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Measure the adaptive pace against fixed numbers.")
    parser.add_argument("--case", action="append", choices=CASES, help="may be repeated; default: all")
    parser.add_argument("--seconds", type=float, default=60.0, help="that the best fixed number takes, about")
    parser.add_argument("--ceiling", type=int, default=16, help="CONCURRENT_REQUESTS of the adaptive crawl")
    parser.add_argument("--report-ms", type=int, default=300)
    parser.add_argument("--way", choices=("id", "token", "form"), default="id")
    parser.add_argument("--no-naive", action="store_true", help="do not run the ceiling as a fixed number")
    parser.add_argument("--repeats", type=int, default=1, help="runs of each; figures are their medians")
    return parser.parse_args()


def main() -> int:
    """Measure every case; return 1 when anything was not right."""
    options = arguments()
    known = {field.name for field in dataclasses.fields(Options)}
    print(machine(), flush=True)
    lines: list[list[Cell]] = []
    with workspace() as folder:
        for name in options.case or CASES:
            if CASES[name].switch not in known:
                print(f"{name}: left out, as the portal has no switch {CASES[name].switch}")
                continue
            print(f"-- {name}", flush=True)
            results = measured(CASES[name], options, folder)
            lines += rows(name, results)
            print(f"the crawl's own statistics: {said(results[ADAPTIVE])}", flush=True)
    print(f"\n{table(HEADER, lines)}\n\n{LEGEND}")
    return 0 if all(line[-1] == "yes" for line in lines) else 1


if __name__ == "__main__":
    sys.exit(main())
