"""What a vehicle is called where its reference number alone does not tell it from another.

Two vehicles may stand under one number: a trade-in that took an old one over. The first that was met keeps the number
as its name, the other one's VIN follows its number, without a VIN the id of its row.
"""

from __future__ import annotations

import logging
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from jdp.items import STORED
from jdp.runs.ledger_rows import Named

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jdp.items import Vehicle
    from jdp.runs.ledger import Ledger

logger = logging.getLogger(__name__)

TOLD_APART = re.compile(r"(?P<number>.+)-(?P<vin>[0-9A-HJ-NPR-Z]{17})")


def parts_of(name: str) -> tuple[str, str]:
    """Return number and VIN of a name that holds both, ("", "") of any other: all that a file's name tells."""
    found = TOLD_APART.fullmatch(name)
    return (found["number"], found["vin"]) if found else ("", "")


class VehicleNames:
    """The names of the vehicles of one walk; those that the ledger knows keep theirs."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self._known: dict[str, list[Named]] = {}
        self._met: dict[str, Vehicle] = {}

    def name(self, vehicles: Iterable[Vehicle]) -> list[Vehicle]:
        """Return the vehicles under their names."""
        return [self._name(vehicle) for vehicle in vehicles]

    @property
    def numbers(self) -> set[str]:
        """The reference numbers of this walk, as the site shows them."""
        return {vehicle.shown for vehicle in self._met.values()}

    def count(self, number: str) -> int:
        """Return how many vehicles of this walk stand under a number."""
        return sum(one.reference in self._met for one in self._known.get(number, ()))

    def doubtful(self, vehicles: Iterable[Vehicle]) -> Iterator[Vehicle]:
        """Yield those under the same numbers whose report is stored though no VIN proves it."""
        for number in {vehicle.shown for vehicle in vehicles}:
            if len(self._known[number]) > 1:
                met = [one.reference for one in self.ledger.sharing(number) if one.status == STORED and not one.by_vin]
                yield from (self._met[name] for name in met if name in self._met)

    def _name(self, vehicle: Vehicle) -> Vehicle:
        number = vehicle.reference
        known = self._known.setdefault(number, self.ledger.sharing(number))
        same = self._same(vehicle, known)
        if same is None:
            same = self._new(vehicle, known)
        name = same.reference
        known[known.index(same)] = same._replace(row_id=vehicle.row_id, vin=vehicle.vin or same.vin)
        self._met[name] = replace(vehicle, reference=name, number=number if name != number else "")
        return self._met[name]

    def _new(self, vehicle: Vehicle, known: list[Named]) -> Named:
        name = f"{vehicle.reference}-{vehicle.vin or vehicle.row_id}" if known else vehicle.reference
        known.append(Named(name, vehicle.row_id, vehicle.vin))
        if len(known) > 1:
            told = ", ".join(f"{one.reference} (VIN {one.vin or 'not known'})" for one in known)
            logger.warning(
                "Several vehicles stand under the reference number %s, only a VIN proves a report of theirs: %s",
                ascii(vehicle.reference)[1:-1],
                ascii(told)[1:-1],
            )
        return known[-1]

    def _same(self, vehicle: Vehicle, known: list[Named]) -> Named | None:
        """Return which of those under its number a vehicle is: by its VIN, else by its row."""
        may_be = [one for one in known if self._may_be(one, vehicle)]
        sure = [one for one in may_be if vehicle.vin and one.vin == vehicle.vin]
        likely = [one for one in may_be if vehicle.row_id and one.row_id == vehicle.row_id]
        return next(iter(sure or likely or may_be), None)

    def _may_be(self, one: Named, vehicle: Vehicle) -> bool:
        if one.vin and vehicle.vin:
            return one.vin == vehicle.vin
        if one.row_id and vehicle.row_id and one.row_id != vehicle.row_id:
            # Ids of rows may be others in the next run: without VINs they tell only those apart that stand at once.
            return not (one.vin or vehicle.vin or one.reference in self._met)
        return True
