"""What the page says of vehicles: one walk through the ledger sorts out what each section shows."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from heapq import nlargest
from typing import TYPE_CHECKING, NamedTuple

from jdp.items import FAILED, GONE, STORED, UNPROVEN
from jdp.runs.ledger_rows import LISTED, WANTED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jdp.monitoring.page.facts import Facts
    from jdp.monitoring.page.links import Link, Links
    from jdp.runs.ledger_rows import Entry

MOST = 200  # in a section; all are in the list of vehicles
SLOWEST = 10
WORDS = {WANTED: "not done yet", LISTED: "not asked for"}
WAYS = {"tab": "tab", "direct": "no tab", "disk": "was there"}
NEW, DEPARTED = "new", "no longer listed"


class Shown(NamedTuple):
    """A vehicle as a section shows it."""

    entry: Entry
    report: str
    evidence: list[Link]


@dataclass
class Vehicles:
    """The vehicles of a run: all as lines of JSON, some of them for sections of their own."""

    rows: list[str] = field(default_factory=list)
    lacking: list[Shown] = field(default_factory=list)
    lacking_count: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    new: list[Shown] = field(default_factory=list)
    new_count: int = 0
    departed: list[Shown] = field(default_factory=list)
    departed_count: int = 0
    slowest: list[Shown] = field(default_factory=list)
    with_evidence: set[str] = field(default_factory=set)


def sort_out(entries: Iterable[Entry], facts: Facts, links: Links) -> Vehicles:
    """Walk through the ledger once."""
    vehicles = Vehicles()
    began = facts.run.started.timestamp()
    slow: list[tuple[float, int, Shown]] = []
    for number, entry in enumerate(entries):
        shown = Shown(entry, links.report(entry), links.evidence(entry))
        new = facts.walked is not None and entry.first_listed > facts.walked
        departed = bool(entry.departed)
        vehicles.rows.append(_row(shown, NEW if new else DEPARTED if departed else ""))
        if entry.evidence:
            vehicles.with_evidence.add(entry.evidence)
        if entry.status in (FAILED, GONE, UNPROVEN) and not departed:
            vehicles.lacking_count += 1
            vehicles.reasons[_kind(entry)] += 1
            _keep(vehicles.lacking, shown)
        if new:
            vehicles.new_count += 1
            _keep(vehicles.new, shown)
        if departed and entry.departed >= began:
            vehicles.departed_count += 1
            _keep(vehicles.departed, shown)
        if entry.status == STORED and entry.updated >= began and entry.way != "disk":
            slow.append((entry.seconds, -number, shown))
    vehicles.slowest = [shown for *_, shown in nlargest(SLOWEST, slow)]
    return vehicles


def _keep(section: list[Shown], shown: Shown) -> None:
    if len(section) < MOST:
        section.append(shown)


def _kind(entry: Entry) -> str:
    """Return a reason without what differs from vehicle to vehicle, so that equal ones are counted together."""
    reason = entry.reason.partition(": ")[0] if entry.status == UNPROVEN else entry.reason
    return " ".join("..." if entry.reference in word else word for word in reason.split())[:160] or entry.status


def _row(shown: Shown, mark: str) -> str:
    entry = shown.entry
    cells = [
        entry.reference,
        entry.description,
        entry.vin,
        WORDS.get(entry.status, entry.status),
        mark,
        WAYS.get(entry.way, ""),
        entry.seconds,
        entry.tries,
        entry.bytes,
        entry.reason,
        shown.report,
        shown.evidence,
    ]
    # In a script element "<" could end it; as a number it is the same to JSON.
    return json.dumps(cells, separators=(",", ":")).replace("<", "\\u003c")
