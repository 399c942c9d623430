"""The demo portal's grid in its shapes, read by the project's own reading of the grid."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from demo_portal.shape_names import SHAPES
from jdp.exceptions import JdpError, PageMismatchError, SessionExpiredError, TabFailedError
from jdp.portal.pages import grid, grid_turn
from jdp.portal.pages.checks import check_reading
from jdp.portal.pages.grid import GridReading, read_pages
from tests.helpers.visitor import INVENTORY, PortalProcess, Visitor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.helpers.tabs import Tab

    Show = Callable[..., list[str]]

VEHICLES = 25
ALL = 32
# Each shape that is read is in one of these.
READ = (
    "grouped filter-row other-client vertical horizontal theme second-grid bands detail language",
    "endless search-panel late-client",
    "endless-told collapsed",
    "virtual padded late-client",
    "endless late-client second-grid",
    "postback theme filter-row",
    "all collapsed",
)
REFUSED: dict[str, tuple[type[JdpError], str]] = {
    "swallow": (TabFailedError, "page 2 did not come: .* no EndCallback came"),
    "dropped": (PageMismatchError, "does not turn to page 2"),
    "alert": (TabFailedError, "the page says 'Server error 4711"),
    "filter-stays": (PageMismatchError, "_DXFREditorcol.* still shows a filter"),
    "collapsed-stays": (PageMismatchError, "groups .*_DXGroupRow.* are closed"),
}
ENDED = ("login-inside", "login-error")


@pytest.fixture
def show(tab: Tab, monkeypatch: pytest.MonkeyPatch) -> Iterator[Show]:
    """Show the inventory of a portal in a tab that is signed in; return the references that it should show."""
    monkeypatch.setattr(grid_turn, "SILENT_SECONDS", 1.0)
    monkeypatch.setattr(grid, "SETTLED_POLLS", 3)
    portals: list[PortalProcess] = []

    def shown(*shapes: str) -> list[str]:
        options = [part for shape in shapes for part in ("--grid-shape", shape)]
        portals.append(PortalProcess("--vehicles", str(VEHICLES), "--page-size", "10", *options))
        visitor = Visitor(portals[0]).enter()
        cookies = [{"name": name, "value": value, "url": portals[0].root} for name, value in visitor.cookies.items()]
        tab.wait(tab.context.add_cookies(cookies))
        tab.open(f"{portals[0].root}{INVENTORY}")
        return sorted(portals[0].side("sha256"))

    yield shown
    for portal in portals:
        portal.end()


def read_in_chunks(tab: Tab) -> list[GridReading]:
    """Read as a run does: the first page, then what is behind it in a tab of its own."""
    first: GridReading = tab.run(read_pages, 0, 1).result()
    if first.pages == 1:
        return [first]
    tab.open(tab.page.url.partition("?")[0])
    return [first, tab.run(read_pages, 1, ALL).result()]


def test_every_shape_is_tested() -> None:
    assert {shape for shapes in READ for shape in shapes.split()} | set(REFUSED) | set(ENDED) == set(SHAPES)


@pytest.mark.parametrize("shapes", READ)
def test_shape_is_read(tab: Tab, show: Show, shapes: str) -> None:
    right = show(*shapes.split())
    readings = read_in_chunks(tab)
    assert sorted(vehicle.reference for reading in readings for vehicle in reading.vehicles) == right
    assert all(vehicle.href and vehicle.vin for reading in readings for vehicle in reading.vehicles)
    groups = frozenset().union(*(reading.groups for reading in readings))
    assert readings[-1].total in (None, VEHICLES + len(groups))
    assert not readings[-1].unread


@pytest.mark.parametrize("shape", REFUSED)
def test_shape_is_refused_in_words_that_name_it(tab: Tab, show: Show, shape: str) -> None:
    show(shape)
    kind, words = REFUSED[shape]
    with pytest.raises(kind, match=f"inventory page: .*{words}"):
        tab.run(read_pages, 0, ALL).result()


@pytest.mark.parametrize("shape", ENDED)
def test_session_that_ends_inside_the_grid(tab: Tab, show: Show, shape: str) -> None:
    show(shape)
    with pytest.raises(SessionExpiredError, match="inventory page"):
        tab.run(read_pages, 0, ALL).result()


def test_preflight_refuses_what_a_run_would(tab: Tab, show: Show) -> None:
    show("dropped")
    with pytest.raises(PageMismatchError, match="does not turn to page 2"):
        tab.run(check_reading).result()


def test_preflight_reads_what_a_run_would(tab: Tab, show: Show) -> None:
    show("collapsed", "filter-row")
    assert [(found.part.what, found.ok) for found in tab.run(check_reading).result()] == [
        ("vehicles read on the first page", True),
        ("vehicles read on the second page", True),
    ]
