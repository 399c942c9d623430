"""One command against a fresh demo portal: measured, then held against what the portal made."""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.measure import Command, Measurement, measure
from tests.helpers.crawls import REPO, crawl_environment, running_portal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.helpers.crawls import Portal

HERE = Path(__file__).resolve().parent
LOG_LINES = 15


@dataclass(frozen=True)
class Contender:
    """Who fetches the reports: the crawl, or a peer. Its arguments follow `python`."""

    name: str
    arguments: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)


def crawler(concurrency: int, *, direct: bool = True, adaptive: bool = True) -> Contender:
    """Return the crawl: with tabs alone unless `direct`, with a fixed number of requests unless `adaptive`."""
    settings = {
        "CONCURRENT_REQUESTS": str(concurrency),
        "DIRECT_REPORTS": str(direct).lower(),
        "ADAPTIVE_CONCURRENCY": str(adaptive).lower(),
    }
    given = [part for name, value in settings.items() for part in ("-s", f"{name}={value}")]
    return Contender("crawl", ("-m", "scrapy", "crawl", "inventory", *given))


def bare_client(way: str, concurrency: int) -> Contender:
    """Return the limit: see limit.py."""
    return Contender("limit", (str(HERE / "limit.py"), "--way", way, "--workers", str(concurrency)))


def plain_script(tabs: int) -> Contender:
    """Return the plain Playwright script: see plain_playwright.py."""
    return Contender("plain", (str(HERE / "plain_playwright.py"), "--tabs", str(tabs)))


@dataclass
class Result:
    """What a trial came to. `stored` are the seconds from the command's start until each report had its name."""

    cost: Measurement
    vehicles: int
    stored: list[float]
    counters: dict[str, Any]
    metrics: dict[str, Any]
    problems: list[str]

    @property
    def seconds(self) -> float:
        """Wall time of the command, start and end of Python and the browser included."""
        return self.cost.seconds

    @property
    def right(self) -> bool:
        """Whether every file was right, each report made once, and the account left free."""
        return not self.problems

    @property
    def first(self) -> float:
        """Seconds until the first report had its final name."""
        return self.stored[0] if self.stored else float("nan")

    def at(self, share: float) -> float:
        """Seconds until this share of all stored reports had their names."""
        return self.stored[min(len(self.stored) - 1, int(share * len(self.stored)))] if self.stored else 0.0

    def rate(self, begin: float = 0.0) -> float:
        """Return reports a second, from the moment at which this share of them was there to the last."""
        past = len(self.stored) - 1 - min(len(self.stored) - 1, int(begin * len(self.stored)))
        span = self.at(1.0) - self.at(begin)
        return past / span if span > 0 else 0.0

    @property
    def cpu_ms(self) -> float:
        """CPU milliseconds a vehicle, everything counted."""
        return 1000 * self.cost.cpu / self.vehicles

    @property
    def late_cpu_ms(self) -> float:
        """CPU milliseconds a vehicle, between the report in the middle and the last: starting and learning are over."""
        spent = self.cost.cpu_until(self.at(1.0)) - self.cost.cpu_until(self.at(0.5))
        return 1000 * spent / max(1, len(self.stored) - 1 - len(self.stored) // 2)

    @property
    def late_pss(self) -> tuple[float | None, float | None]:
        """Peak and median of the memory in megabytes while the second half of the reports was stored."""
        return self.cost.pss(self.at(0.5), self.at(1.0)) or (None, None)

    @property
    def late_own(self) -> float | None:
        """Peak of the memory of Scrapy's process alone while the second half of the reports was stored."""
        return self.cost.own(self.at(0.5), self.at(1.0))

    @property
    def peak_pss(self) -> float | None:
        """Peak of the memory in megabytes over the whole run."""
        return (self.cost.pss() or (None,))[0]

    @property
    def made(self) -> float:
        """How often the portal made each vehicle's report, on average."""
        return float(self.counters["reports_total"]) / self.vehicles


def run(portal_options: Sequence[object], contender: Contender, folder: Path) -> Result:
    """Let the contender fetch everything from a fresh portal. `folder` is emptied of what it left."""
    home, temporary = folder / "downloads", folder / "tmp"
    temporary.mkdir()
    try:
        with running_portal(*portal_options) as portal:
            command = _command(contender, portal.url, home, temporary)
            cost = measure(command, folder / "log.txt")
            result = _judged(portal, cost, home)
        if result.problems:
            print(f"NOT AS IT MUST BE: {contender.name}: {'; '.join(result.problems)}\n{_end_of(folder / 'log.txt')}")
        return result
    finally:
        for left in (home, temporary):
            shutil.rmtree(left, ignore_errors=True)


def _command(contender: Contender, url: str, home: Path, temporary: Path) -> Command:
    # A browser that is killed leaves its profile behind: in a folder of ours.
    environment = crawl_environment(url, home, TMPDIR=temporary, **contender.environment)
    return Command((sys.executable, *contender.arguments), REPO, environment)


def _judged(portal: Portal, cost: Measurement, home: Path) -> Result:
    wanted, counters = portal.sha256, portal.counters
    files = {path.stem: path for path in home.glob("*/pdfs/*") if path.is_file()}
    metrics: dict[str, Any] = {}
    for path in home.glob("*/run_data/metrics.json"):
        metrics = json.loads(path.read_text(encoding="utf-8"))
    return Result(
        cost=cost,
        vehicles=len(wanted),
        stored=sorted(_named(path) - cost.began for path in files.values()),
        counters=counters,
        metrics=metrics,
        problems=list(_problems(cost, files, wanted, counters)),
    )


def _named(path: Path) -> float:
    """Return when a file got its name: a rename is a change of status, not of content."""
    status = path.stat()
    return max(status.st_mtime, status.st_ctime)


def _problems(
    cost: Measurement, files: Mapping[str, Path], wanted: Mapping[str, str], counters: Mapping[str, Any]
) -> list[str]:
    right = sum(_digest(files.get(reference)) == digest for reference, digest in wanted.items())
    once = sum(made == 1 for made in counters["reports_made"].values())
    checks = {
        f"exit status {cost.exit_status}": cost.exit_status == 0,
        f"{right} of {len(wanted)} right": right == len(wanted),
        f"{len(files) - right} files that are not": len(files) == right,
        f"{once} of {len(wanted)} reports made once": once == counters["reports_total"] == len(wanted),
        f"{counters['sessions_open']} sessions left open": not counters["sessions_open"],
    }
    return [text for text, good in checks.items() if not good]


def _digest(path: Path | None) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path is not None else ""


def _end_of(log: Path) -> str:
    with contextlib.suppress(OSError):
        return "\n".join("    " + line for line in log.read_text("ascii", "backslashreplace").splitlines()[-LOG_LINES:])
    return ""
