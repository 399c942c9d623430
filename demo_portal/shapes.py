"""What the grid shows in another shape, and what its markup looks like there."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from demo_portal.accounts import GridState
from demo_portal.shape_names import GROUPS
from demo_portal.vehicles import Vehicle

NO_PAGER = {"endless", "virtual"}
CLASSES = re.compile(r'(?<=class=")[^"]*')


@dataclass(frozen=True)
class Group:
    """A row that groups the vehicles below it."""

    make: str
    expanded: bool


def visible(shapes: Sequence[str], rows: Sequence[Vehicle], state: GridState) -> Sequence[Vehicle | Group]:
    """Return what the grid shows of its rows: with groups, as far as they are open."""
    if not GROUPS.keys() & set(shapes):
        return rows
    shown: list[Vehicle | Group] = []
    expanded = "grouped" in shapes or ("collapsed" in shapes and state.expanded)
    for make, vehicles in groupby(sorted(rows, key=attrgetter("make")), attrgetter("make")):
        shown.append(Group(make, expanded))
        shown += vehicles if expanded else ()
    return shown


def dress(shapes: Sequence[str], html: str) -> str:
    """Put the theme's name behind every class of the grid."""
    if "theme" not in shapes:
        return html
    return CLASSES.sub(lambda found: re.sub(r"\b(dx(?:gv|p)[\w-]*)", r"\1_Office365", found[0]), html)
