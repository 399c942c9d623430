"""What an audit found, for a person, a spreadsheet and a machine. ASCII, so that every console can show it."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections import Counter
from typing import TYPE_CHECKING

from jdp.audit.findings import Kind
from jdp.utils.csv_text import harmless

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jdp.audit.findings import Finding
    from jdp.audit.folders import Holding

SHOWN = 20
TITLES = {
    Kind.RIGHT: "Right",
    Kind.CHANGED: "Changed since stored, but right",
    Kind.WRONG: "Wrong: another vehicle's report",
    Kind.BROKEN: "Cut or broken",
    Kind.MISSING: "Missing: stored, but no file",
    Kind.UNPROVEN: "Unproven: names no vehicle",
    Kind.OPEN: "Not downloaded",
    Kind.FOREIGN: "Foreign: no vehicle's file",
}
COLUMNS = ("reference", "found", "reason", "file", "sha256", "bytes")


def all_right(findings: list[Finding]) -> bool:
    """Tell whether everything that should be there is, and nothing else."""
    return all(finding.kind is Kind.RIGHT for finding in findings)


def table(holding: Holding, findings: list[Finding], width: int) -> str:
    """Return the counts, then what is not right: a line each, as wide as the terminal."""
    counts = Counter(finding.kind for finding in findings)
    lines = [f"{title:<32} {counts[kind]:>7,}" for kind, title in TITLES.items()]
    problems = [finding for finding in findings if finding.kind is not Kind.RIGHT]
    lines += ["", *(_cut(_line(finding), width) for finding in problems[:SHOWN])] if problems else []
    if len(problems) > SHOWN:
        lines.append(f"and {len(problems) - SHOWN:,} more, all in {holding.data / 'verify.csv'}")
    lines += _age(holding, findings)
    return ascii_only("\n".join(lines))


def _line(finding: Finding) -> str:
    reason = " ".join(finding.reason.split())
    return ascii_only(f"  {finding.reference:<12} {finding.kind:<8} {reason}")


def _cut(line: str, width: int) -> str:
    return line if len(line) < width else f"{line[: width - 4]}..."


def _age(holding: Holding, findings: list[Finding]) -> Iterator[str]:
    """Say how old reports are whose time no ledger tells."""
    times = [finding.time for finding in findings if finding.kind is Kind.RIGHT]
    if holding.has_ledger or not times:
        return
    first, last = (dt.datetime.fromtimestamp(time).astimezone() for time in (min(times), max(times)))
    days = (dt.datetime.now().astimezone() - first).days
    yield f"\nBy {holding.source}; no ledger. The right reports were written from {first:%Y-%m-%d %H:%M} to"
    yield f"{last:%Y-%m-%d %H:%M}: the oldest is {days:,} days old."


def ascii_only(text: str) -> str:
    """Return the text with everything escaped that is not ASCII, or does something to a terminal."""
    plain = "".join(sign if sign.isprintable() or sign == "\n" else ascii(sign)[1:-1] for sign in text)
    return plain.encode("ascii", "backslashreplace").decode()


def to_csv(findings: list[Finding]) -> bytes:
    """Return verify.csv: a row for each file and each vehicle without one. It starts with a BOM: Excel needs one."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    writer.writerows([harmless(cell) for cell in _cells(finding)] for finding in findings)
    return out.getvalue().encode("utf-8-sig", "replace")


def to_json(holding: Holding, findings: list[Finding], exit_status: int) -> str:
    """Return the counts, and what is not right, for a machine."""
    counts = Counter(finding.kind for finding in findings)
    report = {
        "folder": str(holding.folder),
        "source": holding.source,
        "exit_status": exit_status,
        "counts": {kind.value: counts[kind] for kind in Kind},
        "problems": [
            dict(zip(COLUMNS, _cells(finding), strict=True)) for finding in findings if finding.kind is not Kind.RIGHT
        ],
    }
    return json.dumps(report, indent=2)


def _cells(finding: Finding) -> list[object]:
    file = str(finding.path) if finding.path else ""
    return [finding.reference, finding.kind.value, finding.reason, file, finding.sha256, finding.size]
