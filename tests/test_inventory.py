"""The walk through the inventory, over a grid that may change while it is read."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest

from jdp.config.arguments import Arguments
from jdp.inventory import MOST_PASSES, Chunk, Inventory, named
from jdp.items import FAILED, GONE, STORED, UNPROVEN, Vehicle
from jdp.portal.pages.grid import GridReading
from jdp.runs.ledger_rows import WANTED
from tests.helpers.parts import report, store

if TYPE_CHECKING:
    from collections.abc import Callable

    from jdp.runs.run import Run

    OpenRun = Callable[..., Run]


@dataclass
class Grid:
    """A grid of references, as read through Chunks; `changes` maps a reading's number to the rows from then on."""

    rows: list[str]
    size: int = 2
    total: int | None = -1
    changes: dict[int, list[str]] = field(default_factory=dict)
    chunks: list[Chunk] = field(default_factory=list)
    ids: dict[int, str] = field(default_factory=dict)
    groups: int = 0
    unread: str = ""

    def read(self, chunk: Chunk) -> GridReading:
        self.rows = self.changes.get(len(self.chunks), self.rows)
        self.chunks.append(chunk)
        pages = max(1, -(-len(self.rows) // self.size))
        shown = list(enumerate(self.rows))[chunk.first * self.size : (chunk.first + chunk.count) * self.size]
        vehicles = [Vehicle(each, self.ids.get(number, f"id-{each}")) for number, each in shown if each]
        total = len(self.rows) + self.groups if self.total == -1 else self.total
        reading = GridReading(vehicles, len(shown), len(shown) - len(vehicles), pages, total, cleared=False)
        return replace(reading, groups=frozenset(range(self.groups)), unread=self.unread)


def walk(inventory: Inventory, grid: Grid) -> list[str]:
    """Walk to the end; return the references that became due, in their order."""
    due: list[str] = []
    while (chunk := inventory.next_chunk) is not None:
        due += [each.reference for each in inventory.read(chunk, grid.read(chunk))]
    return due


def letters(count: int) -> list[str]:
    return [chr(ord("A") + number) for number in range(count)]


# Chunks


def test_chunks_grow_to_32_pages(run: Run) -> None:
    grid = Grid([f"{number:06}" for number in range(120)], size=1)
    due = walk(Inventory(run), grid)
    assert [(chunk.first, chunk.count) for chunk in grid.chunks] == [
        (0, 1),
        (1, 2),
        (3, 3),
        (6, 4),
        (10, 6),
        (16, 9),
        (25, 13),
        (38, 19),
        (57, 28),
        (85, 32),
        (117, 32),
    ]
    assert due == grid.rows


def test_chunks_second_pass_begins_large(run: Run) -> None:
    grid = Grid(letters(6), total=7)
    walk(Inventory(run), grid)
    shown = [(chunk.number, chunk.first, chunk.count) for chunk in grid.chunks]
    assert shown[:3] == [(0, 0, 1), (0, 1, 2), (1, 0, 32)]


def test_chunk_of_another_walk_changes_nothing(run: Run) -> None:
    inventory, grid = Inventory(run), Grid(letters(4))
    outdated = Chunk("2026-01-01T00:00:00+00:00", 0, 1, 2)
    before = inventory.next_chunk
    assert list(inventory.read(outdated, grid.read(outdated))) == []
    assert inventory.next_chunk == before
    assert inventory.total is None
    assert run.ledger.status("C") is None
    assert walk(inventory, grid) == letters(4)


def test_one_page(run: Run) -> None:
    inventory, grid = Inventory(run), Grid(letters(2))
    assert walk(inventory, grid) == ["A", "B"]
    assert (len(grid.chunks), inventory.complete, inventory.short, inventory.size) == (1, True, False, 2)


def test_vehicles_are_listed_and_wanted(run: Run) -> None:
    walk(Inventory(run), Grid(letters(3)))
    assert [run.ledger.status(ref) for ref in letters(3)] == [WANTED] * 3


def test_empty_inventory_is_told(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    inventory = Inventory(run)
    assert walk(inventory, Grid([])) == []
    assert inventory.conclude() == []
    assert "The inventory is empty" in caplog.text


# Whether the count adds up


def test_row_inserted_between_chunks_leads_to_another_pass(run: Run) -> None:
    """N comes in on top after the first page: C is pushed onto the next one, and B stands there twice."""
    grid = Grid(letters(5), changes={1: ["N", *letters(5)]})
    inventory = Inventory(run)
    assert sorted(walk(inventory, grid)) == [*letters(5), "N"]
    assert {chunk.number for chunk in grid.chunks} == {0, 1}
    assert (inventory.complete, inventory.size) == (True, 6)


def test_rows_sorted_anew_between_chunks(run: Run) -> None:
    grid = Grid(letters(6), changes={1: letters(6)[::-1]})
    inventory = Inventory(run)
    assert sorted(walk(inventory, grid)) == letters(6)
    assert inventory.complete


def test_vehicle_due_once_however_often_it_is_read(run: Run) -> None:
    grid = Grid(letters(6), changes={1: letters(6)[::-1], 2: letters(6)})
    due = walk(Inventory(run), grid)
    assert len(due) == len(set(due))


def test_duplicates_are_believed_when_a_second_pass_shows_them(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    inventory, grid = Inventory(run), Grid(["A", "B", "A", "C", "A"])
    assert walk(inventory, grid) == ["A", "B", "C"]
    assert {chunk.number for chunk in grid.chunks} == {0, 1}
    assert (inventory.complete, inventory.short, inventory.size) == (True, False, 3)
    assert inventory.conclude() == []
    assert "1 vehicles stand in the grid more than once: A" in caplog.text


def test_duplicates_that_change_from_pass_to_pass_are_not_believed(run: Run) -> None:
    """D is missed twice, each time behind another vehicle that is shown twice: the count alone would add up."""
    grid = Grid(["A", "B", "A", "C"], changes={2: ["A", "B", "B", "C"], 3: letters(4)})
    inventory = Inventory(run)
    assert walk(inventory, grid) == letters(4)
    assert inventory.size == 4


def test_count_short_is_told_after_some_passes(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    inventory, grid = Inventory(run), Grid(letters(3), total=5)
    assert walk(inventory, grid) == letters(3)
    assert max(chunk.number for chunk in grid.chunks) == MOST_PASSES - 1
    assert (inventory.complete, inventory.short, inventory.size) == (False, True, 5)
    assert inventory.conclude() == []
    assert "not read completely: the grid counts 5 rows, 3 vehicles" in caplog.text


def test_row_without_reference_is_told(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    inventory = Inventory(run)
    assert walk(inventory, Grid(["A", "", "B"])) == ["A", "B"]
    inventory.conclude()
    assert inventory.short
    assert "1 rows without a reference" in caplog.text


def test_row_without_reference_beside_a_moved_one_is_still_short(run: Run) -> None:
    inventory = Inventory(run)
    walk(inventory, Grid(["A", "B", "", "C"], changes={1: ["A", "B", "C", "D", ""]}))
    assert inventory.short


def test_no_pager_count_is_believed(run: Run) -> None:
    inventory = Inventory(run)
    assert walk(inventory, Grid(letters(3), total=None)) == letters(3)
    assert (inventory.complete, inventory.size) == (True, 3)


def test_filter_taken_off_is_told(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    inventory, grid = Inventory(run), Grid(letters(2))
    assert inventory.next_chunk is not None
    list(inventory.read(inventory.next_chunk, replace(grid.read(inventory.next_chunk), cleared=True)))
    assert "A saved filter was on" in caplog.text


# Which vehicles are due


def test_settled_vehicles_are_not_due(run: Run) -> None:
    run.ledger.settle(report("A", STORED))
    run.ledger.settle(report("B", UNPROVEN))
    run.ledger.settle(report("C", FAILED))
    run.ledger.settle(report("D", GONE))
    inventory = Inventory(run)
    assert inventory.next_chunk is not None
    chunk = Grid(letters(5), size=9).read(inventory.next_chunk)
    due = list(inventory.read(inventory.next_chunk, chunk))
    assert [each.reference for each in due] == ["C", "D", "E"]


def test_vehicle_in_the_resumed_queue_is_not_due_again(open_run: OpenRun, tmp_path: object) -> None:
    first = open_run(tmp_path / "job")
    assert walk(Inventory(first), Grid(letters(3))) == letters(3)
    store(first, "A")
    queue = first.job_folder / "requests.queue"
    queue.mkdir()
    (queue / "active.json").write_text('{"portal.test": [0]}')
    first.close(clean=True)
    assert walk(Inventory(open_run(tmp_path / "job")), Grid(letters(4))) == ["D"]


def test_refs_are_found_and_the_walk_goes_on_for_others_under_their_numbers(open_run: OpenRun) -> None:
    inventory = Inventory(open_run(None, Arguments(refs=("C", "A"))))
    grid = Grid([*letters(8), "C"], ids={8: "id-other"})
    assert walk(inventory, grid) == ["A", "C", "C-id-other"]
    assert (inventory.short, inventory.conclude()) == (False, [])


def test_rows_of_groups_are_no_vehicles(run: Run) -> None:
    inventory = Inventory(run)
    assert walk(inventory, Grid(letters(5), groups=2)) == letters(5)
    assert (inventory.passes, inventory.complete, inventory.size) == (1, True, 5)


def test_count_that_nobody_can_read_is_said(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    inventory = Inventory(run)
    assert walk(inventory, Grid(letters(3), total=None, unread="three of them")) == letters(3)
    inventory.conclude()
    assert inventory.short
    assert "the pager's summary (.dxp-summary) tells no count, so nobody knows whether all were read" in caplog.text


def test_export_that_lists_more_vehicles_under_a_number(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    inventory = Inventory(run)
    inventory.exported(["A", "B", "B"])
    assert walk(inventory, Grid(["A", "B", "C"])) == ["A", "B", "C"]
    assert inventory.conclude() == []
    assert inventory.short
    assert "lists 1 reference numbers for more vehicles than the grid: B" in caplog.text


def test_report_that_only_its_number_proved_is_proven_anew(run: Run) -> None:
    inventory, grid = Inventory(run), Grid(["A", "B", "A"], size=2, ids={2: "id-other"})
    chunk = inventory.next_chunk
    assert chunk is not None
    assert [each.reference for each in inventory.read(chunk, grid.read(chunk))] == ["A", "B"]
    store(run, "A")
    assert walk(inventory, grid) == ["A-id-other", "A"]
    assert run.ledger.status("A") == WANTED


def test_refs_missing_fail_with_a_reason(open_run: OpenRun, caplog: pytest.LogCaptureFixture) -> None:
    inventory = Inventory(open_run(None, Arguments(refs=("Z", "A", "a"))))
    assert walk(inventory, Grid(letters(4))) == ["A"]
    failed = inventory.conclude()
    assert [(each.reference, each.status) for each in failed] == [("Z", FAILED), ("a", FAILED)]
    assert all("not in the inventory" in each.reason for each in failed)
    assert "2 vehicles are in -a refs, not in the inventory: Z, a" in caplog.text


def test_refs_stored_already_are_found(open_run: OpenRun) -> None:
    run = open_run(None, Arguments(refs=("B",)))
    run.ledger.settle(report("B", STORED))
    inventory = Inventory(run)
    assert walk(inventory, Grid(letters(4))) == []
    assert (inventory.short, inventory.conclude()) == (False, [])


# max_downloads


def test_max_downloads_ends_the_walk(open_run: OpenRun) -> None:
    inventory, grid = Inventory(open_run(MAX_DOWNLOADS=3)), Grid(letters(20))
    assert walk(inventory, grid) == ["A", "B", "C"]
    assert len(grid.chunks) == 2
    assert (inventory.short, inventory.size, inventory.conclude()) == (False, 20, [])


@pytest.mark.parametrize(("argument", "due"), [(1, 1), (0, 6), (None, 2)])
def test_max_downloads_argument_over_setting(open_run: OpenRun, argument: int | None, due: int) -> None:
    inventory = Inventory(open_run(None, Arguments(max_downloads=argument), MAX_DOWNLOADS=2))
    assert len(walk(inventory, Grid(letters(6)))) == due


def test_max_downloads_counts_a_vehicle_once(open_run: OpenRun) -> None:
    assert walk(Inventory(open_run(MAX_DOWNLOADS=2)), Grid(["A", "A", "B", "C"])) == ["A", "B"]


def test_max_downloads_counts_stored_ones_not(open_run: OpenRun) -> None:
    run = open_run(MAX_DOWNLOADS=2)
    run.ledger.settle(report("A", STORED))
    run.ledger.settle(report("C", UNPROVEN))
    assert walk(Inventory(run), Grid(letters(6))) == ["B", "D"]


def test_max_downloads_counts_what_is_in_the_resumed_queue(run: Run) -> None:
    run.ledger.list_vehicles([Vehicle("A")])
    run.ledger.want(["A"])
    inventory = Inventory(run)
    inventory.limit = 2
    assert walk(inventory, Grid(letters(6))) == ["B"]


def test_max_downloads_of_refs_tells_no_missing_ones(open_run: OpenRun) -> None:
    inventory = Inventory(open_run(None, Arguments(refs=("A", "B", "Z"), max_downloads=1)))
    assert walk(inventory, Grid(letters(6))) == ["A"]
    assert inventory.conclude() == []


# The CSV export


def test_csv_and_grid_agree(open_run: OpenRun, caplog: pytest.LogCaptureFixture) -> None:
    inventory = Inventory(open_run(None, Arguments(source="csv")))
    inventory.exported(["C", "A", "B"])
    assert walk(inventory, Grid(letters(3))) == letters(3)
    assert inventory.conclude() == []
    assert caplog.text == ""


def test_csv_vehicle_not_in_the_grid_fails(open_run: OpenRun, caplog: pytest.LogCaptureFixture) -> None:
    inventory = Inventory(open_run(None, Arguments(source="csv")))
    inventory.exported([*letters(3), "Z"])
    assert walk(inventory, Grid(letters(3))) == letters(3)
    assert [(each.reference, each.status) for each in inventory.conclude()] == [("Z", FAILED)]
    assert "1 vehicles are in the CSV export, but not in the grid: Z" in caplog.text


def test_csv_lacks_a_vehicle_of_the_grid_which_is_wanted_too(
    open_run: OpenRun, caplog: pytest.LogCaptureFixture
) -> None:
    inventory = Inventory(open_run(None, Arguments(source="csv")))
    inventory.exported(["A", "C"])
    assert walk(inventory, Grid(letters(3))) == letters(3)
    assert inventory.conclude() == []
    assert "1 vehicles are in the grid, but not in the CSV export: B" in caplog.text


def test_csv_with_refs_wants_the_refs(open_run: OpenRun) -> None:
    inventory = Inventory(open_run(None, Arguments(refs=("B",), source="csv")))
    inventory.exported(letters(3))
    assert walk(inventory, Grid(letters(3))) == ["B"]


def test_named_shortens_and_is_ascii() -> None:
    assert named(["b", "a\u00e9"]) == "a\\xe9, b"
    assert named(map(str, range(10, 25))) == "10, 11, 12, 13, 14, 15, 16, 17, 18, 19 and 5 more"


# Sold while the inventory is read


def test_vehicle_that_moved_up_when_another_was_sold_is_found(run: Run) -> None:
    """A goes after page 1 was read: C moves up to it, and the count adds up all the same."""
    inventory = Inventory(run)
    grid = Grid(letters(6), changes={1: letters(6)[1:]})
    assert sorted(walk(inventory, grid)) == letters(6)
    assert (inventory.complete, inventory.size) == (True, 5)


def test_total_that_changed_inside_a_chunk_is_not_believed(run: Run) -> None:
    inventory, grid = Inventory(run), Grid(letters(2))
    chunk = inventory.next_chunk
    assert chunk is not None
    list(inventory.read(chunk, replace(grid.read(chunk), changed=True)))
    assert inventory.next_chunk is not None
    assert not inventory.complete
    walk(inventory, grid)
    assert inventory.complete
