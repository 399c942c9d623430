"""A site that means harm: what it sends is refused, bounded or escaped, and every other vehicle is right."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from demo_portal.faults import HARMS
from jdp.proof.reader import MEMORY
from jdp.runs.storage import safe_name
from jdp.utils.csv_text import harmless
from tests.helpers.crawls import PASSWORD, Crawl, running_portal, start_crawl

if TYPE_CHECKING:
    from collections.abc import Mapping

VEHICLES = ("--vehicles", 40, "--hostile", 13, "--seed", 3)
MOST = 300 * 1024**2  # bytes; a crawl that meets no harm takes 130 MB, what the portal sends here is 2 GB a piece
ELSEWHERE = ("bookout-file", "report-elsewhere")  # what only tabs meet: the last vehicles go first, through tabs
# The reader's two bounds: on a slow machine the time is up before the memory is full.
BOUND = ("needs too much memory", "takes longer than 10 s")
REASONS: dict[str, str | tuple[str, ...]] = {
    "flood": "the answer is larger than any report",
    "flood-told": "the answer is larger than any report",
    "gzip-bomb": "the answer is larger than any report",
    "packed-twice": "packed more than once: refused",
    "huge-head": "the connection ended before there was an answer",
    "redirect-endless": "too many redirects",
    "redirect-elsewhere": "leads to another host (localhost:",
    "redirect-slashes": "leads to another host (localhost:",
    "slow-pdf": "takes longer than 10 s to read",
    "huge-pdf": BOUND,
    "nested-pdf": BOUND,
    "bookout-file": "the vehicle's page is on another host (file): refused",
    "report-elsewhere": "the report's address is on another host (localhost:",
}


@dataclass
class Attack:
    """One crawl of a portal where each harm has a vehicle of its own, and what its processes took."""

    result: Crawl
    harmed: Mapping[str, str]
    counters: Mapping[str, Any]
    right: Mapping[str, str]
    crawl_peak: int = 0
    reader_peak: int = 0
    readers: set[psutil.Process] = field(default_factory=set)

    def look(self, pid: int) -> None:
        """Note how much memory the crawl's process and its reader have taken at most until now."""
        try:
            process = psutil.Process(pid)
            self.crawl_peak = max(self.crawl_peak, peak(process))
            for child in process.children():
                if any("jdp.proof.reader" in word for word in child.cmdline()):
                    self.readers.add(child)
                    self.reader_peak = max(self.reader_peak, peak(child))
        except (psutil.Error, OSError):
            pass  # it has just ended


def peak(process: psutil.Process) -> int:
    """Return a process's memory in bytes: the most that it ever had, where the system tells."""
    status = Path(f"/proc/{process.pid}/status")
    if not status.exists():
        return process.memory_info().rss
    high = next((line for line in status.read_text().splitlines() if line.startswith("VmHWM")), "VmHWM: 0 kB")
    return int(high.split()[1]) * 1024


@pytest.fixture(scope="module")
def attack(tmp_path_factory: pytest.TempPathFactory) -> Attack:
    """Crawl a portal that does all its harms."""
    with running_portal(*VEHICLES) as portal:
        plain = [reference for reference in portal.sha256 if reference.isdigit()]
    harmed = dict(zip((*HARMS, *ELSEWHERE), [*plain[: len(HARMS)], *plain[-len(ELSEWHERE) :]], strict=True))
    faults = (f"--fault={name}@{reference}" for name, reference in harmed.items())
    folder = tmp_path_factory.mktemp("hostile") / "downloads"
    with running_portal(*VEHICLES, "--sticky", *faults) as portal:
        result = Crawl(folder)
        attack = Attack(result, harmed, {}, {})
        process = start_crawl(portal.url, folder, "-L", "DEBUG", RETRY_TIMES=0, REPORT_TIMEOUT=60)
        while process.returncode is None:
            attack.look(process.pid)
            with contextlib.suppress(subprocess.TimeoutExpired):
                result.output, _ = process.communicate(timeout=0.1)
        result.exit_status = process.returncode
        attack.counters = portal.counters
        attack.right = {name: digest for name, digest in portal.sha256.items() if name not in harmed.values()}
    return attack


@pytest.mark.parametrize("name", REASONS)
def test_harmed_vehicle_fails_and_says_why(attack: Attack, name: str) -> None:
    row = attack.result.manifest[attack.harmed[name]]
    assert (row["status"], row["file"]) == ("failed", "")
    reasons = REASONS[name]
    assert any(reason in row["reason"] for reason in ([reasons] if isinstance(reasons, str) else reasons))
    assert attack.counters["faults_struck"][name]


def test_all_others_are_right(attack: Attack) -> None:
    assert attack.result.exit_status == 1, attack.result.output
    shown = {str(harmless(name)).removeprefix("'"): digest for name, digest in attack.right.items()}
    assert attack.result.matches(shown), attack.result.output
    assert set(REASONS) == set(attack.harmed)


def test_memory_is_bounded(attack: Attack) -> None:
    assert 0 < attack.crawl_peak < MOST
    assert len(attack.readers) > 1
    if sys.platform == "linux":
        assert 0 < attack.reader_peak <= MEMORY


def test_nobody_went_to_the_other_host(attack: Attack) -> None:
    assert (attack.counters["elsewhere"], attack.counters["elsewhere_cookies"]) == (0, 0)


def test_nothing_is_left_but_the_run_folder(attack: Attack) -> None:
    result = attack.result
    files = [path for path in result.folder.parent.rglob("*") if path.is_file()]
    assert all(path.is_relative_to(result.run) or path.parent.name == ".learned" for path in files)
    assert {path.stem for path in files if path.parent == result.run / "pdfs"} == set(map(safe_name, attack.right))
    assert not [path for path in files if path.suffix == ".part"]
    assert not [path for path in files if b"root:" in path.read_bytes()], "a file of this machine was opened"
    assert not [reader for reader in attack.readers if reader.is_running()]


def test_words_of_the_site_do_nothing_in_a_terminal(attack: Attack) -> None:
    log = (attack.result.run / "run_data" / "run.log").read_text(encoding="ascii")
    for text in (attack.result.output, log):
        assert "owned" in text
        assert not {sign for sign in text if not (sign.isascii() and sign.isprintable()) and sign != "\n"}
        assert PASSWORD not in text
    assert "\x1b" not in (attack.result.run / "run_data" / "manifest.csv").read_text(encoding="utf-8-sig")
