"""The inventory as the grid lists it: order, doubles, moving rows and the filter."""

import operator
from collections.abc import Callable, Sequence

from demo_portal.accounts import GridState
from demo_portal.dice import dice_for
from demo_portal.keys import Keys
from demo_portal.options import Options
from demo_portal.shapes import Group, visible
from demo_portal.vehicles import Vehicle, extra_vehicles, make_vehicles

MATCHES: dict[str, Callable[[str, str], bool]] = {
    "begins": str.startswith,
    "equals": operator.eq,
    "contains": operator.contains,
}


class Inventory:
    """All vehicles, what they are named by, and the rows of the grid."""

    def __init__(self, options: Options) -> None:
        self.options = options
        made = make_vehicles(options.vehicles, options.seed, options.hostile, options.twins)
        self.vehicles = made[: len(made) - options.sold]
        self.keys = Keys(options, self.vehicles)
        self.dice = dice_for("rows", options.seed)
        self.moves_left = options.moving
        self.rows = list(self.vehicles)
        for vehicle in self.dice.sample(self.vehicles, min(options.duplicates, len(self.vehicles))):
            self.rows.insert(self.dice.randint(0, len(self.rows)), vehicle)

    def filtered(self, stock_filter: str) -> list[Vehicle]:
        """Return the rows that a filter leaves, in order."""
        wanted, matches = stock_filter.strip().casefold(), MATCHES[self.options.filter_match]
        if not wanted:
            return self.rows
        return [vehicle for vehicle in self.rows if matches(vehicle.reference.strip().casefold(), wanted)]

    @property
    def page_size(self) -> int:
        """How many rows a page has."""
        return max(1, len(self.rows) * 2) if "all" in self.options.grid_shape else self.options.page_size

    def shown(self, state: GridState) -> tuple[Sequence[Vehicle | Group], int]:
        """Return the rows of one page and how many there are on all; bring the page into range."""
        rows, size = visible(self.options.grid_shape, self.filtered(state.stock_filter), state), self.page_size
        state.page = max(0, min(state.page, -(-len(rows) // size) - 1))
        if state.page and self.moves_left:
            self._move(state.page * size)
        return rows[state.page * size : (state.page + 1) * size], len(rows)

    def exported(self, stock_filter: str) -> list[Vehicle]:
        """Return the rows of the CSV export, with the differences from the grid that were asked for."""
        options = self.options
        dice = dice_for("export", options.seed)
        missing = set(dice.sample(self.vehicles, min(options.csv_missing, len(self.vehicles))))
        rows = [vehicle for vehicle in self.filtered(stock_filter) if vehicle not in missing]
        return rows + extra_vehicles(options.csv_extra, options.seed)

    def _move(self, boundary: int) -> None:
        """Swap a few rows of earlier pages, likely read already, with rows from here on."""
        self.moves_left -= 1
        for _ in range(3):
            early, late = self.dice.randrange(boundary), self.dice.randrange(boundary, len(self.rows))
            self.rows[early], self.rows[late] = self.rows[late], self.rows[early]
