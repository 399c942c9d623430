"""The walk through the inventory: which pages come next, which vehicles are due, whether the count adds up."""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jdp.items import FAILED, STORED, UNPROVEN, Report, Vehicle
from jdp.portal.pages.grid_script import SUMMARY
from jdp.runs.ledger_rows import WANTED
from jdp.runs.vehicle_names import VehicleNames

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
        self.names = VehicleNames(run.ledger)
        self.export: Counter[str] | None = None
        self.total: int | None = None
        self.complete = False
        self.departed = 0
        self.passes = 0
        self._chosen = 0
        self._all: set[str] = set()
        self._counted: set[str] = set()  # seen since the pager's total changed last
        self._changed = False
        self._unread = ""  # a summary of the pager that nobody understood
        self._begin_pass()
        self._repeated_before: frozenset[str] | None = None
        self.next_chunk: Chunk | None = Chunk(self.walk, 0, 0, 1)

    def _begin_pass(self) -> None:
        self._seen: set[str] = set()
        self._repeated: set[str] = set()
        self._groups: set[int] = set()
        self._rows = self._nameless = 0
        self._new = 0

    def exported(self, references: Iterable[str]) -> None:
        """Note what the CSV export lists. What the grid has beside it is wanted, too, unless references were given."""
        self.export = Counter(references)
        logger.info("The CSV export lists %d vehicles", self.export.total())

    def read(self, chunk: Chunk, reading: GridReading) -> Iterator[Vehicle]:
        """Take in a chunk; yield the vehicles to ask for and set `next_chunk`."""
        if chunk.walk != self.walk:
            return
        if reading.cleared:
            logger.warning("A saved filter was on: it has been cleared, the whole inventory is read")
        vehicles = self.names.name(reading.vehicles)
        self._note(reading, vehicles)
        yield from self._choose(vehicles)
        yield from self._doubt(vehicles)
        self.next_chunk = self._after(chunk, reading)

    def _note(self, reading: GridReading, vehicles: list[Vehicle]) -> None:
        self.run.ledger.list_vehicles(vehicles, self.run.started.timestamp())
        self._changed |= reading.changed or self.total not in (None, reading.total)
        self.total = reading.total
        self._unread = reading.unread
        self._groups |= reading.groups
        self._rows += reading.row_count
        self._nameless += reading.nameless
        for vehicle in vehicles:
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
            if not first_time or self._full or not self._is_wanted(vehicle):
                continue
            status = self.run.ledger.status(vehicle.reference)
            if status in (STORED, UNPROVEN):
                continue
            self._chosen += 1
            if status != WANTED:  # a wanted one is in the queue that this run resumed
                due.append(vehicle)
        self.run.ledger.want(vehicle.reference for vehicle in due)
        return due

    def _is_wanted(self, vehicle: Vehicle) -> bool:
        return self.wanted is None or vehicle.reference in self.wanted or vehicle.shown in self.wanted

    def _doubt(self, vehicles: Iterable[Vehicle]) -> list[Vehicle]:
        """Have reports proven anew that their number had proven, where it turns out to be another vehicle's, too."""
        doubtful = list(filter(self._is_wanted, self.names.doubtful(vehicles)))
        references = [vehicle.reference for vehicle in doubtful]
        self.run.ledger.forget(references)
        self.run.ledger.want(references)
        return doubtful

    @property
    def _full(self) -> bool:
        return bool(self.limit) and self._chosen >= self.limit

    @property
    def _found_all(self) -> bool:
        given = self.run.arguments.refs
        return given is not None and self._all | self.names.numbers >= set(given)

    def _after(self, chunk: Chunk, reading: GridReading) -> Chunk | None:
        if self._full:
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
        total = self._vehicle_rows
        if total is None or len(self._counted) >= total:
            return True
        repeats = self._rows - len(self._seen)
        steady = self._repeated_before == frozenset(self._repeated) and not self._new
        return steady and self._rows == total and len(self._counted) + repeats == total

    @property
    def _vehicle_rows(self) -> int | None:
        """How many rows of vehicles the pager counts; it counts the rows of groups, too."""
        return None if self.total is None else self.total - len(self._groups)

    # When the walk is over

    @property
    def size(self) -> int:
        """How many vehicles the inventory holds; the pager's count when it was not read to its end."""
        total = self._vehicle_rows
        return len(self._counted) if self.complete or total is None else max(total, len(self._counted))

    @property
    def short(self) -> bool:
        """Whether vehicles may be missing that this run was to fetch."""
        whole = self.complete and not self._unread and not self._fewer
        return not (whole or self._full or self._found_all)

    @property
    def _fewer(self) -> list[str]:
        """Numbers that the CSV export lists for more vehicles than the grid."""
        return [number for number, times in (self.export or {}).items() if 0 < self.names.count(number) < times]

    def conclude(self) -> list[Report]:
        """Say what does not add up; return a failed report for each wanted vehicle that is not in the grid."""
        if self._repeated and self.complete:
            logger.info("%d vehicles stand in the grid more than once: %s", len(self._repeated), named(self._repeated))
        self._say_what_is_short()
        if self.complete:
            self.run.ledger.note("walked", str(self.run.started.timestamp()))  # what is new is new since then
        if not self._all:
            logger.warning("The inventory is empty")
        elif self.complete and (departed := self.run.ledger.depart(self.run.started.timestamp())):
            logger.info("%d vehicles have gone since the last run: %s", len(departed), named(departed))
            self.departed = len(departed)
        if self.export is not None and self.complete and (extra := self.names.numbers - self.export.keys()):
            logger.warning("%d vehicles are in the grid, but not in the CSV export: %s", len(extra), named(extra))
        return [] if self._full else self._missing()

    def _say_what_is_short(self) -> None:
        if self._unread:
            logger.warning(
                "inventory page: the pager's summary (%s) tells no count, so nobody knows whether all were read: %s",
                SUMMARY,
                ascii(self._unread),
            )
        elif self.short and not self.complete:
            logger.warning(
                "The inventory was not read completely: the grid counts %s rows, %d vehicles and %d rows without a"
                " reference number were found in %d passes",
                self._vehicle_rows,
                len(self._all),
                self._nameless,
                self.passes,
            )
        if self._fewer:
            told = "The CSV export lists %d reference numbers for more vehicles than the grid: %s"
            logger.warning(told, len(self._fewer), named(self._fewer))

    def _missing(self) -> list[Report]:
        given = self.run.arguments.refs is not None
        missing = set((self.wanted if given else self.export) or ()) - (self._all | self.names.numbers)
        where = "-a refs, not in the inventory" if given else "the CSV export, but not in the grid"
        if missing:
            logger.warning("%d vehicles are in %s: %s", len(missing), where, named(missing))
        return [Report(ref, "", "", FAILED, reason=f"it is in {where}") for ref in sorted(missing)]


def named(references: Iterable[str]) -> str:
    """Return the first few references and how many more there are."""
    ordered = sorted(references)
    more = f" and {len(ordered) - NAMED} more" if len(ordered) > NAMED else ""
    return ", ".join(ascii(reference)[1:-1] for reference in ordered[:NAMED]) + more
