"""What can be set right in a run folder without the site, and which vehicles are then due again."""

from __future__ import annotations

import contextlib
import shutil
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from jdp.audit.findings import Kind
from jdp.audit.folders import facts_of
from jdp.items import FAILED, GONE, STORED, UNPROVEN, Report, Vehicle
from jdp.runs.ledger import LEDGER, Ledger, open_ledger
from jdp.runs.ledger_rows import LISTED, WANTED
from jdp.runs.lists import manifest_of, write_tracking
from jdp.runs.run import CLOCK_STEP
from jdp.runs.storage import safe_name
from jdp.utils.files import move, remove, rename, write_atomically

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from jdp.audit.findings import Finding
    from jdp.audit.folders import Holding
    from jdp.runs.ledger_rows import Entry

REJECTED = "rejected"
BEFORE = "before-repair"  # what another client wrote and the crawl writes anew
WRITTEN_ANEW = ("tracking.json", "metrics.json", "manifest.csv")


@dataclass
class Repair:
    """What was done: `due` are the vehicles whose reports are to be downloaded, `stuck` what could not be moved."""

    moved: int = 0
    taken_in: int = 0
    due: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)


def is_rejected(finding: Finding, began: float) -> bool:
    """Tell whether a file is to be moved away; one that changed and is its vehicle's report all the same is not."""
    if finding.kind is Kind.FOREIGN:
        return not is_of_this_run(finding, began)
    spoilt = finding.kind is Kind.UNPROVEN and finding.changed and not finding.proven
    return finding.path is not None and (finding.kind in (Kind.WRONG, Kind.BROKEN) or spoilt)


def is_of_this_run(finding: Finding, began: float) -> bool:
    """Tell whether a file without a row is a report that this run made: its content says whose, its time of when."""
    entry = finding.entry
    if entry is None or finding.path is None or not finding.proven or entry.status in (STORED, UNPROVEN):
        return False
    return finding.path.name == f"{safe_name(entry.reference)}.pdf" and finding.time >= began - CLOCK_STEP


def promote(holding: Holding, findings: Iterable[Finding]) -> Repair:
    """Take in reports that were kept as unproven and are proven by now; nothing else is touched."""
    done = Repair()
    ledger = open_ledger(holding.data / LEDGER)
    with contextlib.closing(ledger):
        _take_in_unproven(holding, findings, ledger, done)
        _write_lists(holding, ledger, done)
    return done


def repair(holding: Holding, findings: list[Finding]) -> Repair:
    """Move away what is not right, set the ledger right. Files first: a row without its file is found again."""
    done = Repair()
    reports = list(_reports(holding, findings, done))
    ledger = _make_ledger(holding, reports) if not holding.has_ledger else open_ledger(holding.data / LEDGER)
    with contextlib.closing(ledger):
        ledger.settle(*reports)
        _take_in_unproven(holding, findings, ledger, done)
        _write_lists(holding, ledger, done)
    return done


def remember(holding: Holding, due: Iterable[str]) -> None:
    """Note the vehicles whose reports are still due: a run that could not start has forgotten them."""
    wanted = frozenset(due)
    left = [entry for entry in holding.entries if entry.reference in wanted and entry.status == LISTED]
    with contextlib.closing(open_ledger(holding.data / LEDGER)) as ledger:
        ledger.settle(*(_failed(entry, "not downloaded again yet") for entry in left))


def _reports(holding: Holding, findings: Iterable[Finding], done: Repair) -> Iterator[Report]:
    """Move the files; yield what becomes of their vehicles."""
    taken: set[str] = set()
    for finding in findings:
        if finding.kind is Kind.OPEN and finding.reference in taken:
            continue
        try:
            report = _dealt_with(holding, finding, done)
        except OSError as error:
            done.stuck.append(f"{finding.path} cannot be moved ({error.strerror}): close it where it is open")
            continue
        if report is None:
            continue
        if report.status != FAILED:
            taken.add(report.reference)
            yield report
            continue
        done.due.append(report.reference)
        if not (holding.has_ledger and _is_open(finding)):  # what is wanted may stand in a queue: its row stays
            yield report


def _is_open(finding: Finding) -> bool:
    return finding.entry is not None and finding.entry.status in (WANTED, FAILED, GONE)


def _dealt_with(holding: Holding, finding: Finding, done: Repair) -> Report | None:
    """Move a file where it belongs; return what becomes of its vehicle, None when nothing does."""
    entry, path = finding.entry, finding.path
    if path is not None and is_rejected(finding, holding.began):
        _move(path, holding.data / REJECTED)
        done.moved += 1
        foreign = entry is None or (finding.kind is Kind.FOREIGN and entry.status in (STORED, UNPROVEN))
        return None if foreign or entry is None else _failed(entry, f"{finding.reason}; moved to {REJECTED}")
    if entry is not None and finding.kind in (Kind.MISSING, Kind.OPEN):
        return _failed(entry, finding.reason)
    if entry is None or path is None:  # what cannot even be read
        return None
    return _kept(holding, finding, path, done)


def _kept(holding: Holding, finding: Finding, path: Path, done: Repair) -> Report | None:
    """Return what the ledger does not say yet of a file that stays."""
    if finding.kind is Kind.FOREIGN:
        done.taken_in += 1
    elif holding.has_ledger and finding.kind is not Kind.CHANGED:
        return None
    if finding.kind is Kind.UNPROVEN:
        return _keep_apart(holding, finding, path)
    if not holding.has_ledger and path.parent != holding.pdfs:
        path = _move(path, holding.pdfs)
    return _report(finding, STORED, path.name)


def _keep_apart(holding: Holding, finding: Finding, path: Path) -> Report:
    """Do with a report that names nobody what a crawl would have done."""
    if path.parent != holding.data / UNPROVEN:
        path = _move(path, holding.data / UNPROVEN)
    return _report(finding, UNPROVEN, f"run_data/{UNPROVEN}/{path.name}", finding.reason)


def _take_in_unproven(holding: Holding, findings: Iterable[Finding], ledger: Ledger, done: Repair) -> None:
    """Store reports that were kept apart: the file, then its row, then the old file goes."""
    taken: list[tuple[Path, Report]] = []
    for finding in findings:
        if finding.kind is not Kind.UNPROVEN or not finding.proven or finding.path is None:
            continue
        target = holding.pdfs / f"{safe_name(finding.reference)}.pdf"
        source = holding.data / UNPROVEN / finding.path.name
        if target.exists() or not source.exists():
            done.stuck.append(f"{source} is not taken in: {target} is there already")
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(target, source.read_bytes())
        taken.append((source, _report(finding, STORED, target.name)))
    ledger.settle(*(report for _, report in taken))
    for source, _ in taken:
        remove(source)
    done.taken_in += len(taken)


def _report(finding: Finding, status: str, file: str, reason: str = "") -> Report:
    entry = finding.entry
    assert entry is not None
    known = Report(entry.reference, entry.vin, entry.description, status, reason, file, finding.sha256, finding.size)
    return replace(known, seconds=entry.seconds, tries=entry.tries, way=entry.way or "disk")


def _failed(entry: Entry, reason: str) -> Report:
    return Report(
        entry.reference, entry.vin, entry.description, FAILED, reason, seconds=entry.seconds, tries=entry.tries
    )


def _move(path: Path, folder: Path) -> Path:
    """Move a file into a folder, never in place of another; return where it is now."""
    folder.mkdir(parents=True, exist_ok=True)
    number, target = 1, folder / path.name
    while target.exists():
        number += 1
        target = folder / f"{path.stem} ({number}){path.suffix}"
    move(path, target)
    return target


def _make_ledger(holding: Holding, reports: list[Report]) -> Ledger:
    """Make the ledger of a folder that has none: under another name until it is whole."""
    path, part = holding.data / LEDGER, holding.data / f"{LEDGER}.part"
    holding.data.mkdir(parents=True, exist_ok=True)
    _keep_lists(holding)
    if path.exists():
        open_ledger(path).close()  # sets a damaged one aside
    facts = facts_of(holding.folder)
    remove(part)
    with contextlib.closing(Ledger(part)) as ledger:
        ledger.list_vehicles(
            Vehicle(entry.reference, "", entry.vin, entry.description, number=entry.number) for entry in holding.entries
        )
        ledger.settle(*reports)
        for name, value in facts.items():
            ledger.note(name, value)
    rename(part, path)
    return Ledger(path)


def _write_lists(holding: Holding, ledger: Ledger, done: Repair) -> None:
    try:
        write_atomically(holding.data / "manifest.csv", manifest_of(ledger))
        write_tracking(holding.data, ledger.path)
    except OSError as error:  # on Windows a file that is open in Excel, say
        done.stuck.append(
            f"manifest.csv and tracking.json could not be written ({error}): close them where they are open"
        )


def _keep_lists(holding: Holding) -> None:
    for name in WRITTEN_ANEW:
        kept = holding.data / BEFORE / name
        if (holding.data / name).exists() and not kept.exists():
            kept.parent.mkdir(exist_ok=True)
            shutil.copy2(holding.data / name, kept)
