"""The walk through the inventory: which pages come next, which vehicles are due, whether the count adds up."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jdp.items import FAILED, STORED, UNPROVEN, Report, Vehicle
from jdp.runs.ledger_rows import WANTED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jdp.portal.pages.grid import GridReading
    from jdp.runs.run import Run

logger = logging.getLogger(__name__)

# Pages of the grid read in one tab. They grow slowly: reports must not run out while the next ones are read.
LARGEST_CHUNK = 32
MOST_PASSES = 6
NAMED = 10  # references named in a message


@dataclass(frozen=True)
class Chunk:
    """Some pages of the grid (zero-based `first`), in one pass of one walk; a chunk of another walk is outdated."""

    walk: str
    number: int
    first: int
    count: int


class Inventory:
    """What has been read of the inventory in this run, and what it means."""

    def __init__(self, run: Run) -> None:
        arguments = run.arguments
        self.run = run
        self.walk = run.started.isoformat()
        self.limit = run.config.max_downloads if arguments.max_downloads is None else arguments.max_downloads
        self.wanted = set(arguments.refs) if arguments.refs is not None else None
        self.export: list[str] | None = None
        self.total: int | None = None
        self.complete = False
        self.departed = 0
        self.passes = 0
        self._chosen = 0
        self._all: set[str] = set()
        self._counted: set[str] = set()  # seen since the pager's total changed last
        self._changed = False
        self._begin_pass()
        self._repeated_before: frozenset[str] | None = None
        self.next_chunk: Chunk | None = Chunk(self.walk, 0, 0, 1)

    def _begin_pass(self) -> None:
        self._seen: set[str] = set()
        self._repeated: set[str] = set()
        self._rows = self._nameless = 0
        self._new = 0

    def exported(self, references: Iterable[str]) -> None:
        """Note what the CSV export lists: the wanted vehicles, unless references were given."""
        self.export = list(dict.fromkeys(references))
        if self.wanted is None:
            self.wanted = set(self.export)
        logger.info("The CSV export lists %d vehicles", len(self.export))

    def read(self, chunk: Chunk, reading: GridReading) -> Iterator[Vehicle]:
        """Take in a chunk; yield the vehicles to ask for and set `next_chunk`."""
        if chunk.walk != self.walk:
            return
        if reading.cleared:
            logger.warning("A saved filter was on: it has been cleared, the whole inventory is read")
        self._note(reading)
        yield from self._choose(reading.vehicles)
        self.next_chunk = self._after(chunk, reading)

    def _note(self, reading: GridReading) -> None:
        self.run.ledger.list_vehicles(reading.vehicles, self.run.started.timestamp())
        self._changed |= reading.changed or self.total not in (None, reading.total)
        self.total = reading.total
        self._rows += reading.row_count
        self._nameless += reading.nameless
        for vehicle in reading.vehicles:
            if vehicle.reference in self._seen:
                self._repeated.add(vehicle.reference)
            self._new += vehicle.reference not in self._all
            self._seen.add(vehicle.reference)
            self._counted.add(vehicle.reference)

    def _choose(self, vehicles: Iterable[Vehicle]) -> list[Vehicle]:
        due: list[Vehicle] = []
        for vehicle in vehicles:
            first_time = vehicle.reference not in self._all
            self._all.add(vehicle.reference)
            if not first_time or self._full or (self.wanted is not None and vehicle.reference not in self.wanted):
                continue
            status = self.run.ledger.status(vehicle.reference)
            if status in (STORED, UNPROVEN):
                continue
            self._chosen += 1
            if status != WANTED:  # a wanted one is in the queue that this run resumed
                due.append(vehicle)
        self.run.ledger.want(vehicle.reference for vehicle in due)
        return due

    @property
    def _full(self) -> bool:
        return bool(self.limit) and self._chosen >= self.limit

    @property
    def _found_all(self) -> bool:
        return self.run.arguments.refs is not None and self.wanted is not None and self.wanted <= self._all

    def _after(self, chunk: Chunk, reading: GridReading) -> Chunk | None:
        if self._full or self._found_all:
            return None
        following = chunk.first + chunk.count
        if following < reading.pages:
            count = max(chunk.count + 1, chunk.count * 3 // 2)
            return Chunk(self.walk, self.passes, following, min(count, LARGEST_CHUNK))
        self.passes += 1
        if self._changed:  # a vehicle that was sold meanwhile still counts, one that moved up was never read
            self._changed = False
            self._counted.clear()
        elif self._adds_up():
            self.complete = True
            return None
        if self.passes >= MOST_PASSES:
            return None
        logger.info(
            "The grid counts %s rows, %d vehicles were found: they may have moved, reading again",
            self.total,
            len(self._seen),
        )
        self._repeated_before = frozenset(self._repeated)
        self._begin_pass()
        return Chunk(self.walk, self.passes, 0, LARGEST_CHUNK)

    def _adds_up(self) -> bool:
        """Tell whether every row is accounted for: as a vehicle, or as a repetition that a second pass showed again."""
        if self._nameless:
            return False
        if self.total is None or len(self._counted) >= self.total:
            return True
        repeats = self._rows - len(self._seen)
        steady = self._repeated_before == frozenset(self._repeated) and not self._new
        return steady and self._rows == self.total and len(self._counted) + repeats == self.total

    # When the walk is over

    @property
    def size(self) -> int:
        """How many vehicles the inventory holds; the pager's count when it was not read to its end."""
        return len(self._counted) if self.complete or self.total is None else max(self.total, len(self._counted))

    @property
    def short(self) -> bool:
        """Whether vehicles may be missing that this run was to fetch."""
        return not (self.complete or self._full or self._found_all)

    def conclude(self) -> list[Report]:
        """Say what does not add up; return a failed report for each wanted vehicle that is not in the grid."""
        if self._repeated and self.complete:
            logger.info("%d vehicles stand in the grid more than once: %s", len(self._repeated), named(self._repeated))
        if self.short:
            logger.warning(
                "The inventory was not read completely: the grid counts %s rows, %d vehicles and %d rows without a"
                " reference number were found in %d passes",
                self.total,
                len(self._all),
                self._nameless,
                self.passes,
            )
        if self.complete:
            self.run.ledger.note("walked", str(self.run.started.timestamp()))  # what is new is new since then
        if not self._all:
            logger.warning("The inventory is empty")
        elif self.complete and (departed := self.run.ledger.depart(self.run.started.timestamp())):
            logger.info("%d vehicles have gone since the last run: %s", len(departed), named(departed))
            self.departed = len(departed)
        missing = [] if self._full else sorted((self.wanted or set()) - self._all)
        where = (
            "the CSV export, but not in the grid"
            if self.run.arguments.refs is None
            else "-a refs, not in the inventory"
        )
        if missing:
            logger.warning("%d vehicles are in %s: %s", len(missing), where, named(missing))
        if self.export is not None and self.complete and (extra := self._all - set(self.export)):
            logger.warning("%d vehicles are in the grid, but not in the CSV export: %s", len(extra), named(extra))
        return [Report(ref, "", "", FAILED, reason=f"it is in {where}") for ref in missing]


def named(references: Iterable[str]) -> str:
    """Return the first few references and how many more there are."""
    ordered = sorted(references)
    more = f" and {len(ordered) - NAMED} more" if len(ordered) > NAMED else ""
    return ", ".join(ascii(reference)[1:-1] for reference in ordered[:NAMED]) + more
