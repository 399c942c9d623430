"""The grid's columns, and the cells of a row: laid out once, then filled in for each vehicle."""

import html
from operator import attrgetter

from markupsafe import Markup

from demo_portal.dice import dice_for
from demo_portal.keys import Keys
from demo_portal.options import Options
from demo_portal.pages import Pages
from demo_portal.vehicles import Vehicle

# Header, the vehicle's attribute, and whether the cell holds a number.
USUAL = [
    ("Reference Number", "reference", False),
    ("Year", "year", False),
    ("Make", "make", False),
    ("Model", "model", False),
    ("Trim", "trim", False),
    ("VIN", "vin", False),
    ("Mileage", "mileage", True),
    ("Clean Trade-In", "value", True),
]
STOCK = [
    ("VIN", "vin", False),
    ("Stock Number", "reference", False),
    ("Vehicle", "title", False),
    ("Trim", "trim", False),
    ("Color", "colour", False),
    ("Lot", "lot", False),
    ("Days in Stock", "days", True),
    ("Mileage", "mileage", True),
    ("Clean Trade-In", "value", True),
]
LINK = ("Bookout", "", False)
Column = tuple[str, str, bool]


def columns_of(options: Options) -> list[Column]:
    """Return the grid's columns, the one with the bookout link among them."""
    if options.columns == "stock":
        return [*STOCK, LINK]
    columns = [LINK, *USUAL]
    if options.columns == "no-vin":
        columns = [column for column in columns if column[1] != "vin"]
    if options.columns == "shuffled":
        dice_for("columns", options.seed).shuffle(columns)
    return columns


class Columns:
    """The columns of this portal's grid, and what they show of a vehicle."""

    def __init__(self, options: Options, pages: Pages, keys: Keys) -> None:
        self.all = columns_of(options)
        self.keys = keys
        named = [(header, name) for header, name, _ in self.all if name]
        self.headers = [header for header, _ in named]
        self.names = [name for _, name in named]
        self.values = attrgetter(*self.names)
        # A format string, as a template for each row of a large inventory takes several times as long.
        self.cells = pages.render("grid_cells.html", options=options, columns=self.all)

    def row(self, vehicle: Vehicle) -> Markup:
        """Return the cells of the vehicle's row."""
        texts = {name: _escaped(value) for name, value in zip(self.names, self.values(vehicle), strict=True)}
        cells = self.cells.format(key=self.keys.key(vehicle), link=self.keys.link(vehicle), **texts)
        return Markup(cells)  # noqa: S704 -- all texts in it are escaped


def _escaped(value: str | int) -> str | int:
    return html.escape(value) if isinstance(value, str) else value
